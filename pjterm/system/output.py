"""Standard output and error that write every byte they are given, or raise.

Python's own do not always: with `PYTHONUNBUFFERED`, text goes to a raw file, which may write only part of it (on a disk
that fills up) and is not called again; and a pipe that another program made non-blocking refuses what does not fit.
"""

from __future__ import annotations

import io
import sys
import time
from typing import Any, Protocol, TextIO

FULL = 0.005  # seconds before a full pipe is tried again


class Raw(Protocol):
    """A raw file: `write` may write only a part, or return `None` if it would block."""

    def write(self, data: memoryview, /) -> int | None: ...
    def fileno(self) -> int: ...
    def isatty(self) -> bool: ...


class Whole(io.RawIOBase):
    """A raw file whose `write` returns when everything is written; holds `owner`, which would close it when freed."""

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
    """The same stream, but it loses nothing.

    Except on a terminal, lines end with a bare newline: on Windows, what a shell reads with `$(…)` would keep a `\\r`.
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
    """Do this for this process's own streams; one that was closed before we started stays `None`."""
    if sys.stdout is not None:
        sys.stdout = whole(sys.stdout)
    if sys.stderr is not None:
        sys.stderr = whole(sys.stderr)
