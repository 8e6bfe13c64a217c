"""The follower routes: events as pages and as streams, raw deliveries, metrics, status; and health.

Every route requires a `Host` that names this relay, and every one but `/healthz` also the token (`access`). Every
response closes its connection.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from pjterm.errors import PjtermError
from pjterm.events.store import Filters, Gap, Store
from pjterm.relay.client.address import proof
from pjterm.relay.client.position import mark
from pjterm.relay.server.access import Access
from pjterm.relay.server.history import History
from pjterm.relay.server.http1 import Refused
from pjterm.relay.server.hub import Hub
from pjterm.relay.server.metrics import Metrics
from pjterm.relay.server.streams import STORE_HEADER, FollowerStreams
from pjterm.values import dataclass

DEFAULT_PAGE = 100
MOST_PAGE = 1_000
MOST_FOLLOWERS = 1_000

EVENT_HEADER = "X-Pjterm-Last-Event"
"""In a request: the mark (`hub.mark`) of the last event seen, for a relay with other cursors."""

_PARAMETERS = frozenset(("after", "limit", "profile", "requestId", "type"))
_RAW = re.compile(r"/events/([0-9]{1,18})/raw")
_NUMBER = re.compile(r"[0-9]{1,18}")
_NONCE = re.compile(r"[!-~]{1,256}")
_NOT_ECHOED = frozenset((
    b"connection", b"keep-alive", b"transfer-encoding", b"content-length", b"content-encoding", b"te",
    b"trailer", b"upgrade", b"date", b"server", b"set-cookie", b"proxy-authenticate", b"expect",
))  # fmt: skip


@dataclass(frozen=True)
class Sources:
    """What the routes read; provided by the relay that owns them."""

    store: Store
    hub: Hub
    metrics: Metrics
    access: Access
    metrics_page: Callable[[], str]
    status: Callable[[], dict[str, Any]]
    no_origin: bool
    failed: Callable[[str], None]


class Routes:
    """Handles every request that is not a webhook."""

    def __init__(self, sources: Sources) -> None:
        self._from = sources
        self._history = History(sources.store)
        self._streams = FollowerStreams(sources.hub, self._history)

    def close(self) -> None:
        self._history.close()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Respond to one request; any error becomes a status, never a traceback."""
        try:
            response = await self._route(request)
        except Refused as refused:
            response = _error(refused.status, refused.why)
        except PjtermError as error:
            self._from.failed(error.message)
            response = _error(503, "the store cannot be read now")
        except ConnectionError:
            raise
        except Exception as bug:
            self._from.failed(f"bug: {bug!r}")
            response = _error(500, "a bug of the relay; its log says more")
        self._from.metrics.answers["followers", response.status] += 1
        response.headers["Server"] = "pjterm"
        response.force_close()
        return response

    async def _route(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.rel_url.raw_path
        if self._from.no_origin and "Origin" in request.headers:
            raise Refused(403, "requests from web pages are refused while unsigned events are allowed")
        if path == "/healthz":
            _only(request, "GET", "HEAD")
            return self._health(request)
        raw = _RAW.fullmatch(path)
        if path not in ("/events", "/metrics", "/status", "/fleet") and raw is None:
            raise Refused(404, "no such route")
        _only(request, "GET")
        self._from.access.admit(request)
        if raw is not None:
            return await self._raw(int(raw[1]))
        if path == "/metrics":
            kind = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
            return web.Response(text=await self._history.read(self._from.metrics_page), headers=kind)
        if path == "/fleet":
            relays = await self._history.read(self._from.store.fleet)
            if relays is None:
                raise Refused(404, "this relay stands alone")
            return _json(json.dumps({"items": relays}))
        if path == "/status":
            return _json(json.dumps(await self._history.read(self._from.status)))
        return await self._events(request)

    def _health(self, request: web.BaseRequest) -> web.Response:
        host = self._from.access.host(request)
        answer = {"status": "ok"}
        nonce = _one(request, "nonce")
        if nonce is not None:
            if not _NONCE.fullmatch(nonce):
                raise Refused(400, "nonce: 1 to 256 printable ASCII characters")
            answer["proof"] = proof(self._from.access.token(), nonce, f"http://{host}")
        return _json(json.dumps(answer))

    async def _raw(self, cursor: int) -> web.Response:
        """A delivery as received: its body, its headers as far as HTTP allows, and `X-Pjterm-Headers`.

        The latter is the header block exactly as received, in base64.
        """
        event = await self._history.read(lambda: self._from.store.get(cursor))
        if event is None:
            raise Refused(404, "no event at this cursor")
        if event.cut:
            raise Refused(410, "what the customer typed was removed after a day, and the body with it")
        response = web.Response(body=event.arrival.body, headers=list(echoed(event.arrival.headers)))
        response.headers["X-Pjterm-Headers"] = base64.b64encode(event.arrival.headers).decode()
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    async def _events(self, request: web.BaseRequest) -> web.StreamResponse:
        unknown = request.rel_url.query.keys() - _PARAMETERS
        if unknown:
            raise Refused(400, f"an unknown parameter; there are {', '.join(sorted(_PARAMETERS))}")
        filters = Filters(*(_filter(request, name) for name in ("profile", "requestId", "type")))
        limit = _number("limit", _one(request, "limit"), DEFAULT_PAGE)
        if not 1 <= limit <= MOST_PAGE:
            raise Refused(400, f"limit: 1 to {MOST_PAGE}")
        after = _one(request, "after")
        if "text/event-stream" in request.headers.get("Accept", "").lower():
            last = request.headers.get("Last-Event-ID", "").strip() or after
            position = None if last is None else _number("Last-Event-ID or after", last, 0)
            if len(self._from.hub) >= MOST_FOLLOWERS:
                raise Refused(503, "too many followers")
            return await self._stream(request, filters, position)
        return await self._page(filters, _number("after", after, 0), limit)

    async def _stream(self, request: web.BaseRequest, filters: Filters, position: int | None) -> web.StreamResponse:
        """A stream; a follower of another relay's store resumes after the last event that it saw there.

        So does a follower of what this store was before it was put back from a backup, and gave its cursors anew.
        """
        store, seen = request.headers.get(STORE_HEADER), request.headers.get(EVENT_HEADER)
        is_ours = store is None or store == self._from.store.identity
        if is_ours and position and seen:
            is_ours = await self._history.read(lambda: _may_be(self._from.store, position, seen))
        if is_ours or not position:
            return await self._streams.serve(request, filters, position)
        if seen is None:
            return await self._streams.serve(request, filters, 0)
        profile, _, event_id = seen.partition("/")
        found = await self._history.after_event(unquote(profile), unquote(event_id))
        return await self._streams.serve(request, filters, position if found is None else found, lost=found is None)

    async def _page(self, filters: Filters, after: int, limit: int) -> web.Response:
        """One page; if events are gone, it says so and continues after them, as a stream does.

        Of several gaps without a matching event between them it makes one.
        """
        gap: Gap | None = None
        if (oldest := await self._history.read(lambda: _begins_anew(self._from.store, after))) is not None:
            gap = Gap(after, oldest)
        start = after if gap is None else gap.oldest - 1
        found = await self._history.stretch(start, limit, filters)
        while found.gap is not None and not found.events:
            gap = Gap(found.gap.after if gap is None else gap.after, found.gap.oldest)
            start = gap.oldest - 1
            found = await self._history.stretch(start, limit, filters)
        last = found.events[-1].cursor if found.events else start
        items = ", ".join(event.line() for event in found.events)
        gone = "" if gap is None else f', "gap": {json.dumps(gap._asdict())}'
        return _json(f'{{"items": [{items}], "next": {last}{gone}}}')


def _begins_anew(store: Store, after: int) -> int | None:
    """The oldest event, if the cursor is beyond the newest: it belongs to a store that is gone."""
    return store.oldest() if after > store.newest() else None


def _may_be(store: Store, cursor: int, seen: str) -> bool:
    """Whether the event at this cursor has this mark, or is not there anymore."""
    event = store.get(cursor)
    return event is None or mark(event.arrival.profile, event.arrival.event_id) == seen


def echoed(headers: bytes) -> Iterator[tuple[str, str]]:
    """The received headers that a response may repeat unchanged."""
    for line in headers.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name and name.lower() not in _NOT_ECHOED and line.isascii():
            yield name.decode(), value.strip(b" \t").decode()


def _only(request: web.BaseRequest, *methods: str) -> None:
    if request.method not in methods:
        raise Refused(405, f"only {', '.join(methods)}")


def _one(request: web.BaseRequest, name: str) -> str | None:
    values = request.rel_url.query.getall(name, [])
    if len(values) > 1:
        raise Refused(400, f"{name}: given more than once")
    return values[0] if values else None


def _number(what: str, text: str | None, default: int) -> int:
    if text is None:
        return default
    if not _NUMBER.fullmatch(text):
        raise Refused(400, f"{what}: a whole number")
    return int(text)


def _filter(request: web.BaseRequest, name: str) -> str | None:
    text = _one(request, name)
    if text is not None and len(text) > 255:
        raise Refused(400, f"{name}: at most 255 characters")
    return text and text.encode("utf-8", "replace").decode()


def _json(text: str) -> web.Response:
    return web.Response(text=text, content_type="application/json")


def _error(status: int, why: str) -> web.Response:
    response = _json(json.dumps({"error": why}))
    response.set_status(status)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
