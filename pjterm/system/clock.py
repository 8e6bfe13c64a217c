"""The time of this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def has_a_zone(now: datetime) -> bool:
    """Whether this machine's zone can be used: libc takes `TZ=UTC+25`, and no calendar has such a day."""
    try:
        now.astimezone()
    except (ValueError, OverflowError):
        return False
    return True


class Clock:
    """Aware UTC that never jumps: the wall clock once, then the monotonic one. A test hands in its own two."""

    def __init__(
        self,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self._start = wall()
        self._began = monotonic()

    def now(self) -> datetime:
        """The time now."""
        return self._start + timedelta(seconds=self._monotonic() - self._began)
