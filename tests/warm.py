"""Processes that start warm: forked from one that has already imported the program.

Most of the cost of a short command is importing it. Tests that are not about the start run their commands from here:
each is still a process with its own files, environment, signals and exit code; only the imports are shared. What the
interpreter reads at its start (PYTHONIOENCODING, the locale) cannot be changed by then, so such a command is started
cold. Without fork, every command is.

The forking process is started by its first user in a test process, speaks JSON over a socket, and ends with it.
Scripts under test find a `pjterm` in their PATH (`program`) that connects to its socket.
"""

from __future__ import annotations

import array
import atexit
import contextlib
import functools
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Protocol

import pjterm
from tests import printed

PROGRAM = "pjterm"
COMMAND = str(Path(sys.executable).with_name(PROGRAM))
ROOT = Path(__file__).parents[1]
LOADED = (
    "httpx", "httpcore", "h11", "certifi", "sqlite3", "asyncio", "aiohttp.web", "keyring", "rich.console", "csv",
    "hmac", "secrets", "tomllib", "zoneinfo", "encodings.idna", "concurrent.futures.thread",
)  # fmt: skip
"""What commands import besides pjterm's own modules, which are all loaded."""
NOT_LOADED = {"pjterm.ui.pdf", "pjterm.testing.plugin"}
"""Modules that almost no tested command loads and that take longest."""
AT_THE_START = ("LANG", "LC_", "PYTHON", "LD_")
NOT_AT_THE_START = ("PYTHON_KEYRING_BACKEND", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
UTF_8 = "C.UTF-8"
_LENGTH = struct.Struct("!I")


class Running(Protocol):
    """What tests do with a process however it was started; `subprocess.Popen` is one."""

    stdout: IO[Any] | None

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> Any: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int, /) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Order:
    """What a forked process runs: `pjterm` or a module, as `python -m` would."""

    module: str
    args: tuple[str, ...]
    env: dict[str, str]
    cwd: str
    strict: bool = False
    terminal: bool = False
    """Whether its files are a terminal, which becomes its controlling terminal."""


def start(
    args: Sequence[str],
    *,
    stdin: IO[Any] | int = subprocess.DEVNULL,
    stdout: IO[Any] | int,
    stderr: IO[Any] | int,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    module: str = PROGRAM,
    strict: bool = False,
) -> Running:
    """Start `pjterm ARGS`, or `python -m MODULE ARGS`; `strict` turns its warnings into errors."""
    given = environ() if env is None else dict(env)
    where = ROOT if cwd is None else cwd
    if not can_be_forked(given):
        begin = [COMMAND] if module == PROGRAM else [sys.executable, *(["-W", "error"] * strict), "-m", module]
        return subprocess.Popen([*begin, *args], stdin=stdin, stdout=stdout, stderr=stderr, env=given, cwd=where)
    with open(os.devnull, "r+b") as nothing:
        files = [nothing.fileno() if f == subprocess.DEVNULL else _number(f) for f in (stdin, stdout, stderr)]
        return _forge().fork(Order(module, tuple(args), given, str(where), strict), files)


def piped(args: Sequence[str], **how: Any) -> Running:
    """Start it with its stdout in a pipe, which the caller reads and closes."""
    reader, writer = os.pipe()
    try:
        running = start(args, stdout=writer, **how)
    finally:
        os.close(writer)
    running.stdout = open(reader, encoding="utf-8")  # noqa: SIM115
    return running


def at_terminal(
    args: Sequence[str], *, env: Mapping[str, str], cwd: Path, rows: int, columns: int, module: str = PROGRAM
) -> tuple[int, Running]:
    """Start it at a terminal of this size; returns the other end of the terminal and the process."""
    if sys.platform == "win32":
        raise NotImplementedError
    import termios

    terminal, far_end = os.openpty()
    termios.tcsetwinsize(terminal, (rows, columns))
    try:
        order = Order(module, tuple(args), dict(env), str(cwd), terminal=True)
        return terminal, _forge().fork(order, [far_end] * 3)
    finally:
        os.close(far_end)


def program(directory: Path) -> Path:
    """Create a `pjterm` there, for scripts to start."""
    made = directory / PROGRAM
    python = f'"{sys.executable}" -IS "{Path(__file__).with_name("handed_over.py")}"'
    made.write_text(f'#!/bin/sh\nexec {python} "{_forge().door}" "$@"\n')
    made.chmod(0o755)
    return made


