"""A day's takings: what was charged, declined, voided and given back, by terminal; and the net.

What the API booked is counted, tips and surcharges included; the journal only says on which reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from pjterm.core.money import Money
from pjterm.reports.transaction_line import Line

ORDER = ("approved", "held", "refunded", "voided", "declined", "undecided")


@dataclass(frozen=True, slots=True)
class Row:
    """One terminal and outcome: how many, how much."""

    terminal: str
    outcome: str
    count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Takings:
    """The rows, and what is left of it all."""

    rows: tuple[Row, ...]

    def total(self, outcome: str) -> Money:
        """All terminals together."""
        return sum((r.amount for r in self.rows if r.outcome == outcome), Decimal("0.00"))

    @property
    def net(self) -> Money:
        """Charged (holds included) less refunded; voids and declines moved nothing."""
        return self.total("approved") + self.total("held") - self.total("refunded")


def takings(lines: Iterable[Line], terminals: Mapping[int, str]) -> Takings:
    """Count lines by terminal and outcome; `terminals` names the reader of a transaction, where known."""
    sums: dict[tuple[str, str], list[Money]] = {}
    for x in lines:
        if x.transaction.action not in ("CHARGE", "REFUND"):
            continue
        where = terminals.get(x.transaction.transaction_id) or _service(x)
        sums.setdefault((where, _outcome(x)), []).append(x.total or Decimal("0.00"))
    rows = (Row(w, o, len(amounts), sum(amounts, Decimal("0.00"))) for (w, o), amounts in sums.items())
    return Takings(tuple(sorted(rows, key=lambda r: (r.terminal, ORDER.index(r.outcome)))))


def _outcome(x: Line) -> str:
    word = x.word.lower()
    return "refunded" if x.transaction.action == "REFUND" and word in ("approved", "held") else word


def _service(x: Line) -> str:
    """Where it was not one of this journal's readers: the service, in words (`virtual terminal`)."""
    service = x.transaction.raw.get("service")
    return str(service).lower().replace("_", " ") if isinstance(service, str) and service else "elsewhere"
