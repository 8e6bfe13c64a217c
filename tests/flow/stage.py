"""A command's flow in memory: waiting moves the clock, the API gives scripted answers, the journal is in a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from pjterm.api.client import SendResult
from pjterm.core.entry import Entry
from pjterm.core.evidence.facts import Fact
from pjterm.core.guards import Limits
from pjterm.core.model import Kind, Sale, Transaction
from pjterm.core.plan import Plan
from pjterm.core.request import RequestSpec
from pjterm.core.sending.send_state import Options, Sender, SendState, begin
from pjterm.core.typed import Typed
from pjterm.flow.assembly import Flow
from pjterm.flow.inbox import Inbox, InboxItem
from pjterm.flow.signals import Signals
from pjterm.journal.owners import Owners
from pjterm.journal.store import Journal
from pjterm.system.clock import Clock
from tests.core.make import NOON, TILL, at
from tests.core.test_guards import SHOP

KEY = "order-1"
CHARGE = RequestSpec(Kind.PAYMENT, (("amountBase", "12.50"),), Decimal("12.50"))
Says = Callable[[datetime], Any]
"""The answer at a given time."""


class Time:
    """Moves only while the code waits; scheduled actions happen at their time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.coming: list[tuple[float, Callable[[], None]]] = []

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        due = [do for when, do in self.coming if when <= self.now]
        self.coming = [(when, do) for when, do in self.coming if when > self.now]
        for do in due:
            do()


class VirtualInbox(Inbox):
    """Waiting for an arrival moves the clock."""

    def __init__(self, time: Time) -> None:
        super().__init__()
        self._time = time

    def get(self, seconds: float) -> InboxItem | None:
        found = super().get(0)
        if found is None and seconds > 0:
            self._time.pass_by(seconds)
            found = super().get(0)
        return found


class Said:
    """An API with scripted answers: the next one of each kind, and the last one forever."""

    login = SHOP.login
    hidden: str | None = None

    def __init__(self, time: Time) -> None:
        self._time = time
        self.answers: dict[str, list[Says | BaseException]] = {}
        self.asked: list[str] = []
        self.silent = 60.0
        """Seconds since another process called the API."""

    def _next(self, name: str) -> Any:
        self.asked.append(name)
        self._time.pass_by(0.05)
        left = self.answers[name]
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer(NOON + timedelta(seconds=self._time.now))

    def send(
        self, path: str, form: object, deadline: datetime, again_until: object, method: str = "POST"
    ) -> SendResult:
        return SendResult(self._next("send"))

    def poll(self, request_id: str, kind: Kind | None) -> Fact:
        return cast(Fact, self._next("poll"))

    def look_up(self, transaction_id: int) -> Fact:
        return cast(Fact, self._next("look_up"))

    def search(self, sale: Sale, until: datetime | None = None) -> Fact:
        return cast(Fact, self._next("search" if sale.key == KEY else "control"))

    def sample(self) -> tuple[Transaction, ...]:
        return cast("tuple[Transaction, ...]", self._next("sample"))

    def quiet(self) -> float:
        return self.silent

    def look_around(self, sale: Sale, until: datetime | None = None) -> Fact:
        return cast(Fact, self._next("look_around"))

    def reset(self, smart_terminal_id: str) -> Fact:
        return cast(Fact, self._next("reset"))

    reset_any = reset

    @contextmanager
    def hurried(self, seconds: float) -> Iterator[None]:
        yield


class RelayEvent:
    """A reporter that keeps the notices."""

    def __init__(self) -> None:
        self.notices: list[str] = []

    def on_fact(self, *_: object) -> None:
        """Not of interest."""

    on_verdict = on_activity = on_fact

    def on_notice(self, text: str) -> None:
        self.notices.append(text)


class Works(Owners):
    """Which process owns which entry: another one, if a test says so."""

    elsewhere = False
    last: Callable[[], object] | None = None
    """What that process does last: it has ended by the time it is checked."""

    def lives_elsewhere(self, entry_id: int) -> bool:
        last, self.last = self.last, None
        if last is not None:
            last()
        return self.elsewhere


class Stage:
    """The flow of one command."""

    def __init__(self, directory: Path) -> None:
        self.time = Time()
        self.clock = Clock(lambda: at(self.time.now), lambda: self.time.now)
        self.inbox = VirtualInbox(self.time)
        self.signals = Signals(self.inbox)
        self.api, self.reporter = Said(self.time), RelayEvent()
        self.owners = Works(directory / "owners")
        self.journal = Journal(directory, now=self.clock.now, owners=self.owners)
        self.flow = Flow(
            cast(Any, self.api), self.journal, self.clock, self.inbox, self.reporter, self.signals
        )  # fmt: skip

    def say(self, **answers: list[Says | BaseException] | Says) -> None:
        """Set the API's answers from now on."""
        self.api.answers |= {n: a if isinstance(a, list) else [a] for n, a in answers.items()}

    def state(self, spec: RequestSpec, **options: Any) -> SendState:
        """A sending at its beginning."""
        given = Options(key=KEY, **options)
        sender = Sender(SHOP, "till-1", KEY)
        typed = Typed(spec.kind, spec, spec.amount, spec.total)
        return begin(spec, typed, sender, TILL, given, Limits(), self.clock.now(), can_ask=False)

    def entry(self, spec: RequestSpec) -> Entry:
        """An entry whose POST is about to be sent."""
        return self.journal.add(self.state(spec).new, self.clock.now())

    def plan(self, entry: Entry, seconds: float = 60.0) -> Plan:
        """The plan for following an entry."""
        return Plan(entry.sale(), entry.kind, self.clock.now() + timedelta(seconds=seconds))
