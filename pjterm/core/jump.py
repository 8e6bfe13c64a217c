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

    def latest(self, then: datetime, now: datetime) -> datetime:
        """The latest time, by a clock that never jumps, that the wall clock can have called `then`."""
        apparent, since = now - then, now - self.at
        is_later = timedelta() <= apparent <= since
        may_be_later = self.by < timedelta() <= apparent
        return then if is_later or may_be_later else now - max(since, apparent - self.by)

    def aged(self, value: T, now: datetime) -> T:
        """The entry with each time replaced by the latest that it can have been."""
        return moved(value, lambda then: self.latest(then, now))

    def since(self, begin: datetime) -> datetime:
        """The earliest wall-clock time that something since `begin` can have."""
        return begin - max(self.by, timedelta()) if begin <= self.at else begin
