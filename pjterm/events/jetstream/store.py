"""The store of a relay in a fleet: writes go to the stream, reads to the replica."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

from pjterm.errors import PjtermError, Unavailable
from pjterm.events.event import Arrival, Event
from pjterm.events.jetstream import messages, settings
from pjterm.events.jetstream.admission import admit, check_stream, settings_of
from pjterm.events.jetstream.applied import Applied
from pjterm.events.jetstream.feed import Feed
from pjterm.events.jetstream.link import START_SECONDS, Link, Say
from pjterm.events.jetstream.publishing import ACK_SECONDS, Ack, Publisher
from pjterm.events.jetstream.roster import Roster
from pjterm.events.jetstream.url import StoreUrl, login, parse
from pjterm.events.jetstream.wiping import Wiper
from pjterm.events.sqlite.replica import Replica
from pjterm.events.store import ANY, Due, Filters, Gap, Kept

_HERE_SECONDS = 1.0
"""Seconds that an acknowledged event may take to reach the replica before its sender is answered anyway."""
_START_SECONDS = 5.0
_FLEET_SECONDS = 2.0
"""Seconds that reading the list may take; it can delay the relay's shutdown by as long."""
_STEP = 500
_RESTORE_AGAIN = 1.0


class JetStreamStore:
    """A `Store` shared with other relays. What is acknowledged is in the stream; what is read is in the replica.

    `append` returns once the stream has acknowledged, and waits a moment for the events to reach the replica, so
    that a sender who got 204 finds them. The owner runs `loop` after creating the store, and stops it after closing
    it. `say` writes the log, `say_settings` gets what the servers promise. Raises `UsageFault` for a stream that
    may not be used, `Unavailable` without a server.
    """

    def __init__(
        self,
        url: str,
        path: Path,
        *,
        loop: asyncio.AbstractEventLoop,
        retention_days: float,
        allow_unsynced: bool,
        verify: messages.Verify,
        max_bytes: int | None = None,
        monitors: Sequence[str] = (),
        environ: Mapping[str, str] = os.environ,
        say: Say,
        say_settings: Callable[[str], None],
    ) -> None:
        self._url: StoreUrl = parse(url)
        options = login(self._url, environ)
        self._replica = Replica(path, max_bytes)
        self._applied = Applied()
        self._closed = False
        self._say = say
        self._roster: Roster | None = None
        try:
            self._link = Link(self._url, options, loop, say)
        except BaseException:
            self._replica.close()
            raise
        try:
            age = settings.wanted_age(retention_days)
            admit(settings.syncs(self._link.monitoring(monitors)), allow_unsynced, say_settings)
            info = self._link.call(self._link.open_stream(age), START_SECONDS + 5)
            check_stream(self._url.stream, info, self._link.client.max_payload)
            admit(settings.judge(settings_of(info.config), retention_days), allow_unsynced, say_settings)
            self._publisher = Publisher(self._link.client, self._url.stream, self.identity)
            self._link.call(self._publisher.start(), START_SECONDS)
            parser, sent = messages.Parser(self.identity, verify), self._publisher.sent
            self._feed = Feed(self._link, self._replica, sent, parser, age, self._applied.note, self._lost, say)
            self._wiper = Wiper(self._link, self._replica, say)
            self._link.spawn(self._feed.run())
            self._link.spawn(self._restore())
            self._wait_for_feed()
        except BaseException:
            self._link.close()
            self._replica.close()
            raise

    def _wait_for_feed(self) -> None:
        """Fail now if the stream cannot be followed: a relay that only takes webhooks must not look ready."""
        try:
            self._link.call(self._feed.started.wait(), _START_SECONDS)
        except Unavailable as error:
            reason = self._feed.trouble or error.message
            raise Unavailable(
                f"JetStream {self._url}: this relay cannot follow the stream ({reason}); nothing is served",
                hint="each relay needs a consumer of its own: see max_consumers of the stream and of the account",
            ) from error

    def __repr__(self) -> str:
        return f"JetStreamStore({str(self._url)!r})"

    @property
    def identity(self) -> str:
        return self._replica.identity

    # -- writing ----------------------------------------------------------------------------------

    def listen(self, on_new: Callable[[Sequence[Event]], None], broken: Callable[[], None]) -> None:
        self._replica.listen(on_new, broken)

    def append(self, arrivals: Sequence[Arrival]) -> list[Kept]:
        return self.begin(arrivals).result()

    def begin(self, arrivals: Sequence[Arrival]) -> Future[list[Kept]]:
        return self._link.spawn(self._keep(arrivals))

    @property
    def waits(self) -> bool:
        return False

    async def _keep(self, arrivals: Sequence[Arrival]) -> list[Kept]:
        if self._link.seconds_down > ACK_SECONDS:
            raise Unavailable(f"JetStream {self._url}: not connected")
        acks = await self._publisher.publish(arrivals)
        if acks and self._feed.is_live:
            await self._applied.up_to(max(ack.sequence for ack in acks), _HERE_SECONDS)
        became = [self._became(a, ack) for a, ack in zip(arrivals, acks, strict=True)]
        repeats = [a for a, kept in zip(arrivals, became, strict=True) if kept is None]
        again = iter(self._replica.again(repeats) if repeats else ())
        return [next(again) or Kept(0, new=False) if kept is None else kept for kept in became]

    def _became(self, arrival: Arrival, ack: Ack) -> Kept | None:
        """What became of an arrival; None for a repeat. Cursor 0: in the stream, but not (or no more) in our copy."""
        here = self._applied.get(ack.sequence)
        if not ack.duplicate:
            return here or Kept(0, new=True)
        return here if ack.again and here is not None and self._is_first_try(arrival, here.cursor) else None

    def _is_first_try(self, arrival: Arrival, cursor: int) -> bool:
        """Whether the event there is this very delivery: its first try was stored and only the answer was lost."""
        event = self._replica.get(cursor)
        return event is not None and event.arrival.received_ms == arrival.received_ms

    def _lost(self) -> None:
        """Called by the feed when the stream has lost its end (its servers crashed before they synced)."""
        self._applied.forget()
        self._link.spawn(self._restore())

    async def _restore(self) -> None:
        """Publish again what the stream lost and this relay still has; a restart resumes it.

        The stream refuses as repeats what it did not lose.
        """
        lost = self._replica.to_restore()
        if lost is None:
            return
        restored = 0
        after: int | None
        after, number = lost
        while after is not None:
            try:
                events = await asyncio.to_thread(self._replica.read, after, _STEP)
                whole = [event.arrival for event in events if not event.cut]
                acks = await self._publisher.publish(whole, restored=True)
            except PjtermError as error:
                self._say("not-restored-yet", why=error.message)
                await asyncio.sleep(_RESTORE_AGAIN)
                continue
            restored += sum(not ack.duplicate for ack in acks)
            after = events[-1].cursor if events else None
        self._replica.is_restored(number)
        if restored:
            self._say("restored", events=restored)

    def catch_up(self, seconds: float) -> bool:
        """Ask the stream for its last sequence number, and wait until the feed has reached it."""
        try:
            return self._link.call(self._catch_up(seconds), seconds + 1)
        except Unavailable:
            return False

    async def _catch_up(self, seconds: float) -> bool:
        info = await asyncio.wait_for(self._link.js.stream_info(self._url.stream), seconds)
        if info.state.last_seq <= self._replica.sequence(self._feed.log):
            return True
        return await self._applied.up_to(info.state.last_seq, seconds)

    def age(self, due: Due, limit: int) -> int:
        """Age the replica's events; private ones are also removed from the stream, in the background."""
        self._link.spawn(self._wiper.wipe(self._feed.log, due.cut_ms, limit))
        return self._replica.age(due, limit)

    def received_at(self, share: float) -> int | None:
        return self._replica.received_at(share)

    def set_position(self, forward: str, cursor: int) -> None:
        self._replica.set_position(forward, cursor)

    # -- reading ----------------------------------------------------------------------------------

    def read(self, after: int, limit: int, filters: Filters = ANY, *, until: int | None = None) -> list[Event]:
        return self._replica.read(after, limit, filters, until=until)

    def get(self, cursor: int) -> Event | None:
        return self._replica.get(cursor)

    def locate(self, profile: str, event_id: str) -> int | None:
        return self._replica.locate(profile, event_id)

    def oldest(self) -> int:
        return self._replica.oldest()

    def newest(self) -> int:
        return self._replica.newest()

    def gap(self, after: int) -> Gap | None:
        return self._replica.gap(after)

    def position(self, forward: str) -> int | None:
        return self._replica.position(forward)

    def last_verified(self) -> dict[str, int]:
        return self._replica.last_verified()

    def describe(self) -> dict[str, Any]:
        return {
            "kind": "jetstream", "stream": str(self._url), "connected": self._link.is_up,
            "following": self._feed.is_live, "lag": self._feed.pending, "trouble": self._feed.trouble,
        }  # fmt: skip

    def join(self, report: Callable[[], dict[str, Any]]) -> None:
        self._roster = Roster(self._link, self.identity, lambda: {**report(), "lag": self._feed.pending}, self._say)
        self._link.spawn(self._roster.run())

    def fleet(self) -> list[dict[str, Any]] | None:
        return None if self._roster is None else self._link.call(self._roster.read(), _FLEET_SECONDS)

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            if self._roster is not None and self._link.is_up:
                with suppress(Unavailable):  # it is then listed as silent
                    self._link.call(self._roster.leave(), 1)
            self._link.close()
        finally:
            self._replica.close()
