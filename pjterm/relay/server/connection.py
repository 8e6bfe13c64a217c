"""One connection that brings a webhook: read, strictly and within bounds, until it is answered."""

from __future__ import annotations

import socket
from typing import Protocol

from pjterm.relay.server.http1 import MOST_HEAD, BadRequest, Chunks, Head, parse_head
from pjterm.relay.server.verify import MOST_BODY

_PIECE = 16 * 1024
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_WEBHOOKS = b"/webhooks/"


class Listener(Protocol):
    """What a connection asks of the listener that accepted it."""

    def watch(self, connection: Connection) -> None: ...
    def drop(self, connection: Connection) -> None: ...
    def linger(self, connection: Connection) -> None: ...
    def complete(self, connection: Connection, body: bytes) -> None: ...
    def hand_over(self, connection: Connection, data: bytes) -> None: ...
    def refuse(self, connection: Connection, refused: BadRequest) -> None: ...
    def whole_deadline(self, head_deadline: float) -> float: ...


class Connection:
    """One connection until it is answered: what it has sent, and until when it may take."""

    __slots__ = ("_chunks", "_data", "_lingering", "_listener", "deadline", "head", "sock", "watched")

    def __init__(self, listener: Listener, sock: socket.socket, deadline: float) -> None:
        self._listener = listener
        self.sock = sock
        self.deadline = deadline
        self.head: Head | None = None
        self.watched = False
        self._data = b""
        self._chunks: Chunks | None = None
        self._lingering = False

    @property
    def has_sent(self) -> bool:
        """Whether it has sent anything that is still unanswered."""
        return not self._lingering and (self.head is not None or self._data != b"")

    def readable(self) -> None:
        """Take what has come, and go on as far as it allows."""
        try:
            piece = self.sock.recv(_PIECE, socket.MSG_DONTWAIT)
        except (BlockingIOError, InterruptedError):
            self._listener.watch(self)
            return
        except OSError:
            piece = b""
        if not piece:
            self._listener.drop(self)
        elif not self._lingering:
            self._data += piece
            self._advance()

    def _advance(self) -> None:
        try:
            if self.head is None and not self._read_head():
                return
            body = self._read_body()
        except BadRequest as refused:
            self._listener.refuse(self, refused)
            return
        if body is None:
            self._listener.watch(self)
        else:
            self._listener.complete(self, body)

    def _read_head(self) -> bool:
        """Whether the head is here and the body is ours to read."""
        end = self._data.find(b"\r\n\r\n", 0, MOST_HEAD + 4)
        if end < 0:
            if len(self._data) > MOST_HEAD:
                raise BadRequest(431, "the head is too large")
            self._listener.watch(self)
            return False
        head = parse_head(self._data[:end])
        if not head.target.encode().startswith(_WEBHOOKS):
            self._listener.hand_over(self, self._data)
            return False
        self.head, self._data = head, self._data[end + 4 :]
        self.deadline = self._listener.whole_deadline(self.deadline)
        if head.length is None:
            self._chunks = Chunks(MOST_BODY)
        elif head.length > MOST_BODY:
            raise BadRequest(413, "the body is too large")
        self._send_continue(head)
        return True

    def _send_continue(self, head: Head) -> None:
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
            self._listener.drop(self)
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
            self._listener.drop(self)
            return
        self._listener.linger(self)
