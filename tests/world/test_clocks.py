"""Clocks that jump and machines that sleep: what is written down carries the true time, and no guard is blind."""

from __future__ import annotations

from datetime import datetime

from tests.world.reader import Tap, customer
from tests.world.till import Running, Till, World

LINE = ("charge", "12.34", "-t", "T1")


def begin(world: World, till: Till, after: float = 4.0) -> Running:
    world.t1.next(customer(Tap(after=after)))
    first = till.start(*LINE)
    world.wait(1.5)
    return first


def test_a_wall_clock_that_jumps_ahead_does_not_blind_the_near_duplicate_guard(world: World, till: Till) -> None:
    first = begin(world, till)
    till.machine.ahead += 3600.0
    first.end()
    second = till.run(*LINE)

    assert (second.code, world.taken) == (10, 1)


def test_a_wall_clock_that_jumps_back_does_not_blind_it_either(world: World, till: Till) -> None:
    first = begin(world, till)
    till.machine.ahead -= 3600.0
    first.end()
    second = till.run(*LINE)

    assert (second.code, world.taken) == (10, 1)


def test_a_machine_that_slept_does_not_blind_it_either(world: World, till: Till) -> None:
    first = begin(world, till, after=3700.0)
    till.machine.sleep(3698.0)
    first.end()
    second = till.run(*LINE)

    assert (second.code, world.taken) == (10, 1)


def test_a_payment_after_a_jump_is_written_down_with_the_time_on_the_wall(world: World, till: Till) -> None:
    first = begin(world, till)
    till.machine.ahead += 3600.0
    first.end()
    said = till.run("requests", "list", "--json").json["items"][0]["resultAt"]
    at = datetime.fromisoformat(said)

    assert abs((till.machine.wall() - at).total_seconds()) < 5.0


def test_a_payment_over_a_sleep_is_paid(world: World, till: Till) -> None:
    first = begin(world, till, after=100.0)
    till.machine.sleep(60.0)

    assert (first.end().code, world.taken) == (0, 1)


def test_a_clock_that_is_an_hour_ahead_changes_nothing(world: World, till: Till) -> None:
    till.machine.ahead = 3600.0
    first = till.run(*LINE, "-k", "K1")
    second = till.run(*LINE, "-k", "K1")

    assert (first.code, second.code, world.taken) == (0, 0, 1)
