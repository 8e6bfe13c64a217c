"""What the store already knows about deliveries: the event that each repeats, and the first event with its id."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple

from pjterm.events.event import Arrival
from pjterm.events.sqlite import lookup
from pjterm.events.sqlite.lookup import Lookup
from pjterm.events.store import Kept


class Known(NamedTuple):
    """One delivery, its hashes, and what is known of it. `same_id` is the first event with this id and another body."""

    arrival: Arrival
    id_hash: int
    body_hash: int
    repeats: Kept | None = None
    same_id: int | None = None


def look_up(db: sqlite3.Connection, index: Lookup, arrivals: Sequence[Arrival]) -> list[Known]:
    """Look up each arrival. Most ids are new; one query finds all that are not."""
    hashes = [lookup.id_hash(a.profile, a.event_id) for a in arrivals]
    seen = index.known(hashes)
    found = []
    for arrival, id_hash in zip(arrivals, hashes, strict=True):
        known = Known(arrival, id_hash, lookup.body_hash(arrival.profile, arrival.body))
        found.append(_complete(db, index, known) if id_hash in seen else known)
    return found


def _complete(db: sqlite3.Connection, index: Lookup, known: Known) -> Known:
    repeats = _still_here(db, index, known) or _gone(db, known)
    return known._replace(repeats=repeats, same_id=None if repeats else _same_id(db, index, known))


_SAME_BODY = "(body = ? OR private = 2)"  # a cut event has only its hash


def _still_here(db: sqlite3.Connection, index: Lookup, known: Known) -> Kept | None:
    query = (
        "SELECT event.cursor, same_id_as FROM lookup.identity AS found "
        "CROSS JOIN event ON event.cursor = found.cursor "
        f"WHERE found.id_hash = ? AND found.body_hash = ? AND profile = ? AND event_id = ? AND {_SAME_BODY} LIMIT 1"
    )
    late = (
        "SELECT cursor, same_id_as FROM event "
        f"WHERE cursor = ? AND body_hash = ? AND profile = ? AND event_id = ? AND {_SAME_BODY}"
    )
    values = (known.body_hash, known.arrival.profile, known.arrival.event_id, known.arrival.body)
    found = _in_index_or_late(db, index, known.id_hash, query, late, values)
    return None if found is None else Kept(found[0], new=False, same_id_as=found[1])


def _same_id(db: sqlite3.Connection, index: Lookup, known: Known) -> int | None:
    query = (
        "SELECT ifnull(same_id_as, event.cursor) FROM lookup.identity AS found "
        "CROSS JOIN event ON event.cursor = found.cursor "
        "WHERE found.id_hash = ? AND profile = ? AND event_id = ? LIMIT 1"
    )
    late = "SELECT ifnull(same_id_as, cursor) FROM event WHERE cursor = ? AND profile = ? AND event_id = ?"
    found = _in_index_or_late(db, index, known.id_hash, query, late, (known.arrival.profile, known.arrival.event_id))
    return None if found is None else int(found[0])


def _gone(db: sqlite3.Connection, known: Known) -> Kept | None:
    """The event that this repeats although retention removed it: the hashes of id and body (96 bits) outlive it."""
    query = (
        "SELECT gone.cursor FROM lookup.identity AS found CROSS JOIN gone ON gone.cursor = found.cursor "
        "WHERE found.id_hash = ? AND found.body_hash = ? LIMIT 1"
    )
    found = db.execute(query, (known.id_hash, known.body_hash)).fetchone()
    return None if found is None else Kept(found[0], new=False)


def _in_index_or_late(
    db: sqlite3.Connection, index: Lookup, id_hash: int, query: str, late: str, values: tuple[object, ...]
) -> tuple[Any, ...] | None:
    """What the index finds, else what is found among the events that it does not cover yet."""
    tries = [(query, (id_hash, *values)), *((late, (cursor, *values)) for cursor in index.late(id_hash))]
    rows = (db.execute(*one).fetchone() for one in tries)
    return next((row for row in rows if row is not None), None)
