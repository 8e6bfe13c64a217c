"""The fault bench: an integration runs in each scenario against a fresh simulator, and is judged.

`approved` comes first and is the control: there everything goes well, so the command must be paid and say so; else
the rest would prove nothing. In some scenarios a command that says "not paid" is run again, as a cashier
would: the same sale (PJ_SALE), the same directory (PJ_STATE). Simulated time runs faster, but never so fast
that a client which polls as allowed could miss what a scenario is about. After the command has ended, the
world moves on by an hour in one step, so that a customer who pays after the integration gave up is seen, too.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from pjterm.errors import UsageFault
from pjterm.simulator.api.world import World
from pjterm.simulator.bench.calls import in_words, payments, subscribed
from pjterm.simulator.bench.command import Run, run
from pjterm.simulator.bench.hints import hint
from pjterm.simulator.bench.verdicts import (
    CONTROL,
    Charge,
    Item,
    Said,
    Truth,
    ended_by,
    inconclusive,
    judge,
    not_run,
    said_by,
)
from pjterm.simulator.server.embedded import Embedded
from pjterm.simulator.server.http_server import Exchange
from pjterm.simulator.shop import ledger
from pjterm.simulator.shop.inventory import APPLICATION_KEY, LOGIN, PASSWORD, READERS
from pjterm.simulator.shop.moment import Moment, Setting
from pjterm.simulator.shop.named import NAMED
from pjterm.simulator.shop.rows import Request
from pjterm.simulator.shop.scenarios import Scenario
from pjterm.values import dataclass

AMOUNT = Decimal("12.50")
SPEED = 4.0
_SPEEDS = {"late-result": 2.0, "unknown-status": 1.0, "slow": 10.0, "device-timeout": 10.0,
           "declined-then-approved": 2.0, "late-booking": 1.0, "reset-elsewhere": 1.0}  # fmt: skip
"""Slower where a window must stay wide enough for a poll every second, or for a second try; faster for mere waiting."""
PATIENCE = 60.0  # seconds one run may take before it is killed
AFTERWARDS = 3600.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the bench is: before a scenario (no item yet), or after it."""

    scenario: str
    number: int
    of: int
    item: Item | None = None


