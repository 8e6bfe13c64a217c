"""Before the same key is sent again: whether the earlier try, which ended without a result, was booked after all.

Others reset readers, and bookings come late; a search may lag, show nothing, or spell a number differently. So at
least 8 s after the end (or the longest lag seen so far) there is one more poll, one more search by number, and one by
account and time, because a service may store our number in another spelling. A search by number must also find
something that certainly exists: the control. If it finds the control only after a while, it lagged until then, so
earlier searches are repeated. If this cannot be completed, nothing is sent.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pjterm.core.evidence.facts import Controlled, Fact, LookUpFailed, Observed, PollFailed, Searched, SearchFailed
from pjterm.core.evidence.states import AFTER_RESET, Progress, advance
from pjterm.core.following.schedule import backoff
from pjterm.core.model import Kind, Outcome, Sale, Verdict
from pjterm.core.steps import Control, LookAround, LookUp, Poll, Search, WaitUntil, when_due
from pjterm.core.verdicts.partition import denied, may_be, partition, unreadable
from pjterm.core.verdicts.verdict import judge
from pjterm.values import dataclass, replace

PATIENCE = timedelta(seconds=15)
"""How long to try to complete the check; a recent control lags, too."""
CONTROL_EVERY = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Absence:
    """One such check, and what it has shown so far."""

    sale: Sale
    kind: Kind
    known: Progress
    began: datetime
    """When it may begin: the end, and the wait for a late booking, have passed."""
    polls: bool
    declined: bool = False
    """Whether a decline is already known, and another card is to be tried."""
    asked_at: datetime | None = None
    """When the last question was sent."""
    failures: int = 0
    why: str = ""
    polled: bool = False
    runs: bool = False
    searched: bool = False
    looked_around: bool = False
    gap: str | None = None
    """Why one of the searches may not show everything."""
    unseen: bool = False
    """Whether the operator gave their word knowing that a search may not show everything."""
    controlled: bool = False
    controls: int = 0


@dataclass(frozen=True, slots=True)
class Clear:
    """Nothing was booked: the same key may be sent again. These ids carried its number before, or were denied."""

    prior_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Decided:
    """The earlier try did have a result."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Reopened:
    """The earlier try is still running."""


@dataclass(frozen=True, slots=True)
class Unproven:
    """The check was not conclusive."""

    why: str


Step = Poll | LookUp | Search | LookAround | Control | WaitUntil | Clear | Decided | Reopened | Unproven


def begin(
    sale: Sale, kind: Kind, known: Progress, now: datetime, over_at: datetime, wait: timedelta, *, declined: bool
) -> Absence:  # fmt: skip
    """Begin the check; `over_at` is when the end was first seen."""
    polls = known.request_id is not None  # however long ago, because the wall clock may have been set
    said = known.operator is not None and known.operator.not_charged
    unseen = said and (known.gap_told or unreadable(replace(known, beside=known.beside_told)) is not None)
    return Absence(sale, kind, known, max(now, over_at + wait), polls, declined, unseen=unseen, controlled=said)


def least_wait(lag: timedelta) -> timedelta:
    """How long to wait for a late booking after the end."""
    return max(AFTER_RESET, lag)


def over_since(over_at: datetime, now: datetime, quiet: float, wait: timedelta) -> datetime:
    """The latest time at which the end can have been seen, though the wall clock was set or the machine slept since.

    The process that saw it called the API, and for `quiet` real seconds no other process has. If that does not prove
    that the `wait` is over, the wait is counted from then.
    """
    return over_at if quiet >= wait.total_seconds() else max(over_at, now - timedelta(seconds=quiet))


def observe(a: Absence, fact: Fact, asked_at: datetime) -> Absence:
    """The check after one more answer."""
    a = replace(a, known=advance(a.known, fact), asked_at=asked_at)
    match fact:
        case PollFailed() | SearchFailed() | LookUpFailed():
            return replace(a, failures=a.failures + 1, why=fact.why)
        case Observed():
            return replace(a, failures=0, polled=True, runs=fact.says_it_runs)
        case Searched(around=True):
            return replace(a, failures=0, looked_around=True, gap=a.gap or fact.gap)
        case Searched():
            return replace(a, failures=0, searched=True, gap=a.gap or fact.gap)
        case Controlled():
            lagged = fact.shows and a.controls > 0
            a = replace(a, searched=a.searched and not lagged, looked_around=a.looked_around and not lagged)
            return replace(a, failures=0, controlled=fact.shows, controls=a.controls + 1, why=fact.says)
        case _:
            return replace(a, failures=0)


def decide(a: Absence, now: datetime) -> Step:
    """The next step."""
    if now < a.began:
        return WaitUntil(a.began)
    verdict = judge(a.sale, replace(a.known, operator=None), a.kind)
    if verdict is not None and _is_news(a, verdict):
        unread = [i for i in partition(a.sale, a.known).undecided if i not in a.known.read]
        return LookUp(unread[0]) if unread and not a.failures else Decided(verdict)  # it may be charged twice
    if a.runs and not a.known.has_ended:
        return Reopened()
    step = _question(a)
    if step is None:
        return _conclude(a)
    gap = CONTROL_EVERY if isinstance(step, Control) and a.controls else backoff(a.failures)
    due = now if a.asked_at is None else a.asked_at + gap
    if max(due, now) > a.began + PATIENCE:
        return Unproven(a.why or "not answered in time")
    return when_due(step, due, now)


def _is_news(a: Absence, verdict: Verdict) -> bool:
    if verdict.outcome is Outcome.DECLINED and a.declined:
        return False
    return verdict.transaction is not None or not denied(a.sale, a.known).issuperset(verdict.transaction_ids)


def _question(a: Absence) -> Poll | LookUp | Search | LookAround | Control | None:
    """The next question, if any is left."""
    if a.polls and not a.polled and not a.known.is_forgotten:
        return Poll()
    found = partition(a.sale, a.known)
    if found.undecided:
        return LookUp(found.undecided[0])
    if not a.searched:
        return Search()
    if not a.looked_around:
        return LookAround()
    return None if a.controlled else Control()


def _conclude(a: Absence) -> Clear | Unproven:
    found = partition(a.sale, a.known)
    if found.unsure:
        return Unproven(may_be(found.unsure))
    if (gap := a.gap or unreadable(a.known)) is not None and not a.unseen:
        return Unproven(gap)
    number = a.sale.invoice_number
    carried = {i for i, t in a.known.transactions.items() if t.invoice_number == number}
    return Clear(denied(a.sale, a.known) | carried)
