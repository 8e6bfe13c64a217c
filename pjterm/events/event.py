"""A webhook event: what was received, and its place in the store.

Events are stored byte for byte as received; what the store adds is stored apart.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from pjterm.values import dataclass, field

DAY_MS = 86_400_000
REPEATS_DAYS = 3
"""How long PayJunction repeats a delivery (RECV)."""
CUT_AFTER_MS = DAY_MS
"""After a day no command follows a request anymore, so what the customer typed is removed."""
_ONE_LINE = bytes.maketrans(b"\r\n", b"  ")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A webhook that was accepted and is about to be stored.

    `received_ms` is milliseconds since 1970 UTC. `headers` are the header lines as received, each
    ended by CR LF. `body` is UTF-8 JSON (the relay accepts nothing else). `private` means that it may hold what a
    customer typed or swiped, so its body and headers are removed after a day.
    """

    profile: str
    verified: bool
    received_ms: int
    event_id: str
    type: str
    request_id: str | None
    status: str | None
    body: bytes = field(repr=False)
    headers: bytes = field(repr=False)
    private: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """An arrival with its cursor: what a follower gets and `events show` prints.

    `cut` means that body and headers were removed for privacy; only the hash of the body is left.
    """

    cursor: int
    same_id_as: int | None
    deliveries: int
    arrival: Arrival
    cut: bool = False

    def line(self) -> str:
        """The event as a follower gets it: one line of JSON.

        The received JSON is copied unchanged, except that line breaks (which JSON allows only between values)
        become spaces: nothing is serialized again, so no number changes its digits. A cut event shows what the store
        knows without the body, and `"cut": true`.
        """
        got = self.arrival
        event = _remains(got) if self.cut else got.body.translate(_ONE_LINE).decode()
        cut = '"cut": true, ' if self.cut else ""
        same = "null" if self.same_id_as is None else str(self.same_id_as)
        return (
            f'{{"cursor": {self.cursor}, "receivedAt": "{iso(got.received_ms)}", '
            f'"profile": {_quoted(got.profile)}, "verified": {"true" if got.verified else "false"}, '
            f'"sameIdAs": {same}, "deliveries": {self.deliveries}, '
            f'{cut}"event": {event}}}'
        )

    def item(self) -> dict[str, Any]:
        """The same as a mapping."""
        item: dict[str, Any] = json.loads(self.line())
        return item


def _remains(got: Arrival) -> str:
    data = {"requestId": got.request_id, "status": got.status}
    return json.dumps({"id": got.event_id, "type": got.type, "data": {k: v for k, v in data.items() if v is not None}})


LATEST_MS = 253_402_214_399_999
"""The last millisecond but for one day of the year 9999: `datetime` has no later date, in any zone."""


def now_ms() -> int:
    """The wall clock in milliseconds, as events are dated."""
    return time.time_ns() // 1_000_000


def iso(ms: int) -> str:
    """A moment as JSON output writes it: UTC with milliseconds and `Z`."""
    ms = min(max(ms, 0), LATEST_MS)
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


@lru_cache(maxsize=256)
def _quoted(profile: str) -> str:
    return json.dumps(profile)
