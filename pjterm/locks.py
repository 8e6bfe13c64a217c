"""Locks that the operating system gives back when a process dies.

Used for the pace of calls over all processes of this user, and to tell whether the process that
works on a journal entry still lives. A lock file is never deleted: deleting one races with taking it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)


class FileLock:
    """A whole file, held while the object is entered; `file` is its descriptor meanwhile."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.file = -1

    def take(self) -> None:
        """Wait until the lock is ours."""
        file = os.open(self._path, _FLAGS, 0o600)
        try:
            lock_whole(file)
        except BaseException:
            os.close(file)
            raise
        self.file = file

    def release(self) -> None:
        """Give it back."""
        if self.file >= 0:
            os.close(self.file)
            self.file = -1

    def __enter__(self) -> FileLock:
        self.take()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


class Owners:
    """Which live process works on which journal entry: one locked byte per entry id.

    POSIX locks of a process fall as soon as it closes *any* descriptor of the file, so there is one
    descriptor, opened on first use and kept until the process ends.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1
        self._mine: set[int] = set()

    def claim(self, entry_id: int) -> bool:
        """Become the owner, unless another live process is."""
        if entry_id not in self._mine and not _lock_byte(self._open(), entry_id):
            return False
        self._mine.add(entry_id)
        return True

    def release(self, entry_id: int) -> None:
        """Stop being the owner."""
        if entry_id in self._mine:
            self._mine.discard(entry_id)
            _unlock_byte(self._open(), entry_id)

    def lives_elsewhere(self, entry_id: int) -> bool:
        """Whether another live process is the owner."""
        if entry_id in self._mine:
            return False
        if not _lock_byte(self._open(), entry_id):
            return True
        _unlock_byte(self._open(), entry_id)
        return False

    def _open(self) -> int:
        if self._file < 0:
            self._file = os.open(self._path, _FLAGS, 0o600)
        return self._file


if sys.platform == "win32":

    def lock_whole(file: int, *, wait: bool = True) -> bool:
        """Lock a file, far beyond its content; `False` where another has it and we do not wait."""
        while True:
            try:
                os.lseek(file, 2**30, os.SEEK_SET)
                msvcrt.locking(file, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError:  # LK_LOCK gives up after ten tries of a second; go on waiting
                if not wait:
                    return False
            else:
                os.lseek(file, 0, os.SEEK_SET)
                return True

    def _lock_byte(file: int, offset: int) -> bool:
        try:
            os.lseek(file, offset, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock_byte(file: int, offset: int) -> None:
        os.lseek(file, offset, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)

else:

    def lock_whole(file: int, *, wait: bool = True) -> bool:
        """Lock a file; `False` where another has it and we do not wait."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def _lock_byte(file: int, offset: int) -> bool:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, offset)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def _unlock_byte(file: int, offset: int) -> None:
        fcntl.lockf(file, fcntl.LOCK_UN, 1, offset)
