"""Events in one SQLite file on this machine (WAL, every commit synced)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pjterm.errors import Unavailable
from pjterm.events.event import Arrival, Event, now_ms
from pjterm.events.sqlite import lookup, rows
from pjterm.events.sqlite.aging import age
from pjterm.events.sqlite.connections import named, used
from pjterm.events.sqlite.group import GroupPlan, Repeat, plan
from pjterm.events.sqlite.known import Known, look_up
from pjterm.events.sqlite.reading import Reading
from pjterm.events.store import Due, Kept, at_once

_MEASURED_EVERY = 100


class SqliteStore(Reading):
    """A `Store` in one file; one writing process at a time (a lock file beside it says which).

    `readonly` opens it with or without a running relay. `max_bytes` is the largest size: beyond it nothing is
    stored until something was removed. `synced=False` is for events that are also kept elsewhere: a power cut may
    then lose the newest ones here, and nothing else. `now` is the wall clock in milliseconds.
    """

    def __init__(
        self, path: Path, *, readonly: bool = False, max_bytes: int | None = None, synced: bool = True,
        now: Callable[[], int] = now_ms,
    ) -> None:  # fmt: skip
        self._max_bytes = max_bytes
        self._until_measured = 0
        self._log_holds_old = False
        self._on_new: Callable[[Sequence[Event]], None] = _no_listener
        super().__init__(path, readonly=readonly, synced=synced, now=now)

    def listen(self, on_new: Callable[[Sequence[Event]], None], broken: Callable[[], None]) -> None:
        self._on_new = on_new

    def append(self, arrivals: Sequence[Arrival]) -> list[Kept]:
        with self._writing:
            decided = self._plan(arrivals)
            with self._transaction() as db:
                self._write(db, decided)
                self._note_verified(db, arrivals)
            self._written_down(decided, arrivals)
        return decided.kept

    def begin(self, arrivals: Sequence[Arrival]) -> Future[list[Kept]]:
        return at_once(lambda: self.append(arrivals))

    @property
    def waits(self) -> bool:
        return True

    def _plan(self, arrivals: Sequence[Arrival], counts: Sequence[bool] | None = None) -> GroupPlan:
        """Decide on a group outside of any transaction: with only one writer, that is safe."""
        self._check_in_place()
        with named(self.path):
            self._check_room(len(arrivals))
            known = self._with_index(lambda: self._look_up(arrivals))
            return plan(known, self._newest_written, counts)

    def _look_up(self, arrivals: Sequence[Arrival]) -> list[Known]:
        self._lookup.room()
        return look_up(self._writer, self._lookup, arrivals)

    def _check_room(self, arrivals: int) -> None:
        """Refuse what would make the store too large; measured only now and then, because that takes four queries."""
        self._until_measured -= arrivals
        if self._max_bytes is None or self._until_measured > 0:
            return
        size = used(self._writer)
        if size >= self._max_bytes:
            raise Unavailable(
                f"the event store {self.path} is full: {size:,} bytes; --max-size is {self._max_bytes:,}",
                hint="give it more with --max-size, or keep events for less long with --retention",
            )
        self._until_measured = _MEASURED_EVERY

    def _write(self, db: sqlite3.Connection, decided: GroupPlan) -> None:
        lookup.insert(db, "INTO event", decided.rows)
        self._note_repeats(db, decided.repeats)

    def _note_repeats(self, db: sqlite3.Connection, repeats: Sequence[Repeat]) -> None:
        """Count repeats; a verified repeat of an unverified event also brings its headers, with the signature."""
        db.executemany(
            "UPDATE event SET deliveries = deliveries + :counts, verified = max(verified, :verified), headers = "
            f"CASE WHEN :verified > verified AND private < {rows.CUT} THEN :headers ELSE headers END "
            "WHERE cursor = :cursor",
            [
                {"cursor": r.cursor, "counts": r.counts, "verified": r.arrival.verified, "headers": r.arrival.headers}
                for r in repeats
            ],
        )

    def _note_verified(self, db: sqlite3.Connection, arrivals: Iterable[Arrival]) -> None:
        """Remember when each profile last delivered something verified here."""
        seen = {a.profile: a.received_ms for a in arrivals if a.verified}
        db.executemany("INSERT OR REPLACE INTO verified VALUES (?, ?)", list(seen.items()))

    def _written_down(self, decided: GroupPlan, arrivals: Sequence[Arrival]) -> None:
        """The group is committed: add it to the index and notify the listener."""
        self._newest_written = decided.newest
        self._lookup.add([(row.id_hash, row.body_hash, row.request_hash, row.cursor) for row in decided.rows])
        new = [
            Event(kept.cursor, kept.same_id_as, 1, arrival)
            for arrival, kept in zip(arrivals, decided.kept, strict=True)
            if kept.new
        ]
        if new:
            self._on_new(new)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._writing, named(self.path):
            try:
                self._writer.execute("BEGIN")  # not IMMEDIATE, which would lock the index as well
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    def age(self, due: Due, limit: int) -> int:
        with self._writing, named(self.path):
            changed = self._with_index(lambda: self._age(due, limit))
        self._log_holds_old = self._log_holds_old or changed > 0
        if self._log_holds_old and changed < limit:
            self._empty_log()
        return changed

    def _age(self, due: Due, limit: int) -> int:
        self._lookup.flush()
        with self._transaction() as db:
            return age(db, self._lookup, due, limit)

    def _empty_log(self) -> None:
        """Checkpoint and truncate the write-ahead log, which still holds what was removed."""
        with self._writing, suppress(sqlite3.Error):  # if a reader is in the way, the next step does it
            busy, _, _ = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._log_holds_old = bool(busy)

    def set_position(self, forward: str, cursor: int) -> None:
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO forward VALUES (?, ?)", (forward, cursor))

    def describe(self) -> dict[str, Any]:
        with named(self.path):
            size = used(self._reader())
        return {"kind": "sqlite", "path": str(self.path), "bytes": size, "maxBytes": self._max_bytes}

    def join(self, report: Callable[[], dict[str, Any]]) -> None:
        return

    def fleet(self) -> list[dict[str, Any]] | None:
        return None


def _no_listener(_: Sequence[Event]) -> None:
    return
