"""The listening socket: every connection comes in here, and most end here.

A webhook comes on a connection of its own and is usually complete when it is accepted: then it costs
accept, recv, send and close, and never meets the selector. Whoever is slower waits in `_waiting`, a
bounded crowd with one deadline each; when it is full, the one who has waited longest goes, so that
idle connections never keep a webhook out. Anything that is not for `/webhooks/` is handed on, with
the bytes read so far, to the server of the follower routes.

All of it runs on the event loop's thread.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass

from pjterm.relay.http1 import MOST_HEAD, BadRequest, Chunks, Head, answer, parse_head
from pjterm.relay.intake import MOST_BODY
from pjterm.relay.metrics import Counts

_PIECE = 16 * 1024
_ACCEPTS = 64
"""Connections taken per turn of the loop: they share a commit; more would keep answers waiting too long."""
_SWEEP = 0.5
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_WEBHOOKS = b"/webhooks/"


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient the door is, in seconds and connections. PayJunction itself waits 15 s (RECV)."""

    waiting: int = 512
    head_seconds: float = 5.0
    whole_seconds: float = 15.0
    linger_seconds: float = 1.0


class Visitor:
    """One connection until it is answered: what it has sent, and until when it may take."""

    __slots__ = ("_chunks", "_data", "_door", "_lingering", "deadline", "head", "sock", "watched")

    def __init__(self, door: Door, sock: socket.socket, deadline: float) -> None:
        self._door = door
        self.sock = sock
        self.deadline = deadline
        self.head: Head | None = None
        self.watched = False
        self._data = b""
        self._chunks: Chunks | None = None
        self._lingering = False

    @property
    def has_spoken(self) -> bool:
        """Whether it has sent anything that is still unanswered."""
        return not self._lingering and (self.head is not None or self._data != b"")

    def readable(self) -> None:
        """Take what has come, and go on as far as it allows."""
        try:
            piece = self.sock.recv(_PIECE, socket.MSG_DONTWAIT)
        except (BlockingIOError, InterruptedError):
            self._door.watch(self)
            return
        except OSError:
            piece = b""
        if not piece:
            self._door.drop(self)
        elif not self._lingering:
            self._data += piece
            self._advance()

    def _advance(self) -> None:
        try:
            if self.head is None and not self._read_head():
                return
            body = self._read_body()
        except BadRequest as refused:
            self._door.refuse(self, refused)
            return
        if body is None:
            self._door.watch(self)
        else:
            self._door.complete(self, body)

    def _read_head(self) -> bool:
        """Whether the head is here and the body is ours to read."""
        end = self._data.find(b"\r\n\r\n", 0, MOST_HEAD + 4)
        if end < 0:
            if len(self._data) > MOST_HEAD:
                raise BadRequest(431, "the head is too large")
            self._door.watch(self)
            return False
        head = parse_head(self._data[:end])
        if not head.target.encode().startswith(_WEBHOOKS):
            self._door.hand_over(self, self._data)
            return False
        self.head, self._data = head, self._data[end + 4 :]
        self.deadline = self._door.whole_deadline(self.deadline)
        if head.length is None:
            self._chunks = Chunks(MOST_BODY)
        elif head.length > MOST_BODY:
            raise BadRequest(413, "the body is too large")
        self._invite(head)
        return True

    def _invite(self, head: Head) -> None:
        """Answer `Expect: 100-continue`, for who waits for it before sending the body."""
        expect = head.one(b"expect")
        if expect is not None and expect.lower() == b"100-continue" and not self._data and head.version:
            self._send(_CONTINUE)

    def _read_body(self) -> bytes | None:
        assert self.head is not None
        if self._chunks is not None:
            done, self._data = self._chunks.feed(self._data)
            return self._chunks.body if done else None
        length = self.head.length or 0
        if len(self._data) < length:
            return None
        body, self._data = self._data[:length], self._data[length:]
        return body

    def reply(self, response: bytes, *, complete: bool = True) -> None:
        """Send the answer and end; `complete` says that the whole request was read."""
        self._send(response)
        if complete and not self._data:
            self._door.drop(self)
        else:
            self._linger()

    def _send(self, data: bytes) -> None:
        try:
            self.sock.send(data, socket.MSG_DONTWAIT)
        except OSError:
            return  # gone before the answer: the sender comes again, and the event is there once

    def _linger(self) -> None:
        """Read on for a moment: closing with unread bytes resets the connection and loses the answer."""
        self._data = b""
        self._lingering = True
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._door.drop(self)
            return
        self._door.linger(self)


