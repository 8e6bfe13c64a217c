"""The relay put together: door, intake, writer, hub and routes around one store."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes

from aiohttp import web

from pjterm import __version__
from pjterm.errors import PjtermError
from pjterm.events.model import Event, Kept, Store, iso
from pjterm.relay import state
from pjterm.relay.door import KEPT, Door, Limits, Visitor, refusal
from pjterm.relay.http1 import Head
from pjterm.relay.hub import BEAT_SECONDS, Hub
from pjterm.relay.intake import Refused, read_event
from pjterm.relay.keys import KeySource
from pjterm.relay.log import Log
from pjterm.relay.metrics import Counts, Gauge, render
from pjterm.relay.routes import Hosts, Routes, Sources
from pjterm.relay.writer import Commit, Job, Writer

_DAY_MS = 86_400_000
_MOST_OTHER = 2_000
_MOST_SECOND_LOOKS = 256


@dataclass(frozen=True)
class Options:
    """How this relay behaves; `state_dir` holds the token, `retention_days` of 0 keeps all."""

    host: str
    state_dir: Path
    retention_days: float = 30
    allow_unsigned: bool = False
    limits: Limits = field(default_factory=Limits)


class Forward(Protocol):
    """One `--forward URL` at work (its module loads httpx, so only those who forward import it)."""

    def begin(self) -> None: ...
    def wake(self) -> None: ...
    def tell(self) -> dict[str, Any]: ...
    async def run(self) -> None: ...


class Relay:
    """One running relay: `start`, then `stop`. All methods run on one event loop."""

    def __init__(self, options: Options, store: Store, keys: KeySource, log: Log) -> None:
        self._options = options
        self._store = store
        self._keys = keys
        self._log = log
        self.counts = Counts()
        self.hub = Hub(store.newest())
        self._forwards: list[Forward] = []
        self._forwarding: list[asyncio.Task[None]] = []
        self._loop = asyncio.get_running_loop()
        self._started = time.time()
        self._token = state.token(options.state_dir)
        self._token_seen = self._token_stamp()
        self._writer = Writer(store, self._report, self._cutoff)
        self._held = 0
        self._second_looks: list[tuple[Visitor, Head, bytes]] = []
        self._ticker: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, listener: socket.socket) -> None:
        """Take webhooks and followers from this listening socket."""
        host, port = listener.getsockname()[:2]
        hosts = Hosts(self._options.host or host, port)
        self._routes = Routes(Sources(
            store=self._store, hub=self.hub, counts=self.counts, hosts=hosts,
            token=lambda: self._token, metrics=self._metrics, status=self._status,
            no_origin=self._options.allow_unsigned, failed=lambda why: self._log("failed", why=why),
        ))  # fmt: skip
        self._server = web.Server(
            self._routes, handler_cancellation=True, access_log=None, logger=_silent(),
            keepalive_timeout=5, lingering_time=1, auto_decompress=False,
        )  # fmt: skip
        self._door = Door(
            listener, webhook=self._webhook, other=self._hand_over, counts=self.counts,
            limits=self._options.limits,
        )  # fmt: skip
        self._writer.start()
        self._door.open()
        self._ticker = self._loop.create_task(self._tick())

    def add_forward(self, forward: Forward) -> None:
        """Hand each new event on, until the relay stops."""
        forward.begin()
        self._forwards.append(forward)
        task = self._loop.create_task(forward.run())
        task.add_done_callback(self._forward_ended)
        self._forwarding.append(task)

    def _forward_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log("forward-ended", why=repr(error))

    async def stop(self, seconds: float = 3.0) -> None:
        """Stop accepting, finish what is held (for at most `seconds`), end the streams."""
        self._door.close()
        until = self._loop.time() + seconds
        while (self._held or len(self._door)) and self._loop.time() < until:
            await asyncio.sleep(0.01)
        for task in (*self._forwarding, *([self._ticker] if self._ticker else [])):
            task.cancel()
        await asyncio.gather(*self._forwarding, return_exceptions=True)
        self._door.abandon()
        self.hub.cut_all()
        self._writer.end()
        await asyncio.to_thread(self._writer.join, 1.0)
        await self._server.shutdown(0.5)
        await asyncio.to_thread(self._routes.close)

    # -- webhooks ---------------------------------------------------------------------------------

    def _webhook(self, visitor: Visitor, head: Head, body: bytes, again: bool = False) -> None:
        """Verify, parse, hand to the writer; the answer follows the commit."""
        try:
            job = Job(self._judge(head, body), lambda kept: self._answer(visitor, kept))
            if not self._writer.submit(job):
                raise Refused(503, "too much is waiting for the disk")
        except Refused as refused:
            if refused.status in (401, 404) and not again and self._look_twice(visitor, head, body):
                return
            self._refuse(visitor, head, refused)
        else:
            self._held += 1

    def _judge(self, head: Head, body: bytes) -> Any:
        if head.method != "POST":
            raise Refused(405, "only POST")
        if self._options.allow_unsigned and b"origin" in head.fields:
            raise Refused(403, "requests from web pages are refused while unsigned events are allowed")
        profile = _profile(head.target)
        signatures = head.fields.get(b"x-pj-signature", [])
        if len(signatures) > 1:
            raise Refused(401, "more than one signature")
        verified = self._keys.keys.verify(profile, body, signatures[0] if signatures else None)
        return read_event(profile, verified, now_ms(), body, head.lines)

    def _refuse(self, visitor: Visitor, head: Head, refused: Refused) -> None:
        self.counts.answers["webhooks", refused.status] += 1
        self._log.refusal(status=refused.status, why=refused.why, path=head.target.partition("?")[0][:80])
        visitor.reply(refusal(refused.status, refused.why))

    def _look_twice(self, visitor: Visitor, head: Head, body: bytes) -> bool:
        """Whether this delivery waits for the secrets to be read again."""
        looking = bool(self._second_looks)
        if not (looking or self._keys.may_be_stale) or len(self._second_looks) >= _MOST_SECOND_LOOKS:
            return False
        self._second_looks.append((visitor, head, body))
        self._held += 1
        if not looking:
            self._spawn(self._second_look())
        return True

    async def _second_look(self) -> None:
        await self._refresh()
        waiting, self._second_looks = self._second_looks, []
        for visitor, head, body in waiting:
            self._held -= 1
            self._webhook(visitor, head, body, again=True)

    async def _refresh(self) -> None:
        try:
            await self._keys.refresh()
        except (PjtermError, OSError) as error:
            self._log("secrets-unreadable", why=str(error))

    def refresh_secrets(self) -> None:
        """Read the secrets again now (SIGHUP)."""
        self._spawn(self._refresh())

    def _answer(self, visitor: Visitor, kept: Kept | None) -> None:
        self._held -= 1
        status = 503 if kept is None else 204
        self.counts.answers["webhooks", status] += 1
        visitor.reply(KEPT if kept is not None else refusal(503, "the event could not be kept"))

    # -- after the commit -------------------------------------------------------------------------

    def _report(self, commit: Commit) -> None:
        """Called on the writer's thread."""
        self._loop.call_soon_threadsafe(self._committed, commit)

    def _committed(self, commit: Commit) -> None:
        if commit.error is not None:
            self.counts.failures += 1
            self._log("not-kept", events=len(commit.jobs), why=commit.error)
            for job in commit.jobs:
                job.done(None)
            return
        self._count(commit)
        self.hub.publish(_new_events(commit))
        for job, kept in zip(commit.jobs, commit.kept, strict=True):
            job.done(kept)
        for forward in self._forwards:
            forward.wake()
        self._log.all("kept", [_said(job, kept) for job, kept in zip(commit.jobs, commit.kept, strict=True)])

    def _count(self, commit: Commit) -> None:
        new = sum(kept.new for kept in commit.kept)
        self.counts.commits += 1
        self.counts.commit_seconds += commit.seconds
        self.counts.kept += new
        self.counts.repeats += len(commit.kept) - new

    # -- followers --------------------------------------------------------------------------------

    def _hand_over(self, sock: socket.socket, data: bytes) -> None:
        if len(self._server.connections) >= _MOST_OTHER:
            sock.close()
            return
        self._spawn(self._connect(sock, data))

    async def _connect(self, sock: socket.socket, data: bytes) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: _Primed(self._server(), data), sock)
        except OSError:
            sock.close()  # it left while being handed over

    def _spawn(self, work: Any) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tick(self) -> None:
        """Once a second: heartbeats, a token that was rotated, secrets that are due."""
        second = 0
        while True:
            await asyncio.sleep(1)
            second += 1
            self.hub.beat(second % BEAT_SECONDS)
            self._notice_rotation()
            if self._keys.is_due:
                self.refresh_secrets()

    def _token_stamp(self) -> tuple[int, int]:
        try:
            found = (self._options.state_dir / state.TOKEN_FILE).stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_ino

    def _notice_rotation(self) -> None:
        stamp = self._token_stamp()
        if stamp == self._token_seen:
            return
        try:
            fresh = state.token(self._options.state_dir)
        except PjtermError as error:
            self._log("token-unreadable", why=error.message)
            return
        self._token_seen = self._token_stamp()
        if fresh != self._token:
            self._token = fresh
            self._log("token-rotated", followers=len(self.hub))
            self.hub.cut_all()

    # -- what it tells about itself ---------------------------------------------------------------

    def _cutoff(self) -> int | None:
        days = self._options.retention_days
        return now_ms() - int(days * _DAY_MS) if days > 0 else None

    def _status(self) -> dict[str, Any]:
        oldest, newest = self._store.oldest(), self._store.newest()
        seen = {name: iso(at) for name, at in self._store.last_verified().items()}
        served = self._keys.keys.secrets
        return {
            "schema": "pjterm.relay/1",
            "version": __version__,
            "startedAt": iso(int(self._started * 1000)),
            "uptimeSeconds": round(time.time() - self._started, 3),
            "events": {"stored": newest - oldest + 1, "oldest": oldest, "newest": newest},
            "followers": len(self.hub),
            "profiles": [
                {"profile": name, "secrets": len(served.get(name, ())), "lastVerifiedAt": seen.get(name)}
                for name in sorted({*served, *seen})
            ],
            "forwards": [forward.tell() for forward in self._forwards],
            "allowUnsigned": self._options.allow_unsigned,
        }

    def _metrics(self) -> str:
        return render(self.counts, self._gauges())

    def _gauges(self) -> Iterator[Gauge]:
        newest = self._store.newest()
        yield Gauge("uptime_seconds", "Since the start.", time.time() - self._started)
        yield Gauge("newest_cursor", "Highest cursor given.", newest)
        yield Gauge("oldest_cursor", "Oldest event that is kept.", self._store.oldest())
        yield Gauge("followers", "Open streams.", len(self.hub))
        yield Gauge("followers_cut_total", "Streams ended for a slow reader.", self.hub.overflows)
        yield Gauge("waiting_connections", "Connections whose request is not complete.", len(self._door))
        for profile, at in sorted(self._store.last_verified().items()):
            name = "last_verified_timestamp_seconds"
            yield Gauge(name, "Last verified delivery.", at / 1000, ("profile", profile))
        for told in (forward.tell() for forward in self._forwards):
            yield Gauge("forward_lag", "Events still to be forwarded.", told["lag"], ("url", told["url"]))


