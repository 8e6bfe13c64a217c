"""The file of the journal: opened on first use, written in transactions, its faults named.

Several processes use the file at once. A file that is no database any more is set aside under a new name,
never deleted.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pjterm.core.times import precise
from pjterm.errors import JournalUnusable
from pjterm.journal import schema
from pjterm.system.files import PRIVATE_FILE, private_dir
from pjterm.system.locks import FileLock

_KEPT_FOR = timedelta(hours=24)  # typed numbers and track data; afterwards their last two characters
_BUSY = 10.0  # seconds to wait for another process's write


class JournalFile:
    """One SQLite file, mode 0600. With `now`, whoever opens it shortens what is kept for a day only."""

    def __init__(
        self,
        path: Path,
        notice: Callable[[str], None],
        now: Callable[[], datetime] | None,
        connect: Callable[..., sqlite3.Connection],
    ) -> None:
        self.path = path
        self._notice = notice
        self._now = now
        self._connect = connect
        self._db: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the file."""
        if self._db is not None:
            self._db.close()
            self._db = None

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, synced at its end; inside another it is part of that one."""
        db = self._opened()
        if db.in_transaction:
            yield db
            return
        try:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
        except sqlite3.Error as error:
            if db.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
            raise self._unusable(error) from error

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """What a query finds."""
        try:
            return self._opened().execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    # -- opening ------------------------------------------------------------------------------------

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            try:
                self._db = self._open()
            except sqlite3.DatabaseError as error:
                if not _is_corrupt(error):
                    raise self._unusable(error) from error
                self._db = self._open_anew()
            except OSError as error:
                raise self._unusable(error) from error
        return self._db

    def _open(self) -> sqlite3.Connection:
        private_dir(self.path.parent)
        if not self.path.exists():  # SQLite would create it with the umask's mode
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, PRIVATE_FILE))
        db = self._connect(self.path, timeout=_BUSY, isolation_level=None)
        try:
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            schema.prepare(db, self.path)
            db.execute("SELECT 1 FROM entries LIMIT 1").fetchone()
            if self._now is not None:
                shorten(db, self._now())
        except BaseException:
            db.close()
            raise
        return db

    def _open_anew(self) -> sqlite3.Connection:
        """Set a broken file aside and begin a new one.

        Under a lock: of two processes that find it broken, the second must not set the new one aside.
        """
        try:
            with FileLock(self.path.with_name("journal.lock")):
                try:
                    return self._open()
                except sqlite3.DatabaseError as error:
                    if not _is_corrupt(error):
                        raise
                self._set_aside()
                return self._open()
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from error

    def _set_aside(self) -> None:
        """Keep a broken file under another name: it may still be read for what was sold."""
        stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        aside = self.path.with_name(f"journal.broken-{stamp}-{os.getpid()}.sqlite")
        for suffix in ("", "-wal", "-shm"):
            part = self.path.with_name(self.path.name + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
        self._notice(
            f"the journal was no readable database; it was set aside as {aside} and a new one begun. "
            "Look at recent sales before charging again: pjterm transactions list"
        )

    def _unusable(self, error: Exception) -> JournalUnusable:
        if isinstance(error, JournalUnusable):
            return error
        return JournalUnusable(
            f"the journal {self.path} cannot be used: {error}",
            hint="free space or mend its rights, then run the same command again "
            "(PJTERM_STATE_DIR names another directory)",
        )


def shorten(db: sqlite3.Connection, now: datetime) -> None:
    """After a day only the last two characters of typed numbers and track data stay."""
    which = "WHERE (length(input_value) > 2 OR length(read_data) > 2) AND started_at < ?"
    before = (precise(now - _KEPT_FOR),)
    if db.execute(f"SELECT 1 FROM entries {which} LIMIT 1", before).fetchone():  # else there is no lock to wait for
        change = "UPDATE entries SET input_value = substr(input_value, -2), read_data = substr(read_data, -2)"
        db.execute(f"{change} {which}", before)


def _is_corrupt(error: sqlite3.DatabaseError) -> bool:
    name = getattr(error, "sqlite_errorname", "")
    return name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or "no such table" in str(error)
