"""HTTP on loopback for a `World`, and what a broken network does to its replies.

One worker thread owns the books; the event loop only reads and writes sockets. Every reply has
`X-Pj-Request-Id`, even the refusal of a malformed request; a proxy's page does not.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from typing import TypeVar

from aiohttp import web

from pjterm.errors import PjtermError
from pjterm.simulator.api import control, guard
from pjterm.simulator.api.replies import Call, Refused, Reply, Wrong
from pjterm.simulator.api.world import World
from pjterm.simulator.server import live
from pjterm.simulator.server.connections import Library, response
from pjterm.simulator.shop.scenarios import Fault
from pjterm.values import dataclass

HOST = "127.0.0.1"
SERVICE = "pjterm-simulator"
NOT_NOW = 409  # a key that does not fit what the reader shows
TRY_AGAIN = 0.02  # seconds between two tries of a key
_HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(:[0-9]{1,5})?")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)[0-9]+(?=/|$)")
MOST_NAMED = 100
_T = TypeVar("_T")
log = logging.getLogger(__name__)
# aiohttp logs each malformed request with a traceback; only the caller needs to know what is wrong with it.
_SILENT = logging.getLogger(f"{__name__}.http")
_SILENT.setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call and its reply, for the bench."""

    at: float
    call: Call
    reply: Reply


class Server:
    """Serves a world over HTTP. `seen` is called with every exchange, in the worker thread."""

    def __init__(self, world: World, seen: Callable[[Exchange], None] | None = None) -> None:
        self.world = world
        self.url = ""
        self.port = 0
        self._seen = seen
        self._named: set[str] = set()
        self._troubled = False
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="simulator")
        self._runner: web.ServerRunner | None = None
        self.changed = asyncio.Event()
        self._ends = asyncio.Event()

    async def start(self, port: int) -> None:
        """Listen; port 0 picks a free one. Raises OSError if the port is in use."""
        server = Library(self._answer, access_log=None, logger=_SILENT, auto_decompress=False)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, port)
        await site.start()
        self.port = int(self._runner.addresses[0][1])
        self.url = f"http://{HOST}:{self.port}"

    async def stop(self) -> None:
        """Stop listening, drop connections, and let the worker finish."""
        self._ends.set()
        if self._runner is not None:
            await self._runner.cleanup()
        await self.work(self.world.close)
        self._worker.shutdown()

    async def work(self, what: Callable[[], _T]) -> _T:
        """Do something with the world, in its thread. A disk that takes nothing is said once, not at each poll."""
        try:
            done = await asyncio.get_running_loop().run_in_executor(self._worker, what)
        except PjtermError as e:
            if not self._troubled:
                log.warning("%s; trying on", e)
            self._troubled = True
            raise
        self._troubled = False
        return done

    # -- one exchange -------------------------------------------------------------------------

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            call = await self._read(request)
            arrived = self.world.clock()  # whole: a body may be slow
            if live.wanted(call):
                guard.check(call)
                return await live.stream(request, self._watched, self._ends)
            reply = await self._reply(call, arrived)
        except Refused as no:
            return response(no.reply())
        except PjtermError as e:
            return response(Refused(500, Wrong(f"Internal server error of the simulator: {e}.")).reply())
        except Exception:
            log.exception("a bug of the simulator, in %s %r", request.method, request.rel_url.raw_path)
            return response(Refused(500, Wrong("Internal server error of the simulator: a bug.")).reply())
        self.changed.set()
        return await self._through_the_network(request, reply)

    async def _read(self, request: web.BaseRequest) -> Call:
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0  # nothing of the reply itself has been sent yet
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            raise Refused(413, Wrong("413 Request Entity Too Large")) from None
        except (web.HTTPException, web.RequestPayloadError, ValueError, OSError):
            raise Refused(400, Wrong("The request body could not be read.")) from None
        host = request.headers.get("Host", "")
        return Call(
            method=request.method.upper(),
            path=request.rel_url.raw_path,
            query=request.rel_url.raw_query_string,
            headers={k.lower(): v for k, v in request.headers.items()},
            body=body,
            base=f"http://{host}" if _HOST.fullmatch(host) else self.url,
        )

    async def _reply(self, call: Call, arrived: float) -> Reply:
        guard.check(call)
        if call.path == "/healthz":
            return Reply(200, json.dumps(self.health()).encode())
        if call.path.startswith(control.PREFIX):
            return await self._controlled(call)
        return await self.work(lambda: self._handled(call, arrived))

    async def _controlled(self, call: Call) -> Reply:
        """A key may come before its reader shows what it is for: try again for as long as it may wait."""
        loop = asyncio.get_running_loop()
        give_up = loop.time() + control.patience(call)
        while True:
            reply = await self.work(lambda: control.handle(self.world, call))
            if reply.status != NOT_NOW or loop.time() >= give_up:
                return reply
            await asyncio.sleep(TRY_AGAIN)

    async def _watched(self) -> dict[str, object]:
        return await self.work(lambda: control.watched(self.world))

    def _handled(self, call: Call, arrived: float) -> Reply:
        reply = self.world.call(call, arrived)
        self._name_ignored(call, reply)
        if self._seen is not None:
            self._seen(Exchange(arrived, call, reply))
        return reply

    def _name_ignored(self, call: Call, reply: Reply) -> None:
        """Log once per call and parameter that PayJunction would ignore it: mostly a typo."""
        what = f"{call.method} {_UUID.sub('…', call.path)[:100]}: ignored {', '.join(map(repr, reply.ignored))[:200]}"
        if reply.ignored and what not in self._named and len(self._named) < MOST_NAMED:
            self._named.add(what)
            log.warning("%s", what)

    def health(self) -> dict[str, object]:
        """The reply to GET /healthz: that this is a simulator, and its process id."""
        return {"status": "ok", "service": SERVICE, "pid": os.getpid()}

    async def _through_the_network(self, request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
        rule = reply.fault
        if rule is not None and rule.fault is Fault.SLOW:
            await asyncio.sleep(self.world.setting.scaled(rule.seconds))
        elif rule is not None and request.transport is not None:
            request.transport.abort()
        answer = response(reply)
        if not reply.foreign:
            answer.headers["Date"] = formatdate(self.world.now(), usegmt=True)
        return answer
