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


# -- as it should go ---------------------------------------------------------------------------------


def test_a_payment_from_acceptance_to_the_free_device() -> None:
    talk = Talk()
    assert talk.next() == Poll()
    assert talk.tell(polled("CONNECTING", 0.1)).next() == WaitUntil(at(0.05) + timedelta(seconds=0.6))
    assert talk.next(0.7) == Poll()
    assert talk.tell(polled("IN_PROGRESS", 0.8)).polls()
    assert talk.tell(polled("IN_PROGRESS", 2.0, 7)).next() == LookUp(7)
    assert talk.tell(looked_up(2.2, booked())).polls(), "the verdict is known, the device still busy"
    assert talk.tell(polled("COMPLETE", 4.0, 7)).ends() is Outcome.APPROVED


def test_until_result_ends_as_soon_as_the_verdict_is_known() -> None:
    talk = Talk(until=Until.RESULT).tell(polled("IN_PROGRESS", 2.0, 7), looked_up(2.2, booked()))

    assert talk.ends() is Outcome.APPROVED


def test_complete_alone_is_not_paid() -> None:
    """A decline has a transaction too: it is read before anything is said."""
    talk = Talk().tell(polled("COMPLETE", 2.0, 7))
    assert talk.next() == LookUp(7)
    assert talk.tell(looked_up(2.1, booked(7, False))).next() == Search()
    assert talk.tell(searched(2.3, booked(7, False))).ends() is Outcome.DECLINED


def test_a_decline_is_provisional_while_the_request_runs() -> None:
    """The customer may have another card."""
    talk = Talk().tell(polled("IN_PROGRESS", 1.0, 7), looked_up(1.1, booked(7, False)))
    assert talk.patiently() == Poll()
    talk.tell(polled("COMPLETE", 5.0, 8), looked_up(5.1, booked(8)))

    assert talk.ends() is Outcome.APPROVED


def test_a_cancel_at_the_device_needs_a_second_poll_and_a_search() -> None:
    talk = Talk().tell(polled("IN_PROGRESS", 1), polled("COMPLETE", 5))
    assert talk.patiently() == Poll()
    assert talk.tell(polled("COMPLETE", 5.7)).next() == Search()
    assert talk.tell(searched(5.8)).next() == LookAround()
    assert talk.tell(looked_around(5.9)).ends() is Outcome.CANCELLED


def test_a_search_that_finds_the_payment_outweighs_two_bare_completes() -> None:
    talk = Talk().tell(polled("COMPLETE", 5), polled("COMPLETE", 5.7))
    assert talk.tell(searched(5.8, booked())).ends() is Outcome.APPROVED


def test_a_result_that_comes_during_the_proof_is_read() -> None:
    talk = Talk().tell(polled("COMPLETE", 5), hooked("COMPLETE", 5.2, 7))
    assert talk.next() == LookUp(7)
    assert talk.tell(looked_up(5.3, booked())).ends() is Outcome.APPROVED


def test_busy_needs_a_second_poll_and_two_searches() -> None:
    """The status may be wrong: a reader that runs on books what its status never shows."""
    talk = Talk().tell(polled("BUSY", 0.2))
    assert talk.patiently() == Poll()
    assert talk.tell(polled("BUSY", 0.9)).next() == Search()
    assert talk.tell(*nothing_found(1.0)).ends() is Outcome.BUSY


def test_a_login_that_may_not_search_is_told_what_the_status_says() -> None:
    talk = Talk().tell(polled("IN_PROGRESS", 1), polled("COMPLETE", 2), polled("COMPLETE", 2.7))
    for n in range(3):
        talk.tell(SearchFailed(at(3 + n), "403", refused=True))

    assert talk.ends() is Outcome.CANCELLED


def test_a_search_that_may_not_show_everything_proves_no_end() -> None:
    full = replace(searched(3.0), gap="the search ends with a full page")
    around = replace(looked_around(3.1), gap="the search ends with a full page")
    talk = Talk().tell(polled("COMPLETE", 2), polled("COMPLETE", 2.7), full, around)

    assert talk.ends() is Outcome.UNKNOWN


def test_no_connection_needs_a_second_poll_and_a_search() -> None:
    talk = Talk().tell(polled("CONNECTING", 0.1), polled("NO_CONNECTION", 9))
    assert talk.patiently() == Poll()
    assert talk.tell(polled("NO_CONNECTION", 9.7)).next() == Search()
    assert talk.tell(*nothing_found(9.8)).ends() is Outcome.UNREACHABLE


def test_no_connection_after_in_progress_is_polled_on_and_searched_for_and_ends_unknown() -> None:
    talk = Talk(timeout=20).tell(polled("IN_PROGRESS", 1), polled("NO_CONNECTION", 5))
    assert talk.next() == Search()
    assert talk.tell(searched(5.1)).polls()
    assert talk.tell(polled("NO_CONNECTION", 20.1)).next() == Search()
    assert talk.tell(searched(20.2)).ends() is Outcome.UNKNOWN


def test_a_prompt_that_ends_bare_is_cancelled_after_one_agreeing_poll() -> None:
    talk = Talk(sale=PROMPT, kind=Kind.PROMPT).tell(polled("IN_PROGRESS", 1), polled("COMPLETE", 2))
    assert talk.polls()
    assert talk.tell(polled("COMPLETE", 2.7)).ends() is Outcome.CANCELLED


def test_a_decline_as_duplicate_is_searched_for_its_original() -> None:
    """Code DT: the hint names the approved transaction, so that no other card is taken."""
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


def test_a_duplicate_that_later_searches_do_not_show_is_not_called_unreadable() -> None:
    talk = Talk(timeout=10).tell(polled("COMPLETE", 3, 7), looked_up(3.1, booked(7, False, code="DT")), searched(11))
    step = talk.tell(LookUpFailed(at(11.5), 7, "502")).patiently()

    assert isinstance(step, Finished)
    assert "duplicate of a paid sale" in step.verdict.says


def test_while_a_duplicate_runs_on_it_is_polled_beside_the_searches_for_its_original() -> None:
    """The customer may try another card."""
    talk, asked = Talk().tell(polled("IN_PROGRESS", 3, 7), looked_up(3.1, booked(7, False, code="DT"))), set()
    for _ in range(12):
        step, now = talk.patiently(), (talk.now - at(0)).total_seconds() + 0.05
        asked.add(step)
        talk.tell(searched(now, booked(7, False, code="DT")) if step == Search() else polled("IN_PROGRESS", now, 7))

    assert asked == {Search(), Poll()}


# -- the answer that was lost -------------------------------------------------------------------------


def test_a_lost_answer_is_searched_for_until_the_deadline_and_never_sent_again() -> None:
    talk = Talk(lost=True, timeout=30)
    seen = []
    while not isinstance(step := talk.patiently(), Finished):
        seen.append(type(step).__name__)
        now = (talk.now - at(0)).total_seconds() + 0.05
        talk.tell(searched(now))

    assert set(seen) == {"Search"}
    assert step.verdict.outcome is Outcome.UNKNOWN
    assert talk.state.searched_at is not None
    assert talk.state.searched_at >= at(30), "the last search was asked after the deadline"


def test_a_lost_answer_of_a_prompt_is_unknown_at_once() -> None:
    assert Talk(lost=True, sale=PROMPT, kind=Kind.PROMPT).ends() is Outcome.UNKNOWN


def test_a_cancel_without_a_request_id_never_resets_the_terminal() -> None:
    talk = Talk(lost=True, timeout=10).wish(cancel_at=at(1))
    steps = []
    while not isinstance(step := talk.patiently(), Finished):
        steps.append(step)
        talk.tell(searched((talk.now - at(0)).total_seconds() + 0.05))

    assert ResetTerminal() not in steps
    assert step.verdict.outcome is Outcome.UNKNOWN


# -- deadlines ----------------------------------------------------------------------------------------


def test_open_needs_a_poll_that_was_asked_after_the_deadline() -> None:
    talk = Talk(timeout=10).tell(polled("IN_PROGRESS", 9.99))
    assert talk.patiently(10.0) == Poll()
    assert talk.tell(polled("IN_PROGRESS", 10.7)).ends() is Outcome.OPEN


def test_an_unanswered_last_poll_is_unknown() -> None:
    talk = Talk(timeout=10).tell(polled("IN_PROGRESS", 9.0))
    assert talk.patiently(10.0) == Poll()
    assert talk.tell(PollFailed(at(12), "timed out")).next() == Search()
    assert talk.tell(searched(12.1)).ends() is Outcome.UNKNOWN


