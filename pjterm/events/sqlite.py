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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pjterm.errors import Unavailable
from pjterm.events import lookup
from pjterm.events.lock import StoreLock
from pjterm.events.lookup import Lookup
from pjterm.events.model import ANY, Arrival, Event, Filters, Kept

_VERSION = 1
_SCHEMA = """
CREATE TABLE event (
  cursor INTEGER PRIMARY KEY AUTOINCREMENT,
  same_id_as INTEGER, deliveries INTEGER NOT NULL,
  profile TEXT NOT NULL, verified INTEGER NOT NULL, received_ms INTEGER NOT NULL,
  event_id TEXT NOT NULL, type TEXT NOT NULL, request_id TEXT, status TEXT,
  body BLOB NOT NULL, headers BLOB NOT NULL,
  id_hash INTEGER NOT NULL, body_hash INTEGER NOT NULL, request_hash INTEGER
);
CREATE INDEX event_type ON event (type);
CREATE INDEX event_profile ON event (profile);
CREATE TABLE verified (profile TEXT PRIMARY KEY, received_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE forward (url TEXT PRIMARY KEY, cursor INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE store (id TEXT NOT NULL, index_boot TEXT);
"""
_COLUMNS = "same_id_as, deliveries, profile, verified, received_ms, event_id, type, request_id, status, body, headers"
MAX_CURSOR = 2**63 - 1
_Row = tuple[int, int | None, int, str, bool, int, str, str, str | None, str | None, bytes, bytes, int, int, int | None]


class SqliteStore:
    """A `Store` in one file; one writing process at a time (a lock file beside it says who).

    `readonly` opens it beside a running relay, or without one. `max_pages` bounds the file (pages of
    4 KiB): what a full disk does, on demand.
    """

    def __init__(self, path: Path, *, readonly: bool = False, max_pages: int | None = None) -> None:
        self.path = path
        self._readonly = readonly
        self._max_pages = max_pages
        self._readers = threading.local()
        self._open_readers: list[sqlite3.Connection] = []
        self._writing = threading.RLock()
        self._lock: StoreLock | None = None
        if readonly:
            self._reader()
            return
        for file in (path, lookup.path_of(path)):
            _create_private(file)
        self._lock = StoreLock(path.with_name(path.name + ".lock"), f"the event store {path}")
        try:
            with _named(path):
                self._writer = self._connect()
                self._migrate()
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
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA cache_size = -4000")
            if self._max_pages is not None:
                db.execute(f"PRAGMA max_page_count = {self._max_pages:d}")
        return db

    def _migrate(self) -> None:
        version = self._writer.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._writer.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")
            self._writer.execute("INSERT INTO store VALUES (?, NULL)", (secrets.token_hex(16),))
        elif version != _VERSION:
            raise Unavailable(
                f"the event store {self.path} has format {version}, this pjterm knows {_VERSION}",
                hint="use the newer pjterm, or another --store",
            )

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
        opened.catch_up(self._newest(self._writer))
        return opened

    def _try_lookup(self, store_id: str) -> Lookup | None:
        opened = Lookup(self._writer, store_id)
        try:
            lookup.attach(self._writer, self.path)
            return opened if opened.open() else None
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
            with _named(self.path):
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
            with self._writing, _named(self.path):
                self._lookup.sync()
                self._writer.execute("UPDATE store SET index_boot = NULL")
                self._writer.close()
        if self._lock is not None:
            self._lock.release()

    # -- writing ----------------------------------------------------------------------------------

    def append(self, arrivals: Sequence[Arrival]) -> list[Kept]:
        with self._writing:
            with _named(self.path):
                newest = self._newest(self._writer)
                self._lookup.catch_up(newest)
            group = _Group(self._writer, self._lookup, newest)
            with self._transaction():
                kept = group.keep(arrivals)
            self._enter(group)
        return kept

    def _enter(self, group: _Group) -> None:
        """The events are kept; an index that cannot take them now catches up before the next ones."""
        if group.rows:
            with suppress(sqlite3.Error):
                self._lookup.add([(*row[-3:], row[0]) for row in group.rows], group.newest)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._writing, _named(self.path):
            try:
                self._writer.execute("BEGIN")  # not IMMEDIATE: that would lock the index as well
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    def prune(self, before_ms: int, limit: int) -> int:
        with self._transaction() as db:
            going = 0
            last = 0
            oldest = "SELECT cursor, received_ms FROM event ORDER BY cursor LIMIT ?"
            for cursor, at in db.execute(oldest, (limit,)):
                if at >= before_ms:
                    break
                going, last = going + 1, cursor
            if going:
                self._lookup.remove(last)
                db.execute("DELETE FROM event WHERE cursor <= ?", (last,))
        return going

    def set_position(self, forward: str, cursor: int) -> None:
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO forward VALUES (?, ?)", (forward, cursor))

    # -- reading ----------------------------------------------------------------------------------

    def read(self, after: int, limit: int, filters: Filters = ANY, *, until: int | None = None) -> list[Event]:
        query, values = select(filters, after, MAX_CURSOR if until is None else until, limit)
        with _named(self.path):
            return [_event(row) for row in self._reader().execute(query, values)]

    def get(self, cursor: int) -> Event | None:
        with _named(self.path):
            query = f"SELECT cursor, {_COLUMNS} FROM event WHERE cursor = ?"
            row = self._reader().execute(query, (cursor,)).fetchone()
        return None if row is None else _event(row)

    def oldest(self) -> int:
        with _named(self.path):
            db = self._reader()
            row = db.execute("SELECT cursor FROM event ORDER BY cursor LIMIT 1").fetchone()
            return int(row[0]) if row else self._newest(db) + 1

    def newest(self) -> int:
        with _named(self.path):
            return self._newest(self._reader())

    @staticmethod
    def _newest(db: sqlite3.Connection) -> int:
        row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'event'").fetchone()
        return int(row[0]) if row else 0

    def position(self, forward: str) -> int | None:
        with _named(self.path):
            row = self._reader().execute("SELECT cursor FROM forward WHERE url = ?", (forward,)).fetchone()
        return None if row is None else int(row[0])

    def last_verified(self) -> dict[str, int]:
        with _named(self.path):
            return dict(self._reader().execute("SELECT profile, received_ms FROM verified"))


