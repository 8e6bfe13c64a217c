"""The world on disk: one SQLite file that several processes share, and its layout.

WAL with `synchronous=NORMAL`: a killed process loses nothing, and a simulator may lose its last
milliseconds in a power cut. Every caller holds `BEGIN IMMEDIATE` during one API call, so
two processes never see half of each other's steps.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pjterm.errors import PjtermError, Unavailable, UsageFault, reason
from pjterm.simulator.shop.books import Books
from pjterm.simulator.shop.inventory import READERS

FILE = "simulator.sqlite"
LAYOUT = 2
BUSY_MS = 10_000
Connect = Callable[..., sqlite3.Connection]
_THE_DISK = (
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB,
)  # fmt: skip
"""What SQLite says of the file and its disk; anything else is a bug of ours."""

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE readers (id TEXT PRIMARY KEY, plugged INTEGER NOT NULL, manual_until REAL NOT NULL);
CREATE TABLE requests (id TEXT PRIMARY KEY, reader TEXT NOT NULL, accepted REAL NOT NULL, due REAL,
                       holds INTEGER NOT NULL, ended REAL, data TEXT NOT NULL);
CREATE INDEX requests_due ON requests (due) WHERE due IS NOT NULL;
CREATE INDEX requests_open ON requests (reader) WHERE ended IS NULL;
CREATE INDEX requests_ended ON requests (ended) WHERE ended IS NOT NULL;
CREATE TABLE transactions (id INTEGER PRIMARY KEY, created REAL NOT NULL, invoice TEXT, data TEXT NOT NULL);
CREATE INDEX transactions_invoice ON transactions (invoice);
CREATE INDEX transactions_created ON transactions (created);
CREATE TABLE signatures (id TEXT PRIMARY KEY, created REAL NOT NULL);
CREATE TABLE subscriptions (id TEXT PRIMARY KEY, event TEXT NOT NULL, url TEXT NOT NULL, secret TEXT NOT NULL,
                            created REAL NOT NULL, hidden INTEGER NOT NULL);
CREATE TABLE deliveries (id INTEGER PRIMARY KEY, subscription TEXT NOT NULL, body BLOB NOT NULL,
                         signing TEXT NOT NULL, created REAL NOT NULL, attempts INTEGER NOT NULL,
                         due REAL NOT NULL);
CREATE INDEX deliveries_due ON deliveries (due);
CREATE TABLE marks (name TEXT PRIMARY KEY);
"""
_SINCE_1 = """
ALTER TABLE transactions ADD COLUMN account INTEGER;
ALTER TABLE transactions ADD COLUMN batch INTEGER;
CREATE INDEX transactions_batch ON transactions (account) WHERE batch IS NULL;
UPDATE transactions SET account = 10001;
CREATE TABLE documents (kind TEXT NOT NULL, id TEXT NOT NULL, due REAL, data TEXT NOT NULL, PRIMARY KEY (kind, id));
CREATE INDEX documents_due ON documents (due) WHERE due IS NOT NULL;
"""
_STEPS = (_TABLES, _SINCE_1)
"""The migrations: from an empty file to layout 1, and from layout 1 to 2."""


class Store:
    """The file itself, or a database in memory; used by one thread at a time."""

    def __init__(self, directory: Path | None, seed: int | None, connect: Connect = sqlite3.connect) -> None:
        self._seed = seed
        self._path = None if directory is None else directory / FILE
        if directory is None or self._path is None:
            self._db = connect(":memory:", isolation_level=None, check_same_thread=False)
            _lay_out(self._db)
            return
        try:
            make_private(directory)
            self._db = _opened(self._path, connect)
        except (OSError, sqlite3.DatabaseError) as e:
            raise _named(e, self._path, "opened") from e

    @contextmanager
    def open(self) -> Iterator[Books]:
        """Open one transaction: all of it is stored, or nothing. `Unavailable` where the disk does not take it."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield Books(self._db, self._seed)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # a full disk may have ended it already
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.DatabaseError as e:
            if self._path is None or getattr(e, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF not in _THE_DISK:
                raise
            raise _named(e, self._path, "used") from e

    def close(self) -> None:
        self._db.close()


def _named(error: Exception, path: Path, what: str) -> PjtermError:
    if isinstance(error, OSError | sqlite3.OperationalError):
        hint = "free space or change its permissions (PJTERM_STATE_DIR names another directory)"
        return Unavailable(f"the simulator's file {path} cannot be {what}: {reason(error)}", hint=hint)
    return UsageFault(f"the simulator's file {path} cannot be used: {error}", hint="move it away; a new one is made")


def make_private(directory: Path) -> None:
    """Create a directory for this user alone (0700), whatever the umask; an existing one stays as it is."""
    if not directory.is_dir():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)


def _opened(path: Path, connect: Connect) -> sqlite3.Connection:
    _make_private_files(path)
    db = connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000)
    try:
        _to_wal(db)
        db.execute("PRAGMA synchronous = NORMAL")
        if db.execute("PRAGMA user_version").fetchone()[0] != LAYOUT:
            _lay_out(db)
    except BaseException:
        db.close()
        raise
    return db


def _make_private_files(path: Path) -> None:
    """Create the file with mode 0600; SQLite gives the files beside a database the same mode."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
        if file.exists():
            file.chmod(0o600)


def _to_wal(db: sqlite3.Connection) -> None:
    """Switch to WAL. SQLite does not wait for others here, so several first starts at once must retry."""
    give_up = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            others = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not others or time.monotonic() > give_up:  # an unwritable directory will not change
                raise
            time.sleep(0.01)


def _lay_out(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    found = db.execute("PRAGMA user_version").fetchone()[0]
    if found > LAYOUT:
        db.execute("ROLLBACK")
        raise sqlite3.DatabaseError(f"it has layout {found}, this pjterm knows {LAYOUT}")
    for step in _STEPS[found:]:
        for statement in step.split(";"):
            db.execute(statement)
    if found == 0:
        db.executemany("INSERT INTO readers VALUES (?, 1, 0)", [(r.id,) for r in READERS])
    db.execute(f"PRAGMA user_version = {LAYOUT}")
    db.execute("COMMIT")
