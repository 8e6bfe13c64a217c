"""The listening socket: every connection is accepted here, and most end here.

Each webhook comes on a connection of its own. Anything that is not for `/webhooks/` is handed over, with the bytes
read so far, to the server of the follower routes. Everything runs on the event loop's thread.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from pjterm.relay.server.connection import Connection, Surroundings
from pjterm.relay.server.http1 import Head
from pjterm.relay.server.metrics import Metrics
from pjterm.relay.server.waiting import ConnectionLimits, Waiting

BACKLOG = 1024
"""Connections that the system queues until they are accepted."""
_ACCEPTS = 64
"""Connections accepted per turn of the loop: they share a commit; more would delay the responses too long."""
_SWEEP = 0.5


class Listener:
    """Accepts, reads and answers; `webhook` takes a complete delivery, `other` takes over any other connection."""

    def __init__(
        self,
        *,
        webhook: Callable[[Connection, Head, bytes], None],
        other: Callable[[asyncio.Transport, bytes], None],
        metrics: Metrics,
        limits: ConnectionLimits,
        refused: Callable[[int, str], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._limits = limits
        self._waiting: Waiting[Connection] = Waiting(limits.waiting, metrics)
        self._around = Surroundings(limits, self._waiting, metrics, self._loop.time, webhook, other, refused)
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.TimerHandle | None = None

    async def open(self, listening: socket.socket) -> None:
        """Start accepting from a bound socket."""
        accepts = min(_ACCEPTS, max(1, self._limits.waiting // 4))  # asyncio accepts `backlog` connections a turn
        self._server = await self._loop.create_server(lambda: Connection(self._around), sock=listening, backlog=accepts)
        listening.listen(BACKLOG)
        self._sweep()

    def close(self) -> None:
        """Stop accepting; a request whose head has been read may finish."""
        if self._server is not None:
            self._server.close()
        for connection in self._waiting.everyone():
            if not connection.is_half_way:
                connection.drop()

    def abandon(self) -> None:
        """Drop all that are still waiting."""
        for connection in self._waiting.everyone():
            connection.drop()
        if self._sweeper is not None:
            self._sweeper.cancel()

    def make_room(self) -> None:
        """Drop the oldest connection: the process has no file descriptor left for another one."""
        self._waiting.make_room()

    def __len__(self) -> int:
        return len(self._waiting)

    def _sweep(self) -> None:
        """Twice a second, end connections whose time is up."""
        for connection in self._waiting.overdue(self._loop.time()):
            connection.time_out()
        self._sweeper = self._loop.call_later(_SWEEP, self._sweep)
