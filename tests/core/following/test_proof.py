"""Which questions are sent when something must be proven, and where that ends."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from pjterm.core.evidence.facts import Answered, LookUpFailed, Purged, SearchFailed
from pjterm.core.model import Kind, Outcome, Sale, Transaction
from pjterm.core.steps import Finished, LookAround, LookUp, Poll, Search, Step
from tests.core.make import NUMBER, TILL, at, booked, hooked, looked_around, looked_up, polled, searched
from tests.core.talk import Talk

REFUND = Sale("back-1", Kind.REFUND, TILL, Decimal("5.00"), NUMBER, original_id=3, total=Decimal("5.00"))
SOLD = booked(3, invoice_number="3", raw={"amountTotal": "12.50"})


def nothing_more_is_found(talk: Talk, step: Step, *found: Transaction) -> None:
    """Answer each question: the request ended, and nothing else is booked or readable."""
    now = (talk.now - at(0)).total_seconds() + 0.05
    match step:
        case Poll():
            talk.tell(polled("COMPLETE", now))
        case Search():
            talk.tell(searched(now, *found))
        case LookAround():
            talk.tell(looked_around(now, *found))
        case LookUp():
            talk.tell(LookUpFailed(at(now), step.transaction_id, "404"))


def asked_in_vain(talk: Talk, *found: Transaction) -> tuple[list[Step], Outcome]:
    """All questions until the end, and the outcome."""
    asked: list[Step] = []
    while not isinstance(step := talk.patiently(), Finished):
        asked.append(step)
        nothing_more_is_found(talk, step, *found)
    return asked, step.verdict.outcome


def verdict(talk: Talk) -> Outcome | None:
    """What is proven so far."""
    return None if talk.state.verdict is None else talk.state.verdict.outcome


# -- known only from a webhook --------------------------------------------------------------------------------


@pytest.mark.parametrize("declined", [[], [booked(7, False)]], ids=["nothing", "a decline"])
def test_an_unreadable_transaction_from_a_webhook_is_looked_up_every_2_s_and_ends_unknown(
    declined: list[Transaction],
) -> None:
    """A verified event says that a card was charged, but the service shows no such transaction."""
    talk = Talk(timeout=60).tell(polled("IN_PROGRESS", 1), hooked("COMPLETE", 2, 8))
    talk.tell(*(looked_up(2, t) for t in declined))
    asked, ended = asked_in_vain(talk, *declined)

    assert (ended, asked.count(Search()), asked.count(LookAround())) == (Outcome.UNKNOWN, 1, 1)
    assert 25 < asked.count(LookUp(8)) < 35


def test_without_search_permission_it_is_not_called_cancelled_either() -> None:
    talk = Talk().tell(polled("COMPLETE", 1), hooked("COMPLETE", 2, 8), LookUpFailed(at(2.1), 8, "404"))
    talk.tell(polled("COMPLETE", 3), *(SearchFailed(at(4 + n), "403", refused=True) for n in range(3)))

    assert talk.ends() is Outcome.UNKNOWN


def test_a_payment_that_ends_with_a_prompt_answer_is_searched_for_and_unknown() -> None:
    talk = Talk().tell(polled("IN_PROGRESS", 1), polled("COMPLETE", 2, prompt_button="Yes"))
    asked, ended = asked_in_vain(talk)

    assert (ended, asked.count(Search()), asked.count(LookAround())) == (Outcome.UNKNOWN, 1, 1)


# -- a purged request ----------------------------------------------------------------------------------------


def test_a_purged_request_whose_searches_fail_ends_with_the_first_one_after_the_deadline() -> None:
    talk = Talk(timeout=10).tell(Purged(at(1)))
    asked = []
    while not isinstance(step := talk.patiently(), Finished):
        asked.append(step)
        talk.tell(SearchFailed(talk.now, "502"))

    assert (set(asked), step.verdict.outcome) == ({Search()}, Outcome.UNKNOWN)
    assert at(10) <= talk.now < at(14)


# -- a refund of a sale ---------------------------------------------------------------------------------------


def refund(**more: Any) -> Talk:
    return Talk(sale=REFUND, kind=Kind.REFUND, lost=True, **more)


def test_a_refund_whose_answer_was_lost_alternates_searches_and_reads_of_its_original() -> None:
    talk, asked = refund(timeout=20), []
    while not isinstance(step := talk.patiently(), Finished):
        asked.append(step)
        now = (talk.now - at(0)).total_seconds() + 0.05
        talk.tell(searched(now) if isinstance(step, Search) else looked_up(now, SOLD))

    assert (asked[:4], step.verdict.outcome) == ([Search(), LookUp(3), Search(), LookUp(3)], Outcome.UNKNOWN)


def test_a_refund_shown_by_a_search_is_done() -> None:
    back = booked(8, action="REFUND", amount_base=Decimal("5.00"), raw={"amountTotal": "5.00"})

    assert refund().tell(searched(1, back)).ends() is Outcome.REFUNDED


def test_a_refund_with_an_incomplete_answer_is_read() -> None:
    trimmed = booked(8, None, action="REFUND", amount_base=Decimal("5.00"))

    assert refund().tell(Answered(at(1), trimmed)).next() == LookUp(8)


def test_a_declined_refund_is_final_at_once() -> None:
    """No reader is involved, so no other card can follow."""
    declined = booked(8, False, action="REFUND", amount_base=Decimal("5.00"), raw={"amountTotal": "5.00"})

    assert verdict(refund().tell(Answered(at(1), declined))) is Outcome.DECLINED


@pytest.mark.parametrize(("searches", "expected"), [([], None), ([searched(2)], Outcome.VOIDED)])
def test_a_refund_ends_as_voided_once_a_search_rules_out_a_refund(
    searches: list[Any], expected: Outcome | None
) -> None:
    assert verdict(refund().tell(looked_up(1, replace(SOLD, status="VOID")), *searches)) is expected
