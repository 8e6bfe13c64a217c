"""What to do next about a request that runs: poll it, cancel it, and at the deadline look once more."""

from __future__ import annotations

from datetime import datetime, timedelta

from pjterm.core.evidence.facts import Observed, PollFailed
from pjterm.core.evidence.states import status_of
from pjterm.core.following.follow_state import CANCEL_TIME, FollowState
from pjterm.core.following.schedule import POLL_EVERY, next_poll
from pjterm.core.model import Outcome, Status, Transaction, Verdict
from pjterm.core.steps import Finished, Poll, ResetTerminal, Search, Step, WaitUntil, when_due

SEARCH_EVERY = timedelta(seconds=2)
REFUSALS_MOST = 3  # 401 or 403 in a row: a login that was changed during the payment will not change back
_STILL: dict[Status | None, str] = {
    Status.CONNECTING: "the reader is still being connected", Status.IN_PROGRESS: "the reader still works on it"
}  # fmt: skip
DECLINED_SO_FAR = "declined-so-far"
"""The code of a request that a cancel leaves alone, because it has a result."""
POLL_AGAIN = timedelta(seconds=2)  # how long after the deadline a poll that failed is repeated
CONNECTING_PATIENCE = timedelta(seconds=10)  # a cancel waits this long for CONNECTING to pass


def run_on(state: FollowState, now: datetime, *, soon: bool = False) -> Step:
    """Poll it, and cancel it if requested, until the deadline."""
    if state.poll_refusals >= REFUSALS_MOST:
        return _search_instead(state, now)
    if state.cancel_at is not None:
        step = _cancel(state, state.cancel_at, now)
        if step is not None:
            return step
    if now >= state.deadline:
        return _at_deadline(state, now)
    step, search_due = poll_when_due(state, now, soon=soon), _search_beside(state, now)
    if search_due is None or not isinstance(step, WaitUntil):
        return step
    return Search() if search_due <= now else WaitUntil(min(step.at, search_due))


def _search_beside(state: FollowState, now: datetime) -> datetime | None:
    """When to search while it runs, until it has a result.

    An earlier try of it may still be booked; and where its status is silent, only a search can tell.
    """
    if state.known.polled_results or not _may_search(state) or not (state.plan.again or state.is_silent):
        return None
    return (state.searched_at or state.known.sent_at or now) + SEARCH_EVERY


def withdraw(state: FollowState, verdict: Verdict, now: datetime) -> Step:
    """End a superfluous try before a card is presented; if the customer pays first, the payment counts."""
    wanted = state.searched_at or now
    silent = max(state.poll_refusals, state.refusals) >= REFUSALS_MOST
    if silent or now >= wanted + CANCEL_TIME:
        return Finished(verdict)
    step = _cancel(state, wanted, now) or poll_when_due(state, now, soon=True)
    return Finished(verdict) if isinstance(step, Finished) else step


def _search_instead(state: FollowState, now: datetime) -> Step:
    """Polls keep being refused (a changed login, a proxy's page), so only a search can still tell; both continue."""
    if not can_search(state):
        return unknown("PayJunction refuses to say how it stands, and there is nothing to search for")
    searched = state.searched_at
    if searched is not None and now >= state.deadline and searched >= state.deadline:
        return unknown("PayJunction refuses to say how it stands, and no transaction was found so far")
    due = now if searched is None else min(searched + SEARCH_EVERY, max(state.deadline, searched + POLL_EVERY))
    poll_due = max(next_poll(state), (state.polled_at or now) + SEARCH_EVERY)
    if poll_due < due and poll_due < state.deadline:
        return when_due(Poll(), poll_due, now)
    return when_due(Search(), due, now)


def _may_search(state: FollowState) -> bool:
    return can_search(state) and not state.search_refusals


