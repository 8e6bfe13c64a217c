"""What the sending of one request needs next: what is known in, one step out; `flow.submit` carries it out.

The order is the whole point. (1) The key: a result is reported, an open entry is resolved, and neither sends
anything. (2) A search where the invoice number may have been used elsewhere. (3) One look at whatever holds
the reader or the original. (4) The guards and the new entry, in one transaction of the journal. (5) The POST,
once. Of two processes with one key, the second finds the first one's entry at (4) and goes back to (1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from pjterm.core import guards, refunds, request
from pjterm.core.entry import Entry, NewEntry, Scope
from pjterm.core.guards import Before, Finding, KeyUse, Limits, Pass
from pjterm.core.model import Kind, Outcome, Terminal, Transaction
from pjterm.core.money import Money
from pjterm.core.plan import Plan, Until
from pjterm.core.request import RequestSpec

BUSY_PAUSE = timedelta(seconds=2)
"""Between two tries of `--wait-busy`."""
VOID_TRIES = 3
"""Of one void whose answers were lost: repeating it is safe (guess)."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says beside the request itself."""

    key: str | None = None
    timeout: float = 300.0
    wait: bool = True
    until: Until = Until.COMPLETE
    wait_busy: float = 0.0
    force: bool = False
    over: str | None = None
    yes: bool = False
    cancel_on_timeout: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """How the latest try ended; `stopped`: a signal ended it, so nothing more is sent."""

    entry: Entry
    outcome: Outcome
    stopped: bool


@dataclass(frozen=True, slots=True)
class SendState:
    """One command on its way to the POST and back: what it wants, and what it has learnt so far."""

    spec: RequestSpec
    new: NewEntry
    options: Options
    limits: Limits
    deadline: datetime
    can_ask: bool
    reader_asked: bool = False
    key_read: bool = False
    entry: Entry | None = None
    """The entry of the key, as last read."""
    before: Before | None = None
    """What the search before the POST means."""
    others_asked: bool = False
    stop: Finding | None = None
    """The guard that stops it now."""
    passed: frozenset[tuple[str, str | None]] = frozenset()
    """The guards that an option or the user has overridden."""
    ready: Entry | None = None
    """The entry that was written: its POST is due."""
    busy_until: datetime | None = None
    tries: int = 0
    tried: Tried | None = None

    def stopped(self, finding: Finding) -> SendState:
        """A guard stops it, unless an option overrides that guard."""
        overridden = {Pass.FORCE: self.options.force, Pass.YES: self.options.yes}.get(finding.passed_by, False)
        return self.answered_yes(finding) if overridden else replace(self, stop=finding)

    def answered_yes(self, finding: Finding) -> SendState:
        """The user, or an option, overrides this guard."""
        return replace(self, stop=None, passed=self.passed | {finding.name})

    def from_the_key_on(self) -> SendState:
        """Another process took the key meanwhile, or learnt of a late result: begin at the key again."""
        return replace(self, key_read=False, entry=None, before=None, others_asked=False)

    def entered(self, entry: Entry, now: datetime) -> SendState:
        """The entry is written."""
        busy_until = self.busy_until or now + timedelta(seconds=self.options.wait_busy)
        return replace(self, ready=entry, busy_until=busy_until)

    def ended(self, entry: Entry, outcome: Outcome, *, stopped: bool) -> SendState:
        """A try is over."""
        return replace(self, ready=None, tries=self.tries + 1, tried=Tried(entry, outcome, stopped))

    def waited(self) -> SendState:
        """The pause of `--wait-busy` is over: on to the next try, under the same key."""
        assert self.tried is not None
        return replace(self, tried=None, entry=self.tried.entry, before=Before(), others_asked=False)


# -- steps ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AskReader:
    """Ask once more about payments that a reset of this reader ended lately."""


@dataclass(frozen=True, slots=True)
class ReadKey:
    """Read what the journal has under this key."""


@dataclass(frozen=True, slots=True)
class Report:
    """Tell how this entry ended; nothing is sent."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Resolve:
    """Find out what became of this entry; nothing is sent."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class SearchBefore:
    """Search for the invoice number: somebody else may have used it, or a try of ours was booked late."""


@dataclass(frozen=True, slots=True)
class Answer:
    """It was done before: this transaction answers the key; nothing is sent."""

    transaction: Transaction
    searched: bool


@dataclass(frozen=True, slots=True)
class LookAtOthers:
    """One look at each entry that holds the reader, the invoice or the original."""


@dataclass(frozen=True, slots=True)
class Enter:
    """Ask the guards and write the entry, in one transaction."""

    prior_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class AskUser:
    """Put the question of this finding."""

    finding: Finding


@dataclass(frozen=True, slots=True)
class Refuse:
    """A guard stops it."""

    finding: Finding


@dataclass(frozen=True, slots=True)
class Post:
    """Send it, follow it, and write down how it ended."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class WaitForReader:
    """The reader is busy: wait, then try again."""

    pause: timedelta
    left: timedelta


@dataclass(frozen=True, slots=True)
class Finish:
    """The latest try is the result."""


Step = (
    AskReader | ReadKey | Report | Resolve | SearchBefore | Answer | LookAtOthers | Enter | AskUser | Refuse | Post
    | WaitForReader | Finish
)  # fmt: skip


# -- the decision -----------------------------------------------------------------------------------------


def decide(s: SendState, now: datetime) -> Step:
    """The next step."""
    if s.tried is not None:
        return _after_try(s, s.tried, now)
    if s.stop is not None:
        return AskUser(s.stop) if s.stop.question is not None and s.can_ask else Refuse(s.stop)
    if s.ready is not None:
        return Post(s.ready)
    if not s.reader_asked:
        return AskReader()
    if not s.key_read:
        return ReadKey()
    return _by_the_key(s, s.entry) or _before_the_entry(s)


def _by_the_key(s: SendState, entry: Entry | None) -> Step | None:
    """What the same key again means; nothing where a new try is allowed."""
    if entry is None:
        return None
    match guards.use_of_key(entry, s.new.fingerprint):
        case KeyUse.DIFFERS:
            return Refuse(guards.key_differs(entry))
        case KeyUse.SETTLE:
            return Resolve(entry)
        case KeyUse.REPORT:
            return Report(entry)
        case KeyUse.RETRY:
            return None
        case other:
            assert_never(other)


def _before_the_entry(s: SendState) -> Step:
    original = s.spec.original
    if s.spec.kind is Kind.VOID and original is not None and original.is_void:
        return Answer(original, searched=False)
    if s.before is None and _must_search(s.entry, s.new):
        return SearchBefore()
    before = s.before or Before()
    if before.finding is not None:
        return Refuse(before.finding)
    if before.answer is not None:
        return Answer(before.answer, searched=True)
    if not s.others_asked and s.spec.kind.is_money:
        return LookAtOthers()
    return Enter(before.prior_ids)


def _must_search(entry: Entry | None, new: NewEntry) -> bool:
    """A number that somebody else may have used, or that a try of ours may have booked late.

    Another till may have taken a named sale over after our try was never taken. A try whose answer was lost
    may have been taken as well, whatever the operator said of it.
    """
    if new.invoice_number is None or not new.kind.is_money:
        return False
    if entry is None or new.named:
        return new.named
    never_taken = entry.outcome in (Outcome.UNAVAILABLE, Outcome.REJECTED, Outcome.AUTH)
    return not never_taken or entry.attempt > 1 or entry.original_id is not None


def _after_try(s: SendState, tried: Tried, now: datetime) -> Step:
    """A lost void is sent again, a busy reader is waited for; anything else is the result."""
    if tried.stopped:
        return Finish()
    lost_void = s.spec.kind is Kind.VOID and tried.outcome is Outcome.UNKNOWN
    if lost_void and s.tries < VOID_TRIES and now < s.deadline:
        return Post(tried.entry)
    left = min(s.busy_until or s.deadline, s.deadline) - now
    if tried.outcome is Outcome.BUSY and left > BUSY_PAUSE:
        return WaitForReader(BUSY_PAUSE, left)
    return Finish()


# -- the guards -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Others:
    """Entries of the journal that may stand in the way."""

    on_reader: tuple[Entry, ...] = ()
    same_invoice: tuple[Entry, ...] = ()
    """Sales under the invoice that the user named; a search cannot see those that are still under way."""
    about: tuple[Entry, ...] = ()
    """Voids and refunds of the original."""


def holding(s: SendState, others: Others) -> list[Entry]:
    """The entries that hold the reader or the invoice, unless they are overridden."""
    by_invoice = [e for e in guards.blocking(others.same_invoice, s.new.key) if e.kind is s.new.kind]
    found = {e.id: e for e in (*guards.blocking(others.on_reader, s.new.key), *by_invoice)}
    return [e for e in found.values() if e.key != s.options.over]


def to_be_asked(s: SendState, others: Others) -> list[Entry]:
    """The entries that get one look before they stop anybody."""
    about = [e for e in others.about if e.is_unsettled and e.key not in (s.options.over, s.new.key)]
    return [*about, *(e for e in holding(s, others) if e.scope == s.new.scope)]


def first_stop(s: SendState, others: Others, alike: list[Entry], now: datetime) -> Finding | None:
    """The first guard that is not overridden yet. `alike` are the login's entries over this amount."""
    if not s.spec.kind.is_money:
        return None
    findings = [guards.terminal_taken(e) for e in holding(s, others)]
    limit = _limit(s)
    findings += [limit] if limit is not None else []
    if s.spec.original is not None:
        can_ask = limit is None and s.can_ask
        about = refunds.findings(s.spec, others.about, s.new.key, can_ask=can_ask)
        findings += [f for f in about if f.entry is None or f.entry.key != s.options.over]
    if compared_amount(s) is not None:
        findings += guards.near_duplicates(alike, s.new.sale(), now)
    left = [f for f in findings if f.name not in s.passed]
    return min(left, key=lambda f: f.passed_by is not Pass.NOTHING, default=None)


