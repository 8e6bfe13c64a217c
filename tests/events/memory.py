"""Events in a list: the store contract without a disk, for tests and as documentation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from secrets import token_hex
from threading import Lock
from typing import Any

from pjterm.events.event import Arrival, Event
from pjterm.events.sqlite.aging import believed_times
from pjterm.events.store import ANY, Due, Filters, Gap, Kept, at_once


class MemoryStore:
    """A `Store` that forgets when the process ends."""

    def __init__(self) -> None:
        self._events: dict[int, Event] = {}
        self._bodies: dict[int, bytes] = {}
        """What a persistent store keeps as hashes."""
        self._newest = 0
        self._gone: dict[tuple[str, str, bytes], tuple[int, int]] = {}
        self._positions: dict[str, int] = {}
        self._verified: dict[str, int] = {}
        self._lock = Lock()
        self._on_new: Callable[[Sequence[Event]], None] = lambda _: None
        self.identity = token_hex(16)

    def listen(self, on_new: Callable[[Sequence[Event]], None], hole: Callable[[], None]) -> None:
        self._on_new = on_new

    def append(self, arrivals: Sequence[Arrival]) -> list[Kept]:
        with self._lock:
            kept = [self._one(arrival) for arrival in arrivals]
            new = [self._events[k.cursor] for k in kept if k.new]
        if new:
            self._on_new(new)
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
            if event.arrival.body == arrival.body or self._bodies[event.cursor] == arrival.body:
                self._events[event.cursor] = _again(event, arrival)
                return Kept(event.cursor, new=False, same_id_as=event.same_id_as)
        if (gone := self._gone.get((arrival.profile, arrival.event_id, arrival.body))) is not None:
            return Kept(gone[0], new=False)
        same = (alike[0].same_id_as or alike[0].cursor) if alike else None
        self._newest += 1
        self._events[self._newest] = Event(self._newest, same, 1, arrival)
        self._bodies[self._newest] = arrival.body
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

    def catch_up(self, seconds: float) -> bool:
        return True

    def oldest(self) -> int:
        with self._lock:
            return next(iter(self._events), self._newest + 1)

    def newest(self) -> int:
        return self._newest

    def gap(self, after: int) -> Gap | None:
        oldest = self.oldest()
        return Gap(after, oldest) if 0 < after < oldest - 1 else None

    def age(self, due: Due, limit: int) -> int:
        with self._lock:
            return self._cut(due, limit) + self._remove(due, limit) + self._forget(due)

    def _cut(self, due: Due, limit: int) -> int:
        whole = [e for e in self._events.values() if e.arrival.private and not e.cut]
        old = [e for e in whole if e.arrival.received_ms < due.cut_ms][:limit]
        for event in old:
            bare = replace(event.arrival, body=b"", headers=b"")
            self._events[event.cursor] = replace(event, arrival=bare, cut=True)
        return len(old)

    def _remove(self, due: Due, limit: int) -> int:
        oldest = list(self._events.values())[:limit]
        believed = believed_times([event.arrival.received_ms for event in oldest], due.now_ms)
        going = 0
        for event, at in zip(oldest, believed, strict=True):
            self._events[event.cursor] = replace(event, arrival=replace(event.arrival, received_ms=at))
            if due.remove_ms is not None and at < due.remove_ms and going == oldest.index(event):
                key = event.arrival.profile, event.arrival.event_id, self._bodies.pop(event.cursor)
                self._gone[key] = event.cursor, at
                del self._events[event.cursor]
                going += 1
        return going

    def _forget(self, due: Due) -> int:
        old = [key for key, (_, at) in self._gone.items() if due.forget_ms is not None and at < due.forget_ms]
        for key in old:
            del self._gone[key]
        return len(old)

    def received_at(self, share: float) -> int | None:
        with self._lock:
            events = list(self._events.values())
        return events[int((len(events) - 1) * share)].arrival.received_ms if events else None

    def position(self, forward: str) -> int | None:
        return self._positions.get(forward)

    def set_position(self, forward: str, cursor: int) -> None:
        self._positions[forward] = cursor

    def last_verified(self) -> dict[str, int]:
        return dict(self._verified)

    def describe(self) -> dict[str, Any]:
        return {"kind": "memory"}

    def join(self, on_new: Callable[[], dict[str, Any]]) -> None:
        return

    def fleet(self) -> list[dict[str, Any]] | None:
        return None

    def close(self) -> None:
        return


def _same_id(one: Arrival, other: Arrival) -> bool:
    return (one.profile, one.event_id) == (other.profile, other.event_id)


def _again(event: Event, arrival: Arrival) -> Event:
    """A repeat is counted; a verified repeat of an unverified delivery verifies it."""
    proven = arrival.verified and not event.arrival.verified
    kept = replace(event.arrival, verified=True, headers=arrival.headers) if proven else event.arrival
    return replace(event, deliveries=event.deliveries + 1, arrival=kept)
