"""The guards, one by one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from pjterm.core import guards
from pjterm.core.entry import Entry, NewEntry, Scope
from pjterm.core.guards import Finding, Limits, Pass
from pjterm.core.model import Kind, Outcome, Terminal
from pjterm.core.sending import booked_before
from pjterm.core.verdicts import by_hand
from tests.core.make import DEVICE, NUMBER, SALE, TILL, at, booked

ELSEWHERE = Terminal("T2", DEVICE[:-1] + "d", 10001)
SHOP = Scope("labs", "shop")
ENTRY = Entry(
    id=1, scope=SHOP, key="order-0", kind=Kind.PAYMENT, profile="till-1", terminal=TILL,
    fingerprint="f", started_at=at(0), amount=Decimal("12.50"), invoice_number=NUMBER,
    sent_at=at(0),
)  # fmt: skip
PAID = replace(ENTRY, outcome=Outcome.APPROVED, result_at=at(10), shown_at=at(11))


NEW = NewEntry(Scope("production", "shop"), "order-1", Kind.PAYMENT, "till-1", TILL, "f")


def limits(total: str, most: str | None = None, above: str | None = None) -> Finding | None:
    allowed = Limits(None if most is None else Decimal(most), None if above is None else Decimal(above))
    return guards.over_limits(Decimal(total), allowed, NEW)


# -- a search before the POST ---------------------------------------------------------------------------------


def test_an_approved_sale_of_this_amount_is_the_answer_for_a_key() -> None:
    before = booked_before.judge(SALE, [booked(6, False), booked(7)], by_invoice=False, forced=False)

    assert (before.answer, before.finding, before.prior_ids) == ((booked(7),), None, frozenset({6, 7}))


def test_an_approved_sale_under_the_invoice_is_refused_unless_forced() -> None:
    stopped = booked_before.judge(SALE, [booked(7)], by_invoice=True, forced=False)
    passed = booked_before.judge(SALE, [booked(7)], by_invoice=True, forced=True)

    assert stopped.finding is not None
    assert stopped.finding.passed_by is Pass.FORCE
    assert " 7 " in stopped.finding.says
    assert (passed.finding, passed.answer, passed.prior_ids) == (None, (), frozenset({7}))


@pytest.mark.parametrize("changes", [{"amount_base": Decimal("99.00")}, {"terminal_id": 10002}], ids=str)
@pytest.mark.parametrize("by_invoice", [True, False])
def test_an_approved_sale_of_another_amount_is_refused(changes: dict[str, Any], by_invoice: bool) -> None:
    before = booked_before.judge(SALE, [booked(7, **changes)], by_invoice=by_invoice, forced=False)

    assert before.finding is not None
    assert before.answer == ()


@pytest.mark.parametrize(
    "found",
    [booked(7, False), booked(7, action="REFUND"), booked(7, invoice_number="other")],
    ids=["declined", "a refund", "another number"],
)
@pytest.mark.parametrize("by_invoice", [True, False])
def test_a_result_that_took_no_money_of_this_kind_stops_nothing(found: object, by_invoice: bool) -> None:
    before = booked_before.judge(SALE, [found], by_invoice=by_invoice, forced=False)  # type: ignore[list-item]

    assert (before.answer, before.finding) == ((), None)


def test_a_voided_sale_is_the_answer_for_its_key() -> None:
    voided = booked(7, status="VOID")

    assert booked_before.judge(SALE, [voided], by_invoice=False, forced=False).answer == (voided,)


@pytest.mark.parametrize("changes", [{"amount_base": Decimal("99.00")}, {"approved": False}], ids=str)
def test_a_voided_transaction_that_is_not_the_sale_stops_nothing(changes: dict[str, Any]) -> None:
    before = booked_before.judge(SALE, [booked(7, status="VOID", **changes)], by_invoice=False, forced=False)

    assert (before.answer, before.finding) == ((), None)


def test_a_voided_sale_under_an_invoice_stops_nothing() -> None:
    before = booked_before.judge(SALE, [booked(7, status="VOID")], by_invoice=True, forced=False)

    assert (before.answer, before.finding) == ((), None)


@pytest.mark.parametrize("missing", [{"approved": None}, {"action": ""}, {"amount_base": None}], ids=str)
@pytest.mark.parametrize("by_invoice", [True, False])
def test_an_incomplete_result_that_may_be_the_sale_stops_it(missing: dict[str, Any], by_invoice: bool) -> None:
    before = booked_before.judge(SALE, [booked(7, **missing)], by_invoice=by_invoice, forced=True)

    assert before.finding is not None
    assert before.finding.passed_by is Pass.NOTHING
    assert (before.answer, before.prior_ids) == ((), frozenset())


# -- the terminal is taken ------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [None, Outcome.OPEN, Outcome.UNKNOWN])
def test_an_open_or_unknown_payment_blocks_its_terminal_until_over_names_it(outcome: Outcome | None) -> None:
    entry = replace(ENTRY, outcome=outcome)
    finding = guards.terminal_taken(entry, SHOP)

    assert guards.blocking([entry], SHOP, "order-1") == [entry]
    assert finding.passed_by is Pass.OVER
    assert "--over order-0" in finding.hint
    assert finding.question is None, "--yes cannot override it"


def test_the_same_key_and_resolved_entries_block_nothing() -> None:
    assert guards.blocking([ENTRY], SHOP, "order-0") == []
    assert guards.blocking([PAID, replace(ENTRY, outcome=Outcome.CANCELLED)], SHOP, "order-1") == []


def test_only_a_running_prompt_blocks_a_charge() -> None:
    prompt = replace(ENTRY, kind=Kind.PROMPT, amount=None)

    assert guards.blocking([prompt, replace(prompt, outcome=Outcome.UNKNOWN)], SHOP, "order-1") == []
    assert guards.blocking([replace(prompt, request_id="r")], SHOP, "order-1") != []


# -- nearly the same charge -------------------------------------------------------------------------------------


def near(entry: Entry, seconds: float) -> bool:
    return bool(guards.near_duplicates([entry], SALE, at(seconds)))


def test_approved_on_this_terminal_within_120_s() -> None:
    assert near(PAID, 10 + 119)
    assert not near(PAID, 10 + 121)
    assert not near(replace(PAID, terminal=ELSEWHERE), 20)


def test_an_approval_that_was_never_shown_is_near_at_any_age() -> None:
    unshown = replace(PAID, shown_at=None)

    assert near(unshown, 1_000_000)
    assert near(replace(unshown, terminal=ELSEWHERE), 1_000_000)


@pytest.mark.parametrize("outcome", [None, Outcome.OPEN, Outcome.UNKNOWN])
def test_open_or_unknown_on_any_terminal_within_15_minutes(outcome: Outcome | None) -> None:
    running = replace(ENTRY, outcome=outcome, terminal=ELSEWHERE)

    assert near(running, 899)
    assert not near(running, 901)


@pytest.mark.parametrize(
    "other",
    [
        replace(PAID, outcome=Outcome.VOIDED),
        replace(PAID, outcome=Outcome.DECLINED),
        replace(PAID, outcome=Outcome.CANCELLED),
        replace(PAID, amount=Decimal("12.51")),
        replace(PAID, kind=Kind.REFUND, outcome=Outcome.REFUNDED),
        replace(PAID, key=SALE.key),
    ],
    ids=["voided", "declined", "cancelled", "another amount", "a refund", "itself"],
)
def test_these_are_not_near_duplicates(other: Entry) -> None:
    assert not near(other, 20)


def test_a_near_duplicate_may_be_confirmed_or_overridden_with_force() -> None:
    (finding,) = guards.near_duplicates([PAID], SALE, at(20))

    assert finding.passed_by is Pass.FORCE
    assert finding.question is not None
    assert finding.says == "a payment of $12.50 on T1 was approved 10 s ago (key order-0)"


@pytest.mark.parametrize(
    ("entry", "seconds", "says"),
    [
        (replace(PAID, shown_at=None), 7210, "was approved 2 h ago, and no command has shown that yet"),
        (ENTRY, 30, "was started 30 s ago and is still open"),
        (replace(ENTRY, outcome=Outcome.UNKNOWN), 300, "was started 5 min ago and is still unknown"),
    ],
)
def test_the_question_says_what_happened_and_when(entry: Entry, seconds: float, says: str) -> None:
    (finding,) = guards.near_duplicates([entry], SALE, at(seconds))

    assert finding.question == f"A payment of $12.50 on T1 {says} (key order-0). Send another one?"


def test_a_confirmation_stays_valid_while_the_seconds_pass() -> None:
    """Otherwise the user would be asked again and again, each time about another "12 s ago"."""
    (first,), (second,) = (guards.near_duplicates([PAID], SALE, at(s)) for s in (20, 25))

    assert first.says != second.says
    assert first.name == second.name


# -- the profile's limits ---------------------------------------------------------------------------------------------


def test_max_amount_cannot_be_overridden() -> None:
    finding = limits("500.01", most="500.00", above="0")

    assert finding is not None
    assert (finding.passed_by, finding.question) == (Pass.NOTHING, None)
    assert limits("500.00", most="500.00") is None


def test_above_confirm_above_a_question_names_environment_merchant_terminal_and_amount() -> None:
    finding = limits("0.01", above="0")

    assert finding is not None
    assert finding.passed_by is Pass.YES
    assert finding.question is not None
    for word in ("PRODUCTION", "shop", "T1", "0.01"):
        assert word in finding.question
    assert limits("200.00", above="200.00") is None
    assert limits("1000000.00") is None


# -- clearing a terminal ----------------------------------------------------------------------------------------------


def clear(others: tuple[Entry, ...] = (), seconds: float = 61, lives: bool = False, over: bool = False) -> str | None:
    unknown = replace(ENTRY, outcome=Outcome.UNKNOWN)
    found = by_hand.may_clear(unknown, others, at(seconds), owner_lives=lives, settle_given=over)
    return None if found is None else found.code


def test_clear_terminal_waits_for_others_for_the_owner_and_for_a_minute() -> None:
    another = replace(ENTRY, id=2, key="order-9")

    assert clear() is None
    assert clear(others=(another,)) == "terminal-taken"
    assert clear(others=(ENTRY,)) is None, "an entry does not block itself"
    assert clear(lives=True) == "owner-lives"
    assert clear(seconds=59) == "too-soon"
    assert clear(seconds=59, over=True) is None
