"""`python -m tests.cli.killer N FILE -- charge …`: the command, killed (SIGKILL) at its N-th boundary.

A boundary is a moment around something that takes time: before a write to the journal, before its commit, and
after it; before and after an API call. Each is written to FILE as it is passed, so that with N = 0, which
kills nothing, they can be counted. Journal and API client are passed in; nothing is patched.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from pjterm.api.answers import Reply
from pjterm.api.client import Api
from pjterm.api.transport import Transport
from pjterm.cli.app import run
from pjterm.cli.context import Context
from pjterm.journal.store import Journal


class Fuse:
    """Counts boundaries and kills this process at the chosen one."""

    def __init__(self, wanted: int, file: Path) -> None:
        self._wanted = wanted
        self._passed = 0
        self._file = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def boundary(self, name: str) -> None:
        """Pass one boundary, perhaps the last."""
        self._passed += 1
        os.write(self._file, f"{name}\n".encode())
        if self._passed == self._wanted and sys.platform != "win32":
            os.kill(os.getpid(), signal.SIGKILL)


class FusedJournal(Journal):
    """A journal that may be killed before, during or after any commit."""

    def __init__(self, directory: Path, *, fuse: Fuse) -> None:
        super().__init__(directory)
        self._fuse = fuse
        self._inside = False

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        if self._inside:
            with super()._writing() as db:
                yield db
            return
        self._fuse.boundary("before a write")
        self._inside = True
        try:
            with super()._writing() as db:
                yield db
                self._fuse.boundary("before its commit")
        finally:
            self._inside = False
        self._fuse.boundary("after its commit")


class FusedTransport(Transport):
    """API calls, any of which may be the last thing that happens."""

    fuse: Fuse

    def call(self, method: str, path: str, **more: Any) -> Reply:
        name = f"{method} {path.rsplit('/', 1)[-1][:15]}"
        self.fuse.boundary(f"before {name}")
        try:
            return super().call(method, path, **more)
        finally:
            self.fuse.boundary(f"after {name}")


class FusedContext(Context):
    """A context that supplies both."""

    @cached_property
    def fuse(self) -> Fuse:
        return Fuse(int(sys.argv[1]), Path(sys.argv[2]))

    def make_journal(self, directory: Path) -> Journal:
        return FusedJournal(directory, fuse=self.fuse)

    def make_api(self, *args: Any, **more: Any) -> Api:
        FusedTransport.fuse = self.fuse
        return Api(*args, exchanges=FusedTransport, **more)


if __name__ == "__main__":
    sys.exit(run(sys.argv[4:], FusedContext))
