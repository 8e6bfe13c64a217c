"""What a probe sends, and how it is taken back.

Payments and refunds go through the journal like any other; everything else that is booked is marked, so that
a search finds what a lost answer, a kill or a power cut has left behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pjterm.api.answers import Reply, is_own
from pjterm.api.transport import Exchange
from pjterm.cli.context import Context
from pjterm.cli.shared import session
from pjterm.cli.shared.originals import earlier_refunds
from pjterm.core import parts, probe, refunds, wire
from pjterm.core.evidence.facts import Observed, Purged
from pjterm.core.model import Outcome, Terminal, Transaction
from pjterm.core.money import dollars
from pjterm.core.probe import MARK
from pjterm.errors import AnswerLost, LeaveNow, PjtermError
from pjterm.values import replace

if TYPE_CHECKING:
    from pjterm.cli.shared.session import Session
    from pjterm.core.request import RequestSpec
    from pjterm.flow.results import Resolution

PATIENCE = 180.0  # seconds for the user to tap a card
PROMPT_PATIENCE = 15.0
RUNNING = ("CONNECTING", "IN_PROGRESS")
SEARCH_PATIENCE = timedelta(seconds=30)
VOIDS = 3  # tries of a void whose answer was lost
Form = dict[str, str]


class NotFound(Exception):
    """A question stays open; the message says why."""


class Bench:
    """One reader and one account, and what was booked there and has not been given back."""

    def __init__(self, context: Context, place: Terminal) -> None:
        self._context = context
        self._api = context.api
        self._place = place
        self._calls: list[Exchange] = []
        self._made: set[int] = set()
        """What was booked and has not been given back, as far as known."""
        self._lost_at: datetime | None = None
        """When something was sent that may have been booked although its answer was lost."""

    @property
    def left(self) -> list[int]:
        """The transactions to give back."""
        return sorted(self._made)

    # -- taking back --------------------------------------------------------------------------------------------

    def take_back(self) -> list[int]:
        """Give back everything that this or an earlier probe charged; return what could not be given back."""
        self._wait_for_what_was_lost()
        found = self._api.patiently(lambda: self._api.results({"purchaseOrderNumber": MARK}).items)
        self._made |= {t.transaction_id for t in found if wire.purchase_order(t) == MARK}
        self._give_all_back(needed=set())
        return self.left

    def _wait_for_what_was_lost(self) -> None:
        """Wait, because a search is late to find what was just booked."""
        if self._lost_at is None:
            return
        left = (self._lost_at + SEARCH_PATIENCE - self._context.clock.now()).total_seconds()
        if left > 0:
            self._context.warn(f"an answer was lost; waiting {left:.0f} s for what it may have booked to be found")
            self._context.inbox.pause(left)

    def _give_all_back(self, needed: set[int]) -> None:
        for number in sorted(self._made - needed):
            self._stop_if_wanted()
            if self._give_back(number):
                self._made.discard(number)
        self._stop_if_wanted()

    def _give_back(self, number: int) -> bool:
        """Void a charge; if that is refused, or a refund has begun, refund what is left. Return whether all is back."""
        try:
            charge = self._api.read_transaction(number)
            if not probe.is_left_behind(charge):
                return True
            back = [self._api.read_transaction(r.transaction_id) for r in earlier_refunds(self._context, charge)]
            back = [r for r in back if r.gave_back]
            rest = parts.left(charge, back)
            if rest is not None and parts.total(rest) <= 0:
                return True
            return (not back and self._void(number)) or self._refund(charge, tuple(back), "back") is not None
        except PjtermError:
            return False

    def _void(self, number: int) -> bool:
        """Void a transaction, or find that this is refused; sent again if it may not have been taken."""
        for _ in range(VOIDS):
            with suppress(PjtermError):
                reply = self._api.ask("PUT", f"/transactions/{number}", (("status", "VOID"),))
                if _is_refused(reply) and reply.status != 429:
                    return self._api.read_transaction(number).is_void
            if self._api.read_transaction(number).is_void:
                return True
        raise AnswerLost(f"transaction {number} may still be voided")  # so a refund could give it back twice

    def _refund(self, charge: Transaction, back: tuple[Transaction, ...], name: str) -> Transaction | None:
        """Refund what is left of a charge, once, however often it is sent: it has its own key."""
        spec, key = refunds.linked_refund(charge, None, earlier=back), f"{MARK}-{name}-{charge.transaction_id}"
        with self._session(spec, key=key) as (_, done):
            return done.verdict.transaction if done.verdict.outcome is Outcome.REFUNDED else None

    # -- sending ------------------------------------------------------------------------------------------------

    def _book(self, method: str, path: str, form: Form) -> Transaction:
        self._stop_if_wanted()
        before, self._lost_at = self._lost_at, self._context.clock.now()
        reply = self._api.ask(method, path, tuple(form.items()))
        booked = wire.transaction(reply.json()) if 200 <= reply.status < 300 else None
        if booked is not None or _is_refused(reply):
            self._lost_at = before
        if booked is None:
            raise NotFound(f"HTTP {reply.status}: {'; '.join(d.message for d in wire.details(reply.json()))}")
        self._made.add(booked.transaction_id)
        return booked

    def _approved(self, done: Resolution) -> Transaction:
        t = done.verdict.transaction
        if done.verdict.outcome is not Outcome.APPROVED or t is None:
            raise NotFound(f"the payment ended {done.verdict.outcome}: {done.verdict.says}")
        self._made.add(t.transaction_id)
        return t

    @contextmanager
    def _session(
        self, spec: RequestSpec, *, wait: bool = True, key: str | None = None
    ) -> Iterator[tuple[Session, Resolution]]:
        """Send a request as every command does."""
        from pjterm.core.sending.send_state import Options
        from pjterm.core.typed import Typed

        context, original = self._context, spec.original
        place = self._place if spec.target is None else replace(self._place, name=None, smart_terminal_id=None)
        about = None if original is None else original.transaction_id
        made_key = key or context.new_key()
        options = Options(
            key=key, timeout=PATIENCE if wait else PROMPT_PATIENCE, wait=wait, force=True, yes=True,
            cancel_on_timeout=True,
        )  # fmt: skip
        typed = Typed(spec.kind, None if about else spec, spec.amount, spec.total, about)
        amount = None if spec.total is None else dollars(spec.total)
        where = place.name if about is None else f"transaction {about}"
        header = session.header_of(
            context, spec.kind, where, amount=amount, key=made_key, at_reader=spec.target is None
        )  # fmt: skip
        with session.session(context, header) as made:
            done = session.send_unguarded(made, spec, place, options, made_key, typed)
            try:
                if done.error is not None and done.verdict.outcome is not Outcome.REJECTED:
                    raise done.error
                yield made, done
            finally:
                if spec.target is None and (context.signals.wanted or (wait and done.entry.is_unresolved)):
                    self._end(made, done.entry.request_id)

    def _end(self, made: Session, request_id: str | None) -> None:
        """End our request that is left on the reader; what it charged is given back with the rest."""
        if request_id is None:  # the answer to its POST was lost
            made.flow.resets.reset_any(str(self._place.smart_terminal_id))
            return
        reset, until = False, self._context.clock.now() + timedelta(seconds=PROMPT_PATIENCE)
        while self._context.clock.now() < until:
            seen = self._api.poll(request_id, None)
            if isinstance(seen, Observed) and seen.result.transaction_id is not None:
                self._made.add(seen.result.transaction_id)
            if isinstance(seen, Purged) or (isinstance(seen, Observed) and seen.status not in RUNNING):
                return
            if isinstance(seen, Observed) and not reset:
                made.flow.resets.reset(str(self._place.smart_terminal_id))
                reset = True

    def _stop_if_wanted(self) -> None:
        if (signum := self._context.signals.signum) is not None:
            raise LeaveNow(signum)


def _is_refused(reply: Reply) -> bool:
    """Whether PayJunction itself refuses it, so that nothing was booked: a proxy's page says nothing of that."""
    return 400 <= reply.status < 500 and reply.status != 408 and is_own(reply)
