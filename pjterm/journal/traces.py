"""What an earlier journal left behind, which decides whether a new one may begin in its place."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from pjterm.journal import schema
from pjterm.journal.faults import Damage
from pjterm.journal.head import Head, log_of


def traces(path: Path) -> list[Path]:
    """The files beside `path` that only a journal leaves there: its log, its owners, or what was set aside."""
    left = [log_of(path), path.with_name("journal.owners")]
    return [p for p in left if p.exists()] + set_aside(path)


def has_log(path: Path) -> bool:
    """Whether the log holds writes that are not folded into the file yet."""
    try:
        return log_of(path).stat().st_size > 0
    except OSError:
        return False


def set_aside(path: Path) -> list[Path]:
    """Journals that were set aside as damaged, oldest first; of one that was lost, its log."""
    try:
        names = os.listdir(path.parent)  # compiling a glob takes as long as creating half the tables
    except OSError:
        return []
    broken = {n for n in names if n.startswith("journal.broken-")}
    logs = {n for n in broken if n.endswith("-wal") and n.removesuffix("-wal") not in broken}
    return sorted(path.with_name(n) for n in logs | {n for n in broken if n.endswith(".sqlite")})


def gone(path: Path, head: Head | None, head_file: Path) -> Damage | None:
    """The damage if the file is missing: a journal may begin only where there never was one."""
    left = [head_file] if head is not None and head.link > 0 else traces(path) if head is None else []
    if left and not path.exists():  # checked again: another process may be creating it right now
        return Damage("the file", f"is gone, but {left[0].name} is here")
    return None


def emptied(
    db: sqlite3.Connection, version: int, path: Path, head: Head | None, read_again: Callable[[], Head | None]
) -> Damage | None:
    """The damage if the file has no chain: it may be an old one, or one in which none has been.

    The head was read before the file, so if it was missing it is read again.
    """
    if head is not None and head.link > 0:
        says = "was emptied" if version == 0 else f"is an old copy: its head is at link {head.link}, it has none"
        return Damage("the file", says)
    if version == 0 and schema.is_foreign(db):
        return Damage("the file", "is the database of another program")
    if version == 0 and head is None and (left := traces(path)) and read_again() is None:
        return Damage("the file", f"was emptied, but {left[0].name} is here")
    return None
