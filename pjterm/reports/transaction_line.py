"""A transaction as a line of a list: what moved, in which direction, and the outcome word.

The words alone tell approved from declined; color may help, but is never needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pjterm.core import wire
from pjterm.core.model import Transaction
from pjterm.core.money import Money
from pjterm.values import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """What a list, a report and a reconciliation need of one transaction."""

    transaction: Transaction
    created: datetime | None
    word: str
    """approved, DECLINED, voided, held, or undecided."""
    total: Money | None
    card: str | None
    """Kind of card and last four digits."""
    brand: str | None = None

    @property
    def moved(self) -> bool:
        """Whether money moved (or is held) and was not taken back by a void."""
        return self.word in ("approved", "held") and bool(self.total)


def line(item: Any) -> Line | None:
    """Parse one item of a search; `None` if it is not a transaction."""
    t = wire.transaction(item)
    if t is None:
        return None
    vault = item.get("vault")
    brand = wire.text(vault.get("accountType")) if isinstance(vault, dict) else None
    return Line(t, wire.utc_moment(item.get("created")), _word(t), wire.total(t), _card(vault), brand)


def lines_by_number(lines: Iterable[Line]) -> dict[str, list[Line]]:
    """The lines that have an invoice number, by that number."""
    groups: dict[str, list[Line]] = {}
    for x in lines:
        if x.transaction.invoice_number is not None:
            groups.setdefault(x.transaction.invoice_number, []).append(x)
    return groups


def ids_of(lines: Iterable[Line]) -> tuple[int, ...]:
    """The ids of their transactions."""
    return tuple(x.transaction.transaction_id for x in lines)


def _word(t: Transaction) -> str:
    if t.approved is None:
        return "undecided"
    if t.is_void:
        return "voided"
    if t.is_returned or not t.approved:
        return "DECLINED"
    return "held" if t.status == "HOLD" else "approved"


def _card(vault: Any) -> str | None:
    if not isinstance(vault, dict):
        return None
    parts = (wire.text(vault.get("accountType")), wire.text(vault.get("lastFour")))
    return " ".join(p for p in parts if p) or None