class _Group:
    """One group commit: which arrivals are new, which are repeats, and the rows that follow from it."""

    def __init__(self, db: sqlite3.Connection, found: Lookup, newest: int) -> None:
        self._db = db
        self._lookup = found
        self.newest = newest
        self.rows: list[_Row] = []
        self._here: dict[tuple[str, str], list[_Row]] = {}
        self._repeats: list[tuple[bool, int]] = []

    def keep(self, arrivals: Sequence[Arrival]) -> list[Kept]:
        hashes = [lookup.id_hash(a.profile, a.event_id) for a in arrivals]
        known = self._lookup.known(hashes)
        kept = [self._one(a, h, h in known) for a, h in zip(arrivals, hashes, strict=True)]
        lookup.insert(self._db, "event", self.rows)
        self._count_repeats()
        seen = {a.profile: a.received_ms for a in arrivals if a.verified}
        self._db.executemany("INSERT OR REPLACE INTO verified VALUES (?, ?)", list(seen.items()))
        return kept

    def _one(self, arrival: Arrival, id_hash: int, known: bool) -> Kept:
        body_hash = lookup.body_hash(arrival.profile, arrival.body)
        kept = self._in_group(arrival) or (self._in_store(arrival, id_hash, body_hash) if known else None)
        if kept is not None and not kept.new:
            self._repeats.append((arrival.verified, kept.cursor))
            return kept
        self.newest += 1
        kept = Kept(self.newest, new=True, same_id_as=None if kept is None else kept.same_id_as)
        row = _row(kept, arrival, id_hash, body_hash)
        self._here.setdefault((arrival.profile, arrival.event_id), []).append(row)
        self.rows.append(row)
        return kept

    def _in_group(self, arrival: Arrival) -> Kept | None:
        """A repeat, or (with cursor 0) a new event that shares its id with an earlier one; else None."""
        alike = self._here.get((arrival.profile, arrival.event_id), [])
        for cursor, same, *rest in alike:
            if rest[8] == arrival.body:
                return Kept(cursor, new=False, same_id_as=same)
        return Kept(0, new=True, same_id_as=alike[0][1] or alike[0][0]) if alike else None

    def _in_store(self, arrival: Arrival, id_hash: int, body_hash: int) -> Kept | None:
        query = (
            "SELECT event.cursor, same_id_as FROM lookup.identity AS found "
            "CROSS JOIN event ON event.cursor = found.cursor "
            "WHERE found.id_hash = ? AND found.body_hash = ? AND profile = ? AND event_id = ? AND body = ? "
            "LIMIT 1"
        )
        values = (id_hash, body_hash, arrival.profile, arrival.event_id, arrival.body)
        row = self._db.execute(query, values).fetchone()
        if row is not None:
            return Kept(row[0], new=False, same_id_as=row[1])
        query = (
            "SELECT ifnull(same_id_as, event.cursor) FROM lookup.identity AS found "
            "CROSS JOIN event ON event.cursor = found.cursor "
            "WHERE found.id_hash = ? AND profile = ? AND event_id = ? LIMIT 1"
        )
        row = self._db.execute(query, (id_hash, arrival.profile, arrival.event_id)).fetchone()
        return None if row is None else Kept(0, new=True, same_id_as=row[0])

    def _count_repeats(self) -> None:
        self._db.executemany(
            "UPDATE event SET deliveries = deliveries + 1, verified = max(verified, ?) WHERE cursor = ?",
            self._repeats,
        )


