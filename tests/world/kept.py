"""The journals of a machine, kept in memory and open from one process to the next.

Histories open a journal millions of times, and what opening finds out is for the tests of the journal. Whoever
changes one behind pjterm's back, or takes its place, has it put away first: the next process opens it as it is then.
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
"""What begins a statement about rows, which no step of a process is."""


class Kept(Connection):
    """A journal in memory, which outlives the process that it was opened for.

    Whoever opens a journal sets the same pragmas and makes the same triggers; here the first does so for all, for some
    of them make SQLite compile every statement anew.
    """

    def __init__(self, path: Path, **more: Any) -> None:
        super().__init__(":memory:", check_same_thread=False, **more)
        self._set: set[str] = set()
        if path.stat().st_size:
            try:
                with contextlib.closing(sqlite3.connect(path)) as there:
                    there.backup(self)
            except sqlite3.Error:  # nobody gets this one
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
        """It is used again; what its process had not committed when it was killed is taken back, as a system does."""
        if self.in_transaction:
            sqlite3.Connection.execute(self, "ROLLBACK")

    def held(self) -> bytes | None:
        """What it holds; `None` where it has no tables yet."""
        return self.serialize() if self.execute("SELECT 1 FROM sqlite_master").fetchone() else None


class KeptPlace(JournalPlace):
    """The place of a journal whose head is written only once it is put away."""

    _reached: tuple[int, str] | None = None
    """What its head is to say then."""

    def advance(self, link: int, hash_: str) -> None:
        self._reached = link, hash_

    def put_away(self) -> None:
        """Say in its head how far it reached."""
        if self._reached is not None:
            self.head.advance(*self._reached, self.path)


class KeptFile(JournalFile):
    """The file of a journal as a process finds it that another has left open."""

    _begun = True

    def __init__(
        self, path: Path, now: Callable[[], datetime] | None, connect: Callable[..., sqlite3.Connection]
    ) -> None:
        super().__init__(path, now, connect)
        self.place: KeptPlace = KeptPlace(path, now, connect)

    def begin(self, now: Callable[[], datetime] | None) -> None:
        """One more process has it."""
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
    """All of one machine, by the file that each would be in."""

    def __init__(self) -> None:
        self._kept: dict[Path, Kept] = {}
        self._files: dict[Path, KeptFile] = {}

    def connect(self, path: Path, **more: Any) -> Kept:
        """The connection to a journal."""
        if path not in self._kept:
            self._kept[path] = Kept(path, **more)
        assert not self._kept[path].in_transaction  # nobody waits inside one
        return self._kept[path]

    def file(
        self, path: Path, now: Callable[[], datetime] | None, connect: Callable[..., sqlite3.Connection]
    ) -> KeptFile:  # fmt: skip
        """The file of a journal, for one more process."""
        if path not in self._files:
            self._files[path] = KeptFile(path, now, connect)
        self._files[path].begin(now)
        return self._files[path]

    def there(self, path: Path) -> Kept | None:
        """A journal, to look into; `None` where it is not here."""
        return self._kept.get(path)

    def held(self, path: Path) -> bytes | None:
        """What a journal holds; `None` where it is not here."""
        return self._kept[path].held() if path in self._kept else None

    def has_accepted(self, request: str) -> bool:
        """Whether the id of a request is in one of them."""
        asks = "SELECT 1 FROM facts WHERE type = 'Accepted' AND instr(fact, ?)"
        return any(kept.execute(asks, (request,)).fetchone() for kept in self._kept.values())

    def put_away(self) -> None:
        """Write all into their files."""
        for path, kept in self._kept.items():
            if (held := kept.held()) is not None:
                path.write_bytes(held)
        for file in self._files.values():
            file.place.put_away()
        self.forget()

    def forget(self) -> None:
        """Let go of all."""
        for kept in self._kept.values():
            sqlite3.Connection.close(kept)
        self._kept.clear()
        self._files.clear()
