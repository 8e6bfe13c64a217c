"""Small private files: written whole or not at all, readable only by their owner, one writer at a time.

A file is written under another name beside the old one, synced, and renamed over it: readers
see the old content or the new, and a process killed halfway leaves the old file in place.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from pjterm.system.locks import FileLock

PRIVATE_FILE = 0o600
PRIVATE_DIR = 0o700
_REPLACE_TRIES = 20
_REPLACE_PAUSE = 0.05  # seconds; a second in all
O_BINARY = getattr(os, "O_BINARY", 0)  # Windows would translate line ends without it


def private_dir(path: Path) -> Path:
    """Make sure a directory exists; new directories, parents included, have mode 0700, existing ones stay as they are.

    Raises `OSError`.
    """
    if path.is_dir():
        return path
    missing = [p for p in (path, *path.parents) if not p.exists()]
    for directory in reversed(missing):
        directory.mkdir(mode=PRIVATE_DIR, exist_ok=True)
    return path


def write_private(path: Path, data: bytes, *, durably: bool = True) -> None:
    """Replace a file's content in one step, durably, mode 0600 from its first byte.

    Content that is meaningless after a reboot need not survive a power cut, and so needs no sync (`durably`).
    A symbolic link stays one: its target is replaced. A missing parent directory is created (0700).
    Raises `OSError`; the old content then stays.
    """
    target = Path(os.path.realpath(path))
    private_dir(target.parent)
    beside = target.with_name(f"{_leftover_prefix(target)}{os.urandom(6).hex()}")
    try:
        _write_new(beside, data, durably)
        replace_patiently(beside, target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    if durably:
        _sync_directory(target.parent)


def sync(file: int) -> None:
    """Sync to disk, so that it survives a power cut; on macOS, fsync alone leaves it in the drive's cache."""
    if sys.platform == "darwin":
        import fcntl

        with contextlib.suppress(OSError):  # network drives do not support it
            fcntl.fcntl(file, fcntl.F_FULLFSYNC)
            return
    os.fsync(file)


def replace_patiently(
    source: Path,
    target: Path,
    *,
    replace: Callable[[Path, Path], None] = os.replace,
    pause: Callable[[float], None] = time.sleep,
    platform: str = sys.platform,
) -> None:
    """Rename over an existing file. On Windows a virus scanner or a reader may briefly have the old file open."""
    for tried in range(_REPLACE_TRIES):
        try:
            replace(source, target)
            return
        except PermissionError:
            if platform != "win32" or tried + 1 == _REPLACE_TRIES:
                raise
        pause(_REPLACE_PAUSE)


def clear_leftovers(path: Path) -> None:
    """Remove temporary files that killed writers left beside this one; call it only while holding their lock."""
    target = Path(os.path.realpath(path))
    prefix = _leftover_prefix(target)
    for name in os.listdir(target.parent):
        if name.startswith(prefix):
            (target.parent / name).unlink(missing_ok=True)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file's lock, waiting for another process or thread that has it.

    The system releases it when its holder dies, so nothing stays locked. Not reentrant.
    """
    private_dir(path.parent)
    with FileLock(path):
        yield


class Problem(NamedTuple):
    """What is wrong with a file or directory, and the command that mends it, if one does."""

    says: str
    command: str | None = None

    def __str__(self) -> str:
        return self.says if self.command is None else f"{self.says}; type: {self.command}"


def mode_problem(path: Path, private: int = 0o077) -> Problem | None:
    """What is wrong with a file's mode if users other than its owner may read or write it; else `None`.

    A missing file has no problem, and Windows has no such modes.
    """
    if sys.platform == "win32" or not path.exists():
        return None
    mode = path.stat().st_mode & 0o777
    if not mode & private:
        return None
    right = "700" if path.is_dir() else "600"
    return Problem(f"{path} is open to other users (mode {mode:04o})", _typed(f"chmod {right}", path))


def foreign_owner(path: Path, me: int | None = None) -> Problem | None:
    """What is wrong if another user owns what only `me` should own; root, and files of root, are trusted."""
    if sys.platform == "win32":
        return None
    try:
        owner = path.stat().st_uid
    except OSError:  # opening it will name the problem
        return None
    me = os.geteuid() if me is None else me
    if owner in (me, 0) or me == 0:
        return None
    return _anothers(path, owner, me)


def access_problem(path: Path) -> Problem | None:
    """Why this user cannot write a file; `None` if permissions are not the reason."""
    there = next((p for p in (path, *path.parents) if p.exists()), path)
    places = [there] if there.is_dir() else [there, there.parent]  # SQLite and renames write beside the file, too
    barred = next((p for p in places if not os.access(p, os.W_OK)), None)
    if barred is None:
        return None
    if sys.platform != "win32":
        found, me = barred.stat(), os.geteuid()
        if found.st_uid != me:
            return _anothers(barred, found.st_uid, me)
        if not found.st_mode & 0o200:
            says = f"{barred} is write-protected (mode {found.st_mode & 0o7777:04o})"
            return Problem(says, _typed("chmod u+w", barred))
    return Problem(f"{barred} is on a file system that cannot be written")


def _anothers(path: Path, owner: int, me: int) -> Problem:
    return Problem(f"{path} belongs to {_user(owner)}, and this is {_user(me)}", _typed(f"sudo chown -R {me}", path))


def _typed(words: str, path: Path) -> str:
    from shlex import quote  # for what is wrong only

    return f"{words} {quote(str(path))}"


def _user(uid: int) -> str:
    """A user by name and number; some containers have no name for them."""
    if sys.platform == "win32":
        return f"uid {uid}"
    import pwd

    try:
        return f"{pwd.getpwuid(uid).pw_name} (uid {uid})"
    except KeyError:
        return f"uid {uid}"


def _leftover_prefix(target: Path) -> str:
    return f".{target.name}.new-"


def _write_new(path: Path, data: bytes, durably: bool) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | O_BINARY, PRIVATE_FILE)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        if durably:
            sync(file.fileno())


def _sync_directory(directory: Path) -> None:
    """Make the rename itself durable. Windows and some network file systems cannot; the content is safe."""
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            sync(descriptor)
        finally:
            os.close(descriptor)
