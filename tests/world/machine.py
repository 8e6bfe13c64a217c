"""A computer of the shop: its clocks, its disk, its network, and its processes.

A process can be killed at each of its steps: before and after each commit of the journal, and at each point
of each HTTP exchange. A killed process does nothing more: every further step of it raises again.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from pjterm.journal.faults import unusable
from pjterm.journal.owners import Owners
from pjterm.system.locks import FileLock, LockHeld
from tests.world.network import Network
from tests.world.service import START, Call
from tests.world.timeline import Task, Timeline


class Disk(Enum):
    """What happens to a write to the machine's journal."""

    FINE = "it is kept"
    LOCKED = "database is locked"
    READ_ONLY = "attempt to write a readonly database"
    FULL = "database or disk is full"


class Killed(BaseException):
    """SIGKILL, or a power cut: no code of the process runs anymore."""


class Machine:
    """Clocks that can jump and sleep, one directory, one user."""

    def __init__(self, name: str, time: Timeline, directory: Path, network: Network) -> None:
        self.name = name
        self.time = time
        self.network = network
        self.directory = directory
        self.ahead = 0.0
        """How far the wall clock is ahead of true time, in seconds."""
        self._read_at, self._said = 0.0, START
        self._started = -2000.0
        self.asleep_until = 0.0
        self._slept = 0.0
        self.disk = Disk.FINE
        self.notes: dict[str, Any] = {}
        """The contents of its small files if they are kept in memory."""
        self.forgotten: list[tuple[float, float]] = []
        """Times unknown to its journal, because it was lost or restored."""
        self.locks: dict[str, Process] = {}
        self.owners: dict[int, Process] = {}
        self.writes: list[tuple[float, str, str]] = []
        """When each call was written, the request if it was a poll, and the login: the limits are judged by this."""

    def wall(self) -> datetime:
        """The wall clock."""
        at = self.time.now + self.ahead
        if at != self._read_at:
            self._read_at, self._said = at, START + timedelta(seconds=at)
        return self._said

    def running(self) -> float:
        """Seconds since boot, asleep or awake."""
        return self.time.now - self._started

    def this_start(self) -> str:
        """The id of the current boot."""
        return str(self._started)

    def start_again(self) -> None:
        """Switch it off and on again."""
        self._started = self.time.now

    def monotonic(self) -> float:
        """Seconds during which the machine was awake."""
        now = self.time.now
        asleep = self.asleep_until - now if self.asleep_until > now else 0.0
        return 1000.0 + now - (self._slept - asleep)

    @property
    def slept(self) -> float:
        """Seconds during which it was asleep so far, including the current sleep."""
        return self._slept

    def sleep(self, seconds: float) -> None:
        """Close the lid: nothing runs for that long, and the monotonic clock stands still."""
        self._slept += seconds
        self.asleep_until = max(self.time.now, self.asleep_until) + seconds

    def knows(self, at: float) -> bool:
        """Whether its journal may know of a request sent at that time."""
        return not any(begin <= at < end for begin, end in self.forgotten)

    def stop_at_the_next_write(self, process: Process, seconds: float) -> None:
        """Stop a process (SIGSTOP) at its next call, while it holds the lock of the rate limit."""
        process.stops_at_write = seconds


