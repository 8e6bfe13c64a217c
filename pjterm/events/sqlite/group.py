"""One group commit: which arrivals are new, which are repeats, and the rows that follow from it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from pjterm.events.event import Arrival
from pjterm.events.sqlite import lookup
from pjterm.events.sqlite.lookup import Lookup
from pjterm.events.sqlite.rows import Row, row
from pjterm.events.store import Kept


class Group:
    """One group commit: which arrivals are new, which are repeats, and the rows that follow from it."""

    def __init__(self, db: sqlite3.Connection, found: Lookup, newest: int) -> None:
        self._db = db
        self._lookup = found
        self.newest = newest
        self.rows: list[Row] = []
        self._here: dict[tuple[str, str], list[Row]] = {}
        self._repeats: list[tuple[bool, bool, bytes, bool, int]] = []

    def keep(self, arrivals: Sequence[Arrival], counted: Sequence[bool] | None = None) -> list[Kept]:
        """What becomes of each; a repeat that is not `counted` is no further delivery."""
        hashes = [lookup.id_hash(a.profile, a.event_id) for a in arrivals]
        known = self._lookup.known(hashes)
        counts = counted or [True] * len(arrivals)
        kept = [self._one(a, h, h in known, c) for a, h, c in zip(arrivals, hashes, counts, strict=True)]
        lookup.insert(self._db, "event", self.rows)
        self._count_repeats()
        return kept

    def see(self, arrivals: Iterable[Arrival]) -> None:
        """Remember when each profile last delivered something verified here."""
        seen = {a.profile: a.received_ms for a in arrivals if a.verified}
        self._db.executemany("INSERT OR REPLACE INTO verified VALUES (?, ?)", list(seen.items()))

    def again(self, arrivals: Sequence[Arrival]) -> list[Kept | None]:
        """Count those that are repeats; the others (None) are not kept."""
        hashes = [lookup.id_hash(a.profile, a.event_id) for a in arrivals]
        found = [self._repeat(a, h, lookup.body_hash(a.profile, a.body)) for a, h in zip(arrivals, hashes, strict=True)]
        self._repeats = [_seen_again(a, k.cursor) for a, k in zip(arrivals, found, strict=True) if k is not None]
        self._count_repeats()
        return found

    def _one(self, arrival: Arrival, id_hash: int, known: bool, counted: bool) -> Kept:
        """First every place where it could be a repeat, then every place that knows its id."""
        body_hash = lookup.body_hash(arrival.profile, arrival.body)
        here = self._here.setdefault((arrival.profile, arrival.event_id), [])
        repeat = _same_body(here, arrival) or (self._repeat(arrival, id_hash, body_hash) if known else None)
        if repeat is not None:
            self._repeats.append(_seen_again(arrival, repeat.cursor, counted))
            return repeat
        same = (self._same_id(arrival, id_hash) if known else None) or _first(here)
        self.newest += 1
        kept = Kept(self.newest, new=True, same_id_as=same)
        here.append(row(kept, arrival, id_hash, body_hash))
        self.rows.append(here[-1])
        return kept

    def _repeat(self, arrival: Arrival, id_hash: int, body_hash: int) -> Kept | None:
        query = (
            "SELECT event.cursor, same_id_as FROM lookup.identity AS found "
            "CROSS JOIN event ON event.cursor = found.cursor "
            "WHERE found.id_hash = ? AND found.body_hash = ? AND profile = ? AND event_id = ? AND body = ? "
            "LIMIT 1"
        )
        late = "SELECT cursor, same_id_as FROM event WHERE cursor = ? AND profile = ? AND event_id = ? AND body = ?"
        values = (arrival.profile, arrival.event_id, arrival.body)
        found = self._first(query, (id_hash, body_hash, *values), late, id_hash, values)
        return None if found is None else Kept(found[0], new=False, same_id_as=found[1])

    def _same_id(self, arrival: Arrival, id_hash: int) -> int | None:
        query = (
            "SELECT ifnull(same_id_as, event.cursor) FROM lookup.identity AS found "
            "CROSS JOIN event ON event.cursor = found.cursor "
            "WHERE found.id_hash = ? AND profile = ? AND event_id = ? LIMIT 1"
        )
        late = "SELECT ifnull(same_id_as, cursor) FROM event WHERE cursor = ? AND profile = ? AND event_id = ?"
        values = (arrival.profile, arrival.event_id)
        found = self._first(query, (id_hash, *values), late, id_hash, values)
        return None if found is None else int(found[0])

    def _first(
        self, query: str, values: tuple[object, ...], late: str, id_hash: int, late_values: tuple[object, ...]
    ) -> tuple[Any, ...] | None:
        """What the index finds, else what one of the events finds that it does not cover yet."""
        tries = [(query, values), *((late, (cursor, *late_values)) for cursor in self._lookup.late(id_hash))]
        rows = (self._db.execute(*one).fetchone() for one in tries)
        return next((row for row in rows if row is not None), None)

    def _count_repeats(self) -> None:
        """One that verifies an unverified event brings the headers, with the signature, along."""
        self._db.executemany(
            "UPDATE event SET deliveries = deliveries + ?, headers = CASE WHEN ? > verified THEN ? ELSE headers END, "
            "verified = max(verified, ?) WHERE cursor = ?",
            self._repeats,
        )


def _seen_again(again: Arrival, cursor: int, counted: bool = True) -> tuple[bool, bool, bytes, bool, int]:
    return counted, again.verified, again.headers, again.verified, cursor


def _same_body(here: list[Row], arrival: Arrival) -> Kept | None:
    """The event of this group that this is a repeat of."""
    for cursor, same, *rest in here:
        if rest[8] == arrival.body:
            return Kept(cursor, new=False, same_id_as=same)
    return None


def _first(here: list[Row]) -> int | None:
    return (here[0][1] or here[0][0]) if here else None
