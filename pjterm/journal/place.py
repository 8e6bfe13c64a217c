"""Where the journal lies: its file, the head beside it, and the lock under which the file is made and folded.

Only one process makes the file, and only where there never was one. What is not ours, of a newer version, or left over
from a journal that is gone is refused before a byte of it changes.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from pjterm.errors import JournalUnusable
from pjterm.journal import chain, schema
from pjterm.journal.faults import NEWER, Damage, damaged, unusable
from pjterm.journal.head import Head, HeadFile, look
from pjterm.journal.traces import emptied, gone, has_log, traces
from pjterm.system.files import PRIVATE_FILE, foreign_owner, private_dir
from pjterm.system.locks import FileLock, LockHeld, need_byte_locks

BUSY = 10.0  # seconds to wait for another process's write
_FOLDING = 2.0  # seconds to wait for another process that folds


class JournalPlace:
    """The files of one journal, all mode 0600; `now` dates the journal that is made here."""

    def __init__(
        self, path: Path, now: Callable[[], datetime] | None, connect: Callable[..., sqlite3.Connection]
    ) -> None:
        self.path = path
        self.head = HeadFile(path.with_name("journal.head"))
        self.wrote = False
        """Whether this process changed something, so that the file is to be folded when it is closed."""
        self._lock = path.with_name("journal.lock")
        self._now = now
        self._connect = connect
        self._folds = False
        self._opened: tuple[int, int] | None = None
        """Which file is open, as the system counts files; `None` where it is only read."""

    def was_begun(self) -> bool:
        """Whether a journal is here, or was here and is gone."""
        return self.path.exists() or self.head.path.exists() or bool(traces(self.path))

    def open(self) -> tuple[sqlite3.Connection, bool]:
        """A connection, and whether its journal was only made by it, so that nothing in it can be damaged."""
        private_dir(self.path.parent)
        for place in (self.path.parent, self.path, self.head.path):
            if (problem := foreign_owner(place)) is not None:
                raise JournalUnusable(f"the journal is not used: {problem}", hint="or name another PJTERM_STATE_DIR")
        need_byte_locks(self._lock)
        if self.path.exists() and (opened := self._connected(self.read_head())) is not None:
            return opened
        with self.folding(BUSY):  # only one process makes it
            if not self.path.exists():
                self._begin_file(self.read_head())
            opened = self._connected(self.read_head(), makes_it=True)
            assert opened is not None
            return opened

    def _connected(self, head: Head | None, makes_it: bool = False) -> tuple[sqlite3.Connection, bool] | None:
        """A connection to a file of this version; `None` where its tables are still to be made, and it may not.

        The head is one read before the file: it may be another process that makes both just now.
        """
        if has_log(self.path) and self.path.stat().st_size == 0:  # SQLite would delete the log
            raise damaged(self.path, [Damage("the file", "was emptied, but its log is here")])
        self._opened = _which(self.path)
        db = self._connect(self.path, timeout=BUSY, isolation_level=None)
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
                self._bring_up_to_date(db, version)
                if not empty:  # the tables of an empty file are not synced yet, and its head must not be ahead of it
                    self.advance(*chain.last(db))
            db.execute("PRAGMA synchronous = FULL")  # what is committed from now on, the tables before it included
        except BaseException:
            db.close()
            raise
        return db, empty and version < schema.VERSION

    def _begin_file(self, head: Head | None) -> None:
        """A new journal may begin only where there never was one."""
        if (found := gone(self.path, head, self.head.path)) is not None:
            raise damaged(self.path, [found])
        self.head.begin()
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, PRIVATE_FILE))  # SQLite would take the umask's mode

    def _version(self, db: sqlite3.Connection, head: Head | None) -> int:
        """The version of its tables. Only a file where none has been is one that a journal may begin in."""
        version = schema.version(db)
        if version == schema.VERSION:
            return version
        if version > schema.VERSION:
            raise damaged(self.path, [Damage("the file", f"{NEWER} (schema {version})")])
        if version >= schema.CHAINED:  # its head, and what is read against it, stay as they are
            return version
        if (found := emptied(db, version, self.path, head, self.read_head)) is not None:
            raise damaged(self.path, [found])
        return version

    def _bring_up_to_date(self, db: sqlite3.Connection, version: int) -> None:
        if version < schema.CHAINED:
            self.head.begin()
        schema.prepare(db, datetime.now(UTC) if self._now is None else self._now())

    def read_head(self) -> Head | None:
        """How far the journal reached; None while there is none. An unreadable one is damage."""
        try:
            return self.head.read()
        except ValueError:
            raise damaged(self.path, [Damage("the head", "is unreadable")]) from None

    def check_in_place(self) -> None:
        """Raise `JournalUnusable` if the file that was opened is not the journal anymore, and its head not its own."""
        with contextlib.suppress(OSError):
            if self._opened in (None, _which(self.path)):
                return
        raise JournalUnusable(
            f"the journal {self.path} was removed or replaced while this command ran",
            hint="see what it holds: pjterm requests list\nthen run the same command again",
        )

    def advance(self, link: int, hash_: str) -> None:
        """Record how far the journal reaches; a head that cannot be written lags behind, which only proves less."""
        self.wrote = True
        with contextlib.suppress(OSError, ValueError):
            self.head.advance(link, hash_, self.path)

    def is_as_left(self) -> bool:
        """Whether only pjterm has written the file and its log since every row was last read."""
        with contextlib.suppress(OSError, ValueError):
            head = self.head.read()
            return head is not None and head.seal == look(self.path)
        return False

    def seal(self, seen: tuple[int, ...]) -> None:
        """Record how the files look; if that cannot be written, the next command reads every row."""
        with contextlib.suppress(OSError, ValueError):
            self.head.seal(seen)

    @contextlib.contextmanager
    def folding(self, patience: float = _FOLDING) -> Iterator[None]:
        """Hold the lock for creating or folding the file; reentrant. Raises `JournalUnusable`, `OSError`."""
        if self._folds:
            yield
            return
        lock = FileLock(self._lock)
        try:
            lock.take(patience)
        except LockHeld as error:
            raise unusable(self.path, error) from error
        self._folds = True
        try:
            yield
        finally:
            self._folds = False
            lock.release()

    def close(self, db: sqlite3.Connection) -> None:
        """Close a connection, and fold what was written into the file, so that a copy of it alone is whole."""
        if not self.wrote and not has_log(self.path):
            db.close()
            return
        try:
            with self.folding():
                as_left = self.is_as_left()  # else what another program wrote would be covered
                with contextlib.suppress(sqlite3.Error):
                    db.execute("PRAGMA wal_checkpoint(PASSIVE)")
                db.close()
                if as_left:
                    self.seal(look(self.path))
        except (JournalUnusable, OSError):  # another process folds, or it cannot be written: the next command does it
            db.close()


def _which(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino
