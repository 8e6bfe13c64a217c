"""The latest time that an earlier record can have after the wall clock was changed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pjterm.core.jump import Jump
from tests.core.make import NOON

DAY, HOUR, MINUTE = 86_400.0, 3600.0, 60.0


def ago(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("by", "seen", "recorded", "really"),
    [
        (HOUR, 0.0, HOUR + 30.0, 30.0),  # just before it was set forward
        (HOUR, 0.0, 25 * HOUR, 24 * HOUR),  # long before
        (HOUR, 10 * MINUTE, 5 * MINUTE, 5 * MINUTE),  # since then
        (HOUR, 10 * MINUTE, HOUR + 15 * MINUTE, 15 * MINUTE),
        (HOUR, 10 * MINUTE, 30 * MINUTE, 10 * MINUTE),  # impossible on any clock: counts as seen
        (-HOUR, 0.0, 30.0 - HOUR, 30.0),  # just before it was set back
        (-HOUR, 10 * MINUTE, 5 * MINUTE, 5 * MINUTE),
        (-HOUR, 0.0, 30.0, 30.0),  # an hour before it, or while a jump forward before that was in force
    ],
)
def test_a_record_counts_as_late_as_it_can_be(by: float, seen: float, recorded: float, really: float) -> None:
    jump = Jump(NOON - ago(seen), ago(by))

    assert NOON - jump.latest(NOON - ago(recorded), NOON) == ago(really)


@pytest.mark.parametrize(
    ("recorded", "really"),
    [
        (30.0, 30.0),  # since the clock was set right
        (200 * DAY + 12 * MINUTE, 12 * MINUTE),  # while it was 200 days behind
        (20 * MINUTE, 20 * MINUTE),  # before it fell behind
        (3 * DAY, 3 * DAY),
    ],
)
def test_each_time_is_read_by_the_clock_that_wrote_it(recorded: float, really: float) -> None:
    """A flat battery set the clock back 200 days 15 minutes ago; the network corrected it 10 minutes later."""
    fell = Jump(NOON - ago(15 * MINUTE), ago(-200 * DAY))
    jump = Jump(NOON - ago(5 * MINUTE), ago(200 * DAY), fell)

    assert NOON - jump.latest(NOON - ago(recorded), NOON) == ago(really)


def test_a_window_is_extended_over_each_jump() -> None:
    jump = Jump(NOON, ago(-HOUR), Jump(NOON - ago(MINUTE), ago(200 * DAY)))

    assert jump.since(NOON - ago(15 * MINUTE)) == NOON - ago(200 * DAY - HOUR + 15 * MINUTE)


@pytest.mark.parametrize(("by", "seen", "asked"), [(HOUR, 0.0, HOUR), (-HOUR, 0.0, 0.0), (HOUR, 20 * MINUTE, 0.0)])
def test_a_window_of_15_minutes_is_extended_over_a_jump_within_it(by: float, seen: float, asked: float) -> None:
    begin = NOON - ago(15 * MINUTE)

    assert Jump(NOON - ago(seen), ago(by)).since(begin) == begin - ago(asked)
