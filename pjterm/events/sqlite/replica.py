"""A local copy of a log that is kept elsewhere, under cursors of its own.

How far the copy has come is stored beside the events and committed with them, so a copy that is killed
resumes where it stopped. The copy decides about repeats: the log may bring a delivery twice, the copy
stores it once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from pjterm.events.event import Arrival, Event
from pjterm.events.sqlite.checkpoint import Checkpointer
from pjterm.events.sqlite.connections import named
from pjterm.events.sqlite.group import plan_repeats
from pjterm.events.sqlite.store import SqliteStore
from pjterm.events.store import Kept

_SCHEMA = """
CREATE TABLE IF NOT EXISTS feed (log TEXT PRIMARY KEY, sequence INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hole (cursor INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS feed_time (log TEXT PRIMARY KEY, at_us INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS restore (after INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS typed (log TEXT, sequence INTEGER, at_us INTEGER, PRIMARY KEY (log, sequence)) WITHOUT ROWID;
"""


class Message(NamedTuple):
    """A message of the log: its sequence number, and the arrival in it (None: it is not from a pjterm relay).

    `own` means that this relay received it from the sender; `restored`, that a relay put back what the
    log had lost, which does not count as a delivery.
    """

    sequence: int
    arrival: Arrival | None
    own: bool = False
    restored: bool = False
    at_us: int = 0
    """When the log took it, in microseconds: together with `sequence` it identifies one message."""


class Replica(SqliteStore):
    """The events of a log, stored in one SQLite file like those of a single relay."""

    def __init__(self, path: Path, max_bytes: int | None = None) -> None:
        super().__init__(path, synced=False, max_bytes=max_bytes)
        try:
            with self._transaction() as db:
                for statement in _SCHEMA.strip().split("\n"):
                    db.execute(statement)
            with named(path):
                self._checkpointer = Checkpointer(self._writer, self._connect_whole)
            self._checkpointer.start()
        except BaseException:
            super().close()
            raise
        self._broken: Callable[[], None] = lambda: None

    def listen(self, on_new: Callable[[Sequence[Event]], None], broken: Callable[[], None]) -> None:
        super().listen(on_new, broken)
        self._broken = broken

    def close(self) -> None:
        self._checkpointer.end()
        super().close()

    def sequence(self, log: str) -> int:
        """The last message of this log that was applied; 0 if none was."""
        with self._transaction() as db:
            row = db.execute("SELECT sequence FROM feed WHERE log = ?", (log,)).fetchone()
        return int(row[0]) if row else 0

    def taken_at(self, log: str) -> int | None:
        """When this log took the last message that was applied, in microseconds; None if that is not known."""
        with self._transaction() as db:
            row = db.execute("SELECT at_us FROM feed_time WHERE log = ?", (log,)).fetchone()
        return int(row[0]) if row else None

    def go_back(self, log: str, sequence: int, restore_after: int) -> None:
        """Apply this log again from `sequence` on; the events after `restore_after` must be put back into it."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO feed VALUES (?, ?)", (log, sequence))
            db.execute("DELETE FROM feed_time WHERE log = ?", (log,))
            db.execute("INSERT INTO restore VALUES (?)", (max(0, restore_after),))

    def to_restore(self) -> tuple[int, int] | None:
        """The cursor after which events must be put back into the log, and a number for `is_restored`."""
        with self._transaction() as db:
            after, number = db.execute("SELECT min(after), max(rowid) FROM restore").fetchone()
        return None if after is None else (int(after), int(number))

    def is_restored(self, number: int) -> None:
        """Record that they are back; a loss after this number was given is not covered by it."""
        with self._transaction() as db:
            db.execute("DELETE FROM restore WHERE rowid <= ?", (number,))

    def apply(self, log: str, messages: Sequence[Message]) -> list[Kept | None]:
        """Store these messages' events, and how far the log has been read, in one commit."""
        arrivals = [m.arrival for m in messages if m.arrival is not None]
        counted = [not m.restored for m in messages if m.arrival is not None]
        with self._writing:
            decided = self._plan(arrivals, counted)
            with self._transaction() as db:
                self._write(db, decided)
                self._note_verified(db, (m.arrival for m in messages if m.arrival is not None and m.own))
                typed = [(log, m.sequence, m.at_us) for m in messages if m.arrival is not None and m.arrival.private]
                db.executemany("INSERT OR REPLACE INTO typed VALUES (?, ?, ?)", typed)
                db.execute("INSERT OR REPLACE INTO feed VALUES (?, ?)", (log, messages[-1].sequence))
                db.execute("INSERT OR REPLACE INTO feed_time VALUES (?, ?)", (log, messages[-1].at_us))
            self._written_down(decided, arrivals)
        self._checkpointer.committed(len(messages))
        became = iter(decided.kept)
        return [None if m.arrival is None else next(became) for m in messages]

    def typed_before(self, log: str, ms: int, limit: int) -> list[int]:
        """Messages that this log took before `ms`, that may hold what a customer typed, and that it still has."""
        query = "SELECT sequence FROM typed WHERE log = ? AND at_us < ? ORDER BY sequence LIMIT ?"
        with self._transaction() as db:
            return [sequence for (sequence,) in db.execute(query, (log, ms * 1000, limit))]

    def is_wiped(self, log: str, sequence: int) -> None:
        """Record that the log no longer has this message."""
        with self._transaction() as db:
            db.execute("DELETE FROM typed WHERE log = ? AND sequence = ?", (log, sequence))

    def again(self, arrivals: Sequence[Arrival]) -> list[Kept | None]:
        """Count deliveries that the log refused as repeats; None for each whose event is not here."""
        with self._writing:
            with named(self.path):
                kept, repeats = plan_repeats(self._with_index(lambda: self._look_up(arrivals)))
            with self._transaction() as db:
                self._note_repeats(db, repeats)
                self._note_verified(db, arrivals)
        return kept

    def break_here(self, log: str, sequence: int) -> None:
        """Record that the log lost what came between the last message applied here and this one.

        One cursor is skipped, so that a follower who resumes before it learns of the gap.
        """
        with self._transaction() as db:
            newest = self._newest(db)
            if newest:
                db.execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'event'")
                db.execute("INSERT INTO hole VALUES (?)", (newest + 2,))
            db.execute("INSERT OR REPLACE INTO feed VALUES (?, ?)", (log, sequence))
        if newest:
            self._newest_written = newest + 1
            self._holes = [*self._holes, newest + 2]
            self._broken()