class Door:
    """Accepts, reads and answers; `webhook` judges a complete delivery, `other` takes the rest."""

    def __init__(
        self,
        listener: socket.socket,
        *,
        webhook: Callable[[Visitor, Head, bytes], None],
        other: Callable[[socket.socket, bytes], None],
        counts: Counts,
        limits: Limits,
        refused: Callable[[int, str], None],
    ) -> None:
        self._listener = listener
        self._webhook = webhook
        self._other = other
        self._counts = counts
        self._limits = limits
        self._refused = refused
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[Visitor, None] = {}
        self._sweeper: asyncio.TimerHandle | None = None
        self._open = False

    def open(self) -> None:
        """Start accepting."""
        self._open = True
        self._loop.add_reader(self._listener, self._accept)
        self._sweep()

    def close(self) -> None:
        """Stop accepting; who is half way in may finish."""
        if self._open:
            self._open = False
            self._loop.remove_reader(self._listener)
        self._listener.close()
        for visitor in [v for v in self._waiting if v.head is None]:
            self.drop(visitor)

    def abandon(self) -> None:
        """Drop everybody who still waits."""
        for visitor in list(self._waiting):
            self.drop(visitor)
        if self._sweeper is not None:
            self._sweeper.cancel()

    def __len__(self) -> int:
        return len(self._waiting)

    def _accept(self) -> None:
        for _ in range(_ACCEPTS):
            try:
                sock, _peer = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:
                self._out_of_files()
                return
            Visitor(self, sock, self._loop.time() + self._limits.head_seconds).readable()

    def _out_of_files(self) -> None:
        """No file descriptors: make room, and look again a little later instead of at once."""
        self._evict()
        self._loop.remove_reader(self._listener)
        self._loop.call_later(0.1, self._again)

    def _again(self) -> None:
        if self._open:
            self._loop.add_reader(self._listener, self._accept)

    def _evict(self) -> None:
        if self._waiting:
            self._counts.evicted += 1
            self.drop(next(iter(self._waiting)))

    def watch(self, visitor: Visitor) -> None:
        """Wait for more from this visitor."""
        if visitor.watched:
            return
        if len(self._waiting) >= self._limits.waiting:
            self._evict()
        visitor.watched = True
        self._waiting[visitor] = None
        self._counts.waiting = len(self._waiting)
        self._loop.add_reader(visitor.sock, visitor.readable)

    def _unwatch(self, visitor: Visitor) -> None:
        if visitor.watched:
            visitor.watched = False
            self._loop.remove_reader(visitor.sock)
            del self._waiting[visitor]
            self._counts.waiting = len(self._waiting)

    def linger(self, visitor: Visitor) -> None:
        visitor.deadline = self._loop.time() + self._limits.linger_seconds
        self.watch(visitor)

    def whole_deadline(self, head_deadline: float) -> float:
        return head_deadline - self._limits.head_seconds + self._limits.whole_seconds

    def drop(self, visitor: Visitor) -> None:
        """End the connection."""
        self._unwatch(visitor)
        visitor.sock.close()

    def complete(self, visitor: Visitor, body: bytes) -> None:
        self._unwatch(visitor)
        assert visitor.head is not None
        self._webhook(visitor, visitor.head, body)

    def hand_over(self, visitor: Visitor, data: bytes) -> None:
        self._unwatch(visitor)
        visitor.sock.setblocking(False)
        self._other(visitor.sock, data)

    def refuse(self, visitor: Visitor, refused: BadRequest) -> None:
        self._counts.answers["webhooks" if visitor.head else "other", refused.status] += 1
        self._refused(refused.status, refused.why)
        visitor.reply(refusal(refused.status, refused.why), complete=False)

    def _sweep(self) -> None:
        """Twice a second: end those whose time is up."""
        now = self._loop.time()
        for visitor in [v for v in self._waiting if v.deadline < now]:
            self._time_out(visitor)
        self._sweeper = self._loop.call_later(_SWEEP, self._sweep)

    def _time_out(self, visitor: Visitor) -> None:
        if visitor.has_spoken:
            self._counts.timeouts += 1
            visitor.reply(refusal(408, "the request took too long"), complete=False)
        else:
            self.drop(visitor)


_REASONS = {
    204: "No Content", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 408: "Request Timeout", 413: "Content Too Large",
    431: "Request Header Fields Too Large", 503: "Service Unavailable",
}  # fmt: skip

KEPT = answer(204, _REASONS[204])


def refusal(status: int, why: str) -> bytes:
    """The answer to what is not taken; `why` is ours and never echoes what came in."""
    headers = {405: ("Allow: POST",), 503: ("Retry-After: 5",)}.get(status, ())
    return answer(status, _REASONS[status], b'{"error": "%s"}' % why.encode(), *headers)
