"""A till for tests: the installed command as a real process, against a simulator on a real port.

`Shop` is the simulator in a thread of the test process, so that a test can read its books and every call that
it answered. `Till` is one state directory and one config directory, with a labs profile that points at a port.
Nothing is patched: the command is started as a shell would start it.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pexpect  # type: ignore[import-untyped]

from pjterm.simulator.api.world import World
from pjterm.simulator.server.embedded import Embedded
from pjterm.simulator.server.http_server import Exchange
from pjterm.simulator.shop.inventory import APPLICATION_KEY, LOGIN, PASSWORD, READERS
from pjterm.simulator.shop.moment import Moment
from tests import printed, spawned, warm
from tests.cli.any_shop import AnyShop
from tests.simulator import documented
from tests.warm import PROGRAM, Running, piped, start

COMMAND = warm.COMMAND
T1, T2 = (r.id for r in READERS)
SECRETS = (PASSWORD, APPLICATION_KEY)
PATIENCE = 40.0  # seconds any single command may take in these tests
GAP = 0.11  # seconds
WHO = {
    "Authorization": "Basic " + base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode(),
    "X-PJ-Application-Key": APPLICATION_KEY, "Accept": "application/json",
}  # fmt: skip
"""How another program identifies itself."""


class Shop(AnyShop):
    """A simulator on a free loopback port, with its calls and its books."""

    def __init__(self, directory: Path, *, scenario: str | None = None, speed: float = 50.0) -> None:
        self.directory = directory
        self.scenario = scenario
        self.exchanges: list[Exchange] = []
        self._simulator = Embedded(directory, scenario=scenario, speed=speed, seen=self.exchanges.append)
        self.url = self._simulator.start()

    def close(self) -> None:
        """Stop it and check that all its answers were as documented."""
        self._simulator.close()
        for exchange in self.exchanges if self.scenario != "numbers-as-text" else ():
            documented.check(exchange.call, exchange.reply)

    def __enter__(self) -> Shop:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def moment(self, later: float = 0.0) -> Iterator[Moment]:
        """Its books, opened a second time."""
        world = World(self.directory, lambda: time.time() + later)
        try:
            with world.moment() as m:
                yield m
        finally:
            world.close()

    def call(self, method: str, path: str, form: dict[str, str]) -> bytes:
        """Over HTTP, with a pause before and after, since the API allows one call per 0.1 s and login."""
        time.sleep(GAP)
        data = urlencode(form).encode() if form else None
        asked = urllib.request.Request(self.url + path, method=method, data=data, headers=dict(WHO))
        with urllib.request.urlopen(asked, timeout=60) as reply:
            body: bytes = reply.read()
        time.sleep(GAP)
        return body


class Served:
    """`pjterm simulator serve` as a process; entering gives its URL."""

    def __init__(self, directory: Path, *, speed: float = 1.0, scenario: str = "approved") -> None:
        self.directory = directory
        self._options = ["--port", "0", "--speed", str(speed), "--scenario", scenario]
        self._running: Running | None = None

    def __enter__(self) -> str:
        self.directory.mkdir()
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.directory),
            "PJTERM_STATE_DIR": str(self.directory / "state"),
            "PJTERM_CONFIG_DIR": str(self.directory / "config"),
        }
        self._running = piped(["simulator", "serve", *self._options], stderr=subprocess.DEVNULL, env=env)
        assert self._running.stdout is not None
        said = str(self._running.stdout.readline())
        assert said.startswith("simulator ready http://127.0.0.1:"), said
        return said.split()[-1]

    def __exit__(self, *_: object) -> None:
        assert self._running is not None
        assert self._running.stdout is not None
        self._running.terminate()
        self._running.wait(60)
        self._running.stdout.close()


@dataclass(frozen=True, slots=True)
class Run:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def seconds_from_reset_to_proof(self) -> float:
        """Seconds in the command's own record from the reset of the reader to the last fact."""
        evidence = self.json["evidence"]
        reset = next(e["at"] for e in evidence if e["says"].startswith("terminal reset"))
        learned = datetime.fromisoformat(evidence[-1]["at"]) - datetime.fromisoformat(reset)
        return learned.total_seconds()

    @property
    def json(self) -> dict[str, Any]:
        """Stdout as the one JSON object that it must be."""
        assert self.out.count("\n") == 1, f"not one line: {self.out!r} {self.err!r}"
        value: dict[str, Any] = json.loads(self.out)
        return value

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Stdout as ndjson."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Started:
    """A running command whose output goes to files, so that no pipe can fill up."""

    process: Running
    out: Path
    err: Path

    def signal(self, signum: int) -> None:
        """Send it a signal."""
        self.process.send_signal(signum)

    def end(self, patience: float = PATIENCE) -> Run:
        """Wait for it."""
        try:
            code = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(
                f"no end within {patience} s: {self.out.read_text()!r} {self.err.read_text()!r}"
            ) from None
        out, err = self.out.read_bytes(), self.err.read_bytes()
        said = out.decode(errors="replace")
        printed.check(said)
        return Run(code, said, err.decode(errors="replace"))

    def until(self, text: str, patience: float = PATIENCE) -> None:
        """Wait until its stderr or stdout contains this."""
        self.until_true(lambda: text in self._said(), repr(text), patience)

    def until_true(self, true: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        """Wait until this holds; a failure shows what the command printed instead."""
        try:
            wait_for(true, patience, what)
        except AssertionError as never:
            raise AssertionError(f"{never}; exit code {self.process.poll()}, it said: {self._said()!r}") from None

    def _said(self) -> str:
        return self.err.read_text(errors="replace") + self.out.read_text(errors="replace")


SECRETS_FILE = f'[till-1]\npassword = "{PASSWORD}"\napp_key = "{APPLICATION_KEY}"\n'


def profile(
    url: str, terminal: str | None, account: int | None, *, environment: str = "labs", aliases: bool = True, **more: str
) -> str:
    """The config file of a till whose profile is `till-1`."""
    settings = {"environment": environment, "login": LOGIN, "base_url": url, "secrets": "file", **more}
    if terminal is not None:
        settings["terminal"] = terminal
    lines = ['default_profile = "till-1"', "", "[profiles.till-1]"]
    lines += [f'{name} = "{value}"' for name, value in settings.items()]
    lines += [f"account = {account}"] if account is not None else []
    if aliases:
        lines += ["", "[profiles.till-1.aliases]", f'T1 = "{T1}"', f'T2 = "{T2}"']
    return "\n".join(lines) + "\n"


class Till:
    """One machine's directories and its profile `till-1`."""

    def __init__(
        self,
        root: Path,
        url: str,
        *,
        terminal: str | None = "T1",
        account: int | None = 10001,
        **profile: Any,
    ) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root, self.state, self.config = root, root / "state", root / "config"
        self.config.mkdir(mode=0o700)
        self.count = 0
        self.write_profile(url, terminal=terminal, account=account, **profile)
        _private(self.config / "credentials.toml", SECRETS_FILE)

    def write_profile(
        self,
        url: str,
        *,
        terminal: str | None = "T1",
        account: int | None = 10001,
        environment: str = "labs",
        aliases: bool = True,
        **more: str,
    ) -> None:
        """Rewrite the config file."""
        written = profile(url, terminal, account, environment=environment, aliases=aliases, **more)
        _private(self.config / "config.toml", written)

    def environ(self, **more: str) -> dict[str, str]:
        """The environment of its commands, without any variables of the tester."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root),
            "LANG": "C.UTF-8",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            **{name: value for name, value in warm.environ().items() if name.startswith("COVERAGE_")},
            "PJTERM_STATE_DIR": str(self.state),
            "PJTERM_CONFIG_DIR": str(self.config),
            **more,
        }

    def start(
        self, *args: str, stdin: str | None = None, command: Sequence[str] = (), module: str = PROGRAM, **env: str
    ) -> Started:
        """Start a command in a pipe: warm, unless it needs a cold start."""
        self.count += 1
        out, err = self.root / f"{self.count}.out", self.root / f"{self.count}.err"
        source = self.root / f"{self.count}.in"
        source.write_text(stdin or "")
        with source.open("rb") as i, out.open("wb") as o, err.open("wb") as e:
            files: dict[str, Any] = {"stdin": i, "stdout": o, "stderr": e, "cwd": self.root}
            files["env"] = self.environ(**env)
            process: Running = (
                subprocess.Popen([*command, *args], **files) if command else start(args, module=module, **files)
            )
        return Started(process, out, err)

    def run(self, *args: str, stdin: str | None = None, **env: str) -> Run:
        """Run a command in a pipe to its end."""
        return self.start(*args, stdin=stdin, **env).end()

    def spawn(self, *args: str, width: int = 80, **env: str) -> Any:
        """Start a command in a real terminal."""
        environ = self.environ(**{"TERM": "xterm-256color", **env})
        return spawned.spawn(list(args), env=environ, cwd=self.root, width=width, patience=PATIENCE)

    def log(self) -> str:
        """The contents of its log files."""
        return "".join(p.read_text(errors="replace") for p in sorted(self.state.glob("*.log*")))

    def journal_bytes(self) -> bytes:
        """The contents of its journal."""
        return b"".join(p.read_bytes() for p in sorted(self.state.glob("journal*")))


def ended(child: Any) -> tuple[int, str]:
    """Wait for a command in a terminal; its exit code and the rest of its output."""
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus if child.exitstatus is not None else -child.signalstatus, child.before


def wait_for(true: Callable[[], bool], patience: float, what: str) -> None:
    """Wait until it holds, checking every 10 ms."""
    until = time.monotonic() + patience
    while not true():
        assert time.monotonic() < until, f"never happened: {what}"
        time.sleep(0.01)


def _private(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)
