"""Takings: what was charged, held, declined, voided and given back, by reader and brand; and the net.

Everything that the API booked is counted, whichever till or program sent it; the journal only tells the
reader. Base, tip, tax, shipping and surcharge are added up separately. Held money is not captured yet, and is voided
automatically on the 7th day (S-HOLD), so the net leaves it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pjterm.core import parts
from pjterm.core.money import Money
from pjterm.core.parts import ZERO
from pjterm.reports.transaction_line import Line
from pjterm.values import dataclass, field

ORDER = ("approved", "refunded", "held", "declined", "voided", "undecided")
OTHER = "amountOther"
"""The part of a total without a column of its own: freight, a tax on the surcharge."""
AMOUNTS = (*parts.NAMES, OTHER)
NO_READER = "no reader"


@dataclass(frozen=True, slots=True)
class Sum:
    """How many transactions, each amount by its name, and their total."""

    count: int = 0
    amounts: Mapping[str, Money] = field(default_factory=dict)
    total: Money = ZERO

    def __add__(self, other: Sum) -> Sum:
        both = {name: self.of(name) + other.of(name) for name in AMOUNTS}
        return Sum(self.count + other.count, both, self.total + other.total)

    def of(self, name: str) -> Money:
        """One of the amounts."""
        return self.amounts.get(name, ZERO)


@dataclass(frozen=True, slots=True)
class Row:
    """One reader, brand and outcome."""

    terminal: str
    brand: str
    outcome: str
    sum: Sum
    by: str | None = None
    """The seller, if requested and known."""


@dataclass(frozen=True, slots=True)
class Takings:
    """The rows, and the net."""

    rows: tuple[Row, ...]

    def of(self, outcome: str) -> Sum:
        """All readers and brands together."""
        return sum((r.sum for r in self.rows if r.outcome == outcome), Sum())

    @property
    def net(self) -> Money:
        """Charged less refunded; holds, voids and declines moved nothing."""
        return self.of("approved").total - self.of("refunded").total


def takings(lines: Iterable[Line], terminals: Mapping[int, str], sellers: Mapping[int, str] | None = None) -> Takings:
    """Add lines up by reader, brand and outcome, and with `sellers` by seller.

    `terminals` names the reader of a transaction, and `sellers` its seller, if known.
    """
    sums: dict[tuple[str, str, str, str | None], Sum] = {}
    for x in lines:
        if x.transaction.action not in ("CHARGE", "REFUND"):
            continue
        where = terminals.get(x.transaction.transaction_id) or _service(x)
        by = None if sellers is None else sellers.get(x.transaction.transaction_id)
        key = (where, x.brand or "", outcome_word(x.transaction.action, x.word.lower()), by)
        sums[key] = sums.get(key, Sum()) + _sum(x)
    rows = (Row(where, brand, outcome, found, by) for (where, brand, outcome, by), found in sums.items())
    return Takings(tuple(sorted(rows, key=lambda r: (r.by or "", r.terminal, ORDER.index(r.outcome), r.brand))))


def _sum(x: Line) -> Sum:
    found, total = dict(parts.of(x.transaction)), x.total or ZERO
    amounts = {name: found.get(name, ZERO) for name in parts.NAMES}
    return Sum(1, amounts | {OTHER: total - parts.total(amounts)}, total)


def outcome_word(action: str, word: str) -> str:
    """The outcome of a transaction as the reports call it: what was approved as a refund is refunded."""
    return "refunded" if action == "REFUND" and word in ("approved", "held") else word


def _service(x: Line) -> str:
    """The service in words (`virtual terminal`), for what was not made at one of this journal's readers.

    What a program sends without a reader, such as a linked refund, has the service `API` (TXGET).
    """
    service = x.transaction.raw.get("service")
    if not isinstance(service, str) or not service:
        return "elsewhere"
    return NO_READER if service == "API" else service.lower().replace("_", " ")
