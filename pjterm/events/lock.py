"""One writer per store: a lock file that the operating system lets go of when its holder dies."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pjterm.errors import Unavailable

if sys.platform == "win32":
    import msvcrt

    def _lock(fd: int) -> None:
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """Holds the lock from creation to `release`; raises `Unavailable` naming the holder's pid."""

    def __init__(self, path: Path, what: str) -> None:
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Unavailable(f"cannot lock {what}: {error.strerror}") from error
        try:
            _lock(self._fd)
        except OSError as error:
            os.lseek(self._fd, 1, os.SEEK_SET)
            holder = os.read(self._fd, 20).decode("ascii", "replace").strip() or "unknown"
            os.close(self._fd)
            raise Unavailable(
                f"{what} is in use by another relay (process {holder})",
                hint="stop that relay, or give this one its own --store",
            ) from error
        os.ftruncate(self._fd, 0)
        # From offset 1 on: the first byte is what Windows locks, and it must stay unread there.
        os.lseek(self._fd, 0, os.SEEK_SET)
        os.write(self._fd, b" %d\n" % os.getpid())

    def release(self) -> None:
        """Let go. The file stays: removing it would let two holders lock two files of one name."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
