"""Which fields a transaction must have before it counts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from pjterm.reports.transaction_line import Line, line
from pjterm.reports.whole import Unread, read, unsaid

WHOLE: dict[str, Any] = {
    "transactionId": 10082, "terminalId": 1, "action": "CHARGE", "amountBase": "20.00", "amountTip": "1.00",
    "amountTotal": "21.00", "status": "CAPTURE", "created": "2026-11-23T18:00:00Z", "response": {"approved": True},
}  # fmt: skip


@pytest.mark.parametrize("name", ["action", "amountTotal", "status", "created", "response"])
def test_a_field_trimmed_by_a_search_is_named(name: str) -> None:
    trimmed = {key: value for key, value in WHOLE.items() if key != name}

    assert (name if name != "response" else "response.approved",) == unsaid(trimmed)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amountTotal", "21,00"), ("amountTotal", "$21.00"), ("amountTip", "x"), ("created", "yesterday"),
        ("created", 1764000000), ("created", "2026-11-23"), ("transactionId", "T-1"), ("amountTotal", None),
    ],
)  # fmt: skip
def test_an_unreadable_item_is_never_a_line(name: str, value: Any) -> None:
    found = read({**WHOLE, name: value})

    assert isinstance(found, Unread)
    assert name in found.says or found.transaction_id is None


@pytest.mark.parametrize("item", [None, [], "x", {}, {"amountTotal": "5.00"}])
def test_an_item_that_is_no_transaction_is_named_too(item: Any) -> None:
    assert Unread(None, "an item without an id cannot be read") == read(item)


@pytest.mark.parametrize(
    ("text", "amount"), [("1,234.50", "1234.50"), ("1,234,567.89", "1234567.89"), (1234.5, "1234.5"), ("0.00", "0.00")]
)
def test_amounts_in_other_notations_are_read_exactly(text: Any, amount: str) -> None:
    found = read({**WHOLE, "amountTotal": text})

    assert isinstance(found, Line)
    assert Decimal(amount) == found.total


def test_a_time_without_a_zone_is_utc() -> None:
    times = [line({**WHOLE, "created": text}) for text in ("2026-11-23T18:00:00", "2026-11-23 18:00:00+00:00")]

    assert [x.created.isoformat() for x in times if x and x.created] == ["2026-11-23T18:00:00+00:00"] * 2


def test_a_verification_moves_nothing_and_needs_no_amount() -> None:
    verified = {key: value for key, value in WHOLE.items() if not key.startswith("amount")}

    assert unsaid({**verified, "action": "VERIFY"}) == ()
