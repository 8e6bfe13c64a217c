"""An old result that is only now discovered is not shown as if it had just happened."""

from __future__ import annotations

import pytest

from tests.world import faults
from tests.world.reader import RedX, Tap, customer
from tests.world.till import Till, World

LINE = ("charge", "12.34", "-t", "T1", "-k", "K1")


@pytest.fixture
def paid_long_ago(world: World, till: Till) -> Till:
    """A payment ten minutes ago that no command watched to its end."""
    world.t1.next(customer(Tap(after=20.0)))
    till.run(*LINE, "--timeout", "2")
    world.wait(600.0)
    return till


def test_cancel_says_when_it_was_paid_and_that_nothing_runs(paid_long_ago: Till) -> None:
    run = paid_long_ago.run("cancel", "-t", "T1")

    assert run.code == 10
    assert "APPROVED 9 min ago" in run.err
    assert "Nothing of it runs on the reader anymore." in run.err


def test_resume_says_when_the_customer_paid(paid_long_ago: Till) -> None:
    assert "APPROVED 9 min ago" in paid_long_ago.run("resume", "K1").err


def test_follow_of_a_known_sale_says_when_it_was_paid_and_that_nothing_was_sent(paid_long_ago: Till) -> None:
    paid_long_ago.run("resume", "K1")

    assert "ALREADY PAID 9 min ago" in paid_long_ago.run("follow", "K1").err


def test_a_payment_that_just_won_the_race_is_shown_as_new(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=5.0)))
    till.run(*LINE, "--timeout", "2")
    world.faults.add(faults.lost_request(faults.Cut()), "main", times=1e9)
    run = till.run("cancel", "-t", "T1", "--timeout", "30")

    assert ("ago" in run.err, run.code) == (False, 10)


def test_a_void_of_an_old_sale_is_shown_as_new(paid_long_ago: Till) -> None:
    paid_long_ago.run("resume", "K1")

    assert "ago" not in paid_long_ago.run("void", "K1", "--yes").err.partition("VOIDED")[2]


def test_before_a_key_is_resent_it_says_what_it_waits_for(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    till.run(*LINE)
    run = till.run(*LINE)

    assert run.code == 0
    assert "The last try ended without a result. Making sure of that" in run.err


def test_why_of_a_decline_suggests_another_card_and_not_itself(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(approved=False, code="05")))
    till.run(*LINE)
    reported = till.run("why", "K1").out.splitlines()

    assert reported[-2:] == [
        "next: with another card: pjterm charge 12.34 -t T1 --key K1 --another-card", "the facts: pjterm why K1 --raw",
    ]  # fmt: skip
