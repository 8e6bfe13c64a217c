"""Each rule that stands between a customer and a second charge, kept and left out, in a world that needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.world.reader import Tap, customer
from tests.world.rules import MUTANTS, RULES, Rules
from tests.world.till import World

LINE = ("charge", "12.34", "-t", "T1", "-k", "K1")
Story = Callable[[World], None]


def booked_late(world: World) -> None:
    """The status says a bare COMPLETE, and 6 s later it is booked; the same line is typed at once."""
    world.t1.next(customer(Tap(booked=6.0, shown=None)))
    till = world.till()
    till.run(*LINE)
    till.run(*LINE)


def sees_nothing(world: World) -> None:
    """The same with a login that finds no transactions at all, although the account has some."""
    till = world.till()
    till.run("charge", "9.99", "-t", "T1", "-k", "earlier")
    world.service.login("shop").sees = "none"
    booked_late(world)


NEEDS: dict[str, Story] = {"the 8 seconds": booked_late, "the control": sees_nothing}


@contextmanager
def played(root: Path, rules: Rules, story: Story) -> Iterator[World]:
    with World(root, rules=rules) as world:
        story(world)
        world.wait(60.0)
        yield world


@pytest.mark.parametrize("rule", NEEDS)
def test_without_the_rule_a_customer_pays_twice_and_with_it_once(tmp_path: Path, rule: str) -> None:
    with played(tmp_path / "kept", RULES, NEEDS[rule]) as kept:
        once = of_this_sale(kept)
    with played(tmp_path / "left-out", MUTANTS[rule], NEEDS[rule]) as left_out:
        twice = of_this_sale(left_out)

    assert (once, twice) == (1, 2)


def of_this_sale(world: World) -> int:
    """How often it was paid."""
    return sum(b.took_money and b.base == 1234 for b in world.books.all)
