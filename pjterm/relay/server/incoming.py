"""One request, parsed piece by piece: pure, bounded, and with the same result however the bytes are split."""

from __future__ import annotations

from enum import Enum, auto

from pjterm.relay.server.http1 import MOST_HEAD, Chunks, Head, Refused, parse_head
from pjterm.relay.server.verify import MOST_BODY

_WEBHOOKS = "/webhooks/"


class Step(Enum):
    """What a piece of the request leads to."""

    MORE = auto()
    """It is not complete."""
    CONTINUE = auto()
    """It is not complete, and the sender expects `100 Continue` before it sends the body."""
    COMPLETE = auto()
    """`head` and `body` are the whole request; `rest` is what came after it."""
    OTHER = auto()
    """It is not a webhook; `rest` is everything read so far."""


class Incoming:
    """The bytes of one request so far."""

    __slots__ = ("_buffer", "_chunks", "_searched", "body", "head")

    def __init__(self) -> None:
        self.head: Head | None = None
        self.body = b""
        self._buffer = bytearray()
        self._searched = 0
        self._chunks: Chunks | None = None

    @property
    def has_begun(self) -> bool:
        return self.head is not None or len(self._buffer) > 0

    @property
    def rest(self) -> bytes:
        return bytes(self._buffer)

    def feed(self, data: bytes | bytearray) -> Step:
        """Take more bytes. Raises `Refused`."""
        self._buffer += data
        if self.head is not None:
            return self._read_body()
        end = self._head_end()
        if end < 0:
            return Step.MORE
        head = parse_head(bytes(self._buffer[:end]))
        if not head.target.startswith(_WEBHOOKS):
            return Step.OTHER
        self._begin_body(head, end + 4)
        step = self._read_body()
        return Step.CONTINUE if step is Step.MORE and self._is_awaiting_continue(head) else step

    def _head_end(self) -> int:
        """Where the head ends; -1 while it is incomplete."""
        end = self._buffer.find(b"\r\n\r\n", self._searched, MOST_HEAD + 4)
        if end < 0 and len(self._buffer) >= MOST_HEAD + 4:
            raise Refused(431, "the head is too large")
        self._searched = max(0, len(self._buffer) - 3)
        return end

    def _begin_body(self, head: Head, at: int) -> None:
        self.head = head
        del self._buffer[:at]
        if head.length is None:
            self._chunks = Chunks(MOST_BODY)
        elif head.length > MOST_BODY:
            raise Refused(413, "the body is too large")

    def _is_awaiting_continue(self, head: Head) -> bool:
        expect = head.one(b"expect")
        return expect is not None and expect.lower() == b"100-continue" and not self._buffer and head.version > 0

    def _read_body(self) -> Step:
        assert self.head is not None
        if self._chunks is not None:
            if not self._chunks.feed(self._buffer):
                return Step.MORE
            self.body = self._chunks.body
            return Step.COMPLETE
        length = self.head.length or 0
        if len(self._buffer) < length:
            return Step.MORE
        self.body = bytes(self._buffer[:length])
        del self._buffer[:length]
        return Step.COMPLETE
