"""Follows a relay's events on a thread of its own, across restarts of the relay.

`position` decides what a block of the stream means and what to ask for next; this module connects, reads, calls back.
"""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, urlencode

from pjterm.core.urls import check_url
from pjterm.errors import PjtermError, Unavailable, reason
from pjterm.relay.client.address import RelayAddress
from pjterm.relay.client.connection import end, open_connection, opened
from pjterm.relay.client.position import BlockKind, StreamPosition, read_block
from pjterm.relay.client.queries import CONNECT_SECONDS, bearer, check_proof, check_status

SILENCE_SECONDS = 40.0
"""Two heartbeats (15 s) and a margin: a stream that is silent for longer is dead."""
_FIRST_BACKOFF, _LONGEST_BACKOFF = 0.25, 2.0
_MOST_LINE = 1024 * 1024
_MOST_LINES = 16
Item = dict[str, Any]


class Stream(threading.Thread):
    """Follows until `stop`.

    `deliver` gets each item once, in cursor order (a reconnect repeats items only if the relay lost its store);
    `state` gets whether there is a connection, first when that is known and then at each change; `gap` gets
    `{"after", "oldest"}` if events were removed; `trouble` gets why there is no connection, whenever that is another
    reason than before. All four run on this thread and should only queue.
    `after=0` begins at the oldest event, None with new events. `again` returns the address for each reconnect: a relay
    may come back on another port, or another relay of the fleet may take over.
    """

    def __init__(
        self,
        address: RelayAddress,
        deliver: Callable[[Item], None],
        state: Callable[[bool], None],
        *,
        after: int | None = None,
        filters: Mapping[str, str] | None = None,
        gap: Callable[[Item], None] = lambda _: None,
        trouble: Callable[[PjtermError], None] = lambda _: None,
        again: Callable[[], RelayAddress | None] = lambda: None,
    ) -> None:
        super().__init__(name="relay-stream", daemon=True)
        self._address = address
        self._deliver = deliver
        self._state = state
        self._gap = gap
        self._trouble = trouble
        self._again = again
        self._filters = dict(filters or {})
        self._position = StreamPosition(after)
        self._ending = threading.Event()
        self._socket: socket.socket | None = None
        self._connected: bool | None = None
        self._backoff = _FIRST_BACKOFF
        self._why: str | None = None

    def stop(self) -> None:
        """End soon; callable from any thread, and wakes a blocked read."""
        self._ending.set()
        end(self._socket)

    def run(self) -> None:
        while not self._ending.is_set():
            try:
                self._follow()
            except (PjtermError, OSError, http.client.HTTPException, ValueError) as error:
                self._report(False)
                silent = f"the relay at {self._address.url} does not answer: {reason(error)}"
                self._tell(error if isinstance(error, PjtermError) else Unavailable(silent))
            self._report(False)
            if not self._ending.wait(self._backoff):
                self._backoff = min(self._backoff * 2, _LONGEST_BACKOFF)
                self._address = self._again() or self._address

    def _report(self, connected: bool) -> None:
        if connected != self._connected:
            self._connected, self._why = connected, None
            self._state(connected)

    def _tell(self, trouble: PjtermError) -> None:
        if trouble.message != self._why:
            self._why = trouble.message
            self._trouble(trouble)

    def _follow(self) -> None:
        """Read from one connection until it ends."""
        parts = check_url(self._address.url, "relay")
        check_proof(self._address)
        connection = open_connection(parts, CONNECT_SECONDS)
        try:
            with opened(connection, CONNECT_SECONDS):
                pass
            # For `stop`: http.client drops the socket once it knows that this response ends the connection.
            self._socket = connection.sock
            if not self._ending.is_set():
                self._read(self._ask(connection, parts))
        finally:
            self._socket = None
            connection.close()

    def _ask(self, connection: http.client.HTTPConnection, parts: SplitResult) -> http.client.HTTPResponse:
        path = f"{parts.path.rstrip('/')}/events?{urlencode(self._filters | self._position.query())}"
        headers = {**bearer(self._address), "Accept": "text/event-stream", **self._position.headers()}
        connection.request("GET", path, headers=headers)
        connection.sock.settimeout(SILENCE_SECONDS)
        response = connection.getresponse()
        check_status(response.status, self._address)
        self._position.connected(response.headers.get("X-Pjterm-Store"))
        return response

    def _read(self, response: http.client.HTTPResponse) -> None:
        for lines in _blocks(response):
            if self._ending.is_set():
                return
            self._take(lines)

    def _take(self, lines: Mapping[str, str]) -> None:
        block = read_block(lines)
        if block.kind is BlockKind.HEARTBEAT:
            self._report(True)
            self._backoff = _FIRST_BACKOFF
        elif block.kind is BlockKind.EVENT and block.item is not None and self._position.is_new(block):
            self._deliver(block.item)
        elif block.kind is BlockKind.GAP and block.item is not None:
            self._gap(block.item)
        self._position.advance(block)


def _blocks(response: http.client.HTTPResponse) -> Iterator[dict[str, str]]:
    """Blocks of lines, each ended by an empty line, until the stream ends or breaks the rules."""
    block: dict[str, str] = {}
    while (line := response.readline(_MOST_LINE)).endswith(b"\n") and len(block) <= _MOST_LINES:
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if text:
            name, _, value = text.partition(":")
            block[name] = value.removeprefix(" ")
        else:
            yield block
            block = {}
