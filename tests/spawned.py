"""A warm process (`tests/warm.py`) at a terminal, controlled like one of pexpect's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pexpect  # type: ignore[import-untyped]
import pexpect.fdpexpect  # type: ignore[import-untyped]

from tests import warm

HEIGHT = 24
TEXT = {"encoding": "utf-8", "codec_errors": "replace"}


def spawn(args: list[str], *, env: Mapping[str, str], cwd: Path, width: int, patience: float) -> Any:
    """Start `pjterm ARGS` there, cold if its environment requires that."""
    if not warm.can_be_forked(env):
        return pexpect.spawn(
            warm.COMMAND, args, env=env, cwd=str(cwd), dimensions=(HEIGHT, width), timeout=patience, **TEXT
        )
    other_end, running = warm.at_terminal(args, env=env, cwd=cwd, rows=HEIGHT, columns=width)
    return Spawned(other_end, running, patience)


class Spawned(pexpect.fdpexpect.fdspawn):  # type: ignore[misc]
    """The part of `pexpect.spawn` that tests use."""

    def __init__(self, other_end: int, running: warm.Running, patience: float) -> None:
        super().__init__(other_end, timeout=patience, **TEXT)
        self.pid = running.pid
        self._running = running

    def sendintr(self) -> None:
        """Press Ctrl-C."""
        self.send("\x03")

    def sendeof(self) -> None:
        """Press Ctrl-D."""
        self.send("\x04")

    def wait(self) -> int:
        """Its exit code, once it has ended by itself."""
        code = self._running.wait(self.timeout)
        self.exitstatus = code if code >= 0 else None
        self.signalstatus = -code if code < 0 else None
        return code

    def close(self, force: bool = True) -> None:
        """Close its terminal and wait for its end."""
        super().close()
        self.wait()
