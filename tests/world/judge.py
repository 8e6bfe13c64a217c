"""What must be true of every history, whatever is typed and whatever goes wrong.

The judge knows everything: what was booked, when it could be seen, which process sent what. It compares that
with what each command reported.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests import printed
from tests.world.books import Booking, cents
from tests.world.reader import Request
from tests.world.service import Call
from tests.world.till import KILLED, Run, World

LATE = 900.0
"""Seconds for which an approval is counted."""
LOOK = 1.5
"""Seconds before a POST by which a visible transaction must have been seen."""
ENDS = 75.0
"""Seconds after its --timeout by which a command must end: a cancel is proven, a proof is finished."""
SAFE = ("cancelled", "busy", "unreachable", "declined", "rejected", "auth", "unavailable")
"""Outcomes after which the user charges again."""
CHARGES = re.compile(r"harged (?:twice|\d+ times): transactions ([\d and]+) are approved")
PERHAPS = re.compile(r"\b(\d{5})\b(?=[\d, and]* may be this sale's, too)")
"""Transactions that no poll names and that a search shows under a shared invoice."""
NEVER_SENT = (2, 4, 11, 12, 13)
"""Exit codes that mean that this command started nothing."""


class Wrong(AssertionError):
    """A history that must not happen."""

    def __init__(self, rule: str, says: str) -> None:
        super().__init__(f"{rule}: {says}")
        self.rule = rule
        self.says = says


@dataclass(frozen=True, slots=True)
class Claim:
    """What a command reported about one sale."""

    key: str
    outcome: str
    code: int
    id: int | None
    invoice: str | None
    amount: str | None
    error: str | None


@dataclass(slots=True)
class Count:
    """The figures of histories."""

    sales: int = 0
    commands: int = 0
    faults: int = 0
    prevented: int = 0
    doubles: int = 0
    """Sales that were charged twice."""
    reported: int = 0

    def add(self, other: Count) -> None:
        """Add another count."""
        self.sales += other.sales
        self.commands += other.commands
        self.faults += other.faults
        self.prevented += other.prevented
        self.doubles += other.doubles
        self.reported += other.reported


@dataclass
class Judge:
    """Compares each run of a world with the truth."""

    world: World
    count: Count = field(default_factory=Count)
    keys: set[tuple[str, str]] = field(default_factory=set)
    """Machine and key of every sale for which something was sent."""
    by_hand: set[tuple[str, str]] = field(default_factory=set)
    """Those of them that an operator resolved by a statement."""
    written: dict[str, dict[tuple[str, str], float]] = field(default_factory=dict)
    """By machine: when the last call of each login, and the last poll of each request, was written."""

    def after(self, run: Run) -> list[Claim]:
        """Judge a command that has just ended; returns its claims."""
        self.count.commands += 1
        self._no_bug(run)
        self._limits(run)
        sent = self._sent_by(run)
        self._sent_again(run, sent)
        if run.code == KILLED:
            return []
        if sent and run.code in NEVER_SENT:
            raise Wrong("not taken", f"{run} although request {sent[0].id} was taken")
        found = list(claims(run))
        self._given_back(run)
        self._ends(run)
        for claim in found:
            self._runs(run, claim)
            self._approved(run, claim)
            self._key_first(run, claim, sent)
            self._safe(run, claim)
            self._double(run, claim)
            self._twice(run, claim)
            self._declined(run, claim)
        self._figures(run, found, sent)
        return found

    # -- what a process did ----------------------------------------------------------------------------------

    def _no_bug(self, run: Run) -> None:
        if run.code == 1 or run.process.bugs:
            raise Wrong("bug", f"{run}\n{''.join(run.process.bugs)}")

    def _limits(self, run: Run) -> None:
        machine = run.process.machine
        last = self.written.setdefault(machine.name, {})
        for at, request, login in machine.writes:
            if at - last.get((login, ""), -1.0) < 0.1 - 1e-6:
                raise Wrong("limit", f"two calls within {at - last[login, '']:.3f} s at {at:.3f}: {run}")
            if request and at - last.get((login, request), -1.0) < 0.5 - 1e-6:
                raise Wrong("limit", f"two polls within {at - last[login, request]:.3f} s at {at:.3f}: {run}")
            last[login, ""] = last[login, request] = at
        machine.writes.clear()

    def _sent_by(self, run: Run) -> list[Request]:
        """Payments that the service took from this process."""
        return [r for r in self._payments() if r.call.by is run.process]

    def _payments(self) -> Iterator[Request]:
        return (r for r in self.world.service.requests.values() if r.kind == "request-payment" and r.call is not None)

    def _sent_again(self, run: Run, sent: list[Request]) -> None:
        """No POST is sent under a number whose payment could be seen before it."""
        for request in sent:
            self.keys.add((run.process.machine.name, key_of(request)))
            number = request.form.get("invoiceNumber")
            slept = request.call.began < run.process.machine.asleep_until <= request.at  # with the request on the wire
            if "--invoice" in run.argv or number is None or slept:
                continue
            for b in self.world.service.books.all:
                if b.invoice != number or b.request == request.id or not b.approved or b.action != "CHARGE":
                    continue
                if self.tells_nothing(b, run, cents(request.form["amountBase"])):
                    continue
                if self.world.service.books.showing.writing == "absent" and "--force" in run.argv:
                    self.by_hand.add((run.process.machine.name, key_of(request)))  # the user says it is another's
                    continue
                seen = max(self._findable_at(b, run, request), b.approved_at)
                if seen <= request.at - LOOK and b.void_at > request.at:
                    raise Wrong("sent again", f"{b.id} could be seen since {seen:.1f}, sent at {request.at:.1f}: {run}")

    def _given_back(self, run: Run) -> None:
        """One key of a refund refunds once."""
        if run.argv[0] != "refund" or run.code != 0 or "-k" not in run.argv:
            return
        key, machine = run.argv[run.argv.index("-k") + 1], run.process.machine
        back = [
            b for b in self.world.service.books.all
            if b.action == "REFUND" and b.approved and b.by is not None and b.by.machine is machine
            and machine.knows(b.at) and key in b.by.argv
        ]  # fmt: skip
        if len(back) > 1:
            raise Wrong("refunded twice", f"{[b.id for b in back]}: {run}")

    def _ends(self, run: Run) -> None:
        """Every command ends near its timeout."""
        if "--timeout" in run.argv:
            given = float(run.argv[run.argv.index("--timeout") + 1])
            if run.seconds > given + ENDS + run.process.machine.slept:
                raise Wrong("too long", f"{run.seconds:.0f} s: {run}")

    # -- what a command reported --------------------------------------------------------------------------------

    def _approved(self, run: Run, claim: Claim) -> None:
        """Approved means that this sale is approved."""
        if claim.outcome != "approved" or claim.id is None:
            return
        b = next((b for b in self.world.service.books.all if b.id == claim.id), None)
        if b is None or not b.approved or b.approved_at > run.ended:
            raise Wrong("false approval", f"{claim} of {b}: {run}")
        owner = self.world.service.requests.get(b.request or "")
        other = owner is not None and owner.call is not None and key_of(owner) != claim.key
        known = not self._is_elsewhere(b, run)
        by_hand = (run.process.machine.name, claim.key) in self.by_hand
        wrong_amount = claim.amount is not None and b.base != cents(claim.amount) and not by_hand
        shows_number = self.world.service.books.showing.stored != "absent"
        wrong_number = b.invoice != claim.invoice and (shows_number or not by_hand)
        if wrong_number or (other and known) or wrong_amount:
            raise Wrong("adopted", f"{claim} says {b}: {run}")

    def _key_first(self, run: Run, claim: Claim, sent: list[Request]) -> None:
        """Once a key may have been taken, no later fault makes it safe."""
        earlier = [r for r in self._of_key(run, claim.key) if r not in sent and r.at < run.began]
        if earlier and claim.code in NEVER_SENT:
            raise Wrong("key first", f"{claim} although request {earlier[0].id} was taken before: {run}")

    def _safe(self, run: Run, claim: Claim) -> None:
        """No safe outcome if the booking could be seen."""
        if claim.outcome not in SAFE or run.process.signals_met:
            return
        if self.by_word(run, claim.key):
            return
        for b in self._bookings(run, claim.key):
            if b.void_at > run.ended and self._was_seen(b, run):
                seen = self._seen_at(b, run)
                raise Wrong("false statement", f"{claim.outcome} for {b.id}, to be seen since {seen:.1f}: {run}")

    def by_word(self, run: Run, key: str) -> bool:
        """An operator's statement outranks a transaction that only looks like the sale or that this login may not read.

        The same holds if no poll names the charge and a search shows it under an invoice that several sales may have,
        or with another amount, which another till may have charged under the same key.
        """
        showing, access = self.world.service.books.showing, self.world.service.logins[run.process.login]
        is_unclear = (showing.writing, showing.stored) != ("whole", "whole") or access.sees == "own"
        shared = any("--invoice" in r.call.by.argv for r in self._of_key(run, key))
        asked = {cents(r.form["amountBase"]) for r in self._of_key(run, key)}
        if found := [b for b in self._bookings(run, key) if b.void_at > run.ended]:
            unnamed = all(self._shown_at(b, run) > run.ended for b in found)
            is_unclear |= unnamed and (shared or not asked & {b.base for b in found})
        return is_unclear and (run.process.machine.name, key) in self.by_hand

    def _was_seen(self, b: Booking, run: Run) -> bool:
        """Whether the questions of this command could show it: a poll its id, a search the booking.

        A poll shows nothing new about a decline that was approved later: only reading it, or a search, does.
        """
        asked = {c.name: c.at for c in _about(run, b)}
        began = run.began if run.process.went_well and not _said_unasked(b, run) else -1.0
        names = "transaction" if b.approved_at > b.at else "poll"
        shown = self._shown_at(b, run) <= max(asked.get(names, -1.0), began)
        found = max(self._findable_at(b, run), b.approved_at)
        return shown or found <= max(asked.get("search", -1.0), began)

    def _double(self, run: Run, claim: Claim) -> None:
        """Two approvals for one key are reported by every command that can see both."""
        if claim.outcome != "approved" or claim.invoice is None or "--invoice" in run.argv:
            return
        if claim.key.startswith("made-") or (run.process.machine.name, claim.key) in self.by_hand:
            return
        both = [
            b for b in self.world.service.books.all
            if b.invoice == claim.invoice and b.took_money and self._key_of(b) == claim.key
            and self._seen_at(b, run) <= self._look(run, b) and not self._is_unnamed(b, run)
            and not self._went_back(b) and self._was_read(b, run) and not self._was_forced(b)
            and str(b.id) not in PERHAPS.findall(run.err) and not _said_unasked(b, run)
        ]  # fmt: skip
        if len(both) > 1 and run.began < max(b.at for b in both) + LATE:
            raise Wrong("unreported double", f"{[b.id for b in both]}: {run}")

    def _twice(self, run: Run, claim: Claim) -> None:
        """A sale reported as charged twice was charged twice."""
        named = CHARGES.search(run.err) if claim.error == "charged-twice" else None
        for number in [] if named is None else map(int, re.findall(r"\d+", named[1])):
            b = next((b for b in self.world.service.books.all if b.id == number), None)
            if b is None or not b.approved or b.approved_at > run.ended:
                raise Wrong("false double", f"{claim} names {b}: {run}")

    def _declined(self, run: Run, claim: Claim) -> None:
        """Declined is final only when the request has ended."""
        if claim.outcome != "declined" or claim.code != 3:
            return
        running = [r for r in self._of_key(run, claim.key) if not r.over and r.call.answered and r.at < run.ended]
        if running:
            raise Wrong("declined too early", f"request {running[0].id} still runs: {run}")

    def _runs(self, run: Run, claim: Claim) -> None:
        """Still open means that it was running at the last question."""
        if claim.code != 8 or run.process.machine.slept:
            return
        requests = list(self._of_key(run, claim.key))
        asked = {c.target for c in run.process.calls if c.name == "poll"}  # it repeats what it did not ask about
        if asked.isdisjoint(r.id for r in requests):
            return
        ended = [r.ended_at for r in requests]
        if ended and all(at is not None and at < run.ended - 5.0 for at in ended):
            raise Wrong("open", f"ended at {ended}: {run}")

    def _figures(self, run: Run, found: list[Claim], sent: list[Request]) -> None:
        if run.argv[0] == "charge" and not sent:
            self.count.prevented += sum(any(True for _ in self._bookings(run, c.key)) for c in found)
        self.count.reported += sum(c.error == "charged-twice" for c in found)

    def doubles(self) -> int:
        """The number of sales with a number of their own that were charged twice, reported or not."""
        charged = Counter((b.invoice, self._key_of(b)) for b in self.world.service.books.all if b.took_money)
        shared = {r.form.get("invoiceNumber") for r in self._payments() if "--invoice" in r.call.by.argv}
        return sum(n > 1 for (number, key), n in charged.items() if key is not None and number not in shared)

    def _key_of(self, b: Booking) -> str | None:
        request = self.world.service.requests.get(b.request or "")
        return None if request is None or request.call is None else key_of(request)

    # -- the truth -------------------------------------------------------------------------------------------------

    def _of_key(self, run: Run, key: str) -> Iterator[Request]:
        """Payments taken under this key from this machine since its journal began."""
        machine = run.process.machine
        return (
            r for r in self._payments()
            if key_of(r) == key and r.call.by.machine is machine and machine.knows(r.at)
        )  # fmt: skip

    def _bookings(self, run: Run, key: str) -> Iterable[Booking]:
        """Approved charges of this key from this machine, booked by the end of the run."""
        return [
            b for r in self._of_key(run, key) for b in r.bookings
            if b.approved and b.action == "CHARGE" and b.approved_at <= run.ended
        ]  # fmt: skip

    def _findable_at(self, b: Booking, run: Run, request: Request | None = None) -> float:
        """The time from which a search by this login finds it: never, if the service hides it."""
        access = self.world.service.logins[run.process.login]
        showing = self.world.service.books.showing
        if access.sees == "none" or not access.may_search or (access.sees == "own" and b.login != access.login):
            return float("inf")
        if showing.paging in ("loop", "endless") or (showing.stored != "whole" and self._is_elsewhere(b, run)):
            return float("inf")
        if not showing.filters and showing.paging in ("last", "miss"):
            return float("inf")
        return max(b.searchable_at, b.readable_at)

    def _is_elsewhere(self, b: Booking, run: Run) -> bool:
        """Whether this machine's journal knows nothing of it."""
        owner, machine = self.world.service.requests.get(b.request or ""), run.process.machine
        if owner is None or owner.call is None or owner.call.by.machine is not machine:
            return True
        return not machine.knows(owner.at)

    def tells_nothing(self, b: Booking, run: Run, amount: int) -> bool:
        """Whether nothing links it to this sale: another amount, no number shown, and no entry in a journal."""
        return b.base != amount and self._is_nameless(b, run)

    def _is_nameless(self, b: Booking, run: Run) -> bool:
        """Whether its sale cannot be determined: no number is shown, and this journal does not have it."""
        return self.world.service.books.showing.writing == "absent" and self._is_elsewhere(b, run)

    def _is_unnamed(self, b: Booking, run: Run) -> bool:
        """Whether nothing names its sale: neither a number nor a request in this journal."""
        showing = self.world.service.books.showing
        no_number = showing.writing == "absent" or (showing.stored == "absent" and not showing.as_sent)
        return no_number and self._shown_at(b, run) == float("inf")

    def _was_forced(self, b: Booking) -> bool:
        """Whether the user charged an invoice again on purpose."""
        request = self.world.service.requests.get(b.request or "")
        return request is not None and self.is_forced(request)

    def is_forced(self, request: Request) -> bool:
        """Whether the user named its invoice and charged it although it may be paid."""
        return {"--invoice", "--force"} <= {*request.call.by.argv}

    def _was_read(self, b: Booking, run: Run) -> bool:
        """Whether its number could be seen: one that a search writes differently must be read, which may fail."""
        showing = self.world.service.books.showing
        if (showing.writing, showing.stored, showing.trimmed) == ("whole", "whole", ()) or run.process.went_well:
            return True
        return any(c.name == "transaction" and c.target == str(b.id) and c.answered for c in run.process.calls)

    def _went_back(self, b: Booking) -> bool:
        """Whether refunds returned all of it, so that it charges no customer."""
        back = [r.total for r in self.world.service.books.all if r.original == b.id and r.stands]
        return sum(back) >= b.total

    def _seen_at(self, b: Booking, run: Run) -> float:
        """The time from which it could be seen in any way."""
        return max(b.approved_at, min(self._shown_at(b, run), self._findable_at(b, run)))

    def _shown_at(self, b: Booking, run: Run) -> float:
        """The time from which its request's status shows it: never, if this machine does not know the request's id."""
        request = self.world.service.requests.get(b.request or "")
        if request is None or request.call is None or not request.call.answered or b.shown_at is None:
            return float("inf")
        machine = run.process.machine
        if request.call.by.machine is not machine or not machine.knows(request.at) or self._id_was_lost(request):
            return float("inf")
        return max(b.shown_at, b.readable_at, b.approved_at)

    def _id_was_lost(self, request: Request) -> bool:
        """Whether its process was killed with the answer before the id was in the journal."""
        killed = any(run.process is request.call.by and run.code == KILLED for run in self.world.runs)
        return killed and not self.world.memory(request.call.by.machine).has_accepted(request.id)

    def can_be_seen(self, b: Booking, run: Run) -> bool:
        """Whether this login can ever learn of it."""
        return self._seen_at(b, run) < float("inf")

    def _look(self, run: Run, b: Booking) -> float:
        """The time of the command's last look: its last answered search, or its beginning if all went well."""
        calls = [c for c in _about(run, b) if c.name == "search"]
        looked = calls[-1].at if calls else -1.0
        went_well = run.process.went_well and not run.process.signals_met  # which end a command during a search
        return max(looked, run.began) if went_well else looked


