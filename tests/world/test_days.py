"""The days of a shop that tries it: what a user sees, how many calls each command takes, and how long.

Seconds are virtual and whole, and include the customer's two at the reader.
"""

from __future__ import annotations

from math import ceil

import pytest

from tests.world.reader import RedX, Tap, customer
from tests.world.till import Run, Till, World

LINE = ("charge", "12.34", "-t", "T1", "-k", "K1")
UNNAMED = LINE[:4]

REPEAT = (0, 2, 1)
"""Asking again about an approval: its transaction is read and counted."""
AGAIN = (0, 3, 1)
"""The same after a further try, whose first try is polled too, since it may be booked late."""
RED_X = (5, 11, 4)
AFTER_RED_X = (0, 17, 13)
"""A late booking is waited for until 8 s after the end of the last try."""


def cost(run: Run) -> tuple[int, int, int]:
    """Its exit code, its calls, and the maximum of its seconds."""
    return run.code, len(run.process.calls), ceil(run.seconds)


def days_costs(*runs: Run) -> list[tuple[int, int, int]]:
    return [cost(run) for run in runs]


# -- red X, and the same key again at once -------------------------------------------------------------------------


def test_a_red_x_and_the_same_key_again_at_once(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    runs = [till.run(*LINE) for _ in range(3)]

    assert days_costs(*runs) == [RED_X, AFTER_RED_X, AGAIN]
    assert "Making sure of that (8 s) before sending again" in runs[1].err
    assert "ALREADY PAID" in runs[2].err


# -- a decline, and another card -----------------------------------------------------------------------------------


def test_another_card_at_the_reader(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(approved=False), Tap(after=3.0, card="2222")))
    run = till.run(*LINE)

    assert cost(run) == (0, 18, 7)
    assert "The card was declined. Customer: try another card, or press the red X." in run.err


def test_another_card_on_another_line(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(approved=False)))
    runs = [till.run(*LINE), till.run(*LINE), till.run(*LINE, "--another-card")]

    assert days_costs(*runs) == [(3, 11, 4), (3, 3, 1), (0, 18, 5)]
    assert f"pjterm {' '.join(LINE[:4])} --key K1 --another-card" in runs[0].err
    assert "ALREADY DECLINED" in runs[1].err


def test_the_card_of_the_previous_line_is_not_shown_as_this_one_s(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(approved=False)))
    till.run(*LINE)

    assert "declined" not in till.run(*LINE, "--another-card").err


# -- the first sale of an account ----------------------------------------------------------------------------------


def test_the_first_sale_ever_takes_no_longer_than_others(till: Till) -> None:
    assert days_costs(till.run(*LINE), till.run(*LINE)) == [(0, 11, 4), REPEAT]


def test_its_second_try_takes_no_longer_either(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    runs = till.run(*LINE), till.run(*LINE)

    assert days_costs(*runs) == [RED_X, AFTER_RED_X]
    assert "the account has no transactions, as far as can be seen" in till.run("why", "K1", "--raw").out


# -- a login without search permission -----------------------------------------------------------------------------


def test_without_search_permission_a_sale_without_a_key_works(world: World, till: Till) -> None:
    world.service.login("shop").may_search = False
    world.t1.next(customer(), customer(RedX()))
    runs = till.run(*UNNAMED), till.run("charge", "5", "-t", "T1"), till.run("charge", "5", "-t", "T1")

    assert days_costs(*runs) == [(0, 9, 4), (5, 11, 5), (0, 12, 4)]


@pytest.mark.parametrize("name", [("-k", "K1"), ("--invoice", "1042")])
def test_without_search_permission_a_sale_with_a_key_is_refused_with_the_reason(
    world: World, till: Till, name: tuple[str, str]
) -> None:
    world.service.login("shop").may_search = False
    run = till.run(*UNNAMED, *name)

    assert (cost(run), world.taken) == ((4, 2, 1), 0)
    assert "let this login view transactions, or leave out --key and --invoice" in run.err
    assert "password" not in run.err


# -- two tills in the same second ----------------------------------------------------------------------------------


def test_two_tills_with_one_key_at_two_readers(world: World) -> None:
    one, two = world.till("one"), world.till("two", terminal="T2")
    started = [till.start("charge", "12.34", "-k", "K1") for till in (one, two)]
    runs = [s.end() for s in started]
    again = two.run("charge", "12.34", "-k", "K1")

    assert days_costs(*runs, again) == [(0, 11, 4), (9, 13, 5), (9, 4, 1)]
    assert f"CHARGED TWICE: $12.34  Charged twice: transactions {' and '.join(map(str, world.paid()))}" in again.err
    assert "Sending the request" not in again.err


def test_two_tills_with_one_key_at_one_reader(world: World) -> None:
    one, two = world.till("one"), world.till("two")
    started = [till.start("charge", "12.34", "-k", "K1") for till in (one, two)]
    runs = [s.end() for s in started]
    again = two.run("charge", "12.34", "-k", "K1")

    assert days_costs(*runs, again) == [(0, 10, 4), (6, 10, 3), (0, 4, 7)]
    assert "take the card" not in runs[1].err
    assert len(world.paid()) == 1


# -- a script in a loop --------------------------------------------------------------------------------------------


def test_a_loop_until_success_over_three_red_xs(world: World, till: Till) -> None:
    world.t1.next(*[customer(RedX())] * 3)
    runs = [till.run(*LINE) for _ in range(4)]

    assert days_costs(*runs) == [RED_X, (5, 15, 12), (5, 16, 12), (0, 21, 13)]


def test_a_loop_over_a_network_that_is_down(world: World, till: Till) -> None:
    network = world.network(till)
    network.up = False
    down = [till.run(*LINE), till.run(*LINE)]
    network.up = True

    assert days_costs(*down, till.run(*LINE), till.run(*LINE)) == [(12, 8, 10), (12, 8, 10), (0, 11, 4), REPEAT]


def test_a_loop_without_a_key_stops_after_its_first_sale(till: Till) -> None:
    assert days_costs(*[till.run(*UNNAMED) for _ in range(3)]) == [(0, 9, 4), (10, 1, 1), (10, 1, 1)]
