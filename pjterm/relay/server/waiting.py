"""The connections whose request is not complete: a bounded number of them, the oldest dropped first. Pure.

So idle connections never keep a webhook out: a new connection replaces the one that has waited longest.
"""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from pjterm.relay.server.metrics import Metrics
from pjterm.values import dataclass


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How many connections may wait, and how long. PayJunction itself waits 15 s for a response (RECV)."""

    waiting: int = 512
    head_seconds: float = 5.0
    whole_seconds: float = 15.0
    linger_seconds: float = 1.0


class Waiter(Protocol):
    """A connection that waits until `deadline` at most."""

    deadline: float

    def drop(self) -> None:
        """Close it without a response."""


W = TypeVar("W", bound=Waiter)


class Waiting(Generic[W]):
    """All waiting connections, the oldest first."""

    def __init__(self, most: int, metrics: Metrics) -> None:
        self._most = most
        self._metrics = metrics
        self._all: dict[W, None] = {}

    def __len__(self) -> int:
        return len(self._all)

    def enter(self, waiter: W) -> None:
        """Add this one; if there is no room, drop the oldest."""
        if len(self._all) >= self._most:
            self.make_room()
        self._all[waiter] = None
        self._metrics.waiting = len(self._all)

    def leave(self, waiter: W) -> None:
        """Remove this one, if it is there."""
        if waiter in self._all:
            del self._all[waiter]
            self._metrics.waiting = len(self._all)

    def make_room(self) -> None:
        """Drop the one that has waited longest."""
        if self._all:
            oldest = next(iter(self._all))
            self.leave(oldest)
            self._metrics.evicted += 1
            oldest.drop()

    def overdue(self, now: float) -> list[W]:
        """Those whose time is up."""
        return [waiter for waiter in self._all if waiter.deadline < now]

    def everyone(self) -> list[W]:
        return list(self._all)
