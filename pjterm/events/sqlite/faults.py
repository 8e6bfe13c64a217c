"""Why an event store cannot be used, in plain words: SQLite calls a full disk by several names."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

from pjterm.errors import Unavailable
from pjterm.system.files import access_problem

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
MAKE_ROOM = "make room on that disk"
_FULL = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")  # the second: for the file through which its users share the log
_OUT_OF_REACH = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM")
_LEAST = 65_536  # bytes: that file alone takes 32,768, and SQLite names whatever it could not do without it


def free_bytes(path: Path) -> int:
    """How much room there is where a file lies; none where no further file fits."""
    if sys.platform == "win32":
        return shutil.disk_usage(path.parent).free
    found = os.statvfs(path.parent)
    no_more_files = found.f_files > 0 and found.f_favail == 0  # some file systems do not count them
    return 0 if no_more_files else found.f_bavail * found.f_frsize


def is_full(path: Path, free: Callable[[Path], int] = free_bytes) -> bool:
    """Whether its disk has no room left for what a store needs."""
    try:
        return free(path) < _LEAST
    except OSError:
        return False


def is_damage(error: BaseException | None) -> bool:
    """Whether this is SQLite's word that a file is not as it wrote it."""
    return getattr(error, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))


def unusable(
    path: Path, error: sqlite3.Error, free: Callable[[Path], int] = free_bytes,
    access: Callable[[Path], object] = access_problem,
) -> Unavailable:  # fmt: skip
    """The error of a store that SQLite cannot use."""
    name = getattr(error, "sqlite_errorname", "")
    what = f"the event store {path} cannot be used"
    if name.startswith(_FULL) or (name.startswith((*_OUT_OF_REACH, "SQLITE_IOERR")) and is_full(path, free)):
        return Unavailable(f"{what}: the disk is full", hint=MAKE_ROOM)
    if name.startswith("SQLITE_CONSTRAINT"):  # a cursor that this process was about to give is taken
        return Unavailable(
            f"{what}: another relay writes it, too", hint="stop one of the two, and start the other anew"
        )
    problem = access(path) if name.startswith(_OUT_OF_REACH) else None
    return Unavailable(f"{what}: {problem or error}")
