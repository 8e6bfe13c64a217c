"""The zone that times are shown in, and the business day, which begins at a set time of its wall clock.

Wall clocks jump: an hour may come twice or not at all, midnight included (Santiago, Beirut), and once a whole day was
skipped (Apia). So a day begins at the first instant whose wall clock has reached its start, and ends where
the next one begins: no instant belongs to two days, or to none.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from pjterm.core.wire import YEARS
from pjterm.errors import UsageFault
from pjterm.values import dataclass

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ONE_DAY = timedelta(days=1)  # more than any zone's offset from UTC, and less than the time between two of its changes


@dataclass(frozen=True, slots=True)
class Calendar:
    """A zone (`None`: this machine's), and when its business day begins."""

    zone: tzinfo | None = None
    starts: time = time()

    def local(self, at: datetime) -> datetime:
        """An instant in local time with its offset, so that two of them compare as instants."""
        shown = at.astimezone(self.zone)
        return shown.replace(tzinfo=timezone(shown.utcoffset() or timedelta(0)))

    def zone_name(self, at: datetime) -> str:
        """The zone's name; for this machine's own zone, its abbreviation at that time."""
        return str(getattr(self.zone, "key", None) or at.astimezone(self.zone).tzname())

    def instant(self, wall: datetime) -> datetime:
        """The first instant whose wall clock shows this (naive) time, or has skipped it."""
        around = (self.local(wall.replace(tzinfo=UTC) + step) for step in (-_ONE_DAY, _ONE_DAY))
        tries = [wall.replace(tzinfo=at.tzinfo) for at in around]
        showing = [at for at in tries if self._wall(at) == wall]
        return self.local(min(showing) if showing else self._jump(wall, min(tries), max(tries)))

    def _jump(self, wall: datetime, before: datetime, after: datetime) -> datetime:
        """The second at which the wall clock skips a time: `before` it shows less, `after` it more."""
        while after - before > timedelta(seconds=1):
            middle = before + timedelta(seconds=(after - before).total_seconds() // 2)
            before, after = (middle, after) if self._wall(middle) < wall else (before, middle)
        return after

    def _wall(self, at: datetime) -> datetime:
        return self.local(at).replace(tzinfo=None)

    def begin(self, day: date) -> datetime:
        """When a business day begins."""
        return self.instant(datetime.combine(day, self.starts))

    def bounds(self, day: date) -> tuple[datetime, datetime]:
        """When a business day begins and ends."""
        return self.begin(day), self.begin(day + _ONE_DAY)

    def day_of(self, at: datetime) -> date:
        """The business day of an instant."""
        day = self.local(at).date()
        return day if self.begin(day) <= at else day - _ONE_DAY

    # -- what people type ------------------------------------------------------------------------------

    def moment(self, text: str, what: str) -> datetime:
        """Parse a date (the start of that business day) or a date with time, in this zone unless it has an offset."""
        if _DAY.fullmatch(text):
            return self.begin(read_day(text, what))
        try:
            at = datetime.fromisoformat(text) if text[:4].isdigit() and "T" in text.replace(" ", "T") else None
        except ValueError:
            at = None
        if at is None:
            raise UsageFault(f"{what}: invalid date {text!r}: use e.g. 2026-11-23 or 2026-11-23T18:00")
        _check_near(at, what)
        return at if at.tzinfo is not None else self.instant(at)


def read_day(text: str, what: str) -> date:
    """A day as a person types it, `2026-11-23`; one that does not exist is refused."""
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise UsageFault(f"{what}: invalid date {text!r}: use e.g. 2026-11-23")
    _check_near(day, what)
    return day


def _check_near(day: date, what: str) -> None:
    """Refuse a year in which nothing was booked: near the ends of the calendar, time zone arithmetic overflows."""
    if day.year not in YEARS:
        raise UsageFault(f"{what}: {day.year:04d} is not a year from {YEARS[0]} to {YEARS[-1]}")
