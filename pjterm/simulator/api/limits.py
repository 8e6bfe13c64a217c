"""The documented rate limits: one call per 100 ms per login, one poll per 0.5 s per request (RATE, POLL).

They are never scaled. What the 100 ms are keyed by is not said; the login is taken (guess).
"""

from __future__ import annotations

import threading

PER_LOGIN = 0.1
PER_REQUEST = 0.5
SLACK = 0.02  # a call may arrive this much early: the way here jitters, the average rate stays
_MANY = 10_000


class Limits:
    """Remembers when each login and request may call next; in memory, one per server."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def allows(self, key: str, interval: float, now: float) -> bool:
        """Whether this call is in time; only a call that is counts towards the next one."""
        with self._lock:
            due = self._next.get(key, 0.0)
            if now < due - SLACK:
                return False
            self._next[key] = max(now, due) + interval
            if len(self._next) > _MANY:
                self._next = {k: at for k, at in self._next.items() if at > now}
            return True
