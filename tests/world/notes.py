"""The small files of a machine, kept in memory: histories read and write them millions of times.

What they say and when is pjterm's; only that they are files is left out, which the tests of each are about.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pjterm.api.rate_limit import Pace
from pjterm.system.jumps import Jumps, Kept
from tests.world.machine import Machine, Mark


class NotedPace(Pace):
    """The pace of a login, as a machine notes it."""

    def __init__(self, machine: Machine, directory: Path, host: str, login: str, **more: Any) -> None:
        super().__init__(directory, host, login, lock=Mark, **more)
        self._notes = machine.notes
        self._named = f"{directory} {host} {login}"

    def _read(self, began: float, request_id: str) -> dict[str, float]:
        del began, request_id
        return self._seen if self._lock.file < 0 else self._notes.get(self._named, {})

    def _write(self, seen: dict[str, float]) -> None:
        if self._lock.file >= 0:
            self._notes[self._named] = seen


class NotedJumps(Jumps):
    """How far a machine's clock on the wall was ahead, as it notes it."""

    def __init__(self, machine: Machine, path: Path, *clocks: Any) -> None:
        super().__init__(path, *clocks)
        self._notes = machine.notes
        self._named = str(path)

    def _read(self) -> Kept | None:
        return self._notes.get(self._named)

    def _write(self, kept: Kept) -> Kept:
        if self._named in self._notes or self._path.parent.is_dir():
            self._notes[self._named] = kept
        return kept
