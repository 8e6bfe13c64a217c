"""What is due by its age, and when not to trust the clock. Pure: the caller passes both clocks.

On a machine with a wrong date every event may look old at once. So removing nearly all of them waits until the clock
has shown such a time for half a day, in which NTP or an operator may correct it. Only the time in which a relay runs
counts, that of earlier runs, too: many a machine is off at night.
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
_NOTED_EVERY = 600.0


@dataclass(frozen=True, slots=True)
class Held:
    """Why nothing is removed now; `seconds` until it will be, unless the clock is corrected."""

    newest_removed_ms: int
    seconds: float


class Retention:
    """How long events are kept: `days`, or forever for 0. `received_at` is the store's method.

    `remember` keeps the seconds that were waited, and `recall` has them at the next start.
    """

    def __init__(
        self,
        days: float,
        received_at: Callable[[float], int | None],
        recall: Callable[[], int | None] = lambda: None,
        remember: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._keep_ms = int(days * DAY_MS)
        self._received_at = received_at
        self._recall = recall
        self._remember = remember
        self._noted: int | None = None
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
        if self._noted is None:
            self._noted = self._recall() or 0
        if at is None or at >= remove_ms:
            self._since = None
            self._note(0)
            return None
        if self._since is None:
            self._since = monotonic - self._noted
        waited = monotonic - self._since
        if waited >= PATIENCE_SECONDS:
            return None
        if waited >= self._noted + _NOTED_EVERY:
            self._note(int(waited))
        return Held(at, PATIENCE_SECONDS - waited)

    def _note(self, seconds: int) -> None:
        if seconds != self._noted:
            self._noted = seconds
            self._remember(seconds)
