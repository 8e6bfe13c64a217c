"""Finds events by id and by request: an index in a file of its own, which may be lost.

Ids are random, so each new event touches two random pages of an index of millions. In the store's own file
those pages would be synced with every commit and written back one by one, and a store of five million events
would take half as many events per second as an empty one. But the index holds nothing that the events do not
say. So it is a second file (`<store>.index`), written without syncs, hundreds of entries at a time and some
time after their events, and rebuilt when it may have lost something: when the machine (not just the process)
went down while it was open, or when a page of it turns out to be damaged. What it finds is always checked
against the event itself, so a surplus entry does no harm; a missing one is caught by `covered`, the last
cursor in it: the writer remembers the events after it, and a reader scans them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path

SCHEMA = """
CREATE TABLE lookup.identity (id_hash INTEGER, body_hash INTEGER, cursor INTEGER,
                              PRIMARY KEY (id_hash, body_hash, cursor)) WITHOUT ROWID;
CREATE TABLE lookup.request (request_hash INTEGER, cursor INTEGER,
                             PRIMARY KEY (request_hash, cursor)) WITHOUT ROWID;
CREATE TABLE lookup.covered (cursor INTEGER NOT NULL, store TEXT NOT NULL);
"""
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_STEP = 50_000
_MOST_LATE = 256
"""Events entered together: few enough for a reader to scan."""
Entry = tuple[int, int, int | None, int]
"""Hash of the id, hash of the body, hash of the request id, cursor."""


def id_hash(profile: str, event_id: str) -> int:
    """64 bits, as the signed integer that SQLite stores."""
    return _hash(profile, event_id.encode(), 8)


def body_hash(profile: str, body: bytes) -> int:
    """32 bits are enough: it only distinguishes events with the same id."""
    return _hash(profile, body, 4)


def request_hash(request_id: str) -> int:
    return _hash("", request_id.encode(), 8)


def _hash(first: str, second: bytes, size: int) -> int:
    digest = blake2b(first.encode() + b"\0" + second, digest_size=size).digest()
    return int.from_bytes(digest, "big", signed=True)


def path_of(store: Path) -> Path:
    """The path of a store's index."""
    return store.with_name(store.name + ".index")


def attach(db: sqlite3.Connection, store: Path) -> None:
    """Make the index visible to this connection as `lookup`."""
    db.execute("ATTACH ? AS lookup", (f"{path_of(store).absolute().as_uri()}?mode=rw",))
    db.execute("PRAGMA lookup.synchronous = OFF")
    db.execute("PRAGMA lookup.cache_size = -16000")


def belongs(db: sqlite3.Connection) -> bool:
    """Whether the attached index has its tables, and is of this store."""
    if db.execute("SELECT 1 FROM lookup.sqlite_master LIMIT 1").fetchone() is None:
        return False
    return db.execute("SELECT 1 FROM lookup.covered JOIN store ON id = covered.store").fetchone() is not None


def boot() -> str:
    """A value that changes when the machine restarts; empty if the system has none."""
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""


