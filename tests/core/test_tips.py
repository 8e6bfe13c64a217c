"""What proves a tip, and what a tip cannot be added to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from pjterm.core import tips
from pjterm.core.model import Outcome, Transaction
from tests.core.make import booked


def charge(tip: str, *, settled: bool = False, **changes: Any) -> Transaction:
    raw = {"amountTip": tip, "amountTotal": str(Decimal("12.50") + Decimal(tip)), "settlement": {"settled": settled}}
    return booked(7, raw=raw, **changes)


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        (None, None),
        (booked(7), None),
        (charge("0.00"), None),
        (charge("2.00"), Outcome.ADJUSTED),
        (charge("2.00", status="VOID"), Outcome.VOIDED),
        (charge("0.00", settled=True), Outcome.CANCELLED),
        (charge("2.00", settled=True), Outcome.ADJUSTED),
    ],
    ids=["not read", "trimmed", "not there yet", "there", "void", "settled without", "settled with"],
)
def test_the_transaction_read_afterwards_proves_the_tip(original: Transaction | None, expected: Outcome | None) -> None:
    found = tips.judge(Decimal("2.00"), original)

    assert (None if found is None else found.outcome) is expected


@pytest.mark.parametrize(
    ("original", "code"),
    [
        (charge("0.00", status="VOID"), "void-already"),
        (charge("0.00", approved=False), "not-charged"),
        (booked(7), "undecided"),
        (charge("0.00", action="REFUND"), "not-charged"),
        (charge("0.00", settled=True), "settled"),
        (charge("0.00"), None),
    ],
    ids=["void", "declined", "trimmed", "refund", "settled", "open"],
)
def test_a_refused_tip_names_its_reason(original: Transaction, code: str | None) -> None:
    spec = tips.tip(original, Decimal("2.00"))

    assert [f.code for f in tips.findings(spec, (), "t")] == ([] if code is None else [code])
