"""A webhook event: what was received, and its place in the store.

Events are kept byte for byte as they were received; what the store adds is told apart from that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

_ONE_LINE = bytes.maketrans(b"\r\n", b"  ")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A webhook that was accepted and is about to be kept.

    `received_ms` is milliseconds since 1970 UTC. `headers` are the header lines as received, each
    ended by CR LF. `body` is UTF-8 JSON (the relay lets nothing else in).
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


@dataclass(frozen=True, slots=True)
class Event:
    """An arrival in its place: what a follower is told and `events show` prints."""

    cursor: int
    same_id_as: int | None
    deliveries: int
    arrival: Arrival

    def line(self) -> str:
        """The event as a follower gets it: one line of JSON.

        The received JSON is put in as it is, its line ends (which JSON allows only between values)
        made blanks: nothing is re-serialised, so no number changes its digits.
        """
        got = self.arrival
        same = "null" if self.same_id_as is None else str(self.same_id_as)
        return (
            f'{{"cursor": {self.cursor}, "receivedAt": "{iso(got.received_ms)}", '
            f'"profile": {_quoted(got.profile)}, "verified": {"true" if got.verified else "false"}, '
            f'"sameIdAs": {same}, "deliveries": {self.deliveries}, '
            f'"event": {got.body.translate(_ONE_LINE).decode()}}}'
        )

    def item(self) -> dict[str, Any]:
        """The same as a mapping."""
        item: dict[str, Any] = json.loads(self.line())
        return item


def iso(ms: int) -> str:
    """A moment as JSON output writes it: UTC with milliseconds and `Z`."""
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


@lru_cache(maxsize=256)
def _quoted(profile: str) -> str:
    return json.dumps(profile)
