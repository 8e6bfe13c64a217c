"""Pings amid other activity at a reader: one seed is several pings, one after the other.

Everything sent there besides the ping, by other software or by this machine, is another program's request. The
service can end only whatever is running (PM), so a ping must have seen its own prompt running at its last poll,
and the reset must follow at once; a request that starts in between cannot be protected and is counted separately.
"""

from __future__ import annotations

import shutil
import signal
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from random import Random

from pjterm.core.entry import Entry
from pjterm.core.evidence.facts import Fact, Observed
from pjterm.core.model import Kind
from pjterm.core.plan import Plan
from pjterm.flow.assembly import Flow
from pjterm.flow.protocols import Lookups
from pjterm.flow.results import FollowResult
from tests.world import faults
from tests.world.faults import Cut, Silence
from tests.world.history import root
from tests.world.machine import RUNNING, Process
from tests.world.reader import Answer, Customer, RedX, Request, Stays, Tap, customer
from tests.world.rules import RULES, Rules
from tests.world.service import Call
from tests.world.till import Run, Till, World
from tests.world.timeline import Task

AT_ONCE = 10
"""Pings per seed."""
LONGEST = 60.0
"""Seconds after which a ping must have ended."""
STOPPED = ("ready", "busy", "unreachable", "")
ENDS = {0: ("ready",), 13: ("busy", "unreachable"), 12: ("",), 130: STOPPED, 143: STOPPED}
"""By exit code: what a ping may report. Any other code would be a bug or a statement about money."""


