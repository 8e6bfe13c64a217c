"""Comparing ten thousand sales takes ten times the steps of a thousand; steps are counted, not timed."""

from __future__ import annotations

import sys
from datetime import timedelta
from types import FrameType

import pytest

from pjterm.reports.reconcile import BothSides, compare
from tests.reports.test_reconcile import BEGIN, booked, entry


def steps(sales: int) -> int:
    """The number of calls to compare this many sales, a tenth of them without their money."""
    entries = tuple(entry(n) for n in range(1, sales + 1))
    lines = {n: booked(n, f"{n % 90 + 1}.00", at=BEGIN + timedelta(seconds=n)) for n in range(1, sales + 1) if n % 10}
    books = BothSides(BEGIN, BEGIN + timedelta(days=1), entries, lines)
    count = 0

    def call(_: FrameType, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(call)
    try:
        compare(books)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("sales", [200, pytest.param(5_000, marks=pytest.mark.exhaustive)])
def test_twice_the_sales_take_about_twice_the_steps(sales: int) -> None:
    assert steps(2 * sales) < 2.5 * steps(sales)
