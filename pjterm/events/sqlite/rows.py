"""How an event is stored in the `event` table, and the queries that find it."""

from __future__ import annotations

from typing import NamedTuple

from pjterm.events.event import CUT_AFTER_MS, Arrival, Event
from pjterm.events.sqlite import lookup
from pjterm.events.store import Filters

SCHEMA = """
CREATE TABLE event (
  cursor INTEGER PRIMARY KEY AUTOINCREMENT,
  same_id_as INTEGER, deliveries INTEGER NOT NULL,
  profile TEXT NOT NULL, verified INTEGER NOT NULL, received_ms INTEGER NOT NULL,
  event_id TEXT NOT NULL, type TEXT NOT NULL, request_id TEXT, status TEXT,
  body BLOB NOT NULL, headers BLOB NOT NULL,
  id_hash INTEGER NOT NULL, body_hash INTEGER NOT NULL, request_hash INTEGER,
  private INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX event_type ON event (type);
CREATE INDEX event_profile ON event (profile);
CREATE INDEX event_private ON event (cursor) WHERE private = 1;
CREATE TABLE gone (
  cursor INTEGER PRIMARY KEY, received_ms INTEGER NOT NULL, id_hash INTEGER NOT NULL, body_hash INTEGER NOT NULL
);
"""
PRIVATE, CUT = 1, 2
"""Values of `private`: 1 is still whole, 2 no longer has a body or headers."""
COLUMNS = (
    "same_id_as, deliveries, profile, verified, received_ms, event_id, type, request_id, status, body, headers, private"
)
COVERED = "(SELECT ifnull(max(cursor), 0) FROM lookup.covered)"


class Row(NamedTuple):
    """A new event, in the order of the table's columns."""

    cursor: int
    same_id_as: int | None
    deliveries: int
    profile: str
    verified: bool
    received_ms: int
    event_id: str
    type: str
    request_id: str | None
    status: str | None
    body: bytes
    headers: bytes
    id_hash: int
    body_hash: int
    request_hash: int | None
    private: bool


def row(cursor: int, same_id_as: int | None, got: Arrival, id_hash: int, body_hash: int) -> Row:
    """What to insert for a new event."""
    request = None if got.request_id is None else lookup.request_hash(got.request_id)
    return Row(
        cursor, same_id_as, 1, got.profile, got.verified, got.received_ms, got.event_id,
        got.type, got.request_id, got.status, got.body, got.headers, id_hash, body_hash, request, got.private,
    )  # fmt: skip


def select(filters: Filters, after: int, until: int, limit: int) -> tuple[str, list[int | str]]:
    """The query for these filters, on the most selective index.

    By request: what the index finds, and the few events that it does not cover yet.
    """
    tests, values = _tests(filters)
    if filters.request_id is None:
        where = " AND ".join(["cursor > ?", "cursor <= ?", *tests])
        query = f"SELECT cursor, {COLUMNS} FROM event WHERE {where} ORDER BY cursor LIMIT ?"
        return query, [after, until, *values, limit]
    where = "".join(f" AND {test}" for test in tests)
    query = (
        f"SELECT found.cursor, {COLUMNS} FROM lookup.request AS found CROSS JOIN event ON event.cursor = found.cursor "
        f"WHERE found.request_hash = ? AND found.cursor > ? AND found.cursor <= ?{where} "
        f"UNION ALL SELECT event.cursor, {COLUMNS} FROM event "
        f"WHERE event.cursor > max(?, {COVERED}) AND event.cursor <= ?{where} "
        "ORDER BY 1 LIMIT ?"
    )
    found = [lookup.request_hash(filters.request_id), after, until]
    return query, [*found, *values, after, until, *values, limit]


def _tests(filters: Filters) -> tuple[list[str], list[int | str]]:
    """Conditions in SQL; a plus keeps SQLite from choosing that column's index."""
    tests: list[str] = []
    values: list[int | str] = []
    for column, value in (
        ("request_id", filters.request_id),
        ("type", filters.type),
        ("profile", filters.profile),
    ):
        if value is not None:
            tests.append(f"{'+' if tests else ''}{column} = ?")
            values.append(value)
    return tests, values


def event(found: tuple[object, ...], now_ms: int) -> Event:
    """The event in a row of the cursor and `COLUMNS`; a private one that is due to be cut is cut here already.

    Only a running relay ages its file, and it may be stopped for months.
    """
    cursor, same, deliveries, profile, verified, at, event_id, kind, request, status, body, headers, private = found
    cut = private == CUT or (private == PRIVATE and _int(at) < now_ms - CUT_AFTER_MS)
    if cut:
        body = headers = b""
    got = Arrival(str(profile), bool(verified), _int(at), str(event_id), str(kind),
                  _text(request), _text(status), bytes(body), bytes(headers), bool(private))  # type: ignore[call-overload]  # fmt: skip
    return Event(_int(cursor), _optional(same), _int(deliveries), got, cut)


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


def _optional(value: object) -> int | None:
    return None if value is None else _int(value)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
