"""What a relay no longer keeps: how many events `reconcile` may lack, and typed values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest

from pjterm.events.event import Arrival
from pjterm.events.sqlite.store import SqliteStore
from pjterm.events.store import Due
from pjterm.events.webhook import read_event
from tests.relay.inside import Inside
from tests.world.service import START
from tests.world.till import Run, Till, World


def arrival(days: float) -> Arrival:
    """An event received that many days after the world began."""
    body = json.dumps({"id": "e", "type": "TRANSACTION", "data": {"transactionId": 1}}).encode()
    received = int((START + timedelta(days=days)).timestamp() * 1000)
    return Arrival("till", True, received, f"e{days}", "TRANSACTION", None, None, body, b"")


@contextmanager
def kept(till: Till, *days: float) -> Iterator[SqliteStore]:
    """The events kept by a relay of this till."""
    till.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with closing(SqliteStore(till.state / "events.sqlite")) as store:
        store.append([arrival(day) for day in days])
        yield store


def remove(store: SqliteStore, days: float) -> None:
    """Let retention remove what is older than this."""
    before = int((START + timedelta(days=days)).timestamp() * 1000)
    store.age(Due(before, before, before), 100)


def reconciled(till: Till, day: str) -> Run:
    return till.run("reconcile", "--day", day, "--json")


def removed(run: Run) -> object:
    return run.json["sources"]["eventsRemoved"]


@pytest.mark.parametrize(("day", "count"), [("2026-11-22", 3), ("2026-11-24", 3), ("2026-11-25", 0)])
def test_removed_events_are_counted_for_days_that_begin_before_the_kept_ones(
    world: World, till: Till, day: str, count: int
) -> None:
    world.wait(4 * 24 * 3600)
    with kept(till, 0, 1, 1.5, 2.1, 3) as store:
        remove(store, 2)
    run = reconciled(till, day)

    assert removed(run) == count
    assert ("(3 older events are no longer kept)" in run.err) is (count > 0)


def test_a_relay_that_lost_nothing_counts_none(till: Till) -> None:
    with kept(till, 0):
        run = reconciled(till, "2026-11-20")

    assert (removed(run), "no longer kept" in run.err) == (0, False)


def test_all_events_may_be_gone(till: Till) -> None:
    with kept(till, 0, 1) as store:
        remove(store, 2)
    run = reconciled(till, "2026-11-22")

    assert (run.json["sources"]["events"], removed(run)) == (0, 2)


def test_without_any_events_none_are_counted(till: Till) -> None:
    assert removed(reconciled(till, "2026-11-22")) is None


def test_a_running_relay_is_queried(till: Till) -> None:
    with kept(till, 0, 1, 2) as store:
        remove(store, 1.5)
        with Inside(store, till.state):
            run = reconciled(till, "2026-11-22")

    assert (run.json["sources"]["events"], removed(run)) == (0, 2)


def test_typed_values_are_shown_for_a_day_even_if_no_relay_runs_to_remove_them(world: World, till: Till) -> None:
    data = {"requestId": "r", "status": "COMPLETE", "inputValue": "5551234567"}
    body = json.dumps({"id": "e1", "type": "SMARTTERMINAL_REQUEST", "data": data}).encode()
    till.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with closing(SqliteStore(till.state / "events.sqlite")) as store:
        store.append([read_event("till", True, int(START.timestamp() * 1000), body, b"A: b\r\n")])
    lines = [("show", "1"), ("show", "1", "--json"), ("export",), ("export", "--json"), ("list",)]
    before = [till.run("events", *line) for line in lines]
    world.wait(24 * 3600 + 60)
    after = [till.run("events", *line) for line in lines]
    again = till.run("events", "replay", "1", "--to", "http://127.0.0.1:1/hook")

    assert ["5551234567" in run.out for run in before] == [True, True, True, True, False]
    assert ["5551234567" in run.out for run in after] == [False] * 5
    assert ("was removed a day after it came" in after[0].out, after[1].json["item"]["cut"]) == (True, True)
    assert (after[3].json["items"][0]["cut"], again.code, "cut after a day" in again.err) == (True, 10, True)


@pytest.mark.parametrize(("command", "name", "left"), [("input", "inputValue", "30"), ("read", "readData", "1?")])
def test_what_is_left_of_a_typed_value_after_a_day_is_not_printed_as_the_value(
    world: World, till: Till, command: str, name: str, left: str
) -> None:
    line = (command, "-t", "T1", "-k", "I1")
    first = till.run(*line)
    world.wait(23 * 3600)
    before = till.run(*line)
    world.wait(2 * 3600)
    after, told = till.run(*line), till.run(*line, "--json").json

    assert (before.out, after.code, after.out) == (first.out, 0, "")
    assert f"Only its last two characters are kept: …{left}." in after.err
    assert (told[name], told["replayed"]) == (None, True)
