"""Locks that the operating system gives back when a process dies.

A lock file is never deleted: deleting one races with taking it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)


class FileLock:
    """A whole file, held while the object is entered; `file` is its descriptor meanwhile."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.file = -1

    def take(self) -> None:
        """Wait until the lock is ours."""
        file = os.open(self._path, FLAGS, 0o600)
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

    def lock_byte(file: int, offset: int) -> bool:
        try:
            os.lseek(file, offset, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def unlock_byte(file: int, offset: int) -> None:
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

    def lock_byte(file: int, offset: int) -> bool:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, offset)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def unlock_byte(file: int, offset: int) -> None:
        fcntl.lockf(file, fcntl.LOCK_UN, 1, offset)