class Process:
    """One run of a command: what it waits for, and where it may be killed."""

    def __init__(self, machine: Machine, number: int, argv: tuple[str, ...] = (), kill_at: int = 0) -> None:
        self.machine = machine
        self.number = number
        self.argv = argv
        self.made_key: str | None = None
        """The generated key of a sale without one."""
        self.task: Task | None = None
        self.kill_at = kill_at
        self.login = ""
        self.calls: list[Call] = []
        self.went_well = True
        """Whether every call was answered by the service and not rejected."""
        self.signals_met = 0
        self.steps: list[str] = []
        self.dead = False
        self.frozen_until = 0.0
        self.stops_at_write = 0.0
        self.bugs: list[str] = []
        """Tracebacks of bugs in its log."""
        self.on_signal: Callable[[int], None] | None = None
        self.signals: list[int] = []
        self.locks: list[Lock] = []

    def __repr__(self) -> str:
        return f"Process({self.machine.name} {self.number})"

    def step(self, name: str) -> None:
        """A point at which the process may be killed."""
        if self.dead:
            raise Killed
        self.steps.append(name)
        if name == "write" and self.stops_at_write:
            self.freeze(self.stops_at_write)
            self.stops_at_write = 0.0
            self.wait(0.001)
        if len(self.steps) == self.kill_at:
            self.die()

    def die(self) -> None:
        """Kill it now, from within the running process."""
        self.end()
        raise Killed

    def kill(self) -> None:
        """Kill it from outside, wherever it waits."""
        self.end()
        if self.task is not None:
            self.machine.time.wake(self.task)

    def end(self) -> None:
        """Release its locks, as the system does when a process ends."""
        self.dead = True
        for lock in list(self.locks):
            lock.release()
        for entry in [e for e, p in self.machine.owners.items() if p is self]:
            del self.machine.owners[entry]

    def freeze(self, seconds: float) -> None:
        """SIGSTOP for that long: it does not run, but keeps its locks."""
        self.frozen_until = self.machine.time.now + seconds

    def signal(self, signum: int) -> None:
        """Send it a signal; its handler runs when the process does."""
        if not self.dead and not (self.task is not None and self.task.done):
            self.signals.append(signum)
            if self.task is not None:
                self.machine.time.wake(self.task)

    def wait(self, seconds: float, done: Callable[[], bool] | None = None) -> None:
        """Let time pass for this process, by the machine's monotonic clock, until `done` or that long.

        Signals are handled as they arrive; a handler may raise, which ends the wait as in reality.
        """
        machine, time = self.machine, self.machine.time
        now = machine.monotonic()
        until = now + seconds
        while True:
            if self.dead:
                raise Killed
            if self.signals:
                self._handle()
            left = until - now
            if left <= 1e-9 or (done is not None and done()):
                return
            time.sleep(left)
            while (held := max(machine.asleep_until, self.frozen_until) - time.now) > 1e-9 and not self.dead:
                time.sleep(held)
            now = machine.monotonic()

    def _handle(self) -> None:
        while self.signals:
            signum = self.signals.pop(0)
            self.signals_met += 1
            if self.on_signal is None:
                self.end()
                raise SystemExit(128 + signum)
            self.on_signal(signum)


NOWHERE = Path("owners")
"""The path of locks kept in memory."""
RUNNING: ContextVar[Process] = ContextVar("process")
"""The process whose command is running."""


class Lock(FileLock):
    """A lock of the machine: waited for in virtual time, released when its holder dies."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._name = str(path)
        self._process = RUNNING.get()

    def take(self, patience: float = 10.0) -> None:
        _check_writable(self._process)
        process, held = self._process, self._process.machine.locks
        until = process.machine.monotonic() + patience
        while self._name in held:
            if process.machine.monotonic() >= until:
                raise LockHeld(self._path, f"{held[self._name]} (stopped)")
            process.wait(0.01)
        held[self._name] = process
        process.locks.append(self)
        self.file = self._open()

    def release(self) -> None:
        if self.file >= 0:
            self._close()
            self.file = -1
            self._process.locks.remove(self)
            del self._process.machine.locks[self._name]

    def _open(self) -> int:
        return os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)

    def _close(self) -> None:
        os.close(self.file)


class Mark(Lock):
    """A lock without a file."""

    def _open(self) -> int:
        return 0

    def _close(self) -> None:
        pass


class Works(Owners):
    """Which living process owns which entry of a journal."""

    def __init__(self) -> None:
        super().__init__(NOWHERE)
        self._process = RUNNING.get()

    def claim(self, entry_id: int) -> bool:
        _check_writable(self._process)
        held = self._process.machine.owners
        if held.get(entry_id, self._process) is not self._process:
            return False
        held[entry_id] = self._process
        return True

    def release(self, entry_id: int) -> None:
        if self._process.machine.owners.get(entry_id) is self._process:
            del self._process.machine.owners[entry_id]

    def lives_elsewhere(self, entry_id: int) -> bool:
        _check_writable(self._process)
        return self._process.machine.owners.get(entry_id, self._process) is not self._process


def _check_writable(process: Process) -> None:
    if process.machine.disk is Disk.READ_ONLY:
        raise unusable(Path("journal.owners"), PermissionError(13, "Permission denied"))


class Connection(sqlite3.Connection):
    """A journal whose process may be killed just before or after any write."""

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        if sql.startswith("BEGIN"):
            process = RUNNING.get()
            process.step("begin")
            if (disk := process.machine.disk) is not Disk.FINE:
                raise sqlite3.OperationalError(disk.value)
        elif sql == "PRAGMA synchronous = FULL":
            return super().execute("PRAGMA synchronous = OFF")  # no power is lost here, only processes
        elif sql == "COMMIT":
            process = RUNNING.get()
            process.step("commit")
            done = super().execute(sql, *args)
            process.step("committed")
            return done
        return super().execute(sql, *args)