class _Primed(asyncio.Protocol):
    """Gives a connection to its real protocol, beginning with bytes that were read before."""

    def __init__(self, protocol: asyncio.Protocol, data: bytes) -> None:
        self._protocol = protocol
        self._data = data

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.set_protocol(self._protocol)
        self._protocol.connection_made(transport)
        self._protocol.data_received(self._data)


def _profile(target: str) -> str:
    """The profile a path names; a path that needs interpreting names none."""
    name = target.partition("?")[0].removeprefix("/webhooks/")
    try:
        return unquote_to_bytes(name).decode()
    except UnicodeDecodeError as error:
        raise Refused(404, "unknown profile") from error


def _new_events(commit: Commit) -> Iterator[Event]:
    for job, kept in zip(commit.jobs, commit.kept, strict=True):
        if kept.new:
            yield Event(kept.cursor, kept.same_id_as, 1, job.arrival)


def _said(job: Job, kept: Kept) -> dict[str, object]:
    got = job.arrival
    return {
        "cursor": kept.cursor, "new": kept.new, "profile": got.profile, "verified": got.verified,
        "type": got.type, "requestId": got.request_id, "status": got.status, "sameIdAs": kept.same_id_as,
    }  # fmt: skip


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def _silent() -> logging.Logger:
    """aiohttp's own log would print tracebacks about what strangers send."""
    logger = logging.Logger("pjterm.relay.http")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger
