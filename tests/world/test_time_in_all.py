"""`--timeout` limits a command's total time, whatever else is in its journal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pjterm.core.entry import NewEntry, Scope
from pjterm.core.model import Kind, Outcome, Terminal, Verdict
from pjterm.core.money import parse_money
from pjterm.journal.store import Journal
from tests.world import faults
from tests.world.faults import Silence
from tests.world.till import Till, World

SIXTY = 60


@pytest.fixture
def burdened(world: World, till: Till) -> Till:
    """A journal with sixty sales on T1 whose answers were lost an hour ago."""
    machine = till.machine
    then = machine.wall() - timedelta(hours=1)
    journal = Journal(machine.directory / "state", now=machine.wall)
    for n in range(SIXTY):
        new = NewEntry(
            Scope("labs", "shop"), f"old-{n}", Kind.PAYMENT, "till", Terminal("T1", world.t1.id, 10001), "f",
            parse_money("1.00", ""), invoice_number=f"old{n}",
        )  # fmt: skip
        with journal.transaction(then):
            entry = journal.add(new, then, frozenset())
        journal.record(entry, Verdict(Outcome.UNKNOWN, "the answer was lost"), then)
    journal.close()
    return till


def test_a_charge_is_refused_in_time_whatever_blocks_it(world: World, burdened: Till) -> None:
    world.faults.add(faults.lost_request(Silence()), "search", times=1e9)
    run = burdened.run("charge", "12.34", "-t", "T1", "--timeout", "5")

    assert (run.code, run.seconds < 12, world.taken) == (10, True, 0), run


def test_resume_of_all_ends_in_time_and_names_what_it_did_not_poll(burdened: Till) -> None:
    run = burdened.run("resume", "--timeout", "5", "--json")

    assert (run.code, run.seconds < 12, len(run.json["items"])) == (9, True, SIXTY), run


def test_resume_of_all_reaches_the_second_although_the_first_is_never_found(world: World, till: Till) -> None:
    world.faults.add(faults.lost_request(faults.Cut()), "request-payment")
    till.run("charge", "1", "-t", "T1", "-k", "lost", "--timeout", "1")
    till.run("charge", "2", "-t", "T2", "-k", "paid", "--no-wait", "--over", "lost")
    world.wait(20.0)
    run = till.run("resume", "--timeout", "20", "--json")

    assert {item["key"]: item["outcome"] for item in run.json["items"]} == {"lost": "unknown", "paid": "approved"}
    assert run.seconds < 25


@pytest.mark.parametrize(("timeout", "most"), [("300", 10.5), ("3", 3.5), ("0.5", 2.5)])
@pytest.mark.parametrize(("silent", "reader"), [("search", "T1"), ("devices", "the one at the door")])
def test_a_lookup_before_the_post_waits_at_most_ten_seconds_without_any_answer(
    world: World, till: Till, silent: str, reader: str, timeout: str, most: float
) -> None:
    world.faults.add(faults.lost_request(Silence()), silent, times=1e9)
    run = till.run("charge", "12.34", "-t", reader, "-k", "K1", "--timeout", timeout)

    assert (run.code, run.seconds <= most, world.taken) == (12, True, 0), run


@pytest.mark.parametrize(("silent", "code"), [("poll", 0), ("transaction", 9), ("search", 9)])
def test_a_followed_request_ends_in_time_without_any_answer(world: World, till: Till, silent: str, code: int) -> None:
    """If only the polls are silent, the last search finds it."""
    if silent == "search":
        world.faults.add(faults.lost_answer(), "request-payment")
    world.faults.add(faults.lost_request(Silence()), silent, skip=int(silent == "search"), times=1e9)
    run = till.run("charge", "12.34", "-t", "T1", "-k", "K1", "--timeout", "8")
    again = till.run("resume", "K1", "--timeout", "2")

    assert [(r.code, r.seconds < 20) for r in (run, again)] == [(code, True)] * 2, (run, again)


def test_after_the_post_a_network_that_swallows_every_answer_costs_at_most_8_seconds(world: World, till: Till) -> None:
    for call in ("poll", "search", "transaction"):
        world.faults.add(faults.lost_request(Silence()), call, times=1e9)
    run = till.run("charge", "12.34", "-t", "T1", "--timeout", "4")

    assert (run.code, run.seconds < 12) == (9, True), run


@pytest.mark.parametrize("minutes", [1, 20])
@pytest.mark.parametrize("line", ["charge 12.34 -t T1 -k K1", "status K1", "resume K1", "why K1"])
@pytest.mark.parametrize("silent", [True, False], ids=["nothing answers", "asked to slow down"])
def test_a_known_result_is_reported_within_seconds_whatever_the_service_does(
    world: World, till: Till, silent: bool, line: str, minutes: int
) -> None:
    till.run("charge", "12.34", "-t", "T1", "-k", "K1")
    world.wait(minutes * 60.0)
    slow_down = faults.says(429, "Rate limit exceeded.", **{"retry-after": "30"})
    world.faults.add(faults.lost_request(Silence()) if silent else slow_down, times=1e9)
    run = till.run(*line.split())

    assert (run.code, run.seconds < 4.5) == (0, True), run
