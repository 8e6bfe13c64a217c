"""What is due by its age, and when not to trust the clock. Pure: the caller passes both clocks.

On a machine with a wrong date every event may look old at once. So removing nearly all of them waits until the clock
has shown such a time for half a day, in which NTP or an operator may correct it.
"""

from __future__ import annotations

from collections.abc import Callable

from pjterm.events.event import CUT_AFTER_MS, DAY_MS, REPEATS_DAYS
from pjterm.events.store import Due
from pjterm.values import dataclass

REPEATS_MS = REPEATS_DAYS * DAY_MS
"""Hashes outlive their events by this, so that a repeat is still recognized."""
NEARLY_ALL = 0.9
PATIENCE_SECONDS = 12 * 3600.0


@dataclass(frozen=True, slots=True)
class Held:
    """Why nothing is removed now; `seconds` until it will be, unless the clock is corrected."""

    newest_removed_ms: int
    seconds: float


class Retention:
    """How long events are kept: `days`, or forever for 0. `received_at` is the store's method."""

    def __init__(self, days: float, received_at: Callable[[float], int | None]) -> None:
        self._keep_ms = int(days * DAY_MS)
        self._received_at = received_at
        self._since: float | None = None
        self.held: Held | None = None
        """Set while removal is on hold."""

    def due(self, now_ms: int, monotonic: float) -> Due:
        """What is due now."""
        cut = now_ms - CUT_AFTER_MS
        if self._keep_ms <= 0:
            return Due(now_ms, cut)
        remove = now_ms - self._keep_ms
        self.held = self._hold(remove, monotonic)
        if self.held is not None:
            return Due(now_ms, cut)
        return Due(now_ms, cut, remove, remove - REPEATS_MS)

    def _hold(self, remove_ms: int, monotonic: float) -> Held | None:
        at = self._received_at(NEARLY_ALL)
        if at is None or at >= remove_ms:
            self._since = None
            return None
        if self._since is None:
            self._since = monotonic
        left = self._since + PATIENCE_SECONDS - monotonic
        return Held(at, left) if left > 0 else None
