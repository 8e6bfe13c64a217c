"""HTTP to a relay: no redirects, http to loopback only and never through a proxy, https through one only by CONNECT.

Everything is bounded: a deadline covers the whole exchange, and a response that is too long is refused, because
whatever listens on a local port may not be our relay.
"""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import SplitResult, urlsplit

from pjterm.core.urls import check_url
from pjterm.errors import Unavailable, reason
from pjterm.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Response:
    """A whole response."""

    status: int
    body: bytes = field(repr=False)
    headers: http.client.HTTPMessage = field(repr=False)


def get(url: str, path: str, headers: Mapping[str, str], *, seconds: float, most: int) -> Response:
    """GET `path` below `url`, within `seconds` and with a body of at most `most` bytes; raises `Unavailable`."""
    parts = check_url(url, "relay")
    connection = open_connection(parts, seconds)
    try:
        with opened(connection, seconds):
            connection.request("GET", parts.path.rstrip("/") + path, headers=dict(headers))
            response = connection.getresponse()
            body = response.read(most + 1)
            if response.length and len(body) <= most:  # read(n) returns a truncated body without an error
                raise http.client.IncompleteRead(body, response.length)
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(f"the relay at {url} does not answer: {reason(error)}") from error
    finally:
        connection.close()
    if len(body) > most:
        raise Unavailable(f"the relay at {url} answers with more than {most:,} bytes")
    return Response(response.status, body, response.headers)


@contextmanager
def opened(connection: http.client.HTTPConnection, seconds: float) -> Iterator[None]:
    """Connect, and end the exchange when its time is up: a socket's timeout bounds each wait, but not their number.

    A proxy's CONNECT and TLS are part of it. TLS takes the socket over, so a copy is what can be ended.
    """
    is_up = threading.Event()
    copies: list[socket.socket] = []

    def connect(address: tuple[str, int], *_: object) -> socket.socket:
        sock = socket.create_connection(address, seconds)
        copies.append(sock.dup())
        if is_up.is_set():
            end(sock)
        return sock

    def give_up() -> None:
        is_up.set()
        for sock in copies:
            end(sock)

    connection._create_connection = connect  # type: ignore[attr-defined]  # http.client has no other way in
    timer = threading.Timer(seconds, give_up)
    timer.daemon = True
    timer.start()
    try:
        connection.connect()
        yield
    except (OSError, http.client.HTTPException):
        if not is_up.is_set():
            raise
    finally:
        timer.cancel()
        for sock in copies:
            sock.close()
    if is_up.is_set():  # a truncated response may look complete
        raise TimeoutError("timed out")


def end(sock: socket.socket | None) -> None:
    """Wake the thread that reads from this socket; callable from any thread."""
    if sock is None:
        return
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is no longer connected


def open_connection(parts: SplitResult, seconds: float) -> http.client.HTTPConnection:
    """An unopened connection; `seconds` bounds the connect and each read."""
    assert parts.hostname is not None
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=seconds)
    from pjterm.system import tls
    from pjterm.system.proxy import https_proxy

    context = tls.bare()
    context.load_default_certs()
    proxy = https_proxy(parts.hostname)
    if proxy is None:
        return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=seconds, context=context)
    through = urlsplit(proxy)
    port = through.port or (443 if through.scheme == "https" else 80)
    connection = http.client.HTTPSConnection(through.hostname or "", port, timeout=seconds, context=context)
    connection.set_tunnel(parts.hostname, parts.port or 443)
    return connection