def run_bench(
    command: Sequence[str],
    *,
    only: Sequence[str] | None = None,
    seed: int | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> list[Item]:
    """Run the command in every scenario, or in the control and those named; if the control fails, skip the others.

    Raises `UsageFault` for an unknown scenario or a command that cannot be started.
    """
    items: list[Item] = []
    chosen = _chosen(only)
    for number, scenario in enumerate(chosen, 1):
        if inconclusive(items):
            items.append(not_run(scenario.name))
        else:
            progress(Progress(scenario.name, number, len(chosen)))
            items.append(run_scenario(command, scenario, seed))
        progress(Progress(scenario.name, number, len(chosen), items[-1]))
    return items


def _chosen(only: Sequence[str] | None) -> list[Scenario]:
    names = [s.name for s in NAMED]
    if only is None:
        return list(NAMED)
    if not only:
        raise UsageFault("--only: names no scenario", hint=f"use one or several of: {', '.join(names)}")
    if strange := [n for n in only if n not in names]:
        raise UsageFault(f"--only: unknown scenario {strange[0]!r}", hint=f"use one or several of: {', '.join(names)}")
    return [s for s in NAMED if s.name in only or s.name == CONTROL]


def speed_of(scenario: Scenario) -> float:
    """The speed of a scenario's world, relative to real time."""
    return _SPEEDS.get(scenario.name, SPEED)


def run_scenario(
    command: Sequence[str],
    scenario: Scenario,
    seed: int | None = None,
    patience: float = PATIENCE,
    environ: Mapping[str, str] = os.environ,
) -> Item:
    """Run the command in one scenario; `environ` is its environment besides `PJ_…`."""
    exchanges: list[Exchange] = []
    with tempfile.TemporaryDirectory(prefix="pjterm-verify-", ignore_cleanup_errors=True) as name:
        place, began = Path(name), time.monotonic()
        (place / "state").mkdir()
        speed = speed_of(scenario)
        with Embedded(place, scenario=scenario.name, speed=speed, seed=seed, seen=exchanges.append) as simulator:
            environment = {**environ, **_variables(simulator.url, scenario.name, place / "state")}
            ended, again = run(command, environment, place, patience), False
            if scenario.again and said_by(ended.code) is Said.NOT_PAID:
                ended, again = run(command, environment, place, patience), True
        seconds = time.monotonic() - began
        truth = _truth(place, Setting(speed=speed, scenario=scenario))
    return _item(scenario, ended, truth, exchanges, round(seconds, 3), again=again)


def _item(
    scenario: Scenario, ended: Run, truth: Truth, exchanges: list[Exchange], seconds: float, *, again: bool
) -> Item:
    said, name = said_by(ended.code), scenario.name
    judgment = judge(
        said, truth, AMOUNT, ended=ended_by(ended.code), tested=payments(exchanges) > 0, control=name == CONTROL
    )
    why = judgment.why + (" (asked a second time)" if again else "")
    if scenario.hooks and not subscribed(exchanges):
        why += " (no webhook was sent: the command subscribed to none)"
    advice = "" if judgment.passed else hint(name, said, truth, exchanges, ended.code)
    return Item(
        name, judgment.passed, said, judgment.truth, len(truth.charges), seconds, why, advice,
        tuple(in_words(exchanges)), ended.stdout, ended.stderr,
    )  # fmt: skip


def _variables(url: str, scenario: str, state: Path) -> dict[str, str]:
    return {
        "PJ_BASE_URL": url,
        "PJ_LOGIN": LOGIN,
        "PJ_PASSWORD": PASSWORD,
        "PJ_APP_KEY": APPLICATION_KEY,
        "PJ_AMOUNT": f"{AMOUNT:.2f}",
        "PJ_SCENARIO": scenario,
        "PJ_SALE": f"bench-{scenario}",
        "PJ_STATE": str(state),
    }


def _truth(directory: Path, setting: Setting) -> Truth:
    """What the books say an hour later in the same world."""
    world = World(directory, lambda: time.time() + AFTERWARDS, setting)
    try:
        with world.moment() as m:
            return truth_of(m)
    finally:
        world.close()


def truth_of(m: Moment) -> Truth:
    """What the books say now: a charge counts with its whole amount but a tip given at the reader, less its refunds."""
    requests = [r for at in READERS for r in m.books.all_on(at.id)]
    booked = [r for r in reversed(list(m.books.transactions())) if r["code"] == "00"]
    moved = [r for r in booked if r["status"] != "VOID" and not r["elsewhere"]]
    left = {r["transactionId"]: ledger.total(r) for r in moved if r["action"] == "CHARGE"}
    given_away = False
    for refund in (r for r in moved if r["action"] == "REFUND"):
        back = left.get(refund["original"], Decimal(0)) - ledger.total(refund)
        given_away = given_away or back < 0
        left |= {refund["original"]: back} if refund["original"] in left else {}
    tips = {r.outcome["transactionId"]: Decimal(r.conduct["tip"]) for r in requests if _tipped(r)}
    held = {r["transactionId"] for r in moved if r["status"] == "HOLD"}
    charges = [Charge(n, amount - tips.get(n, 0), n in held) for n, amount in left.items() if amount > 0]
    return Truth(tuple(charges), _ended_others(requests, booked), given_away)


def _tipped(request: Request) -> bool:
    return request.form.get("allowTips") == "true" and "transactionId" in request.outcome


def _ended_others(requests: Sequence[Request], booked: Sequence[Mapping[str, Any]]) -> bool:
    """Whether another till's payment was ended early or voided; one that met a busy reader is its own affair."""
    ended = any(r.elsewhere and not r.outcome and r.status != "BUSY" for r in requests)
    return ended or any(r["elsewhere"] and r["status"] == "VOID" for r in booked)
