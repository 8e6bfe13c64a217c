"""The listening socket: every connection comes in here, and most end here.

A webhook comes on a connection of its own and is usually complete when it is accepted: then it costs
accept, recv, send and close, and never meets the selector. A slower sender waits in `_waiting`, which holds
a bounded number of connections with one deadline each; when it is full, the one that has waited longest is
dropped, so that idle connections never keep a webhook out. Anything that is not for `/webhooks/` is handed
on, with the bytes read so far, to the server of the follower routes.

All of it runs on the event loop's thread.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass

from pjterm.relay.server.answers import refusal
from pjterm.relay.server.connection import Connection
from pjterm.relay.server.http1 import BadRequest, Head
from pjterm.relay.server.metrics import Counts

_ACCEPTS = 64
"""Connections taken per turn of the loop: they share a commit; more would keep answers waiting too long."""
_SWEEP = 0.5


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient the listener is, in seconds and connections. PayJunction itself waits 15 s (RECV)."""

    waiting: int = 512
    head_seconds: float = 5.0
    whole_seconds: float = 15.0
    linger_seconds: float = 1.0


class Listener:
    """Accepts, reads and answers; `webhook` judges a complete delivery, `other` takes the rest."""

    def __init__(
        self,
        listening: socket.socket,
        *,
        webhook: Callable[[Connection, Head, bytes], None],
        other: Callable[[socket.socket, bytes], None],
        counts: Counts,
        limits: Limits,
        refused: Callable[[int, str], None],
    ) -> None:
        self._socket = listening
        self._webhook = webhook
        self._other = other
        self._counts = counts
        self._limits = limits
        self._refused = refused
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[Connection, None] = {}
        self._sweeper: asyncio.TimerHandle | None = None
        self._open = False

    def open(self) -> None:
        """Start accepting."""
        self._open = True
        self._loop.add_reader(self._socket, self._accept)
        self._sweep()

    def close(self) -> None:
        """Stop accepting; who is half way in may finish."""
        if self._open:
            self._open = False
            self._loop.remove_reader(self._socket)
        self._socket.close()
        for connection in [v for v in self._waiting if v.head is None]:
            self.drop(connection)

    def abandon(self) -> None:
        """Drop everybody who still waits."""
        for connection in list(self._waiting):
            self.drop(connection)
        if self._sweeper is not None:
            self._sweeper.cancel()

    def __len__(self) -> int:
        return len(self._waiting)

    def _accept(self) -> None:
        for _ in range(_ACCEPTS):
            try:
                sock, _peer = self._socket.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:
                self._out_of_files()
                return
            Connection(self, sock, self._loop.time() + self._limits.head_seconds).readable()

    def _out_of_files(self) -> None:
        """No file descriptors: make room, and look again a little later instead of at once."""
        self._evict()
        self._loop.remove_reader(self._socket)
        self._loop.call_later(0.1, self._again)

    def _again(self) -> None:
        if self._open:
            self._loop.add_reader(self._socket, self._accept)

    def _evict(self) -> None:
        if self._waiting:
            self._counts.evicted += 1
            self.drop(next(iter(self._waiting)))

    def watch(self, connection: Connection) -> None:
        """Wait for more from this connection."""
        if connection.watched:
            return
        if len(self._waiting) >= self._limits.waiting:
            self._evict()
        connection.watched = True
        self._waiting[connection] = None
        self._counts.waiting = len(self._waiting)
        self._loop.add_reader(connection.sock, connection.readable)

    def _unwatch(self, connection: Connection) -> None:
        if connection.watched:
            connection.watched = False
            self._loop.remove_reader(connection.sock)
            del self._waiting[connection]
            self._counts.waiting = len(self._waiting)

    def linger(self, connection: Connection) -> None:
        connection.deadline = self._loop.time() + self._limits.linger_seconds
        self.watch(connection)

    def whole_deadline(self, head_deadline: float) -> float:
        return head_deadline - self._limits.head_seconds + self._limits.whole_seconds

    def drop(self, connection: Connection) -> None:
        """End the connection."""
        self._unwatch(connection)
        connection.sock.close()

    def complete(self, connection: Connection, body: bytes) -> None:
        self._unwatch(connection)
        assert connection.head is not None
        self._webhook(connection, connection.head, body)

    def hand_over(self, connection: Connection, data: bytes) -> None:
        self._unwatch(connection)
        connection.sock.setblocking(False)
        self._other(connection.sock, data)

    def refuse(self, connection: Connection, refused: BadRequest) -> None:
        self._counts.answers["webhooks" if connection.head else "other", refused.status] += 1
        self._refused(refused.status, refused.why)
        connection.reply(refusal(refused.status, refused.why), complete=False)

    def _sweep(self) -> None:
        """Twice a second: end those whose time is up."""
        now = self._loop.time()
        for connection in [v for v in self._waiting if v.deadline < now]:
            self._time_out(connection)
        self._sweeper = self._loop.call_later(_SWEEP, self._sweep)

    def _time_out(self, connection: Connection) -> None:
        if connection.has_sent:
            self._counts.timeouts += 1
            connection.reply(refusal(408, "the request took too long"), complete=False)
        else:
            self.drop(connection)
