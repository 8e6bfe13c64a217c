"""One command on its way to the POST and back, as values: its request, and what it has learned so far."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pjterm.core import request
from pjterm.core.entry import Entry, NewEntry, Scope
from pjterm.core.guards import Finding, Limits, Pass
from pjterm.core.model import POST_PATIENCE, Outcome, Terminal, Transaction
from pjterm.core.plan import Plan, Until
from pjterm.core.request import RequestSpec
from pjterm.core.typed import Typed
from pjterm.errors import PjtermError, RateLimited, Unavailable
from pjterm.values import dataclass, replace

FRESH = timedelta(seconds=1.5)
"""How old a search may be at the POST. Other sales are looked at and the user is asked in between: both take time,
in which another till may be paid under this key."""
LOOKUP_PATIENCE = timedelta(seconds=10)
"""For reads before the POST: nothing has been started, so giving up is safe."""
AGAIN_IN = timedelta(seconds=1)
"""Before the next try where the service could not be reached, or did not say when to come back."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says besides the request itself."""

    key: str | None = None
    timeout: float = 300.0
    wait: bool = True
    until: Until = Until.COMPLETE
    wait_busy: float = 0.0
    force: bool = False
    over: tuple[str, ...] = ()
    """Keys of entries that may stay open or unknown."""
    yes: bool = False
    cancel_on_timeout: bool = False
    another_card: bool = False


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose request it is, under which key."""

    scope: Scope
    profile: str
    key: str
    """The given one, or a new one made for this sale."""
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """How the latest try ended; `stopped`: a signal ended it, so nothing more is sent."""

    entry: Entry
    outcome: Outcome
    stopped: bool
    again_in: timedelta | None = None
    """When it may be sent again: the service could not be reached, or took no more requests for now."""


@dataclass(frozen=True, slots=True)
class Before:
    """What a search before the POST means: a result, a refusal, or the ids that no longer count."""

    answer: tuple[Transaction, ...] = ()
    """The approved sale of this key, or its void; where there are two, it was charged twice."""
    finding: Finding | None = None
    prior_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class SendState:
    """One command on its way to the POST and back: its request, and what it has learned so far."""

    spec: RequestSpec
    new: NewEntry
    typed: Typed
    sender: Sender
    options: Options
    limits: Limits
    deadline: datetime
    can_ask: bool
    prepared: bool = True
    """Whether its destination was looked up; the key may answer without that."""
    reader_asked: bool = False
    late: Entry | None = None
    """An earlier sale like this one, where it was reported as ended and was paid after all."""
    key_read: bool = False
    entry: Entry | None = None
    """The entry of the key, as last read."""
    elsewhere: tuple[Entry, ...] = ()
    """Entries of this key that another login of the environment sent."""
    never_sent: bool = False
    """Whether the only try of this key was interrupted before it was sent."""
    absent: frozenset[int] | None = None
    """Set once the earlier try of this key is proven not to be booked: the ids that carried its number before."""
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
    post_until: datetime | None = None
    """Until when a POST that was provably not taken is tried again."""
    tries: int = 0
    tried: Tried | None = None
    searched_at: datetime | None = None
    """Since when the search for an earlier sale of this key ages."""
    searched_anew: bool = False

    def is_stale(self, now: datetime) -> bool:
        """Whether the search is too old to send now; once only (a search takes time), and again after each question."""
        return self.searched_at is not None and not self.searched_anew and now - self.searched_at > FRESH

    def anew(self) -> SendState:
        """Search once more; the others have just been looked at."""
        return replace(self._unsearched(), searched_anew=True, others_asked=True)

    def searched(self, began: datetime, ended: datetime) -> SendState:
        """Record a search: its result ages from its end on, or from its begin if the machine slept meanwhile."""
        at = began if ended - began > LOOKUP_PATIENCE else ended
        return self if self.searched_at is not None else replace(self, searched_at=at)

    def key_was_read(self, entry: Entry | None, elsewhere: Iterable[Entry]) -> SendState:
        """What the journal has under the key; a new try keeps its invoice number."""
        new = self.new
        if entry is not None:
            new = new_entry(self.spec, self.sender, new.terminal, entry.invoice_number, named=new.named)
        return replace(self, key_read=True, entry=entry, elsewhere=tuple(elsewhere), new=new)

    def stopped(self, finding: Finding) -> SendState:
        """A guard stops it, unless an option overrides that guard."""
        overridden = {Pass.FORCE: self.options.force, Pass.YES: self.options.yes}.get(finding.passed_by, False)
        return self.answered_yes(finding) if overridden else replace(self, stop=finding)

    def answered_yes(self, finding: Finding) -> SendState:
        """The state with this guard overridden, by the user or an option."""
        return replace(self, stop=None, passed=self.passed | {finding.name}, searched_anew=False)

    def from_the_key_on(self) -> SendState:
        """Another process took the key meanwhile, or learned of a late result: start over with the key."""
        return replace(self._unsearched(), key_read=False, entry=None)

    def entered(self, entry: Entry, now: datetime) -> SendState:
        """The entry is written."""
        busy_until = self.busy_until or now + timedelta(seconds=self.options.wait_busy)
        return replace(self, ready=entry, busy_until=busy_until, post_until=self.post_until or now + POST_PATIENCE)

    def may_post_until(self, now: datetime) -> datetime:
        """Until when its POST is tried again, as long as it was provably not taken."""
        return min(self.deadline, self.post_until or now + POST_PATIENCE)

    def again_until(self, now: datetime, wall: datetime) -> datetime:
        """The same, without a new search."""
        until = self.may_post_until(now)
        return until if self.searched_at is None else min(until, now + FRESH - (wall - self.searched_at))

    def ended(self, tried: Tried) -> SendState:
        """A try is over."""
        post_until = None if tried.again_in is None else self.post_until
        return replace(self, ready=None, tries=self.tries + 1, tried=tried, post_until=post_until)

    def waited(self) -> SendState:
        """The pause before the next try is over; it goes on under the same key."""
        assert self.tried is not None
        return replace(self._unsearched(), tried=None, entry=self.tried.entry, searched_anew=False)

    def _unsearched(self) -> SendState:
        return replace(self, absent=None, never_sent=False, before=None, others_asked=False, searched_at=None)


def begin(
    spec: RequestSpec, typed: Typed, sender: Sender, terminal: Terminal, options: Options, limits: Limits,
    now: datetime, *, can_ask: bool, prepared: bool = True,
) -> SendState:  # fmt: skip
    """One command at its beginning."""
    number = None
    if spec.kind.is_money and not spec.kind.is_change:
        number = spec.invoice_number or request.invoice_number_for(sender.scope.login, sender.key)
    new = new_entry(spec, sender, terminal, number, named=options.key is not None or spec.invoice_number is not None)
    deadline = now + timedelta(seconds=options.timeout)
    return SendState(spec, new, typed, sender, options, limits, deadline, can_ask, prepared)


def new_entry(spec: RequestSpec, sender: Sender, terminal: Terminal, number: str | None, *, named: bool) -> NewEntry:
    """The entry of a request under an invoice number."""
    return NewEntry(
        scope=sender.scope,
        key=sender.key,
        kind=spec.kind,
        profile=sender.profile,
        terminal=terminal,
        fingerprint=spec.fingerprint(terminal.smart_terminal_id, terminal.terminal_id, number),
        amount=spec.amount,
        total=spec.total,
        invoice_number=number,
        named=named,
        original_id=None if spec.original is None else spec.original.transaction_id,
        expect=spec.expect,
        by=sender.by,
        terms=spec.terms,
    )


def numbers(state: SendState, oldest: Entry | None) -> tuple[str, ...]:
    """The invoice numbers to search for before the POST.

    Keys had other numbers before 1.0: if the `oldest` entry has such a number, those from then on are searched, too.
    """
    number = state.new.invoice_number
    assert number is not None, "only money that has a number is searched for before"
    derived = request.derived_numbers(state.sender.scope.login, state.sender.key)
    if number != derived[0] or oldest is None or oldest.invoice_number is None:
        return (number,)
    then = request.derived_numbers(oldest.scope.login, oldest.key)
    since = then.index(oldest.invoice_number) if oldest.invoice_number in then else 0
    return tuple(dict.fromkeys(derived[: since + 1]))


def answered_under(state: SendState, number: str | None) -> NewEntry:
    """The entry of a sale that a search found under this number."""
    if state.new.invoice_number is None or number is None:
        return state.new
    return new_entry(state.spec, state.sender, state.new.terminal, number, named=state.new.named)


def plan(state: SendState, entry: Entry) -> Plan:
    """How an entry is followed."""
    until, cancels = state.options.until, state.options.cancel_on_timeout
    return Plan(entry.sale(), entry.kind, state.deadline, until, cancels, again=entry.is_further_try)


def again_in(error: PjtermError | None) -> timedelta | None:
    """How long to wait before the POST may be sent again; `None` if that would not help."""
    if not isinstance(error, Unavailable):
        return None
    asked_for = error.retry_after if isinstance(error, RateLimited) else None
    return AGAIN_IN if asked_for is None else timedelta(seconds=asked_for)
