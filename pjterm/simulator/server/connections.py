"""Connections that accept what PayJunction's front end accepts, and the bytes of a reply."""

from __future__ import annotations

import re
import uuid

from aiohttp import web

from pjterm.simulator.api.replies import Refused, Reply, Wrong

OWN = {"Server": "pjterm-simulator"}


class Library(web.Server):
    """aiohttp's server, with our own connections."""

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class _Connection(web.RequestHandler):
    """A connection that accepts what PayJunction accepts, and refuses in PayJunction's format."""

    __slots__ = ()

    def data_received(self, data: bytes) -> None:
        super().data_received(without_zero_length(data))

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The reply to what the library itself refuses, mostly a malformed request."""
        super().handle_error(request, status, exc, message)
        words = "400 Bad Request" if status < 500 else "500 Internal Server Error"
        answer = response(Refused(status, Wrong(words)).reply())
        answer.force_close()
        return answer


_HEAD = re.compile(rb"[A-Z]{1,20} [^\r\n]+ HTTP/1\.1\r\n(?:[^\r\n]+\r\n)*\r\n")
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r\n", re.IGNORECASE)
_ZERO_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*0[ \t]*(?=\r\n)", re.IGNORECASE)


def without_zero_length(data: bytes) -> bytes:
    """A chunked request without the `Content-Length: 0` that an existing PHP client also sends.

    The parser refuses the pair, because request smuggling looks like that; the service accepts it. A head
    that arrives in several pieces is left unchanged.
    """
    head = _HEAD.match(data)
    if head is None or not _CHUNKED.search(head[0]):
        return data
    return _ZERO_LENGTH.sub(b"", head[0]) + data[head.end() :]


def response(reply: Reply) -> web.Response:
    """A reply as the library sends it."""
    own = {"X-Pj-Request-Id": str(uuid.uuid4()), **OWN, **reply.headers}
    headers = {"Server": "proxy"} if reply.foreign else own
    if reply.status != 204:
        headers["Content-Type"] = reply.content_type
    return web.Response(status=reply.status, body=reply.body, headers=headers)
