"""A settlement and its transactions add up to the cent, or each difference is reported."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from pjterm.reports import settlement
from pjterm.reports.transaction_line import Line
from tests.reports.test_takings import DECLINED, booked


def batch(net: float, *rows: tuple[str, str, str, int, float], **more: Any) -> dict[str, Any]:
    names = ("brand", "action", "status", "count", "amount")
    return {
        "settlementId": 512, "terminalId": 10001, "created": "2024-03-06T01:00:03Z", "amountNet": net,
        "status": "COMPLETE", "breakdown": [dict(zip(names, row, strict=True)) for row in rows],
    } | more  # fmt: skip


SALES = [booked(1, "84.50"), booked(2, "10.00"), booked(3, "10.00", action="REFUND"), booked(4, "5.00", **DECLINED)]
WHOLE = batch(84.5, ("VISA", "CHARGE", "CAPTURED", 2, 94.5), ("VISA", "REFUND", "CAPTURED", 1, 10.0),
              ("VISA", "CHARGE", "DECLINED", 1, 5.0))  # fmt: skip


def says(found: dict[str, Any], lines: list[Line]) -> list[tuple[str, str | None]]:
    return [(d.says, d.amount) for d in settlement.differences(found, lines)]


def test_a_batch_that_adds_up_has_no_difference() -> None:
    assert says(WHOLE, SALES) == []


def test_a_batch_without_rows_is_compared_by_its_net_alone() -> None:
    bare = {k: v for k, v in WHOLE.items() if k != "breakdown"}
    lacks = "the settlement's net is $84.50, its transactions come to $10.00"

    assert says(bare, SALES) == []
    assert says(bare, [booked(2, "10.00")]) == [(lacks, "74.50")]


def test_a_count_written_as_text_is_the_same_number() -> None:
    rows = [{**row, "count": str(row["count"])} for row in WHOLE["breakdown"]]

    assert settlement.unsaid({**WHOLE, "breakdown": rows}) == ()
    assert says({**WHOLE, "breakdown": rows}, SALES) == []


def test_a_missing_transaction_is_reported_by_brand_and_in_the_net() -> None:
    assert says(WHOLE, [x for x in SALES if x.transaction.transaction_id != 2]) == [
        ("VISA CHARGE: the settlement has 2 for $94.50, its transactions come to 1 for $84.50", "10.00"),
        ("the settlement's net is $84.50, its transactions come to $74.50", "10.00"),
    ]  # fmt: skip


def test_a_cent_is_a_difference() -> None:
    wrong = batch(0.3, ("VISA", "CHARGE", "CAPTURED", 3, 0.31))
    lines = [booked(n, "0.10") for n in (1, 2, 3)]

    assert [amount for _, amount in says(wrong, lines)] == ["0.01"]


def test_voids_and_holds_are_in_no_batch_s_net() -> None:
    lines = [*SALES, booked(5, "7.00", status="VOID"), booked(6, "8.00", status="HOLD")]

    assert says(WHOLE, lines) == []


def test_a_brand_missing_from_the_breakdown_is_other() -> None:
    lines = [booked(1, "5.00", vault={"accountType": "JCB"})]

    assert says(batch(5.0, ("OTHER", "CHARGE", "CAPTURED", 1, 5.0)), lines) == []


def test_the_net_may_be_negative() -> None:
    lines = [booked(1, "5.00", action="REFUND")]

    assert says(batch(-5.0, ("VISA", "REFUND", "CAPTURED", 1, 5.0)), lines) == []
    assert Decimal("-5.00") == settlement.net(settlement.booked(lines))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"amountNet": "x"}, "amountNet"), ({"created": "soon"}, "created"), ({"settlementId": None}, "settlementId"),
        ({"breakdown": "none"}, "breakdown"), ({"breakdown": [{"count": 1}]}, "breakdown"),
        ({"breakdown": [7]}, "breakdown"),
    ],
)  # fmt: skip
def test_an_unreadable_value_is_named(change: dict[str, Any], name: str) -> None:
    assert (name,) == settlement.unsaid({**WHOLE, **change})


@pytest.mark.parametrize(
    "breakdown",
    [5, {"a": 1}, [5], [{"type": "BATCH"}], [{"details": 5}], [{"details": [5]}], [{"details": [{"amount": "x"}]}]],
    ids=str,
)
def test_an_unreadable_breakdown_of_a_deposit_is_named(breakdown: Any) -> None:
    names = ("amountBatch", "amountFee", "amountChargeback", "amountOther", "amountNet")
    whole = {"depositId": "1b9d", "depositDate": "2026-11-22", **dict.fromkeys(names, 1)}

    assert settlement.deposit_unsaid(whole) == ()
    assert settlement.deposit_unsaid({**whole, "breakdown": [{"type": "BATCH", "details": [{"amount": 1}]}]}) == ()
    assert settlement.deposit_unsaid({**whole, "breakdown": breakdown}) == ("breakdown",)


def test_an_item_of_a_list_needs_no_breakdown() -> None:
    assert settlement.unsaid({k: v for k, v in WHOLE.items() if k != "breakdown"}) == ()
