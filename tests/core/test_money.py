"""Amounts as typed: an invalid one is refused with what is wrong and how to write it."""

from __future__ import annotations

import pytest

from pjterm.core.money import parse_money
from pjterm.errors import UsageFault


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("$12.50", "leave the currency sign out"), ("12,50", "use a point before the cents, and no comma"),
        ("1,000", "use a point before the cents, and no comma"),
        ("1.005", "give at most two digits after the point"), ("5.", "give digits before the point and after it"),
        (".5", "give digits before the point and after it"), ("", "it is empty; give dollars and cents"),
        ("  ", "it is empty; give dollars and cents"), ("12 50", "leave the spaces out"),
        ("-5", "leave the sign out"), ("+5", "leave the sign out"),
        ("1e3", "only digits and one point are allowed"), ("NaN", "only digits and one point are allowed"),
        ("1.2.3", "only digits and one point are allowed"), ("٥", "only digits and one point are allowed"),
        ("5\n", "leave the spaces out"),
    ],
)  # fmt: skip
def test_an_invalid_amount_says_what_is_wrong_and_how_to_write_it(text: str, wrong: str) -> None:
    with pytest.raises(UsageFault) as refused:
        parse_money(text, "AMOUNT")

    assert refused.value.message == f"AMOUNT: invalid amount {text!r}: {wrong}, e.g. 12.50"


@pytest.mark.parametrize("text", ["0", "0.00", "1000000.01", "9" * 400])
def test_an_amount_out_of_range_says_the_range(text: str) -> None:
    with pytest.raises(UsageFault, match=r"it must be from 0\.01 to 1000000\.00"):
        parse_money(text, "AMOUNT")


@pytest.mark.parametrize(("text", "amount"), [("12", "12.00"), ("12.5", "12.50"), ("0012.50", "12.50")])
def test_an_amount_is_read_exactly(text: str, amount: str) -> None:
    assert str(parse_money(text, "AMOUNT")) == amount
