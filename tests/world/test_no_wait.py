"""`--no-wait` waits for nothing, so no time runs out that could cancel what was accepted."""

from __future__ import annotations

import pytest

from tests.world.reader import Stays, Tap, customer
from tests.world.till import Till, World

LINE = ("charge", "9.00", "-t", "T1", "-k", "A", "--no-wait")


@pytest.mark.parametrize("more", [("--cancel-on-timeout",), ()], ids=["typed", "the profile's default"])
def test_a_repeat_of_a_sale_that_runs_does_not_cancel_it(world: World, till: Till, more: tuple[str, ...]) -> None:
    """The reader was reset while the customer was paying."""
    if not more:
        till.configure(more="[profiles.till.charge]\ncancel_on_timeout = true")
    world.t1.next(customer(Tap(10.0)))
    first = till.run(*LINE, *more)
    second = till.run(*LINE, *more, "--json")
    world.wait(30.0)

    assert (first.code, second.code, second.json["outcome"]) == (0, 0, "open")
    assert [call.name for call in second.process.calls if call.name == "main"] == []
    assert till.run(*LINE, *more, "--json").json["outcome"] == "approved"


def test_with_waiting_the_same_line_cancels_when_its_time_is_up(world: World, till: Till) -> None:
    world.t1.next(customer(Stays()))
    run = till.run(*LINE[:-1], "--cancel-on-timeout", "--timeout", "5")

    assert (run.code, run.seconds >= 5.0) == (5, True)
