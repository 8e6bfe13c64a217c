"""One writer per store: a lock file that the operating system lets go of when its holder dies."""

from __future__ import annotations

import os
from pathlib import Path

from pjterm.errors import Unavailable
from pjterm.system.locks import lock_whole


class StoreLock:
    """Holds the lock from creation to `release`; raises `Unavailable` naming the holder's pid."""

    def __init__(self, path: Path, what: str) -> None:
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Unavailable(f"cannot lock {what}: {error.strerror}") from error
        if not lock_whole(self._fd):
            holder = os.read(self._fd, 20).decode("ascii", "replace").strip() or "unknown"
            os.close(self._fd)
            raise Unavailable(
                f"{what} is in use by another relay (process {holder})",
                hint="stop that relay, or give this one its own --store",
            )
        os.ftruncate(self._fd, 0)
        os.write(self._fd, b"%d\n" % os.getpid())

    def release(self) -> None:
        """Let go. The file stays: removing it would let two holders lock two files of one name."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
