"""`resume` of all open sales: a signal applies to the current one, and later ones are only named."""

from __future__ import annotations

import signal

import pytest

from tests.world.reader import Tap, customer
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
