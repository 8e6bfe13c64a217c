"""Events in one SQLite file on this machine (WAL, every commit synced).

Built for one new event after another at full speed, with millions kept. An insert touches four
indexes. Two grow at their ends (`type`, `profile`); the two that are hit at random, identity and
request, hold 8-byte hashes instead of texts, so that they stay small. A hash only finds candidates:
the texts and bytes themselves decide.

A group is written by few statements with many rows each, not by many small ones: every statement
gives up and retakes the interpreter's lock, which a busy event loop does not hand over at once.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

from pjterm.errors import Unavailable
from pjterm.events.lock import StoreLock
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
CREATE INDEX event_identity ON event (id_hash, body_hash);
CREATE INDEX event_request ON event (request_hash) WHERE request_hash IS NOT NULL;
CREATE INDEX event_type ON event (type);
CREATE INDEX event_profile ON event (profile);
CREATE TABLE verified (profile TEXT PRIMARY KEY, received_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE forward (url TEXT PRIMARY KEY, cursor INTEGER NOT NULL) WITHOUT ROWID;
"""
_COLUMNS = (
    "cursor, same_id_as, deliveries, profile, verified, received_ms, event_id, type, request_id, status, body, headers"
)
_ALL_COLUMNS = f"{_COLUMNS}, id_hash, body_hash, request_hash"
_WIDTH = 15
_MOST_ROWS = 256  # x 15 columns stays far below SQLite's 32,766 parameters
_Row = tuple[int | str | bytes | None, ...]


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
        _create_private(path)
        self._lock = StoreLock(path.with_name(path.name + ".lock"), f"the event store {path}")
        try:
            with _named(path):
                self._writer = self._connect()
                self._migrate()
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
        db.execute("PRAGMA temp_store = MEMORY")
        if not self._readonly:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA cache_size = -16000")
            if self._max_pages is not None:
                db.execute(f"PRAGMA max_page_count = {self._max_pages:d}")
        return db

    def _migrate(self) -> None:
        version = self._writer.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._writer.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")
        elif version != _VERSION:
            raise Unavailable(
                f"the event store {self.path} has format {version}, this pjterm knows {_VERSION}",
                hint="use the newer pjterm, or another --store",
            )

    def _reader(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._readers, "db", None)
        if db is None:
            with _named(self.path):
                db = self._connect()
                db.execute("PRAGMA query_only = 1")
                db.execute("SELECT 1 FROM event LIMIT 1")
            self._readers.db = db
            self._open_readers.append(db)
        return db

    def close(self) -> None:
        for db in self._open_readers:
            db.close()
        if not self._readonly:
            with self._writing:
                self._writer.close()
        if self._lock is not None:
            self._lock.release()

    # -- writing ----------------------------------------------------------------------------------

    def append(self, arrivals: Sequence[Arrival]) -> list[Kept]:
        with self._transaction() as db:
            return _Group(db, self._newest(db)).keep(arrivals)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._writing, _named(self.path):
            try:
                self._writer.execute("BEGIN IMMEDIATE")
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
                db.execute("DELETE FROM event WHERE cursor <= ?", (last,))
        return going

    def set_position(self, forward: str, cursor: int) -> None:
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO forward VALUES (?, ?)", (forward, cursor))

    # -- reading ----------------------------------------------------------------------------------

    def read(self, after: int, limit: int, filters: Filters = ANY, *, until: int | None = None) -> list[Event]:
        where, values = _where(filters)
        values += [after, limit] if until is None else [after, until, limit]
        above = "cursor > ?" if until is None else "cursor > ? AND cursor <= ?"
        query = f"SELECT {_COLUMNS} FROM event {where} {above} ORDER BY cursor LIMIT ?"
        with _named(self.path):
            return [_event(row) for row in self._reader().execute(query, values)]

    def get(self, cursor: int) -> Event | None:
        with _named(self.path):
            query = f"SELECT {_COLUMNS} FROM event WHERE cursor = ?"
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

    def __init__(self, db: sqlite3.Connection, newest: int) -> None:
        self._db = db
        self._newest = newest
        self._rows: list[_Row] = []
        self._here: dict[tuple[str, str], list[int]] = {}
        self._repeats: list[tuple[bool, int]] = []

    def keep(self, arrivals: Sequence[Arrival]) -> list[Kept]:
        hashes = [_hash(a.profile, a.event_id) for a in arrivals]
        known = self._known(hashes)
        kept = [self._one(a, h, h in known) for a, h in zip(arrivals, hashes, strict=True)]
        self._insert()
        self._count_repeats()
        seen = {a.profile: a.received_ms for a in arrivals if a.verified}
        self._db.executemany("INSERT OR REPLACE INTO verified VALUES (?, ?)", list(seen.items()))
        return kept

    def _known(self, hashes: list[int]) -> set[int]:
        query = (
            "SELECT value FROM json_each(?) "
            "WHERE EXISTS (SELECT 1 FROM event INDEXED BY event_identity WHERE id_hash = value)"
        )
        return {value for (value,) in self._db.execute(query, (json.dumps(hashes),))}

    def _one(self, arrival: Arrival, id_hash: int, known: bool) -> Kept:
        body_hash = _hash(arrival.profile, arrival.body)
        kept = self._in_group(arrival) or (self._in_store(arrival, id_hash, body_hash) if known else None)
        if kept is not None and not kept.new:
            self._repeats.append((arrival.verified, kept.cursor))
            return kept
        self._newest += 1
        kept = Kept(self._newest, new=True, same_id_as=None if kept is None else kept.same_id_as)
        self._here.setdefault((arrival.profile, arrival.event_id), []).append(len(self._rows))
        self._rows.append(_row(kept, arrival, id_hash, body_hash))
        return kept

    def _in_group(self, arrival: Arrival) -> Kept | None:
        alike = self._here.get((arrival.profile, arrival.event_id))
        if not alike:
            return None
        for index in alike:
            cursor, same, *rest = self._rows[index]
            if rest[8] == arrival.body:
                return Kept(_int(cursor), new=False, same_id_as=_optional(same))
        cursor, same, *rest = self._rows[alike[0]]
        return Kept(0, new=True, same_id_as=_optional(same) or _int(cursor))

    def _in_store(self, arrival: Arrival, id_hash: int, body_hash: int) -> Kept | None:
        query = (
            "SELECT cursor, same_id_as FROM event INDEXED BY event_identity "
            "WHERE id_hash = ? AND body_hash = ? AND profile = ? AND body = ? LIMIT 1"
        )
        row = self._db.execute(query, (id_hash, body_hash, arrival.profile, arrival.body)).fetchone()
        if row is not None:
            return Kept(row[0], new=False, same_id_as=row[1])
        query = (
            "SELECT ifnull(same_id_as, cursor) FROM event INDEXED BY event_identity "
            "WHERE id_hash = ? AND profile = ? AND event_id = ? LIMIT 1"
        )
        row = self._db.execute(query, (id_hash, arrival.profile, arrival.event_id)).fetchone()
        return None if row is None else Kept(0, new=True, same_id_as=row[0])

    def _insert(self) -> None:
        """All rows, in chunks of falling powers of two: nine statements, prepared once, fit any group."""
        start, size = 0, _MOST_ROWS
        while start < len(self._rows):
            while size > len(self._rows) - start:
                size //= 2
            values = [value for row in self._rows[start : start + size] for value in row]
            self._db.execute(_insert_statement(size), values)
            start += size

    def _count_repeats(self) -> None:
        self._db.executemany(
            "UPDATE event SET deliveries = deliveries + 1, verified = max(verified, ?) WHERE cursor = ?",
            self._repeats,
        )


