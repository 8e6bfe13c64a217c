"""The latest time that an earlier record can have, where the wall clock was set since."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pjterm.core.jump import Jump
from tests.core.make import NOON

DAY, HOUR, MINUTE = 86_400.0, 3600.0, 60.0


def ago(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("by", "seen", "told", "really"),
    [
        (HOUR, 0.0, HOUR + 30.0, 30.0),  # just before it was set forward
        (HOUR, 0.0, 25 * HOUR, 24 * HOUR),  # long before
        (HOUR, 10 * MINUTE, 5 * MINUTE, 5 * MINUTE),  # since then
        (HOUR, 10 * MINUTE, HOUR + 15 * MINUTE, 15 * MINUTE),
        (HOUR, 10 * MINUTE, 30 * MINUTE, 10 * MINUTE),  # what no clock can have said: no sooner than it was seen
        (-HOUR, 0.0, 30.0 - HOUR, 30.0),  # just before it was set back
        (-HOUR, 10 * MINUTE, 5 * MINUTE, 5 * MINUTE),
        (-HOUR, 0.0, 30.0, 30.0),  # an hour before it, or while a jump forward before that was in force
    ],
)
def test_it_was_as_late_as_it_may_have_been(by: float, seen: float, told: float, really: float) -> None:
    jump = Jump(NOON - ago(seen), ago(by))

    assert NOON - jump.latest(NOON - ago(told), NOON) == ago(really)


@pytest.mark.parametrize(
    ("told", "really"),
    [
        (30.0, 30.0),  # since the clock was set right
        (200 * DAY + 12 * MINUTE, 12 * MINUTE),  # while it was 200 days behind
        (20 * MINUTE, 20 * MINUTE),  # before it fell behind
        (3 * DAY, 3 * DAY),
    ],
)
def test_each_time_is_told_by_the_clock_of_its_own_time(told: float, really: float) -> None:
    """A flat battery put the clock back by 200 days 15 minutes ago, and the network set it right 10 minutes later."""
    fell = Jump(NOON - ago(15 * MINUTE), ago(-200 * DAY))
    jump = Jump(NOON - ago(5 * MINUTE), ago(200 * DAY), fell)

    assert NOON - jump.latest(NOON - ago(told), NOON) == ago(really)


def test_who_looks_back_looks_back_over_each_jump() -> None:
    jump = Jump(NOON, ago(-HOUR), Jump(NOON - ago(MINUTE), ago(200 * DAY)))

    assert jump.since(NOON - ago(15 * MINUTE)) == NOON - ago(200 * DAY - HOUR + 15 * MINUTE)


@pytest.mark.parametrize(("by", "seen", "asked"), [(HOUR, 0.0, HOUR), (-HOUR, 0.0, 0.0), (HOUR, 20 * MINUTE, 0.0)])
def test_who_looks_back_15_minutes_looks_back_over_a_jump_within_them(by: float, seen: float, asked: float) -> None:
    begin = NOON - ago(15 * MINUTE)

    assert Jump(NOON - ago(seen), ago(by)).since(begin) == begin - ago(asked)
