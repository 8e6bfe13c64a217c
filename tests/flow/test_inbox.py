"""What arrives while a command waits."""

from __future__ import annotations

import signal

import pytest

from pjterm.flow.inbox import InboxItem, Interrupted, Leave, RelayIs
from tests.flow.stage import Stage


@pytest.mark.parametrize(
    ("there", "waits"),
    [(RelayIs(live=True), 2.0), (Interrupted(), 0.0), (Leave(signal.SIGTERM), 0.0)],
    ids=["from the relay", "Ctrl-C", "SIGTERM"],
)
def test_only_an_earlier_signal_ends_a_pause_at_once(stage: Stage, there: InboxItem, waits: float) -> None:
    """An event of a request that is no longer followed would start the next try too soon."""
    stage.inbox.put(there)
    stage.inbox.pause(2.0)

    assert stage.time.now == waits


def test_items_that_arrive_during_a_pause_keep_their_order(stage: Stage) -> None:
    arrivals: list[InboxItem] = [RelayIs(live=True), RelayIs(live=False), Interrupted()]
    for arrival in arrivals:
        stage.inbox.put(arrival)
    stage.inbox.pause(2.0)
    stage.inbox.pause(2.0)

    assert [stage.inbox.get(0) for _ in arrivals] == arrivals
