"""HTTP/1.1 over a bare socket, for servers that break it: one complete message, and a reset."""

from __future__ import annotations

import contextlib
import socket
import struct


def read_message(connection: socket.socket) -> bytes | None:
    """One complete request or answer; `None` if the peer sends nothing more."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n")[1:]:
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    while len(body) < length:
        more = connection.recv(65536)
        if not more:
            return None
        body += more
    return head + b"\r\n\r\n" + body


def reset(connection: socket.socket) -> None:
    """Close with an RST, as a broken network does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with contextlib.suppress(OSError):  # it may be gone already
        connection.shutdown(socket.SHUT_RD)
    connection.close()
