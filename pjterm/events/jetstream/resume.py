"""Where in the stream the feed resumes: after the last message applied that the stream still has.

A stream may have lost its beginning (retention) or its end (servers that crashed before they synced). A stream that
lost its end reuses the same sequence numbers, so a number alone proves nothing.
"""

from __future__ import annotations

from collections.abc import Generator

from nats.errors import Error as NatsError
from nats.js import JetStreamContext, api
from nats.js.errors import NotFoundError

from pjterm.errors import reason
from pjterm.events.event import Event
from pjterm.events.jetstream.link import Say
from pjterm.events.jetstream.messages import Parser
from pjterm.events.sqlite.replica import Message, Replica
from pjterm.values import dataclass


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin, and how far this log was applied before; the difference is what the stream lost."""

    log: str
    applied: int
    sequence: int

    @property
    def lost_beginning(self) -> bool:
        return 0 < self.applied < self.sequence - 1

    @property
    def lost_end(self) -> bool:
        return self.sequence <= self.applied


def steps_back(applied: int, first: int, last: int) -> Generator[int, bool, int]:
    """Yields places to check, is sent whether the message there is known, and returns the last place in common.

    The steps grow longer and longer; messages that are therefore read twice are stored once.
    """
    place, step = min(applied, last), 1
    while place >= max(first, 1) and not (yield place):
        place, step = place - step, step * 2
    return max(place, first - 1, 0)


def is_known(found: Message | None, kept: Event | None, oldest: Event | None) -> bool:
    """Whether a message's event is the one stored here, or so old that it would have been removed by now.

    A stored event may also be found at another place where a relay put it back: only the first delivery counts.
    """
    if found is None or found.arrival is None or found.restored:
        return False
    if oldest is None or found.arrival.received_ms < oldest.arrival.received_ms:
        return True
    return kept is not None and kept.arrival.received_ms == found.arrival.received_ms


class Resume:
    """Compares the stream with the replica."""

    def __init__(self, js: JetStreamContext, stream: str, replica: Replica, parser: Parser, say: Say) -> None:
        self._js = js
        self._stream = stream
        self._replica = replica
        self._parser = parser
        self._say = say

    async def start(self, info: api.StreamInfo) -> Start:
        """Where to begin in the stream as it is now."""
        log = f"{info.config.name} {info.created.isoformat() if info.created else ''}"
        applied, first = self._replica.sequence(log), info.state.first_seq
        if applied and applied + 1 < first:
            return Start(log, applied, first)
        looking = steps_back(applied, first, info.state.last_seq)
        try:
            place = next(looking)
            while True:
                place = looking.send(await self._has_the_same(log, place, applied))
        except StopIteration as common:
            return Start(log, applied, int(common.value) + 1)

    async def _has_the_same(self, log: str, place: int, applied: int) -> bool:
        """Whether the stream has the same message there; at the last place applied, its timestamp proves it."""
        try:
            raw = await self._js.get_msg(self._stream, place)
        except NotFoundError:
            return place == applied  # it was removed since
        except (NatsError, TimeoutError) as error:  # for example a login that may not read single messages
            self._say("stream-not-compared", sequence=place, why=reason(error))
            return True
        taken_at = self._replica.taken_at(log)
        if place == applied and taken_at is not None and raw.time is not None:
            return abs(taken_at - round(raw.time.timestamp() * 1_000_000)) <= 1  # nanoseconds, truncated or rounded
        found = self._parser.parse(place, 0, raw.headers or {}, raw.data or b"")
        return is_known(found, self._kept(found), self._replica.get(self._replica.oldest()))

    def _kept(self, found: Message | None) -> Event | None:
        if found is None or found.arrival is None:
            return None
        cursor = self._replica.locate(found.arrival.profile, found.arrival.event_id)
        return None if cursor is None else self._replica.get(cursor)
