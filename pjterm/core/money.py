"""Money: exact decimals of dollars."""

from __future__ import annotations

import re
from decimal import Decimal

from pjterm.errors import UsageFault

Money = Decimal
CENT = Decimal("0.01")
MAX_AMOUNT = Decimal("1000000.00")  # request-payment: above it is a validation error (PAY, RESP)
_MONEY = re.compile(r"[0-9]+(\.[0-9]{1,2})?")
_LONGEST = 12  # characters; anything longer exceeds every limit
_WRONG = (
    (r"\s*", "it is empty; give dollars and cents"),
    (r".*\s.*", "leave the spaces out"),
    (r".*[$€£¥].*", "leave the currency sign out"),
    (r".*,.*", "use a point before the cents, and no comma"),
    (r"[0-9]*\.[0-9]{3,}", "give at most two digits after the point"),
    (r"[0-9]*\.[0-9]*", "give digits before the point and after it"),
    (r"[-+].*", "leave the sign out"),
    (r".*", "only digits and one point are allowed"),
)  # fmt: skip
"""What is wrong with text that is not an amount; the first pattern that fits counts. Compiled only then."""


def parse_money(text: str, what: str, *, zero: bool = False) -> Money:
    """Read an amount in dollars as a person types it (`12`, `12.5`, `12.50`), exactly.

    Only ASCII digits and one point are accepted; `zero` allows 0. Raises `UsageFault` naming `what`.
    """
    least = "0.00" if zero else "0.01"
    if not _MONEY.fullmatch(text):
        wrong = next(words for form, words in _WRONG if re.fullmatch(form, text, re.DOTALL))
        raise UsageFault(f"{what}: invalid amount {text!r}: {wrong}, e.g. 12.50")
    amount = MAX_AMOUNT + 1 if len(text) > _LONGEST else Decimal(text).quantize(CENT)
    if amount > MAX_AMOUNT or (amount == 0 and not zero):
        raise UsageFault(f"{what}: invalid amount {text!r}: it must be from {least} to 1000000.00")
    return amount


def dollars(amount: Money) -> str:
    """An amount as the API writes it: two decimals, no separators, no minus before a zero (`1234.50`)."""
    return f"{amount:z.2f}"
