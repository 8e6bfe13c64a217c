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
from typing import NamedTuple

from pjterm.system.files import write_private

LEAST = 1.0  # seconds; less is not a jump, but a clock that is being slewed
_ASLEEP_TOO = {"linux": "CLOCK_BOOTTIME", "darwin": "CLOCK_MONOTONIC"}
JUMPS_MOST = 16
"""More are added up, oldest first: guards look back for 15 minutes."""
_MOST = 2000  # bytes
_FAR = 1e10  # seconds: 300 years


def running() -> float:
    """Seconds since the machine was started, asleep or awake; only awake if the system offers nothing else."""
    if sys.platform == "win32":  # it has no other clock, and its monotonic one counts the seconds asleep
        return time.monotonic()
    clock = getattr(time, _ASLEEP_TOO.get(sys.platform, ""), None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


def this_start() -> str:
    """Which start of the machine this is; empty if the system does not name them."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return ""


class Kept(NamedTuple):
    """What the file says."""

    at: float
    """When it was written, by the clock that cannot be set."""
    ahead: float
    """How far the wall clock was ahead of that one."""
    jumps: tuple[tuple[float, float], ...] = ()
    """When each jump was noticed, by the same clock, and how far it went, oldest first."""
    start: str = ""
    """Since which start of the machine that clock counts; it may have been started again, and run for longer, since."""

    def after(self, now: float, ahead: float, start: str) -> Kept:
        """With one more jump."""
        jumps = (*self.jumps, (now, ahead - self.ahead))
        if len(jumps) > JUMPS_MOST:
            (_, first), (at, second), *rest = jumps
            jumps = ((at, first + second), *rest)
        return Kept(now, ahead, jumps, start)


class Jumps:
    """The jumps that the processes of a state directory have noticed since the machine was started."""

    def __init__(
        self,
        path: Path,
        wall: Callable[[], datetime],
        running: Callable[[], float] = running,
        this_start: Callable[[], str] = this_start,
    ) -> None:
        self._path = path
        self._wall = wall
        self._running = running
        self._start = this_start()
        self._seen: Kept | None = None

    def look(self, *, leaving: bool = False) -> list[tuple[float, float]]:
        """Return how many seconds ago each jump was noticed, and how far it went, oldest first.

        A command reads the file once, and again if the clock is set while it runs. What the clocks say now is recorded
        when it leaves, and before that only if it is news: replacing a file takes milliseconds.
        """
        now = self._running()
        ahead = self._wall().timestamp() - now
        kept = self._seen
        if kept is None or leaving or abs(ahead - kept.ahead) > LEAST:
            kept = self._read()
        if kept is None or kept.at > now or kept.start not in ("", self._start):  # the machine was restarted since
            kept = self._write(Kept(now, ahead, start=self._start))
        elif abs(ahead - kept.ahead) > LEAST:
            kept = self._write(kept.after(now, ahead, self._start))
        elif leaving:
            self._write(Kept(now, ahead, kept.jumps, self._start))
        self._seen = kept
        return [(now - at, by) for at, by in kept.jumps]

    def _read(self) -> Kept | None:
        try:
            with self._path.open("rb") as file:
                said = json.loads(file.read(_MOST))
            jumps = tuple((float(a), float(b)) for a, b in said["jumps"])
            found = Kept(float(said["at"]), float(said["ahead"]), jumps, str(said.get("start", "")))
        except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return None
        numbers = (found.at, found.ahead, *(number for jump in found.jumps for number in jump))
        return found if all(abs(number) < _FAR for number in numbers) else None

    def _write(self, kept: Kept) -> Kept:
        """Write the file in one step, because another command may be reading it; do nothing without a directory."""
        if self._path.parent.is_dir():
            with contextlib.suppress(OSError):
                write_private(self._path, json.dumps(kept._asdict()).encode(), durably=False)
        return kept
