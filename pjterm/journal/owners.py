"""Which live process works on which journal entry; its lock ends with the process."""

from __future__ import annotations

import os
import time
from pathlib import Path

from pjterm.journal.faults import unusable
from pjterm.system.locks import FLAGS, lock_byte, unlock_byte

_ASKING = 0.5  # seconds; to ask takes microseconds


class Owners:
    """Which live process works on which journal entry: one locked byte per entry id. Raises `JournalUnusable`.

    A process loses its POSIX locks as soon as it closes *any* descriptor of the file, so there is one
    descriptor, opened on first use and kept until the process ends.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1
        self._mine: set[int] = set()

    def claim(self, entry_id: int) -> bool:
        """Become the owner, unless another live process is; one that only asks holds the lock for a moment."""
        until = time.monotonic() + _ASKING
        while entry_id not in self._mine and not lock_byte(self._open(), entry_id):
            if time.monotonic() >= until:
                return False
            time.sleep(0.001)
        self._mine.add(entry_id)
        return True

    def release(self, entry_id: int) -> None:
        """Stop being the owner."""
        if entry_id in self._mine:
            self._mine.discard(entry_id)
            unlock_byte(self._open(), entry_id)

    def lives_elsewhere(self, entry_id: int) -> bool:
        """Whether another live process is the owner."""
        if entry_id in self._mine:
            return False
        if not lock_byte(self._open(), entry_id):
            return True
        unlock_byte(self._open(), entry_id)
        return False

    def _open(self) -> int:
        if self._file < 0:
            try:
                self._file = os.open(self._path, FLAGS, 0o600)
            except OSError as error:
                raise unusable(self._path, error) from error
        return self._file
