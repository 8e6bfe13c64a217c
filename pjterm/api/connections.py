"""Connections to one host for httpx, made of httpcore's public parts: its own transport cannot limit the total time.

httpcore's errors become the httpx errors of the same name, so that callers see one set of errors.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial

import httpcore
import httpx

from pjterm.api.deadline import Bounded, Deadline

MAX_CONNECTIONS = 4
KEPT = 2  # of them kept after their answer


class Connections(httpx.BaseTransport):
    """A pool of connections, none of which outlives the deadline; fresh ones are used once."""

    def __init__(self, tls: ssl.SSLContext | None, proxy: str | None, deadline: Deadline, *, fresh: bool) -> None:
        through = None if proxy is None else _proxy(proxy, tls)
        self._way = "" if through is None else f" (through the proxy {_place(through.url)})"
        self._make_pool = partial(
            httpcore.ConnectionPool,
            ssl_context=tls,
            proxy=through,
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=0 if fresh else KEPT,
            keepalive_expiry=5.0,
            network_backend=Bounded(deadline),
        )
        self._pool = self._make_pool()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the caller reads the body of its answer."""
        url = request.url
        assert isinstance(request.stream, Iterable)
        asked = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            with _in_words_of_httpx(self._way):
                reply = self._pool.handle_request(asked)
        except httpx.TransportError:  # httpcore keeps the place of one whose TLS through a proxy failed
            self._pool.close()
            self._pool = self._make_pool()
            raise
        assert isinstance(reply.stream, Iterable)
        return httpx.Response(reply.status, headers=reply.headers, stream=_Body(reply), extensions=reply.extensions)

    def close(self) -> None:
        """Close them all."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    """The body of an answer."""

    def __init__(self, reply: httpcore.Response) -> None:
        self._reply = reply

    def __iter__(self) -> Iterator[bytes]:
        with _in_words_of_httpx():
            yield from self._reply.iter_stream()

    def close(self) -> None:
        self._reply.close()


_WAY = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.ProxyError)
"""Failures to connect, which may be the proxy's."""


@contextmanager
def _in_words_of_httpx(way: str = "") -> Iterator[None]:
    """Raise httpcore's errors as the httpx errors of the same name; those of connecting tell the way, too."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProxyError, httpcore.ProtocolError) as error:
        same: type[httpx.TransportError] = getattr(httpx, type(error).__name__)
        said = str(error)
        raise same((said or type(error).__name__) + way if way and isinstance(error, _WAY) else said) from error


def _place(url: httpcore.URL) -> str:
    """Host and port of a proxy, without the name and password that its address may hold."""
    return f"{url.host.decode()}:{url.origin.port}"


def _proxy(url: str, tls: ssl.SSLContext | None) -> httpcore.Proxy:
    named = httpx.Proxy(url)
    at = named.url
    place = httpcore.URL(scheme=at.raw_scheme, host=at.raw_host, port=at.port, target=at.raw_path)
    return httpcore.Proxy(place, auth=named.raw_auth, ssl_context=tls if at.scheme == "https" else None)
