"""The journals of a machine, kept in memory and open across processes.

Histories open a journal millions of times, and opening is covered by the tests of the journal. Code that changes
or replaces one behind pjterm's back puts it away first: the next process then opens the file as it is.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from pjterm.journal.file import JournalFile
from pjterm.journal.place import JournalPlace
from tests.world.machine import Connection

ROWS = ("SELECT", "INSERT", "UPDATE", "DELETE")
"""Statements about rows begin with one of these; they are no steps of a process."""


class Kept(Connection):
    """A journal in memory that outlives the process for which it was opened.

    Every process sets the same pragmas and creates the same triggers; here only the first one does, since some of
    them make SQLite recompile every statement.
    """

    def __init__(self, path: Path, **more: Any) -> None:
        super().__init__(":memory:", check_same_thread=False, **more)
        self._set: set[str] = set()
        if path.stat().st_size:
            try:
                with contextlib.closing(sqlite3.connect(path)) as there:
                    there.backup(self)
            except sqlite3.Error:  # no process gets this one
                sqlite3.Connection.close(self)
                raise

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        if sql.startswith(ROWS):
            return sqlite3.Connection.execute(self, sql, *args)
        if sql.startswith("PRAGMA ") and " = " in sql:
            if sql in self._set:
                return self.cursor()
            self._set.add(sql)
        return super().execute(sql, *args)

    def executescript(self, sql: str) -> sqlite3.Cursor:
        if sql in self._set:
            return self.cursor()
        self._set.add(sql)
        return super().executescript(sql)

    def close(self) -> None:
        """It is reused; uncommitted changes of a killed process are rolled back, as the system would do."""
        if self.in_transaction:
            sqlite3.Connection.execute(self, "ROLLBACK")

    def held(self) -> bytes | None:
        """Its contents; `None` if it has no tables yet."""
        return self.serialize() if self.execute("SELECT 1 FROM sqlite_master").fetchone() else None


class KeptPlace(JournalPlace):
    """The place of a journal whose head is written only when it is put away."""

    _reached: tuple[int, str] | None = None
    """The head to be written then."""

    def advance(self, link: int, hash_: str) -> None:
        self._reached = link, hash_

    def put_away(self) -> None:
        """Write the head."""
        if self._reached is not None:
            self.head.advance(*self._reached, self.path)


class KeptFile(JournalFile):
    """A journal's file for a process, left open by another one."""

    _begun = True

    def __init__(
        self, path: Path, now: Callable[[], datetime] | None, connect: Callable[..., sqlite3.Connection]
    ) -> None:
        super().__init__(path, now, connect)
        self.place: KeptPlace = KeptPlace(path, now, connect)

    def begin(self, now: Callable[[], datetime] | None) -> None:
        """Begin its use by one more process."""
        self._now, self._begun = now, False

    def opened(self) -> sqlite3.Connection:
        if self._db is None:
            self._begun = True
            return super().opened()
        if not self._begun:
            self._begun = True
            self._shorten_what_is_due(self._db)
        return self._db

    def close(self) -> None:
        if self._db is not None:
            self._db.close()


class Memory:
    """The journals of one machine, by path."""

    def __init__(self) -> None:
        self._kept: dict[Path, Kept] = {}
        self._files: dict[Path, KeptFile] = {}

    def connect(self, path: Path, **more: Any) -> Kept:
        """The connection to a journal."""
        if path not in self._kept:
            self._kept[path] = Kept(path, **more)
        assert not self._kept[path].in_transaction  # no process waits inside a transaction
        return self._kept[path]

    def file(
        self, path: Path, now: Callable[[], datetime] | None, connect: Callable[..., sqlite3.Connection]
    ) -> KeptFile:  # fmt: skip
        """The file of a journal for one more process."""
        if path not in self._files:
            self._files[path] = KeptFile(path, now, connect)
        self._files[path].begin(now)
        return self._files[path]

    def there(self, path: Path) -> Kept | None:
        """A journal for inspection; `None` if it is not in memory."""
        return self._kept.get(path)

    def held(self, path: Path) -> bytes | None:
        """The contents of a journal; `None` if it is not in memory."""
        return self._kept[path].held() if path in self._kept else None

    def has_accepted(self, request: str) -> bool:
        """Whether one of them has the id of a request."""
        asks = "SELECT 1 FROM facts WHERE type = 'Accepted' AND instr(fact, ?)"
        return any(kept.execute(asks, (request,)).fetchone() for kept in self._kept.values())

    def put_away(self) -> None:
        """Write all of them to their files."""
        for path, kept in self._kept.items():
            if (held := kept.held()) is not None:
                path.write_bytes(held)
        for file in self._files.values():
            file.place.put_away()
        self.forget()

    def forget(self) -> None:
        """Drop all of them."""
        for kept in self._kept.values():
            sqlite3.Connection.close(kept)
        self._kept.clear()
        self._files.clear()
