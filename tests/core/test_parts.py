"""What a transaction consists of and what refunds leave of it, to the cent."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest

from pjterm.core import parts
from pjterm.core.model import Transaction
from tests.core.make import booked


def charge(base: str, total: str, **amounts: str) -> Transaction:
    return booked(3, amount_base=Decimal(base), raw={"amountBase": base, "amountTotal": total, **amounts})


def refund(base: str, total: str, **amounts: str) -> Transaction:
    raw = {"amountBase": base, "amountTotal": total, **amounts}
    return booked(4, action="REFUND", amount_base=Decimal(base), raw=raw)


SOLD = charge("10.00", "11.80", amountTip="1.00", amountTax="0.80")


def amounts(found: parts.Parts | None) -> dict[str, str]:
    assert found is not None
    return {name: str(amount) for name, amount in found.items() if amount}


def test_all_five_amounts_are_always_stated() -> None:
    assert parts.NAMES == ("amountBase", "amountTip", "amountTax", "amountShipping", "amountSurcharge")
    assert set(parts.NAMES) == set(parts.of(booked(3))) == set(parts.stated(Decimal(1)))


def test_a_partial_refund_leaves_the_other_amounts() -> None:
    assert amounts(parts.left(SOLD, [refund("5.00", "5.00")])) == {
        "amountBase": "5.00", "amountTip": "1.00", "amountTax": "0.80",
    }  # fmt: skip


def test_a_refund_of_tip_and_tax_reduces_what_is_left_of_them() -> None:
    back = refund("5.00", "6.80", amountTip="1.00", amountTax="0.80")

    assert amounts(parts.left(SOLD, [back])) == {"amountBase": "5.00"}


@pytest.mark.parametrize(("back", "rest"), [("10.00", "1.80"), ("11.00", "0.80"), ("11.79", "0.01")])
def test_when_no_base_is_left_the_rest_is_refunded_as_base(back: str, rest: str) -> None:
    assert amounts(parts.left(SOLD, [refund(back, back)])) == {"amountBase": rest}


def test_an_amount_with_another_name_is_stated_too() -> None:
    sold = charge("10.00", "10.30", amountSurcharge="0.25", amountSurchargeTax="0.05")

    assert amounts(parts.left(sold, [])) == {
        "amountBase": "10.00", "amountSurcharge": "0.25", "amountSurchargeTax": "0.05",
    }  # fmt: skip


def test_an_unexplained_total_is_refunded_as_base() -> None:
    assert amounts(parts.left(charge("10.00", "11.80"), [])) == {"amountBase": "11.80"}


def test_hostile_amounts_are_none() -> None:
    hostile = {"amountTip": "1e999", "amountTax": "x", "amountNaN": "NaN", "amounttip": "9", "amount&a": "1"}
    sold = charge("10.00", "10.00", **hostile)

    assert amounts(parts.of(sold)) == {"amountBase": "10.00"}


def test_a_transaction_without_a_base_has_no_parts() -> None:
    assert amounts(parts.of(booked(3, amount_base=None))) == {}


def test_without_an_amount_nothing_is_known_to_be_left() -> None:
    assert parts.left(booked(3, amount_base=None), []) is None


def test_after_any_refunds_the_rest_is_the_total_minus_them() -> None:
    """Every order of two refunds of bases from 0 to 12, with and without tip and tax."""
    bases, tips, taxes = ("0.01", "4.00", "9.99", "10.00"), ("0.00", "0.40", "1.00"), ("0.00", "0.80")
    each = [(Decimal(b), Decimal(t), Decimal(x)) for b, t, x in product(bases, tips, taxes)]
    for one, other in product(each, each):
        back = sum(one) + sum(other)
        if back >= Decimal("11.80"):
            continue
        made = [refund(f"{b}", f"{b + t + x}", amountTip=f"{t}", amountTax=f"{x}") for b, t, x in (one, other)]
        rest = parts.left(SOLD, made)
        assert rest is not None
        assert parts.total(rest) == Decimal("11.80") - back
        assert min(rest.values()) >= 0
        assert rest["amountBase"] > 0, "a base of zero is refused"


def test_the_total_comes_first_and_its_parts_only_if_there_are_several() -> None:
    assert parts.say_taken(SOLD) == "$11.80 ($10.00 + $1.00 tip + $0.80 tax)"
    assert parts.say_taken(charge("12.50", "12.50", amountTip="0.00")) == "$12.50"
    assert parts.say_taken(booked(3, amount_base=None)) is None
    sold = charge("1.00", "1.05", amountSurchargeTax="0.05")
    assert parts.say_taken(sold) == "$1.05 ($1.00 + $0.05 surcharge tax)"
