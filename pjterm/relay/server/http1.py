"""Reading a request's head: pure, strict, and for one request per connection.

The door reads heads itself because each webhook comes on a connection of its own: through a general
server most of the time would go into setting up and tearing down what one request does not need.
Everything that two HTTP readers could read differently is refused (RFC 9112 section 11.2): folded
lines, blanks before a colon, bare CR or LF, control characters, two lengths, length and chunks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MOST_HEAD = 16 * 1024
"""Bytes of request line and headers; PayJunction sends about 450 (HDRS)."""

_START = re.compile(rb"([A-Z]{1,16}) ([!-~]{1,2048}) HTTP/1\.([01])")
_FIELDS = re.compile(rb"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\x00-\x08\x0a-\x1f\x7f]*\r\n)*")
_DIGITS = re.compile(rb"[0-9]{1,18}")


class BadRequest(Exception):
    """The bytes are no request we read; `status` is what to answer."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


@dataclass(frozen=True, slots=True)
class Head:
    """A request line and its headers. `lines` are the header lines as received, each with CR LF.

    `length` is the body's size; None says that the body comes in chunks.
    """

    method: str
    target: str
    version: int
    lines: bytes = field(repr=False)
    fields: dict[bytes, list[bytes]] = field(repr=False)
    length: int | None = 0

    def one(self, name: bytes) -> bytes | None:
        """The value of a header that stands there exactly once, else None."""
        values = self.fields.get(name, ())
        return values[0] if len(values) == 1 else None


def parse_head(block: bytes) -> Head:
    """Read everything before the empty line (without it). Raises `BadRequest`."""
    start, _, rest = block.partition(b"\r\n")
    line = _START.fullmatch(start)
    if line is None:
        raise BadRequest(400, "not an HTTP/1.1 request line")
    lines = rest + b"\r\n" if rest else b""
    if not _FIELDS.fullmatch(lines):
        raise BadRequest(400, "a header line is malformed")
    fields = _split(lines)
    method, target, minor = line.groups()
    return Head(method.decode(), target.decode(), int(minor), lines, fields, _length(fields))


def _split(lines: bytes) -> dict[bytes, list[bytes]]:
    fields: dict[bytes, list[bytes]] = {}
    for line in lines.split(b"\r\n")[:-1]:
        name, _, value = line.partition(b":")
        fields.setdefault(name.lower(), []).append(value.strip(b" \t"))
    return fields


def _length(fields: dict[bytes, list[bytes]]) -> int | None:
    coding = fields.get(b"transfer-encoding")
    length = fields.get(b"content-length")
    if coding is not None:
        if length is not None or [c.lower() for c in coding] != [b"chunked"]:
            raise BadRequest(400, "an ambiguous or unknown transfer coding")
        return None
    if length is None:
        return 0
    if len(length) != 1 or not _DIGITS.fullmatch(length[0]):
        raise BadRequest(400, "an ambiguous or malformed content length")
    return int(length[0])


_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?\r\n")


class Chunks:
    """Takes a chunked body apart as its bytes come; trailers are read and dropped."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._wanted = -1
        self._trailing = False
        self.body = b""

    def feed(self, data: bytes) -> tuple[bool, bytes]:
        """Whether the body is complete, and the bytes not used yet. Raises `BadRequest`."""
        while True:
            if self._trailing:
                return self._trailers(data)
            if self._wanted < 0:
                line = _SIZE_LINE.match(data)
                if line is None:
                    if b"\n" in data or len(data) > 256:
                        raise BadRequest(400, "a malformed chunk")
                    return False, data
                self._wanted, data = int(line[1], 16), data[line.end() :]
                if len(self.body) + self._wanted > self._most:
                    raise BadRequest(413, "the body is too large")
                self._trailing = self._wanted == 0
                continue
            if len(data) < self._wanted + 2:
                return False, data
            if data[self._wanted : self._wanted + 2] != b"\r\n":
                raise BadRequest(400, "a malformed chunk")
            self.body += data[: self._wanted]
            self._wanted, data = -1, data[self._wanted + 2 :]

    @staticmethod
    def _trailers(data: bytes) -> tuple[bool, bytes]:
        if data.startswith(b"\r\n"):
            return True, data[2:]
        end = data.find(b"\r\n\r\n")
        if end >= 0 and _FIELDS.fullmatch(data[: end + 2]):
            return True, data[end + 4 :]
        if end >= 0 or len(data) > MOST_HEAD:
            raise BadRequest(400, "malformed trailers")
        return False, data


def answer(status: int, reason: str, body: bytes = b"", *headers: str) -> bytes:
    """A whole response that ends the connection."""
    head = [f"HTTP/1.1 {status} {reason}", *headers, "Connection: close"]
    if status != 204:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body
