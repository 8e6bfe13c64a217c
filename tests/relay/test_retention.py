"""How long events are kept, and what a wrong clock must not do to them."""

from __future__ import annotations

import typer.main

from pjterm.cli.app import tree
from pjterm.events.event import DAY_MS
from pjterm.events.store import Due
from pjterm.relay.server.retention import PATIENCE_SECONDS, Retention
from pjterm.relay.server.serve import DEFAULT_DAYS

NOW = 1_000 * DAY_MS


def fresh(_share: float) -> int:
    """Pretend that most events are a day old."""
    return NOW - DAY_MS


def test_events_hashes_and_private_bodies_have_their_own_retention() -> None:
    assert Retention(30, fresh).due(NOW, 0) == Due(NOW, NOW - DAY_MS, NOW - 30 * DAY_MS, NOW - 33 * DAY_MS)


def test_the_default_retention_covers_the_time_of_disputes() -> None:
    relay = typer.main.get_command(tree(["relay", "serve"])).commands["relay"].commands["serve"]  # type: ignore[attr-defined]
    option = next(parameter for parameter in relay.params if parameter.name == "retention")

    assert (option.default, DEFAULT_DAYS) == (400.0, 400.0)
    assert Retention(DEFAULT_DAYS, fresh).due(NOW, 0).remove_ms == NOW - 400 * DAY_MS


def test_with_0_days_events_are_kept_forever_and_private_bodies_for_one_day() -> None:
    assert Retention(0, fresh).due(NOW, 0) == Due(NOW, NOW - DAY_MS)


def test_removing_nearly_everything_waits_half_a_day_and_says_so() -> None:
    retention = Retention(30, fresh)
    leap = NOW + 60 * DAY_MS
    first, held = retention.due(leap, 0), retention.held
    later = retention.due(leap, PATIENCE_SECONDS - 1)
    at_last = retention.due(leap, PATIENCE_SECONDS)

    assert (first.remove_ms, later.remove_ms) == (None, None)
    assert held is not None
    assert (held.newest_removed_ms, held.seconds) == (NOW - DAY_MS, PATIENCE_SECONDS)
    assert (at_last.remove_ms, retention.held) == (leap - 30 * DAY_MS, None)


def test_a_corrected_clock_ends_the_wait() -> None:
    retention = Retention(30, fresh)
    retention.due(NOW + 60 * DAY_MS, 0)
    right = retention.due(NOW, 65)
    leap_again = retention.due(NOW + 60 * DAY_MS, PATIENCE_SECONDS + 1)

    assert right.remove_ms == NOW - 30 * DAY_MS
    assert leap_again.remove_ms is None, "the wait starts again"


class Kept:
    """What outlives a relay."""

    def __init__(self) -> None:
        self.seconds: int | None = None

    def recall(self) -> int | None:
        return self.seconds

    def remember(self, seconds: int) -> None:
        self.seconds = seconds


def mornings(kept: Kept, days: int, hours: float, now: int) -> list[bool]:
    """Start a relay on each of that many days; whether it removed anything by the evening."""
    removed = []
    for day in range(days):
        relay = Retention(30, fresh, kept.recall, kept.remember)
        steps = [relay.due(now + day * DAY_MS, minute * 60.0) for minute in range(int(hours * 60))]
        removed.append(any(step.remove_ms is not None for step in steps))
    return removed


def test_a_relay_that_runs_by_day_removes_events_once_its_hours_add_up_to_half_a_day() -> None:
    """Otherwise the wait would start again each morning, and typed values would be kept forever."""
    assert mornings(Kept(), 3, 10, NOW + 60 * DAY_MS) == [False, True, True]


def test_waiting_time_with_a_wrong_clock_does_not_count_after_its_correction() -> None:
    kept, leap = Kept(), NOW + 60 * DAY_MS

    assert mornings(kept, 1, 10, leap) == [False]
    mornings(kept, 1, 0.1, NOW)
    assert mornings(kept, 1, 10, leap) == [False]


def test_an_empty_store_delays_nothing() -> None:
    assert Retention(30, lambda _: None).due(NOW, 0).remove_ms == NOW - 30 * DAY_MS
