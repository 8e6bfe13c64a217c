"""The relay put together: listener, receiver, hub and routes around one store."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from pjterm.core.urls import authority
from pjterm.errors import PjtermError
from pjterm.events.event import Event, iso, now_ms
from pjterm.events.store import Due, Store
from pjterm.relay.server.access import Access, Hosts
from pjterm.relay.server.hub import BEAT_SECONDS, Hub
from pjterm.relay.server.listener import Listener
from pjterm.relay.server.log import Log
from pjterm.relay.server.metrics import Metrics
from pjterm.relay.server.receiver import Receiver
from pjterm.relay.server.retention import Retention
from pjterm.relay.server.routes import Routes, Sources
from pjterm.relay.server.secret_source import SecretSource
from pjterm.relay.server.status import Forward, RelayStatus
from pjterm.relay.server.token import Token
from pjterm.relay.server.waiting import ConnectionLimits
from pjterm.values import dataclass, field

_NEARLY_FULL = 0.9
_WAITED = "retention"
"""What retention has waited is kept beside the positions of forwards, which are named by URLs."""
_MOST_OTHER = 2_000
"""Connections reserved for followers and other clients, besides those for webhooks."""


@dataclass(frozen=True)
class RelayOptions:
    """How this relay behaves; `state_dir` holds the token, `retention_days` of 0 keeps everything."""

    host: str
    state_dir: Path
    retention_days: float = 400
    limits: ConnectionLimits = field(default_factory=ConnectionLimits)


class Relay:
    """One running relay: `start`, then `stop`. All methods run on one event loop."""

    def __init__(self, options: RelayOptions, store: Store, secrets: SecretSource, log: Log) -> None:
        self._options = options
        self._store = store
        self._secrets = secrets
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._metrics = Metrics()
        store.listen(self._kept, self._broken)  # before the newest cursor is read, so that no event is missed
        newest = store.newest()
        self.hub = Hub(newest, store.get(newest))
        self._token = Token(options.state_dir)
        self._forwards: list[Forward] = []
        self._forwarding: list[asyncio.Task[None]] = []
        self._is_nearly_full = False
        self._retention = Retention(
            options.retention_days, store.received_at, partial(store.position, _WAITED),
            partial(store.set_position, _WAITED),
        )  # fmt: skip
        self._receiver = Receiver(
            store, secrets, log, self._metrics, no_origin=secrets.current.allow_unsigned, due=self._due
        )

    async def start(self, listening: socket.socket) -> None:
        """Accept webhooks and followers on a bound socket."""
        host, port = listening.getsockname()[:2]
        status = RelayStatus(self._store, self.hub, self._secrets, self._metrics, self._forwards)
        self._routes = Routes(Sources(
            store=self._store, hub=self.hub, metrics=self._metrics,
            access=Access(Hosts(self._options.host or host, port), lambda: self._token.value),
            metrics_page=status.metrics_page, status=status.status,
            no_origin=self._secrets.current.allow_unsigned, failed=lambda why: self._log("request-failed", why=why),
        ))  # fmt: skip
        self._server = web.Server(
            self._routes, handler_cancellation=True, access_log=None, logger=_silent(),
            keepalive_timeout=5, lingering_time=1, auto_decompress=False,
        )  # fmt: skip
        self._listener = Listener(
            webhook=self._receiver.webhook, other=self._hand_over, metrics=self._metrics,
            limits=self._options.limits, refused=lambda status, why: self._log.refusal(status=status, why=why),
        )  # fmt: skip
        self._receiver.start()
        await self._listener.open(listening)
        url = f"http://{authority(host, port)}"
        self._store.join(lambda: status.line(url))
        self._ticker = self._loop.create_task(self._tick())

    def _kept(self, events: Sequence[Event]) -> None:
        """Called by the store, on the thread that stores events."""
        self._on_loop(self._pass_on, events)

    def _broken(self) -> None:
        """Likewise, when the store finds that history has a gap."""
        self._log("history-gap", newest=self._store.newest())
        self._on_loop(lambda: self.hub.broken(self._store.newest()))

    def _on_loop(self, work: Callable[..., None], *values: object) -> None:
        with suppress(RuntimeError):  # the loop has ended: no follower is left
            self._loop.call_soon_threadsafe(work, *values)

    def _pass_on(self, events: Sequence[Event]) -> None:
        self.hub.publish(events)
        for forward in self._forwards:
            forward.wake()

    def add_forward(self, forward: Forward) -> None:
        """Forward each new event, until the relay stops."""
        forward.begin()
        self._forwards.append(forward)
        task = self._loop.create_task(forward.run())
        task.add_done_callback(self._forward_ended)
        self._forwarding.append(task)

    def _forward_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log("forward-ended", why=repr(error))

    async def stop(self, seconds: float = 3.0) -> None:
        """Stop accepting, answer what is held (for at most `seconds`), and end the streams."""
        self._listener.close()
        until = self._loop.time() + seconds
        while (self._receiver.held or len(self._listener)) and self._loop.time() < until:
            await asyncio.sleep(0.01)
        for task in (*self._forwarding, self._ticker):
            task.cancel()
        await asyncio.gather(*self._forwarding, return_exceptions=True)
        self._listener.abandon()
        self.hub.cut_all()
        await asyncio.to_thread(self._receiver.end)
        await self._server.shutdown(0.5)
        await asyncio.to_thread(self._routes.close)

    def refresh_secrets(self) -> None:
        """Read the webhook secrets again now (SIGHUP)."""
        self._receiver.refresh_secrets()

    def _hand_over(self, transport: asyncio.Transport, data: bytes) -> None:
        """Hand a connection to the server of the follower routes, with the bytes read so far."""
        if len(self._server.connections) >= _MOST_OTHER:
            transport.abort()
            return
        protocol = self._server()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        protocol.data_received(data)

    def trouble(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Log an uncaught exception; most often no file descriptor is left for a new connection."""
        error = context.get("exception")
        if isinstance(error, OSError) and "socket" in context:
            self._listener.make_room()
        self._log("failed", why=str(context.get("message")), error=type(error).__name__)

    async def _tick(self) -> None:
        """Once a second: send heartbeats, notice a rotated token, reread secrets if due."""
        second = 0
        while True:
            await asyncio.sleep(1)
            second += 1
            self.hub.beat(second % BEAT_SECONDS)
            self._notice_rotation()
            if self._secrets.is_due:
                self.refresh_secrets()

    def _notice_rotation(self) -> None:
        """End the streams of followers that used the old token."""
        try:
            rotated = self._token.rotated()
        except PjtermError as error:
            self._log("token-unreadable", why=error.message)
            return
        if rotated:
            self._log("token-rotated", followers=len(self.hub))
            self.hub.cut_all()

    def _due(self) -> Due:
        """What has aged; called on the writer's thread. Logs when removal is put on hold, and when it resumes."""
        self._warn_of_size()
        before = self._retention.held
        due = self._retention.due(now_ms(), time.monotonic())
        held = self._retention.held
        if held is not None and before is None:
            self._log(
                "retention-waits", hours=round(held.seconds / 3600, 1), newest=iso(held.newest_removed_ms),
                why="nearly all events are older than --retention; is the clock right?",
            )  # fmt: skip
        elif held is None and before is not None:
            self._log("retention-goes-on")
        return due

    def _warn_of_size(self) -> None:
        """Log that the store is close to its limit: once, and again after there was room in between."""
        described = self._store.describe()
        used, most = described.get("bytes"), described.get("maxBytes")
        near = most is not None and used is not None and used >= _NEARLY_FULL * most
        if near and not self._is_nearly_full:
            why = "beyond --max-size deliveries get 503; give it more, or keep events for less long with --retention"
            self._log("store-nearly-full", bytes=used, maxBytes=most, why=why)
        self._is_nearly_full = near


def _silent() -> logging.Logger:
    """A logger that prints nothing: aiohttp would log a traceback for any garbage that strangers send."""
    logger = logging.Logger("pjterm.relay.http")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger
