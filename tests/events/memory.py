"""Events in a list: the store's promises without the disk, for tests and for reading."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from secrets import token_hex
from threading import Lock
from typing import Any

from pjterm.events.event import Arrival, Event
from pjterm.events.store import ANY, Filters, Kept, at_once


class MemoryStore:
    """A `Store` that forgets when the process ends."""

    def __init__(self) -> None:
        self._events: dict[int, Event] = {}
        self._newest = 0
        self._positions: dict[str, int] = {}
        self._verified: dict[str, int] = {}
        self._lock = Lock()
        self._told: Callable[[Sequence[Event]], None] = lambda _: None
        self.identity = token_hex(16)

    def listen(self, told: Callable[[Sequence[Event]], None], hole: Callable[[], None]) -> None:
        self._told = told

    def append(self, arrivals: Sequence[Arrival]) -> list[Kept]:
        with self._lock:
            kept = [self._one(arrival) for arrival in arrivals]
            new = [self._events[k.cursor] for k in kept if k.new]
        if new:
            self._told(new)
        return kept

    def begin(self, arrivals: Sequence[Arrival]) -> Future[list[Kept]]:
        return at_once(lambda: self.append(arrivals))

    @property
    def waits(self) -> bool:
        return True

    def _one(self, arrival: Arrival) -> Kept:
        if arrival.verified:
            self._verified[arrival.profile] = arrival.received_ms
        alike = [e for e in self._events.values() if _same_id(e.arrival, arrival)]
        for event in alike:
            if event.arrival.body == arrival.body:
                self._events[event.cursor] = _again(event, arrival)
                return Kept(event.cursor, new=False, same_id_as=event.same_id_as)
        same = (alike[0].same_id_as or alike[0].cursor) if alike else None
        self._newest += 1
        self._events[self._newest] = Event(self._newest, same, 1, arrival)
        return Kept(self._newest, new=True, same_id_as=same)

    def read(self, after: int, limit: int, filters: Filters = ANY, *, until: int | None = None) -> list[Event]:
        with self._lock:
            found = [
                event
                for cursor, event in self._events.items()
                if cursor > after and (until is None or cursor <= until) and filters.match(event.arrival)
            ]
        return found[:limit]

    def get(self, cursor: int) -> Event | None:
        with self._lock:
            return self._events.get(cursor)

    def locate(self, profile: str, event_id: str) -> int | None:
        with self._lock:
            wanted = (profile, event_id)
            alike = (c for c, e in self._events.items() if (e.arrival.profile, e.arrival.event_id) == wanted)
            return next(alike, None)

    def settle(self, seconds: float) -> bool:
        return True

    def oldest(self) -> int:
        with self._lock:
            return next(iter(self._events), self._newest + 1)

    def newest(self) -> int:
        return self._newest

    def gap(self, after: int) -> int | None:
        oldest = self.oldest()
        return oldest if 0 < after < oldest - 1 else None

    def prune(self, before_ms: int, limit: int) -> int:
        with self._lock:
            going = []
            for cursor, event in list(self._events.items())[:limit]:
                if event.arrival.received_ms >= before_ms:
                    break
                going.append(cursor)
            for cursor in going:
                del self._events[cursor]
        return len(going)

    def position(self, forward: str) -> int | None:
        return self._positions.get(forward)

    def set_position(self, forward: str, cursor: int) -> None:
        self._positions[forward] = cursor

    def last_verified(self) -> dict[str, int]:
        return dict(self._verified)

    def tell(self) -> dict[str, Any]:
        return {"kind": "memory"}

    def join(self, told: Callable[[], dict[str, Any]]) -> None:
        return

    def fleet(self) -> list[dict[str, Any]] | None:
        return None

    def close(self) -> None:
        return


def _same_id(one: Arrival, other: Arrival) -> bool:
    return (one.profile, one.event_id) == (other.profile, other.event_id)


def _again(event: Event, arrival: Arrival) -> Event:
    """A repeat counts; a verified repeat of an unverified delivery proves it."""
    proven = arrival.verified and not event.arrival.verified
    kept = replace(event.arrival, verified=True, headers=arrival.headers) if proven else event.arrival
    return replace(event, deliveries=event.deliveries + 1, arrival=kept)
