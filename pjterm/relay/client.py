"""The follower's side of the relay: what `pjterm charge` and `pjterm events` listen with.

Standard library only, and cheap to import: it stands in the way of every charge that follows by
relay. No redirect is followed, http goes to loopback only and never through a proxy, https through
one only by CONNECT. A local port is asked for proof before it sees the token: whoever listens there
now may not be our relay.
"""

from __future__ import annotations

import base64
import hmac
import http.client
import json
import os
import secrets
import socket
import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, urlencode

from pjterm import __version__
from pjterm.errors import AuthFailed, PjtermError, Unavailable
from pjterm.relay import state
from pjterm.relay.state import RelayAddress
from pjterm.relay.urls import check_url

CONNECT_SECONDS = 3.0
SILENCE_SECONDS = 40.0
"""Two heartbeats (15 s) and some: a stream that is quieter is dead."""
_FIRST_BACKOFF, _LONGEST_BACKOFF = 0.25, 2.0
_MOST_LINE = 1024 * 1024
_REMEMBERED = 1_000
"""Events remembered, so that one relay's are told from another's; a fleet's relays differ by less."""
Item = dict[str, Any]


def find(state_dir: Path) -> RelayAddress | None:
    """The relay that this user runs on this machine, as it recorded itself."""
    return state.find(state_dir)


def prove(address: RelayAddress, timeout: float = CONNECT_SECONDS) -> bool:
    """Whether who answers there holds the token, without sending it."""
    nonce = secrets.token_hex(16)
    try:
        answer = _get(address.url, f"/healthz?nonce={nonce}", {}, timeout)
        told = json.loads(answer[1])
    except (PjtermError, ValueError):
        return False
    given = told.get("proof") if isinstance(told, dict) else None
    return isinstance(given, str) and hmac.compare_digest(
        given.encode("utf-8", "replace"), state.proof(address.token, nonce).encode()
    )


def is_there(url: str, timeout: float = CONNECT_SECONDS) -> bool:
    """Whether a relay answers there, whoever's it is."""
    try:
        return bool(json.loads(_get(url, "/healthz", {}, timeout)[1]) == {"status": "ok"})
    except (PjtermError, ValueError):
        return False


def page(
    address: RelayAddress,
    *,
    after: int | None = None,
    limit: int = 100,
    filters: Mapping[str, str] | None = None,
    timeout: float = 15.0,
) -> Item:
    """One page of events: `items`, `next`, and `gap` where history was removed.

    `filters` are the route's: `profile`, `requestId`, `type`. Raises `Unavailable`, `AuthFailed`.
    """
    query = {**(filters or {}), "limit": str(limit)} | ({} if after is None else {"after": str(after)})
    return _json(address, f"/events?{urlencode(query)}", timeout)


def status(address: RelayAddress, timeout: float = 15.0) -> Item:
    """What the relay tells about itself (`relay status`)."""
    return _json(address, "/status", timeout)


def fleet(address: RelayAddress, timeout: float = 15.0) -> list[Item] | None:
    """What every relay of the fleet told last; None where this one stands alone."""
    code, body, _ = _ask(address, "/fleet", timeout)
    if code == 404:
        return None
    if code == 503:
        raise Unavailable(
            f"the relay at {address.url} reaches no server of its stream",
            hint="webhooks get 503 until it does, and come again; see: pjterm relay status",
        )
    _check(code, address)
    items: list[Item] = json.loads(body)["items"]
    return items


def raw(address: RelayAddress, cursor: int, timeout: float = 15.0) -> tuple[bytes, bytes] | None:
    """Body and header block of a delivery, byte for byte as received; None when it is not there."""
    code, body, headers = _ask(address, f"/events/{quote(str(cursor))}/raw", timeout)
    if code == 404:
        return None
    _check(code, address)
    return body, base64.b64decode(headers.get("X-Pjterm-Headers", ""))


