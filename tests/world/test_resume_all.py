"""`resume` of all open sales: a signal applies to the current one, and later ones are only named."""

from __future__ import annotations

import signal

import pytest

from tests.world import faults
from tests.world.reader import Stays, Tap, customer
from tests.world.till import Till, World

INT, TERM = signal.SIGINT, signal.SIGTERM


def left_open(world: World, till: Till) -> None:
    """Three running sales, the second one for a long time."""
    for reader, after in (("T1", 3.0), ("T2", 30.0), ("T3", 30.0)):
        world.service.reader(reader).next(customer(Tap(after)))
        assert till.run("charge", "5.00", "-t", reader, "-k", reader, "--force", "--no-wait").code == 0


@pytest.mark.parametrize("form", [("--json",), ()], ids=["json", "text"])
def test_ctrl_c_cancels_the_current_sale_and_names_the_others(world: World, till: Till, form: tuple[str, ...]) -> None:
    left_open(world, till)
    running = till.start("resume", *form)
    world.wait(6.0)
    running.interrupt()
    run = running.end()

    assert run.code == 130
    assert "pjterm resume T3" in run.err
    assert [till.run("status", k, "--json").json["outcome"] for k in ("T1", "T2", "T3")] == [
        "approved", "cancelled", "open",
    ]  # fmt: skip
    if form:
        assert [item["outcome"] for item in run.json["items"]] == ["approved", "cancelled", "open"]


def test_sigterm_leaves_all_open_and_names_those_that_were_not_polled(world: World, till: Till) -> None:
    left_open(world, till)
    running = till.start("resume", "--json")
    world.wait(6.0)
    running.terminate()
    run = running.end()

    assert [item["outcome"] for item in run.json["items"]] == ["approved", "open", "open"]
    assert (run.code, "pjterm resume T3" in run.err) == (143, True)


def test_a_verdict_outranks_a_signal_that_came_meanwhile(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(3.0, bank=4.0)))
    assert till.run("charge", "5.00", "-t", "T1", "-k", "T1", "--no-wait").code == 0
    running = till.start("resume", "--json")
    world.wait(4.0)
    running.interrupt()
    run = running.end()

    assert (run.code, run.json["items"][0]["outcome"]) == (0, "approved")


@pytest.mark.parametrize("after", [5.0, 40.0], ids=["the first", "the last"])
@pytest.mark.parametrize(("stop", "code"), [("terminate", 143), ("interrupt", 130)])
def test_the_code_of_a_signal_does_not_depend_on_the_sale_that_was_looked_at(
    world: World, till: Till, stop: str, code: int, after: float
) -> None:
    for reader in ("T1", "T2"):
        world.service.reader(reader).next(customer(Stays()))
        till.run("charge", "5.00", "-t", reader, "-k", reader, "--force", "--no-wait")
    running = till.start("resume", "--timeout", "60", "--json")
    world.wait(after)
    getattr(running, stop)()

    assert running.end().code == code


def test_what_is_unknown_outranks_a_signal(world: World, till: Till) -> None:
    world.t1.next(customer(Stays()))
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    assert till.run("charge", "9.00", "-t", "T1", "-k", "A", "--timeout", "3").code == 9
    for reader in ("T2", "T3"):
        world.service.reader(reader).next(customer(Stays()))
        till.run("charge", "5.00", "-t", reader, "--force", "--no-wait")
    running = till.start("resume", "--timeout", "90", "--json")
    world.wait(45.0)
    running.terminate()
    run = running.end()

    assert (run.code, sorted(item["exitCode"] for item in run.json["items"])) == (9, [8, 9, 143])