def test_a_verdict_outranks_the_deadline_a_detach_and_a_cancel() -> None:
    paid = (polled("IN_PROGRESS", 2.0, 7), looked_up(2.2, booked()))

    assert Talk(timeout=2.3).tell(*paid).ends(2.4) is Outcome.APPROVED
    assert Talk().tell(*paid).wish(detach=True).ends() is Outcome.APPROVED
    assert Talk().tell(*paid).wish(cancel_at=at(2.1)).ends() is Outcome.APPROVED


def test_who_stops_watching_a_sale_whose_answer_was_lost_is_not_told_that_it_goes_on() -> None:
    step = Talk(lost=True).wish(detach=True).next()

    assert step == Finished(Verdict(Outcome.OPEN, "you stopped watching; whether it goes on is not known"))


def test_detaching_without_a_verdict_leaves_it_open() -> None:
    assert Talk().tell(polled("IN_PROGRESS", 2.0)).wish(detach=True).ends() is Outcome.OPEN


def test_an_id_that_cannot_be_read_until_the_deadline_is_unknown() -> None:
    talk = Talk(timeout=20).tell(polled("COMPLETE", 2.0, 7))
    looks = 0
    while isinstance(step := talk.patiently(), LookUp):
        looks += 1
        talk.tell(LookUpFailed(talk.now, 7, "HTTP 500"))

    assert isinstance(step, Finished)
    assert step.verdict.outcome is Outcome.UNKNOWN
    assert talk.now >= at(20)
    assert 10 < looks < 20, "0.25 s doubling to 2 s"


def test_a_transaction_that_is_still_undecided_is_read_again_and_not_guessed() -> None:
    talk = Talk(timeout=20).tell(polled("COMPLETE", 2.0, 7), looked_up(2.1, booked(7, None)))
    assert talk.patiently() == LookUp(7)
    assert talk.now >= at(4), "not at once again"
    assert talk.tell(looked_up(4.2, booked())).ends() is Outcome.APPROVED


def test_a_trimmed_item_of_a_search_is_read_whole() -> None:
    """A list item without `response` under our number is no proof that nothing was booked."""
    talk = Talk().tell(polled("COMPLETE", 2), polled("COMPLETE", 2.7), searched(2.8, booked(7, None)))
    assert talk.next() == LookUp(7)
    assert talk.tell(looked_up(2.9, booked())).ends() is Outcome.APPROVED


def test_polls_that_are_refused_for_good_end_in_a_search() -> None:
    """A login changed in mid-payment will not change back, but what was booked may still be found."""
    talk = Talk().tell(polled("IN_PROGRESS", 1))
    for n in range(3):
        talk.tell(PollFailed(at(2 + n), "401", refused=True))

    assert talk.next() == Search()
    assert talk.tell(searched(4.2, booked())).ends() is Outcome.APPROVED


def test_where_the_search_is_refused_as_well_it_ends_unknown_rather_than_at_the_deadline() -> None:
    talk = Talk().tell(polled("IN_PROGRESS", 1))
    for n in range(3):
        talk.tell(PollFailed(at(2 + n), "401", refused=True), SearchFailed(at(2.5 + n), "401", refused=True))

    assert talk.ends() is Outcome.UNKNOWN


def test_a_purged_request_is_settled_by_search() -> None:
    talk = Talk().tell(Purged(at(1)))
    assert talk.next() == Search()
    assert talk.tell(searched(1.1, booked())).ends() is Outcome.APPROVED
    assert Talk().tell(Purged(at(1)), searched(1.1)).ends() is Outcome.UNKNOWN


# -- cancel is a question -----------------------------------------------------------------------------


def test_a_cancel_resets_only_after_a_fresh_poll_without_result() -> None:
    talk = Talk().tell(polled("IN_PROGRESS", 2.0)).wish(cancel_at=at(2.1))
    assert talk.patiently() == Poll(), "what was seen before the wish is stale"
    assert talk.tell(polled("IN_PROGRESS", 2.8)).next() == ResetTerminal()
    assert talk.tell(TerminalReset(at(2.9))).patiently() == Poll()


def test_payment_wins_the_race_against_a_cancel() -> None:
    talk = Talk().wish(cancel_at=at(2.1)).tell(polled("IN_PROGRESS", 2.8, 7))
    assert talk.next() == LookUp(7)
    assert talk.tell(looked_up(2.9, booked())).ends() is Outcome.APPROVED


