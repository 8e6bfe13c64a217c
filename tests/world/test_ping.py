"""`terminals ping` tells whether a reader can be reached, and ends nothing but its own prompt."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import faults
from tests.world.reader import Stays, Tap, customer
from tests.world.till import Till, World


def pinged(till: Till, *names: str) -> tuple[int, list[tuple[str, str]]]:
    run = till.run("terminals", "ping", *names, "--json")
    return run.code, [(item["name"], item["status"]) for item in run.json["items"]]


def test_a_reader_that_answers_is_ready_and_idle_again(world: World, till: Till) -> None:
    world.t1.next(customer(Stays()))

    run = till.run("terminals", "ping", "T1", "--json")

    assert (run.code, run.json["items"][0]["status"], world.t1.running) == (0, "ready", None)
    assert run.json["items"][0]["seconds"] < 3.0


def test_a_reader_that_is_off_line_is_unreachable(world: World, till: Till) -> None:
    world.t1.online = False

    assert pinged(till, "T1") == (13, [("T1", "unreachable")])


def test_a_reader_that_another_program_uses_is_busy_and_goes_on(world: World, till: Till) -> None:
    world.service.somebody_uses(world.t1, 60.0)
    theirs = world.t1.running

    assert pinged(till, "T1") == (13, [("T1", "busy")])
    assert theirs is world.t1.running


def test_an_open_entry_of_this_journal_makes_it_busy_and_nothing_is_sent(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=60.0)))
    till.run("charge", "5", "-t", "T1", "--timeout", "1", "-k", "K1")
    posts = [call for call in world.service.calls if call.method == "POST"]

    assert pinged(till, "T1") == (13, [("T1", "busy")])
    assert posts == [call for call in world.service.calls if call.method == "POST"]


def test_an_unknown_payment_of_this_journal_makes_it_busy_too(world: World, till: Till) -> None:
    world.faults.add(faults.lost_request(faults.Cut()), "request-payment")
    till.run("charge", "5", "-t", "T1", "--timeout", "1", "-k", "K1")

    assert pinged(till, "T1") == (13, [("T1", "busy")])


def test_all_readers_are_asked_one_after_the_other(world: World, till: Till) -> None:
    world.t1.next(customer(Stays()))
    world.t2.online = False

    code, found = pinged(till, "--all")

    assert (code, [status for _, status in found]) == (13, ["ready", "unreachable"])


def test_names_are_told_as_they_are_typed(world: World, till: Till) -> None:
    world.t1.next(customer(Stays()))
    world.t2.next(customer(Stays()))

    assert pinged(till, "T1", "T2") == (0, [("T1", "ready"), ("T2", "ready")])


def test_a_prompt_whose_answer_is_lost_is_not_called_ready(world: World, till: Till) -> None:
    world.faults.add(faults.lost_request(faults.Cut()), "request-prompt")

    assert pinged(till, "T1") == (13, [("T1", "unreachable")])


def test_without_a_network_nothing_is_said_of_the_reader(world: World, till: Till) -> None:
    world.network(till).up = False

    assert till.run("terminals", "ping", "T1").code == 12


def test_a_prompt_that_is_refused_says_nothing_of_the_reader(world: World, till: Till) -> None:
    till.configure(aliases={"T1": world.t1.id})
    world.faults.add(faults.no_connection(), "request-prompt", times=1e9)

    assert till.run("terminals", "ping", "T1").code == 12


def test_a_charge_right_after_a_ping_is_not_stopped_by_it(world: World, till: Till) -> None:
    world.t1.next(customer(Stays()))
    till.run("terminals", "ping", "T1")

    assert till.run("charge", "5", "-t", "T1", "-k", "K1").code == 0


@pytest.mark.parametrize("line", [("--all", "T1"), ("T9",)], ids=" ".join)
def test_what_names_no_reader_is_2(till: Till, line: tuple[str, ...]) -> None:
    run: Any = till.run("terminals", "ping", *line, "--json")

    assert (run.code, run.json["outcome"]) == (2, "usage")