def _row(kept: Kept, got: Arrival, id_hash: int, body_hash: int) -> _Row:
    request = None if got.request_id is None else lookup.request_hash(got.request_id)
    return (
        kept.cursor, kept.same_id_as, 1, got.profile, got.verified, got.received_ms, got.event_id,
        got.type, got.request_id, got.status, got.body, got.headers, id_hash, body_hash, request,
    )  # fmt: skip


def select(filters: Filters, after: int, until: int, limit: int) -> tuple[str, list[int | str]]:
    """The query for these filters, on the index that narrows most.

    By request: what the index finds, and the events it does not cover (none, unless the relay crashed).
    """
    tests, values = _tests(filters)
    if filters.request_id is None:
        where = " AND ".join(["cursor > ?", "cursor <= ?", *tests])
        query = f"SELECT cursor, {_COLUMNS} FROM event WHERE {where} ORDER BY cursor LIMIT ?"
        return query, [after, until, *values, limit]
    where = "".join(f" AND {test}" for test in tests)
    query = (
        f"SELECT found.cursor, {_COLUMNS} FROM lookup.request AS found CROSS JOIN event ON event.cursor = found.cursor "
        f"WHERE found.request_hash = ? AND found.cursor > ? AND found.cursor <= ?{where} "
        f"UNION ALL SELECT event.cursor, {_COLUMNS} FROM event "
        "WHERE event.cursor > max(?, (SELECT ifnull(max(cursor), 0) FROM lookup.covered)) "
        f"AND event.cursor <= ?{where} "
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


def _event(row: tuple[object, ...]) -> Event:
    cursor, same, deliveries, profile, verified, at, event_id, kind, request, status, body, headers = row
    got = Arrival(str(profile), bool(verified), _int(at), str(event_id), str(kind),
                  _text(request), _text(status), bytes(body), bytes(headers))  # type: ignore[call-overload]  # fmt: skip
    return Event(_int(cursor), _optional(same), _int(deliveries), got)


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


def _optional(value: object) -> int | None:
    return None if value is None else _int(value)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


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
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise Unavailable(f"the event store {path} cannot be used: {error}") from error
