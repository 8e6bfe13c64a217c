"""`pjterm` on a machine of the world: its command line, run in this process, in virtual time.

Everything that the command uses outside itself is passed in: clocks, connections, locks, signals, random keys.
Its output and its exit code are returned as a `Run`.
"""

from __future__ import annotations

import contextlib
import contextvars
import io
import json
import random
import signal
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from pjterm.api.client import Api
from pjterm.api.rate_limit import Pace
from pjterm.api.transport import Transport
from pjterm.cli.app import run
from pjterm.cli.context import Context
from pjterm.flow.assembly import Flow
from pjterm.flow.inbox import Inbox, InboxItem
from pjterm.flow.protocols import RelayFeed, Reporter
from pjterm.flow.signals import Signals
from pjterm.journal.file import JournalFile
from pjterm.journal.store import Journal
from pjterm.settings.credentials import Credentials
from pjterm.settings.profiles import Config, load
from pjterm.system.clock import Clock
from pjterm.system.jumps import Jumps
from pjterm.system.log import Log
from tests import printed
from tests.terminal import Tty
from tests.world import words
from tests.world.books import Booking, Books
from tests.world.faults import Faults
from tests.world.kept import Memory
from tests.world.machine import RUNNING, Connection, Killed, Lock, Machine, Process, Works
from tests.world.network import Network
from tests.world.notes import NotedJumps, NotedPace
from tests.world.relay import Relay
from tests.world.rules import RULES, Rules
from tests.world.service import ACCOUNT, URL, Service
from tests.world.timeline import Over, Task, Timeline
from tests.world.transport import Carrier, Shortcut
from tests.world.trees import remembering_tree_of, tree_of

ALARM = 14  # SIGALRM, for which Windows has no name
KILLED = -9
NOWHERE = Path("nowhere")
"""The file of streams without a descriptor."""


@dataclass(slots=True)
class Run:
    """The result of one command."""

    argv: tuple[str, ...]
    code: int
    out: str
    err: str
    process: Process
    began: float
    ended: float

    @property
    def json(self) -> Any:
        """The last line of stdout as JSON."""
        return json.loads(self.out.splitlines()[-1])

    @property
    def error_code(self) -> str | None:
        """The error code in its JSON."""
        error = self.json["error"]
        return None if error is None else str(error["code"])

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.began

    def __str__(self) -> str:
        return f"[{self.began:.1f}-{self.ended:.1f}] {' '.join(self.argv)} -> {self.code}\n{self.err}{self.out}"


class Running:
    """A command that runs alongside the test."""

    def __init__(self, world: World, process: Process, task: Task) -> None:
        self._world = world
        self.process = process
        self._task = task

    def end(self) -> Run:
        """Wait until it has ended."""
        ended: Run = self._world.time.join(self._task)
        return ended

    @property
    def ended(self) -> bool:
        return self._task.done

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.process.signal(signal.SIGINT)

    def terminate(self) -> None:
        """SIGTERM."""
        self.process.signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()


class World:
    """One history: time, the service, the network, and the shop's machines."""

    def __init__(self, root: Path, seed: int = 0, rules: Rules = RULES) -> None:
        self.root = root
        self.rules = rules
        self.shortcut = False
        """Whether exchanges bypass httpx and small files are in memory."""
        self.time = Timeline()
        self.service = Service(self.time, seed)
        self.faults = Faults()
        self.seed = seed
        self.machines: dict[str, Machine] = {}
        self._memories: dict[str, Memory] = {}
        self.relays: dict[str, Relay] = {}
        self.runs: list[Run] = []
        self.random = random.Random(f"keys {seed}")
        self.t1 = self.service.reader("T1")
        self.t2 = self.service.reader("T2")
        self._count = 0

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        self.time.close()
        for memory in self._memories.values():
            memory.forget()

    @property
    def books(self) -> Books:
        return self.service.books

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.time.sleep(seconds)

    def machine(self, name: str) -> Machine:
        """A machine by its name; created on first use."""
        if name not in self.machines:
            network = Network(self.service, self.faults, self.seed)
            self.machines[name] = Machine(name, self.time, self.root / name, network)
        return self.machines[name]

    def memory(self, machine: Machine) -> Memory:
        """The journals that a machine has in memory."""
        return self._memories.setdefault(machine.name, Memory())

    def till(self, name: str = "till", machine: str | None = None, **settings: Any) -> Till:
        """A till on a machine; several on one machine share its journal."""
        return Till(self, name, self.machine(machine or name), **settings)

    def relay(self, till: Till) -> Relay:
        """A relay for a till."""
        self.relays[till.machine.name] = made = Relay(self.time, self.service)
        till.configure(relay=True)
        return made

    @property
    def taken(self) -> int:
        """The number of payment requests that the service has accepted."""
        return sum(r.kind == "request-payment" for r in self.service.requests.values())

    def sale(self) -> Booking:
        """The only charge."""
        found = [b for b in self.service.books.all if b.took_money and not b.by_others]
        assert len(found) == 1
        return found[0]

    def network(self, till: Till) -> Network:
        """A till's connection to the service."""
        return till.machine.network

    def next_number(self) -> int:
        """A number for the next process."""
        self._count += 1
        return self._count

    def paid(self, invoice: str | None = None) -> list[int]:
        """The approved charges that took money, for one invoice number or all."""
        return [b.id for b in self.service.books.all if b.took_money and invoice in (None, b.invoice)]


