"""Awkward orders as conversations: what is seen on the left, what is done next on the right."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pjterm.core import wire
from pjterm.core.evidence.facts import Fact, LookUpFailed, Observed, PollFailed, Purged, SearchFailed, TerminalReset
from pjterm.core.following.activity import Activity, CtrlC, Doing, activity
from pjterm.core.model import Kind, Outcome, Sale, Verdict
from pjterm.core.plan import Until
from pjterm.core.steps import Finished, LookAround, LookUp, Poll, ResetTerminal, Search, WaitUntil
from tests.core.make import (
    NUMBER,
    SALE,
    TILL,
    at,
    booked,
    hooked,
    looked_around,
    looked_up,
    nothing_found,
    polled,
    searched,
)
from tests.core.talk import Talk

PROMPT = Sale("ask-1", Kind.PROMPT, TILL)
DATA = Path(__file__).parents[2] / "data" / "webhooks.json"


# -- the normal course -------------------------------------------------------------------------------


def test_a_payment_from_acceptance_until_the_reader_is_idle() -> None:
    talk = Talk()
    assert talk.next() == Poll()
    assert talk.tell(polled("CONNECTING", 0.1)).next() == WaitUntil(at(0.05) + timedelta(seconds=0.6))
    assert talk.next(0.7) == Poll()
    assert talk.tell(polled("IN_PROGRESS", 0.8)).polls()
    assert talk.tell(polled("IN_PROGRESS", 2.0, 7)).next() == LookUp(7)
    assert talk.tell(looked_up(2.2, booked())).polls(), "the verdict is known, but the reader is still busy"
    assert talk.tell(polled("COMPLETE", 4.0, 7)).ends() is Outcome.APPROVED


def test_until_result_ends_as_soon_as_the_verdict_is_known() -> None:
    talk = Talk(until=Until.RESULT).tell(polled("IN_PROGRESS", 2.0, 7), looked_up(2.2, booked()))

    assert talk.ends() is Outcome.APPROVED


def test_complete_alone_is_not_paid() -> None:
    """A decline has a transaction too: it is read before anything is reported."""
    talk = Talk().tell(polled("COMPLETE", 2.0, 7))
    assert talk.next() == LookUp(7)
    assert talk.tell(looked_up(2.1, booked(7, False))).next() == Search()
    assert talk.tell(searched(2.3, booked(7, False))).ends() is Outcome.DECLINED


def test_a_decline_is_provisional_while_the_request_runs() -> None:
    """The customer may try another card."""
    talk = Talk().tell(polled("IN_PROGRESS", 1.0, 7), looked_up(1.1, booked(7, False)))
    assert talk.patiently() == Poll()
    talk.tell(polled("COMPLETE", 5.0, 8), looked_up(5.1, booked(8)))

    assert talk.ends() is Outcome.APPROVED


def test_a_cancel_at_the_reader_needs_a_second_poll_and_a_search() -> None:
    talk = Talk().tell(polled("IN_PROGRESS", 1), polled("COMPLETE", 5))
    assert talk.patiently() == Poll()
    assert talk.tell(polled("COMPLETE", 5.7)).next() == Search()
    assert talk.tell(searched(5.8)).next() == LookAround()
    assert talk.tell(looked_around(5.9)).ends() is Outcome.CANCELLED


def test_a_search_that_shows_the_payment_outweighs_two_bare_completes() -> None:
    talk = Talk().tell(polled("COMPLETE", 5), polled("COMPLETE", 5.7))
    assert talk.tell(searched(5.8, booked())).ends() is Outcome.APPROVED


def test_a_result_that_arrives_during_the_proof_is_read() -> None:
    talk = Talk().tell(polled("COMPLETE", 5), hooked("COMPLETE", 5.2, 7))
    assert talk.next() == LookUp(7)
    assert talk.tell(looked_up(5.3, booked())).ends() is Outcome.APPROVED


def test_busy_needs_a_second_poll_and_two_searches() -> None:
    """The status may be wrong: a reader that keeps running books a payment that its status never shows."""
    talk = Talk().tell(polled("BUSY", 0.2))
    assert talk.patiently() == Poll()
    assert talk.tell(polled("BUSY", 0.9)).next() == Search()
    assert talk.tell(*nothing_found(1.0)).ends() is Outcome.BUSY


def test_without_search_permission_the_status_decides() -> None:
    talk = Talk().tell(polled("IN_PROGRESS", 1), polled("COMPLETE", 2), polled("COMPLETE", 2.7))
    for n in range(3):
        talk.tell(SearchFailed(at(3 + n), "403", refused=True))

    assert talk.ends() is Outcome.CANCELLED


def test_a_search_that_may_be_incomplete_proves_no_end() -> None:
    full = replace(searched(3.0), gap="the search ends with a full page")
    around = replace(looked_around(3.1), gap="the search ends with a full page")
    talk = Talk().tell(polled("COMPLETE", 2), polled("COMPLETE", 2.7), full, around)

    assert talk.ends() is Outcome.UNKNOWN


def test_no_connection_needs_a_second_poll_and_a_search() -> None:
    talk = Talk().tell(polled("CONNECTING", 0.1), polled("NO_CONNECTION", 9))
    assert talk.patiently() == Poll()
    assert talk.tell(polled("NO_CONNECTION", 9.7)).next() == Search()
    assert talk.tell(*nothing_found(9.8)).ends() is Outcome.UNREACHABLE


def test_no_connection_after_in_progress_keeps_polling_and_searching_and_ends_unknown() -> None:
    talk = Talk(timeout=20).tell(polled("IN_PROGRESS", 1), polled("NO_CONNECTION", 5))
    assert talk.next() == Search()
    assert talk.tell(searched(5.1)).polls()
    assert talk.tell(polled("NO_CONNECTION", 20.1)).next() == Search()
    assert talk.tell(searched(20.2)).ends() is Outcome.UNKNOWN


def test_a_prompt_that_ends_without_a_result_is_cancelled_after_one_agreeing_poll() -> None:
    talk = Talk(sale=PROMPT, kind=Kind.PROMPT).tell(polled("IN_PROGRESS", 1), polled("COMPLETE", 2))
    assert talk.polls()
    assert talk.tell(polled("COMPLETE", 2.7)).ends() is Outcome.CANCELLED


def test_a_decline_as_duplicate_triggers_a_search_for_the_original() -> None:
    """Code DT: the hint names the approved transaction, so that no other card is charged."""
    again = booked(7, False, code="DT")
    talk = Talk().tell(polled("COMPLETE", 3, 7), looked_up(3.1, again))
    assert talk.next() == Search()
    sale = replace(SALE, prior_ids=frozenset({5}))
    talk.state = replace(talk.state, plan=replace(talk.state.plan, sale=sale))
    step = talk.tell(searched(3.2, again, booked(5))).next()

    assert isinstance(step, Finished)
    assert (step.verdict.outcome, step.verdict.transaction_ids) == (Outcome.DECLINED, (5,))
    assert step.verdict.hint is not None
    assert "take no other card" in step.verdict.hint


def test_a_duplicate_missing_from_later_searches_is_not_reported_as_unreadable() -> None:
    talk = Talk(timeout=10).tell(polled("COMPLETE", 3, 7), looked_up(3.1, booked(7, False, code="DT")), searched(11))
    step = talk.tell(LookUpFailed(at(11.5), 7, "502")).patiently()

    assert isinstance(step, Finished)
    assert "duplicate of a paid sale" in step.verdict.says


def test_a_running_duplicate_is_polled_between_the_searches_for_its_original() -> None:
    """The customer may try another card."""
    talk, asked = Talk().tell(polled("IN_PROGRESS", 3, 7), looked_up(3.1, booked(7, False, code="DT"))), set()
    for _ in range(12):
        step, now = talk.patiently(), (talk.now - at(0)).total_seconds() + 0.05
        asked.add(step)
        talk.tell(searched(now, booked(7, False, code="DT")) if step == Search() else polled("IN_PROGRESS", now, 7))

    assert asked == {Search(), Poll()}


# -- the answer was lost ------------------------------------------------------------------------------


def test_a_lost_answer_is_searched_for_until_the_deadline_and_never_resent() -> None:
    talk = Talk(lost=True, timeout=30)
    seen = []
    while not isinstance(step := talk.patiently(), Finished):
        seen.append(type(step).__name__)
        now = (talk.now - at(0)).total_seconds() + 0.05
        talk.tell(searched(now))

    assert set(seen) == {"Search"}
    assert step.verdict.outcome is Outcome.UNKNOWN
    assert talk.state.searched_at is not None
    assert talk.state.searched_at >= at(30), "the last search was sent after the deadline"


def test_a_prompt_whose_answer_was_lost_is_unknown_at_once() -> None:
    assert Talk(lost=True, sale=PROMPT, kind=Kind.PROMPT).ends() is Outcome.UNKNOWN


def test_a_cancel_without_a_request_id_never_resets_the_terminal() -> None:
    talk = Talk(lost=True, timeout=10).request(cancel_at=at(1))
    steps = []
    while not isinstance(step := talk.patiently(), Finished):
        steps.append(step)
        talk.tell(searched((talk.now - at(0)).total_seconds() + 0.05))

    assert ResetTerminal() not in steps
    assert step.verdict.outcome is Outcome.UNKNOWN


# -- deadlines ----------------------------------------------------------------------------------------


def test_open_needs_a_poll_sent_after_the_deadline() -> None:
    talk = Talk(timeout=10).tell(polled("IN_PROGRESS", 9.99))
    assert talk.patiently(10.0) == Poll()
    assert talk.tell(polled("IN_PROGRESS", 10.7)).ends() is Outcome.OPEN


def test_an_unanswered_last_poll_is_unknown() -> None:
    talk = Talk(timeout=10).tell(polled("IN_PROGRESS", 9.0))
    assert talk.patiently(10.0) == Poll()
    assert talk.tell(PollFailed(at(12), "timed out")).next() == Search()
    assert talk.tell(searched(12.1)).ends() is Outcome.UNKNOWN


def test_a_verdict_outranks_deadline_detach_and_cancel() -> None:
    paid = (polled("IN_PROGRESS", 2.0, 7), looked_up(2.2, booked()))

    assert Talk(timeout=2.3).tell(*paid).ends(2.4) is Outcome.APPROVED
    assert Talk().tell(*paid).request(detach=True).ends() is Outcome.APPROVED
    assert Talk().tell(*paid).request(cancel_at=at(2.1)).ends() is Outcome.APPROVED


def test_detaching_from_a_sale_whose_answer_was_lost_does_not_claim_that_it_goes_on() -> None:
    step = Talk(lost=True).request(detach=True).next()

    assert step == Finished(Verdict(Outcome.OPEN, "you stopped watching; whether it goes on is not known"))


def test_detaching_without_a_verdict_leaves_it_open() -> None:
    assert Talk().tell(polled("IN_PROGRESS", 2.0)).request(detach=True).ends() is Outcome.OPEN


def test_a_transaction_that_stays_unreadable_until_the_deadline_is_unknown() -> None:
    talk = Talk(timeout=20).tell(polled("COMPLETE", 2.0, 7))
    looks = 0
    while isinstance(step := talk.patiently(), LookUp):
        looks += 1
        talk.tell(LookUpFailed(talk.now, 7, "HTTP 500"))

    assert isinstance(step, Finished)
    assert step.verdict.outcome is Outcome.UNKNOWN
    assert talk.now >= at(20)
    assert 10 < looks < 20, "0.25 s doubling to 2 s"


def test_an_undecided_transaction_is_read_again() -> None:
    talk = Talk(timeout=20).tell(polled("COMPLETE", 2.0, 7), looked_up(2.1, booked(7, None)))
    assert talk.patiently() == LookUp(7)
    assert talk.now >= at(4), "not again at once"
    assert talk.tell(looked_up(4.2, booked())).ends() is Outcome.APPROVED


def test_a_trimmed_search_item_is_read_in_full() -> None:
    """A list item without `response` under our invoice number does not prove that nothing was booked."""
    talk = Talk().tell(polled("COMPLETE", 2), polled("COMPLETE", 2.7), searched(2.8, booked(7, None)))
    assert talk.next() == LookUp(7)
    assert talk.tell(looked_up(2.9, booked())).ends() is Outcome.APPROVED


def test_polls_refused_for_good_end_in_a_search() -> None:
    """A login that changed during a payment will not change back, but what was booked can still be found."""
    talk = Talk().tell(polled("IN_PROGRESS", 1))
    for n in range(3):
        talk.tell(PollFailed(at(2 + n), "401", refused=True))

    assert talk.next() == Search()
    assert talk.tell(searched(4.2, booked())).ends() is Outcome.APPROVED


def test_it_ends_unknown_before_the_deadline_when_the_search_is_refused_too() -> None:
    talk = Talk().tell(polled("IN_PROGRESS", 1))
    for n in range(3):
        talk.tell(PollFailed(at(2 + n), "401", refused=True), SearchFailed(at(2.5 + n), "401", refused=True))

    assert talk.ends() is Outcome.UNKNOWN


def test_a_purged_request_is_resolved_by_a_search() -> None:
    talk = Talk().tell(Purged(at(1)))
    assert talk.next() == Search()
    assert talk.tell(searched(1.1, booked())).ends() is Outcome.APPROVED
    assert Talk().tell(Purged(at(1)), searched(1.1)).ends() is Outcome.UNKNOWN


# -- a cancel is only a request -----------------------------------------------------------------------


def test_a_cancel_resets_only_after_a_fresh_poll_without_result() -> None:
    talk = Talk().tell(polled("IN_PROGRESS", 2.0)).request(cancel_at=at(2.1))
    assert talk.patiently() == Poll(), "what was seen before the cancel was requested is stale"
    assert talk.tell(polled("IN_PROGRESS", 2.8)).next() == ResetTerminal()
    assert talk.tell(TerminalReset(at(2.9))).patiently() == Poll()


def test_a_payment_wins_the_race_against_a_cancel() -> None:
    talk = Talk().request(cancel_at=at(2.1)).tell(polled("IN_PROGRESS", 2.8, 7))
    assert talk.next() == LookUp(7)
    assert talk.tell(looked_up(2.9, booked())).ends() is Outcome.APPROVED


def test_a_cancel_waits_ten_seconds_for_connecting_and_then_leaves_the_request_open() -> None:
    talk = Talk().request(cancel_at=at(1))
    seconds = 1.1
    while not isinstance(step := talk.patiently(seconds), Finished):
        assert step == Poll(), "the reader may be busy with another till's payment"
        seconds = (talk.now - at(0)).total_seconds() + 0.1
        talk.tell(polled("CONNECTING", seconds))

    assert step.verdict.outcome is Outcome.OPEN
    assert at(11) <= talk.now < at(13)


def test_after_a_reset_only_polls_and_searches_eight_seconds_later_count() -> None:
    """A card that is in the reader when /main arrives is still processed."""
    talk = Talk().tell(polled("IN_PROGRESS", 2.0)).request(cancel_at=at(2.1))
    talk.tell(polled("IN_PROGRESS", 2.8), TerminalReset(at(3)), polled("COMPLETE", 4))
    asked = []
    while not isinstance(step := talk.patiently(), Finished):
        now = (talk.now - at(0)).total_seconds() + 0.05
        asked.append((type(step).__name__, round(now)))
        searches = {Search(): searched(now), LookAround(): looked_around(now)}
        talk.tell(searches[step] if isinstance(step, Search | LookAround) else polled("COMPLETE", now))

    assert step.verdict.outcome is Outcome.CANCELLED
    assert [name for name, second in asked if second >= 11][:2] == ["Poll", "Search"]
    assert ("Search", 4) not in asked, "no search is sent that cannot count"


def test_a_card_in_the_reader_when_main_arrives_is_approved() -> None:
    talk = Talk().request(cancel_at=at(2.1)).tell(polled("IN_PROGRESS", 2.8), TerminalReset(at(3)))
    talk.tell(polled("COMPLETE", 4), polled("COMPLETE", 9), polled("COMPLETE", 11.5))
    assert talk.patiently() == Search()
    assert talk.tell(searched(11.7, booked())).ends() is Outcome.APPROVED


def test_cancel_on_timeout_requests_cancellation_at_the_deadline() -> None:
    talk = Talk(timeout=10, cancel_on_timeout=True).tell(polled("IN_PROGRESS", 9.5))
    assert talk.patiently(10.0) == Poll()
    assert talk.tell(polled("IN_PROGRESS", 10.5)).next() == ResetTerminal()


def test_a_reset_that_was_not_sent_is_retried_only_after_another_poll() -> None:
    talk = Talk().request(cancel_at=at(2)).tell(polled("IN_PROGRESS", 2.8))
    assert talk.next() == ResetTerminal()
    talk.request(reset_tried_at=at(2.85)).tell(PollFailed(at(2.9), "/main not sent"))
    assert talk.patiently() == Poll()
    assert talk.tell(polled("IN_PROGRESS", 4)).next() == ResetTerminal()


@pytest.mark.parametrize("silent", [True, False])
def test_a_needless_try_is_given_up_when_its_reader_cannot_be_polled(silent: bool) -> None:
    """An earlier try of the key was booked after all; the new one should be ended before a card is presented."""
    talk = Talk()
    talk.state = replace(talk.state, plan=replace(talk.state.plan, again=True))
    talk.tell(polled("IN_PROGRESS", 1), searched(2, booked(5)))
    talk.tell(*(PollFailed(at(3 + n), "401", refused=True) for n in range(3 if silent else 1)))

    assert isinstance(talk.patiently(), Finished if silent else Poll)


# -- how often ----------------------------------------------------------------------------------------


def test_polls_start_every_0_6_s_slow_down_and_respect_the_api_limit() -> None:
    talk, asked = Talk(timeout=120), []
    while isinstance(talk.patiently(), Poll) and talk.now < at(119):
        asked.append(talk.now)
        talk.tell(Observed(talk.now + timedelta(seconds=0.05), "poll", "IN_PROGRESS", asked_at=talk.now))
    gaps = [(b - a).total_seconds() for a, b in pairwise(asked)]

    assert min(gaps) >= 0.5
    assert set(gaps[:20]) == {0.6}
    assert gaps[-1] == 2.0


def test_under_a_live_relay_a_poll_comes_after_4_s_of_silence_and_then_every_10_s() -> None:
    talk = Talk().request(relay_live=True)
    assert talk.patiently() == Poll()
    assert talk.now == at(4)
    talk.tell(hooked("IN_PROGRESS", 4.5), polled("IN_PROGRESS", 4.6))
    assert talk.patiently() == Poll()
    assert talk.now == at(8.5)
    talk.tell(polled("IN_PROGRESS", 8.55))
    assert talk.patiently() == Poll()
    assert talk.now == at(18.5)


def test_events_never_delay_the_poll_every_10_s_under_a_live_relay() -> None:
    """A relay with a valid signature may withhold a result or deliver it late, and each event would delay the poll."""
    talk, polls = Talk().request(relay_live=True), []
    for n in range(20):
        talk.tell(hooked(f"ODD{n}", n + 0.5))
        step = talk.next()
        if isinstance(step, WaitUntil) and step.at < at(n + 1.5):
            step = talk.patiently()
        if isinstance(step, Poll):
            polls.append(talk.now)
            talk.tell(Observed(talk.now + timedelta(seconds=0.05), "poll", "IN_PROGRESS", asked_at=talk.now))

    assert polls == [at(10), at(20)]


def test_failed_polls_back_off_and_continue() -> None:
    talk = Talk(timeout=30)
    count = 0
    while isinstance(talk.patiently(), Poll):
        count += 1
        talk.tell(PollFailed(talk.now, "no route"))

    assert 12 < count < 25
    assert talk.tell(SearchFailed(talk.now, "no route")).ends() is Outcome.UNKNOWN


def test_failed_searches_never_prove_a_cancel() -> None:
    talk = Talk(timeout=20).tell(polled("COMPLETE", 2), polled("COMPLETE", 2.7))
    while isinstance(step := talk.patiently(), Search):
        talk.tell(SearchFailed(talk.now, "HTTP 502"))

    assert isinstance(step, Finished)
    assert step.verdict.outcome is Outcome.UNKNOWN


# -- the documented samples ---------------------------------------------------------------------------


def samples() -> dict[str, list[dict[str, Any]]]:
    """The documented webhook bodies by request id, in printed order."""
    flows: dict[str, list[dict[str, Any]]] = {}
    for body in json.loads(DATA.read_text())["valid"]:
        event = json.loads(body)
        flows.setdefault(event["data"]["requestId"], []).append(event)
    return flows


def facts_of(events: list[dict[str, Any]], kind: Kind) -> list[Fact]:
    facts: list[Fact] = []
    for n, event in enumerate(events):
        seen = wire.status(event["data"], kind)
        assert seen is not None
        facts.append(Observed(at(1 + n), "webhook", *seen))
    return facts


@pytest.mark.parametrize(
    ("request_id", "kind", "outcome"),
    [
        ("37fa5c74-6315-4838-a07c-4b73a600e729", Kind.PROMPT, Outcome.ANSWERED),
        ("a167909b-6c05-4265-8e97-ad2d511f8753", Kind.SIGNATURE, Outcome.SIGNED),
        ("9f7bfe62-42df-4208-8617-990a8510c2f9", Kind.INPUT, Outcome.ENTERED),
    ],
)  # fmt: skip
def test_the_documented_flows_end_as_documented_in_either_direction_once_a_poll_agrees(
    request_id: str, kind: Kind, outcome: Outcome
) -> None:
    sale, events = replace(SALE, kind=kind), samples()[request_id]
    seen = wire.status(next(e["data"] for e in events if e["data"]["status"] == "COMPLETE"), kind)
    assert seen is not None

    for order in (events, events[::-1]):
        talk = Talk(sale=sale, kind=kind).tell(*facts_of(order, kind))
        assert talk.polls()
        assert talk.tell(Observed(at(9), "poll", *seen, at(9))).ends() is outcome


def test_one_event_id_for_two_statuses_and_a_complete_older_than_its_in_progress() -> None:
    """The sample's COMPLETE shares its id with an IN_PROGRESS; backwards, it is older than what follows."""
    events = samples()["a178db80-59e3-4e39-a6c7-bf8bab44bb28"]
    assert len({e["id"] for e in events}) == 1
    assert {e["data"]["status"] for e in events} == {"IN_PROGRESS", "COMPLETE"}

    for order in (events, events[::-1]):
        talk = Talk().tell(*facts_of(order, Kind.PAYMENT))
        assert talk.patiently(5) == Poll(), "an end without a result needs proof"
        assert talk.tell(polled("COMPLETE", 6)).next() == Search()
        assert talk.tell(*nothing_found(6.1)).ends() is Outcome.CANCELLED