def run(args: Sequence[str], timeout: float = 60.0, **how: Any) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        running = start(args, stdout=out, stderr=err, **how)
        try:
            code = running.wait(timeout)
        finally:
            running.kill()
        for file in (out, err):
            file.seek(0)
        said = out.read().decode()
        printed.check(said)
        return subprocess.CompletedProcess(list(args), code, said, err.read().decode())


def _number(file: IO[Any] | int) -> int:
    return file if isinstance(file, int) else file.fileno()


def can_be_forked(environ: Mapping[str, str]) -> bool:
    """Whether all settings that only an interpreter start reads are unchanged."""
    return sys.platform != "win32" and _at_the_start(environ) == _at_the_start(_environ())


def _at_the_start(environ: Mapping[str, str]) -> dict[str, str]:
    """Without a locale, Python uses UTF-8, which is equivalent."""
    found = {n: v for n, v in environ.items() if n.startswith(AT_THE_START) and n not in NOT_AT_THE_START}
    return {"LANG": UTF_8} | found


def environ() -> dict[str, str]:
    """This process's environment, also for threads, since pytest sets and removes a variable with each test.

    Settings of the tester's own Python, such as PYTHONUNBUFFERED, are removed: each start would be a cold one.
    """
    own = {name: value for name in list(os.environ) if (value := os.environ.get(name)) is not None}
    return {n: v for n, v in own.items() if n.startswith("LD_") or n not in _at_the_start(own)} | {"LANG": UTF_8}


def _environ() -> dict[str, str]:
    """The initial environment of the forking process."""
    return {n: v for n, v in environ().items() if n not in NOT_AT_THE_START}


# -- in the test process -----------------------------------------------------------------------------------------


