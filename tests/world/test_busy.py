"""A reader that is busy with a request of this machine is not said to be used by another till."""

from __future__ import annotations

import pytest

from pjterm.core.hints import commands
from tests.world.reader import Stays, Tap, customer
from tests.world.till import Till, World

LINE = ("charge", "12.34", "-t", "T1", "-k", "K1")
OURS = "Another request from this machine is using T1 (key K1)."
SECOND = [("charge", "5", "-t", "T1", "-k", "K2"), ("sign", "-t", "T1", "-k", "K2")]


@pytest.mark.parametrize("line", SECOND, ids=lambda line: str(line[0]))
def test_a_reader_that_still_finishes_is_said_with_the_key_of_its_sale(
    world: World, till: Till, line: tuple[str, ...]
) -> None:
    """Its payment is approved, and the customer still has the receipt to choose."""
    world.t1.next(customer(Tap(after=1.0), finishing=20.0))
    till.run(*LINE, "--until", "result")
    busy = till.run(*line)
    later = [till.run(*again).err for again in (("resume", "K2"), ("status", "K2"))]
    why = till.run("why", "K2").out

    assert (busy.code, OURS in busy.err, "(key K1)" in busy.err, "--any" in busy.err) == (6, True, True, False)
    assert all(OURS in text and "another till" not in text.lower() for text in (*later, why))
    world.wait(30.0)
    assert till.run(*commands(busy.err.splitlines()[-1])[0].split()[1:]).code == 0


def test_what_runs_there_can_be_ended_by_the_line_that_is_printed(world: World, till: Till) -> None:
    world.t1.next(customer(Stays(after=60.0)))
    till.run(*LINE, "--no-wait")
    busy = till.run("charge", "5", "-t", "T1", "-k", "K2", "--over", "K1")
    end = next(c for row in busy.err.splitlines() for c in commands(row))

    assert (busy.code, OURS in busy.err, end) == (6, True, "pjterm cancel K1")
    assert till.run(*end.split()[1:]).code == 0


def test_another_till_is_still_called_one(world: World, till: Till) -> None:
    """What finished there minutes ago, unseen, is over."""
    till.run(*LINE, "--until", "result")
    world.wait(180.0)
    world.service.others_use(world.t1, 60.0)
    busy = till.run("charge", "5", "-t", "T1", "-k", "K2")

    assert (busy.code, "Another till or program is using T1." in busy.err, "K1" in busy.err) == (6, True, False)


def test_a_cancel_goes_on_with_what_made_the_newest_request_find_the_reader_busy(world: World, till: Till) -> None:
    world.t1.next(customer(Stays(after=60.0)))
    till.run(*LINE, "--no-wait")
    till.run("charge", "6", "-t", "T1", "-k", "K2", "--over", "K1", "--no-wait")
    cancelled = till.run("cancel", "-t", "T1", "--json")

    assert (cancelled.code, cancelled.json["key"], cancelled.json["outcome"]) == (0, "K1", "cancelled")
    assert (world.t1.running, OURS in cancelled.err) == (None, True)


@pytest.mark.parametrize("how", ["key", "request"])
def test_a_cancel_of_one_request_ends_no_other(world: World, till: Till, how: str) -> None:
    world.t1.next(customer(Stays(after=60.0)))
    till.run(*LINE, "--no-wait")
    request = till.run("charge", "6", "-t", "T1", "-k", "K2", "--over", "K1", "--no-wait").out.strip()

    assert till.run("cancel", *(("K2",) if how == "key" else ("--request", request))).code == 10
    assert world.t1.running is not None


@pytest.mark.parametrize("how", ["key", "request"])
def test_a_cancel_that_names_two_readers_resets_neither(world: World, till: Till, how: str) -> None:
    """It reset the reader of the request, and said nothing about the one that was typed."""
    world.t1.next(customer(Stays(after=60.0)))
    request = till.run(*LINE, "--no-wait").out.strip()
    world.wait(1.0)
    which = ("K1",) if how == "key" else ("--request", request)
    refused = till.run("cancel", *which, "-t", "T2")

    assert (refused.code, "K1 is not on T2, but on T1" in refused.err) == (10, True)
    assert world.t1.running is not None
    assert till.run("cancel", *which, "-t", "t1").code == 0
