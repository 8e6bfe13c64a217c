"""The time of this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

JUMP = timedelta(seconds=1)
"""By how much the two clocks may differ before it is a jump; one that is slewed gains half a millisecond a second."""


def has_a_zone(now: datetime) -> bool:
    """Whether this machine's zone can be used: libc takes `TZ=UTC+25`, and no calendar has such a day."""
    try:
        now.astimezone()
    except (ValueError, OverflowError):
        return False
    return True


class Clock:
    """Aware UTC that never jumps: the wall clock once, then the monotonic one. A test hands in its own two.

    So waiting takes real seconds, though the wall clock is set or the machine sleeps. What is kept or shown to people
    carries the time on the wall: `ahead` is the difference.
    """

    def __init__(
        self,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._start = wall()
        self._began = monotonic()

    def now(self) -> datetime:
        """The time now."""
        return self._start + timedelta(seconds=self._monotonic() - self._began)

    def ahead(self) -> timedelta:
        """How far the clock on the wall is ahead of `now`, because it was set or the machine slept; else 0."""
        ahead = self._wall() - self.now()
        return ahead if abs(ahead) > JUMP else timedelta()

    def wall(self) -> datetime:
        """The time on the wall."""
        return self.now() + self.ahead()
