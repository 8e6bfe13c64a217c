"""Parses a request's head and chunks: pure, strict, and for one request per connection.

The listener parses heads itself because each webhook comes on a connection of its own: a general server would
spend most of the time on setting up and tearing down what a single request does not need.
Everything that two HTTP parsers could read differently is refused (RFC 9112 section 11.2): folded
lines, blanks before a colon, bare CR or LF, control characters, two lengths, length and chunks.
"""

from __future__ import annotations

import re

MOST_HEAD = 16 * 1024
"""Bytes of request line and headers; PayJunction sends about 450 (HDRS)."""

_START = re.compile(rb"([A-Z]{1,16}) ([!-~]{1,2048}) HTTP/1\.([01])")
_FIELDS = re.compile(rb"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\x00-\x08\x0a-\x1f\x7f]*\r\n)*")
_DIGITS = re.compile(rb"[0-9]{1,18}")


class Refused(Exception):
    """A request that is refused: the status to respond with, and why in our own words."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class Head:
    """A request line and its headers. `lines` are the header lines as received, each with CR LF.

    `length` is the body's size; None if the body comes in chunks.
    """

    __slots__ = ("_searchable", "length", "lines", "method", "target", "version")

    def __init__(self, method: str, target: str, version: int, lines: bytes) -> None:
        self.method = method
        self.target = target
        self.version = version
        self.lines = lines
        self._searchable = b"\r\n" + lines.lower()
        self.length = _length(self.all(b"transfer-encoding"), self.all(b"content-length"))

    def __repr__(self) -> str:
        return f"Head({self.method!r}, {self.target!r}, HTTP/1.{self.version}, length={self.length})"

    def all(self, name: bytes) -> list[bytes]:
        """The values of a header (named in lower case), in order.

        Searched on demand: few of the dozen headers are needed, and parsing all took a quarter of a delivery's time.
        """
        values = []
        start = b"\r\n%b:" % name
        at = self._searchable.find(start)
        while at >= 0:
            at += len(start)
            end = self._searchable.index(b"\r\n", at)
            values.append(self.lines[at - 2 : end - 2].strip(b" \t"))
            at = self._searchable.find(start, end)
        return values

    def one(self, name: bytes) -> bytes | None:
        """The value of a header that occurs exactly once; else None."""
        values = self.all(name)
        return values[0] if len(values) == 1 else None


def parse_head(block: bytes) -> Head:
    """Parse everything before the empty line. Raises `Refused`."""
    start, _, rest = block.partition(b"\r\n")
    line = _START.fullmatch(start)
    if line is None:
        raise Refused(400, "not an HTTP/1.1 request line")
    lines = rest + b"\r\n" if rest else b""
    if not _FIELDS.fullmatch(lines):
        raise Refused(400, "a header line is malformed")
    method, target, minor = line.groups()
    return Head(method.decode(), target.decode(), int(minor), lines)


def _length(codings: list[bytes], lengths: list[bytes]) -> int | None:
    if codings:
        if lengths or [coding.lower() for coding in codings] != [b"chunked"]:
            raise Refused(400, "an ambiguous or unknown transfer coding")
        return None
    if not lengths:
        return 0
    if len(lengths) != 1 or not _DIGITS.fullmatch(lengths[0]):
        raise Refused(400, "an ambiguous or malformed content length")
    return int(lengths[0])


_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?\r\n")
_MOST_SIZE_LINE = 256
_MOST_CHUNKS = 1024
"""Far more than any proxy makes of 64 KiB, and a webhook has 700 bytes; each chunk costs a turn of `feed`'s loop."""


class Chunks:
    """A chunked body (RFC 9112 section 7.1), fed piece by piece. `body` is complete once `feed` says so."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._number = 0
        self._wanted = -1
        self._trailing = False
        self._body = bytearray()

    @property
    def body(self) -> bytes:
        return bytes(self._body)

    def feed(self, buffer: bytearray) -> bool:
        """Take what belongs to the body out of `buffer`; return whether the body is complete. Raises `Refused`."""
        at, again = 0, True
        while again and not self._trailing:
            before = at
            at = self._size_line(buffer, at) if self._wanted < 0 else self._chunk(buffer, at)
            again = at > before
        del buffer[:at]
        return self._trailing and _take_trailers(buffer)

    def _size_line(self, buffer: bytearray, at: int) -> int:
        """Parse the line that announces a chunk; return where it ends, or `at` while it is incomplete."""
        end = buffer.find(b"\n", at, at + _MOST_SIZE_LINE) + 1
        if end == 0:
            if len(buffer) - at >= _MOST_SIZE_LINE:
                raise Refused(400, "a malformed chunk")
            return at
        line = _SIZE_LINE.fullmatch(buffer, at, end)
        if line is None or self._number >= _MOST_CHUNKS:
            raise Refused(400, "a malformed chunk" if line is None else "too many chunks")
        self._number += 1
        self._wanted = int(line[1], 16)
        if len(self._body) + self._wanted > self._most:
            raise Refused(413, "the body is too large")
        self._trailing = self._wanted == 0
        return end

    def _chunk(self, buffer: bytearray, at: int) -> int:
        end = at + self._wanted
        if len(buffer) < end + 2:
            return at
        if buffer[end : end + 2] != b"\r\n":
            raise Refused(400, "a malformed chunk")
        self._body += buffer[at:end]
        self._wanted = -1
        return end + 2


def _take_trailers(buffer: bytearray) -> bool:
    """Drop the lines after the last chunk from `buffer`; return whether they are complete."""
    if buffer.startswith(b"\r\n"):
        del buffer[:2]
        return True
    end = buffer.find(b"\r\n\r\n", 0, MOST_HEAD + 4)
    if end >= 0 and _FIELDS.fullmatch(buffer, 0, end + 2):
        del buffer[: end + 4]
        return True
    if end >= 0 or len(buffer) >= MOST_HEAD + 4:
        raise Refused(400, "malformed trailers")
    return False


def answer(status: int, reason: str, body: bytes = b"", *headers: str) -> bytes:
    """A whole response that closes the connection."""
    head = [f"HTTP/1.1 {status} {reason}", *headers, "Connection: close"]
    if status != 204:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body
