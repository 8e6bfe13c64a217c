"""What to do next about a request: facts and the time in, one step out; `flow.loop` takes it.

Walk one charge through it. Its POST was answered with an id: *poll*. Nothing changed: *wait until*
the next poll is due. A poll says IN_PROGRESS with a transactionId: *look up* that transaction.
It is ours and approved: the verdict is known, but the device is still busy, so *poll* on. COMPLETE:
*finished*. The other ways: an answer that was lost is *searched* for until the deadline; an end
without a result is polled once more and searched before it counts; a cancel is requested: one fresh
poll, and only on IN_PROGRESS without a result *reset the terminal*; the deadline passes: one last
fresh poll decides between open (it still runs) and unknown (no answer came).

A deadline is a moment. Nothing here sleeps, and nothing is random.
"""

from __future__ import annotations

from datetime import datetime

from pjterm.core.evidence.states import AFTER_RESET
from pjterm.core.following.follow_state import FollowState
from pjterm.core.following.proof import (
    explain_unsure,
    look_up,
    prove_decline,
    prove_end,
    prove_purged,
    resolve_linked,
    search_for_lost,
)
from pjterm.core.following.running import (
    REFUSALS_MOST,
    SEARCH_EVERY,
    decline_so_far,
    poll_when_due,
    run_on,
    unknown,
    withdraw,
)
from pjterm.core.model import Outcome, Transaction, Verdict
from pjterm.core.plan import Until
from pjterm.core.steps import Finished, LookUp, Search, Step, WaitUntil, when_due
from pjterm.core.verdicts import count

SILENCE_MOST = 10  # unanswered polls in a row after which a known verdict is reported without "reader idle"


def decide(state: FollowState, now: datetime) -> Step:
    """The next step."""
    verdict = state.verdict
    if verdict is not None:
        return _after_verdict(state, verdict, now)
    if state.detach:
        so_far = "; declined so far" if decline_so_far(state) is not None else ""
        goes_on = "whether it goes on is not known" if state.known.request_id is None else "the request goes on"
        if state.known.reset_at is not None:
            goes_on = "the reader was reset, and what became of the request is not proven yet"
        elif state.known.has_ended:
            goes_on = "it has ended, and what became of it is not proven yet"
        return Finished(Verdict(Outcome.OPEN, f"you stopped watching; {goes_on}{so_far}"))
    if state.refusals >= REFUSALS_MOST and not state.known.has_ended:
        return unknown("this login cannot ask PayJunction now")
    if state.plan.sale.original_id is not None:
        return resolve_linked(state, state.plan.sale.original_id, now)
    found = state.found
    to_read = [i for i in found.undecided if not _is_rumor(state, i)]
    if to_read:
        return look_up(state, to_read[0], now)
    if found.unsure and (state.known.has_ended or not found.declined):
        return explain_unsure(state, found.unsure, now)
    decline = decline_so_far(state)
    if decline is not None:
        return prove_decline(state, decline, now)
    if state.known.request_id is None:
        return search_for_lost(state, now)
    if state.known.purged_at is not None:
        return prove_purged(state, now)
    if state.known.has_ended:
        return prove_end(state, now)
    return run_on(state, now)


def _is_rumor(state: FollowState, transaction_id: int) -> bool:
    """Whether only webhooks named it and it could not be read: polling continues, and names it if it is ours."""
    named_by_webhook = any(r.transaction_id == transaction_id for r in state.known.results)
    tried = transaction_id in state.looked_at and transaction_id not in state.known.transactions
    return named_by_webhook and tried and transaction_id not in state.known.polled


def _after_verdict(state: FollowState, verdict: Verdict, now: datetime) -> Step:
    """Look for a contradiction, then wait for the reader to be idle: until the deadline, or answers stop."""
    counted = _counted(state, verdict)
    step = None if state.detach else _look_for_another(state, verdict, counted, now)
    if step is not None:
        return step
    refused = max(state.refusals, state.poll_refusals) >= REFUSALS_MOST
    silent = refused or state.poll_failures >= SILENCE_MOST
    if silent or state.detach or now >= state.plan.deadline or state.cancel_at is not None:
        return Finished(verdict)
    if state.unseen_until is not None and now < state.unseen_until:
        return _search_again(state, state.unseen_until, now)
    if not _is_busy(state, verdict):
        return Finished(verdict)
    step = poll_when_due(state, now)
    if counted is None or not isinstance(step, WaitUntil) or state.search_refusals >= REFUSALS_MOST:
        return step
    return _search_again(state, step.at, now)


def _counted(state: FollowState, verdict: Verdict) -> Transaction | None:
    """The transaction of the verdict, if it has yet to be counted."""
    own = verdict.transaction
    is_open = own is not None and not state.detach and count.is_open(state.plan.sale, state.known, own)
    return own if is_open else None


def _look_for_another(state: FollowState, verdict: Verdict, counted: Transaction | None, now: datetime) -> Step | None:
    """Whether another card or another try may also be approved: two approvals would contradict each other."""
    known = state.known
    if state.runs_in_vain:
        return withdraw(state, verdict, now)
    if state.plan.again and known.reset_at is not None and not known.polled_results:
        late = known.reset_at + AFTER_RESET  # a card already in is still processed
        if state.searched_at is None or state.searched_at < late:
            return when_due(Search(), late, now)
    unread = [i for i in state.found.undecided if i not in state.looked_at]
    if unread:
        return LookUp(unread[0])
    if counted is not None and not _was_counted_once(state, counted):
        return Search()
    return None


def _is_busy(state: FollowState, verdict: Verdict) -> bool:
    """Whether following goes on until the reader is idle, and it is not yet."""
    known = state.known
    return (
        state.plan.until is Until.COMPLETE
        and known.request_id is not None
        and not known.has_ended
        and known.purged_at is None
        and verdict.outcome is not Outcome.UNKNOWN
        and bool(known.results)
    )


def _search_again(state: FollowState, latest: datetime, now: datetime) -> Step:
    due = min((state.searched_at or now) + SEARCH_EVERY, latest)
    return when_due(Search(), due, now)


def _was_counted_once(state: FollowState, own: Transaction) -> bool:
    """Whether a search was tried since the approval was read."""
    read_at, searched = state.looked_at.get(own.transaction_id), state.searched_at
    return searched is not None and (read_at is None or searched >= read_at)
