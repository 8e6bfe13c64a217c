"""Each rule that prevents charging a key twice: without it, one short world charges a key twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.world.reader import Tap, customer
from tests.world.rules import MUTANTS, RULES, Rules
from tests.world.till import World

LINE = ("charge", "12.34", "-t", "T1", "-k", "K1")


def a_booking_after_the_end(world: World) -> None:
    """The reader ends without a result, the key is typed again at once, and the first try is booked 4 s later."""
    till = world.till()
    world.t1.next(customer(Tap(after=0.5, booked=6.0, shown=0.0)))
    till.run(*LINE)
    till.run(*LINE)


def a_login_that_sees_nothing(world: World) -> None:
    """Its searches show neither the first try's booking nor an earlier sale that certainly exists."""
    till = world.till()
    till.run("charge", "5", "-t", "T1", "-k", "K0")
    world.service.login("shop").sees = "none"
    world.t1.next(customer(Tap(after=0.5, booked=9.0, shown=None)))
    till.run(*LINE)
    world.wait(20.0)
    till.run(*LINE)


def a_rotated_login(world: World) -> None:
    """The key is typed again under the login that replaced the sender and sees only its own sales."""
    till = world.till()
    till.run(*LINE)
    till.configure(login="shop-2")
    world.service.login("shop-2").sees = "own"
    till.run(*LINE)


WORLDS: dict[str, Callable[[World], None]] = {
    "the control": a_login_that_sees_nothing,
    "the 8 seconds": a_booking_after_the_end,
    "the scope of a key": a_rotated_login,
}


def charges(place: Path, rule: str, rules: Rules) -> int:
    """How often the key is charged in the world of a rule."""
    with World(place, rules=rules) as world:
        WORLDS[rule](world)
        world.wait(60.0)
        return sum(b.took_money and b.base == 1234 for b in world.books.all)


@pytest.mark.parametrize("rule", WORLDS)
def test_without_the_rule_a_key_is_charged_twice(place: Path, rule: str) -> None:
    assert charges(place, rule, MUTANTS[rule]) == 2


@pytest.mark.parametrize("rule", WORLDS)
def test_with_the_rule_it_is_charged_once(place: Path, rule: str) -> None:
    assert charges(place, rule, RULES) == 1
