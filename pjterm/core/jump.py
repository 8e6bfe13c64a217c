"""The wall clock was set: how long ago an earlier record really was.

Guards look back for two or for 15 minutes, and the journal has the times on the wall. Where that clock was set since,
they count from when something may have been at the latest: a guard that asks once too often costs a word.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pjterm.core.times import T, moved
from pjterm.values import dataclass


@dataclass(frozen=True, slots=True)
class Jump:
    """The wall clock was set forward `by` so much (back, where that is less than nothing), and seen so `at`."""

    at: datetime
    by: timedelta

    def latest(self, then: datetime, now: datetime) -> datetime:
        """When it was at the latest, by a clock that never jumps, which the wall clock called `then`."""
        told, since = now - then, now - self.at
        is_later = timedelta() <= told <= since
        may_be_later = self.by < timedelta() <= told
        return then if is_later or may_be_later else now - max(since, told - self.by)

    def aged(self, value: T, now: datetime) -> T:
        """The entry with each time replaced by the latest it can have been."""
        return moved(value, lambda then: self.latest(then, now))

    def since(self, begin: datetime) -> datetime:
        """From when on the wall clock may have written down what was not before `begin`."""
        return begin - max(self.by, timedelta()) if begin <= self.at else begin
