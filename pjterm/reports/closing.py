"""What a close carries over from days that were closed before: sales that came later, and what changed since.

Each transaction is in exactly one close as it was then, even if the profile's zone, or the start of its days,
was changed between two. A later close checks earlier days until one close was made after nothing in them
can change: PayJunction voids a hold on the 7th day (S-HOLD), all else changes only within a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from pjterm.core import wire
from pjterm.core.calendar import Calendar
from pjterm.core.money import Money, dollars
from pjterm.core.parts import ZERO
from pjterm.errors import UsageFault
from pjterm.reports.difference import Difference, Kinds
from pjterm.reports.transaction_line import Line
from pjterm.values import dataclass

FINAL_AFTER = timedelta(days=8)
"""How long after its end nothing in a day can change anymore."""

Standing = tuple[str, Money]
"""The state of a transaction in the books: its word, and its total."""


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A closed day: its start and end as closed, and by today's calendar."""

    day: str
    spans: tuple[tuple[datetime, datetime], ...]

    def has(self, at: datetime | None) -> bool:
        """Whether a moment belongs to this day."""
        return at is not None and any(begin <= at < end for begin, end in self.spans)


@dataclass(frozen=True, slots=True)
class Carried:
    """A transaction of a closed day that has changed: its state then (None: it did not exist), and now."""

    line: Line
    day: str
    before: Standing | None

    @property
    def difference(self) -> Money:
        """The change in the net."""
        now = counted(self.line.transaction.action, standing(self.line))
        return now - (ZERO if self.before is None else counted(self.line.transaction.action, self.before))


def standing(x: Line) -> Standing:
    """The state of a line, in the outcome words of JSON."""
    return x.word.lower(), x.total or ZERO


def counted(action: str, s: Standing) -> Money:
    """What a transaction in this state adds to the net."""
    if s[0] != "approved" and (s[0], action) != ("held", "REFUND"):  # takings count a held refund, too
        return ZERO
    return {"CHARGE": s[1], "REFUND": -s[1]}.get(action, ZERO)


Bounds = Callable[[date], tuple[datetime, datetime]]


def looked_at(documents: Collection[Mapping[str, Any]], before: date, bounds: Bounds, now: datetime) -> list[ClosedDay]:
    """The closed days before one in which something may have changed since a close last looked at them.

    A close covers its own day and earlier ones: a late sale of a later day is not carried into an earlier close.
    One that was made after `now`, by a clock that was ahead, has not seen the end of anything.
    """
    days = []
    for document in documents:
        start, end, day = wire.moment(document.get("begin")), wire.moment(document.get("end")), str(document.get("day"))
        if start is None or end is None or day >= before.isoformat():
            continue
        made = (wire.moment(other.get("closedAt")) for other in documents if str(other.get("day")) >= day)
        latest = max((at for at in made if at is not None and at <= now), default=None)
        if latest is None or latest - end < FINAL_AFTER:
            days.append(ClosedDay(day, ((start, end), bounds(date.fromisoformat(day)))))
    return days


def never_closed(taken: Iterable[datetime], calendar: Calendar, closed: Collection[str], before: date) -> list[date]:
    """The days before one that have takings but no close; none from before the first closed day."""
    found, end, first = [], None, min(closed, default="")
    for at in sorted(taken):
        if end is None or at >= end:  # the first transaction of its day
            day = calendar.day_of(at)
            end = calendar.bounds(day)[1]
            if day < before and first <= day.isoformat() and day.isoformat() not in closed:
                found.append(day)
    return found


def known(documents: Iterable[Mapping[str, Any]]) -> dict[int, Standing]:
    """The last known state of each transaction in the closes so far."""
    found: dict[int, Standing] = {}
    for document in documents:
        for item in document.get("transactions", []):
            number, total = wire.number(item.get("transactionId")), wire.money(item.get("amountTotal"))
            if number is not None:
                found[number] = (str(item.get("outcome")).lower(), total or ZERO)  # older closes have DECLINED
    return found


def stood_in(documents: Iterable[Mapping[str, Any]], days: Collection[ClosedDay]) -> set[int]:
    """The transactions that the closes of these days have."""
    names = {d.day for d in days}
    return set(known(document for document in documents if str(document.get("day")) in names))


def carried(
    lines: Iterable[Line], days: Collection[ClosedDay], before: Mapping[int, Standing], own: Collection[Line]
) -> list[Carried]:
    """What has changed in those days, except the new close's `own`."""
    found, taken = [], {x.transaction.transaction_id for x in own}
    for x in lines:
        number, action = x.transaction.transaction_id, x.transaction.action
        day = next((d for d in days if d.has(x.created)), None)
        if day is None or number in taken or action not in ("CHARGE", "REFUND") or before.get(number) == standing(x):
            continue
        found.append(Carried(x, day.day, before.get(number)))
    return found


def transaction_item(x: Line) -> dict[str, Any]:
    """A transaction as a close stores it."""
    word, total = standing(x)
    return {"transactionId": x.transaction.transaction_id, "action": x.transaction.action, "outcome": word,
            "amountTotal": dollars(total)}  # fmt: skip


def carried_item(c: Carried) -> dict[str, Any]:
    """A carried transaction as JSON."""
    before = None if c.before is None else {"outcome": c.before[0], "amountTotal": dollars(c.before[1])}
    return {**transaction_item(c.line), "day": c.day, "before": before, "difference": dollars(c.difference)}


def without_accepted(found: Iterable[Difference], over: Collection[str]) -> tuple[list[Difference], list[Difference]]:
    """The remaining differences, and those that the user calls two sales, by the key (or id) of one of them."""
    differences = list(found)
    double = [d for d in differences if d.kind is Kinds.DOUBLE_CHARGE]
    for word in over:
        if not any(d.is_about(word) for d in double):
            raise UsageFault(f"--over: no suspected double charge has the key {word!r}; nothing was written")
    accepted = [d for d in double if any(map(d.is_about, over))]
    return [d for d in differences if d not in accepted], accepted


def describe(d: Difference) -> str:
    """Describe a difference, with its key."""
    key = f" (key {d.key})" if d.key is not None and f"key {d.key}" not in d.says else ""
    return f"{d.kind.value}: {d.says}{key}"
