"""A till for tests: the installed command as a real process, against a simulator on a real port.

`Shop` is the simulator in a thread of the test process, so that a test can read its books and every call
it answered. `Till` is one state directory and one config directory, with a labs profile that points at a
port. Nothing is patched: the command is started as a shell would start it.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs

import pexpect  # type: ignore[import-untyped]

from pjterm.simulator.api.world import World
from pjterm.simulator.server.embedded import Embedded
from pjterm.simulator.server.http_server import Exchange
from pjterm.simulator.shop import batches, customer
from pjterm.simulator.shop.inventory import ACCOUNT, APPLICATION_KEY, LOGIN, PASSWORD, READERS
from pjterm.simulator.shop.keys import Key, Press
from pjterm.simulator.shop.ledger import total
from tests import printed, spawned, warm
from tests.simulator import documented
from tests.warm import PROGRAM, Running, piped, start

COMMAND = warm.COMMAND
T1, T2 = (r.id for r in READERS)
SECRETS = (PASSWORD, APPLICATION_KEY)
PATIENCE = 40.0  # seconds any single command may take in these tests
LATER = 3600.0  # how far the books are run on before they are read: nothing may still be under way


@dataclass(frozen=True, slots=True)
class Booked:
    """One transaction as the simulator's books have it."""

    id: int
    action: str
    amount: Decimal
    total: Decimal
    approved: bool
    status: str
    invoice: str | None


class Shop:
    """A simulator on a free loopback port, with its calls and its books."""

    def __init__(self, directory: Path, *, scenario: str | None = None, speed: float = 50.0) -> None:
        self.directory = directory
        self.scenario = scenario
        self.exchanges: list[Exchange] = []
        self._simulator = Embedded(directory, scenario=scenario, speed=speed, seen=self.exchanges.append)
        self.url = self._simulator.start()

    def close(self) -> None:
        """Stop it; all that it answered was as documented."""
        self._simulator.close()
        for exchange in self.exchanges if self.scenario != "numbers-as-text" else ():
            documented.check(exchange.call, exchange.reply)

    def __enter__(self) -> Shop:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def posts(self) -> list[str]:
        """Everything that was not a read, by the last part of its path (`request-payment`, `main`).

        One that met a limit (429) was not taken and went out again: it is not counted.
        """
        sent = [e for e in self.exchanges if e.call.method != "GET" and e.reply.status != 429]
        return [e.call.path.rsplit("/", 1)[-1] for e in sent]

    @property
    def calls(self) -> list[str]:
        """Every call as `GET /path 200`."""
        return [f"{e.call.method} {e.call.path} {e.reply.status}" for e in self.exchanges]

    def forms(self, name: str) -> list[dict[str, list[str]]]:
        """The forms posted to `…/name`."""
        posted = [e for e in self.exchanges if e.call.method == "POST" and e.call.path.endswith(name)]
        return [parse_qs(e.call.body.decode(), keep_blank_values=True) for e in posted]

    def books(self, later: float = LATER) -> list[Booked]:
        """What is booked in the end, oldest first."""
        world = World(self.directory, lambda: time.time() + later)
        try:
            with world.moment() as m:
                found = [_booked(r) for r in m.books.transactions()]
        finally:
            world.close()
        return sorted(found, key=lambda b: b.id)

    def tap(self, reader: str = "T1") -> None:
        """A card is held to the reader now, whenever the scenario's customer would have done it."""
        at = next(r for r in READERS if r.name == reader)
        world = World(self.directory, time.time)
        try:
            with world.moment() as m:
                customer.press(m, at, Press(Key.TAP))
        finally:
            world.close()

    def close_batch(self, ago: float = 0.0) -> None:
        """The account's batch closed so many seconds ago, with all that is in it."""
        world = World(self.directory, lambda: time.time() - ago)
        try:
            with world.moment() as m:
                batches.close(m, ACCOUNT)
        finally:
            world.close()

    def purge(self) -> None:
        """Forget all requests, as the API does a day after their end."""
        world = World(self.directory, lambda: time.time() + LATER)
        try:
            with world.moment() as m:
                m.books.purge(m.now + 1.0)
        finally:
            world.close()

    def charges(self) -> list[Booked]:
        """Approved charges that were not voided: what customers have paid."""
        return [b for b in self.books() if b.action == "CHARGE" and b.approved and b.status != "VOID"]


class Served:
    """`pjterm simulator serve` as a process of its own; entering gives its URL."""

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

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._running is not None
        assert self._running.stdout is not None
        self._running.terminate()
        self._running.wait(60)
        self._running.stdout.close()


def _booked(r: dict[str, Any]) -> Booked:
    amount = Decimal(r["amounts"]["amountBase"])
    return Booked(
        r["transactionId"], r["action"], amount, total(r), r["code"] == "00", r["status"], r.get("invoiceNumber")
    )


@dataclass(frozen=True, slots=True)
class Run:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def seconds_from_reset_to_proof(self) -> float:
        """By the command's own record: from when the reader was reset to the last thing that was learnt."""
        evidence = self.json["evidence"]
        reset = next(e["at"] for e in evidence if e["says"].startswith("terminal reset"))
        learnt = datetime.fromisoformat(evidence[-1]["at"]) - datetime.fromisoformat(reset)
        return learnt.total_seconds()

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
    """A command that runs, its output going to files, so that no pipe can fill up."""

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
        """Wait until its stderr or stdout says this."""
        wait_for(
            lambda: text in self.err.read_text(errors="replace") + self.out.read_text(errors="replace"),
            patience,
            f"{text!r} in {self.err}",
        )


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
        secrets = f'[till-1]\npassword = "{PASSWORD}"\napp_key = "{APPLICATION_KEY}"\n'
        _private(self.config / "credentials.toml", secrets)

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
        """Write the config file anew."""
        settings = {"environment": environment, "login": LOGIN, "base_url": url, "secrets": "file", **more}
        if terminal is not None:
            settings["terminal"] = terminal
        lines = ['default_profile = "till-1"', "", "[profiles.till-1]"]
        lines += [f'{name} = "{value}"' for name, value in settings.items()]
        lines += [f"account = {account}"] if account is not None else []
        if aliases:
            lines += ["", "[profiles.till-1.aliases]", f'T1 = "{T1}"', f'T2 = "{T2}"']
        _private(self.config / "config.toml", "\n".join(lines) + "\n")

    def environ(self, **more: str) -> dict[str, str]:
        """The environment of its commands: nothing of the tester's own gets through."""
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
        """Start a command in a pipe: warm, unless it is one of the shell's that is started from the beginning."""
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
        """All that its log files say."""
        return "".join(p.read_text(errors="replace") for p in sorted(self.state.glob("*.log*")))

    def journal_bytes(self) -> bytes:
        """All that its journal keeps."""
        return b"".join(p.read_bytes() for p in sorted(self.state.glob("journal*")))


def ended(child: Any) -> tuple[int, str]:
    """Wait for a terminal's command; its exit code and all that was still to be shown."""
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus if child.exitstatus is not None else -child.signalstatus, child.before


def wait_for(true: Callable[[], bool], patience: float, what: str) -> None:
    """Look every 10 ms until it is so."""
    until = time.monotonic() + patience
    while not true():
        assert time.monotonic() < until, f"never came: {what}"
        time.sleep(0.01)


def _private(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)
