"""Reading an event store, from any thread, also while it is being written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pjterm.events.event import Event
from pjterm.events.sqlite import lookup, rows
from pjterm.events.sqlite.connections import Connections, named
from pjterm.events.store import ANY, Filters, Gap

MAX_CURSOR = 2**63 - 1


class Reading(Connections):
    """The reading half of a store; all its events are on this machine, so it never has to wait for other relays.

    `now` is the wall clock in milliseconds.
    """

    def __init__(self, path: Path, *, readonly: bool, synced: bool, now: Callable[[], int]) -> None:
        self._now = now
        super().__init__(path, readonly=readonly, synced=synced)
        with named(self.path):
            self._holes = self._read_holes()

    def _read_holes(self) -> list[int]:
        """The first cursor after each hole in a log of which this is, or was, the copy (`Replica`)."""
        db = self._reader() if self._readonly else self._writer
        if db.execute("SELECT 1 FROM main.sqlite_master WHERE name = 'hole'").fetchone() is None:
            return []
        return [cursor for (cursor,) in db.execute("SELECT cursor FROM hole ORDER BY cursor")]

    def read(self, after: int, limit: int, filters: Filters = ANY, *, until: int | None = None) -> list[Event]:
        query, values = rows.select(filters, after, MAX_CURSOR if until is None else until, limit)
        return [rows.event(row, self._now()) for row in self._rows(query, values)]

    def get(self, cursor: int) -> Event | None:
        with named(self.path):
            query = f"SELECT cursor, {rows.COLUMNS} FROM event WHERE cursor = ?"
            row = self._reader().execute(query, (cursor,)).fetchone()
        return None if row is None else rows.event(row, self._now())

    def locate(self, profile: str, event_id: str) -> int | None:
        found = (
            "SELECT event.cursor FROM lookup.identity AS found CROSS JOIN event ON event.cursor = found.cursor "
            "WHERE found.id_hash = ? AND profile = ? AND event_id = ?"
        )
        late = f"SELECT cursor FROM event WHERE cursor > {rows.COVERED} AND profile = ? AND event_id = ?"
        values = (lookup.id_hash(profile, event_id), profile, event_id, profile, event_id)
        first = self._rows(f"{found} UNION ALL {late} ORDER BY 1 LIMIT 1", values)
        return int(first[0][0]) if first else None

    def catch_up(self, seconds: float) -> bool:
        return True

    def oldest(self) -> int:
        with named(self.path):
            db = self._reader()
            row = db.execute("SELECT cursor FROM event ORDER BY cursor LIMIT 1").fetchone()
            return int(row[0]) if row else self._newest(db) + 1

    def gap(self, after: int) -> Gap | None:
        oldest = self.oldest()
        if 0 < after < oldest - 1:
            return Gap(after, oldest)
        hole = next((cursor for cursor in self._holes if cursor > max(after + 1, oldest)), None)
        return None if hole is None else Gap(max(after, hole - 2), hole)  # one cursor is skipped

    def received_at(self, share: float) -> int | None:
        oldest, newest = self.oldest(), self.newest()
        query = "SELECT received_ms FROM event WHERE cursor >= ? ORDER BY cursor LIMIT 1"
        with named(self.path):
            row = self._reader().execute(query, (oldest + int((newest - oldest) * share),)).fetchone()
        return None if row is None else int(row[0])

    def newest(self) -> int:
        with named(self.path):
            return self._newest(self._reader())

    def position(self, forward: str) -> int | None:
        with named(self.path):
            row = self._reader().execute("SELECT cursor FROM forward WHERE url = ?", (forward,)).fetchone()
        return None if row is None else int(row[0])

    def last_verified(self) -> dict[str, int]:
        with named(self.path):
            return dict(self._reader().execute("SELECT profile, received_ms FROM verified"))