class Stream(threading.Thread):
    """Follows a relay's events on a thread of its own, through restarts, until `stop`.

    `deliver` gets each item once per connection in cursor order (a repeat across reconnects is
    possible only if the relay lost its store); `state` hears first whether the connection came about,
    then when it goes and comes; `gap` gets `{"after", "oldest"}` where history was removed. All three
    run on this thread and should only queue. `after=0` begins at the oldest event, None with what
    comes from now on.
    `again` is asked for the address before each reconnect (a relay may come back on another port, or
    another relay of the fleet takes over: then it is told the last event, for its cursors differ, and
    what it tells a second time is dropped here).
    """

    def __init__(
        self,
        address: RelayAddress,
        deliver: Callable[[Item], None],
        state: Callable[[bool], None],
        *,
        after: int | None = None,
        filters: Mapping[str, str] | None = None,
        gap: Callable[[Item], None] | None = None,
        again: Callable[[], RelayAddress | None] | None = None,
    ) -> None:
        super().__init__(name="relay-stream", daemon=True)
        self._address = address
        self._deliver = deliver
        self._state = state
        self._gap = gap
        self._again = again
        self._filters = dict(filters or {})
        self._position = after
        self._store: str | None = None
        self._mark = ""
        self._moved = False
        self._seen: deque[int] = deque(maxlen=_REMEMBERED)
        self._ending = threading.Event()
        self._socket: socket.socket | None = None
        self._connected: bool | None = None
        self._backoff = _FIRST_BACKOFF
        self.trouble: PjtermError | None = None
        """Why there is no connection now."""

    def stop(self) -> None:
        """End soon, from any thread: a read that waits is woken."""
        self._ending.set()
        held = self._socket
        if held is not None:
            try:
                held.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it was not connected any more

    def run(self) -> None:
        while not self._ending.is_set():
            try:
                self._follow()
            except (PjtermError, OSError, http.client.HTTPException, ValueError) as error:
                self.trouble = error if isinstance(error, PjtermError) else Unavailable(f"relay: {error}")
            self._tell(False)
            if not self._ending.wait(self._backoff):
                self._backoff = min(self._backoff * 2, _LONGEST_BACKOFF)
                self._address = (self._again and self._again()) or self._address

    def _tell(self, connected: bool) -> None:
        if connected != self._connected:
            self._connected = connected
            self._state(connected)

    def _follow(self) -> None:
        """One connection, until it ends."""
        parts = check_url(self._address.url, "relay")
        if parts.scheme == "http" and not prove(self._address):
            raise Unavailable(f"no relay of ours answers at {self._address.url}")
        connection = _connect(parts, CONNECT_SECONDS)
        try:
            connection.connect()
            # Kept here, because http.client lets go of it as soon as it knows that the response ends it.
            self._socket = connection.sock
            if self._ending.is_set():
                return
            connection.request("GET", self._path(parts), headers=self._headers())
            connection.sock.settimeout(SILENCE_SECONDS)
            response = connection.getresponse()
            _check(response.status, self._address)
            self.trouble = None
            store = response.headers.get("X-Pjterm-Store")
            self._moved = self._moved or self._store not in (None, store)
            self._store = store
            self._read(response)
        finally:
            self._socket = None
            connection.close()

    def _path(self, parts: SplitResult) -> str:
        query = self._filters | ({} if self._position is None else {"after": str(self._position)})
        return f"{parts.path.rstrip('/')}/events?{urlencode(query)}"

    def _headers(self) -> dict[str, str]:
        headers = {**_bearer(self._address), "Accept": "text/event-stream"}
        if self._position is not None:
            headers["Last-Event-ID"] = str(self._position)
        if self._store is not None:
            headers["X-Pjterm-Store"] = self._store
        return headers | ({"X-Pjterm-Last-Event": self._mark} if self._mark else {})

    def _read(self, response: http.client.HTTPResponse) -> None:
        """Blocks of lines, each ended by an empty one."""
        block: dict[str, str] = {}
        while not self._ending.is_set():
            line = response.readline(_MOST_LINE)
            if not line.endswith(b"\n"):
                return
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            if text:
                name, _, value = text.partition(":")
                block[name] = value.removeprefix(" ")
            else:
                self._take(block)
                block = {}

    def _take(self, block: dict[str, str]) -> None:
        if "" in block:  # a comment: the relay's heartbeat says how far this stream is
            self._tell(True)
            self._backoff = _FIRST_BACKOFF
            word, _, rest = block[""].partition(" ")
            if word == "at":
                cursor, _, mark = rest.partition(" ")
                self._go_to(cursor, mark)
        if "data" not in block:
            return
        told = json.loads(block["data"])
        if block.get("event") == "event":
            if self._is_new(told, block["data"]):
                self._deliver(told)
            self._go_to(block.get("id", ""), _mark(told))
            return
        if block.get("event") == "gap" and self._gap is not None:
            self._gap(told)
        self._go_to(block.get("id", ""))

    def _is_new(self, item: Item, line: str) -> bool:
        """False for what another relay of the fleet told before: the same event under another cursor."""
        known = hash((item.get("profile"), line.partition('"event": ')[2]))
        if self._moved and known in self._seen:
            return False
        self._seen.append(known)
        return True

    def _go_to(self, cursor: str, mark: str = "") -> None:
        """Only after the delivery: a position must never run ahead of what was handed over."""
        if cursor.isascii() and cursor.isdigit():
            self._position = int(cursor)
            self._mark = mark or self._mark