def _about(run: Run, b: Booking) -> list[Call]:
    """The answered calls that can show it; a search by account is for the sale of the last search by number."""
    about, number = [], None
    for call in run.process.calls:
        number = call.query.get("invoiceNumber", number)
        others = call.name == "search" and number not in (None, b.invoice)
        if call.answered and _is_about(call, b) and not others:
            about.append(call)
    return about


def _is_about(call: Call, b: Booking) -> bool:
    """Whether a call can show it: no count, refund or poll of another sale can, nor any page but the first.

    Items are listed newest first, so a transaction that became visible meanwhile is on a page that was already read.
    """
    if call.name in ("poll", "transaction"):
        return call.target in (b.request, str(b.id))
    numbered = call.query.get("invoiceNumber") in (None, b.invoice)
    return numbered and call.query.get("purchaseOrderNumber") in (None, b.order) and "offset" not in call.query


def _said_unasked(b: Booking, run: Run) -> bool:
    """Whether it said that it only repeats the journal: only the login of a sale can look it up."""
    return b.login != run.process.login and "not asked about once more" in run.err


def key_of(request: Request) -> str:
    """The key under which a payment was sent."""
    process = request.call.by
    if "-k" in process.argv:
        return str(process.argv[process.argv.index("-k") + 1])
    return process.made_key or ""


def claims(run: Run) -> Iterator[Claim]:
    """What a command's JSON reports about sales."""
    lines = run.out.splitlines()
    if not lines:
        return
    body = printed.read(lines[-1])
    for item in body.get("items", [body.get("item", body)]):
        if isinstance(item, dict) and item.get("key") is not None and item.get("outcome") is not None:
            yield _claim(item, run)


def _claim(item: dict[str, Any], run: Run) -> Claim:
    code = item["exitCode"] if "exitCode" in item and item["exitCode"] is not None else run.code
    error = item.get("error") or {}
    return Claim(
        item["key"],
        item["outcome"],
        code,
        item.get("transactionId"),
        item.get("invoiceNumber"),
        item.get("amount"),
        error.get("code"),
    )


__all__ = ["Call", "Claim", "Count", "Judge", "Wrong", "claims"]
