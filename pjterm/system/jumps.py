"""Whether the wall clock was set between two commands: one small file records its distance from another clock.

That one counts the seconds since the machine was started, asleep or awake, and cannot be set. A reboot in between
does not count as a jump, nor does a file that cannot be read or written: then the wall clock is trusted.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pjterm.system.files import write_private

LEAST = 1.0  # seconds; less is not a jump, but a clock that is being slewed
_ASLEEP_TOO = {"linux": "CLOCK_BOOTTIME", "darwin": "CLOCK_MONOTONIC"}
_MOST = 1000  # bytes
_FAR = 1e10  # seconds: 300 years


def running() -> float:
    """Seconds since the machine was started, asleep or awake; only awake if the system offers nothing else."""
    if sys.platform == "win32":  # it has no other clock, and its monotonic one counts the seconds asleep
        return time.monotonic()
    clock = getattr(time, _ASLEEP_TOO.get(sys.platform, ""), None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class Jumps:
    """The latest jump that the processes of a state directory have noticed."""

    def __init__(self, path: Path, wall: Callable[[], datetime], running: Callable[[], float] = running) -> None:
        self._path = path
        self._wall = wall
        self._running = running

    def look(self, *, leaving: bool = False) -> tuple[float, float] | None:
        """Return how many seconds ago a jump was noticed, and how far it went.

        What the clocks say now is recorded when a command leaves, and before that only if it is news: replacing a file
        takes milliseconds.
        """
        now = self._running()
        ahead = self._wall().timestamp() - now
        kept = self._read()
        jumped, news = None, True
        if kept is not None and kept["at"] <= now:  # else the machine was restarted since
            jumped = (kept["jumped"], kept["by"]) if kept["by"] else None
            news = abs(ahead - kept["ahead"]) > LEAST
            if news:
                jumped = now, ahead - kept["ahead"]
        at, by = jumped or (now, 0.0)
        if news or leaving:
            self._write({"at": now, "ahead": ahead, "jumped": at, "by": by})
        return None if jumped is None else (now - at, by)

    def _read(self) -> dict[str, float] | None:
        try:
            with self._path.open("rb") as file:
                said = json.loads(file.read(_MOST))
            found = {name: float(said[name]) for name in ("at", "ahead", "jumped", "by")}
            return found if all(abs(value) < _FAR for value in found.values()) else None
        except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return None

    def _write(self, said: dict[str, float]) -> None:
        """Write the file in one step, because another command may be reading it; do nothing without a directory."""
        if self._path.parent.is_dir():
            with contextlib.suppress(OSError):
                write_private(self._path, json.dumps(said).encode(), durably=False)
