"""One connection until it is answered, or handed over to the server of the follower routes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pjterm.relay.server.answers import refused_response
from pjterm.relay.server.http1 import Head, Refused
from pjterm.relay.server.incoming import Incoming, Step
from pjterm.relay.server.metrics import Metrics
from pjterm.relay.server.waiting import ConnectionLimits, Waiting
from pjterm.values import dataclass

_PIECE = 4 * 1024
"""Bytes per read: a webhook has about 700. Without a buffer of our own, asyncio allocates 256 KiB for each read."""
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@dataclass(frozen=True)
class Surroundings:
    """What all connections of a listener share.

    `webhook` takes a complete delivery and replies to the connection later; `other` takes over a connection that is
    not for a webhook, with the bytes read so far; `refused` is called for requests that could not be parsed.
    """

    limits: ConnectionLimits
    waiting: Waiting[Connection]
    metrics: Metrics
    now: Callable[[], float]
    webhook: Callable[[Connection, Head, bytes], None]
    other: Callable[[asyncio.Transport, bytes], None]
    refused: Callable[[int, str], None]


class Connection(asyncio.BufferedProtocol):
    """Reads one request and sends one response, before `deadline` on the loop's clock."""

    __slots__ = ("_around", "_buffer", "_incoming", "_is_read", "_transport", "deadline")

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._incoming = Incoming()
        self._is_read = False
        self._buffer = bytearray(_PIECE)
        self.deadline = around.now() + around.limits.head_seconds

    @property
    def is_half_way(self) -> bool:
        """Whether its head has been read, but not all of its body."""
        return self._incoming.head is not None and not self._is_read

    # -- what asyncio calls -------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._around.waiting.enter(self)

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self._is_read:
            return  # dropped; left unread, it would reset the connection and lose the response
        is_new = self._incoming.head is None
        try:
            step = self._incoming.feed(self._buffer[:nbytes])
        except Refused as refused:
            self._refuse(refused)
            return
        if is_new and self._incoming.head is not None:
            self.deadline += self._around.limits.whole_seconds - self._around.limits.head_seconds
        self._go_on(step)

    def eof_received(self) -> bool:
        """Keep the connection: the sender of a complete request may close its side and still wait for the response."""
        return self._is_read and not self._transport.is_closing()

    def connection_lost(self, error: Exception | None) -> None:
        self._around.waiting.leave(self)

    # -- what it does -------------------------------------------------------------------------------

    def _go_on(self, step: Step) -> None:
        if step is Step.COMPLETE:
            assert self._incoming.head is not None
            self._is_read = True
            self._around.waiting.leave(self)
            self._around.webhook(self, self._incoming.head, self._incoming.body)
        elif step is Step.CONTINUE:
            self._transport.write(_CONTINUE)
        elif step is Step.OTHER:
            self._is_read = True
            self._around.waiting.leave(self)
            self._around.other(self._transport, self._incoming.rest)

    def reply(self, response: bytes) -> None:
        """Send the response to a complete request, and close."""
        if self._transport.is_closing():
            return  # the sender is gone: it will repeat the delivery, which is still one event
        self._transport.write(response)
        if self._incoming.rest:
            self._linger()
        else:
            self._transport.close()

    def _refuse(self, refused: Refused) -> None:
        route = "webhooks" if self._incoming.head else "other"
        self._around.metrics.answers[route, refused.status] += 1
        self._around.refused(refused.status, refused.why)
        self._end_early(refused_response(refused.status, refused.why))

    def _end_early(self, response: bytes) -> None:
        """Respond before the request is complete; more of it may still arrive."""
        self._is_read = True
        self._transport.write(response)
        self._linger()

    def _linger(self) -> None:
        """Keep reading for a moment: closing with unread bytes resets the connection and loses the response."""
        self._around.waiting.leave(self)
        self.deadline = self._around.now() + self._around.limits.linger_seconds
        try:
            self._transport.write_eof()
        except OSError:
            self.drop()
            return
        self._around.waiting.enter(self)

    def time_out(self) -> None:
        """Its time is up: a client that has begun a request gets a response that says so."""
        if self._incoming.has_begun and not self._is_read:
            self._around.metrics.timeouts += 1
            self._end_early(refused_response(408, "the request took too long"))
        else:
            self.drop()

    def drop(self) -> None:
        """Close without a response."""
        self._transport.abort()
