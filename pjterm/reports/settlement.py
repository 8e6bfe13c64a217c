"""A settlement compared with its transactions, to the cent (SET1, TXLIST).

Its breakdown counts captured charges and refunds by brand, and its net is charges less refunds; declined and
voided transactions moved nothing. Brands that the breakdown does not name are its `OTHER`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pjterm.core import wire
from pjterm.core.money import Money, dollars
from pjterm.core.parts import ZERO
from pjterm.reports.difference import Difference, Kinds
from pjterm.reports.transaction_line import Line
from pjterm.values import dataclass

BRANDS = ("VISA", "MASTERCARD", "DISCOVER", "AMERICAN_EXPRESS", "CHECKING", "SAVINGS", "OTHER")
_SIGN = {"CHARGE": 1, "REFUND": -1}


@dataclass(frozen=True, slots=True)
class Row:
    """A brand and action: how many, how much."""

    count: int = 0
    amount: Money = ZERO

    def plus(self, count: int, amount: Money) -> Row:
        """This row plus more."""
        return Row(self.count + count, self.amount + amount)

    def __str__(self) -> str:
        return f"{self.count} for ${dollars(self.amount)}"


Rows = Mapping[tuple[str, str], Row]


def with_money(document: Mapping[str, Any]) -> dict[str, Any]:
    """A settlement or deposit whose amounts, JSON numbers at the API, are strings with two decimals."""
    return {name: _with_money(name, value) for name, value in document.items()}


def _with_money(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return with_money(value)
    if isinstance(value, list):
        return [_with_money(name, item) for item in value]
    if not name.startswith("amount"):
        return value
    if (amount := wire.money(value)) is not None:
        return dollars(amount)
    return str(value) if isinstance(value, float | int) else value  # unreadable: text, so that nothing adds it up


def unsaid(settlement: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of fields that a settlement lacks or that cannot be read."""
    missing = [name for name in ("settlementId", "terminalId") if wire.number(settlement.get(name)) is None]
    missing += ["created"] if wire.utc_moment(settlement.get("created")) is None else []
    missing += ["amountNet"] if wire.money(settlement.get("amountNet")) is None else []
    if "breakdown" in settlement and stated(settlement) is None:
        missing.append("breakdown")
    return tuple(missing)


def deposit_unsaid(deposit: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of fields that a deposit lacks or that cannot be read."""
    amounts = ("amountBatch", "amountFee", "amountChargeback", "amountOther", "amountNet")
    missing = [name for name in ("depositId", "depositDate") if wire.text(deposit.get(name)) is None]
    missing += [name for name in amounts if wire.money(deposit.get(name)) is None]
    if "breakdown" in deposit and not _has_rows(deposit["breakdown"], _has_details):
        missing.append("breakdown")
    return tuple(missing)


def _has_details(part: Mapping[str, Any]) -> bool:
    return _has_rows(part.get("details"), lambda row: wire.money(row.get("amount")) is not None)


def _has_rows(value: Any, is_read: Callable[[Mapping[str, Any]], bool]) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) and is_read(row) for row in value)


def stated(settlement: Mapping[str, Any]) -> Rows | None:
    """The captured rows of its breakdown; `None` if one of them cannot be read."""
    rows: dict[tuple[str, str], Row] = {}
    breakdown = settlement.get("breakdown")
    for row in breakdown if isinstance(breakdown, list) else [None]:
        count, amount = (_count(row), wire.money(row.get("amount"))) if isinstance(row, dict) else (None, None)
        if not isinstance(row, dict) or count is None or amount is None:
            return None
        if row.get("status") == "CAPTURED":
            key = (str(row.get("brand")), str(row.get("action")))
            rows[key] = rows.get(key, Row()).plus(count, amount)
    return rows


def _count(row: Mapping[str, Any]) -> int | None:
    said = wire.words(row.get("count")) or ""
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 18 else None


def booked(lines: Iterable[Line]) -> Rows:
    """The same rows, computed from its transactions."""
    rows: dict[tuple[str, str], Row] = {}
    for x in lines:
        if x.word == "approved" and x.transaction.action in _SIGN:
            key = (x.brand if x.brand in BRANDS else "OTHER", x.transaction.action)
            rows[key] = rows.get(key, Row()).plus(1, x.total or ZERO)
    return rows


def net(rows: Rows) -> Money:
    """Charges less refunds."""
    return sum((_SIGN.get(action, 0) * row.amount for (_, action), row in rows.items()), ZERO)


def differences(settlement: Mapping[str, Any], lines: Iterable[Line]) -> list[Difference]:
    """Where the settlement and its transactions differ."""
    number, ours = wire.number(settlement.get("settlementId")), booked(lines)
    said_rows = stated(settlement)
    theirs = ours if said_rows is None else said_rows  # one without rows is compared by its net alone
    found = [
        _difference(number, f"{brand} {action}: the settlement has {theirs.get(key, Row())}, its transactions come to "
                    f"{ours.get(key, Row())}", theirs.get(key, Row()).amount - ours.get(key, Row()).amount)
        for key in sorted(theirs.keys() | ours.keys())
        for brand, action in [key]
        if theirs.get(key, Row()) != ours.get(key, Row())
    ]  # fmt: skip
    said, added = wire.money(settlement.get("amountNet")), net(ours)
    if said is not None and said != added:
        says = f"the settlement's net is ${dollars(said)}, its transactions come to ${dollars(added)}"
        found.append(_difference(number, says, said - added))
    return found


def _difference(number: int | None, says: str, amount: Money) -> Difference:
    hint = f"see: pjterm settlements show {number}\nits transactions: pjterm transactions list --settlement {number}"
    return Difference(Kinds.SETTLEMENT, says, hint, dollars(amount))
