"""The documented rate limits: one call per 100 ms per login, one poll per 0.5 s per request (RATE, POLL).

They are never scaled by the speed. That the 100 ms are counted per login is a guess.
"""

from __future__ import annotations

import threading

PER_LOGIN = 0.1
PER_REQUEST = 0.5
SLACK = 0.02  # a call may be this early: arrival times jitter, but the average rate stays
SET_BACK = 1.0  # seconds by which the clock was set back at least, rather than calls handled out of order
_MANY = 10_000


class Limits:
    """Remembers when each login and request may be called next; in memory, one per server."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def allows(self, key: str, interval: float, now: float) -> bool:
        """Whether this call is not too early; one that is too early does not delay the next."""
        with self._lock:
            due = self._next.get(key, 0.0)
            if due - now > interval + SET_BACK:  # longer than anyone can have to wait
                due = now
            if now < due - SLACK:
                return False
            self._next[key] = max(now, due) + interval
            if len(self._next) > _MANY:
                self._next = {k: at for k, at in self._next.items() if at > now}
            return True
