"""Which follower wants which events: pure bookkeeping, on the event loop's thread.

Followers of one request are found by that request, so a commit costs only as much as the followers it concerns. A
follower whose queue overflows is disconnected, and reconnects with its cursor.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from pjterm.events.event import Event
from pjterm.events.store import Filters
from pjterm.relay.client.position import mark

MOST_ITEMS = 1_000
MOST_BYTES = 1024 * 1024
BEAT_SECONDS = 15
"""Seconds between two heartbeats of one stream; the streams take turns, one slot a second."""


class Follower:
    """One open stream: its filters, its queue, and how to wake and end it."""

    def __init__(self, filters: Filters, wake: Callable[[], None], cut: Callable[[], None], slot: int = 0) -> None:
        self.filters = filters
        self.slot = slot
        self.overflowed = False
        self._wake = wake
        self._cut = cut
        self._waiting: deque[bytes] = deque()
        self._bytes = 0

    def __repr__(self) -> str:
        return f"Follower({self.filters}, waiting={len(self._waiting)}, overflowed={self.overflowed})"

    def push(self, block: bytes) -> bool:
        """Queue a block to be written; if the queue is full, end this follower and return False."""
        if self.overflowed or len(self._waiting) >= MOST_ITEMS or self._bytes + len(block) > MOST_BYTES:
            self.overflowed = True
            self._waiting.clear()
            self._cut()
            return False
        self._waiting.append(block)
        self._bytes += len(block)
        self._wake()
        return True

    def take(self) -> bytes:
        """Everything in the queue, as one piece; may be empty."""
        piece = b"".join(self._waiting)
        self._waiting.clear()
        self._bytes = 0
        return piece

    def cut(self) -> None:
        """End this follower's stream."""
        self._cut()


class Hub:
    """All followers, and the newest event sent to them, with its cursor."""

    def __init__(self, newest: int, last: Event | None = None) -> None:
        self.newest = newest
        self._last = last
        self.overflows = 0
        self._all: set[Follower] = set()
        self._by_request: dict[str, set[Follower]] = {}
        self._other: set[Follower] = set()

    def __len__(self) -> int:
        return len(self._all)

    @property
    def mark(self) -> str:
        """The mark of the last event sent to followers; empty if it is not known."""
        return "" if self._last is None else mark(self._last.arrival.profile, self._last.arrival.event_id)

    def add(self, follower: Follower) -> None:
        """Send new events to this follower from now on; it replays those up to `newest` itself."""
        self._all.add(follower)
        self._place(follower).add(follower)

    def remove(self, follower: Follower) -> None:
        self._all.discard(follower)
        place = self._place(follower)
        place.discard(follower)
        if not place and follower.filters.request_id is not None:
            self._by_request.pop(follower.filters.request_id, None)

    def _place(self, follower: Follower) -> set[Follower]:
        request = follower.filters.request_id
        return self._other if request is None else self._by_request.setdefault(request, set())

    def publish(self, events: Iterable[Event]) -> None:
        """Send events that are now on disk to the followers they concern, in cursor order."""
        for event in events:
            self.newest, self._last = event.cursor, event
            concerned = [*self._other, *self._by_request.get(event.arrival.request_id or "", ())]
            matching = [f for f in concerned if f.filters.match(event.arrival)]
            if not matching:
                continue
            text = block(event)
            self.overflows += sum(not follower.push(text) for follower in matching)

    def beat(self, slot: int) -> None:
        """Send a heartbeat to the streams whose turn this second is."""
        text = beat_block(self.newest, self.mark)
        self.overflows += sum(not f.push(text) for f in list(self._all) if f.slot == slot)

    def broken(self, newest: int) -> None:
        """End every stream: history has a gap up to this cursor, of which a follower learns when it reconnects."""
        self.newest = newest
        self.cut_all()

    def cut_all(self) -> None:
        """End every stream: the relay is stopping, or the token was rotated."""
        for follower in list(self._all):
            follower.cut()


def block(event: Event) -> bytes:
    """An event as a server-sent event: `id` is the cursor."""
    return f"id: {event.cursor}\nevent: event\ndata: {event.line()}\n\n".encode()


def gap_block(after: int, oldest: int) -> bytes:
    """Says that the events between `after` and `oldest` are gone; its `id` is where a follower resumes."""
    return f'id: {oldest - 1}\nevent: gap\ndata: {{"after": {after}, "oldest": {oldest}}}\n\n'.encode()


def beat_block(position: int, last: str = "") -> bytes:
    """A comment that keeps the connection alive and says how far this stream has come: cursor and mark."""
    return f": at {position} {last}".rstrip().encode() + b"\n\n"