def _mark(item: Item) -> str:
    event = item.get("event")
    name, number = item.get("profile"), event.get("id") if isinstance(event, dict) else None
    return f"{quote(str(name), safe='')}/{quote(str(number), safe='')}"


# -- HTTP -------------------------------------------------------------------------------------------


def _bearer(address: RelayAddress) -> dict[str, str]:
    return {"Authorization": f"Bearer {address.token}", "User-Agent": f"pjterm/{__version__}"}


def _json(address: RelayAddress, path: str, timeout: float) -> Item:
    code, body, _ = _ask(address, path, timeout)
    _check(code, address)
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise Unavailable(f"the relay at {address.url} does not answer with JSON") from error
    if not isinstance(answer, dict):
        raise Unavailable(f"the relay at {address.url} does not answer as a relay")
    return answer


def _ask(address: RelayAddress, path: str, timeout: float) -> tuple[int, bytes, http.client.HTTPMessage]:
    return _get(address.url, path, _bearer(address), timeout)


def _get(url: str, path: str, headers: dict[str, str], timeout: float) -> tuple[int, bytes, http.client.HTTPMessage]:
    parts = check_url(url, "relay")
    connection = _connect(parts, timeout)
    try:
        connection.request("GET", parts.path.rstrip("/") + path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read(), response.headers
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(f"the relay at {url} does not answer: {error}") from error
    finally:
        connection.close()


def _check(code: int, address: RelayAddress) -> None:
    if code == 401:
        hint = "set the profile's relay_token to what `pjterm relay token` prints where the relay runs"
        raise AuthFailed(f"the relay at {address.url} refuses the token", hint=hint)
    if code != 200:
        raise Unavailable(f"the relay at {address.url} answers {code}")


def _connect(parts: SplitResult, timeout: float) -> http.client.HTTPConnection:
    assert parts.hostname is not None
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    import ssl

    context = ssl.create_default_context()
    proxy = _proxy(parts.hostname)
    if proxy is None:
        return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=timeout, context=context)
    connection = http.client.HTTPSConnection(*proxy, timeout=timeout, context=context)
    connection.set_tunnel(parts.hostname, parts.port or 443)
    return connection


def _proxy(host: str) -> tuple[str, int] | None:
    """The proxy for https from the environment, unless `NO_PROXY` names the host."""
    named = os.environ.get("https_proxy") or os.environ.get("HTTPS_PROXY") or ""
    spared = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    for entry in (part.strip().lstrip(".").lower() for part in spared.split(",")):
        if entry == "*" or (entry and (host == entry or host.endswith(f".{entry}"))):
            return None
    address = named.rpartition("//")[2].rpartition("@")[2].rstrip("/")
    name, _, port = address.rpartition(":")
    return (name, int(port)) if name and port.isdigit() else None
