"""How long ago an earlier record really was, although the wall clock was set since.

Guards look back for two or for 15 minutes, and the journal has wall-clock times. If that clock was set since, guards
use the latest time at which something can have happened: asking once too often costs only an answer.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pjterm.core.times import T, moved
from pjterm.values import dataclass


@dataclass(frozen=True, slots=True)
class Jump:
    """The wall clock was set forward `by` so much (back, if negative), which was noticed `at` this time."""

    at: datetime
    by: timedelta
    earlier: Jump | None = None
    """The jump before this one."""

    def latest(self, then: datetime, now: datetime) -> datetime:
        """The latest time, by a clock that never jumps, that the wall clock can have called `then`."""
        if self.at <= then <= now:
            return then
        before = then + self.by
        before = min(before, self.at) if self.earlier is None else self.earlier.latest(before, self.at)
        return max(before, then) if then < self.at else before  # it may have been noticed some time after it

    def earliest(self, then: datetime) -> datetime:
        """The earliest time, by a clock that never jumps, that the wall clock can have called `then`."""
        before = then if self.earlier is None else self.earlier.earliest(then)
        return min(then, before, before + self.by)

    def aged(self, value: T, now: datetime) -> T:
        """The entry with each time replaced by the latest that it can have been."""
        return moved(value, lambda then: self.latest(then, now))

    def since(self, begin: datetime) -> datetime:
        """The earliest wall-clock time that something since `begin` can have."""
        if begin > self.at:
            return begin
        before = begin if self.earlier is None else self.earlier.since(begin)
        return min(begin, before - self.by)
