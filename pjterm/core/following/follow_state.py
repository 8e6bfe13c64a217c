"""One following as values: the plan, what is known, what was asked when, and what the user requests meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any

from pjterm.core.evidence.facts import (
    Fact,
    LookedUp,
    LookUpFailed,
    Observed,
    PollFailed,
    Purged,
    Searched,
    SearchFailed,
)
from pjterm.core.evidence.states import Progress, advance
from pjterm.core.model import Verdict
from pjterm.core.plan import Plan
from pjterm.core.verdicts.partition import Partition, partition
from pjterm.core.verdicts.verdict import judge
from pjterm.values import dataclass, field, replace

CANCEL_TIME = timedelta(seconds=30)
"""How long proving a cancellation may take after the request for it, whatever the deadline."""
UNSEEN_TIME = timedelta(seconds=60)
"""How long a request whose answer was lost may still be running (a guess: a reader's timeout is not documented)."""


@dataclass(frozen=True)
class FollowState:
    """One following at one moment.

    It is immutable, so values derived from it are computed once.
    """

    plan: Plan
    known: Progress
    begun_at: datetime
    changed_at: datetime
    relay_live: bool = False
    cancel_at: datetime | None = None
    detach: bool = False
    polled_at: datetime | None = None
    poll_answered_at: datetime | None = None
    hinted: bool = False
    """Whether an event that is not verified came since the last poll: a reason to poll, and no more."""
    last_poll: Fact | None = None
    poll_failures: int = 0
    poll_refusals: int = 0
    """Polls in a row that were answered, but not with a status."""
    searched_at: datetime | None = None
    search_failures: int = 0
    looked_at: Mapping[int, datetime] = field(default_factory=lambda: MappingProxyType({}))
    look_failures: int = 0
    searches: int = 0
    search_refusals: int = 0
    """Searches in a row that the API refused, as it does to restricted users."""
    declined_at: datetime | None = None
    """When a decline was first read."""
    refusals: int = 0
    """Searches and lookups in a row that the API refused."""
    reset_tried_at: datetime | None = None

    @property
    def deadline(self) -> datetime:
        """The plan's deadline; a requested cancellation may take longer to be proven."""
        if self.cancel_at is None or self.plan.cancels:
            return self.plan.deadline
        return max(self.plan.deadline, self.cancel_at + CANCEL_TIME)

    @property
    def is_silent(self) -> bool:
        """Whether the last poll says neither that it runs nor that it ended: NO_CONNECTION after IN_PROGRESS, say."""
        last = self.last_poll
        return isinstance(last, Observed) and not (last.says_it_runs or last.result or self.known.has_ended)

    @cached_property
    def verdict(self) -> Verdict | None:
        """What is proven by now."""
        return judge(self.plan.sale, self.known, self.plan.kind)

    @cached_property
    def found(self) -> Partition:
        """Which of the known transactions speak for the sale."""
        return partition(self.plan.sale, self.known)

    @property
    def runs_in_vain(self) -> bool:
        """Whether a further try still asks for a card though an earlier one turned out to have a result."""
        known = self.known
        running = known.request_id is not None and not known.has_ended and known.purged_at is None
        return self.plan.again and running and not known.polled_results and self.verdict is not None

    @property
    def unseen_until(self) -> datetime | None:
        """Until when a later try whose answer was lost may still run: the approved one may be an earlier try."""
        lost, unseen = self.known.lost, self.plan.again and self.known.request_id is None
        if not unseen or lost is None or (verdict := self.verdict) is None or verdict.transaction is None:
            return None
        return min(lost.at + UNSEEN_TIME, self.deadline) if verdict.transaction.approved else None


def begin(plan: Plan, known: Progress, now: datetime) -> FollowState:
    """Start to follow with what is known."""
    declined = any(t.approved is False for t in known.transactions.values())
    return FollowState(plan, known, now, now, declined_at=now if declined else None)


def observe(state: FollowState, fact: Fact, asked_at: datetime | None = None) -> FollowState:
    """The state after one more fact; `asked_at` is when we asked, if we did."""
    known = advance(state.known, fact)
    changes = _asked(state, fact, asked_at or fact.at)
    if known is not state.known:
        changes["known"] = known
        if _reported(known) != _reported(state.known):
            changes["changed_at"] = fact.at
        if state.declined_at is None and any(t.approved is False for t in known.transactions.values()):
            changes["declined_at"] = fact.at
    if isinstance(fact, Searched | SearchFailed | LookedUp | LookUpFailed):
        changes["refusals"] = state.refusals + 1 if getattr(fact, "refused", False) else 0
    return replace(state, **changes) if changes else state


def _asked(state: FollowState, fact: Fact, asked: datetime) -> dict[str, Any]:
    """The changes due to having asked at that time and gotten this answer."""
    match fact:
        case Observed(source="poll") | Purged():
            return _polled(fact, asked, 0, 0)
        case PollFailed():
            return _polled(fact, asked, state.poll_failures + 1, state.poll_refusals + 1 if fact.refused else 0)
        case Searched():
            count = state.searches + (not fact.around)
            return {"searched_at": asked, "search_failures": 0, "search_refusals": 0, "searches": count}
        case SearchFailed():
            refusals = state.search_refusals + 1 if fact.refused else 0
            failures = state.search_failures + 1
            return {"searched_at": asked, "search_failures": failures, "search_refusals": refusals}
        case LookedUp():
            looked_at = MappingProxyType({**state.looked_at, fact.transaction.transaction_id: asked})
            return {"looked_at": looked_at, "look_failures": 0}
        case LookUpFailed():
            looked_at = MappingProxyType({**state.looked_at, fact.transaction_id: asked})
            return {"looked_at": looked_at, "look_failures": state.look_failures + 1}
        case _:
            return {}


def _polled(fact: Fact, asked: datetime, failures: int, refusals: int) -> dict[str, Any]:
    return {
        "polled_at": asked, "poll_answered_at": fact.at, "last_poll": fact, "poll_failures": failures,
        "poll_refusals": refusals, "hinted": False,
    }  # fmt: skip


def tick(state: FollowState, now: datetime) -> FollowState:
    """The state as time makes it: with `--cancel-on-timeout` the deadline requests cancellation."""
    due = state.plan.cancel_on_timeout and state.cancel_at is None and now >= state.plan.deadline
    return replace(state, cancel_at=now) if due and state.known.request_id is not None else state


def _reported(known: Progress) -> tuple[object, ...]:
    return (known.status, known.results, known.end, known.runs_on, known.unknown_statuses, known.request_id)
