"""The relay's one consumer: copies everything in the stream, in order, into the replica.

The consumer lives in the server's memory and acknowledges nothing: the replica records how far it has read. A
consumer that dies with its server, misses a message or falls silent is replaced by one that begins after the last
message applied.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import api

from pjterm.errors import PjtermError
from pjterm.events.jetstream import messages
from pjterm.events.jetstream.link import Link, Say, why
from pjterm.events.jetstream.resume import Resume
from pjterm.events.sqlite.replica import Message, Replica
from pjterm.events.store import Kept

_HEARTBEAT = 1.0
_SILENCE = 3.5 * _HEARTBEAT
_PAUSE, _LONGEST_PAUSE = 0.25, 5.0
_MOST_TOGETHER = 250
"""Messages in one commit at most: about 10 ms during which the event loop does nothing else."""
_REST = 0.002
"""Seconds between two commits of the replica, so that they are few and large under load; a lone message never waits."""
Applied = Callable[[Sequence[Message], Sequence[Kept | None]], None]


class Feed:
    """Applies the stream to the replica while `run` runs.

    `applied` is called with each group once it is in the replica, `lost` when the stream has lost its end; the
    replica then records what must be published again. `sent` recognizes what this relay published itself, `parser`
    parses everything else.
    """

    def __init__(
        self,
        link: Link,
        replica: Replica,
        sent: messages.Published,
        parser: messages.Parser,
        max_age: float,
        applied: Applied,
        lost: Callable[[], None],
        say: Say,
    ) -> None:
        self._link = link
        self._replica = replica
        self._sent = sent
        self._parser = parser
        self._resume = Resume(link.js, link.url.stream, replica, parser, say)
        self._max_age = max_age
        self._applied = applied
        self._lost = lost
        self._say = say
        self.log = ""
        self._group: list[Message] = []
        self._flow: list[str] = []
        self._answers: set[asyncio.Future[None]] = set()
        self._next = 1
        self._known_to = 0
        """Messages up to this sequence number were applied before, if the stream still has the same ones there."""
        self._session = 0
        self._scheduled = False
        self._rest_until = 0.0
        self._ended = asyncio.Event()
        self._heard = 0.0
        self.pending: int | None = None
        """Messages that the server has yet to deliver; None while that is not known."""
        self.started = asyncio.Event()
        self.is_live = False
        self.trouble: str | None = None
        """Why there is no consumer at the moment."""

    async def run(self) -> None:
        """Run until cancelled, with longer pauses while no consumer can be made."""
        pause = _PAUSE
        while True:
            try:
                await self._follow()
                self.trouble = "the consumer fell silent"
            except Exception as error:
                self.trouble = why(error)
                self._say("feed-interrupted", why=self.trouble)
            pause = _PAUSE if self.is_live else min(pause * 2, _LONGEST_PAUSE)
            self.is_live, self.pending = False, None
            await self._rest(pause)

    async def _rest(self, seconds: float) -> None:
        """Wait before the next try, or until the connection is back."""
        await asyncio.sleep(_PAUSE)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._link.reconnected.wait(), seconds - _PAUSE)

    async def _follow(self) -> None:
        """Read from one consumer until it fails."""
        info = await self._link.stream(self._max_age)
        start = await self._start(info)
        self._next, self._group, self._flow = 1, [], []
        self._ended.clear()
        self._link.reconnected.clear()
        loop = asyncio.get_running_loop()
        self._heard = loop.time()
        inbox = self._link.client.new_inbox()
        self._session += 1
        subscription = await self._link.client.subscribe(inbox, cb=partial(self._on_message, self._session))
        try:
            made = await self._link.js.add_consumer(self._link.url.stream, api.ConsumerConfig(
                description="a pjterm relay", deliver_subject=inbox, deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=start, ack_policy=api.AckPolicy.NONE, max_deliver=1, flow_control=True,
                idle_heartbeat=_HEARTBEAT, mem_storage=True, num_replicas=1, inactive_threshold=30,
            ))  # fmt: skip
            self.pending = made.num_pending or 0
            self.is_live, self.trouble = True, None
            self.started.set()
            while not (self._ended.is_set() or self._link.reconnected.is_set()):
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._ended.wait(), _HEARTBEAT / 4)
                if loop.time() - self._heard > _SILENCE:
                    return
        finally:
            self._ended.set()  # unapplied messages are delivered again
            with suppress(NatsError):  # the client forgets it even so; else it would come back with the connection
                await subscription.unsubscribe()

    async def _start(self, info: api.StreamInfo) -> int:
        """The sequence number to begin with; a loss is logged and recorded in the replica."""
        start = await self._resume.start(info)
        self.log, self._known_to = start.log, start.applied
        if start.lost_beginning:
            self._say("stream-lost-its-beginning", applied=start.applied, first=start.sequence)
            self._replica.break_here(self.log, start.sequence - 1)
        elif start.lost_end:
            common, last = start.sequence - 1, info.state.last_seq
            self._say("stream-lost-its-end", applied=start.applied, last=last, common=common)
            back = 2 * (start.applied - common)  # gaps count, too
            self._replica.go_back(self.log, common, self._replica.newest() - back)
            self._lost()
        return start.sequence

    async def _on_message(self, session: int, message: Msg) -> None:
        if session != self._session:
            return  # from a consumer that was replaced
        self._heard = asyncio.get_running_loop().time()
        if not message.data and message.headers and "Status" in message.headers:
            if reply := message.reply or message.headers.get("Nats-Consumer-Stalled"):
                self._flow.append(reply)
                self._schedule()
            return
        place = messages.place(message.reply)
        if place.number != self._next:
            self._ended.set()  # a message was dropped on the way
            return
        self._next += 1
        self.pending = place.pending
        found = self._read(place, message.headers or {}, message.data)
        if found is None:
            self._say("not-a-relays-message", sequence=place.sequence)
        elif place.sequence <= self._known_to:
            found = found._replace(own=False, restored=True)
        self._group.append(found or Message(place.sequence, None, at_us=place.at_us))
        self._schedule()

    def _read(self, place: messages.Place, headers: Mapping[str, str], payload: bytes) -> Message | None:
        sent = self._sent.take(headers, payload)
        if sent is not None:
            return Message(place.sequence, sent, own=True, at_us=place.at_us)
        return self._parser.parse(place.sequence, place.at_us, headers, payload)

    def _schedule(self) -> None:
        """Apply what has gathered, once everything that arrived together has been parsed."""
        if self._scheduled:
            return
        self._scheduled = True
        loop = asyncio.get_running_loop()
        loop.call_at(max(loop.time(), self._rest_until), self._apply)

    def _apply(self) -> None:
        self._scheduled = False
        group, self._group = self._group[:_MOST_TOGETHER], self._group[_MOST_TOGETHER:]
        flow, self._flow = self._flow, []
        if self._group:
            self._schedule()
        if self._ended.is_set():
            return
        if group:
            try:
                kept = self._replica.apply(self.log, group)
            except Exception as error:  # any error: later messages must not be applied without these
                said = error.message if isinstance(error, PjtermError) else f"bug: {error!r}"
                self._say("replica-not-written", why=said)
                self._ended.set()
                return
            self._applied(group, kept)
            self._rest_until = asyncio.get_running_loop().time() + _REST
        for reply in flow:
            answer = asyncio.ensure_future(self._link.client.publish(reply))
            self._answers.add(answer)
            answer.add_done_callback(self._answers.discard)
