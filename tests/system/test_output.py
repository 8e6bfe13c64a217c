"""Standard output receives every byte, or the command fails."""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, cast

import pytest

from pjterm.system.output import Whole, whole
from tests.warm import COMMAND

if sys.platform == "win32":
    pytest.skip("files and pipes of POSIX", allow_module_level=True)


class Grudging:
    """A file that accepts three bytes at a time, blocks between them, and is full after a limit."""

    def __init__(self, room: int) -> None:
        self.room, self.waits = room, True
        self.held = b""

    def write(self, data: memoryview, /) -> int | None:
        self.waits = not self.waits
        if not self.waits:
            return None
        if len(self.held) >= self.room:
            raise OSError(28, "No space left on device")
        self.held += bytes(data[:3])
        return len(data[:3])

    def fileno(self) -> int:
        raise OSError

    def isatty(self) -> bool:
        return False


def test_a_partial_write_is_continued_until_everything_is_written() -> None:
    file = Grudging(room=100)
    Whole(file).write(b"approved 10001\n")

    assert file.held == b"approved 10001\n"


def test_a_disk_that_fills_up_during_a_write_is_an_error() -> None:
    with pytest.raises(OSError, match="No space left"):
        Whole(Grudging(room=6)).write(b"approved 10001\n")


def through_a_pipe(text: str, *, blocking: bool) -> bytes:
    """The bytes of a text sent to stdout as Python opens it under PYTHONUNBUFFERED."""
    out, into = os.pipe()
    os.set_blocking(into, blocking)
    read: list[bytes] = []
    with open(out, "rb") as end, io.TextIOWrapper(cast(IO[bytes], io.FileIO(into, "w")), "utf-8") as unbuffered:
        reader = threading.Thread(target=lambda: read.append(end.read()))
        reader.start()
        stream = whole(unbuffered)
        stream.write(text)
        stream.flush()
        unbuffered.close()
        reader.join()
    return read[0]


def test_a_non_blocking_pipe_receives_every_byte() -> None:
    assert len(through_a_pipe("x" * 300_000, blocking=False)) == 300_000


def test_lines_in_a_pipe_end_with_a_bare_newline() -> None:
    assert through_a_pipe("10001\n", blocking=True) == b"10001\n"


def test_a_command_with_truncated_output_does_not_exit_with_0(tmp_path: Path) -> None:
    """The file may grow to one kilobyte; the rest is refused in the middle of a write."""
    environ = {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(tmp_path)}
    with (tmp_path / "file").open("wb") as file:
        ended = subprocess.run(
            [COMMAND, "completions", "show", "bash"], stdout=file, stderr=subprocess.PIPE, text=True,
            env=environ,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024)),
        )  # fmt: skip

    assert (ended.returncode, (tmp_path / "file").stat().st_size) == (12, 1024)
    assert "could not be written whole" in ended.stderr
