"""The small files of a machine, kept in memory: histories read and write them millions of times.

Their contents are pjterm's; only the files themselves are left out, which have their own tests.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pjterm.api.rate_limit import Pace
from pjterm.system.jumps import Jumps, Kept
from tests.world.machine import Machine, Mark


class NotedPace(Pace):
    """The pace of a login, kept in memory."""

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
    """The jumps of a machine's wall clock, kept in memory."""

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