@dataclass(slots=True)
class Pings:
    """The results of some pings."""

    said: Counter[str] = field(default_factory=Counter)
    others: int = 0
    """Requests of other programs that ran during a ping."""
    resets: int = 0
    raced: int = 0
    """Requests of other programs that started between the poll that saw our prompt and the reset."""
    longest: float = 0.0
    """Maximum seconds between such a poll and the reset: two network delays and the rate limit."""
    wrong: dict[int, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return self.said.total()


def play(seeds: Iterable[int], rules: Rules = RULES) -> Pings:
    """Play the pings of these seeds; a failure is recorded and does not stop the others."""
    found = Pings()
    for seed in seeds:
        place = root()
        try:
            _play_one(seed, place, rules, found)
        finally:
            shutil.rmtree(place)
    return found


def _play_one(seed: int, place: Path, rules: Rules, found: Pings) -> None:
    with World(place, seed, rules) as world:
        world.shortcut = True
        till, rng = world.till(aliases={"T1": world.t1.id}), Random(f"pings {seed}")
        world.network(till).jitter(0.01, rng.choice((0.03, 0.1, 0.4)))
        for _ in range(AT_ONCE):
            wrong = _Counter(world, till, rng, found).ping()
            if wrong is not None:
                found.wrong[seed] = wrong
                return


class _Counter:
    """One ping: what happens around it, what it ended, and what it reported."""

    def __init__(self, world: World, till: Till, rng: Random, found: Pings) -> None:
        self.world, self.till, self.rng, self.found = world, till, rng, found
        self.process: Process | None = None
        self.seen: Request | None = None
        """What ran at the reader at the last answered poll of this ping, and when."""
        self.seen_at = 0.0
        self.resets: list[tuple[float, Request | None, Request | None, float]] = []
        """When the reader was reset, what ran then, what the last poll had seen, and when that was."""

    def ping(self) -> str | None:
        """Ping once; returns what went wrong."""
        world, reader = self.world, self.world.t1
        reader.online = self.rng.random() > 0.05
        world.faults.random = self._fault if self.rng.random() < 0.3 else None
        world.service.on_call = [self._heard]
        beside = self._happens()
        run = self.till.run("terminals", "ping", "T1", "--json", trouble=self._trouble)
        world.service.on_call = []
        wrong = self._judge(run)
        world.faults.random, reader.online = None, True
        for other in beside:
            world.time.join(other)
        world.wait(self.rng.uniform(20.0, 40.0))
        reader.reset()
        if self.rng.random() < 0.5 or run.code != 0:  # an open request would make the next ones busy
            self.till.lose_journal()
        return wrong

    # -- events around it -----------------------------------------------------------------------------------------

    def _happens(self) -> list[Task]:
        """Other programs send, reset, or charge at this till, at any time around the ping."""
        rng, world = self.rng, self.world
        for _ in range(rng.choice((0, 1, 1, 2, 3))):
            world.time.after(rng.uniform(0.0, 4.0), self._others_send)
        if rng.random() < 0.3:
            self._others_send()
            world.wait(rng.uniform(0.0, 1.0))
        if rng.random() < 0.15:
            world.time.after(rng.uniform(0.0, 3.0), world.t1.reset)
        if rng.random() < 0.1:
            return [self._charge_here(rng.uniform(0.0, 2.0))]
        return []

    def _others_send(self) -> None:
        rng = self.rng
        act = rng.choice((Tap(rng.uniform(0.5, 5.0)), Stays(rng.uniform(1.0, 20.0)), RedX(rng.uniform(0.1, 3.0))))
        who = customer(act, connecting=rng.uniform(0.05, 2.0))
        kind = rng.choice(("request-payment", "request-prompt"))
        self.world.service.others_send(self.world.t1, who, kind=kind, interrupts=rng.random() < 0.25)

    def _charge_here(self, after: float) -> Task:
        """A colleague charges at the same till, in another process."""

        def charge() -> None:
            self.world.wait(after)
            self.till.run("charge", "5", "-t", "T1", "--timeout", "10", "--json")

        return self.world.time.spawn("colleague", charge)

    def _customer(self) -> Customer:
        """The customer at our prompt."""
        rng = self.rng
        pressed = Answer({"promptButton": "OK"}, rng.uniform(0.0, 3.0))
        act = rng.choice((Stays(), Stays(), Stays(rng.uniform(0.0, 3.0)), pressed, RedX(rng.uniform(0.0, 3.0))))
        return customer(act, connecting=rng.uniform(0.05, 3.0), finishing=rng.uniform(0.1, 2.0))

    def _fault(self, _: Call, __: str) -> faults.Fault | None:
        rng = self.rng
        if rng.random() > 0.15:
            return None
        what = rng.choice((Silence(), Cut(), Cut(0.5), faults.page(502)))
        lost = rng.choice((faults.lost_request, faults.lost_answer))
        return rng.choice((faults.no_connection(), lost(what), lost(what), faults.SLOW_DOWN))

    def _trouble(self, process: Process) -> None:
        self.process = process
        if self.rng.random() < 0.1:
            signum = self.rng.choice((signal.SIGINT, signal.SIGTERM))
            self.world.time.after(self.rng.uniform(0.0, 3.0), lambda: process.signal(signum))

    # -- the result -----------------------------------------------------------------------------------------------

    def _heard(self, call: Call) -> None:
        running = self.world.t1.running
        if call.by is not self.process:
            return
        if call.name == "request-prompt":
            self.world.t1.coming.insert(0, self._customer())
        elif call.name == "poll":
            self.seen, self.seen_at = running, call.at
        elif call.name == "main":
            self.resets.append((call.at, running, self.seen, self.seen_at))

    def _judge(self, run: Run) -> str | None:
        found, process = self.found, run.process
        own = [r for r in self.world.service.requests.values() if r.call is not None and r.call.by is process]
        found.others += sum(r not in own and r.at >= run.began - 1.0 for r in self.world.service.requests.values())
        found.resets += len(self.resets)
        for at, ended, seen, seen_at in self.resets:
            found.longest = max(found.longest, at - seen_at)
            if ended is None or ended in own or ended.ended_at != at:
                continue
            if seen not in own:
                return f"it ended {ended.kind} {ended.id} of another, while it saw {seen}: {run}"
            found.raced += 1
        return self._said(run, own)

    def _said(self, run: Run, own: list[Request]) -> str | None:
        """Ready means that the reader showed our prompt; a ping ends in time, with one of its codes."""
        items = run.json.get("items") or []
        said = " ".join(item["status"] for item in items)
        self.found.said[said or str(run.code)] += 1
        if run.code not in ENDS or said not in ENDS[run.code] or run.process.bugs:
            return f"ended with {run.code}: {run}"
        if said == "ready" and not any(r.status in ("IN_PROGRESS", "COMPLETE") and (r.over or r.result) for r in own):
            return f"ready, though our prompt was not shown, or stays there: {run}"
        return None if run.seconds < LONGEST else f"{run.seconds:.0f} s: {run}"


# -- without the rule ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _OfTheReader:
    """Polls that report what runs at the reader, whoever sent it."""

    api: Lookups

    def poll(self, request_id: str, kind: Kind | None) -> Fact:
        fact = self.api.poll(request_id, kind)
        service = RUNNING.get().machine.network.service
        runs = any(reader.running is not None for reader in service.readers.values())
        return replace(fact, status="IN_PROGRESS") if runs and isinstance(fact, Observed) else fact

    def __getattr__(self, name: str) -> object:
        return getattr(self.api, name)


class WithoutId(Flow):
    """Takes whatever runs at the reader for its own prompt."""

    def follow(
        self, plan: Plan, entry: Entry | None, facts: list[Fact], *, cancel_at: datetime | None = None
    ) -> FollowResult:
        api, self.api = self.api, _OfTheReader(self.api)  # type: ignore[assignment]
        try:
            return super().follow(plan, entry, facts, cancel_at=cancel_at)
        finally:
            self.api = api


class WithoutPoll(Flow):
    """Resets the reader at once, without checking what runs there."""

    def follow(
        self, plan: Plan, entry: Entry | None, facts: list[Fact], *, cancel_at: datetime | None = None
    ) -> FollowResult:
        if cancel_at is not None and plan.sale.terminal.smart_terminal_id is not None:
            self.resets.reset(plan.sale.terminal.smart_terminal_id)
        return super().follow(plan, entry, facts, cancel_at=cancel_at)


WITHOUT = {"the id": Rules(WithoutId), "the poll": Rules(WithoutPoll)}
"""Each variant by the rule that it omits."""
