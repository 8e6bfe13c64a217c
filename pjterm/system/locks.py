"""Locks that the operating system releases when a process dies.

A lock file is never deleted: deleting it races with taking it. No process waits forever: one that holds a lock for too
long (because it was stopped, for example) is named. If the file system has no locks (some network drives), a file
that only one process can create replaces the lock; one left behind by a dead process on this machine is taken over.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)  # one name, one lock
PATIENCE = 10.0  # seconds to wait for a lock; ours are held for milliseconds
NO_LOCKS = {getattr(errno, name, None) for name in ("ENOLCK", "ENOSYS", "EOPNOTSUPP", "ENOTSUP", "EINVAL")}
ANOTHER_PROCESS = "another process"  # a holder that the system does not name
_MARKER = ".held"  # the file that replaces a lock, if the system has none
_STOPPED = {"T": " (stopped)", "t": " (stopped)", "D": " (waiting for a disk)"}


class LockHeld(TimeoutError):
    """Another process holds a lock for longer than we wait; `strerror` names that process where the system can."""

    def __init__(self, path: Path, holder: str) -> None:
        super().__init__(errno.ETIMEDOUT, f"{holder} holds {path}", str(path))
        self.holder = holder


if sys.platform == "win32":

    def lock_whole(file: int) -> bool:
        """Lock a file, far beyond its content; `False` if another process has the lock."""
        try:
            os.lseek(file, 2**30, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EDEADLK):
                raise
            return False
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

    def lock_whole(file: int) -> bool:
        """Lock a file; `False` if another process has the lock."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
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


def need_byte_locks(path: Path) -> None:
    """Raise `OSError` if no part of a file can be locked: SQLite would wait in vain, and blame another process."""
    try:
        file = os.open(path, FLAGS, 0o600)
    except OSError:  # says nothing about locks
        return
    try:
        lock_byte(file, 0)
    except OSError as error:
        if error.errno in NO_LOCKS:
            raise OSError(error.errno, "its file system has no locks of the kind that SQLite needs") from error
    finally:
        os.close(file)


class FileLock:
    """A whole file, held while the object is entered; `file` is its descriptor meanwhile."""

    def __init__(self, path: Path, lock: Callable[[int], bool] = lock_whole) -> None:
        self._path = path
        self._lock = lock
        self._marker: Path | None = None
        self.file = -1

    def take(self, patience: float = PATIENCE) -> None:
        """Wait for the lock; raises `LockHeld` after `patience` seconds, `OSError` if locking is impossible."""
        file = os.open(self._path, FLAGS, 0o600)
        until, pause = time.monotonic() + patience, 0.002
        try:
            while not self._try(file):
                if time.monotonic() >= until:
                    raise LockHeld(self._path, self._holder(file))
                time.sleep(pause)
                pause = min(0.02, pause * 1.5)
        except BaseException:
            os.close(file)
            raise
        self.file = file

    def release(self) -> None:
        """Release it."""
        if self._marker is not None:
            self._marker.unlink(missing_ok=True)
            self._marker = None
        if self.file >= 0:
            os.close(self.file)
            self.file = -1

    def __enter__(self) -> FileLock:
        self.take()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _try(self, file: int) -> bool:
        try:
            return self._lock(file)
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
        marker = self._path.with_name(self._path.name + _MARKER)
        if _create(marker) or (_left_behind(marker) and _create(marker)):
            self._marker = marker
            return True
        return False

    def _holder(self, file: int) -> str:
        marker = self._path.with_name(self._path.name + _MARKER)
        with contextlib.suppress(OSError, ValueError):
            pid, host = marker.read_text(encoding="utf-8").split()
            return f"process {pid} on {host} (remove {marker} if no pjterm runs there)"
        return holder_of(os.fstat(file))


def stuck_lock(path: Path) -> str | None:
    """What is wrong with a lock that will not be released soon: its holder is stopped, or died on another host."""
    if path.name.endswith(_MARKER):
        return None if _is_fresh(path) else f"{path} was left behind; remove it if no pjterm runs there"
    with contextlib.suppress(OSError):
        holder = holder_of(path.stat())
        return f"{holder} holds {path}" if "(" in holder else None
    return None


def _is_fresh(marker: Path) -> bool:
    """Whether its process may still be alive; on another host that cannot be checked."""
    with contextlib.suppress(OSError, ValueError):
        pid, host = marker.read_text(encoding="utf-8").split()
        return host == socket.gethostname() and _lives(int(pid))
    return not marker.exists()


def holder_of(found: os.stat_result) -> str:
    """The process that keeps others from this file, where the system can name it; those that share it do not."""
    if sys.platform == "win32":
        return ANOTHER_PROCESS
    with contextlib.suppress(OSError, ValueError, IndexError, StopIteration):
        name = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
        with open("/proc/locks", encoding="ascii") as locks:  # "1: POSIX  ADVISORY  WRITE 16131 fe:00:2886043 120 120"
            held = [words for line in locks if "->" not in line and name in (words := line.split())]
        pid = next(int(by) for _, _, _, how, by, *_ in held if how == "WRITE" and int(by) != os.getpid())
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            state = stat.read().rpartition(")")[2].split()[0]
        return f"process {pid}{_STOPPED.get(state, '')}"
    return ANOTHER_PROCESS


def _create(marker: Path) -> bool:
    try:
        file = os.open(marker, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with open(file, "w", encoding="utf-8") as text:
        text.write(f"{os.getpid()} {socket.gethostname()}")
    return True


def _left_behind(marker: Path) -> bool:
    """Remove a marker whose process died on this machine; renamed first, so that only one of two processes gets it."""
    try:
        said = marker.read_text(encoding="utf-8")
        pid, host = said.split()
        if host != socket.gethostname() or _lives(int(pid)):
            return False
        aside = marker.with_name(f"{marker.name}-{os.getpid()}")
        marker.rename(aside)
        if aside.read_text(encoding="utf-8") != said:  # another process was faster, and this marker is its own
            aside.rename(marker)
            return False
        aside.unlink()
    except (OSError, ValueError):
        return False
    return True


def _lives(pid: int) -> bool:
    if sys.platform == "win32":  # there, signal 0 is Ctrl-C
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
