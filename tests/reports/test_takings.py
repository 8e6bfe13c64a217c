"""Takings add up, amount by amount."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest

from pjterm.core.money import dollars
from pjterm.reports.takings import AMOUNTS, OTHER, takings
from pjterm.reports.transaction_line import Line, line


def booked(id_: int, total: str, **more: Any) -> Line:
    values: dict[str, Any] = {
        "transactionId": id_, "action": "CHARGE", "amountBase": total, "amountTotal": total, "status": "CAPTURE",
        "created": "2026-11-23T18:00:00Z", "response": {"approved": True}, "service": "SMART_TERMINAL",
        "vault": {"accountType": "VISA", "lastFour": "1111"},
    }  # fmt: skip
    found = line(values | more)
    assert found is not None
    return found


DECLINED = {"status": "DECLINED", "response": {"approved": False, "code": "05"}}


def test_readers_brands_and_outcomes_are_listed_separately() -> None:
    lines = [
        booked(1, "10.00"), booked(2, "5.50", vault={"accountType": "MASTERCARD"}),
        booked(3, "4.00", action="REFUND"), booked(4, "12.50", status="VOID"), booked(5, "12.50", **DECLINED),
        booked(6, "1.00", status="HOLD"), booked(7, "2.00"), booked(8, "0.00", action="VERIFY"),
    ]  # fmt: skip

    found = takings(lines, {1: "T1", 2: "T1", 5: "T1"})

    assert [(r.terminal, r.brand, r.outcome, r.sum.count, dollars(r.sum.total)) for r in found.rows] == [
        ("T1", "MASTERCARD", "approved", 1, "5.50"), ("T1", "VISA", "approved", 1, "10.00"),
        ("T1", "VISA", "declined", 1, "12.50"), ("smart terminal", "VISA", "approved", 1, "2.00"),
        ("smart terminal", "VISA", "refunded", 1, "4.00"), ("smart terminal", "VISA", "held", 1, "1.00"),
        ("smart terminal", "VISA", "voided", 1, "12.50"),
    ]  # fmt: skip


def test_the_net_is_charged_minus_refunded_without_holds() -> None:
    lines = [booked(1, "10.00"), booked(2, "4.00", action="REFUND"), booked(3, "1.00", status="HOLD")]

    assert Decimal("6.00") == takings(lines, {}).net


def test_each_amount_is_listed_and_the_rest_is_other() -> None:
    parts = {"amountBase": "20.00", "amountTip": "1.00", "amountTax": "1.60", "amountSurchargeTax": "0.05"}

    found = takings([booked(1, "22.65", **parts)], {}).of("approved")

    assert [dollars(found.of(name)) for name in AMOUNTS] == ["20.00", "1.00", "1.60", "0.00", "0.00", "0.05"]


@pytest.mark.parametrize("seed", range(10))
def test_the_amounts_of_a_sum_equal_its_total_exactly(seed: int) -> None:
    rng = random.Random(seed)
    sales = [(rng.randrange(10**8), rng.randrange(10**6)) for _ in range(20)]
    lines = [
        booked(n, dollars(Decimal(base + tip) / 100), amountBase=dollars(Decimal(base) / 100),
               amountTip=dollars(Decimal(tip) / 100))
        for n, (base, tip) in enumerate(sales, 1)
    ]  # fmt: skip

    found = takings(lines, {}).of("approved")

    assert found.total == sum((found.of(name) for name in AMOUNTS), Decimal(0))
    assert found.of(OTHER) == 0
