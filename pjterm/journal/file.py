"""The file of the journal: opened on first use, written in transactions, its faults named.

Several processes use the file at once. Before a process writes for the first time, it makes sure that the file is as
pjterm left it: it reaches its head, and it looks to the system as it did after pjterm's last write (else every row is
read against the hash chain). What is damaged, cut, gone or of a newer version is left as it is, and nothing is written.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pjterm.errors import JournalUnusable
from pjterm.journal import chain, schema
from pjterm.journal.faults import UNREADABLE, Damage, damaged, is_corrupt, is_unwritable, unusable
from pjterm.journal.head import look
from pjterm.journal.place import BUSY, JournalPlace
from pjterm.journal.retention import is_due, shorten_typed

if TYPE_CHECKING:
    from pjterm.journal.audit import Audit

T = TypeVar("T")

_BUSY_AGAIN = 0.2  # seconds, once another process has let us wait in vain, until it is done


class JournalFile:
    """One SQLite file, mode 0600. With `now`, opening it shortens what is kept for a day only."""

    def __init__(
        self, path: Path, now: Callable[[], datetime] | None, connect: Callable[..., sqlite3.Connection]
    ) -> None:
        self.path = path
        self.place = JournalPlace(path, now, connect)
        self._now = now
        self._connect = connect
        self._db: sqlite3.Connection | None = None
        self._sound = False
        self._tracking = False
        self._patience = BUSY

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, synced at its end; inside another it is part of that one."""
        db = self.opened()
        if db.in_transaction:
            yield db
            return
        try:
            self._check(db)  # before a change of ours would cover what another program did
            if not self._tracking:
                db.executescript(chain.TRACK)
                self._tracking = True
            db.execute("BEGIN IMMEDIATE")
            self._wait(BUSY)
            before = db.total_changes
            yield db
            reached = chain.link_changes(db) if db.total_changes > before else None
            db.execute("COMMIT")
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self.named(error) from error
        finally:
            schema.take_back(db)
        self.place.check_in_place()
        if reached is not None:
            self.place.advance(*reached)

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """The rows of a query."""
        try:
            return self.opened().execute(sql, values).fetchall()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self.named(error) from error

    def read(self, value_of: Callable[[sqlite3.Row], T], sql: str, *values: Any) -> list[T]:
        """The rows of a query as values; a row with something pjterm never writes is damage."""
        found = self.rows(sql, *values)
        try:
            return [value_of(row) for row in found]
        except UNREADABLE as error:
            raise damaged(self.path, [Damage("a row", f"cannot be read ({error})")]) from error

    def audit(self) -> Audit:
        """Read every row against the chain, whatever the file looks like."""
        from pjterm.journal.audit import read_through  # 0.4 ms that only a file which may be damaged takes

        db = self.opened()
        head = self.place.read_head()  # before the rows, so that what is written meanwhile is not missed
        try:
            db.execute("BEGIN")
            try:
                return read_through(db, head)
            finally:
                schema.take_back(db)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self.named(error) from error

    def close(self) -> None:
        """Close the file, and fold what was written into it, so that a copy of it alone is whole."""
        db, self._db = self._db, None
        if db is None:
            return
        self._sound = self._tracking = False
        self.place.close(db)

    def plain(self) -> JournalFile:
        """The same file, opened without shortening what is kept for a day only."""
        return JournalFile(self.path, None, self._connect)

    def drop(self) -> None:
        """Close the connection without folding."""
        if self._db is not None:
            self._db.close()
            self._db, self._sound, self._tracking, self.place.wrote = None, False, False, False

    # -- opening ------------------------------------------------------------------------------------

    def opened(self) -> sqlite3.Connection:
        """The connection. Raises `JournalDamaged` for a file that is not as it should be, `JournalUnusable`."""
        if self._db is None:
            try:
                self._db, self._sound = self.place.open()
                self._patience = BUSY
                self._shorten_what_is_due(self._db)
            except (sqlite3.Error, OSError, ValueError) as error:
                from pjterm.journal.read_only import as_it_lies

                self._db = as_it_lies(self.path, self._connect) if is_unwritable(error) else None
                if self._db is None:
                    raise self.named(error) from error
        return self._db

    def _shorten_what_is_due(self, db: sqlite3.Connection) -> None:
        if self._now is None or not is_due(db, self._now()):
            return
        with contextlib.suppress(JournalUnusable), self.writing():  # it is due for the next command, too
            shorten_typed(db, self._now())

    # -- as pjterm left it ---------------------------------------------------------------------------

    def check_sound(self) -> None:
        """Raise `JournalDamaged` for a file that is not as pjterm left it; looked at once."""
        try:
            self._check(self.opened())
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self.named(error) from error

    def _check(self, db: sqlite3.Connection) -> None:
        if self._sound:
            return
        self.place.check_in_place()
        head = self.place.read_head()
        if head is None:
            raise damaged(self.path, [Damage("the head", "is missing")])
        found = chain.at_head(db, head)
        if not found and not self.place.is_as_left():
            found = self._read_again(db)
        if found:
            raise damaged(self.path, found)
        self._sound = True

    def _read_again(self, db: sqlite3.Connection) -> list[Damage]:
        """The files do not look as they were left: perhaps another process is writing or folding them now."""
        with contextlib.suppress(JournalUnusable, OSError), self.place.folding():
            if self.place.is_as_left():
                return []
        seen = look(self.path)
        found = self.audit().damage
        if not found:
            self.place.seal(seen)
        return found

    def named(self, error: Exception) -> JournalUnusable:
        """What went wrong, by its cause and its way out."""
        if "Could not decode" in str(error):
            return damaged(self.path, [Damage("a row", "cannot be read: its text is not UTF-8")])
        if is_corrupt(error):
            return damaged(self.path, [Damage("the file", f"is not a readable database ({error})")])
        if getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
            self._wait(_BUSY_AGAIN)  # a sale must not wait at each write
        return unusable(self.path, error)

    def _wait(self, seconds: float) -> None:
        """How long to wait for another process's write from now on."""
        if seconds != self._patience and self._db is not None:
            self._db.execute(f"PRAGMA busy_timeout = {seconds * 1000:.0f}")
            self._patience = seconds