@dataclass
class Till:
    """One user's profile on one machine."""

    world: World
    name: str
    machine: Machine
    login: str = "shop"
    terminal: str | None = "T1"
    aliases: dict[str, str] = field(default_factory=dict)
    relay: bool = False
    more: str = ""
    """Additional lines of its profile."""
    environ: dict[str, str] = field(default_factory=dict)
    """Variables of its shell."""
    is_wired: bool = True
    """Whether its network is the world's; otherwise it uses this machine's, for commands that cannot even start."""
    read: Config | None = None
    """Its last-read profile, if that is cached."""
    secrets: Credentials | None = None
    """Its last-read credentials, if those are cached."""
    kept_in: Path | None = None
    """Its journal's place, if that is cached."""

    def __post_init__(self) -> None:
        self.world.service.login(self.login)
        self.configure()

    @cached_property
    def state(self) -> Path:
        return self.machine.directory / "state"

    @cached_property
    def journal(self) -> Path:
        return self.state / "journal.sqlite"

    @property
    def memory(self) -> Memory:
        """Where its journal is between two commands, in the histories."""
        return self.world.memory(self.machine)

    @cached_property
    def config(self) -> Path:
        return self.machine.directory / f"config-{self.name}"

    def configure(self, **changes: Any) -> None:
        """Write its profile as `profiles add` would; `changes` are fields of this till."""
        for name, value in changes.items():
            setattr(self, name, value)
        self.read = self.secrets = None
        access = self.world.service.login(self.login)
        lines = [
            'default_profile = "till"', "[profiles.till]", 'environment = "labs"', f'login = "{self.login}"',
            f"account = {ACCOUNT}", f'base_url = "{URL}"', 'secrets = "file"',
        ]  # fmt: skip
        if self.terminal is not None:
            lines.append(f'terminal = "{self.terminal}"')
        if self.relay:
            lines.append('relay = "https://relay.example"')
        lines += [self.more, "[profiles.till.aliases]", *(f'{a} = "{u}"' for a, u in self.aliases.items())]
        secrets = f'[till]\npassword = "{access.password}"\napp_key = "{access.app_key}"\n'
        self.config.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, text in (("config.toml", "\n".join(lines) + "\n"), ("credentials.toml", secrets)):
            (self.config / name).write_text(text)
            (self.config / name).chmod(0o600)

    def lose_journal(self) -> None:
        """Delete the journal without a trace."""
        self.machine.forgotten.append((0.0, self.world.time.now))
        self.memory.forget()
        for path in self.state.glob("journal*"):
            path.unlink()

    @contextlib.contextmanager
    def opened_journal(self) -> Iterator[sqlite3.Connection]:
        """The journal as another program opens it, to inspect or change it behind pjterm's back."""
        self.memory.put_away()
        with contextlib.closing(sqlite3.connect(self.journal)) as db, db:
            yield db

    def kept_keys(self) -> set[str]:
        """The keys in its journal, whether that is in memory or in its file."""
        there = self.memory.there(self.journal)
        with contextlib.nullcontext(there) if there is not None else self.opened_journal() as db:
            begun = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'entries'").fetchone()
            return {key for (key,) in db.execute("SELECT key FROM entries")} if begun else set()

    def edit_journal(self, sql: str) -> None:
        """Change the journal as another program would."""
        with self.opened_journal() as db:
            db.execute(sql)

    def back_up(self) -> bytes | None:
        """The contents of the journal; `None` if there is none yet."""
        held = self.memory.held(self.journal)
        return held or (self.journal.read_bytes() if self.journal.exists() else None)

    def restore(self, kept: bytes, taken_at: float) -> None:
        """Replace the journal by an older copy."""
        self.lose_journal()
        self.machine.forgotten[-1] = (taken_at, self.world.time.now)
        self.journal.write_bytes(kept)

    def run(
        self, *argv: str, answers: str | None = None, kill_at: int = 0,
        trouble: Callable[[Process], None] = lambda _: None, columns: int | None = None,
    ) -> Run:  # fmt: skip
        """Run a command to its end; `trouble` gets its process before it begins.

        With `columns` its stdout is a terminal of that width without colors.
        """
        process = self._process(argv, kill_at)
        process.task = self.world.time.running
        trouble(process)
        return contextvars.copy_context().run(self._run, argv, process, answers, columns)

    def _process(self, argv: tuple[str, ...], kill_at: int) -> Process:
        process = Process(self.machine, self.world.next_number(), argv, kill_at)
        process.login = self.login
        return process

    def start(self, *argv: str, answers: str | None = None, kill_at: int = 0) -> Running:
        """Start a command that runs alongside the test."""
        process = self._process(argv, kill_at)
        name = f"{self.name} {process.number}"
        process.task = self.world.time.spawn(name, lambda: self._run(argv, process, answers))
        return Running(self.world, process, process.task)

    def _run(self, argv: tuple[str, ...], process: Process, answers: str | None, columns: int | None = None) -> Run:
        RUNNING.set(process)
        outside = Outside(self, process, answers, columns)
        _OUTSIDE.set(outside)
        began = self.world.time.now
        try:
            code = run(list(argv), Virtual, remembering_tree_of if self.world.shortcut else tree_of)
        except Killed:
            code = KILLED
        except KeyboardInterrupt:
            code = 130
        except SystemExit as left:
            code = int(left.code or 0)
        finally:
            outside.close()
            process.end()
        process.bugs = [line for line in outside.logged if line.startswith("BUG")]
        out, err = outside.stdout.getvalue(), outside.stderr.getvalue()
        printed.check(out)
        ended = Run(argv, code, out, err, process, began, self.world.time.now)
        self.world.runs.append(ended)
        assert words.faults(argv, code, err, out) == [], str(ended)
        return ended