def _limit(s: SendState) -> Finding | None:
    """The profile's limits; the question about money back also says what is known of the original."""
    limit = guards.over_limits(s.spec.total, s.limits, s.new)
    if limit is None or limit.question is None or s.spec.original is None:
        return limit
    return replace(limit, question=refunds.ask_after(refunds.say_before(s.spec), limit.question))


def compared_amount(s: SendState) -> Money | None:
    """The amount that the near-duplicate guard is about; a void, or a refund of all, has nothing left to move twice."""
    once = s.spec.kind is Kind.VOID or s.spec.whole
    return None if s.new.named or once or not s.spec.kind.is_money else s.new.amount


# -- what is sent -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose request it is, under which key."""

    scope: Scope
    profile: str
    key: str
    """The one that was given, or the new one made for this sale."""


def begin(
    spec: RequestSpec, sender: Sender, terminal: Terminal, options: Options, limits: Limits, now: datetime,
    *, can_ask: bool,
) -> SendState:  # fmt: skip
    """One command at its beginning."""
    number = None
    if spec.kind.is_money and spec.kind is not Kind.VOID:
        number = spec.invoice_number or request.invoice_number_for(sender.scope.login, sender.key)
    new = NewEntry(
        scope=sender.scope,
        key=sender.key,
        kind=spec.kind,
        profile=sender.profile,
        terminal=terminal,
        fingerprint=spec.fingerprint(terminal.smart_terminal_id, terminal.terminal_id, number),
        amount=spec.amount,
        total=spec.total,
        invoice_number=number,
        named=options.key is not None or spec.invoice_number is not None,
        original_id=None if spec.original is None else spec.original.transaction_id,
        expect=spec.expect,
    )
    return SendState(spec, new, options, limits, now + timedelta(seconds=options.timeout), can_ask)


def plan(s: SendState, entry: Entry) -> Plan:
    """How an entry is followed."""
    return Plan(entry.sale(), entry.kind, s.deadline, s.options.until, s.options.cancel_on_timeout)
