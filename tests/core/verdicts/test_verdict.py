"""What the facts prove about an untracked request, and about answers that contradict."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from pjterm.core.evidence.facts import Fact, LookedUp, NotTaken, OperatorSaid
from pjterm.core.evidence.states import replay
from pjterm.core.model import Kind, Outcome, Verdict
from pjterm.core.request import refund_of
from pjterm.core.verdicts.verdict import judge
from tests.core.make import SALE, at, booked, hooked, looked_around, looked_up, polled, searched


def of_others(*facts: Fact) -> Verdict | None:
    """The verdict on a request that is not in our journal."""
    return judge(SALE, replay(facts), None)


def outcome(found: Verdict | None) -> Outcome | None:
    return None if found is None else found.outcome


# -- a request of another program -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([], None),
        ([polled("IN_PROGRESS", 1)], None),
        ([polled("BUSY", 1)], None),
        ([polled("BUSY", 1), polled("BUSY", 2)], Outcome.BUSY),
        ([polled("COMPLETE", 1)], None),
        ([polled("COMPLETE", 1), polled("COMPLETE", 2)], Outcome.UNKNOWN),
        ([polled("IN_PROGRESS", 1), polled("BUSY", 2), polled("BUSY", 3)], Outcome.UNKNOWN),
    ],
)
def test_an_end_without_a_result_proves_nothing_but_busy(facts: list[Fact], expected: Outcome | None) -> None:
    assert outcome(of_others(*facts)) is expected


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"signature_id": "s1"}, Outcome.SIGNED),
        ({"prompt_button": "Yes"}, Outcome.ANSWERED),
        ({"input_value": "8006010230"}, Outcome.ENTERED),
        ({"read_data": "%B1^"}, Outcome.READ),
    ],
)
def test_its_answer_shows_its_kind(result: dict[str, Any], expected: Outcome) -> None:
    assert outcome(of_others(polled("COMPLETE", 1, **result))) is expected


@pytest.mark.parametrize(("action", "expected"), [("CHARGE", Outcome.APPROVED), ("REFUND", Outcome.REFUNDED)])
def test_its_transaction_shows_whether_it_was_a_refund(action: str, expected: Outcome) -> None:
    assert outcome(of_others(polled("COMPLETE", 1, 7), looked_up(2, booked(action=action)))) is expected


def test_its_transaction_decides_nothing_until_it_is_read() -> None:
    assert of_others(polled("COMPLETE", 1, 7)) is None


def test_its_decline_is_final_only_after_a_poll_showed_the_end() -> None:
    """The customer may try another card."""
    so_far: list[Fact] = [polled("IN_PROGRESS", 1, 7), looked_up(2, booked(approved=False))]
    ended = [*so_far, polled("COMPLETE", 3, 7)]

    assert (outcome(of_others(*so_far)), outcome(of_others(*ended))) == (None, Outcome.DECLINED)


def test_its_second_card_counts_when_the_first_was_declined() -> None:
    cards: list[Fact] = [polled("IN_PROGRESS", 1, 7), polled("COMPLETE", 2, 8)]
    read = [looked_up(3, booked(7, approved=False)), looked_up(4, booked(8))]

    assert outcome(of_others(*cards, *read)) is Outcome.APPROVED


def test_two_approvals_of_it_contradict_and_both_are_named() -> None:
    cards: list[Fact] = [polled("IN_PROGRESS", 1, 7), polled("COMPLETE", 2, 8)]
    found = of_others(*cards, looked_up(3, booked(7)), looked_up(4, booked(8)))

    assert found is not None
    assert (found.outcome, set(found.transaction_ids)) == (Outcome.UNKNOWN, {7, 8})


@pytest.mark.parametrize("rumor", [[hooked("COMPLETE", 2, 8)], [hooked("COMPLETE", 2, 8), looked_up(3, booked(8))]])
def test_a_transaction_named_only_by_a_webhook_neither_ends_it_nor_keeps_it_open(rumor: list[Fact]) -> None:
    named: list[Fact] = [polled("COMPLETE", 1, 7), looked_up(2, booked())]
    bare: list[Fact] = [polled("COMPLETE", 3), polled("COMPLETE", 4)]

    assert outcome(of_others(*rumor, *named)) is Outcome.APPROVED
    assert outcome(of_others(*named, *rumor)) is Outcome.APPROVED
    assert outcome(of_others(*rumor, *bare)) is Outcome.UNKNOWN


def test_two_different_answers_contradict() -> None:
    found = of_others(polled("IN_PROGRESS", 1, prompt_button="Yes"), polled("COMPLETE", 2, prompt_button="No"))

    assert outcome(found) is Outcome.UNKNOWN


# -- a request of this journal ---------------------------------------------------------------------------------


def test_an_answer_of_another_kind_does_not_count() -> None:
    known = replay([polled("COMPLETE", 1, input_value="8006010230")])

    assert outcome(judge(SALE, known, Kind.PROMPT)) is Outcome.UNKNOWN


def test_a_transaction_named_only_by_a_webhook_does_not_answer_a_prompt() -> None:
    facts = [hooked("COMPLETE", 1, 8), polled("COMPLETE", 2, prompt_button="Yes")]

    assert outcome(judge(SALE, replay(facts), Kind.PROMPT)) is Outcome.ANSWERED


def test_another_sale_named_only_by_a_webhook_does_not_prevent_the_proof_of_an_end() -> None:
    ended: list[Fact] = [polled("COMPLETE", 1), hooked("COMPLETE", 2, 8), polled("COMPLETE", 3)]
    nothing: list[Fact] = [looked_up(4, booked(8, invoice_number="5")), searched(5), looked_around(6)]

    assert outcome(judge(SALE, replay([*ended, *nothing]), Kind.PAYMENT)) is Outcome.CANCELLED


def test_a_smaller_charge_that_was_fully_refunded_stays_unknown_and_is_named() -> None:
    less = booked(7, amount_base=Decimal("10.00"), raw={"amountTotal": "10.00"})
    raw = {"amountTotal": "10.00", "purchaseOrderNumber": refund_of(7)}
    back = replace(less, transaction_id=8, action="REFUND", raw=raw)
    found = judge(SALE, replay([polled("COMPLETE", 1, 7), looked_up(2, less), searched(3, less, back)]), Kind.PAYMENT)

    assert found is not None
    assert (found.outcome, found.transaction_ids) == (Outcome.UNKNOWN, (7,))


@pytest.mark.parametrize("amount", ["12.50", "4.00"])
def test_a_decline_of_another_sale_is_not_a_second_charge_beside_the_approval(amount: str) -> None:
    """Our request named it with another amount, or it belongs to another sale with the same invoice number."""
    no = booked(7, approved=False, amount_base=Decimal(amount))
    facts: list[Fact] = [polled("COMPLETE", 1, 7), looked_up(2, no), searched(3, booked(8))]
    found = judge(replace(SALE, owned_elsewhere=frozenset({7})), replay(facts), Kind.PAYMENT)

    assert found is not None
    assert (found.outcome, found.transaction) == (Outcome.APPROVED, booked(8))


def test_an_approval_stands_although_the_last_try_was_refused() -> None:
    """An earlier try, or another till under the same number, was booked."""
    refused = NotTaken(at(1), Outcome.AUTH, "the login was refused")
    before, after = replay([refused]), replay([refused, searched(2, booked())])

    assert outcome(judge(SALE, before, Kind.PAYMENT)) is Outcome.AUTH
    assert outcome(judge(SALE, after, Kind.PAYMENT)) is Outcome.APPROVED


def test_a_refused_prompt_books_nothing() -> None:
    known = replay([NotTaken(at(1), Outcome.AUTH, "the login was refused"), LookedUp(at(2), booked())])

    assert outcome(judge(SALE, known, Kind.PROMPT)) is Outcome.AUTH


def test_the_operator_decides_a_sale_of_which_nothing_is_known() -> None:
    known = replay([OperatorSaid(at(1), "not charged, said the operator", not_charged=True)])

    assert outcome(judge(SALE, known, Kind.PAYMENT)) is Outcome.CANCELLED
