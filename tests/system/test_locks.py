"""Locks on file systems without them, and locks that are never released."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pjterm.system.locks import FileLock, LockHeld, stuck_lock

HERE = socket.gethostname()


def without_locks(path: Path, code: int = errno.ENOLCK) -> FileLock:
    """A lock on a file system that rejects locks."""

    def lock(_: int) -> bool:
        raise OSError(code, os.strerror(code))

    return FileLock(path, lock)


def dead() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_marker_file_replaces_a_missing_lock(tmp_path: Path, code: int) -> None:
    first, second = without_locks(tmp_path / "a", code), without_locks(tmp_path / "a", code)
    with first, pytest.raises(LockHeld, match=f"process {os.getpid()} on"):
        second.take(patience=0)
    second.take(patience=0)
    second.release()

    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_other_faults_are_raised(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        without_locks(tmp_path / "a", errno.EIO).take(patience=60)


def test_a_link_in_place_of_a_lock_is_refused(tmp_path: Path) -> None:
    """Two names of one lock would let two processes in, and a planted link could lead anywhere."""
    (tmp_path / "elsewhere").touch()
    (tmp_path / "a").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError, match="symbolic link"):
        FileLock(tmp_path / "a").take(patience=0)


def test_a_dead_process_s_marker_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "a.held").write_text(f"{dead()} {HERE}")
    lock = without_locks(tmp_path / "a")
    lock.take(patience=0)

    assert (tmp_path / "a.held").read_text() == f"{os.getpid()} {HERE}"
    lock.release()


@pytest.mark.parametrize("left", ["{pid} {here}", "1 another-host", "", "x y z"])
def test_a_marker_that_may_still_be_held_is_not_taken_over(tmp_path: Path, left: str) -> None:
    (tmp_path / "a.held").write_text(left.format(pid=os.getpid(), here=HERE))

    with pytest.raises(LockHeld):
        without_locks(tmp_path / "a").take(patience=0)


def test_a_marker_that_is_never_removed_is_named(tmp_path: Path) -> None:
    (tmp_path / "left.held").write_text(f"{dead()} {HERE}")
    (tmp_path / "mine.held").write_text(f"{os.getpid()} {HERE}")
    found = [stuck_lock(tmp_path / name) for name in ("left.held", "mine.held", "none.held")]

    assert [f is not None for f in found] == [True, False, False]