class Forked:
    """A process forked by another one: that one reports the end, this one sends the signals."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdout: IO[Any] | None = None
        self._end = threading.Event()

    def ended(self, code: int) -> None:
        self.returncode = code
        self._end.set()

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if not self._end.wait(timeout):
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, sig: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, sig)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        if sys.platform != "win32":
            self.send_signal(signal.SIGKILL)


class Forge:
    """The forking process, as seen from the test process."""

    def __init__(self) -> None:
        self._channel, child_end = socket.socketpair()
        self.door = str(Path(tempfile.mkdtemp(prefix="pjterm-")) / "door")
        self._lock = threading.Lock()
        self._forked: dict[int, Forked] = {}
        self._born: list[Forked] = []
        self._birth = threading.Semaphore(0)
        with child_end, _listening(self.door) as entrance:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.warm", str(child_end.fileno()), str(entrance.fileno())],
                pass_fds=[child_end.fileno(), entrance.fileno()], cwd=ROOT, env=_environ(),
            )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        atexit.register(self._close)

    def fork(self, order: Order, files: list[int]) -> Forked:
        """Fork a process that runs the order."""
        if sys.platform == "win32":
            raise NotImplementedError
        said = json.dumps(asdict(order)).encode()
        with self._lock:
            socket.send_fds(self._channel, [_LENGTH.pack(len(said))], files)
            self._channel.sendall(said)
            assert self._birth.acquire(timeout=60), "no process was forked"
            return self._born.pop()

    def _read(self) -> None:
        """Starts are reported one at a time, since only one is requested at a time; ends at any time."""
        with self._channel.makefile("r") as lines:
            for line in lines:
                report = json.loads(line)
                if "code" in report:
                    self._forked.pop(report["pid"]).ended(report["code"])
                else:
                    self._forked[report["pid"]] = made = Forked(report["pid"])
                    self._born.append(made)
                    self._birth.release()

    def _close(self) -> None:
        self._channel.shutdown(socket.SHUT_WR)
        self._process.wait(60)
        self._reader.join(10)
        self._channel.close()
        shutil.rmtree(Path(self.door).parent)


def _listening(path: str) -> socket.socket:
    if sys.platform == "win32":
        raise NotImplementedError
    made = socket.socket(socket.AF_UNIX)
    made.bind(path)
    made.listen()
    return made


_forge = functools.cache(Forge)


# -- in the process that forks -----------------------------------------------------------------------------------


def serve(channel: socket.socket, door: socket.socket) -> tuple[Order, list[int]] | None:
    """Fork on request; returns the order in the child, and None in the parent when no request can follow."""
    if sys.platform == "win32":
        raise NotImplementedError
    gc.freeze()
    wake, awake = socket.socketpair()
    awake.setblocking(False)
    signal.set_wakeup_fd(awake.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    asking, born = {channel}, dict[int, socket.socket]()
    while True:
        ready, _, _ = select.select([*asking, door, wake], [], [])
        if wake in ready:
            wake.recv(4096)
            _tell_ends(born)
        if door in ready:
            asking.add(door.accept()[0])
        for end in asking.intersection(ready):
            if (given := _receive(end)) is None:
                if end is channel:
                    return None
                asking.discard(end)
                _has_left(end, born)
                continue
            order, files = given
            if (pid := os.fork()) == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for opened in (*asking, door, wake, awake):
                    opened.close()
                return order, files
            for number in files:
                os.close(number)
            born[pid] = end
            _tell(end, pid=pid)


def _receive(channel: socket.socket) -> tuple[Order, list[int]] | None:
    if sys.platform == "win32":
        raise NotImplementedError
    head, files, _, _ = socket.recv_fds(channel, _LENGTH.size, 3)
    if len(head) < _LENGTH.size:
        return None
    said = b""
    while len(said) < _LENGTH.unpack(head)[0]:
        said += channel.recv(_LENGTH.unpack(head)[0] - len(said))
    return Order(**json.loads(said)), list(array.array("i", files))


def _tell_ends(born: dict[int, socket.socket]) -> None:
    """Several may have ended by the time one signal is handled."""
    if sys.platform == "win32":
        raise NotImplementedError
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if (end := born.pop(pid, None)) is not None:
            _tell(end, pid=pid, code=os.waitstatus_to_exitcode(status))


def _tell(end: socket.socket, **what: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # the requester is gone, which is noticed in its turn
        end.sendall(json.dumps(what).encode() + b"\n")


def _has_left(end: socket.socket, born: dict[int, socket.socket]) -> None:
    """A forked process ends when its requester does."""
    if sys.platform == "win32":
        raise NotImplementedError
    for pid in [p for p, e in born.items() if e is end]:
        os.kill(pid, signal.SIGKILL)
        del born[pid]
    end.close()


def become(order: Order, files: list[int]) -> None:
    """Run the order as if started that way, and exit as it does."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    if order.terminal:
        _take_terminal()
    os.chdir(order.cwd)
    os.environ.clear()
    os.environ.update(order.env)
    if sys.platform != "win32":
        time.tzset()
    _reopen()
    if order.strict:
        warnings.simplefilter("error")
    if order.module == PROGRAM:
        sys.argv = [COMMAND, *order.args]
        runpy.run_path(COMMAND, run_name="__main__")
    else:
        sys.argv = [order.module, *order.args]
        runpy.run_module(order.module, run_name="__main__", alter_sys=True)


def _take_terminal() -> None:
    """Ctrl-C there is for this process from now on."""
    if sys.platform == "win32":
        raise NotImplementedError
    import fcntl
    import termios

    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _reopen() -> None:
    """Open standard streams as the interpreter does: they remember what kind of files they had."""
    coding = sys.stdout.encoding
    sys.stdin = io.TextIOWrapper(open(0, "rb", closefd=False), coding, sys.stdin.errors)  # noqa: SIM115
    sys.stdout = _writer(1, coding, sys.stdout.errors)
    sys.stderr = _writer(2, coding, "backslashreplace")


def _writer(number: int, coding: str, errors: str | None) -> io.TextIOWrapper:
    raw = open(number, "wb", closefd=False)  # noqa: SIM115
    return io.TextIOWrapper(raw, coding, errors, "\n", line_buffering=number == 2 or os.isatty(number))


def main() -> None:
    modules = {found.name for found in pkgutil.walk_packages(pjterm.__path__, "pjterm.")} - NOT_LOADED
    for name in (*LOADED, *sorted(n for n in modules if not n.endswith("__main__"))):
        importlib.import_module(name)
    channel, door = (socket.socket(fileno=int(number)) for number in sys.argv[1:])
    if (given := serve(channel, door)) is not None:
        become(*given)


if __name__ == "__main__":
    main()
