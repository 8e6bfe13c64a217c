"""How long commands take to start, compared with `python -c pass` of the same interpreter in the same run.

Medians of whole processes, taken in turns so that a busy machine affects all alike. The last row is the
time from the start of the process to the POST on the wire, on plain HTTP over loopback.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli.till import COMMAND, Shop, Till


@dataclass
class Row:
    """One measurement: how it is made, and the limit as a multiple of `python -c pass`."""

    name: str
    goal: float | None
    once: Callable[[], float]
    taken: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Milliseconds."""
        return statistics.median(self.taken) * 1000


class Door:
    """Accepts one connection at a time and records when the first byte of a POST arrived."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._seen: list[float] = []
        self._came = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if connection.recv(4) == b"POST":
                self._seen.append(time.perf_counter())
                self._came.set()
            connection.close()

    def wait(self) -> float:
        """The time at which the next POST arrived."""
        assert self._came.wait(30), "no POST arrived"
        self._came.clear()
        return self._seen[-1]


def main(argv: list[str]) -> int:
    """Measure, and print one table; 0 if all goals are met."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench startup")
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args(argv).rounds
    with tempfile.TemporaryDirectory(prefix="startup-") as place:
        rows = _rows(Path(place))
        for _ in range(rounds):
            for row in rows:
                row.taken.append(row.once())
    return _print(rows, rounds)


def _rows(root: Path) -> list[Row]:
    door = Door()
    till = Till(root / "till", door.url)
    with Shop(root / "shop") as shop:
        till.write_profile(shop.url)
        till.run("charge", "5", "-k", "first")
    till.write_profile(door.url)
    env = till.environ()

    def whole(*command: str) -> Callable[[], float]:
        return lambda: _whole(command, env)

    return [
        Row("python -c pass", None, whole(sys.executable, "-c", "pass")),
        Row("pjterm --version", 2.0, whole(COMMAND, "--version")),
        Row("pjterm requests list", 8.0, whole(COMMAND, "requests", "list")),
        Row("pjterm charge --help", 7.0, whole(COMMAND, "charge", "--help")),
        Row("pjterm charge: start to POST", 12.0, lambda: _to_the_post(door, till)),
    ]


def _whole(command: tuple[str, ...], env: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def _to_the_post(door: Door, till: Till) -> float:
    command = [COMMAND, "charge", "5", "-t", "T1", "--account", "10001", "--force", "--timeout", "0"]
    for path in till.state.glob("pace-*"):
        path.unlink()  # the last round's POST may be less than 100 ms old
    for path in till.state.glob("journal*"):
        path.unlink()
    null = subprocess.DEVNULL
    began = time.perf_counter()
    with subprocess.Popen(command, env=till.environ(), stdin=null, stdout=null, stderr=null) as process:
        came = door.wait()
        process.kill()
    return came - began


def _print(rows: list[Row], rounds: int) -> int:
    base = rows[0].median
    print(f"{os.cpu_count()} CPUs, Python {sys.version.split()[0]}, medians of {rounds} rounds")
    print(f"{'what':<30}{'ms':>9}{'ratio':>9}{'goal':>9}")
    missed = 0
    for row in rows:
        ratio = row.median / base
        goal = "" if row.goal is None else f"<= {row.goal:g}"
        late = row.goal is not None and ratio > row.goal
        missed += late
        print(f"{row.name:<30}{row.median:>9.1f}{ratio:>9.2f}{goal:>9}{'  missed' if late else ''}")
    return 1 if missed else 0
