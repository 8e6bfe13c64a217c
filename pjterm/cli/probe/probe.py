"""Ask an account on labs what PayJunction's pages leave open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from pjterm.cli.context import Context
from pjterm.cli.probe.bench import PROMPT_PATIENCE, SEARCH_PATIENCE, Bench, NotFound
from pjterm.core import probe, request
from pjterm.core.evidence.facts import Observed
from pjterm.core.model import Outcome, Terminal, Transaction
from pjterm.core.plan import Plan
from pjterm.core.probe import MARK, ProbeAnswer, Question, Value
from pjterm.errors import LeaveNow, PjtermError
from pjterm.values import replace

if TYPE_CHECKING:
    from pjterm.cli.shared.session import Session
    from pjterm.flow.results import Resolution

POLL_EVERY = 0.6
UNPLUGGED = 1.0  # seconds for which an unreachable reader still shows CONNECTING


class Probe(Bench):
    """One session at one reader."""

    def __init__(self, context: Context, place: Terminal, say: Callable[[str], None]) -> None:
        super().__init__(context, place)
        self._say = say
        self._prompt: str | None = None
        self._ended: str | None = None
        self._connecting = 0.0
        self._answered = False
        self._sale: Transaction | None = None
        self._number: str | None = None
        self._again: Transaction | None = None

    def run(self) -> Iterator[ProbeAnswer]:
        """Ask each question in turn. A signal ends the session between two calls, with `LeaveNow`."""
        self._context.signals.arm()
        self._context.on_exchange = self._calls.append
        for number, question in enumerate(probe.QUESTIONS, 1):
            self._stop_if_wanted()
            self._say(f"{number} of {len(probe.QUESTIONS)}. {question.asks}: {question.does}.")
            answer = self._ask(question)
            self._give_all_back(needed={t.transaction_id for t in (self._sale, self._again) if t is not None})
            yield answer

    def _ask(self, question: Question) -> ProbeAnswer:
        self._calls.clear()
        try:
            value, says = getattr(self, f"_{question.name}")()
        except NotFound as why:
            value, says = None, str(why)
        except PjtermError as error:
            value, says = None, error.message
        ids = tuple(e.pj_request_id for e in self._calls if e.pj_request_id)
        return ProbeAnswer(question.name, value, says, ids)

    # -- without money ------------------------------------------------------------------------------------------

    def _unknown_transaction_status(self) -> tuple[Value, str]:
        status = self._api.ask("GET", f"/transactions/{probe.NO_SUCH}").status
        if status == 200:
            raise NotFound(f"there is a transaction {probe.NO_SUCH}")
        return status, f"HTTP {status}"

    def _underwritten(self) -> tuple[Value, str]:
        status = self._api.ask("GET", "/deposits?limit=1").status
        if status not in (200, 403):
            raise NotFound(f"HTTP {status}")
        return status == 200, f"HTTP {status}"

    def _main_status(self) -> tuple[Value, str]:
        with self._prompted() as (made, sent, place):
            began = self._context.clock.now()
            while (seen := self._status(sent)) == "CONNECTING":
                self._connecting = (self._context.clock.now() - began).total_seconds()
                if self._connecting > PROMPT_PATIENCE:
                    break
            made.flow.resets.reset_any(place)
            status = self._calls[-1].status
        self._ended = self._status(sent)
        if status is None:
            raise NotFound(f"the reset was not answered; the prompt showed {seen}")
        return status, f"HTTP {status}, while the prompt showed {seen}"

    def _end_after_main(self) -> tuple[Value, str]:
        if self._ended is None:
            raise NotFound("no prompt was sent")
        return self._ended, f"it ended with {self._ended}"

    def _main_ends_connecting(self) -> tuple[Value, str]:
        """If an earlier prompt showed CONNECTING for longer than it took to reset the reader, this one did, too."""
        took, shown, ended = self._reset_at_once()
        if took < self._connecting:
            return shown[-1] != "IN_PROGRESS" and not self._answered, f"after /main it showed {shown[-1]}, then {ended}"
        if not self._agreed("The reader connects too quickly to see. Unplug it, and wait a minute. Is it unplugged?"):
            raise NotFound(f"the reader connects too quickly: before it could be reset, {took:.1f} s later")
        _, shown, ended = self._reset_at_once(looking=True)
        self._agreed("Plug the reader in again. Is it back?")
        if "IN_PROGRESS" in shown:
            raise NotFound("the reader was not unplugged: it showed IN_PROGRESS")
        return ended == "COMPLETE", f"unplugged, it ended with {ended} after /main"

    def _reset_at_once(self, *, looking: bool = False) -> tuple[float, list[str], str]:
        """Send a prompt and reset the reader; return how long that took, what it showed, and its end.

        With `looking`, reset only after it was connecting for longer than a reachable reader takes.
        """
        with self._prompted() as (made, sent, place):
            before = self._not_connecting(sent) if looking else []
            began = self._context.clock.now()
            made.flow.resets.reset_any(place)
            took = (self._context.clock.now() - began).total_seconds()
            until = self._context.clock.now() + timedelta(seconds=PROMPT_PATIENCE)
            shown = [*before, self._status(sent)]
            while shown[-1] == "CONNECTING" and self._context.clock.now() < until:
                shown.append(self._status(sent))
        return took, shown, self._status(sent)

    def _not_connecting(self, sent: Resolution) -> list[str]:
        until, shown = self._context.clock.now() + timedelta(seconds=self._connecting + UNPLUGGED), ["CONNECTING"]
        while shown[-1] == "CONNECTING" and self._context.clock.now() < until:
            shown.append(self._status(sent))
        return shown

    def _agreed(self, question: str) -> bool:
        """Ask the user at the reader, if there is one; a signal meanwhile ends the session at once."""
        if not self._context.can_ask():
            return False
        if (came := self._context.signals.begin_again()) is not None:
            raise LeaveNow(came)
        agreed = self._context.confirm(question)
        self._context.signals.arm()
        return agreed

    @contextmanager
    def _prompted(self) -> Iterator[tuple[Session, Resolution, str]]:
        """Sends a prompt to the reader, and ends it afterwards."""
        spec = replace(request.prompt("One moment…", ["OK"]), idle_only=True)
        with self._session(spec, wait=False) as (made, sent):
            if not sent.accepted_only:
                raise NotFound(f"the prompt was not taken: {sent.verdict.says}")
            self._prompt = sent.entry.request_id
            try:
                yield made, sent, str(self._place.smart_terminal_id)
            finally:
                until = self._context.clock.now() + timedelta(seconds=PROMPT_PATIENCE)
                made.flow.resolver.cancel(sent.entry, Plan(sent.entry.sale(), sent.entry.kind, until))

    def _status(self, sent: Resolution) -> str:
        """What the prompt shows, polled as often as allowed."""
        self._stop_if_wanted()
        seen = self._api.poll(sent.entry.request_id or "", None)
        if not isinstance(seen, Observed):
            raise NotFound("a poll was not answered")
        self._answered = seen.result.prompt_button is not None
        return seen.status

    def _limit_status(self) -> tuple[Value, str]:
        if self._prompt is None:
            raise NotFound("no prompt was sent")
        seen = [self._api.ask("GET", f"/smartterminals/requests/{self._prompt}").status for _ in range(3)]
        self._wait(POLL_EVERY)
        over = next((status for status in seen if status >= 400), None)
        if over is None:
            raise NotFound("three polls within half a second were all answered")
        return over, f"HTTP {', '.join(map(str, seen))}"

    # -- with money ---------------------------------------------------------------------------------------------

    def _invoice_number_kept(self) -> tuple[Value, str]:
        spec = request.payment(Decimal("1.00"), tax=Decimal("0.10"), po=MARK)
        with self._session(spec) as (_, done):
            self._number = done.entry.invoice_number
        self._sale = self._approved(done)
        shown = self._sale.invoice_number
        return shown == self._number, f"sent {self._number}, shown {shown}"

    def _signature_by_default(self) -> tuple[Value, str]:
        shown = self._paid().raw.get("signatureStatus")
        return shown == "SIGNED", f"signatureStatus {shown}"

    def _search_seconds(self) -> tuple[Value, str]:
        sale, began = self._paid(), self._context.clock.now()
        while (took := (self._context.clock.now() - began).total_seconds()) < SEARCH_PATIENCE.total_seconds():
            found = self._api.results({"invoiceNumber": self._number or ""}).items
            if any(t.transaction_id == sale.transaction_id for t in found):
                return round(took, 1), f"found after {took:.1f} s"
            self._wait(POLL_EVERY)
        raise NotFound(f"not found within {SEARCH_PATIENCE.total_seconds():g} s")

    def _surcharge_follows_edits(self) -> tuple[Value, str]:
        sale = self._paid()
        before = probe.surcharge(sale)
        if before is None:
            raise NotFound("the payment has no surcharge: the account has none, or the card is not a credit card")
        after = probe.surcharge(self._book("PUT", f"/transactions/{sale.transaction_id}", {"amountTip": "0.20"}))
        return before != after, f"surcharge ${before} before, ${after} after"

    def _rebill_inherits(self) -> tuple[Value, str]:
        again = self._charge("1.25", number=f"{MARK}-{self._paid().transaction_id}")
        inherits = probe.inherited_tax(again)
        if inherits is None:
            raise NotFound(f"the charge was not approved: {again.message}")
        return inherits, f"amountTax {again.raw.get('amountTax')}"

    def _duplicate_without_invoice(self) -> tuple[Value, str]:
        whole = {"amountTax": "0.00", "amountTip": "0.00", "amountShipping": "0.00"}
        first, second = self._charge("1.30", **whole), self._charge("1.30", **whole)
        if not first.approved:
            raise NotFound(f"the first charge was not approved: {first.message}")
        self._again = first
        return second.code == "DT", f"codes {first.code} and {second.code}"

    def _avs_unavailable_declines(self) -> tuple[Value, str]:
        checked = {"avs": "ADDRESS_AND_ZIP", "billingAddress": "1 Main Street", "billingZip": "99999"}
        number = f"{MARK}-avs-{self._paid().transaction_id}"
        found = self._charge("1.40", number=number, amountTax="0.00", **checked)
        return not found.approved, f"code {found.code}"

    def _refund_voidable(self) -> tuple[Value, str]:
        charge, self._again, self._sale = self._again, None, None  # nothing after this needs either
        if charge is None:
            raise NotFound("there is no charge to refund")
        refund = self._refund(charge, (), "refund")
        if refund is None:
            raise NotFound("the refund was not approved")
        voided = self._void(refund.transaction_id)
        return voided, f"the refund {'was voided' if voided else 'stands'}"

    def _reader_takes_hold(self) -> tuple[Value, str]:
        spec = request.payment(Decimal("1.50"), po=MARK)
        spec = replace(spec, fields=(*spec.fields, ("status", "HOLD")))
        with self._session(spec) as (_, done):
            pass
        if done.verdict.outcome is Outcome.REJECTED:
            return False, f"refused: {done.verdict.says}"
        status = self._approved(done).status
        return status == "HOLD", f"the payment is a {status}"

    # -- sending ------------------------------------------------------------------------------------------------

    def _charge(self, base: str, *, number: str | None = None, **more: str) -> Transaction:
        """Charge the card of the payment again, which needs no reader."""
        form = {"transactionId": str(self._paid().transaction_id), "terminalId": str(self._place.terminal_id),
                "amountBase": base, **more, "purchaseOrderNumber": MARK}  # fmt: skip
        return self._book("POST", "/transactions", form | ({"invoiceNumber": number} if number else {}))

    def _paid(self) -> Transaction:
        if self._sale is None:
            raise NotFound("no payment was approved on the reader")
        return self._sale

    def _wait(self, seconds: float) -> None:
        self._context.inbox.pause(seconds)
        self._stop_if_wanted()
