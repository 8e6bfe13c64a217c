"""The file of the journal: opened on first use, written in transactions, its faults named.

Several processes use the file at once. Before a process writes for the first time, it makes sure that the file is as
pjterm left it: it reaches its head, and it looks to the system as it did when it was last folded (else every row is
read against the hash chain). What is damaged, cut, gone or of a newer version is left as it is, and nothing is written.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pjterm.errors import JournalUnusable
from pjterm.journal import chain, schema
from pjterm.journal.faults import Damage, damaged, is_corrupt, is_unwritable, unusable
from pjterm.journal.head import Head, HeadFile, look
from pjterm.journal.retention import is_due, shorten
from pjterm.journal.traces import emptied, gone, has_log, traces
from pjterm.system.files import PRIVATE_FILE, foreign_owner, private_dir
from pjterm.system.locks import FileLock, need_byte_locks

if TYPE_CHECKING:
    from pjterm.journal.audit import Audit

T = TypeVar("T")

_BUSY = 10.0  # seconds to wait for another process's write
_BUSY_AGAIN = 0.2  # seconds, once another process has let us wait in vain
_FOLDING = 2.0  # seconds to wait for another process that folds


class JournalFile:
    """One SQLite file, mode 0600. With `now`, opening it shortens what is kept for a day only."""

    def __init__(
        self, path: Path, now: Callable[[], datetime] | None, connect: Callable[..., sqlite3.Connection]
    ) -> None:
        self.path = path
        self._lock = path.with_name("journal.lock")
        self.head = HeadFile(path.with_name("journal.head"))
        self.patience = _BUSY
        self._now = now
        self._connect = connect
        self._db: sqlite3.Connection | None = None
        self._sound = False
        self._tracking = False
        self._wrote = False
        self._folds = False

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
            before = db.total_changes
            try:
                yield db
                reached = chain.link_changes(db) if db.total_changes > before else None
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if db.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
            raise self._named(error) from error
        if reached is not None:
            self._advance(*reached)

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """The rows of a query."""
        try:
            return self.opened().execute(sql, values).fetchall()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self._named(error) from error

    def read(self, value_of: Callable[[sqlite3.Row], T], sql: str, *values: Any) -> list[T]:
        """The rows of a query as values; a row with something pjterm never writes is damage."""
        found = self.rows(sql, *values)
        try:
            return [value_of(row) for row in found]
        except (ValueError, TypeError, ArithmeticError, AssertionError, LookupError) as error:
            raise damaged(self.path, [Damage("a row", f"cannot be read ({error})")]) from error

    def audit(self) -> Audit:
        """Read every row against the chain, whatever the file looks like."""
        from pjterm.journal.audit import read_through  # 0.4 ms that only a file which may be damaged takes

        head = self._head()
        db = self.opened()
        try:
            db.execute("BEGIN")
            try:
                return read_through(db, head)
            finally:
                db.execute("ROLLBACK")
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self._named(error) from error

    def close(self) -> None:
        """Close the file, and fold what was written into it, so that a copy of it alone is whole."""
        db, self._db = self._db, None
        if db is None:
            return
        self._sound = self._tracking = False
        if not self._wrote and not has_log(self.path):
            db.close()
            return
        try:
            with self.folding():
                with contextlib.suppress(sqlite3.Error):
                    db.execute("PRAGMA wal_checkpoint(PASSIVE)")
                db.close()
                self._seal()
        except OSError:  # another process folds, or the place cannot be written: the next command does it
            db.close()

    def plain(self) -> JournalFile:
        """The same file, opened without shortening what is kept for a day only."""
        return JournalFile(self.path, None, self._connect)

    def drop(self) -> None:
        """Close the connection without folding."""
        if self._db is not None:
            self._db.close()
            self._db, self._sound, self._tracking, self._wrote = None, False, False, False

    # -- opening ------------------------------------------------------------------------------------

    def opened(self) -> sqlite3.Connection:
        """The connection. Raises `JournalDamaged` for a file that is not as it should be, `JournalUnusable`."""
        if self._db is None:
            try:
                self._db = self._open()
                self._shorten_what_is_due(self._db)
            except (sqlite3.Error, OSError, ValueError) as error:
                from pjterm.journal.read_only import as_it_lies

                self._db = as_it_lies(self.path, self._connect) if is_unwritable(error) else None
                if self._db is None:
                    raise self._named(error) from error
        return self._db

    def _open(self) -> sqlite3.Connection:
        private_dir(self.path.parent)
        for place in (self.path.parent, self.path, self.head.path):
            if (problem := foreign_owner(place)) is not None:
                raise JournalUnusable(f"the journal is not used: {problem}", hint="or name another PJTERM_STATE_DIR")
        need_byte_locks(self._lock)
        if self.path.exists() and (db := self._connected(self._head())) is not None:
            return db
        with self.folding(self.patience):  # only one process makes it
            if not self.path.exists():
                self._begin_file(self._head())
            db = self._connected(self._head(), makes_it=True)
            assert db is not None
            return db

    def _connected(self, head: Head | None, makes_it: bool = False) -> sqlite3.Connection | None:
        """A connection to a file of this version; `None` where its tables are still to be made, and it may not.

        The head is one read before the file: it may be another process that makes both just now.
        """
        db = self._connect(self.path, timeout=self.patience, isolation_level=None)
        try:
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA temp_store = MEMORY")
            db.execute("PRAGMA secure_delete = ON")
            version = self._version(db, head)  # before anything is written to what may not be ours
            if version < schema.VERSION and not makes_it:
                db.close()
                return None
            db.execute("PRAGMA fullfsync = ON")  # macOS: past the drive's cache as well
            empty = self.path.stat().st_size == 0
            if empty:
                db.execute("PRAGMA journal_mode = MEMORY")  # else one on the disk, synced three times, guards nothing
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA wal_autocheckpoint = 0")  # folding is ours, for it changes how the file looks
            db.execute(f"PRAGMA synchronous = {'OFF' if empty else 'FULL'}")
            if version < schema.VERSION:
                self._bring_up_to_date(db, version, empty=empty)
            db.execute("PRAGMA synchronous = FULL")  # what is committed from now on, the tables before it included
        except BaseException:
            db.close()
            raise
        return db

    def _begin_file(self, head: Head | None) -> None:
        """A new journal may begin only where there never was one."""
        if (found := gone(self.path, head, self.head.path)) is not None:
            raise damaged(self.path, [found])
        self.head.begin()
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, PRIVATE_FILE))  # SQLite would take the umask's mode

    def was_begun(self) -> bool:
        """Whether a journal is here, or was here and is gone."""
        return self.path.exists() or self.head.path.exists() or bool(traces(self.path))

    def _version(self, db: sqlite3.Connection, head: Head | None) -> int:
        """The version of its tables. Only a file where none has been is one that a journal may begin in."""
        version = schema.version(db)
        if version == schema.VERSION:
            return version
        if version > schema.VERSION:
            hint = "update pjterm (or PJTERM_STATE_DIR names another directory)"
            raise damaged(self.path, [Damage("the file", f"was written by a newer pjterm (schema {version})")], hint)
        if version >= schema.CHAINED:  # its head, and what is read against it, stay as they are
            return version
        if (found := emptied(db, version, self.path, head, self._head)) is not None:
            raise damaged(self.path, [found])
        return version

    def _bring_up_to_date(self, db: sqlite3.Connection, version: int, *, empty: bool) -> None:
        if version < schema.CHAINED:
            self.head.begin()
        schema.prepare(db, datetime.now(UTC) if self._now is None else self._now())
        if empty:
            self._sound = True
        else:  # the tables of an empty file are not synced yet, and its head must not be ahead of it
            self._advance(*chain.last(db))

    def _shorten_what_is_due(self, db: sqlite3.Connection) -> None:
        if self._now is None or not is_due(db, self._now()):
            return
        with contextlib.suppress(JournalUnusable), self.writing():  # it is due for the next command, too
            shorten(db, self._now())

    # -- as pjterm left it ---------------------------------------------------------------------------

    def check_sound(self) -> None:
        """Raise `JournalDamaged` for a file that is not as pjterm left it; looked at once."""
        try:
            self._check(self.opened())
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise self._named(error) from error

    def _check(self, db: sqlite3.Connection) -> None:
        if self._sound:
            return
        head = self._head()
        if head is None:
            raise damaged(self.path, [Damage("the head", "is missing")])
        found = chain.at_head(db, head)
        if not found and head.seal != look(self.path):
            found = self._read_again(db)
        if found:
            raise damaged(self.path, found)
        self._sound = True

    def _read_again(self, db: sqlite3.Connection) -> list[Damage]:
        """The file does not look as it was folded: perhaps another process is folding it now."""
        with contextlib.suppress(OSError), self.folding():
            head = self._head()
            if head is not None and head.seal == look(self.path):
                return []
        found = self.audit().damage
        if not found:
            self._seal()
        return found

    def _head(self) -> Head | None:
        try:
            return self.head.read()
        except ValueError:
            raise damaged(self.path, [Damage("the head", "is unreadable")]) from None

    def _advance(self, link: int, hash_: str) -> None:
        """Record how far the journal reaches; a head that cannot be written lags behind, which only proves less."""
        self._wrote = True
        with contextlib.suppress(OSError, ValueError):
            self.head.advance(link, hash_)

    def _seal(self) -> None:
        """Record how the file looks now; if that cannot be written, the next command reads every row."""
        with contextlib.suppress(OSError, ValueError):
            self.head.seal(self.path)

    @contextlib.contextmanager
    def folding(self, patience: float = _FOLDING) -> Iterator[None]:
        """Hold the lock for creating or folding the file; reentrant."""
        if self._folds:
            yield
            return
        lock = FileLock(self._lock)
        lock.take(patience)
        self._folds = True
        try:
            yield
        finally:
            self._folds = False
            lock.release()

    def _named(self, error: Exception) -> JournalUnusable:
        if is_corrupt(error):
            return damaged(self.path, [Damage("the file", f"is not a readable database ({error})")])
        if getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY") and self._db is not None:
            self._db.execute(f"PRAGMA busy_timeout = {_BUSY_AGAIN * 1000:.0f}")  # a sale must not wait at each write
        return unusable(self.path, error)
