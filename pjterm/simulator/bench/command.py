"""The integration as a process: started with the simulator's address, ended with everything it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pjterm.errors import UsageFault

MOST_OUTPUT = 2000
LOOK_EVERY = 0.05  # seconds between two looks whether it is to stop


@dataclass(frozen=True, slots=True)
class Run:
    """How it ended. `code`: None when it had to be killed; of both streams the last of what was written."""

    code: int | None
    stdout: str
    stderr: str


def run(command: Sequence[str], environment: Mapping[str, str], place: Path, patience: float) -> Run:
    """Run it to its end, or for so many seconds. Raises `UsageFault` when it cannot be started.

    In a thread of its own: a signal raises in the main thread, and a process that is just being started there
    would be left behind.
    """
    watch = _Watch(command, environment, place, patience)
    try:
        watch.start()
        watch.done.wait()
    finally:
        watch.stop()
    if watch.error is not None:
        raise UsageFault(f"the command cannot be started: {watch.error}", hint="give it after two dashes")
    return Run(watch.code, _tail(place / "stdout"), _tail(place / "stderr"))


class _Watch(threading.Thread):
    """Starts the process, and ends it with everything it started: when it is done, out of time, or stopped."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], place: Path, patience: float) -> None:
        super().__init__(daemon=True)
        self._command, self._environment, self._place = command, environment, place
        self._patience = patience
        self._stopped = threading.Event()
        # Not `join`: before Python 3.13 one that a signal interrupts takes a running thread for ended (bpo-45274).
        self.done = threading.Event()
        self.code: int | None = None
        self.error: Exception | None = None

    def stop(self) -> None:
        """Wait for its end; from whatever moment on."""
        self._stopped.set()
        if self.ident is not None:
            self.done.wait()

    def run(self) -> None:
        try:
            if not self._stopped.is_set():
                self._run()
        finally:
            self.done.set()

    def _run(self) -> None:
        with (self._place / "stdout").open("wb") as stdout, (self._place / "stderr").open("wb") as stderr:
            try:
                process = subprocess.Popen(
                    self._command, env=self._environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
                    start_new_session=True,
                )  # fmt: skip
            except (OSError, ValueError) as e:
                self.error = e
                return
        try:
            self._wait(process)
        finally:
            _end(process)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + self._patience
        while not self._stopped.is_set() and time.monotonic() < deadline:
            try:
                self.code = process.wait(LOOK_EVERY)
                return
            except subprocess.TimeoutExpired:
                continue


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of one run may talk to the next run's simulator (Windows has no groups: the command only)."""
    try:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # the whole group is gone already, as it should be
    finally:
        process.wait()


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - MOST_OUTPUT))
        return file.read().decode("utf-8", "replace")
