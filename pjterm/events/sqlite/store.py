"""Events in one SQLite file on this machine (WAL, every commit synced).

The events and what grows at its end (`type`, `profile`) lie here; what is found by random ids is kept
by `lookup`, in a file beside it.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pjterm.errors import Unavailable
from pjterm.events.event import Arrival, Event
from pjterm.events.sqlite import lookup, rows
from pjterm.events.sqlite.aging import age
from pjterm.events.sqlite.convert import convert
from pjterm.events.sqlite.group import Plan, Repeat, plan
from pjterm.events.sqlite.known import look_up
from pjterm.events.sqlite.lock import StoreLock
from pjterm.events.sqlite.lookup import Lookup
from pjterm.events.store import ANY, Due, Filters, Kept, at_once

_VERSION = 2
_SCHEMA = f"""{rows.SCHEMA}
CREATE TABLE verified (profile TEXT PRIMARY KEY, received_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE forward (url TEXT PRIMARY KEY, cursor INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE store (id TEXT NOT NULL, index_boot TEXT);
"""
MAX_CURSOR = 2**63 - 1
_MEASURED_EVERY = 100


class SqliteStore:
    """A `Store` in one file; one writing process at a time (a lock file beside it says who).

    `readonly` opens it beside a running relay, or without one. `max_bytes` bounds what is kept: beyond it nothing is
    taken until something was removed. `synced` is given up only where the events also lie
    elsewhere: then a power cut may take the last ones from here, and nothing else.
    """

    def __init__(
        self, path: Path, *, readonly: bool = False, max_bytes: int | None = None, synced: bool = True
    ) -> None:
        self.path = path
        self._synced = synced
        self._readonly = readonly
        self._max_bytes = max_bytes
        self._until_measured = 0
        self._readers = threading.local()
        self._open_readers: list[sqlite3.Connection] = []
        self._writing = threading.RLock()
        self._log_holds_old = False
        self._lock: StoreLock | None = None
        self._told: Callable[[Sequence[Event]], None] = _nobody
        if readonly:
            self._check_format()
            self.identity = self._identity(self._reader())
            return
        for file in (path, lookup.path_of(path)):
            _create_private(file)
        self._lock = StoreLock(path.with_name(path.name + ".lock"), f"the event store {path}")
        try:
            with named(path):
                self._writer = self._connect()
                self._migrate()
                self.identity = self._identity(self._writer)
                self._lookup = self._open_lookup()
        except BaseException:
            self._lock.release()
            raise

    def __repr__(self) -> str:
        return f"SqliteStore({str(self.path)!r})"

    # -- connections ------------------------------------------------------------------------------

    def _connect(self) -> sqlite3.Connection:
        # Never mode=ro: after a crash even a reader has to recover the log before it can read.
        uri = f"{self.path.absolute().as_uri()}?mode=rw"
        db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=5)
        if not self._readonly:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute(f"PRAGMA synchronous = {'FULL' if self._synced else 'NORMAL'}")
            db.execute(f"PRAGMA fullfsync = {self._synced:d}")  # macOS: past the drive's cache as well
            db.execute("PRAGMA cache_size = -4000")
            db.execute("PRAGMA secure_delete = ON")  # what was removed or cut must not lie about in free pages
        return db

    def _connect_whole(self) -> sqlite3.Connection:
        """The store and its index."""
        db = self._connect()
        lookup.attach(db, self.path)
        return db

    def _migrate(self) -> None:
        version = self._writer.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._writer.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")
            self._writer.execute("INSERT INTO store VALUES (?, NULL)", (secrets.token_hex(16),))
        elif version < _VERSION:
            convert(self._writer)
        elif version != _VERSION:
            raise Unavailable(
                f"the event store {self.path} has format {version}, this pjterm knows {_VERSION}",
                hint="use the newer pjterm, or another --store",
            )

    def _check_format(self) -> None:
        """An older store is converted by whoever may write it."""
        with named(self.path):
            version = self._reader().execute("PRAGMA user_version").fetchone()[0]
        if 0 < version < _VERSION:
            self.close()
            raise Unavailable(
                f"the event store {self.path} was made by an earlier pjterm",
                hint="convert it, with every event in it, by starting the relay once: pjterm relay serve",
            )

    @staticmethod
    def _identity(db: sqlite3.Connection) -> str:
        return str(db.execute("SELECT id FROM store").fetchone()[0])

    def _open_lookup(self) -> Lookup:
        """The index, made anew when the machine went down while it was open, or it is another's."""
        store_id, open_since = self._writer.execute("SELECT id, index_boot FROM store").fetchone()
        opened = None
        if open_since is None or (open_since and open_since == lookup.boot()):
            opened = self._try_lookup(store_id)
        if opened is None:
            self._drop_index()
            opened = self._try_lookup(store_id)
        if opened is None:
            raise Unavailable(f"the index {lookup.path_of(self.path)} cannot be made anew")
        self._writer.execute("UPDATE store SET index_boot = ?", (lookup.boot(),))
        self._newest_written = self._newest(self._writer)
        opened.catch_up(self._newest_written)
        return opened

    def _try_lookup(self, store_id: str) -> Lookup | None:
        opened = Lookup(self._writer, store_id)
        try:
            lookup.attach(self._writer, self.path)
            return opened if opened.open(self._newest(self._writer)) else None
        except sqlite3.DatabaseError:
            return None

    def _drop_index(self) -> None:
        if any(row[1] == "lookup" for row in self._writer.execute("PRAGMA database_list")):
            self._writer.execute("DETACH lookup")
        file = lookup.path_of(self.path)
        for each in (file, file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")):
            each.unlink(missing_ok=True)
        _create_private(file)

    def _reader(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._readers, "db", None)
        if db is None:
            with named(self.path):
                db = self._connect()
                db.execute("SELECT 1 FROM event LIMIT 1")
                self._attach_for_reading(db)
                db.execute("PRAGMA query_only = 1")
            self._readers.db = db
            self._open_readers.append(db)
        return db

    def _attach_for_reading(self, db: sqlite3.Connection) -> None:
        """The index, or an empty one where there is none yet: then all events are its uncovered tail."""
        if lookup.path_of(self.path).exists():
            lookup.attach(db, self.path)
        else:
            db.execute("ATTACH ':memory:' AS lookup")
        if db.execute("SELECT 1 FROM lookup.sqlite_master LIMIT 1").fetchone() is None:
            db.execute("DETACH lookup")
            db.execute("ATTACH ':memory:' AS lookup")
            db.executescript(lookup.SCHEMA)

    def close(self) -> None:
        for db in self._open_readers:
            db.close()
        if not self._readonly:
            with self._writing:
                self._trust_index()
                self._writer.close()
        if self._lock is not None:
            self._lock.release()

    def _trust_index(self) -> None:
        """Say that the index is whole; on a full disk it is not said, and costs time after a power cut."""
        with suppress(sqlite3.Error):
            self._lookup.flush()
            self._lookup.sync()
            self._writer.execute("UPDATE store SET index_boot = NULL")

    # -- writing ----------------------------------------------------------------------------------

    def listen(self, told: Callable[[Sequence[Event]], None], hole: Callable[[], None]) -> None:
        self._told = told

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

    def _plan(self, arrivals: Sequence[Arrival], counts: Sequence[bool] | None = None) -> Plan:
        """Decide on a group, outside of any transaction: nobody else writes."""
        with named(self.path):
            self._check_room(len(arrivals))
            self._lookup.room()
            return plan(look_up(self._writer, self._lookup, arrivals), self._newest_written, counts)

    def _check_room(self, arrivals: int) -> None:
        """Refuse what would make the store too large; measured every so many events, for that takes four queries."""
        self._until_measured -= arrivals
        if self._max_bytes is None or self._until_measured > 0:
            return
        used = _used(self._writer)
        if used >= self._max_bytes:
            raise Unavailable(
                f"the event store {self.path} is full: {used:,} bytes; --max-size is {self._max_bytes:,}",
                hint="give it more with --max-size, or keep events for less long with --retention",
            )
        self._until_measured = _MEASURED_EVERY

    def _write(self, db: sqlite3.Connection, decided: Plan) -> None:
        lookup.insert(db, "event", decided.rows)
        self._note_repeats(db, decided.repeats)

    def _note_repeats(self, db: sqlite3.Connection, repeats: Sequence[Repeat]) -> None:
        """Count them; one that verifies an unverified event brings the headers, with the signature, along."""
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

    def _written_down(self, decided: Plan, arrivals: Sequence[Arrival]) -> None:
        """The group is committed: enter it into the index, and tell who listens."""
        self._newest_written = decided.newest
        self._lookup.add([(row.id_hash, row.body_hash, row.request_hash, row.cursor) for row in decided.rows])
        new = [
            Event(kept.cursor, kept.same_id_as, 1, arrival)
            for arrival, kept in zip(arrivals, decided.kept, strict=True)
            if kept.new
        ]
        if new:
            self._told(new)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._writing, named(self.path):
            try:
                self._writer.execute("BEGIN")  # not IMMEDIATE: that would lock the index as well
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    def age(self, due: Due, limit: int) -> int:
        with self._writing, named(self.path):
            self._lookup.flush()
        with self._transaction() as db:
            changed = age(db, self._lookup, due, limit)
        self._log_holds_old = self._log_holds_old or changed > 0
        if self._log_holds_old and changed < limit:
            self._empty_log()
        return changed

    def _empty_log(self) -> None:
        """Copy the write-ahead log back and cut it to nothing: it still holds what was removed."""
        with self._writing, suppress(sqlite3.Error):  # a reader is in the way: at the next step then
            busy, _, _ = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._log_holds_old = bool(busy)

    def set_position(self, forward: str, cursor: int) -> None:
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO forward VALUES (?, ?)", (forward, cursor))

    # -- reading ----------------------------------------------------------------------------------

    def read(self, after: int, limit: int, filters: Filters = ANY, *, until: int | None = None) -> list[Event]:
        query, values = rows.select(filters, after, MAX_CURSOR if until is None else until, limit)
        with named(self.path):
            return [rows.event(row) for row in self._reader().execute(query, values)]

    def get(self, cursor: int) -> Event | None:
        with named(self.path):
            query = f"SELECT cursor, {rows.COLUMNS} FROM event WHERE cursor = ?"
            row = self._reader().execute(query, (cursor,)).fetchone()
        return None if row is None else rows.event(row)

    def locate(self, profile: str, event_id: str) -> int | None:
        found = (
            "SELECT event.cursor FROM lookup.identity AS found CROSS JOIN event ON event.cursor = found.cursor "
            "WHERE found.id_hash = ? AND profile = ? AND event_id = ?"
        )
        late = f"SELECT cursor FROM event WHERE cursor > {rows.COVERED} AND profile = ? AND event_id = ?"
        with named(self.path):
            values = (lookup.id_hash(profile, event_id), profile, event_id, profile, event_id)
            row = self._reader().execute(f"{found} UNION ALL {late} ORDER BY 1 LIMIT 1", values).fetchone()
        return None if row is None else int(row[0])

    def settle(self, seconds: float) -> bool:
        return True

    def oldest(self) -> int:
        with named(self.path):
            db = self._reader()
            row = db.execute("SELECT cursor FROM event ORDER BY cursor LIMIT 1").fetchone()
            return int(row[0]) if row else self._newest(db) + 1

    def gap(self, after: int) -> int | None:
        oldest = self.oldest()
        return oldest if 0 < after < oldest - 1 else None

    def received_at(self, share: float) -> int | None:
        oldest, newest = self.oldest(), self.newest()
        query = "SELECT received_ms FROM event WHERE cursor >= ? ORDER BY cursor LIMIT 1"
        with named(self.path):
            row = self._reader().execute(query, (oldest + int((newest - oldest) * share),)).fetchone()
        return None if row is None else int(row[0])

    def newest(self) -> int:
        with named(self.path):
            return self._newest(self._reader())

    @staticmethod
    def _newest(db: sqlite3.Connection) -> int:
        row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'event'").fetchone()
        return int(row[0]) if row else 0

    def position(self, forward: str) -> int | None:
        with named(self.path):
            row = self._reader().execute("SELECT cursor FROM forward WHERE url = ?", (forward,)).fetchone()
        return None if row is None else int(row[0])

    def last_verified(self) -> dict[str, int]:
        with named(self.path):
            return dict(self._reader().execute("SELECT profile, received_ms FROM verified"))

    def tell(self) -> dict[str, Any]:
        with named(self.path):
            used = _used(self._reader())
        return {"kind": "sqlite", "path": str(self.path), "bytes": used, "maxBytes": self._max_bytes}

    def join(self, told: Callable[[], dict[str, Any]]) -> None:
        return

    def fleet(self) -> list[dict[str, Any]] | None:
        return None


def _used(db: sqlite3.Connection) -> int:
    """Bytes that the store and its index hold, without the pages that are free again."""
    used = 0
    for name in ("main", "lookup"):
        pages, free, size = (
            db.execute(f"PRAGMA {name}.{what}").fetchone()[0] for what in ("page_count", "freelist_count", "page_size")
        )
        used += (pages - free) * size
    return used


def _nobody(_: Sequence[Event]) -> None:
    return


def _create_private(path: Path) -> None:
    """Make the file with mode 0600 before SQLite opens it; its -wal and -shm inherit the mode.

    The directory is synced too: a file whose name a power cut takes away keeps nothing.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if sys.platform != "win32":
            directory = os.open(path.parent, os.O_RDONLY)
            os.fsync(directory)
            os.close(directory)
    except OSError as error:
        raise Unavailable(f"cannot write the event store {path}: {error.strerror}") from error


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Errors of SQLite as `Unavailable` that names the store."""
    try:
        yield
    except sqlite3.Error as error:
        raise Unavailable(f"the event store {path} cannot be used: {error}") from error
