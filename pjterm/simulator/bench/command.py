"""Runs the integration as a process, and ends it with everything that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pjterm.errors import UsageFault, reason
from pjterm.values import dataclass

MOST_OUTPUT = 2000
_HOW = "nothing was run; name a program and its arguments after two dashes: -- python3 pay.py"
LOOK_EVERY = 0.02  # seconds between two checks whether it has ended
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


@dataclass(frozen=True, slots=True)
class Run:
    """How it ended: its exit code (None if it had to be killed), and the end of what it wrote to both streams."""

    code: int | None
    stdout: str
    stderr: str


def run(command: Sequence[str], environment: Mapping[str, str], place: Path, patience: float) -> Run:
    """Run it to its end, for `patience` seconds at most. Raises `UsageFault` if it cannot be started."""
    process: subprocess.Popen[bytes] | None = None
    try:
        with _signals_held():
            process = _start(command, environment, place)
        code = _ended(process, patience)
    finally:
        if process is not None:
            with _signals_held():
                _end(process)
    return Run(code, _tail(place / "stdout"), _tail(place / "stderr"))


@contextmanager
def _signals_held() -> Iterator[None]:
    """Hold signals back until the end of this block.

    Their handlers raise, and an exception while a process is being started or waited for would leave the process
    running, or a lock of the library held.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread gets signals
        return
    caught: list[int] = []
    heeded = [s for s in _SIGNALS if signal.getsignal(s) is not signal.SIG_IGN]
    before = {s: signal.signal(s, lambda number, _: caught.append(number)) for s in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if caught:
        signal.raise_signal(caught[0])


def _start(command: Sequence[str], environment: Mapping[str, str], place: Path) -> subprocess.Popen[bytes]:
    with (place / "stdout").open("wb") as stdout, (place / "stderr").open("wb") as stderr:
        try:
            return subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
                start_new_session=True,
            )  # fmt: skip
        except (OSError, ValueError) as e:
            raise UsageFault(f"{command[0]!r} cannot be started: {reason(e)}", hint=_HOW) from e


def _ended(process: subprocess.Popen[bytes], patience: float) -> int | None:
    """The exit code; None if its time is up."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with _signals_held():
            code = process.poll()
        if code is not None:
            return code
        time.sleep(LOOK_EVERY)
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill its process group: nothing of one run may talk to the next simulator (on Windows, only the command)."""
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
