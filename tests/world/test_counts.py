"""Count afterwards: a double that nobody could prevent is said by the command that made it, and ever after."""

from __future__ import annotations

import pytest

from tests.world import faults
from tests.world.reader import Tap, customer
from tests.world.till import Run, Till, World

LINE = ("charge", "12.34", "-k", "K1")


def two_at_once(world: World, till: Till) -> list[Run]:
    """Two tills with one key in the same second, each at its own reader: both searched before either was paid."""
    first = till.start(*LINE, "-t", "T1", "--json")
    second = world.till("other").start(*LINE, "-t", "T2", "--json")
    return [first.end(), second.end()]


def double(world: World, till: Till) -> tuple[int, int]:
    """The two charges of one key."""
    two_at_once(world, till)
    first, second = world.paid()
    return first, second


def test_a_double_of_two_tills_is_said_by_a_command_that_made_it(world: World, till: Till) -> None:
    runs = two_at_once(world, till)
    said = [r for r in runs if r.code == 9]

    assert (len(world.paid()), said[-1].error_code if said else None) == (2, "charged-twice")


def test_whoever_says_a_double_names_both(world: World, till: Till) -> None:
    said = [r for r in two_at_once(world, till) if r.code == 9]

    assert [bool(said) and str(id_) in said[-1].err for id_ in world.paid()] == [True, True]


@pytest.mark.parametrize("command", ["charge", "resume", "why"])
def test_every_later_command_says_it_too(world: World, till: Till, command: str) -> None:
    double(world, till)
    world.wait(5.0)
    line = (*LINE, "-t", "T1") if command == "charge" else (command, "K1")

    assert till.run(*line).code == 9


def test_a_double_is_over_once_one_of_the_two_is_void(world: World, till: Till) -> None:
    first, second = double(world, till)
    world.wait(5.0)
    till.run("resume", "K1")
    till.run("void", str(first), "--yes")
    again = till.run(*LINE, "-t", "T1")

    assert (0, f"{second}\n") == (again.code, again.out)


def test_a_double_by_invoice_is_said(world: World, till: Till) -> None:
    line = ("charge", "12.34", "--invoice", "1042")
    first = till.start(*line, "-t", "T1")
    second = world.till("other").start(*line, "-t", "T2")

    assert 9 in (first.end().code, second.end().code)


def test_a_double_that_comes_late_is_said_by_the_next_who_asks(world: World, till: Till) -> None:
    """The first try ends bare and is booked 40 s later, when the second was long approved."""
    world.t1.next(customer(Tap(booked=40.0, shown=None)))
    till.run(*LINE, "-t", "T1")
    second = till.run(*LINE, "-t", "T1")
    world.wait(60.0)
    again = till.run(*LINE, "-t", "T1", "--json")

    assert (second.code, len(world.paid()), again.code, again.error_code) == (0, 2, 9, "charged-twice")


def test_a_count_that_is_not_answered_leaves_the_approval(world: World, till: Till) -> None:
    world.faults.add(faults.lost_request(faults.page(502)), "search", skip=1, times=1e9)

    assert till.run(*LINE, "-t", "T1").code == 0


def test_what_carried_the_number_before_the_post_is_not_counted(world: World, till: Till) -> None:
    till.run("charge", "12.34", "-k", "a1", "--invoice", "1042")
    second = till.run("charge", "12.34", "-k", "a2", "--invoice", "1042", "--force")

    assert (second.code, len(world.paid("1042"))) == (0, 2)


def test_the_approval_is_shown_before_it_is_counted(world: World, till: Till) -> None:
    """The count takes place while the reader finishes: nobody waits for it."""
    world.t1.next(customer(Tap(), finishing=6.0))
    till.run(*LINE, "-t", "T1")
    at = {c.name: c.at for c in world.service.calls}

    assert at["transaction"] < at["search"] < at["poll"]


# -- a repeat says that it is one -----------------------------------------------------------------------


def test_a_repeat_says_when_it_was_paid_and_that_nothing_was_sent(world: World, till: Till) -> None:
    till.run(*LINE, "-t", "T1")
    world.wait(240.0)
    again = till.run(*LINE, "-t", "T1")

    assert ("ALREADY PAID 4 min ago" in again.err, "Nothing was sent now." in again.err) == (True, True)


def test_a_first_charge_is_no_replay(till: Till) -> None:
    assert till.run(*LINE, "-t", "T1", "--json").json.get("replayed") is False


def test_a_repeat_is_marked_as_one(till: Till) -> None:
    till.run(*LINE, "-t", "T1")

    assert till.run(*LINE, "-t", "T1", "--json").json.get("replayed") is True
