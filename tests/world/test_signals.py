"""A signal at any moment of a command that reports a known result: one object, and the verdict keeps its exit code.

`charge -k` of a paid sale printed a second object (open, 143) after the first, or ended in a traceback, if a signal
came while it printed, closed its journal or reported a refusal.
"""

from __future__ import annotations

import inspect
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import pjterm
from tests.world import faults
from tests.world.machine import Process
from tests.world.reader import Stays, Tap, customer
from tests.world.till import Run, Till, World

if sys.platform == "win32":
    pytest.skip("signals of POSIX", allow_module_level=True)

OURS = str(Path(pjterm.__file__).parent)
INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
LINE = ("charge", "12.34", "-t", "T1", "-k", "K1", "--json")
APART = 5  # moments between two signals
SIGNALS = [(TERM,), (INT,), (INT, INT), (TERM, HUP)]
STEPS = [pytest.param(61, id="some"), pytest.param(7, id="many", marks=pytest.mark.exhaustive)]


class Moments:
    """Counts the calls of pjterm's functions and their returns, and sends signals at one of them.

    Generators are excluded: Python loses exceptions raised while one is discarded.
    """

    def __init__(self, first: int, signals: tuple[int, ...]) -> None:
        self._due, self._left, self._count = first, list(signals), 0
        self.came = False
        """Whether the first signal came before the end."""
        self.handled = self.asked = False
        """Whether the command had handlers by then, and whether it had made any API call."""

    def watch(self, process: Process) -> None:
        """From now on, in this thread."""

        def moment(frame: FrameType, event: str, _: Any) -> None:
            code = frame.f_code
            if event in ("call", "return") and code.co_filename.startswith(OURS):
                self._count += not code.co_flags & inspect.CO_GENERATOR
                if self._count >= self._due:
                    self._send(process)

        sys.setprofile(moment)

    def _send(self, process: Process) -> None:
        signum = self._left.pop(0)
        self.came = True
        self._due = self._count + APART
        if not self._left:
            sys.setprofile(None)
        self.handled, self.asked = process.on_signal is not None, bool(process.calls)
        if process.on_signal is not None:
            process.on_signal(signum)
        elif signum == INT:
            raise KeyboardInterrupt
        else:
            raise SystemExit(128 + signum)  # the system's default action, which prints nothing


@dataclass(frozen=True, slots=True)
class Signalled:
    """The output of one command, and when its signal came."""

    run: Run
    moments: Moments

    @property
    def objects(self) -> list[tuple[str, int]]:
        found = [json.loads(line) for line in self.run.out.splitlines()]
        return [(o["outcome"], o["exitCode"]) for o in found]

    @property
    def end(self) -> tuple[str, int]:
        """Its one object, and the matching exit code; a killed one prints nothing."""
        if not self.moments.handled and self.objects == []:
            return "killed", self.run.code
        assert len(self.objects) == 1, str(self.run)
        assert self.objects[0][1] == self.run.code, str(self.run)
        return self.objects[0]


Prepare = Callable[[World, Till], None]


def runs_at_each(till: Till, line: tuple[str, ...], signals: tuple[int, ...], step: int) -> list[Signalled]:
    """A run for each moment, until one ends before its signal comes."""
    found: list[Signalled] = []
    while not found or found[-1].moments.came:
        moments = Moments(1 + step * len(found), signals)
        try:
            found.append(Signalled(till.run(*line, trouble=moments.watch), moments))
        finally:
            sys.setprofile(None)
    return found


def paid(_: World, till: Till) -> None:
    assert till.run(*LINE).code == 0


def declined(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(approved=False)))
    assert till.run(*LINE).code == 3


def voided(world: World, till: Till) -> None:
    paid(world, till)
    assert till.run("void", "K1", "--yes").code == 0


KNOWN: dict[str, tuple[tuple[str, ...], Prepare, tuple[str, int]]] = {
    "a paid sale": (LINE, paid, ("approved", 0)),
    "a declined one": (LINE, declined, ("declined", 3)),
    "a voided one": (LINE, voided, ("voided", 3)),
    "its void": (("void", "K1", "--yes", "--json"), voided, ("voided", 0)),
    "its status": (("status", "K1", "--json"), paid, ("approved", 0)),
    "resumed": (("resume", "K1", "--json"), paid, ("approved", 0)),
}


@pytest.mark.parametrize("signals", SIGNALS, ids=lambda s: "-".join(signal.Signals(n).name for n in s))
@pytest.mark.parametrize("known", KNOWN)
@pytest.mark.parametrize("step", STEPS)
def test_a_known_verdict_is_reported_once_whenever_a_signal_comes(
    world: World, till: Till, known: str, signals: tuple[int, ...], step: int
) -> None:
    """Before it is known the command is open, never cancelled; from then on no signal revokes it."""
    line, prepare, verdict = KNOWN[known]
    prepare(world, till)
    runs = runs_at_each(till, line, signals, step)
    ends = [one.end for one in runs]
    first = ends.index(verdict)
    before = {("open", 128 + signals[0]), ("killed", 128 + signals[0])}

    assert (set(ends[:first]) - before, set(ends[first:])) == (set(), {verdict})
    assert {t.end for t in runs if t.moments.asked and line[0] != "void"} <= {verdict}


@pytest.mark.parametrize("signals", SIGNALS, ids=lambda s: "-".join(signal.Signals(n).name for n in s))
@pytest.mark.parametrize("step", STEPS)
def test_a_refusal_is_reported_once_whenever_a_signal_comes(
    world: World, till: Till, signals: tuple[int, ...], step: int
) -> None:
    paid(world, till)
    line = ("charge", "12.34", "-t", "T1", "--json")  # nearly the same as the paid sale, without a key
    ends = [one.end for one in runs_at_each(till, line, signals, step)]
    first = ends.index(("refused", 10))
    code = 128 + signals[0]
    before = {("cancelled" if signals[0] == INT else "open", code), ("killed", code)}

    assert (set(ends[:first]) - before, set(ends[first:])) == (set(), {("refused", 10)})


@pytest.mark.parametrize(("signals", "at_most"), [((TERM,), 0.5), ((INT, INT), 0.5), ((INT,), 6.0)])
def test_a_signal_ends_the_check_of_a_known_result(
    world: World, till: Till, signals: tuple[int, ...], at_most: float
) -> None:
    """Without answers the check would take 12 s; the stored outcome is reported and nothing more is requested."""
    paid(world, till)
    for name in ("transaction", "search", "poll"):
        world.faults.add(faults.lost_answer(faults.Silence()), name, times=1e9)
    repeated = till.start(*LINE)
    world.wait(0.3)
    for signum in signals:
        repeated.process.signal(signum)
        world.wait(0.05)
    run = repeated.end()

    assert (run.code, run.json["outcome"], run.seconds < at_most) == (0, "approved", True)


def test_who_exits_after_the_reset_is_not_told_that_the_request_goes_on(world: World, till: Till) -> None:
    world.t1.next(customer(Stays(200.0)))
    running = till.start("charge", "12.34", "-t", "T1", "-k", "K1")
    world.wait(3.0)
    running.interrupt()
    world.wait(2.0)
    running.interrupt()
    run = running.end()

    assert (run.code, "goes on" in run.err, "the reader was reset, and what became" in run.err) == (130, False, True)