def _insert_statement(rows: int) -> str:
    one = f"({', '.join('?' * _WIDTH)})"
    return f"INSERT INTO event ({_ALL_COLUMNS}) VALUES {', '.join([one] * rows)}"


def _row(kept: Kept, got: Arrival, id_hash: int, body_hash: int) -> _Row:
    request_hash = None if got.request_id is None else _hash("", got.request_id)
    return (
        kept.cursor, kept.same_id_as, 1, got.profile, got.verified, got.received_ms, got.event_id,
        got.type, got.request_id, got.status, got.body, got.headers, id_hash, body_hash, request_hash,
    )  # fmt: skip


def _event(row: tuple[object, ...]) -> Event:
    cursor, same, deliveries, profile, verified, at, event_id, kind, request, status, body, headers = row
    got = Arrival(str(profile), bool(verified), _int(at), str(event_id), str(kind),
                  _text(request), _text(status), bytes(body), bytes(headers))  # type: ignore[call-overload]  # fmt: skip
    return Event(_int(cursor), _optional(same), _int(deliveries), got)


def _where(filters: Filters) -> tuple[str, list[int | str]]:
    """The condition for these filters, on the index that narrows most."""
    tests: list[str] = []
    values: list[int | str] = []
    if filters.request_id is not None:
        tests += ["request_hash = ?", "request_id = ?"]
        values += [_hash("", filters.request_id), filters.request_id]
    if filters.type is not None:
        tests.append("type = ?" if not tests else "+type = ?")
        values.append(filters.type)
    if filters.profile is not None:
        tests.append("profile = ?" if not tests else "+profile = ?")
        values.append(filters.profile)
    return f"WHERE {''.join(f'{test} AND ' for test in tests)}", values


def _hash(first: str, second: str | bytes) -> int:
    """64 bits of a cryptographic hash, as the signed integer SQLite keeps."""
    tail = second if isinstance(second, bytes) else second.encode()
    digest = blake2b(first.encode() + b"\0" + tail, digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


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
