"""One deadline for an exchange: looking a name up, connecting, a proxy's CONNECT, TLS, each byte of head and body.

httpx limits each wait by itself, so a host that sends one byte a second can keep it waiting forever. Here every wait of
httpcore's connections is limited to what is left of the whole.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from typing import Any

import httpcore


class Deadline:
    """When the current exchange must be over."""

    def __init__(self) -> None:
        self._at = float("inf")

    def begin(self, seconds: float) -> None:
        """Begin an exchange that may take this long in all."""
        self._at = time.monotonic() + seconds

    @property
    def seconds(self) -> float:
        """The seconds left."""
        return self._at - time.monotonic()

    def left(self, timeout: float | None, error: type[Exception]) -> float | None:
        """How long one wait may take; raises `error` if the deadline has passed."""
        left = self.seconds
        if left <= 0:
            raise error("the time for the whole exchange is over")
        if left == float("inf"):
            return timeout
        return left if timeout is None else min(left, timeout)


class Bounded(httpcore.NetworkBackend):
    """Connections whose every wait ends at the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of the host's addresses that answers; all of them share the time."""
        until = Deadline()
        until.begin(self._deadline.left(timeout, httpcore.ConnectTimeout) or 60.0)
        addresses = _addresses(host, port, until)
        for n, address in enumerate(addresses):
            left = until.left(None, httpcore.ConnectTimeout) or 60.0
            try:
                share = left / (len(addresses) - n)
                made = self._inner.connect_tcp(address, port, share, local_address, socket_options)  # type: ignore[arg-type]
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if n + 1 == len(addresses):
                    raise
            else:
                return _Stream(made, self._deadline)
        raise httpcore.ConnectError(f"{host} has no address")

    def sleep(self, seconds: float) -> None:
        """Between retries, of which there are none."""
        self._inner.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    """One connection."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _addresses(host: str, port: int, until: Deadline) -> list[bytes]:
    """The addresses of a host. A lookup has no timeout, so it runs in a thread that is abandoned at the deadline.

    Names come encoded from httpx, and are bytes here: `socket` gives all text, "127.0.0.1" too, to a codec that takes
    3 ms to load.
    """
    with contextlib.suppress(ValueError):
        return [str(ipaddress.ip_address(host)).encode()]
    found: list[bytes] = []
    failed: list[OSError] = []

    def look_up() -> None:
        try:
            infos = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
            found.extend(dict.fromkeys(str(info[4][0]).encode() for info in infos))
        except OSError as error:
            failed.append(error)

    thread = threading.Thread(target=look_up, name="look-up", daemon=True)
    thread.start()
    thread.join(until.left(None, httpcore.ConnectTimeout))
    if thread.is_alive():
        raise httpcore.ConnectTimeout(f"the name {host} was not looked up in time")
    if failed:
        raise httpcore.ConnectError(str(failed[0])) from failed[0]
    return found
