"""The webhook sender: exact bytes on the wire, the documented timeouts and retries (HDRS, RECV).

It also advances the world between calls, so that webhooks are sent when things happen. The queue is in the
shared file: a delivery is postponed before it is sent, so that two processes never send it at once, and a
process that dies in between leaves it for later.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from urllib.parse import urlsplit

from pjterm.errors import PjtermError
from pjterm.simulator.api.subscriptions import is_loopback
from pjterm.simulator.server.http_server import Server
from pjterm.simulator.shop import webhooks
from pjterm.simulator.shop.inventory import ACCOUNT, MERCHANT_ID
from pjterm.simulator.shop.moment import Setting
from pjterm.simulator.shop.rows import Delivery, Subscription
from pjterm.values import dataclass

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0
GIVE_UP_SECONDS = 3 * 86_400.0
LEASE_SECONDS = 25.0  # longer than one attempt can take
TURN_SECONDS = 1.0  # a receiver slower than this no longer delays the webhooks behind it
LONGEST_SLEEP = 0.5  # other processes may have changed the file
log = logging.getLogger(__name__)


def retry_after(attempts: int) -> float:
    """Seconds until the next attempt: 30 s up to the 5th, 5 min up to the 10th, then 1 h (RECV)."""
    if attempts < 5:
        return 30.0
    return 300.0 if attempts < 10 else 3600.0


def request_bytes(url: str, body: bytes, signature: str | None) -> bytes:
    """The whole HTTP request, headers in the documented order (HDRS)."""
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Connection: close",
        "Accept-Encoding: gzip,deflate",
        f"Content-Length: {len(body)}",
        "Content-Type: application/json",
        f"Pj-Account: {ACCOUNT.account_id}",
        f"Pj-Merchant: {MERCHANT_ID}",
        "User-Agent: PayJunction WebHook",
    ]
    if signature is not None:
        lines.append(f"X-Pj-Signature: {signature}")
    return "\r\n".join([*lines, "", ""]).encode("ascii", "replace") + body


@dataclass(frozen=True, slots=True)
class _Parcel:
    delivery: Delivery
    to: Subscription

    def signature(self) -> str | None:
        """The signature; None without a secret, and a wrong one if the scenario says so."""
        if not self.to.secret or self.delivery.signing == "none":
            return None
        secret = self.to.secret if self.delivery.signing == "right" else f"not {self.to.secret}"
        return webhooks.sign(secret, self.delivery.body)


class Sender:
    """Sends a server's webhooks until cancelled."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._tasks: set[asyncio.Task[None]] = set()
        self._last: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Advance the world, send what is due, sleep until the next event."""
        try:
            while True:
                self._server.changed.clear()
                await self._sleep(await self._turn())
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _turn(self) -> float | None:
        try:
            due, parcels = await self._server.work(self._take)
        except PjtermError:  # said already
            return None
        for parcel in parcels:
            self._start(parcel)
        return due

    async def _sleep(self, due: float | None) -> None:
        left = LONGEST_SLEEP if due is None else min(LONGEST_SLEEP, due - self._server.world.now())
        # Not wait_for: before Python 3.12 it swallows a cancellation that arrives together with the event.
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.001, left)):
                await self._server.changed.wait()

    def _take(self) -> tuple[float | None, list[_Parcel]]:
        """Lease what is due now; runs in the worker thread."""
        world, parcels = self._server.world, []
        with world.moment() as m:
            known = {s.id: s for s in m.books.subscriptions()}
            for delivery in m.books.deliveries(m.now):
                to = known.get(delivery.subscription)
                if to is None or not _allowed(to, m.setting):
                    m.books.delivered(delivery)
                    continue
                m.books.postpone(delivery, delivery.attempts + 1, m.now + LEASE_SECONDS)
                parcels.append(_Parcel(delivery, to))
            return m.books.wake_at(), parcels

    def _start(self, parcel: _Parcel) -> None:
        before = self._last.get(parcel.to.id)
        task = asyncio.create_task(self._deliver(parcel, before))
        self._last[parcel.to.id] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, parcel: _Parcel, before: asyncio.Task[None] | None) -> None:
        """Deliver in order: after the previous one to the same receiver, unless that one is slow."""
        if before is not None:
            await asyncio.wait({before}, timeout=TURN_SECONDS)
        done = await _attempt(parcel)
        with suppress(PjtermError):  # said already; once its lease ends it is delivered again
            await self._server.work(lambda: self._note(parcel, done))
        self._server.changed.set()

    def _note(self, parcel: _Parcel, done: bool) -> None:
        delivery = parcel.delivery
        with self._server.world.moment() as m:
            again = m.now + m.setting.scaled(retry_after(delivery.attempts + 1))
            if done or again > delivery.created + m.setting.scaled(GIVE_UP_SECONDS):
                m.books.delivered(delivery)
            else:
                m.books.postpone(delivery, delivery.attempts + 1, again)


@asynccontextmanager
async def sending(server: Server) -> AsyncIterator[None]:
    """Run a sender for a server; at the end, unfinished deliveries are cancelled and stay in the queue."""
    task = asyncio.create_task(Sender(server).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _allowed(to: Subscription, setting: Setting) -> bool:
    if setting.allow_outbound or is_loopback(to.url):
        return True
    _warn_of_host(urlsplit(to.url).hostname)
    return False


@cache
def _warn_of_host(host: str | None) -> None:
    """Warn once per host, because a sale has several webhooks."""
    log.warning("no webhooks go to %s: the simulator sends to this machine only, without --allow-outbound", host)


async def _attempt(parcel: _Parcel) -> bool:
    """Try one delivery; return whether the response was a 2xx."""
    try:
        status = await _exchange(parcel)
    except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as e:
        log.info("a webhook was not delivered: %s", e)
        return False
    return 200 <= status < 300


async def _exchange(parcel: _Parcel) -> int:
    parts = urlsplit(parcel.to.url)
    secure = ssl.create_default_context() if parts.scheme == "https" else None
    port = parts.port or (443 if secure else 80)
    async with asyncio.timeout(CONNECT_SECONDS):
        reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=secure)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            writer.write(request_bytes(parcel.to.url, parcel.delivery.body, parcel.signature()))
            await writer.drain()
            line = await reader.readline()
        return int(line.split(b" ", 2)[1]) if line.startswith(b"HTTP/") and line.count(b" ") else 0
    finally:
        writer.close()