def _cancel(state: FollowState, wanted: datetime, now: datetime) -> Step | None:
    """Compare, then act: /main only when a poll sent after the request to cancel says IN_PROGRESS without a result."""
    known = state.known
    if known.reset_at is not None and known.reset_at >= wanted:
        return None
    polled, last = state.polled_at, state.last_poll
    since = max(wanted, state.reset_tried_at or wanted)
    if polled is None or polled < since:
        return poll_when_due(state, now, soon=True)
    if isinstance(last, Observed) and last.status == Status.IN_PROGRESS and not known.polled_results:
        tried = state.reset_tried_at is not None and state.reset_tried_at >= wanted
        if tried and now >= state.deadline:  # a login may be refused the reset for good
            says = "not cancelled: the reader could not be reset, and still works on it"
            return Finished(Verdict(Outcome.OPEN, says))
        return ResetTerminal()
    if state.plan.cancels and isinstance(last, Observed) and last.says_it_runs and _may_take_another_card(state):
        says = "not cancelled: a card was declined, and the customer may try another"
        return Finished(Verdict(Outcome.OPEN, says, code=DECLINED_SO_FAR))
    connecting = isinstance(last, Observed) and last.status == Status.CONNECTING
    if connecting and now >= wanted + CONNECTING_PATIENCE:
        return Finished(Verdict(Outcome.OPEN, "not cancelled: the reader is still being connected"))
    return poll_when_due(state, now, soon=True) if now < state.deadline else None


def _at_deadline(state: FollowState, now: datetime) -> Step:
    """One poll sent after the deadline decides between open and unknown; who asked but once had no time to be up."""
    up, up_and = ("the time is up; ", "the time is up, and ") if state.plan.deadline > state.begun_at else ("", "")
    polled, last = state.polled_at, state.last_poll
    if polled is None or polled < state.deadline or _may_poll_again(state, now):
        return poll_when_due(state, now, soon=True)
    still = _STILL.get(status_of(last.status)) if isinstance(last, Observed) else None
    if still is not None:
        so_far = "; declined so far" if decline_so_far(state) is not None else ""
        return Finished(Verdict(Outcome.OPEN, f"{up}{still}{so_far}"))
    if (state.searched_at is None or state.searched_at < state.deadline) and _may_search(state):
        return Search()
    if isinstance(last, Observed):
        return unknown(f"{up_and}how it ended is not proven yet (the last status was {last.status})")
    why = f": {last.why}" if isinstance(last, PollFailed) else ""
    return unknown(f"{up_and}the last poll failed{why}")


def _may_poll_again(state: FollowState, now: datetime) -> bool:
    """Whether the only answer was of no use, such as that of a limit, and came at once."""
    last, until = state.last_poll, state.deadline + POLL_AGAIN
    return isinstance(last, PollFailed) and not last.refused and state.poll_failures == 1 and now < until


def poll_when_due(state: FollowState, now: datetime, *, soon: bool = False) -> Step:
    """The next poll, or the wait for it."""
    due = next_poll(state, soon=soon)
    if not soon:
        due = min(due, max(state.deadline, now)) if due > state.deadline else due
    return when_due(Poll(), due, now)


def unknown(why: str) -> Finished:
    """The outcome is not known yet."""
    return Finished(Verdict(Outcome.UNKNOWN, why))


def decline_so_far(state: FollowState) -> Transaction | None:
    """The newest decline of this sale (of any, for an untracked request), while nothing outranks it."""
    if state.plan.kind is None:
        booked = (state.known.transactions.get(r.transaction_id or 0) for r in state.known.polled_results)
        return next((t for t in reversed(list(booked)) if t is not None and t.approved is False), None)
    if not state.plan.kind.is_money:
        return None
    declined = state.found.declined
    return declined[-1] if declined else None


def _may_take_another_card(state: FollowState) -> bool:
    """Whether a card was declined, and not as a duplicate: then the paid sale is searched for."""
    decline = decline_so_far(state)
    return bool(state.known.polled_results) and decline is not None and decline.code != "DT"


def can_search(state: FollowState) -> bool:
    """Whether a search can show whether its money moved."""
    kind = state.plan.kind
    return kind is not None and kind.is_money and state.plan.sale.invoice_number is not None
