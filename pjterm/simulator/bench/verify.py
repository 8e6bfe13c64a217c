"""The fault bench: an integration runs once per scenario against a fresh simulator, and is judged.

Simulated time runs faster, but never so fast that a client which polls as allowed could not see what a
scenario is about. After the command has ended, the world is run on for an hour in one step, so that a
customer who pays after the integration gave up is seen too.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

from pjterm.errors import UsageFault
from pjterm.simulator.api.world import World
from pjterm.simulator.bench.verdicts import Charge, Item, judge, said_by
from pjterm.simulator.server.embedded import Embedded
from pjterm.simulator.server.http_server import Exchange
from pjterm.simulator.shop.inventory import APPLICATION_KEY, LOGIN, PASSWORD
from pjterm.simulator.shop.scenarios import NAMED, Fault

AMOUNT = Decimal("12.50")
SPEED = 4.0
_SPEEDS = {"late-result": 2.0, "unknown-status": 1.0, "slow": 10.0, "device-timeout": 10.0}
"""Windows that a poll every 0.6 s must be able to hit stay wide; mere waiting is cut short."""
PATIENCE = 60.0  # seconds one run may take before it is killed
AFTERWARDS = 3600.0
MOST_OUTPUT = 2000
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}")


def run_bench(
    command: Sequence[str],
    *,
    only: Sequence[str] | None = None,
    seed: int | None = None,
    patience: float = PATIENCE,
    progress: Callable[[Item], None] | None = None,
) -> list[Item]:
    """Run the command in every scenario, or in those named; one after the other.

    Raises `UsageFault` for a scenario nobody knows and for a command that cannot be started.
    """
    items = []
    for name in _chosen(only):
        item = _run_one(command, name, seed, patience)
        items.append(item)
        if progress is not None:
            progress(item)
    return items


def _chosen(only: Sequence[str] | None) -> list[str]:
    names = [s.name for s in NAMED]
    if only is None:
        return names
    if not only:
        raise UsageFault("--only: names no scenario", hint=f"there are: {', '.join(names)}")
    if strange := [n for n in only if n not in names]:
        raise UsageFault(f"--only: {strange[0]!r} is no scenario", hint=f"there are: {', '.join(names)}")
    return [n for n in names if n in only]


def _run_one(command: Sequence[str], name: str, seed: int | None, patience: float) -> Item:
    exchanges: list[Exchange] = []
    with tempfile.TemporaryDirectory(prefix="pjterm-verify-", ignore_cleanup_errors=True) as place:
        directory = Path(place)
        speed = _SPEEDS.get(name, SPEED)
        began = time.monotonic()
        with Embedded(directory, scenario=name, speed=speed, seed=seed, seen=exchanges.append) as simulator:
            code = _run(command, _environment(simulator.url, name), directory / "output", patience)
        seconds = time.monotonic() - began
        charges = _charges(directory)
        output = _tail(directory / "output")
    said = said_by(code)
    judgement = judge(said, charges, AMOUNT)
    return Item(
        name, judgement.passed, said, judgement.truth, len(charges), round(seconds, 3), judgement.why,
        tuple(calls_of(exchanges)), output,
    )  # fmt: skip


def _environment(url: str, scenario: str) -> dict[str, str]:
    return {
        **os.environ,
        "PJ_BASE_URL": url,
        "PJ_LOGIN": LOGIN,
        "PJ_PASSWORD": PASSWORD,
        "PJ_APP_KEY": APPLICATION_KEY,
        "PJ_AMOUNT": f"{AMOUNT:.2f}",
        "PJ_SCENARIO": scenario,
    }


def _run(command: Sequence[str], environment: dict[str, str], output: Path, patience: float) -> int | None:
    """The exit code; None when it had to be killed, with everything it started."""
    with output.open("wb") as file:
        try:
            process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                start_new_session=True,
            )  # fmt: skip
        except (OSError, ValueError) as e:
            raise UsageFault(f"the command cannot be started: {e}") from e
        try:
            return process.wait(patience)
        except subprocess.TimeoutExpired:
            return None
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of one run may talk to the next run's simulator (Windows has no groups: the command only)."""
    try:
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # the whole group is gone already, as it should be
    finally:
        process.wait()


def _charges(directory: Path) -> list[Charge]:
    world = World(directory, lambda: time.time() + AFTERWARDS)
    try:
        with world.moment() as m:
            return [
                Charge(r["transactionId"], Decimal(r["amounts"]["amountBase"]))
                for r in reversed(list(m.books.transactions()))
                if r["action"] == "CHARGE" and r["code"] == "00" and r["status"] != "VOID"
            ]
    finally:
        world.close()


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - MOST_OUTPUT))
        return file.read().decode("utf-8", "replace")


def calls_of(exchanges: Sequence[Exchange]) -> list[str]:
    """The calls in words, equal ones in a row told once."""
    told: list[tuple[str, int]] = []
    for line in map(_line, exchanges):
        if told and told[-1][0] == line:
            told[-1] = (line, told[-1][1] + 1)
        else:
            told.append((line, 1))
    return [line if times == 1 else f"{line} ({times} times)" for line, times in told]


def _line(exchange: Exchange) -> str:
    reply, path = exchange.reply, _ID.sub("…", exchange.call.path)[:120]
    rule = reply.fault
    if rule is not None and rule.fault is not Fault.SLOW:
        return f"{exchange.call.method} {path} -> {'not taken' if rule.fault.before else 'taken'}, no answer"
    return f"{exchange.call.method} {path} -> {reply.status}{_gist(reply.body)}"


def _gist(body: bytes) -> str:
    """The status a poll told, or the transaction's decision, when there is one."""
    try:
        said = json.loads(body or b"null")
    except ValueError:
        return " (no JSON)"
    if not isinstance(said, dict):
        return ""
    shown = [str(said[k]) for k in ("status", "transactionId") if k in said]
    return f" {' '.join(shown)}" if shown else ""