class Outside:
    """The surroundings of one process."""

    def __init__(self, till: Till, process: Process, answers: str | None, columns: int | None) -> None:
        self.till = till
        self.process = process
        self.can_ask = answers is not None
        self.stdin = io.StringIO(answers or "")
        self.stdout = io.StringIO() if columns is None else Tty()
        self.stderr = io.StringIO()
        self.environ = {
            "PJTERM_CONFIG_DIR": str(till.config),
            "PJTERM_STATE_DIR": str(till.state),
            **till.environ,
        }
        if columns is not None:
            self.environ |= {"COLUMNS": str(columns), "TERM": "dumb"}
        self.journals: list[Journal] = []
        self.logged: list[str] = []

    def close(self) -> None:
        """Close what the system closes when a process ends."""
        for journal in self.journals:
            journal.close()


_OUTSIDE: contextvars.ContextVar[Outside] = contextvars.ContextVar("outside")


class Virtual(Context):
    """A command's context whose surroundings are the world."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.outside = _OUTSIDE.get()
        self.process = self.outside.process
        self.environ = self.outside.environ
        self.stdin, self.stdout, self.stderr = self.outside.stdin, self.outside.stdout, self.outside.stderr

    @cached_property
    def state_dir(self) -> Path:
        till = self.outside.till
        if not till.world.shortcut or till.environ:
            return super().state_dir
        if till.kept_in is None:
            till.kept_in = super().state_dir
        return till.kept_in

    @cached_property
    def log(self) -> Log:
        return MemoryLog(self.outside.logged)

    @cached_property
    def config(self) -> Config:
        till = self.outside.till
        if not till.world.shortcut:
            return load(self.config_dir)
        if till.read is None:
            till.read = load(self.config_dir)
        return till.read

    @cached_property
    def credentials(self) -> Credentials:
        till = self.outside.till
        if not till.world.shortcut or till.environ:
            return super().credentials
        if till.secrets is None:
            till.secrets = super().credentials
        return till.secrets

    @cached_property
    def clock(self) -> Clock:
        return VirtualClock(self.process.machine)

    @cached_property
    def inbox(self) -> Inbox:
        return VirtualInbox(self.process)

    @cached_property
    def signals(self) -> Signals:
        return VirtualSignals(self.inbox, self.process)

    def make_journal(self, directory: Path) -> Journal:
        world, clock = self.outside.till.world, self.clock
        memory = world.memory(self.process.machine)
        connect, file = (memory.connect, memory.file) if world.shortcut else (Connection, JournalFile)
        made = world.rules.journal(
            directory, now=clock.now, ahead=clock.ahead, jump=self.jump, owners=Works(), connect=connect,
            file=file,
        )  # fmt: skip
        self.outside.journals.append(made)
        return made

    def make_jumps(self) -> Jumps:
        machine, path = self.process.machine, self.state_dir / "clock.json"
        if self.outside.till.world.shortcut:
            return NotedJumps(machine, path, machine.wall, machine.running, machine.this_start)
        return Jumps(path, machine.wall, machine.running, machine.this_start)

    def make_flow(self, reporter: Reporter, via: str) -> Flow:
        feed, signals = self.relay_feed(via), self.signals
        return self.outside.till.world.rules.flow(
            self.api, self.journal, self.clock, self.inbox, reporter, signals, feed
        )

    def make_pace(self, host: str, login: str) -> Pace:
        machine, wait = self.process.machine, self.process.wait
        if self.outside.till.world.shortcut:
            return NotedPace(machine, self.state_dir, host, login, monotonic=machine.monotonic, sleep=wait)
        return Pace(self.state_dir, host, login, monotonic=machine.monotonic, sleep=wait, lock=Lock)

    def make_api(self, *args: Any, **more: Any) -> Api:
        exchanges = Shortcut if self.outside.till.world.shortcut else Transport
        carry = Carrier if self.outside.till.is_wired else None
        return Api(*args, transport=carry, exchanges=exchanges, **more)

    def new_key(self) -> str:
        made = f"made-{self.outside.till.world.random.getrandbits(40):010x}"
        self.process.made_key = made
        return made

    def relay_feed(self, via: str) -> RelayFeed | None:
        relay = self.outside.till.world.relays.get(self.outside.till.machine.name)
        if relay is None or via == "poll" or (via == "auto" and not self.outside.till.relay):
            return None
        return relay.feed(self.inbox, self.clock.now)

    def can_ask(self) -> bool:
        return self.outside.can_ask

    def ask_secret(self, question: str) -> str:
        return self.ask(question)


class VirtualClock(Clock):
    """The clock of a process; it does not change between two waits."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine.wall, machine.monotonic)
        self._machine, self._time = machine, machine.time
        self._at, self._set = -1.0, 0.0
        self._said, self._is_ahead = self._start, timedelta()

    def now(self) -> datetime:
        if self._time.now != self._at or self._machine.ahead != self._set:
            self._look()
        return self._said

    def ahead(self) -> timedelta:
        if self._time.now != self._at or self._machine.ahead != self._set:
            self._look()
        return self._is_ahead

    def _look(self) -> None:
        self._at, self._set = self._time.now, self._machine.ahead
        self._said = super().now()
        self._is_ahead = super().ahead()


