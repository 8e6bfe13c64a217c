"""The connection to the NATS servers, on the relay's own event loop.

On a loop and thread of its own, it cost a quarter more processor time per event: two threads that are busy in Python
keep waking and waiting for each other.
"""

from __future__ import annotations

import asyncio
import json
import re
import urllib.request
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar
from urllib.error import URLError

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext, api
from nats.js.errors import APIError, NotFoundError

from pjterm.errors import AuthFailed, PjtermError, Unavailable
from pjterm.events.jetstream import messages, settings
from pjterm.events.jetstream.url import StoreUrl

CONNECT_SECONDS = 5.0
START_SECONDS = 10.0
_RETRY_SECONDS = 0.1
_TELL_AGAIN = 10.0
_MOST_TROUBLES = 8
_MONITOR_SECONDS = 2.0
_REPLICAS = 3
T = TypeVar("T")
Say = Callable[..., None]


class Link:
    """Connected from creation to `close`; reconnects by itself. Raises `Unavailable`.

    The caller runs the loop; it may start after creation and stop before `close`.
    """

    def __init__(self, url: StoreUrl, options: Mapping[str, Any], loop: asyncio.AbstractEventLoop, say: Say) -> None:
        self.url = url
        self._options = options
        self._loop = loop
        self._say = say
        self._tasks: set[asyncio.Task[Any]] = set()
        self.reconnected = asyncio.Event()
        self._down_since: float | None = None
        self._troubles: dict[str, float] = {}
        try:
            self.client: Client = self.call(self._connect(), CONNECT_SECONDS + 1)
        except Unavailable as error:
            raise self._not_connected() from error
        self.js: JetStreamContext = self.client.jetstream()

    def _not_connected(self) -> PjtermError:
        """Why the first connection failed, as far as the servers or the network said."""
        places, troubles = ", ".join(self.url.servers), "; ".join(self._troubles)
        if re.search("authorization|authentication", troubles, re.IGNORECASE):
            return AuthFailed(
                f"the NATS server at {places} refuses the login ({troubles}); nothing is served",
                hint="PJTERM_NATS_CREDS or PJTERM_NATS_NKEY (files), PJTERM_NATS_USER and PJTERM_NATS_PASSWORD, "
                "or PJTERM_NATS_TOKEN",
            )
        if re.search("certificate|ssl|tls", troubles, re.IGNORECASE):
            return Unavailable(
                f"no TLS with the NATS server at {places} ({troubles}); nothing is served",
                hint="PJTERM_NATS_CA names the authority's file; PJTERM_NATS_CERT and _KEY a certificate of ours",
            )
        return Unavailable(
            f"no NATS server answers at {places}{f' ({troubles})' if troubles else ''}; nothing is served",
            hint="start it, or name another: pjterm relay serve --store nats://HOST:PORT/STREAM",
        )

    # -- the loop ---------------------------------------------------------------------------------

    def call(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        """Run a coroutine on the loop and wait for it, from another thread or while the loop is not running."""
        try:
            if not self._loop.is_running():
                return self._run_to_the_end(asyncio.wait_for(work, seconds))
            running = asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, seconds), self._loop)
            return running.result(seconds + 1)
        except (NatsError, OSError, TimeoutError) as error:
            raise Unavailable(f"JetStream {self.url}: {why(error)}") from error

    def _run_to_the_end(self, work: Coroutine[Any, Any, T]) -> T:
        """Run the loop until this is done; an interrupt cancels it and waits for its end."""
        task = self._loop.create_task(work)
        try:
            return self._loop.run_until_complete(task)
        except BaseException:
            task.cancel()
            self._loop.run_until_complete(asyncio.wait([task]))
            raise

    def spawn(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Start a coroutine on the loop, from any thread; closing the link cancels it."""
        return asyncio.run_coroutine_threadsafe(self._run(work), self._loop)

    async def _run(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            return await work
        finally:
            self._tasks.discard(task)

    def close(self) -> None:
        try:
            self.call(self._end(), 2)
        except Unavailable as error:
            self._say("jetstream-close", why=error.message)

    async def _end(self) -> None:
        tasks = list(self._tasks)
        try:
            await asyncio.wait_for(self.client.close(), 1)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # -- the connection ---------------------------------------------------------------------------

    @property
    def is_up(self) -> bool:
        return self.client.is_connected

    @property
    def seconds_down(self) -> float:
        """Seconds without a connection; 0 while there is one."""
        return 0.0 if self._down_since is None else self._loop.time() - self._down_since

    async def _connect(self) -> Client:
        client = Client()
        wanted: dict[str, Any] = {
            "servers": list(self.url.servers), "name": "pjterm relay", "connect_timeout": 2,
            "max_reconnect_attempts": -1, "reconnect_time_wait": 0.2, "ping_interval": 5, "max_outstanding_pings": 2,
            "error_cb": self._error, "disconnected_cb": self._disconnected, "reconnected_cb": self._reconnected,
        }  # fmt: skip
        try:
            await asyncio.wait_for(client.connect(**wanted, **self._options), CONNECT_SECONDS)
        except BaseException:
            await client.close()
            raise
        return client

    async def _error(self, error: Exception) -> None:
        """Log a repeated problem only now and then: reconnecting is tried five times a second."""
        now, reason = self._loop.time(), why(error)
        if now - self._troubles.get(reason, -_TELL_AGAIN) >= _TELL_AGAIN:
            self._troubles = {**self._troubles, reason: now} if len(self._troubles) < _MOST_TROUBLES else {reason: now}
            self._say("jetstream-error", why=reason)

    async def _disconnected(self) -> None:
        self._down_since = self._loop.time()
        self._say("jetstream-disconnected")

    async def _reconnected(self) -> None:
        self._down_since = None
        self._say("jetstream-reconnected")
        self.reconnected.set()

    # -- the stream -------------------------------------------------------------------------------

    async def open_stream(self, max_age: float) -> api.StreamInfo:
        """The stream; waits for servers that have just started and have no leader yet."""
        until = self._loop.time() + START_SECONDS
        while True:
            try:
                return await self.stream(max_age)
            except (NatsError, TimeoutError):
                if self._loop.time() >= until:
                    raise
                await asyncio.sleep(_RETRY_SECONDS)

    async def stream(self, max_age: float) -> api.StreamInfo:
        """The stream; creates it with the recommended settings if there is none."""
        try:
            return await self.js.stream_info(self.url.stream)
        except NotFoundError:
            return await self._make_stream(max_age)

    async def _make_stream(self, max_age: float) -> api.StreamInfo:
        """Create it with three replicas if the servers can hold them, else with one."""
        info = self.client._server_info  # the client has no public name for the server's `cluster`
        for replicas in (_REPLICAS, 1) if info.get("cluster") else (1,):
            config = api.StreamConfig(
                name=self.url.stream, subjects=[messages.subjects(self.url.stream)], max_age=max_age,
                duplicate_window=settings.DUPLICATE_WINDOW, storage=api.StorageType.FILE, num_replicas=replicas,
                description="webhooks kept by pjterm relays",
            )  # fmt: skip
            try:
                made = await self.js.add_stream(config)
            except APIError as error:
                if replicas == 1:
                    raise
                self._say("stream-not-replicated", why=why(error))
            else:
                self._say("stream-made", stream=self.url.stream, replicas=replicas)
                return made
        raise AssertionError("one replica is tried last")

    def monitoring(self, pages: Sequence[str]) -> dict[str, dict[str, Any] | None]:
        """Each server's `/varz`: those in `pages`, else the default port of every known server."""
        found: dict[str, dict[str, Any] | None] = {}
        for page in pages or [f"http://{host}:8222" for host in self._known_hosts()]:
            found[page] = _varz(page)
        return found

    def _known_hosts(self) -> list[str]:
        urls = [server.hostname for server in self.client.servers if server.hostname]
        return list(dict.fromkeys([*self.url.hosts, *urls]))


def why(error: BaseException) -> str:
    """The message of an error of the client or the servers."""
    if isinstance(error, APIError):
        return str(error.description or error)
    return str(error).removeprefix("nats: ").strip("'") or type(error).__name__


def _varz(page: str) -> dict[str, Any] | None:
    """A server's report of its own settings; None if it cannot be read."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{page.rstrip('/')}/varz", timeout=_MONITOR_SECONDS) as response:
            report = json.loads(response.read(1 << 20))
    except (URLError, OSError, ValueError):
        return None
    return report if isinstance(report, dict) else None
