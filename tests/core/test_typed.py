"""The same key again: which command lines mean the same request, and what follows from the journal's entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pjterm.core import request
from pjterm.core.entry import Entry, Scope
from pjterm.core.model import Kind, Outcome
from pjterm.core.sending.decide import Refuse, Report, Resolve, by_the_key
from pjterm.core.typed import Typed, what_differs
from tests.core.make import DEVICE, TILL, at

SPEC = request.payment(Decimal("12.50"))
NUMBER, _, FORMER = request.derived_numbers("shop", "order-1")
TYPED = Typed(Kind.PAYMENT, SPEC, SPEC.amount, SPEC.total)
ENTRY = Entry(
    id=1, scope=Scope("labs", "shop"), key="order-1", kind=Kind.PAYMENT, profile="till-1", terminal=TILL,
    fingerprint=SPEC.fingerprint(DEVICE, 10001, NUMBER), started_at=at(0), amount=SPEC.amount,
    total=SPEC.total, invoice_number=NUMBER, request_id="r",
)  # fmt: skip


def use(outcome: Outcome | None, typed: Typed = TYPED, **more: Any) -> object:
    """What happens to the line when the entry has this outcome."""
    return by_the_key(typed, replace(ENTRY, outcome=outcome, **more), (), at(60))


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome.APPROVED, Outcome.DECLINED, Outcome.REFUNDED, Outcome.SIGNED, Outcome.ANSWERED, Outcome.ENTERED,
        Outcome.READ, Outcome.VOIDED,
    ],
)  # fmt: skip
def test_a_result_is_reported(outcome: Outcome) -> None:
    assert isinstance(use(outcome), Report)


@pytest.mark.parametrize("outcome", [None, Outcome.OPEN, Outcome.UNKNOWN])
def test_an_open_or_unknown_request_is_resolved(outcome: Outcome | None) -> None:
    assert isinstance(use(outcome), Resolve)


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome.CANCELLED, Outcome.BUSY, Outcome.UNREACHABLE, Outcome.UNAVAILABLE, Outcome.REJECTED, Outcome.AUTH,
    ],
)  # fmt: skip
def test_an_end_without_a_result_allows_a_new_try(outcome: Outcome) -> None:
    assert use(outcome) is None


OTHERS = {
    "amount": replace(TYPED, amount=Decimal("12.51"), spec=request.payment(Decimal("12.51"))),
    "tax": replace(TYPED, spec=request.payment(Decimal("12.50"), tax=Decimal("1.00")), total=Decimal("13.50")),
    "note": replace(TYPED, spec=request.payment(Decimal("12.50"), note="x")),
    "kind": replace(TYPED, kind=Kind.REFUND),
    "account": replace(TYPED, account=10002),
    "invoice": replace(TYPED, invoice="1042"),
    "original": replace(TYPED, original_id=7),
}


@pytest.mark.parametrize("typed", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("outcome", [None, Outcome.APPROVED, Outcome.CANCELLED])
def test_anything_else_under_the_key_is_refused_and_the_difference_named(typed: Typed, outcome: Outcome | None) -> None:
    step = use(outcome, typed)

    assert isinstance(step, Refuse)
    assert str(what_differs(typed, ENTRY)) in step.finding.says


@pytest.mark.parametrize(("outcome", "refused"), [(None, True), (Outcome.APPROVED, True), (Outcome.UNREACHABLE, False)])
def test_another_reader_is_allowed_only_after_an_end_without_money(outcome: Outcome | None, refused: bool) -> None:
    step = use(outcome, replace(TYPED, terminal="T2"))

    assert isinstance(step, Refuse) is refused


@pytest.mark.parametrize(
    "typed",
    [
        replace(TYPED, terminal="t1", smart_terminal_id="another"),
        replace(TYPED, terminal="Front desk", smart_terminal_id=DEVICE),
        replace(TYPED, terminal=None),
    ],
    ids=["the name of then", "the reader of then", "no reader"],
)
def test_the_same_line_is_the_same_sale_whatever_its_reader_is_called_now(typed: Typed) -> None:
    assert isinstance(use(Outcome.APPROVED, typed), Report)


def test_a_sale_under_the_former_number_is_the_same_sale() -> None:
    former = SPEC.fingerprint(DEVICE, 10001, FORMER)

    assert isinstance(use(Outcome.APPROVED, invoice_number=FORMER, fingerprint=former), Report)


def elsewhere(seconds: float, outcome: Outcome | None) -> object:
    """A line whose key was sent by another login and ended this many seconds ago."""
    other = replace(ENTRY, scope=Scope("labs", "Shop"), outcome=outcome, finished_at=at(0))
    return by_the_key(TYPED, None, (other,), at(seconds))


@pytest.mark.parametrize("outcome", [None, Outcome.APPROVED, Outcome.UNKNOWN, Outcome.DECLINED])
def test_a_key_of_another_login_is_refused_and_named(outcome: Outcome | None) -> None:
    step = elsewhere(1_000_000, outcome)

    assert isinstance(step, Refuse)
    assert "order-1" in step.finding.says
    assert "till-1" in step.finding.says


def test_a_key_of_another_login_that_ended_long_ago_without_money_blocks_nothing() -> None:
    fifteen = timedelta(minutes=15).total_seconds()

    assert isinstance(elsewhere(fifteen - 1, Outcome.CANCELLED), Refuse)
    assert elsewhere(fifteen + 1, Outcome.CANCELLED) is None
    assert elsewhere(1, Outcome.UNAVAILABLE) is None


@pytest.mark.parametrize(
    ("then", "now", "named"),
    [
        ({}, {"ask_tip": True}, "--ask-tip"), ({"ask_tip": True}, {}, "--ask-tip"), ({"keyed": True}, {}, "--keyed"),
        ({"receipt_prompt": False}, {}, "--receipt-prompt"), ({}, {"signature_prompt": True}, "--signature-prompt"),
        ({"receipt_prompt": False}, {"receipt_prompt": True}, "--receipt-prompt"), ({}, {"note": "x"}, "--note"),
        ({}, {"po": "7"}, "--po"),
    ],
)  # fmt: skip
def test_the_option_that_differs_is_named(then: dict[str, Any], now: dict[str, Any], named: str) -> None:
    """It was something else, such as three options that did not differ."""
    sent = request.payment(Decimal("12.50"), **then).fingerprint(DEVICE, 10001, NUMBER)
    typed = replace(TYPED, spec=request.payment(Decimal("12.50"), **now))

    assert what_differs(typed, replace(ENTRY, fingerprint=sent)) == f"{named} differs"


@pytest.mark.parametrize(
    ("then", "now", "says"),
    [
        (request.signature("I agree."), request.signature("I do."), "its terms differ"),
        (request.prompt("Tea?", ["Yes"]), request.prompt("Tea?", ["No"]), "its text or its buttons differ"),
    ],
)
def test_what_is_shown_at_the_reader_differs_and_is_named(
    then: request.RequestSpec, now: request.RequestSpec, says: str
) -> None:
    entry = replace(ENTRY, kind=then.kind, amount=None, total=None, fingerprint=then.fingerprint(DEVICE, 10001, None))

    assert what_differs(Typed(now.kind, now), replace(entry, invoice_number=None)) == says
