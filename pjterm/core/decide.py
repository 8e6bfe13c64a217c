"""What to do next about a request: facts and the time in, one step out; `flow.loop` carries it out.

Walk one charge through it. Its POST was answered with an id: *poll*. Nothing changed: *wait until*
the next poll is due. A poll says IN_PROGRESS with a transactionId: *look up* that transaction.
It is ours and approved: the verdict is known, but the device is still busy, so *poll* on. COMPLETE:
*finished*. The other ways: an answer that was lost is *searched* for until the deadline; an end
without a result is polled once more and searched before it counts; a cancel is requested: one fresh
poll, and only on IN_PROGRESS without a result *reset the terminal*; the deadline passes: one last
fresh poll decides between open (it still runs) and unknown (nobody answered).

A deadline is a moment. Nothing here sleeps, and nothing is random.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from pjterm.core import count
from pjterm.core.facts import Observed
from pjterm.core.follow_state import FollowState
from pjterm.core.model import Outcome, Status, Transaction, Verdict
from pjterm.core.partition import partition
from pjterm.core.plan import Until
from pjterm.core.schedule import BACKOFF_FIRST, BACKOFF_MOST, POLL_EVERY, POLL_IDLE, backoff, next_poll
from pjterm.core.states import AFTER_RESET, after_the_end, status_of
from pjterm.core.steps import Finished, LookAround, LookUp, Poll, ResetTerminal, Search, Step, WaitUntil
from pjterm.core.verdict import agreed, declined, ended, undecided_id

SEARCH_EVERY = timedelta(seconds=2)
REFUSALS_MOST = 3  # 401 or 403 in a row: a login changed in mid-payment will not change back
SILENCE_MOST = 10  # unanswered polls in a row after which a known verdict is told without "reader idle"
CONNECTING_PATIENCE = timedelta(seconds=10)  # a cancel waits this long for CONNECTING to pass
PROOF_TIME = timedelta(seconds=10)
"""How long after the deadline a proof that has begun may still be finished."""
DECLINE_STANDS = timedelta(seconds=8)
"""How long ago a decline must have been read to be final at the deadline, where the end is never seen."""
DECLINE_STANDS_MOST = timedelta(seconds=60)
"""After which it is final before the deadline."""
VOID_TIME = timedelta(seconds=3)
"""How long a void whose answer was lost is looked for before it is sent again."""


def decide(state: FollowState, now: datetime) -> Step:
    """The next step."""
    verdict = state.verdict
    if verdict is not None:
        return _after_verdict(state, verdict, now)
    if state.detach:
        so_far = "; declined so far" if _decline_so_far(state) is not None else ""
        return Finished(Verdict(Outcome.OPEN, f"detached; the request goes on{so_far}"))
    if state.refusals >= REFUSALS_MOST and state.known.end is None:
        return _unknown("the API refuses our credentials now")
    if state.plan.sale.original_id is not None:
        return _resolve_linked(state, state.plan.sale.original_id, now)
    found = partition(state.plan.sale, state.known)
    if found.undecided:
        return _look_up(state, found.undecided[0], now)
    if found.unsure and not found.declined:
        return _explain_unsure(state, found.unsure, now)
    decline = _decline_so_far(state)
    if decline is not None:
        return _prove_decline(state, decline, now)
    if state.known.results:
        return _explain_result(state, now)
    if state.known.request_id is None:
        return _search_for_lost(state, now)
    if state.known.purged_at is not None:
        return _prove_purged(state, now)
    if state.known.end is not None:
        return _prove_end(state, now)
    return _run_on(state, now)


# -- the verdict is known -------------------------------------------------------------------------------


def _after_verdict(state: FollowState, verdict: Verdict, now: datetime) -> Step:
    """Report at once, or see the device free again, within the deadline."""
    known = state.known
    waits = (
        state.plan.until is Until.COMPLETE
        and known.request_id is not None
        and known.end is None
        and known.purged_at is None
        and verdict.outcome is not Outcome.UNKNOWN
        and bool(known.results)
    )
    refused = max(state.refusals, state.poll_refusals) >= REFUSALS_MOST
    silent = refused or state.poll_failures >= SILENCE_MOST
    unread = undecided_id(state.plan.sale, known)
    if unread is not None and unread not in state.looked_at and not state.detach:
        return LookUp(unread)  # another card at the same reader, or another try: two approvals would contradict
    hurried = state.detach or now >= state.plan.deadline or state.cancel_at is not None
    own = verdict.transaction
    counts = own is not None and not state.detach and count.is_open(state.plan.sale, known, own)
    if counts and own is not None and not _was_counted_once(state, own):
        return Search()
    if not waits or silent or hurried:
        return Finished(verdict)
    step = _poll_when_due(state, now)
    if not counts or not isinstance(step, WaitUntil) or state.search_refusals >= REFUSALS_MOST:
        return step
    again = (state.searched_at or now) + SEARCH_EVERY
    return Search() if again <= now else WaitUntil(min(step.at, again))


def _was_counted_once(state: FollowState, own: Transaction) -> bool:
    """Whether a search was tried since the approval was read."""
    read_at, searched = state.looked_at.get(own.transaction_id), state.searched_at
    return searched is not None and (read_at is None or searched >= read_at)


# -- declined so far -----------------------------------------------------------------------------------


def _decline_so_far(state: FollowState) -> Transaction | None:
    """The newest decline of this sale (of any, for an untracked request), while nothing outranks it."""
    if state.plan.kind is None:
        booked = (state.known.transactions.get(r.transaction_id or 0) for r in state.known.results)
        return next((t for t in reversed(list(booked)) if t is not None and t.approved is False), None)
    if not state.plan.kind.is_money:
        return None
    found = partition(state.plan.sale, state.known).declined
    return found[-1] if found else None


def _prove_decline(state: FollowState, decline: Transaction, now: datetime) -> Step:
    """The customer may try a second card while the request runs; its end and one search after it make it final."""
    known = state.known
    if decline.code == "DT" and declined(state.plan.sale, known, decline) is None:
        return _search_for_original(state, now)
    if known.request_id is None:
        return _wait_for_another_card(state, decline, now)
    if not known.end_polled and known.purged_at is None:
        return _run_on(state, now)
    if not _can_search(state) or state.search_refusals >= REFUSALS_MOST:
        read_at, ended_at = state.looked_at.get(decline.transaction_id), known.ended_at
        if ended_at is not None and (read_at is None or read_at < ended_at):
            return LookUp(decline.transaction_id)  # no search tells whether it still is one
        return Finished(_declined(state, decline))
    if now >= state.deadline + PROOF_TIME:
        return _unknown("declined, but whether another card was approved could not be searched for")
    due = now if state.searched_at is None else state.searched_at + backoff(state.search_failures)
    ready = known.reset_at + AFTER_RESET if known.reset_at is not None else now
    due = max(due, ready)
    return Search() if due <= now else WaitUntil(due)


def _wait_for_another_card(state: FollowState, decline: Transaction, now: datetime) -> Step:
    """The answer was lost, so its end is never seen: a decline that has stood for a while is final."""
    since = state.declined_at or now
    if now >= since + DECLINE_STANDS_MOST or (now >= state.deadline and now >= since + DECLINE_STANDS):
        return Finished(_declined(state, decline))
    return _search_for_lost(state, now)


def _search_for_original(state: FollowState, now: datetime) -> Step:
    """The gateway calls it a duplicate: a paid original exists, and a search shows it sooner or later."""
    last = state.searched_at
    if last is not None and now >= state.deadline and last >= state.deadline:
        return _unknown("the gateway calls it a duplicate of a paid sale, which was not found so far (code DT)")
    due = now if last is None else min(last + _search_gap(state), max(state.deadline, last + POLL_EVERY))
    if due <= now:
        return Search()
    known = state.known
    if known.request_id is None or known.end is not None or known.purged_at is not None or now >= state.deadline:
        return WaitUntil(due)
    step = _run_on(state, now)  # meanwhile the customer may try another card
    return WaitUntil(min(due, step.at)) if isinstance(step, WaitUntil) else step


def _declined(state: FollowState, decline: Transaction) -> Verdict:
    found = declined(state.plan.sale, state.known, decline)
    return found or Verdict(Outcome.DECLINED, decline.message or "declined", decline)


# -- a transaction that must be read --------------------------------------------------------------


def _look_up(state: FollowState, transaction_id: int, now: datetime) -> Step:
    last = state.looked_at.get(transaction_id)
    if last is None:
        return LookUp(transaction_id)
    if state.refusals >= REFUSALS_MOST or (now >= state.deadline and last >= state.deadline):
        return _unknown(f"transaction {transaction_id} exists but could not be read")
    due = last + (backoff(state.look_failures) or BACKOFF_MOST)  # read, but undecided: not at once again
    return LookUp(transaction_id) if due <= now else WaitUntil(due)


def _explain_unsure(state: FollowState, ids: tuple[int, ...], now: datetime) -> Step:
    """Transactions that may be this sale's, or another's under the same invoice: time may tell, reading does not."""
    known, sale = state.known, state.plan.sale
    named = ", ".join(map(str, ids))
    why = "may be another sale's under the same invoice" if sale.contested else "does not say our invoice number"
    unsure = Finished(Verdict(Outcome.UNKNOWN, f"transaction {named} may be this sale's, but {why}",
                              transaction_ids=ids))  # fmt: skip
    if known.request_id is not None and known.end is None and known.purged_at is None:
        return _run_on(state, now)
    last = state.searched_at
    over = now >= state.deadline and last is not None and last >= state.deadline
    if over or (known.end is not None and not sale.contested):
        return unsure
    due = now if last is None else min(last + SEARCH_EVERY, max(state.deadline, last + POLL_EVERY))
    return Search() if due <= now else WaitUntil(due)


def _explain_result(state: FollowState, now: datetime) -> Step:
    """A transaction that was read and still decides nothing."""
    if state.searches == 0 and _can_search(state):
        return _search_due(state, now)
    return _unknown("the transaction was read, but it does not say whether it was approved")


def _search_due(state: FollowState, now: datetime) -> Step:
    last = state.searched_at
    if last is not None and now >= state.deadline and last >= state.deadline:
        return _unknown("the search was not answered")
    due = now if last is None else last + backoff(state.search_failures)
    return Search() if due <= now else WaitUntil(due)


# -- the POST's answer was lost ----------------------------------------------------------------------------


def _search_for_lost(state: FollowState, now: datetime) -> Step:
    """Only a search by invoice number can tell; finding nothing proves nothing."""
    if not _can_search(state):
        return _unknown("the answer to the POST was lost, and there is nothing to search for")
    last = state.searched_at
    if last is None:
        return Search()
    if now >= state.deadline and last >= state.deadline:
        return _unknown("the answer to the POST was lost, and no transaction was found so far")
    due = min(last + _search_gap(state), max(state.deadline, last + POLL_EVERY))
    return Search() if due <= now else WaitUntil(due)


def _resolve_linked(state: FollowState, original_id: int, now: datetime) -> Step:
    """A void or linked refund that is not proven yet: its number is searched, its original read, in turn.

    A void is asked about for 3 s only, for it may safely be sent again.
    """
    sale, begun = state.plan.sale, state.changed_at or now
    undecided = undecided_id(sale, state.known)
    if undecided is not None:
        return _look_up(state, undecided, now)
    looks: list[tuple[datetime | None, Step]] = [(state.looked_at.get(original_id), LookUp(original_id))]
    if sale.invoice_number is not None:
        looks.insert(0, (state.searched_at, Search()))
    deadline = state.deadline if sale.invoice_number is not None else min(state.deadline, begun + VOID_TIME)
    for at, step in looks:
        if at is None:
            return step
    last, step = min((at, n, step) for n, (at, step) in enumerate(looks) if at is not None)[::2]
    if now >= deadline and last >= deadline:
        answer = "the answer was lost" if state.known.answered is None else "the answer shows it as it was"
        return _unknown(f"{answer}, and nothing shows that it was done")
    gap = min(SEARCH_EVERY, max(BACKOFF_FIRST, last - begun))
    due = min(last + gap, max(deadline, last + POLL_EVERY))
    return step if due <= now else WaitUntil(due)


def _search_gap(state: FollowState) -> timedelta:
    """0.25 s doubling to 2 s, over failures and finds of nothing alike."""
    return min(SEARCH_EVERY, BACKOFF_FIRST * (1 << min(state.searches + state.search_failures, 4)))


def _can_search(state: FollowState) -> bool:
    kind = state.plan.kind
    return kind is not None and kind.is_money and state.plan.sale.invoice_number is not None


# -- an end without a result ---------------------------------------------------------------------------------


def _prove_end(state: FollowState, now: datetime) -> Step:
    """One fresh poll must agree and, for money, two searches show nothing; after a reset all of it once more."""
    known, money = state.known, _money(state)
    if now >= state.deadline + PROOF_TIME:
        return _unknown("it ended without a result, and that could not be proven in time")
    ready = known.reset_at + AFTER_RESET if known.reset_at is not None and money else now
    if not agreed(known, money=money):
        due = next_poll(state)
        if now < ready:  # a late result may still come: look every 2 s, and when it counts
            due = min(ready, due + POLL_IDLE - POLL_EVERY)
        return Poll() if due <= now else WaitUntil(due)
    if not _can_search(state):
        return _unknown("it ended without a result, and there is no invoice number to search for")
    if state.search_refusals >= REFUSALS_MOST:
        told = ended(known, money=money, searched=False)
        return Finished(replace(told, says=f"{told.says}; this login may not search for a booking"))
    due = now if state.searched_at is None else state.searched_at + backoff(state.search_failures)
    if due > now:
        return WaitUntil(due)
    return LookAround() if after_the_end(known, known.searched_at) else Search()


def _money(state: FollowState) -> bool:
    return state.plan.kind is None or state.plan.kind.is_money


def _prove_purged(state: FollowState, now: datetime) -> Step:
    """404: the request is older than a day or was never there; only a search can tell of money."""
    if not _can_search(state):
        return _unknown("the API knows this request no longer (it keeps them for a day)")
    if state.searches == 0:
        if now >= state.deadline and state.search_failures > 3:
            return _unknown("the API knows this request no longer, and the search was not answered")
        return _search_due(state, now)
    return _unknown("the API knows this request no longer, and no transaction of this sale was found")


# -- it runs -----------------------------------------------------------------------------------------------


def _run_on(state: FollowState, now: datetime) -> Step:
    if state.poll_refusals >= REFUSALS_MOST:
        return _search_instead(state, now)
    if state.cancel_at is not None:
        step = _cancel(state, state.cancel_at, now)
        if step is not None:
            return step
    if now >= state.deadline:
        return _at_deadline(state, now)
    return _poll_when_due(state, now)


def _search_instead(state: FollowState, now: datetime) -> Step:
    """Polls are refused for good (a changed login, a proxy's page): only a search can still tell; both go on."""
    if not _can_search(state):
        return _unknown("polls are refused, and there is nothing to search for")
    searched = state.searched_at
    if searched is not None and now >= state.deadline and searched >= state.deadline:
        return _unknown("polls are refused, and no transaction was found so far")
    due = now if searched is None else min(searched + SEARCH_EVERY, max(state.deadline, searched + POLL_EVERY))
    poll_due = max(next_poll(state), (state.polled_at or now) + SEARCH_EVERY)
    if poll_due < due and poll_due < state.deadline:
        return Poll() if poll_due <= now else WaitUntil(poll_due)
    return Search() if due <= now else WaitUntil(due)


def _cancel(state: FollowState, wanted: datetime, now: datetime) -> Step | None:
    """Compare, then act: /main only when a poll sent after the wish says IN_PROGRESS without a result."""
    known = state.known
    if known.reset_at is not None and known.reset_at >= wanted:
        return None
    polled, last = state.polled_at, state.last_poll
    since = max(wanted, state.reset_tried_at or wanted)
    if polled is None or polled < since:
        return _poll_when_due(state, now, soon=True)
    if isinstance(last, Observed) and last.status == Status.IN_PROGRESS and not known.results:
        return ResetTerminal()
    connecting = isinstance(last, Observed) and last.status == Status.CONNECTING
    if connecting and now >= wanted + CONNECTING_PATIENCE:
        return Finished(Verdict(Outcome.OPEN, "not cancelled: the reader is still being connected to"))
    return _poll_when_due(state, now, soon=True) if now < state.deadline else None


def _at_deadline(state: FollowState, now: datetime) -> Step:
    """One poll sent after the deadline decides between open and unknown."""
    polled, last = state.polled_at, state.last_poll
    if polled is None or polled < state.deadline:
        return _poll_when_due(state, now, soon=True)
    if isinstance(last, Observed) and status_of(last.status) in (Status.CONNECTING, Status.IN_PROGRESS):
        so_far = "; declined so far" if _decline_so_far(state) is not None else ""
        return Finished(Verdict(Outcome.OPEN, f"our waiting ended; the reader still says {last.status}{so_far}"))
    if isinstance(last, Observed):
        return _unknown(f"our waiting ended, and the last poll said {last.status}")
    return _unknown("our waiting ended, and the last poll was not answered")


def _unknown(why: str) -> Finished:
    return Finished(Verdict(Outcome.UNKNOWN, why))


def _poll_when_due(state: FollowState, now: datetime, *, soon: bool = False) -> Step:
    due = next_poll(state, soon=soon)
    if not soon:
        due = min(due, max(state.deadline, now)) if due > state.deadline else due
    return Poll() if due <= now else WaitUntil(due)