class Lookup:
    """The writer's side; `db` has the store as main and the index attached."""

    def __init__(self, db: sqlite3.Connection, store_id: str) -> None:
        self._db = db
        self._store_id = store_id
        self._covered = -1
        self._late: list[Entry] = []
        self._late_by_id: dict[int, list[int]] = {}

    def open(self, newest: int) -> bool:
        """Create missing tables; return whether the index belongs to this store."""
        self._db.execute("PRAGMA lookup.page_size = 1024")  # each entry dirties its own page: small ones cost less
        self._db.execute("PRAGMA lookup.journal_mode = WAL")
        if self._db.execute("SELECT 1 FROM lookup.sqlite_master LIMIT 1").fetchone() is None:
            self._db.executescript(f"BEGIN; {SCHEMA} INSERT INTO lookup.covered SELECT 0, id FROM store; COMMIT;")
        row = self._db.execute("SELECT cursor FROM lookup.covered WHERE store = ?", (self._store_id,)).fetchone()
        if row is None:
            return False
        self._covered = int(row[0])
        return self._covered <= newest

    def catch_up(self, newest: int) -> None:
        """Enter what was stored but not entered: after a crash, or everything into a new index."""
        if newest - self._covered > _STEP:
            self._rebuild(newest)
        elif self._covered < newest:
            between = "WHERE cursor > :after AND cursor <= :newest"
            query = (
                f"SELECT id_hash, body_hash, request_hash, cursor FROM event {between} "
                f"UNION ALL SELECT id_hash, body_hash, NULL, cursor FROM gone {between}"
            )
            missing = self._db.execute(query, {"after": self._covered, "newest": newest})
            self._enter(missing.fetchall(), newest)

    def _rebuild(self, newest: int) -> None:
        """Rebuild in the index's own order, which is many times faster than event by event (millions: seconds)."""
        self._db.executescript(
            "BEGIN IMMEDIATE; DELETE FROM lookup.identity; DELETE FROM lookup.request;"
            "INSERT INTO lookup.identity SELECT id_hash, body_hash, cursor FROM event "
            "UNION ALL SELECT id_hash, body_hash, cursor FROM gone ORDER BY 1, 2, 3;"
            "INSERT INTO lookup.request SELECT request_hash, cursor FROM event "
            "WHERE request_hash IS NOT NULL ORDER BY 1, 2;"
            f"UPDATE lookup.covered SET cursor = {newest:d}; COMMIT;"
        )
        self._covered = newest

    def add(self, entries: Sequence[Entry]) -> None:
        """Remember newly stored events; they are entered later (`room`, `flush`)."""
        self._late += entries
        for id_hash, _, _, cursor in entries:
            self._late_by_id.setdefault(id_hash, []).append(cursor)

    def room(self) -> None:
        """Enter what is waiting once there is enough of it; raises if that fails."""
        if len(self._late) >= _MOST_LATE:
            self.flush()

    def flush(self) -> None:
        """Enter everything that is waiting."""
        if self._late:
            self._enter(self._late, self._late[-1][3])
            self._late, self._late_by_id = [], {}

    def late(self, id_hash: int) -> Sequence[int]:
        """The cursors of events with this id hash that are not entered yet."""
        return self._late_by_id.get(id_hash, ())

    def _enter(self, entries: Sequence[Entry], newest: int) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            identities = sorted((i, b, c) for i, b, _, c in entries)
            requests = sorted((r, c) for _, _, r, c in entries if r is not None)
            insert(self._db, "OR IGNORE INTO lookup.identity", identities)  # some may have been entered before a crash
            insert(self._db, "OR IGNORE INTO lookup.request", requests)
            self._db.execute("UPDATE lookup.covered SET cursor = ?", (newest,))
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        self._covered = newest

    def remove_requests(self, upto: int) -> None:
        """Forget the requests of events about to be removed (in the caller's transaction, after a `flush`)."""
        self._db.execute(
            "DELETE FROM lookup.request WHERE (request_hash, cursor) IN "
            "(SELECT request_hash, cursor FROM event WHERE cursor <= ?)",
            (upto,),
        )

    def remove_identities(self, cursors: Sequence[int]) -> None:
        """Forget the ids and bodies of removed events (likewise)."""
        self._db.executemany(
            "DELETE FROM lookup.identity WHERE (id_hash, body_hash, cursor) IN "
            "(SELECT id_hash, body_hash, cursor FROM gone WHERE cursor = ?)",
            [(cursor,) for cursor in cursors],
        )

    def known(self, hashes: Sequence[int]) -> set[int]:
        """Which of these id hashes may have been seen."""
        query = "SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM lookup.identity WHERE id_hash = value)"
        entered = {value for (value,) in self._db.execute(query, (json.dumps(hashes),))}
        return entered.union(value for value in hashes if value in self._late_by_id)

    def sync(self) -> None:
        """Sync everything to disk: from here on the file can be trusted after a power cut."""
        self._db.execute("PRAGMA lookup.synchronous = FULL")
        self._db.execute("PRAGMA lookup.wal_checkpoint(TRUNCATE)")


_MOST_ROWS = 32


def insert(db: sqlite3.Connection, into: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert many rows with few statements, of few enough forms (32) that all stay prepared.

    `into` is what follows INSERT: the table, and what to do with a row that cannot be inserted (nothing: raise).

    Each statement releases the interpreter's lock and takes it again, and a busy event loop does not hand it
    over at once: with a statement per row, each row would wait for it.
    """
    for start in range(0, len(rows), _MOST_ROWS):
        chunk = rows[start : start + _MOST_ROWS]
        db.execute(_statement(into, len(chunk[0]), len(chunk)), list(_flat(chunk)))


def _statement(into: str, width: int, rows: int) -> str:
    one = f"({', '.join('?' * width)})"
    return f"INSERT {into} VALUES {', '.join([one] * rows)}"


def _flat(rows: Iterable[tuple[object, ...]]) -> Iterable[object]:
    return (value for row in rows for value in row)
