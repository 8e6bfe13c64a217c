"""The period that a report covers: a business day, or the time between two moments."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pjterm.cli.context import Context
from pjterm.cli.shared import options as o
from pjterm.errors import UsageFault
from pjterm.values import dataclass

DayOption = Annotated[str | None, o.option("--day", "DATE", "Which business day; default: today.")]
SinceOption = Annotated[str | None, o.option("--since", "DATE", "From this date or time on, instead of a day.")]
BeforeOption = Annotated[str | None, o.option("--before", "DATE", "Until this date or time, not included.")]


@dataclass(frozen=True, slots=True)
class Period:
    """From `begin` to before `end`, both in the calendar's zone; `day` if it is one business day."""

    begin: datetime
    end: datetime
    zone: str
    day: date | None = None

    def has(self, at: datetime | None) -> bool:
        """Whether a moment is in the period."""
        return at is not None and self.begin <= at < self.end

    def asked(self, margin: timedelta = timedelta(0)) -> dict[str, str]:
        """The parameters of a search for its transactions."""
        from pjterm.reports import filters

        return filters.span(self.begin - margin, self.end + margin)

    def json(self) -> dict[str, Any]:
        """Begin and end with their offsets."""
        return {
            "day": None if self.day is None else self.day.isoformat(), "begin": self.begin.isoformat(),
            "end": self.end.isoformat(), "timezone": self.zone,
        }  # fmt: skip

    def __str__(self) -> str:
        """For people: `2026-09-06, 01:00-03:00 to 2026-09-07 00:00-03:00 (America/Santiago)`."""
        begin = _said(self.begin)
        if self.day is not None:
            begin = f"{self.day}, " + (begin[11:] if self.begin.date() == self.day else begin)
        return f"{begin} to {_said(self.end)} ({self.zone})"


def _said(at: datetime) -> str:
    return at.isoformat(" ", "seconds" if at.second else "minutes")


def chosen_day(context: Context, day: str | None) -> Period:
    """The given business day, or today's."""
    from pjterm.core.calendar import read_day

    now = context.clock.now()
    chosen = context.calendar.day_of(now) if day is None else read_day(day, "--day")
    begin, end = context.calendar.bounds(chosen)
    if begin == end:  # clocks skipped all of it
        raise UsageFault(f"--day: there was no {chosen} in {context.calendar.zone_name(begin)}")
    return Period(begin, end, context.calendar.zone_name(begin), chosen)


def chosen_period(context: Context, day: str | None, since: str | None, before: str | None) -> Period:
    """`--day`, or `--since` and `--before`; without any of them today."""
    if since is None and before is None:
        return chosen_day(context, day)
    if day is not None:
        raise UsageFault("--day: leave out --since and --before")
    if since is None:
        raise UsageFault("--before: give --since too", hint="e.g. --since 2026-11-01 --before 2026-12-01")
    calendar = context.calendar
    first, last = moments(context, since, before)
    assert first is not None
    begin = calendar.local(first)
    end = calendar.bounds(calendar.day_of(context.clock.now()))[1] if last is None else calendar.local(last)
    return Period(begin, max(begin, end), calendar.zone_name(begin))


def moments(context: Context, since: str | None, before: str | None) -> tuple[datetime | None, datetime | None]:
    """What `--since` and `--before` say, the second later than the first."""
    begin = None if since is None else context.calendar.moment(since, "--since")
    end = None if before is None else context.calendar.moment(before, "--before")
    if begin is not None and end is not None and end <= begin:
        raise UsageFault("--before: must be later than --since")
    return begin, end
