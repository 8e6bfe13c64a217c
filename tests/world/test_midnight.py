"""A sale at 23:59: each of its times is shown in the shop's zone, and it belongs to exactly one day.

The day's books use the time of the booking, not the time at which pjterm learned of it.
"""

from __future__ import annotations

import pytest

from tests.world.reader import Tap, customer
from tests.world.till import Till, World

DAY = 24 * 3600.0
ZONES = {"Pacific/Majuro": DAY, "America/New_York": 17 * 3600.0, "UTC": 12 * 3600.0}
"""By zone: the time from a world's start to its first midnight there."""
LINE = ("charge", "12.34", "-t", "T1")
JUST_BEFORE, JUST_AFTER = 2.0, 5.0
"""Seconds until the customer taps: the bank books at 23:59:59.79, or 3 s later; the result arrives after midnight."""


@pytest.fixture(params=ZONES)
def till(request: pytest.FixtureRequest, world: World) -> Till:
    """A till whose clock shows 23:59:57."""
    world.wait(ZONES[request.param] - 3.0)
    return world.till(more=f'timezone = "{request.param}"')


def sold(world: World, till: Till, after: float, found: float = 0.0) -> tuple[str, str]:
    """A sale whose customer taps after that long; yesterday and today as the till names them."""
    yesterday = today(till)
    world.t1.next(customer(Tap(after=after, found=found)))
    till.run(*LINE, "-k", "K1")
    world.wait(10.0)
    return yesterday, today(till)


def today(till: Till) -> str:
    return str(till.run("report", "--json").json["day"])


def net(till: Till, day: str) -> str:
    return str(till.run("report", "--day", day, "--json").json["totals"]["net"])


@pytest.mark.parametrize(("after", "takings"), [(JUST_BEFORE, ("12.34", "0.00")), (JUST_AFTER, ("0.00", "12.34"))])
def test_a_report_has_it_on_the_day_of_its_booking(
    world: World, till: Till, after: float, takings: tuple[str, str]
) -> None:
    yesterday, now = sold(world, till, after)

    assert yesterday < now
    assert takings == (net(till, yesterday), net(till, now))


@pytest.mark.parametrize(("after", "found"), [(JUST_BEFORE, [1, 0]), (JUST_AFTER, [0, 1])])
def test_the_search_of_either_day_agrees(world: World, till: Till, after: float, found: list[int]) -> None:
    yesterday, now = sold(world, till, after)
    lines = ("--since", yesterday, "--before", now), ("--since", now)
    items = [till.run("transactions", "list", *line, "--json").json["items"] for line in lines]

    assert found == [*map(len, items)]


@pytest.mark.parametrize("after", [JUST_BEFORE, JUST_AFTER])
def test_exactly_one_of_the_two_closes_has_it(world: World, till: Till, after: float) -> None:
    days = sold(world, till, after)
    closed = [till.run("close", "--day", day, "--yes", "--json").json["item"]["totals"] for day in days]

    assert sorted(float(totals["netWithCarried"]) for totals in closed) == [0.0, 12.34]


def test_a_close_has_it_although_no_search_shows_it_yet(world: World, till: Till) -> None:
    yesterday, _ = sold(world, till, JUST_BEFORE, found=60.0)

    assert till.run("close", "--day", yesterday, "--json").json["item"]["totals"]["net"] == "12.34"


def test_neither_day_differs_from_the_journal(world: World, till: Till) -> None:
    days = sold(world, till, JUST_AFTER)

    assert [till.run("reconcile", "--day", day).code for day in days] == [0, 0]


def test_closing_the_new_day_mentions_the_old_one(world: World, till: Till) -> None:
    yesterday, _ = sold(world, till, JUST_BEFORE)

    assert f"in no close: {yesterday}\nnext: pjterm close --day {yesterday}\n" in till.run("close", "--yes").err


def test_closing_the_day_during_the_payment_is_refused(world: World, till: Till) -> None:
    yesterday = today(till)
    world.t1.next(customer(Tap(after=20.0)))
    paying = till.start(*LINE, "-k", "K1")
    world.wait(6.0)
    run = till.run("close", "--day", yesterday)
    paying.end()

    assert (run.code, "pjterm resume K1" in run.err) == (10, True)


@pytest.mark.parametrize("line", [LINE, (*LINE, "-k", "K1")], ids=["near-duplicate", "same key"])
def test_it_is_not_charged_again_on_the_new_day(world: World, till: Till, line: tuple[str, ...]) -> None:
    sold(world, till, JUST_BEFORE)
    code = till.run(*line).code

    assert ((10, 0)[line != LINE], 1) == (code, world.taken)


def test_a_repeat_names_the_day_in_the_shop_s_zone(world: World, till: Till) -> None:
    yesterday, _ = sold(world, till, JUST_BEFORE)

    assert f"{yesterday[8:].lstrip('0')}, 23:59)" in till.run(*LINE, "-k", "K1").err


def test_its_story_starts_a_new_day_at_midnight(world: World, till: Till) -> None:
    sold(world, till, JUST_BEFORE)
    times = [line.split()[0] for line in till.run("why", "K1").out.splitlines() if line.startswith("  ")]

    assert (times[0], times[-1]) == ("23:59:57", "00:00:00")