class MemoryLog(Log):
    """What a process would have written to its log file."""

    def __init__(self, lines: list[str]) -> None:
        self.path, self._secrets, self._lines = NOWHERE, list[str](), lines

    def line(self, text: str) -> None:
        self._lines.append(text)


class VirtualInbox(Inbox):
    """What arrives from outside, waited for in virtual time."""

    def __init__(self, process: Process) -> None:
        super().__init__()
        self._process = process

    def put(self, arrival: InboxItem) -> None:
        super().put(arrival)
        if self._process.task is not None:
            self._process.machine.time.wake(self._process.task)

    def get(self, seconds: float) -> InboxItem | None:
        process, waits = self._process, seconds > 0 and not self._held
        if waits or process.signals or process.dead:
            process.wait(seconds if waits else 0.0, lambda: not self._queue.empty())
        return super().get(0)


class VirtualSignals(Signals):
    """Signals as the machine sends them."""

    def __init__(self, inbox: Inbox, process: Process) -> None:
        super().__init__(inbox)
        self._process = process

    def install(self) -> None:
        self._process.on_signal = self._deliver

    def set_alarm(self, seconds: float) -> bool:
        if seconds:
            self._process.machine.time.after(seconds, lambda: self._process.signal(ALARM))
        return True

    def _deliver(self, signum: int) -> None:
        if signum == ALARM:
            self.grace_is_over()
        else:
            self.receive(signum)


__all__ = ["KILLED", "Over", "Run", "Running", "Till", "World"]
