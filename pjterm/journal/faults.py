"""Describes what is wrong with the journal: damage, and files or locks that are out of reach."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pjterm.errors import JournalDamaged, JournalUnusable, reason
from pjterm.system.files import access_problem
from pjterm.system.locks import ANOTHER_PROCESS, NO_LOCKS, LockHeld, holder_of
from pjterm.values import dataclass

_NAMED = 3  # how many damages a message names
_NO_ROOM = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")  # the second: for the file through which its users share the log
NEWER = "was written by a newer pjterm"
UPDATE = "update pjterm (or PJTERM_STATE_DIR names another directory)"
UNREADABLE = (ValueError, TypeError, ArithmeticError, AssertionError, LookupError)
"""What reading a row raises that holds something pjterm never writes."""
UNWRITABLE = (errno.EACCES, errno.EDQUOT, errno.ENOSPC, errno.EPERM, errno.EROFS)


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is not as pjterm left it: which, and how it differs."""

    about: str
    says: str
    key: str | None = None
    entry_id: int | None = None
    fact_id: int | None = None
    close_id: int | None = None
    readable: bool = True
    """False of a row that no command could read, even if it were accepted."""

    def __str__(self) -> str:
        key = "" if self.key is None else f" (key {self.key})"
        return f"{self.about}{key} {self.says}".encode(errors="backslashreplace").decode()


def misfit(about: str, expected: str | None, *, readable: bool, **row: Any) -> Damage:
    """The damage of a row that does not have the digest that its newest link says."""
    says = "was changed by another program" if expected else "was added by another program"
    return Damage(about, says if readable else f"{says}, and cannot be read", readable=readable, **row)


def is_corrupt(error: Exception) -> bool:
    """Whether the file itself is broken, rather than out of reach."""
    name = getattr(error, "sqlite_errorname", "")
    signs = ("no such table", "no such column", "duplicate column", "already exists", "unsupported file format")
    broken = name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or any(sign in str(error) for sign in signs)
    return broken or isinstance(error, ValueError)  # invalid text in it, for example


def is_unwritable(error: Exception) -> bool:
    """Whether there is no room, or no right, to write where the file is."""
    name = getattr(error, "sqlite_errorname", "")
    refused = name.startswith(("SQLITE_CANTOPEN", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY"))
    return refused or getattr(error, "errno", None) in UNWRITABLE


def is_newer(found: Iterable[str]) -> bool:
    """Whether it is no damage, but a journal that a newer pjterm can read, so that accepting it is the last resort."""
    return any(says.startswith(f"the file {NEWER}") for says in found)


def damaged(path: Path, found: Sequence[Damage]) -> JournalDamaged:
    """The refusal to go on with a journal that is not as pjterm left it."""
    named = "; ".join(str(d) for d in found[:_NAMED])
    more = f"; and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    is_, hint = "is damaged", "see what was sold: pjterm transactions list\nthen: pjterm journal accept"
    if is_newer(all_ := tuple(map(str, found))):
        is_, hint = "cannot be read", UPDATE
    error = JournalDamaged(f"the journal {path} {is_}: {named}{more}", hint=hint)
    error.found = all_
    return error


def unusable(path: Path, error: Exception) -> JournalUnusable:
    """The journal cannot be used: locked and by whom, not writable, or no room on the disk."""
    if isinstance(error, JournalUnusable):
        return error
    name = getattr(error, "sqlite_errorname", "")
    held = reason(error) if isinstance(error, LockHeld) else None
    if name.startswith("SQLITE_BUSY") or "locked" in str(error):
        held = f"{_holder(path)} has it locked"
    if held is not None:
        return JournalUnusable(
            f"the journal {path} is in use: {held}",
            hint="end that process, or wait for it; then run the same command again",
        )
    number = getattr(error, "errno", None)
    full, says = name.startswith(_NO_ROOM) or number in (errno.ENOSPC, errno.EDQUOT), reason(error)
    problem = None if full else access_problem(path)
    if not full and problem is None and is_unwritable(error) and _is_full(path):
        full, says = True, "its disk is full"
    hint = "make room" if full else "mend the rights" if problem else "see to the disk"
    if number in NO_LOCKS:
        problem, hint = None, "use a local disk"
    return JournalUnusable(
        f"the journal {path} cannot be used: {says}" + (f"; {problem}" if problem else ""),
        hint=f"{hint}, then run the same command again (PJTERM_STATE_DIR names another directory)",
    )


def _is_full(path: Path) -> bool:
    """Whether there is no room for the file through which a database's users share the log: SQLite says "readonly"."""
    from shutil import disk_usage

    try:
        return disk_usage(os.path.dirname(os.path.realpath(path))).free < 2**16
    except OSError:
        return False


def _holder(path: Path) -> str:
    """Who has SQLite's lock, in WAL mode on the `-shm` file; opening and closing it would drop our own locks."""
    for name in (f"{os.path.realpath(path)}-shm", path):
        with contextlib.suppress(OSError):
            found = holder_of(os.stat(name))
            if found != ANOTHER_PROCESS:
                return found
    return ANOTHER_PROCESS
