"""How far a follower has come, and what a relay's stream says. Pure.

Cursors belong to one relay's store. A relay of the fleet that takes over is given the mark of the last event
(its profile and id) instead, and what it repeats is dropped here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any
from urllib.parse import quote

from pjterm.events.webhook import id_of
from pjterm.system import strict_json
from pjterm.values import dataclass

_REMEMBERED = 1_000
"""Events remembered, to recognize them in another relay's stream; a fleet's relays differ by less."""
Item = dict[str, Any]


class BlockKind(Enum):
    """What a block of the stream is."""

    HEARTBEAT = auto()
    EVENT = auto()
    GAP = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the stream; `cursor` and `mark` say how far the stream has come."""

    kind: BlockKind
    cursor: int | None = None
    mark: str = ""
    item: Item | None = None
    text: str = ""


def read_block(lines: Mapping[str, str]) -> Block:
    """Parse a block from its lines by name; a comment's name is empty. Raises `ValueError`."""
    if "" in lines:
        word, _, rest = lines[""].partition(" ")
        cursor, _, named = rest.partition(" ") if word == "at" else ("", "", "")
        return Block(BlockKind.HEARTBEAT, _cursor(cursor), named)
    kind = {"event": BlockKind.EVENT, "gap": BlockKind.GAP}.get(lines.get("event", ""), BlockKind.OTHER)
    if "data" not in lines or kind is BlockKind.OTHER:
        return Block(BlockKind.OTHER, _cursor(lines.get("id", "")) if "data" in lines else None)
    item = strict_json.read(lines["data"])
    if not isinstance(item, dict):
        raise ValueError("the relay's stream holds something that is not an object")
    named = _mark_of(item) if kind is BlockKind.EVENT else ""
    return Block(kind, _cursor(lines.get("id", "")), named, item, lines["data"])


def _cursor(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def mark(profile: str, event_id: str) -> str:
    """Identifies an event for every relay of a fleet, whatever its cursor there."""
    return f"{quote(profile, safe='')}/{quote(event_id, safe='')}"


def _mark_of(item: Item) -> str:
    event = item.get("event")
    return mark(str(item.get("profile")), str(id_of(event) if isinstance(event, dict) else None))


class StreamPosition:
    """What one follower has seen over all its connections; `after=None` begins with new events."""

    def __init__(self, after: int | None) -> None:
        self._position = after
        self._store: str | None = None
        self._mark = ""
        self._moved = False
        self._seen: deque[int] = deque(maxlen=_REMEMBERED)

    def query(self) -> dict[str, str]:
        """The parameters that ask for what comes next."""
        return {} if self._position is None else {"after": str(self._position)}

    def headers(self) -> dict[str, str]:
        """Headers that ask for the same, with the cursor's store and the mark of its event."""
        headers = {} if self._position is None else {"Last-Event-ID": str(self._position)}
        if self._store is not None:
            headers["X-Pjterm-Store"] = self._store
        return headers | ({"X-Pjterm-Last-Event": self._mark} if self._mark else {})

    def connected(self, store: str | None) -> None:
        """Record that cursors belong to this store from now on."""
        self._moved = self._moved or self._store not in (None, store)
        self._store = store

    def is_new(self, block: Block) -> bool:
        """False for an event that another relay of the fleet delivered before, under another cursor."""
        item = block.item or {}
        known = hash((item.get("profile"), block.text.partition('"event": ')[2]))
        if self._moved and known in self._seen:
            return False
        self._seen.append(known)
        return True

    def advance(self, block: Block) -> None:
        """Record that this block is handled. Call it after delivery: the position must never run ahead of it."""
        if block.cursor is not None:
            self._position = block.cursor
            self._mark = block.mark or self._mark
