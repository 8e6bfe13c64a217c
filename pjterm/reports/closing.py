"""What a close carries over from days that were closed before: sales that came later, and what changed since.

Each transaction stands in exactly one close as it was then. A later close looks at the days closed before it, as long
as anything in them may still change: a hold is voided by itself on the 7th day (S-HOLD), all else within a batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from pjterm.core import wire
from pjterm.core.money import Money, dollars
from pjterm.core.parts import ZERO
from pjterm.reports.transaction_line import Line, when
from pjterm.values import dataclass

FINAL_AFTER = timedelta(days=8)
"""After the end of a day: then nothing in it changes any more."""

Standing = tuple[str, Money]
"""How a transaction stands in the books: its word, and its total."""


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day that was closed: from when to when it went."""

    day: str
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Carried:
    """A transaction of a closed day that stands otherwise now: how it stood (nothing: it was not there), and stands."""

    line: Line
    day: str
    before: Standing | None

    @property
    def difference(self) -> Money:
        """What it changes in the net."""
        now = counted(self.line.transaction.action, standing(self.line))
        return now - (ZERO if self.before is None else counted(self.line.transaction.action, self.before))


def standing(x: Line) -> Standing:
    """How a line stands."""
    return x.word, x.total or ZERO


def counted(action: str, s: Standing) -> Money:
    """What a transaction that stands so adds to the net."""
    if s[0] != "approved":
        return ZERO
    return {"CHARGE": s[1], "REFUND": -s[1]}.get(action, ZERO)


def looked_at(documents: Iterable[Mapping[str, Any]], begin: datetime) -> list[ClosedDay]:
    """The days closed before that may still change, seen from a day that begins then."""
    days = []
    for document in documents:
        start, end = when(document.get("begin")), when(document.get("end"))
        if start is not None and end is not None and begin - end < FINAL_AFTER:
            days.append(ClosedDay(str(document.get("day")), start, end))
    return days


def known(documents: Iterable[Mapping[str, Any]]) -> dict[int, Standing]:
    """How each transaction stands in the closes so far, the later ones last."""
    found: dict[int, Standing] = {}
    for document in documents:
        for item in document.get("transactions", []):
            number, total = wire.number(item.get("transactionId")), wire.money(item.get("amountTotal"))
            if number is not None:
                found[number] = (str(item.get("outcome")), total or ZERO)
    return found


def carried(lines: Iterable[Line], days: Iterable[ClosedDay], before: Mapping[int, Standing]) -> list[Carried]:
    """What stands otherwise now in those days; what never counted and does not now is no news."""
    found = []
    for x in lines:
        day = next((d for d in days if x.created is not None and d.begin <= x.created < d.end), None)
        was = before.get(x.transaction.transaction_id)
        if day is None or x.transaction.action not in ("CHARGE", "REFUND") or was == standing(x):
            continue
        found.append(Carried(x, day.day, was))
    return found


def transaction_item(x: Line) -> dict[str, Any]:
    """A transaction as a close remembers it."""
    return {"transactionId": x.transaction.transaction_id, "action": x.transaction.action, "outcome": x.word,
            "amountTotal": dollars(x.total or ZERO)}  # fmt: skip


def carried_item(c: Carried) -> dict[str, Any]:
    """A carried transaction as JSON."""
    before = None if c.before is None else {"outcome": c.before[0], "amountTotal": dollars(c.before[1])}
    return {**transaction_item(c.line), "day": c.day, "before": before, "difference": dollars(c.difference)}
