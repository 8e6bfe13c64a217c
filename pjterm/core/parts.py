"""The amounts that a transaction consists of, and what is left of each after refunds (TXPOST, REFUND).

PayJunction refunds every amount of the original that a refund does not state. So a refund states them all:
the five below, zero where nothing of it goes back, and any further one that the original has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pjterm.core import wire
from pjterm.core.model import Transaction
from pjterm.core.money import Money, dollars

BASE, TIP, SURCHARGE = "amountBase", "amountTip", "amountSurcharge"
NAMES = (BASE, TIP, "amountTax", "amountShipping", SURCHARGE)
ZERO = Money("0.00")
_FURTHER = r"amount[A-Z][A-Za-z]{0,30}"  # amountSurchargeTax, amountFreight: clients send them (aam)

Parts = Mapping[str, Money]


def of(t: Transaction) -> Parts:
    """What a transaction consists of: the five amounts, and further ones that it has."""
    found = dict.fromkeys(NAMES, ZERO)
    if t.amount_base is not None:
        found[BASE] = t.amount_base
    for name, value in t.raw.items():
        is_part = name.startswith("amount") and name != "amountTotal" and re.fullmatch(_FURTHER, name)
        amount = wire.money(value) if is_part else None
        if amount:
            found[name] = amount
    return found


def stated(base: Money, **others: Money | None) -> Parts:
    """Amounts by the names of their options (`tip`, `tax`, …); what is not given is zero."""
    given = {f"amount{name.capitalize()}": value or ZERO for name, value in others.items()}
    return dict.fromkeys(NAMES, ZERO) | {BASE: base} | given


def left(original: Transaction, refunds: Iterable[Transaction]) -> Parts | None:
    """What is left of each amount; None if the original does not say what it took.

    Where refunds took more of one amount than there was, or no base is left, the rest goes back as base:
    PayJunction refuses a base of zero ("Amount Base must be greater than 0.": am).
    """
    took = wire.total(original)
    if took is None:
        return None
    parts, rest = dict(of(original)), took
    for r in refunds:
        rest -= wire.total(r) or ZERO
        for name, amount in of(r).items():
            parts[name] = parts.get(name, ZERO) - amount
    if parts[BASE] > 0 and min(parts.values()) >= 0 and total(parts) == rest:
        return parts
    return dict.fromkeys(parts, ZERO) | {BASE: max(rest, ZERO)}


def total(parts: Parts) -> Money:
    """The total."""
    return sum(parts.values(), ZERO)


def say(whole: Money, parts: Parts) -> str:
    """The total, and its parts where there are several: `$21.00 ($20.00 + $1.00 tip)`."""
    words = consists_of(parts)
    return f"${dollars(whole)}" + (f" ({words})" if words else "")


def consists_of(parts: Parts) -> str | None:
    """The parts of an amount, where there are several: `$20.00 + $1.00 tip`."""
    others = [f"${dollars(amount)} {_word(name)}" for name, amount in parts.items() if name != BASE and amount]
    return " + ".join([f"${dollars(parts[BASE])}", *others]) if others else None


def say_taken(t: Transaction) -> str | None:
    """What a transaction moved, for people."""
    whole = wire.total(t)
    return None if whole is None else say(whole, of(t))


def _word(name: str) -> str:
    """`amountSurchargeTax` as `surcharge tax`."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name.removeprefix("amount")).lower()