def test_the_busy_reader_sample_needs_a_poll_that_agrees() -> None:
    talk = Talk().tell(*facts_of(samples()["ca6a9797-3247-4f1e-9dcb-e053f31f8bb3"], Kind.PAYMENT))

    assert talk.patiently() == Poll()
    assert talk.tell(polled("BUSY", 6), *nothing_found(6.1)).ends() is Outcome.BUSY


def test_the_approved_payment_sample_ends_only_with_its_transaction() -> None:
    events = samples()["a178db80-59e3-4e39-a6c7-bf8bab7ebb28"]
    talk = Talk().tell(*facts_of(events, Kind.PAYMENT))
    assert talk.next() == LookUp(10082)
    assert talk.tell(looked_up(9, booked(10082))).ends() is Outcome.APPROVED


# -- an untracked request ------------------------------------------------------------------------------


def test_an_untracked_request_that_ends_without_a_result_is_unknown() -> None:
    sale = Sale("?", None, TILL)
    talk = Talk(sale=sale, kind=None).tell(polled("COMPLETE", 1))
    assert talk.polls()
    assert talk.tell(polled("COMPLETE", 2)).ends() is Outcome.UNKNOWN


def test_an_untracked_payment_is_decided_by_its_transaction() -> None:
    sale = Sale("?", None, TILL)
    talk = Talk(sale=sale, kind=None).tell(polled("COMPLETE", 1, 7))
    assert talk.next() == LookUp(7)
    other = booked(7, amount_base=Decimal("3.00"), invoice_number=NUMBER[::-1])
    assert talk.tell(looked_up(1.1, other)).ends() is Outcome.APPROVED


def test_what_has_ended_is_not_cancelled_by_ctrl_c() -> None:
    again = booked(7, False, code="DT")
    talk = Talk().tell(polled("COMPLETE", 3, 7), looked_up(3.1, again), searched(3.2, again))

    assert activity(talk.state, at(4)) == Activity(Doing.SEARCHING, at(300), CtrlC.TWICE_EXITS)
    assert activity(Talk().tell(polled("COMPLETE", 3)).state, at(4)).ctrl_c is CtrlC.TWICE_EXITS
