"""One writer per store: a lock file that the operating system releases when its holder dies."""

from __future__ import annotations

import os
from pathlib import Path

from pjterm.errors import Unavailable
from pjterm.events.sqlite.faults import MAKE_ROOM, NO_ROOM
from pjterm.system.locks import ANOTHER_PROCESS, FileLock, LockHeld, need_byte_locks

_ELSEWHERE = "give this relay a --store on a local disk, in a directory of yours"


class StoreLock:
    """Holds the lock from creation to `release`; raises `Unavailable` with the holder's pid."""

    def __init__(self, path: Path, what: str, lock: FileLock | None = None) -> None:
        self._lock = lock or FileLock(path)
        try:
            need_byte_locks(path)
            self._lock.take(patience=0)
            os.ftruncate(self._lock.file, 0)
            os.write(self._lock.file, b"%d\n" % os.getpid())
        except LockHeld as held:
            holder = held.holder if held.holder != ANOTHER_PROCESS else f"process {_recorded(path)}"
            raise Unavailable(
                f"{what} is in use by another relay ({holder})",
                hint="stop that relay, or give this one its own --store",
            ) from None
        except OSError as error:
            self._lock.release()
            hint = MAKE_ROOM if error.errno in NO_ROOM else _ELSEWHERE
            raise Unavailable(f"cannot lock {what}: {error.strerror} ({path})", hint=hint) from error

    def release(self) -> None:
        """Release it. The file stays: if it were removed, two holders could lock two files of one name."""
        self._lock.release()


def _recorded(path: Path) -> str:
    """The pid written in the file, for systems that do not tell who holds it."""
    try:
        return path.read_text("ascii")[:20].strip() or "unknown"
    except (OSError, UnicodeDecodeError):
        return "unknown"
