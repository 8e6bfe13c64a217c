"""What to do next to prove something: an end without a result, a decline, a sale whose answer was lost.

Neither silence nor a single answer proves anything: each of these asks again, until it is proven or time is up.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pjterm.core.evidence.facts import no_answer
from pjterm.core.evidence.states import AFTER_RESET, after_the_end
from pjterm.core.following.follow_state import FollowState
from pjterm.core.following.running import REFUSALS_MOST, SEARCH_EVERY, can_search, poll_when_due, run_on, unknown
from pjterm.core.following.schedule import BACKOFF_FIRST, BACKOFF_MOST, POLL_EVERY, POLL_IDLE, backoff, next_poll
from pjterm.core.model import Outcome, Transaction, Verdict
from pjterm.core.steps import Finished, LookAround, LookUp, Poll, Search, Step, WaitUntil, when_due
from pjterm.core.verdicts.decline import declined, no_card_since, unshown
from pjterm.core.verdicts.partition import may_be
from pjterm.core.verdicts.verdict import agreed, ended, undecided_id
from pjterm.values import replace

PROOF_TIME = timedelta(seconds=10)
"""How long after the deadline a proof that has begun may still be finished."""
DECLINE_STANDS = timedelta(seconds=8)
"""How long ago a decline must have been read to be final at the deadline, if the end is never seen."""
DECLINE_STANDS_MOST = timedelta(seconds=60)
"""How long ago it must have been read to be final before the deadline."""
SO_FAR = "declined so far, and the customer may be trying another card on the reader"
DUPLICATE_OF_NONE = "the gateway calls it a duplicate of a paid sale, which was not found so far (code DT)"
VOID_TIME = timedelta(seconds=3)
"""How long to look for a void whose answer was lost before it is sent again."""


# -- an end without a result ---------------------------------------------------------------------------------------


def prove_end(state: FollowState, now: datetime) -> Step:
    """One fresh poll must agree and, for money, two searches must show nothing; after a reset, all of it again."""
    known, money = state.known, _money(state)
    if now >= state.deadline + PROOF_TIME:
        return unknown("it ended without a result, and that could not be proven in time")
    ready = known.reset_at + AFTER_RESET if known.reset_at is not None and money else now
    if not agreed(known, money=money):
        due = next_poll(state)
        if now < ready:  # a late result may still come: poll every 2 s, and at the moment that counts
            due = min(ready, due + POLL_IDLE - POLL_EVERY)
        return when_due(Poll(), due, now)
    if (rumor := _unread_rumor(state)) is not None:
        return look_up(state, rumor, now)
    if state.search_refusals >= REFUSALS_MOST:
        verdict = ended(known, money=money, searched=False)
        return Finished(replace(verdict, says=f"{verdict.says}; this login may not search for a booking"))
    ended_at = known.ended_at or now
    return _search_after_the_end(state, ended_at, now)


def _search_after_the_end(state: FollowState, ready: datetime, now: datetime) -> Step:
    """By number, and then by account and time; neither before it is `ready`."""
    searched, last = state.known.searched_at, state.searched_at
    due = max(ready, now if last is None else last + backoff(state.search_failures))
    shows = searched is not None and searched >= ready and after_the_end(state.known, searched)
    return when_due(LookAround() if shows else Search(), due, now)


def _unread_rumor(state: FollowState) -> int | None:
    """A transaction that only a webhook has named and that could not be read, once no search is left to ask."""
    known = state.known
    asked = after_the_end(known, known.searched_at) and after_the_end(known, known.looked_around_at)
    is_last = asked or state.search_refusals >= REFUSALS_MOST
    return next(iter(state.found.undecided), None) if is_last else None


def _money(state: FollowState) -> bool:
    return state.plan.kind is None or state.plan.kind.is_money


def prove_purged(state: FollowState, now: datetime) -> Step:
    """404: the request is older than a day or never existed; only a search can show whether money moved."""
    if not can_search(state):
        return unknown("PayJunction no longer has this request (it keeps them for one day)")
    known, last = state.known, state.searched_at
    if known.searched_at is not None and known.purged_at is not None and known.searched_at >= known.purged_at:
        return unknown("PayJunction no longer has this request, and no transaction of this sale was found")
    if last is not None and now >= state.deadline and last >= state.deadline:
        return unknown("PayJunction no longer has this request, and the search failed")
    due = now if last is None else last + backoff(state.search_failures)
    return when_due(Search(), due, now)


# -- declined so far -----------------------------------------------------------------------------------------------


def prove_decline(state: FollowState, decline: Transaction, now: datetime) -> Step:
    """The customer may try a second card while the request runs; its end and one search after it make it final."""
    known = state.known
    if decline.code == "DT" and declined(state.plan.sale, known, decline) is None:
        return _search_for_original(state, now)
    if known.request_id is None or (known.purged_at is not None and not known.is_forgotten):
        return _wait_for_another_card(state, decline, now)
    since = now if known.is_forgotten else no_card_since(known, decline.transaction_id)
    if since is None and not known.end_polled:
        return run_on(state, now)
    if since is None:
        in_time = now < state.deadline + PROOF_TIME
        return poll_when_due(state, now, soon=True) if in_time else unknown("declined, but its end is not proven")
    if (rumor := _unread_rumor(state)) is not None:
        return look_up(state, rumor, now)
    if not can_search(state) or state.search_refusals >= REFUSALS_MOST:
        read_at, ended_at = state.looked_at.get(decline.transaction_id), known.ended_at
        if ended_at is not None and (read_at is None or read_at < max(ended_at, state.polled_at or ended_at)):
            return LookUp(decline.transaction_id)  # no search can tell whether it is still declined
        if state.look_failures:
            return look_up(state, decline.transaction_id, now)
        return Finished(_declined(state, decline))
    if now >= state.deadline + PROOF_TIME:
        return unknown("declined, but whether another card was approved could not be searched for")
    around = known.is_forgotten or (known.looked_around_at is not None and known.looked_around_at >= since)
    if around and unshown(known, decline.transaction_id) is not None:
        return Finished(_declined(state, decline))
    return _search_after_the_end(state, since, now)


def _wait_for_another_card(state: FollowState, decline: Transaction, now: datetime) -> Step:
    """Its end is never seen, for the POST's answer was lost or each poll is answered with 404.

    So a decline must stand for a while, and in the searches after that. If a search by number does not even show the
    decline, one by account and time follows it.
    """
    known, since, last = state.known, state.declined_at or now, state.searched_at
    final_at = since + DECLINE_STANDS_MOST
    if state.deadline >= since + DECLINE_STANDS:
        final_at = min(final_at, state.deadline)
    if now < final_at:
        step = search_for_lost(state, now)
        why = "PayJunction's answer was lost" if known.request_id is None else "PayJunction does not know this request"
        return unknown(f"{why}; {SO_FAR}") if isinstance(step, Finished) else step
    searched = known.searched_at is not None and known.searched_at >= final_at
    around = known.looked_around_at is not None and known.looked_around_at >= final_at
    if searched and (around or decline.transaction_id in known.listed):
        unsure = state.found.unsure
        return explain_unsure(state, unsure, now) if unsure else Finished(_declined(state, decline))
    if now >= final_at + PROOF_TIME:
        return unknown("declined, but whether another card was approved could not be searched for")
    due = final_at if last is None or last < final_at else last + backoff(state.search_failures)
    return when_due(LookAround() if searched else Search(), due, now)


def _search_for_original(state: FollowState, now: datetime) -> Step:
    """The gateway calls it a duplicate: a paid original exists, and a search shows it sooner or later."""
    last = state.searched_at
    if last is not None and now >= state.deadline and last >= state.deadline:
        return unknown(DUPLICATE_OF_NONE)
    due = now if last is None else min(last + _search_gap(state), max(state.deadline, last + POLL_EVERY))
    if due <= now:
        return Search()
    known = state.known
    if known.request_id is None or known.has_ended or known.purged_at is not None or now >= state.deadline:
        return WaitUntil(due)
    step = run_on(state, now)  # meanwhile the customer may try another card
    return WaitUntil(min(due, step.at)) if isinstance(step, WaitUntil) else step


def _declined(state: FollowState, decline: Transaction) -> Verdict:
    if (why := unshown(state.known, decline.transaction_id)) is not None:
        return Verdict(
            Outcome.UNKNOWN, f"declined, but {why}, so another card may have been approved", code="not-proven"
        )
    found = declined(state.plan.sale, state.known, decline)
    return found or Verdict(Outcome.DECLINED, decline.message or "declined", decline)


# -- a transaction that must be read -------------------------------------------------------------------------------


def look_up(state: FollowState, transaction_id: int, now: datetime) -> Step:
    """Read a transaction that decides; one that stays unreadable proves nothing."""
    last = state.looked_at.get(transaction_id)
    if last is None:
        return LookUp(transaction_id)
    if state.refusals >= REFUSALS_MOST or (now >= state.deadline and last >= state.deadline):
        return unknown(_why_undecided(state, transaction_id))
    due = last + (backoff(state.look_failures) or BACKOFF_MOST)  # read, but undecided: not again at once
    return when_due(LookUp(transaction_id), due, now)


def _why_undecided(state: FollowState, transaction_id: int) -> str:
    t = state.known.transactions.get(transaction_id)
    if t is None or t.approved is not False:
        return f"transaction {transaction_id} was named, but could not be read"
    if t.code == "DT":
        return DUPLICATE_OF_NONE
    return f"transaction {transaction_id} was declined, but a later search does not show it so"


def explain_unsure(state: FollowState, ids: tuple[int, ...], now: datetime) -> Step:
    """Transactions of this sale or of another with the same invoice: reading cannot tell them apart, time may."""
    known, sale = state.known, state.plan.sale
    without = "does not say its number as sent" if len(ids) == 1 else "do not say their numbers as sent"
    why = "may be another sale's under the same invoice" if sale.contested else without
    unsure = Finished(Verdict(Outcome.UNKNOWN, f"{may_be(ids)}, but {why}", transaction_ids=ids))
    if known.request_id is not None and not known.end_polled and known.purged_at is None:
        return run_on(state, now, soon=not set(ids).isdisjoint(state.found.reported))  # a poll names what is ours
    if known.request_id is not None and known.purged_at is None and state.polled_at is None:
        return Poll()  # an earlier command saw it: the request may name its own by now
    last, refused = state.searched_at, state.search_refusals >= REFUSALS_MOST
    over = now >= state.deadline and last is not None and last >= state.deadline
    ended = known.has_ended and not sale.contested and last is not None and not state.search_failures
    if over or ended or refused:
        return unsure
    due = now if last is None else min(last + SEARCH_EVERY, max(state.deadline, last + POLL_EVERY))
    return when_due(Search(), due, now)


# -- the POST's answer was lost ------------------------------------------------------------------------------------


def search_for_lost(state: FollowState, now: datetime) -> Step:
    """Only a search by invoice number can show it; an empty result proves nothing."""
    if not can_search(state):
        return unknown("PayJunction's answer was lost, and there is nothing to search for")
    last = state.searched_at
    if last is None:
        return Search()
    if now >= state.deadline and last >= state.deadline:
        return unknown(f"{no_answer(state.known.lost)}, and no transaction was found so far")
    due = min(last + _search_gap(state), max(state.deadline, last + POLL_EVERY))
    return when_due(Search(), due, now)


def resolve_linked(state: FollowState, original_id: int, now: datetime) -> Step:
    """A void or linked refund that is not proven yet: its number is searched, its original read, in turn.

    A void is only looked for during 3 s, because it may safely be sent again.
    """
    sale, begun = state.plan.sale, state.changed_at
    undecided = undecided_id(sale, state.known)
    if undecided is not None:
        return look_up(state, undecided, now)
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
        return unknown(f"{answer}, and nothing shows that it was done")
    gap = min(SEARCH_EVERY, max(BACKOFF_FIRST, last - begun))
    due = min(last + gap, max(deadline, last + POLL_EVERY))
    return when_due(step, due, now)


def _search_gap(state: FollowState) -> timedelta:
    """0.25 s doubling to 2 s, after failures and after empty results alike."""
    return min(SEARCH_EVERY, BACKOFF_FIRST * (1 << min(state.searches + state.search_failures, 4)))