def test_a_cancel_waits_out_connecting_for_ten_seconds_and_then_leaves_it_open() -> None:
    talk = Talk().wish(cancel_at=at(1))
    seconds = 1.1
    while not isinstance(step := talk.patiently(seconds), Finished):
        assert step == Poll(), "the reader may be busy with another till's payment"
        seconds = (talk.now - at(0)).total_seconds() + 0.1
        talk.tell(polled("CONNECTING", seconds))

    assert step.verdict.outcome is Outcome.OPEN
    assert at(11) <= talk.now < at(13)


def test_after_a_reset_poll_and_search_count_only_eight_seconds_later() -> None:
    """A card already in when /main comes is still processed."""
    talk = Talk().tell(polled("IN_PROGRESS", 2.0)).wish(cancel_at=at(2.1))
    talk.tell(polled("IN_PROGRESS", 2.8), TerminalReset(at(3)), polled("COMPLETE", 4))
    asked = []
    while not isinstance(step := talk.patiently(), Finished):
        now = (talk.now - at(0)).total_seconds() + 0.05
        asked.append((type(step).__name__, round(now)))
        searches = {Search(): searched(now), LookAround(): looked_around(now)}
        talk.tell(searches[step] if isinstance(step, Search | LookAround) else polled("COMPLETE", now))

    assert step.verdict.outcome is Outcome.CANCELLED
    assert [name for name, second in asked if second >= 11][:2] == ["Poll", "Search"]
    assert ("Search", 4) not in asked, "a search that cannot count is not asked"


def test_a_card_that_was_in_when_main_came_is_approved() -> None:
    talk = Talk().wish(cancel_at=at(2.1)).tell(polled("IN_PROGRESS", 2.8), TerminalReset(at(3)))
    talk.tell(polled("COMPLETE", 4), polled("COMPLETE", 9), polled("COMPLETE", 11.5))
    assert talk.patiently() == Search()
    assert talk.tell(searched(11.7, booked())).ends() is Outcome.APPROVED


def test_cancel_on_timeout_is_a_wish_at_the_deadline() -> None:
    talk = Talk(timeout=10, cancel_on_timeout=True).tell(polled("IN_PROGRESS", 9.5))
    assert talk.patiently(10.0) == Poll()
    assert talk.tell(polled("IN_PROGRESS", 10.5)).next() == ResetTerminal()


def test_a_reset_that_did_not_go_out_is_tried_again_only_after_another_poll() -> None:
    talk = Talk().wish(cancel_at=at(2)).tell(polled("IN_PROGRESS", 2.8))
    assert talk.next() == ResetTerminal()
    talk.wish(reset_tried_at=at(2.85)).tell(PollFailed(at(2.9), "/main not sent"))
    assert talk.patiently() == Poll()
    assert talk.tell(polled("IN_PROGRESS", 4)).next() == ResetTerminal()


@pytest.mark.parametrize("silent", [True, False])
def test_a_try_that_runs_in_vain_is_given_up_where_its_reader_cannot_be_asked(silent: bool) -> None:
    """An earlier try of the key was booked after all; the further one should be ended before a card is presented."""
    talk = Talk()
    talk.state = replace(talk.state, plan=replace(talk.state.plan, again=True))
    talk.tell(polled("IN_PROGRESS", 1), searched(2, booked(5)))
    talk.tell(*(PollFailed(at(3 + n), "401", refused=True) for n in range(3 if silent else 1)))

    assert isinstance(talk.patiently(), Finished if silent else Poll)


# -- how often ----------------------------------------------------------------------------------------


def test_polls_come_every_0_6_s_then_slower_and_never_faster_than_the_api_allows() -> None:
    talk, asked = Talk(timeout=120), []
    while isinstance(talk.patiently(), Poll) and talk.now < at(119):
        asked.append(talk.now)
        talk.tell(Observed(talk.now + timedelta(seconds=0.05), "poll", "IN_PROGRESS", asked_at=talk.now))
    gaps = [(b - a).total_seconds() for a, b in pairwise(asked)]

    assert min(gaps) >= 0.5
    assert set(gaps[:20]) == {0.6}
    assert gaps[-1] == 2.0


def test_under_a_live_relay_a_poll_comes_after_4_s_of_silence_and_then_every_10_s() -> None:
    talk = Talk().wish(relay_live=True)
    assert talk.patiently() == Poll()
    assert talk.now == at(4)
    talk.tell(hooked("IN_PROGRESS", 4.5), polled("IN_PROGRESS", 4.6))
    assert talk.patiently() == Poll()
    assert talk.now == at(8.5)
    talk.tell(polled("IN_PROGRESS", 8.55))
    assert talk.patiently() == Poll()
    assert talk.now == at(18.5)


