"""How long events are kept, and what a wrong clock may not do to them."""

from __future__ import annotations

import typer.main

from pjterm.cli.app import tree
from pjterm.events.event import DAY_MS
from pjterm.events.store import Due
from pjterm.relay.server.retention import PATIENCE_SECONDS, Retention
from pjterm.relay.server.serve import DEFAULT_DAYS

NOW = 1_000 * DAY_MS


def fresh(_share: float) -> int:
    """Most events are a day old."""
    return NOW - DAY_MS


def test_events_are_kept_for_so_many_days_their_hashes_three_more_and_private_bodies_for_one() -> None:
    assert Retention(30, fresh).due(NOW, 0) == Due(NOW, NOW - DAY_MS, NOW - 30 * DAY_MS, NOW - 33 * DAY_MS)


def test_without_an_option_events_are_kept_for_as_long_as_disputes_run() -> None:
    relay = typer.main.get_command(tree(["relay", "serve"])).commands["relay"].commands["serve"]  # type: ignore[attr-defined]
    option = next(parameter for parameter in relay.params if parameter.name == "retention")

    assert (option.default, DEFAULT_DAYS) == (400.0, 400.0)
    assert Retention(DEFAULT_DAYS, fresh).due(NOW, 0).remove_ms == NOW - 400 * DAY_MS


def test_with_0_days_events_are_kept_for_ever_and_private_bodies_for_one_day() -> None:
    assert Retention(0, fresh).due(NOW, 0) == Due(NOW, NOW - DAY_MS)


def test_removing_nearly_all_waits_for_half_a_day_and_says_so() -> None:
    retention = Retention(30, fresh)
    leap = NOW + 60 * DAY_MS
    first, held = retention.due(leap, 0), retention.held
    later = retention.due(leap, PATIENCE_SECONDS - 1)
    at_last = retention.due(leap, PATIENCE_SECONDS)

    assert (first.remove_ms, later.remove_ms) == (None, None)
    assert held is not None
    assert (held.newest_removed_ms, held.seconds) == (NOW - DAY_MS, PATIENCE_SECONDS)
    assert (at_last.remove_ms, retention.held) == (leap - 30 * DAY_MS, None)


def test_a_clock_that_is_set_right_again_ends_the_waiting() -> None:
    retention = Retention(30, fresh)
    retention.due(NOW + 60 * DAY_MS, 0)
    right = retention.due(NOW, 65)
    leap_again = retention.due(NOW + 60 * DAY_MS, PATIENCE_SECONDS + 1)

    assert right.remove_ms == NOW - 30 * DAY_MS
    assert leap_again.remove_ms is None, "the patience begins anew"


class Kept:
    """What outlives a relay."""

    def __init__(self) -> None:
        self.seconds: int | None = None

    def recall(self) -> int | None:
        return self.seconds

    def remember(self, seconds: int) -> None:
        self.seconds = seconds


def mornings(kept: Kept, days: int, hours: float, now: int) -> list[bool]:
    """Start a relay on each of so many days, and whether it removed anything by the evening."""
    removed = []
    for day in range(days):
        relay = Retention(30, fresh, kept.recall, kept.remember)
        steps = [relay.due(now + day * DAY_MS, minute * 60.0) for minute in range(int(hours * 60))]
        removed.append(any(step.remove_ms is not None for step in steps))
    return removed


def test_a_relay_that_runs_by_day_removes_a_quiet_shops_events_once_its_hours_are_half_a_day() -> None:
    """Else the patience would begin anew each morning, and what customers did would be kept for ever."""
    assert mornings(Kept(), 3, 10, NOW + 60 * DAY_MS) == [False, True, True]


def test_what_was_waited_while_the_clock_was_wrong_counts_no_more_once_it_was_right() -> None:
    kept, leap = Kept(), NOW + 60 * DAY_MS

    assert mornings(kept, 1, 10, leap) == [False]
    mornings(kept, 1, 0.1, NOW)
    assert mornings(kept, 1, 10, leap) == [False]


def test_an_empty_store_holds_nothing() -> None:
    assert Retention(30, lambda _: None).due(NOW, 0).remove_ms == NOW - 30 * DAY_MS
