"""What an operator who said that nothing was charged has denied, and what proves to be the sale's all the same."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from pjterm.core.evidence.facts import Fact, OperatorSaid, Searched, Sent
from pjterm.core.evidence.states import replay
from pjterm.core.model import Kind, Transaction
from pjterm.core.sending import absence
from pjterm.core.verdicts.partition import denied, partition
from pjterm.values import replace
from tests.core.make import SALE, at, booked, looked_up, nothing_found, polled

WORD = OperatorSaid(at(10), "the operator said that nothing was charged", not_charged=True)
NAMELESS = booked(8, invoice_number=None)


def test_what_was_in_sight_of_the_statement_is_denied() -> None:
    known = replay([Sent(at(0)), looked_up(5, NAMELESS), WORD])

    assert denied(SALE, known) == {8}
    assert partition(SALE, known).unsure == ()


@pytest.mark.parametrize("poll", [polled("IN_PROGRESS", 4, 8), polled("COMPLETE", 20, 8)], ids=["before", "later"])
@pytest.mark.parametrize("then", [NAMELESS, booked(8, approved=None, invoice_number=None)], ids=["approved", "not yet"])
def test_what_our_own_request_names_is_not(poll: Fact, then: Transaction) -> None:
    facts = sorted([Sent(at(0)), poll, looked_up(5, then), WORD, looked_up(30, NAMELESS)], key=lambda fact: fact.at)
    known = replay(facts)

    assert denied(SALE, known) == frozenset()
    assert [t.transaction_id for t in partition(SALE, known).approved] == [8]


def test_nor_what_shows_the_number_of_the_sale_later() -> None:
    assert denied(SALE, replay([Sent(at(0)), looked_up(5, NAMELESS), WORD, looked_up(30, booked(8))])) == frozenset()


def _checked(*facts: Fact) -> absence.Step:
    known = replay([Sent(at(0)), *facts])
    check = absence.begin(SALE, Kind.PAYMENT, known, at(40), at(20), timedelta(seconds=8), declined=False)
    for fact in nothing_found(41):
        check = absence.observe(check, replace(fact, gap="it ends with a full page"), at(41))
    return absence.decide(check, at(50))


@pytest.mark.parametrize("told", [True, False])
def test_a_statement_stands_in_for_the_gap_that_was_told_and_for_no_later_one(told: bool) -> None:
    gap: Fact = Searched(at(5 if told else 15), (), at(5 if told else 15), gap="it ends with a full page")
    step = _checked(*([gap, WORD] if told else [WORD, gap]))

    assert isinstance(step, absence.Clear if told else absence.Unproven), step


def test_a_stranger_that_our_own_request_named_may_be_denied() -> None:
    stranger = booked(8, invoice_number="another", amount_base=Decimal("55.00"))
    known = replay([Sent(at(0)), polled("COMPLETE", 4, 8), looked_up(5, stranger), WORD])

    assert denied(SALE, known) == {8}


def test_a_part_that_was_approved_under_the_number_of_the_sale_alone_is_not_denied() -> None:
    part = booked(8, amount_base=Decimal("3.00"))

    assert denied(SALE, replay([Sent(at(0)), looked_up(5, part), WORD])) == frozenset()
