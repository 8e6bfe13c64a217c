"""Standard output and error that take every byte they are given, or raise.

Python's own do not always: under `PYTHONUNBUFFERED` a text goes to a raw file, which may take a part of it (a disk
that fills up) and is not asked again; and a pipe that another program made non-blocking refuses what does not fit.
"""

from __future__ import annotations

import io
import sys
import time
from typing import Any, Protocol, TextIO

FULL = 0.005  # seconds until a full pipe is tried again


class Raw(Protocol):
    """A file as the system has it: `write` may take a part, or `None` where it would have to wait."""

    def write(self, data: memoryview, /) -> int | None: ...
    def fileno(self) -> int: ...
    def isatty(self) -> bool: ...


class Whole(io.RawIOBase):
    """A raw file whose `write` ends when all is written; `owner` would close it when nothing holds it any more."""

    def __init__(self, raw: Raw, owner: object = None) -> None:
        self._raw = raw
        self._owner = owner

    def write(self, data: Any, /) -> int:
        left = memoryview(data).cast("B")
        size = len(left)
        while left:
            taken = self._raw.write(left)
            if taken is None:
                time.sleep(FULL)
            else:
                left = left[taken:]
        return size

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()


def whole(stream: Any) -> TextIO:
    """The same stream with nothing lost in it.

    Lines end with a bare newline but on a terminal: what a shell on Windows reads by `$(…)` keeps a `\\r`.
    """
    buffer = stream.buffer
    return io.TextIOWrapper(
        io.BufferedWriter(Whole(getattr(buffer, "raw", buffer), stream)),
        encoding=stream.encoding,
        errors=stream.errors,
        newline=None if stream.isatty() else "\n",
        line_buffering=stream.line_buffering,
    )


def make_whole() -> None:
    """Do so with this process's own; one that was closed before we started stays `None`."""
    if sys.stdout is not None:
        sys.stdout = whole(sys.stdout)
    if sys.stderr is not None:
        sys.stderr = whole(sys.stderr)
