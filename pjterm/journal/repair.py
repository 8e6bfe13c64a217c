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
from pjterm.journal.traces import has_log
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

    If it cannot be read, it is set aside, and a new one begins; the path of the old one is returned.
    """
    _, found = examine(file)
    file.close()
    file, head = file.plain(), file.place.head
    mark = {"accepted": precise(now), "found": list(found)}
    with file.place.folding():
        file.place.head = HeadFile(head.path.with_name("journal.head.accepting"))
        file.place.head.replace(Head())  # its own stays until all is done: else a half would pass for the whole
        aside = None if _is_readable(file) else _set_aside(file, now)
        if aside is not None:
            mark["setAside"] = aside.name
        try:
            reached = _marked(file.opened(), mark)
        except sqlite3.Error as error:
            raise file.named(error) from error
        head.replace(Head(*reached))
        file.place.head.path.unlink()
        file.place.head = head
    file.close()
    return aside


def _marked(db: sqlite3.Connection, mark: dict[str, Any]) -> tuple[int, str]:
    """Write down what was accepted, in one transaction; how far the chain reaches then."""
    db.execute("BEGIN IMMEDIATE")
    try:
        audit = read_through(db, Head())
        chain.add_mark(db, mark)
        chain.add_links(db, {d.entry_id for d in audit.damage if d.entry_id and not d.fact_id}, ())
        for fact_id in {d.fact_id for d in audit.damage if d.fact_id}:
            chain.relink_fact(db, fact_id)
        close_marks.mark_again(db, audit.marks)
        reached = chain.last(db)
    except BaseException:
        schema.take_back(db)
        raise
    db.execute("COMMIT")
    return reached


def backup(file: JournalFile, target: Path) -> None:
    """A whole copy in one file, including what is still in the log; an existing file is not replaced."""
    if target.exists():
        raise GuardRefused(f"{target} is there already; nothing was written", hint="name another file", code="exists")
    source = file.opened()
    beside = target.with_name(f".{target.name}.new-{os.urandom(6).hex()}")
    try:
        private_dir(target.parent)
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE_FILE))
        copy = sqlite3.connect(beside)
        try:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        finally:
            copy.close()
        os.rename(beside, target)
    except (sqlite3.Error, OSError) as error:
        beside.unlink(missing_ok=True)
        raise UsageFault(f"{target} cannot be written: {reason(error)}") from error


def _is_readable(file: JournalFile) -> bool:
    if not file.path.exists() or file.path.stat().st_size == 0:
        return not has_log(file.path)
    try:
        return not any(d.about == "the file" for d in read_through(file.opened(), Head()).damage)
    except (JournalDamaged, sqlite3.DatabaseError, ValueError):
        return False


def _set_aside(file: JournalFile, now: datetime) -> Path:
    """Keep a broken journal under another name: its sales may still be readable."""
    file.drop()
    aside = file.path.with_name(f"journal.broken-{now.astimezone():%Y%m%d-%H%M%S}-{os.getpid()}.sqlite")
    for suffix in ("", "-wal", "-shm"):
        part = Path(f"{file.path}{suffix}")
        if os.path.lexists(part):
            part.rename(f"{aside}{suffix}")
    return aside
