"""The files of an event store on this machine: opened, migrated, and closed.

One file holds the events, and the indexes with few distinct values (`type`, `profile`); the index of random ids is in
the file of `lookup`, beside it.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from pjterm.errors import Unavailable
from pjterm.events.sqlite import lookup, rows
from pjterm.events.sqlite.convert import convert
from pjterm.events.sqlite.faults import MAKE_ROOM, NO_ROOM, is_damage, is_full, unusable
from pjterm.events.sqlite.lock import StoreLock
from pjterm.events.sqlite.lookup import Lookup

T = TypeVar("T")
_VERSION = 2
_SCHEMA = f"""{rows.SCHEMA}
CREATE TABLE verified (profile TEXT PRIMARY KEY, received_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE forward (url TEXT PRIMARY KEY, cursor INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE store (id TEXT NOT NULL, index_boot TEXT);
"""
_IDENTIFY = "INSERT INTO store SELECT lower(hex(randomblob(16))), NULL WHERE NOT EXISTS (SELECT 1 FROM store)"


class Connections:
    """One writing connection, unless the store is read-only, and one for each reading thread."""

    def __init__(self, path: Path, *, readonly: bool, synced: bool) -> None:
        path = Path(os.path.realpath(path))  # whichever name it is opened by, it has one lock, one log and one index
        self.path = path
        self._synced = synced
        self._readonly = readonly
        self._readers = threading.local()
        self._open_readers: list[sqlite3.Connection] = []
        self._writing = threading.RLock()
        self._index_number = 0
        """Grows when the index is made anew: a reader's connection then still has the old one."""
        self._lock: StoreLock | None = None
        if readonly:
            self._check_format()
            self.identity = self._identity(self._reader())
            return
        for file in (path, lookup.path_of(path)):
            _create_private(file)
        self._lock = StoreLock(path.with_name(path.name + ".lock"), f"the event store {path}")
        try:
            with named(path), ExitStack() as undo:
                self._writer = undo.enter_context(closing(self._connect()))
                self._migrate()
                self.identity = self._identity(self._writer)
                self._open_lookup()
                self._with_index(self._catch_up_lookup)
                self._opened = self._places()
                undo.pop_all()
        except BaseException:
            self._lock.release()
            raise

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"

    def _connect(self) -> sqlite3.Connection:
        # Never mode=ro: after a crash even a reader must recover the write-ahead log first.
        uri = f"{self.path.absolute().as_uri()}?mode=rw"
        db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=5)
        try:
            if not self._readonly:
                self._set_up(db)
        except BaseException:
            db.close()
            raise
        return db

    def _set_up(self, db: sqlite3.Connection) -> None:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA synchronous = {'FULL' if self._synced else 'NORMAL'}")
        db.execute(f"PRAGMA fullfsync = {self._synced:d}")  # macOS: flush the drive's cache as well
        db.execute("PRAGMA cache_size = -4000")
        db.execute("PRAGMA secure_delete = ON")  # what was removed or cut must not remain in free pages

    def _connect_whole(self) -> sqlite3.Connection:
        """A connection to the store with its index attached."""
        db = self._connect()
        lookup.attach(db, self.path)
        return db

    def _places(self) -> list[tuple[int, int] | None]:
        """Where the store and its write-ahead log are on the disk; None for one that is not there."""
        return [_place(file) for file in (self.path, self.path.with_name(self.path.name + "-wal"))]

    def _check_in_place(self) -> None:
        """Refuse to write files that no later start would find."""
        if self._places() != self._opened:
            raise Unavailable(
                f"the event store {self.path} was removed or replaced while the relay runs", hint="start the relay anew"
            )

    def _migrate(self) -> None:
        version = self._writer.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._writer.executescript(
                f"BEGIN IMMEDIATE; {_SCHEMA} {_IDENTIFY}; PRAGMA user_version = {_VERSION}; COMMIT;"
            )
        elif version < _VERSION:
            convert(self._writer)
        elif version != _VERSION:
            raise Unavailable(
                f"the event store {self.path} has format {version}, this pjterm knows {_VERSION}",
                hint="use the newer pjterm, or another --store",
            )
        self._writer.execute(_IDENTIFY)  # an earlier pjterm that was killed at its first start left a store without

    def _check_format(self) -> None:
        """Refuse an older format here: only a process that may write converts it."""
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

    def _open_lookup(self) -> None:
        """Open the index; a new one if the machine went down while it was open, or if it belongs to another store."""
        store_id, open_since = self._writer.execute("SELECT id, index_boot FROM store").fetchone()
        opened = self._try_lookup(store_id) if _index_is_whole(open_since) else None
        if opened is None:
            self._drop_index()
            opened = self._try_lookup(store_id)
        if opened is None:
            full = is_full(self.path)
            raise Unavailable(
                f"the index {lookup.path_of(self.path)} cannot be made anew{': the disk is full' if full else ''}",
                hint=MAKE_ROOM if full else None,
            )
        self._lookup = opened
        self._writer.execute("UPDATE store SET index_boot = ?", (lookup.boot(),))
        self._newest_written = self._newest(self._writer)

    def _catch_up_lookup(self) -> None:
        self._lookup.catch_up(self._newest_written)

    def _with_index(self, work: Callable[[], T]) -> T:
        """Do this; if the index turns out to be damaged, make it anew from the events, and do it once more."""
        try:
            return work()
        except (sqlite3.DatabaseError, Unavailable) as error:
            if not is_damage(error) and not is_damage(error.__cause__):
                raise
        if self._writer.in_transaction:
            self._writer.execute("ROLLBACK")
        self._writer.execute("UPDATE store SET index_boot = ''")  # not trusted, should this be killed before its end
        self._open_lookup()
        self._index_number += 1
        self._catch_up_lookup()
        return work()

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
        if db is not None and self._readers.index != self._index_number:
            self._open_readers.remove(db)
            db.close()
            db = None
        if db is None:
            self._readers.index = self._index_number
            with named(self.path):
                db = self._connect()
                db.execute("SELECT 1 FROM event LIMIT 1")
                self._attach_for_reading(db)
                db.execute("PRAGMA query_only = 1")
            self._readers.db = db
            self._open_readers.append(db)
        return db

    def _attach_for_reading(self, db: sqlite3.Connection) -> None:
        """Attach the index, or an empty one if this store has none yet: all events are then its uncovered tail."""
        if lookup.path_of(self.path).exists():
            lookup.attach(db, self.path)
        else:
            db.execute("ATTACH ':memory:' AS lookup")
        if not lookup.belongs(db):
            self._attach_empty(db)

    @staticmethod
    def _attach_empty(db: sqlite3.Connection) -> None:
        db.execute("DETACH lookup")
        db.execute("ATTACH ':memory:' AS lookup")
        db.executescript(lookup.SCHEMA)

    def _rows(self, query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        """What a query finds; without the index if that is damaged: slowly, until the relay has made it anew."""
        with named(self.path):
            db = self._reader()
            try:
                return db.execute(query, values).fetchall()
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
            db.execute("PRAGMA query_only = 0")
            self._attach_empty(db)
            db.execute("PRAGMA query_only = 1")
            return db.execute(query, values).fetchall()

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
        """Record that the index is complete; if a full disk prevents that, it may have to be rebuilt."""
        with suppress(sqlite3.Error):
            self._lookup.flush()
            self._lookup.sync()
            self._writer.execute("UPDATE store SET index_boot = NULL")

    @staticmethod
    def _newest(db: sqlite3.Connection) -> int:
        row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'event'").fetchone()
        return int(row[0]) if row else 0


def _index_is_whole(open_since: str | None) -> bool:
    """None: it was closed in order. Else only what this boot of the machine wrote is known to be there."""
    return open_since is None or (open_since != "" and open_since == lookup.boot())


def used(db: sqlite3.Connection) -> int:
    """Bytes that the store and its index use, without free pages."""
    used = 0
    for name in ("main", "lookup"):
        pages, free, size = (
            db.execute(f"PRAGMA {name}.{what}").fetchone()[0] for what in ("page_count", "freelist_count", "page_size")
        )
        used += (pages - free) * size
    return used


def _place(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _create_private(path: Path) -> None:
    """Create the file with mode 0600 before SQLite opens it; its -wal and -shm inherit the mode.

    The directory is synced, too: otherwise a power cut could take the file's name, and its content with it.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if sys.platform != "win32":
            directory = os.open(path.parent, os.O_RDONLY)
            os.fsync(directory)
            os.close(directory)
    except OSError as error:
        hint = MAKE_ROOM if error.errno in NO_ROOM else None
        raise Unavailable(f"cannot write the event store {path}: {error.strerror}", hint=hint) from error


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Raise SQLite's errors as `Unavailable`, naming the store."""
    try:
        yield
    except sqlite3.Error as error:
        raise unusable(path, error) from error