def test_no_flow_of_events_keeps_a_live_relay_from_a_poll_every_10_s() -> None:
    """A relay that is signed for, yet withholds the result, or is late with it: each event would put the poll off."""
    talk, polls = Talk().wish(relay_live=True), []
    for n in range(20):
        talk.tell(hooked(f"ODD{n}", n + 0.5))
        step = talk.next()
        if isinstance(step, WaitUntil) and step.at < at(n + 1.5):
            step = talk.patiently()
        if isinstance(step, Poll):
            polls.append(talk.now)
            talk.tell(Observed(talk.now + timedelta(seconds=0.05), "poll", "IN_PROGRESS", asked_at=talk.now))

    assert polls == [at(10), at(20)]


def test_failed_polls_back_off_and_go_on() -> None:
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
    """The documented webhook bodies by request id, in the order printed."""
    flows: dict[str, list[dict[str, Any]]] = {}
    for body in json.loads(DATA.read_text())["valid"]:
        event = json.loads(body)
        flows.setdefault(event["data"]["requestId"], []).append(event)
    return flows


def told(events: list[dict[str, Any]], kind: Kind) -> list[Fact]:
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
def test_the_documented_flows_end_as_documented_forwards_and_backwards_once_a_poll_agrees(
    request_id: str, kind: Kind, outcome: Outcome
) -> None:
    sale, events = replace(SALE, kind=kind), samples()[request_id]
    seen = wire.status(next(e["data"] for e in events if e["data"]["status"] == "COMPLETE"), kind)
    assert seen is not None

    for order in (events, events[::-1]):
        talk = Talk(sale=sale, kind=kind).tell(*told(order, kind))
        assert talk.polls()
        assert talk.tell(Observed(at(9), "poll", *seen, at(9))).ends() is outcome


def test_one_event_id_for_two_statuses_and_a_complete_older_than_its_in_progress() -> None:
    """The sample's COMPLETE shares its id with an IN_PROGRESS; backwards, it is older than what follows."""
    events = samples()["a178db80-59e3-4e39-a6c7-bf8bab44bb28"]
    assert len({e["id"] for e in events}) == 1
    assert {e["data"]["status"] for e in events} == {"IN_PROGRESS", "COMPLETE"}

    for order in (events, events[::-1]):
        talk = Talk().tell(*told(order, Kind.PAYMENT))
        assert talk.patiently(5) == Poll(), "an end without a result is proven, never believed"
        assert talk.tell(polled("COMPLETE", 6)).next() == Search()
        assert talk.tell(*nothing_found(6.1)).ends() is Outcome.CANCELLED


def test_the_sample_of_a_busy_reader_needs_a_poll_that_agrees() -> None:
    talk = Talk().tell(*told(samples()["ca6a9797-3247-4f1e-9dcb-e053f31f8bb3"], Kind.PAYMENT))

    assert talk.patiently() == Poll()
    assert talk.tell(polled("BUSY", 6), *nothing_found(6.1)).ends() is Outcome.BUSY


def test_the_sample_of_an_approved_payment_ends_only_by_its_transaction() -> None:
    events = samples()["a178db80-59e3-4e39-a6c7-bf8bab7ebb28"]
    talk = Talk().tell(*told(events, Kind.PAYMENT))
    assert talk.next() == LookUp(10082)
    assert talk.tell(looked_up(9, booked(10082))).ends() is Outcome.APPROVED


# -- a request that this journal does not know ---------------------------------------------------------


def test_a_foreign_request_that_ends_bare_is_unknown_for_nothing_can_be_searched() -> None:
    sale = Sale("?", None, TILL)
    talk = Talk(sale=sale, kind=None).tell(polled("COMPLETE", 1))
    assert talk.polls()
    assert talk.tell(polled("COMPLETE", 2)).ends() is Outcome.UNKNOWN


def test_a_foreign_payment_is_told_by_its_transaction() -> None:
    sale = Sale("?", None, TILL)
    talk = Talk(sale=sale, kind=None).tell(polled("COMPLETE", 1, 7))
    assert talk.next() == LookUp(7)
    other = booked(7, amount_base=Decimal("3.00"), invoice_number=NUMBER[::-1])
    assert talk.tell(looked_up(1.1, other)).ends() is Outcome.APPROVED
