"""This till's own record: every sale under its key, and each fact seen about it.

An entry is written and synced before the POST leaves; the request id right after the answer; each
fact as it is seen; the verdict when it is proven. Guards and the new entry are one transaction. Where the
file cannot be written, or is not as pjterm left it, `JournalUnusable` is raised, and no money command goes out.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pjterm.core.entry import OWNING, UNRESOLVED, Entry, NewEntry
from pjterm.core.evidence.facts import Sent
from pjterm.core.model import Outcome, Verdict
from pjterm.core.times import precise, shifted
from pjterm.core.verdicts.precedence import keeps_time, replaces, says
from pjterm.journal.file import JournalFile
from pjterm.journal.owners import Owners
from pjterm.journal.queries import Queries
from pjterm.journal.retention import shorten_typed
from pjterm.journal.rows import IS_UNRESOLVED, changes_by, columns_of, text_of
from pjterm.values import dataclass

if TYPE_CHECKING:  # reading a list of entries needs no facts
    from pjterm.core.evidence.facts import Fact
    from pjterm.core.jump import Jump

_UNLESS_PROVEN = f"CASE WHEN outcome IN ({', '.join(repr(o.value) for o in OWNING)}) THEN transaction_id ELSE ? END"
"""Another process may have proven meanwhile which one it is."""


@dataclass(frozen=True, slots=True)
class Resetting:
    """A POST /main that is about to leave: when, and the earlier reset time of each entry."""

    at: str
    before: Mapping[int, str | None]


class Journal(Queries):
    """The journal of one state directory. Opens its file on first use.

    With `now`, opening the file, even to read, shortens what is kept for only a day. Callers use a
    clock that never jumps; what is stored has wall time, which is `ahead` of it, and the wall clock
    may have been set since an earlier process wrote: `jump`.
    """

    def __init__(
        self,
        directory: Path,
        *,
        now: Callable[[], datetime] | None = None,
        ahead: Callable[[], timedelta] = timedelta,
        jump: Callable[[], Jump | None] = lambda: None,
        owners: Owners | None = None,
        connect: Callable[..., sqlite3.Connection] = sqlite3.connect,
        file: Callable[..., JournalFile] = JournalFile,
    ) -> None:
        super().__init__(file(directory / "journal.sqlite", now, connect), ahead, jump)
        self.path = self.file.path
        self.owners = owners or Owners(directory / "journal.owners")

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    def was_begun(self) -> bool:
        """Whether a journal exists, or existed and is gone."""
        return self.file.place.was_begun()

    def check_sound(self) -> None:
        """Raise `JournalDamaged` if the journal is not as pjterm left it; needs no lock."""
        self.file.check_sound()

    def check_writable(self) -> None:
        """Raise `JournalUnusable` now rather than after a POST: looks for damage, takes and releases the lock."""
        with self._writing():
            pass

    def _writing(self) -> contextlib.AbstractContextManager[sqlite3.Connection]:
        return self.file.writing()

    @contextlib.contextmanager
    def transaction(self, now: datetime) -> Iterator[Journal]:
        """Make the reads and writes inside one: of two processes, the second sees what the first wrote."""
        with self._writing() as db:
            shorten_typed(db, now + self._ahead())
            yield self

    def add(self, new_entry: NewEntry, now: datetime, prior_ids: frozenset[int] = frozenset()) -> Entry:
        """Write the entry of a first try, with the fact that its POST is about to leave."""
        at = now + self._ahead()
        values = columns_of(new_entry, at, prior_ids)
        with self._writing() as db:
            names = ", ".join(values)
            marks = ", ".join(f":{name}" for name in values)
            entry_id = db.execute(f"INSERT INTO entries ({names}) VALUES ({marks})", values).lastrowid
            assert entry_id is not None
            self._add_fact(db, entry_id, 1, Sent(at, new_entry.terms))
            self.owners.claim(entry_id)
            return self._one(entry_id)

    def try_again(self, entry: Entry, now: datetime, prior_ids: frozenset[int], new: NewEntry | None = None) -> Entry:
        """A new try under the same key and invoice number; guards count from now.

        It may go to another reader, and a refund of all that is left may have other amounts by now.
        """
        begun = now + self._ahead()
        at = precise(begun)
        prior = json.dumps(sorted(entry.prior_ids | prior_ids))
        with self._writing() as db:
            db.execute(
                "UPDATE entries SET attempt = attempt + 1, prior_ids = ?, started_at = ?, sent_at = ?,"
                " request_id = NULL, status = NULL, outcome = NULL, says = NULL, transaction_id = NULL,"
                " transaction_json = NULL, result_at = NULL, finished_at = NULL, reset_at = NULL,"
                " printed_at = NULL WHERE id = ?",
                (prior, at, at, entry.id),
            )
            if new is not None:
                place = (new.terminal.name, new.terminal.smart_terminal_id, new.terminal.terminal_id)
                db.execute(
                    "UPDATE entries SET amount = coalesce(?, amount), total = coalesce(?, total), terminal_name = ?,"
                    " smart_terminal_id = ?, terminal_id = ?, fingerprint = ?, operator = ? WHERE id = ?",
                    (text_of(new.amount), text_of(new.total), *place, new.fingerprint, new.by, entry.id),
                )
            self._add_fact(db, entry.id, entry.attempt + 1, Sent(begun, None if new is None else new.terms))
            self.owners.claim(entry.id)
            return self._one(entry.id)

    def adopt(self, new_entry: NewEntry, now: datetime, facts: Iterable[Fact]) -> Entry:
        """Write an entry for a sale that a search found before any POST of ours."""
        with self._writing() as db:
            there = self.by_key(new_entry.scope, new_entry.key)
            if there is not None:  # another process with this key found the same just now
                return there
            entry = self.add(new_entry, now)
            db.execute("UPDATE entries SET sent_at = NULL WHERE id = ?", (entry.id,))
            db.execute("DELETE FROM facts WHERE entry_id = ?", (entry.id,))
            for fact in facts:
                self._add_fact(db, entry.id, 1, shifted(fact, self._ahead()))
            return self._one(entry.id)

    def note(self, entry: Entry, fact: Fact) -> None:
        """Store one fact, synced, and what it changes in the entry unless a newer try has begun meanwhile."""
        with self._writing() as db:
            kept = shifted(fact, self._ahead())
            self._add_fact(db, entry.id, entry.attempt, kept)
            changes = {name: value for name, value in changes_by(kept).items() if value is not None}  # else it stays
            if entry.kind.is_change:  # what it is about is proven, whatever an answer names
                changes.pop("transaction_id", None)
            if changes:
                sets = ", ".join(f"{name} = {_UNLESS_PROVEN if name == 'transaction_id' else '?'}" for name in changes)
                which = (entry.id, entry.attempt)
                db.execute(f"UPDATE entries SET {sets} WHERE id = ? AND attempt = ?", (*changes.values(), *which))

    def record(
        self,
        entry: Entry,
        verdict: Verdict,
        now: datetime,
        *,
        proven_at: datetime | None = None,
        contradicts: bool = False,
        over: Outcome | None = None,
    ) -> Entry:
        """Record a verdict unless the stored one stands (`replaces`), and return the entry as it then is.

        A verdict on an earlier try changes nothing of a newer one.
        """
        booked = verdict.transaction
        proven = None if verdict.outcome in UNRESOLVED else self._text(proven_at or now)
        with self._writing() as db:
            stored = self._one(entry.id)
            if stored.attempt != entry.attempt or not replaces(stored, verdict, contradicts=contradicts, over=over):
                return stored
            db.execute(
                "UPDATE entries SET outcome = ?, says = ?, transaction_id = coalesce(?, transaction_id),"
                " transaction_json = coalesce(?, transaction_json),"
                " result_at = coalesce(CASE WHEN ? THEN result_at END, ?), finished_at = ? WHERE id = ?",
                (verdict.outcome.value, says(stored, verdict), None if booked is None else booked.transaction_id,
                 None if booked is None else json.dumps(booked.raw), keeps_time(stored, verdict), proven,
                 self._text(now), entry.id),
            )  # fmt: skip
            return self._one(entry.id)

    def reopen(self, entry: Entry) -> None:
        """Reopen an entry that had not ended after all."""
        with self._writing() as db:
            db.execute(
                "UPDATE entries SET outcome = NULL, says = NULL, result_at = NULL, finished_at = NULL"
                " WHERE id = ? AND attempt = ?",
                (entry.id, entry.attempt),
            )

    def begin_reset(self, smart_terminal_id: str, at: datetime) -> Resetting:
        """Before a POST /main: it may end what is unresolved on this reader, even if its answer is lost."""
        with self._writing() as db:
            there = f"SELECT id, reset_at FROM entries WHERE smart_terminal_id = ? AND {IS_UNRESOLVED}"
            rows = db.execute(there, (smart_terminal_id,)).fetchall()
            resetting = Resetting(self._text(at), {row["id"]: row["reset_at"] for row in rows})
            self._set_reset(db, resetting.before, dict.fromkeys(resetting.before, resetting.at))
        return resetting

    def end_reset(self, resetting: Resetting, done_at: datetime | None) -> None:
        """After it: when it was done, or None if it certainly was not."""
        done = None if done_at is None else self._text(done_at)
        with self._writing() as db:
            began = dict.fromkeys(resetting.before, resetting.at)
            self._set_reset(db, began, {id_: done or was for id_, was in resetting.before.items()})

    def _set_reset(
        self, db: sqlite3.Connection, before: Mapping[int, str | None], after: Mapping[int, str | None]
    ) -> None:
        """Change the times of a reset, unless another process did so meanwhile."""
        for id_, was in before.items():
            change = "UPDATE entries SET reset_at = ? WHERE id = ? AND reset_at IS ?"
            db.execute(change, (after[id_], id_, was))

    def mark_shown(self, entry: Entry, now: datetime) -> None:
        """Record that the outcome was shown to the user, unless a newer try has begun meanwhile."""
        with self._writing() as db:
            db.execute(
                "UPDATE entries SET printed_at = coalesce(printed_at, ?) WHERE id = ? AND attempt = ?",
                (self._text(now), entry.id, entry.attempt),
            )

    def saved_signature(self, entry: Entry, path: str) -> None:
        """Remember where the image of a signature was saved, unless a newer try has begun meanwhile."""
        with self._writing() as db:
            change = "UPDATE entries SET signature_file = ? WHERE id = ? AND attempt = ?"
            db.execute(change, (path, entry.id, entry.attempt))

    def _add_fact(self, db: sqlite3.Connection, entry_id: int, attempt: int, fact: Fact) -> None:
        from pjterm.core.evidence.fact_codec import write

        kind, text = write(fact)
        insert = "INSERT INTO facts (entry_id, attempt, type, fact) VALUES (?, ?, ?, ?)"
        db.execute(insert, (entry_id, attempt, kind, text))
