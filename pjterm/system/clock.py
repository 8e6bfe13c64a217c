"""The time of this process."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

JUMP = timedelta(seconds=1)
"""How much the two clocks may differ before it is a jump; a slewed clock gains half a millisecond per second."""
_RULE = re.compile(r"(?:<[^<>]+>|[A-Za-z]+)[+-]?[0-9]")
"""How a zone that is a rule begins, rather than a name: `GMT0BST`, `<+00>0`."""


def has_a_zone(now: datetime, tz: str) -> bool:
    """Whether this machine's zone can be used, which the variable TZ names.

    libc accepts `TZ=UTC+25`, but `datetime` does not; and a name that libc does not know is UTC to it, without a word.
    """
    try:
        if now.astimezone().utcoffset() or sys.platform == "win32" or _RULE.match(tz):
            return True
        from zoneinfo import ZoneInfo

        name = tz.removeprefix(":")
        return not name or (Path(name).is_file() if name.startswith("/") else bool(ZoneInfo(name)))
    except (ValueError, OverflowError, KeyError, OSError):
        return False


class Clock:
    """Aware UTC that never jumps: the wall clock once, then the monotonic one. Tests pass their own two.

    So waiting takes real seconds even if the wall clock is set or the machine sleeps. What is stored or shown
    has wall time: `ahead` is the difference.
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
        """How far the wall clock is ahead of `now`, because it was set or the machine slept; else 0."""
        ahead = self._wall() - self.now()
        return ahead if abs(ahead) > JUMP else timedelta()

    def wall(self) -> datetime:
        """The wall-clock time."""
        return self.now() + self.ahead()
