"""Accepting a damaged journal as it is, and copying a sound one."""

from __future__ import annotations

import os
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

from pjterm.core.times import precise
from pjterm.errors import GuardRefused, JournalDamaged, UsageFault, reason
from pjterm.journal import chain, close_marks, schema
from pjterm.journal.audit import Audit, read_through
from pjterm.journal.file import JournalFile
from pjterm.journal.head import Head, HeadFile
from pjterm.journal.retention import shorten_all
from pjterm.journal.traces import has_log, set_aside
from pjterm.system.files import PRIVATE_FILE, private_dir


def examine(file: JournalFile) -> tuple[Audit | None, tuple[str, ...]]:
    """All that is wrong with a journal, and how far it could be read."""
    try:
        audit = file.audit()
    except JournalDamaged as error:
        return None, error.found
    return audit, tuple(str(d) for d in audit.damage)


def accept(file: JournalFile, now: datetime) -> Path | None:
    """Continue with the journal as it is now: what was wrong is recorded in it, and no longer counts.

    If it cannot be read, it is set aside, and a new one begins; if rows cannot be read, a copy is set aside, and they
    are removed, because every command that reads them would fail. The path of what was set aside is
    returned: of a journal that was lost, its log; None where nothing was left.
    """
    _, found = examine(file)
    file.close()
    file, head = file.plain(), file.place.head
    mark: dict[str, Any] = {"accepted": precise(now), "found": list(found)}
    aside = file.path.with_name(f"journal.broken-{now.astimezone():%Y%m%d-%H%M%S}-{os.getpid()}.sqlite")
    with file.place.folding():
        file.place.head = HeadFile(head.path.with_name("journal.head.accepting"))
        file.place.head.replace(Head())  # its own stays until all is done: else a half would pass for the whole
        try:
            audit = _readable(file)
            keeps_all = audit is not None and not any(_lost(file.opened(), audit))
            if audit is None:
                _set_aside(file, aside)
            elif not keeps_all:
                _copy(file.opened(), aside, audit)
            kept = next((p for p in set_aside(file.path) if p.name.startswith(aside.name)), None)
            if kept is not None:
                mark["setAside"] = kept.name
            reached = _marked(file.opened(), mark)
        except (sqlite3.Error, OSError) as error:
            raise file.named(error) from error
        head.replace(Head(*reached))
        file.place.head.path.unlink()
        file.place.head = head
    file.close()
    return kept


def _marked(db: sqlite3.Connection, mark: dict[str, Any]) -> tuple[int, str]:
    """Write down what was accepted, in one transaction; how far the chain reaches then."""
    db.execute("BEGIN IMMEDIATE")
    try:
        with chain.lossless(db):
            audit = read_through(db, Head())
            lost = _lost(db, audit)
            for table, ids in zip(("entries", "facts", "closes"), lost, strict=True):
                db.executemany(f"DELETE FROM {table} WHERE id = ?", [(id_,) for id_ in ids])
            chain.add_mark(db, mark)
            chain.add_links(db, {d.entry_id for d in audit.damage if d.entry_id and not d.fact_id}, ())
            for fact_id in {d.fact_id for d in audit.damage if d.fact_id} | lost[1]:
                chain.relink_fact(db, fact_id)
            close_marks.mark_again(db, audit.marks)
            reached = chain.last(db)
    except BaseException:
        schema.take_back(db)
        raise
    db.execute("COMMIT")
    return reached


def _lost(db: sqlite3.Connection, audit: Audit) -> tuple[set[int], set[int], set[int]]:
    """Entries, facts and closes that no command could read, and the facts of lost entries.

    The id of a lost entry is given again, and its facts would be taken for those of the new one.
    """
    unreadable = [d for d in audit.damage if not d.readable]
    entries = {d.entry_id for d in unreadable if d.entry_id and not d.fact_id}
    facts = {d.fact_id for d in unreadable if d.fact_id}
    left = {row["id"] for row in db.execute("SELECT id FROM entries")} - entries
    facts |= {row["id"] for row in db.execute("SELECT id, entry_id FROM facts") if row["entry_id"] not in left}
    return entries, facts, {d.close_id for d in unreadable if d.close_id}


def backup(file: JournalFile, target: Path) -> tuple[str, ...]:
    """A whole copy in one file, including what is still in the log; an existing file is not replaced.

    All that is wrong with the journal, and so with its copy, is returned.
    """
    if target.exists():
        raise GuardRefused(f"{target} is there already; nothing was written", hint="name another file", code="exists")
    source, (audit, found) = file.opened(), examine(file)
    beside = target.with_name(f".{target.name}.new-{os.urandom(6).hex()}")
    try:
        private_dir(target.parent)
        _copy(source, beside, audit)
        os.rename(beside, target)
    except (sqlite3.Error, OSError) as error:
        beside.unlink(missing_ok=True)
        raise UsageFault(f"{target} cannot be written: {reason(error)}") from error
    return found


def _copy(source: sqlite3.Connection, target: Path, audit: Audit | None) -> None:
    """A copy is kept for years: it holds of what was typed what the journal holds of it after a day."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE_FILE))
    copy = sqlite3.connect(target)
    try:
        source.backup(copy)
        copy.row_factory = sqlite3.Row
        copy.execute("PRAGMA journal_mode = DELETE")
        copy.execute("PRAGMA secure_delete = ON")
        damage = [] if audit is None else audit.damage
        try:
            with chain.lossless(copy), copy:
                chain.add_links(copy, shorten_all(copy) - {d.entry_id for d in damage}, ())
        except sqlite3.Error:
            if audit is not None and not damage:
                raise  # a damaged one is kept as it can be
    finally:
        copy.close()


def _readable(file: JournalFile) -> Audit | None:
    """What is in a journal, as far as it can be read at all."""
    if has_log(file.path) and (not file.path.exists() or file.path.stat().st_size == 0):
        return None
    try:
        db = file.opened()
        audit = read_through(db, Head())
        if _is_inconsistent(audit):
            db.execute("REINDEX")  # rows that an index does not find may all be sound
            audit = read_through(db, Head())
    except (JournalDamaged, sqlite3.DatabaseError, ValueError) as error:
        if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_FULL")):
            raise  # nothing is wrong with it
        return None
    return None if _is_inconsistent(audit) else audit


def _is_inconsistent(audit: Audit) -> bool:
    return any(d.about == "the file" for d in audit.damage)


def _set_aside(file: JournalFile, aside: Path) -> None:
    """Keep a broken journal under another name: its sales may still be readable."""
    file.drop()
    for suffix in ("", "-wal", "-shm"):
        part = Path(f"{file.path}{suffix}")
        if os.path.lexists(part):
            part.rename(f"{aside}{suffix}")
