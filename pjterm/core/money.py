"""Money: exact decimals of dollars, from the first line to the last."""

from __future__ import annotations

import re
from decimal import Decimal

from pjterm.errors import UsageFault

Money = Decimal
MAX_AMOUNT = Decimal("1000000.00")  # request-payment: above it is a validation error (PAY, RESP)
_MONEY = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")


def parse_money(text: str, what: str, *, zero: bool = False) -> Money:
    """Read an amount in dollars as a person types it (`12`, `12.5`, `12.50`), exactly.

    Only ASCII digits and one point are accepted; `zero` allows 0. Raises `UsageFault` naming `what`.
    """
    least = "0.00" if zero else "0.01"
    if not _MONEY.fullmatch(text):
        point = "use a point, " if "," in text else ""
        raise UsageFault(f"{what}: invalid amount {text!r}: {point}e.g. 12.50")
    amount = Decimal(text).quantize(Decimal("0.01"))
    if amount > MAX_AMOUNT or (amount == 0 and not zero):
        raise UsageFault(f"{what}: invalid amount {text!r}: from {least} to 1000000.00")
    return amount


def dollars(amount: Money) -> str:
    """An amount as the API writes it: two decimals, no separators (`1234.50`)."""
    return f"{amount:.2f}"
