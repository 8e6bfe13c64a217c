"""Forwards each new event to a URL: in order, exact bytes, original headers, until it is accepted.

After 408, 425, 429, 5xx, a redirect (never followed) or any connection fault the same event is sent again, with
backoff, honoring Retry-After. Any other 4xx means that the receiver will never accept it, so it is skipped. That, and
what retention removed before its turn, is reported in the log and in `relay status`. The position is kept in the
store, so that a restart resumes where it stopped; after a crash the last few events may be sent again, just as
PayJunction repeats deliveries.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import httpx

from pjterm.core.urls import check_url, shown_url
from pjterm.errors import AnswerLost, PjtermError, Unavailable, reason
from pjterm.events.event import Event
from pjterm.events.store import Store
from pjterm.system import tls

FIRST_BACKOFF, LONGEST_BACKOFF = 0.5, 60.0
LONGEST_RETRY_AFTER = 3600.0
EXCHANGE_SECONDS = 20.0
_AGAIN = frozenset((408, 425, 429))
_PAGE = 50
_REMEMBER_SECONDS = 0.2
_OWN_HEADERS = frozenset((
    b"host", b"connection", b"content-length", b"transfer-encoding", b"keep-alive", b"te", b"trailer",
    b"upgrade", b"expect", b"proxy-authorization", b"proxy-connection",
))  # fmt: skip


class Say(Protocol):
    """The log."""

    def __call__(self, event: str, **values: object) -> None: ...


class Forwarder:
    """One `--forward URL`: `begin`, then `run` until cancelled; `wake` tells it that there may be more."""

    def __init__(
        self,
        url: str,
        store: Store,
        say: Say,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        seconds: float = EXCHANGE_SECONDS,
    ) -> None:
        check_url(url, "--forward")
        self.url = url
        self._store = store
        self._say = say
        self._sleep = sleep
        self._seconds = seconds
        self._awake = asyncio.Event()
        self._position = 0
        self._remembered = 0
        self._remembered_at = 0.0
        self._trouble: str | None = None
        self._dropped = 0
        self._last_drop: str | None = None

    def begin(self) -> None:
        """Find the position where it stopped, or the newest event for a new URL; called before any event arrives."""
        known = self._store.position(self.url)
        self._position = self._remembered = self._store.newest() if known is None else known
        if known is None:
            self._store.set_position(self.url, self._position)

    def wake(self) -> None:
        self._awake.set()

    def describe(self) -> dict[str, Any]:
        """What `relay status` shows: the position, how much is waiting, what was never forwarded, and the trouble.

        If there is no trouble now, it shows the last event that was skipped since the start.
        """
        lag = max(0, self._store.newest() - self._position)
        return {
            "url": shown_url(self.url), "position": self._position, "lag": lag, "dropped": self._dropped,
            "trouble": self._trouble or self._last_drop,
        }  # fmt: skip

    async def run(self) -> None:
        async with _client(self.url) as client:
            try:
                while True:
                    await self._round(client)
            finally:
                self._store.set_position(self.url, self._position)

    async def _round(self, client: httpx.AsyncClient) -> None:
        self._awake.clear()
        try:
            events, behind = await asyncio.to_thread(self._next)
            if behind is not None:
                self._lose(behind)
            for event in events:
                await self._deliver(client, event)
                self._position = event.cursor
                if time.monotonic() - self._remembered_at >= _REMEMBER_SECONDS:
                    await self._remember()
            await self._remember()
        except PjtermError as error:
            self._trouble = error.message
            await self._sleep(FIRST_BACKOFF)
            return
        except Exception as bug:  # any error: without this task nothing is forwarded until the next start
            self._trouble = f"bug: {bug!r}"
            self._say("forward-failed", url=shown_url(self.url), why=self._trouble)
            await self._sleep(LONGEST_BACKOFF)
            return
        if not events and behind is None:
            await self._awake.wait()

    def _next(self) -> tuple[list[Event], int | None]:
        """The next events; if the very next ones are gone, none, and the cursor after the gap."""
        events = self._store.read(self._position, _PAGE)
        oldest = self._store.oldest()  # asked after reading: what was removed in between is already in `events`
        gap = self._store.gap(self._position)
        behind = gap.oldest if gap is not None else oldest if self._position == 0 and oldest > 1 else None
        if behind is None:
            return events, None
        before = [event for event in events if event.cursor < behind]
        return before, None if before else behind

    def _lose(self, behind: int) -> None:
        """Report events that retention or the store lost before their turn, and continue after them."""
        first, last = self._position + 1, behind - 1
        self._say("forward-lost", url=shown_url(self.url), first=first, last=last)
        self._dropped += behind - first
        one, many = f"event {first} was gone before its turn", f"events {first} to {last} were gone before their turn"
        self._last_drop = one if first == last else many
        self._position = last

    async def _remember(self) -> None:
        if self._remembered != self._position:
            await asyncio.to_thread(self._store.set_position, self.url, self._position)
            self._remembered = self._position
        self._remembered_at = time.monotonic()

    async def _deliver(self, client: httpx.AsyncClient, event: Event) -> None:
        backoff = FIRST_BACKOFF
        while (pause := await self._once(client, event, backoff)) is not None:
            await self._sleep(pause)
            backoff = min(backoff * 2, LONGEST_BACKOFF)
        self._trouble = None

    async def _once(self, client: httpx.AsyncClient, event: Event, backoff: float) -> float | None:
        """Try to send the event once; return the seconds until the next try, or None if none is needed."""
        if event.cut:
            self._drop(f"event {event.cursor} holds what a customer typed and is older than a day: not sent")
            self._say("forward-private", url=shown_url(self.url), cursor=event.cursor)
            return None
        try:
            request = _request(self.url, event.arrival.headers, event.arrival.body)
            status, retry_after = await _post(client, request, self._seconds)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return self._again(event, type(error).__name__, backoff)
        if 200 <= status < 300:
            return None
        if status in _AGAIN or status >= 500 or status < 400:
            return self._again(event, str(status), _pause(retry_after, backoff))
        self._say("forward-skipped", url=shown_url(self.url), cursor=event.cursor, status=status)
        self._drop(f"event {event.cursor}: refused with {status}, skipped")
        return None

    def _drop(self, why: str) -> None:
        self._dropped += 1
        self._last_drop = why

    def _again(self, event: Event, why: str, pause: float) -> float:
        self._trouble = f"event {event.cursor}: {why}"
        self._say("forward-retry", url=shown_url(self.url), cursor=event.cursor, why=why, seconds=pause)
        return pause


async def _post(client: httpx.AsyncClient, request: httpx.Request, seconds: float) -> tuple[int, str | None]:
    """Send, and read only the status and Retry-After, within a time that bounds the whole exchange."""
    async with asyncio.timeout(seconds):
        response = await client.send(request, stream=True)
        await response.aclose()
    return response.status_code, response.headers.get("Retry-After")


def _client(url: str) -> httpx.AsyncClient:
    """One client per URL; no proxy for http on loopback."""
    timeout = httpx.Timeout(15.0, connect=5.0)
    return httpx.AsyncClient(verify=tls.trusting(url), trust_env=not url.startswith("http:"), timeout=timeout)


def _request(url: str, block: bytes, body: bytes) -> httpx.Request:
    """The delivery as received, except for the headers that belong to the connection."""
    lines = (line.partition(b":") for line in block.split(b"\r\n"))
    headers = [(name, value.strip(b" \t")) for name, _, value in lines if name and name.lower() not in _OWN_HEADERS]
    return httpx.Request("POST", url, headers=headers, content=body)


def _pause(retry_after: str | None, backoff: float) -> float:
    """Retry-After in seconds or as a date, within an hour; else the backoff."""
    if retry_after is None:
        return backoff
    if retry_after.isascii() and retry_after.isdigit():
        wanted = float(retry_after[:9])
    else:
        try:
            wanted = (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return backoff
    return min(max(wanted, 0.0), LONGEST_RETRY_AFTER)


def send_again(url: str, headers: bytes, body: bytes) -> int:
    """POST one stored delivery again, exact bytes and headers, once; return the status of the response.

    Raises `Unavailable` if it was never connected, `AnswerLost` if it may have been taken. No redirects, as when
    forwarding.
    """

    async def send() -> int:
        async with _client(url) as client:
            return (await _post(client, _request(url, headers, body), EXCHANGE_SECONDS))[0]

    try:
        return asyncio.run(send())
    except (httpx.HTTPError, OSError) as error:
        says = f"{shown_url(url)} does not answer: {reason(error)}"
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            raise Unavailable(says) from error
        raise AnswerLost(f"{says}; it may have been taken") from error
