"""The log file in the state directory: one line per exchange, and the traceback of a bug of ours.

No bodies, no queries, no headers but PayJunction's request id. Secrets of this process are redacted in
tracebacks, and nothing that a server sent can begin a line. At 1 MiB the file is renamed to `.1`,
replacing the previous one.
"""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path

LIMIT = 1024 * 1024  # bytes


class Log:
    """Appends lines; a log that cannot be written must never stop a sale, so its errors are ignored."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "pjterm.log"
        self._secrets: list[str] = []

    def hide(self, *secrets: str) -> None:
        """Redact these in everything written from now on."""
        self._secrets += [s for s in secrets if len(s) >= 4]

    def line(self, text: str) -> None:
        """Write one line, with the time and the process id."""
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        for secret in self._secrets:
            text = text.replace(secret, "***")
        text = "\n  ".join(map(_inert, text.rstrip("\n").split("\n")))
        with contextlib.suppress(OSError):
            self._append(f"{at} {os.getpid()} {text}\n".encode("utf-8", "backslashreplace"))

    def _append(self, line: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line)
            large = os.fstat(file).st_size > LIMIT
        finally:
            os.close(file)
        if large:
            os.replace(self.path, self.path.with_suffix(".log.1"))


def _inert(line: str) -> str:
    """A line with marks in place of other line breaks and of what a terminal would obey."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
