"""`terminals ping` reports whether a reader can be reached, and ends nothing but its own prompt."""

from __future__ import annotations

import json
import signal
from typing import Any

import pytest

from pjterm.core.hints import commands
from tests.world import faults, pings
from tests.world.reader import Stays, Tap, customer
from tests.world.service import Call
from tests.world.till import Till, World


def pinged(till: Till, *names: str) -> tuple[int, list[tuple[str, str]]]:
    run = till.run("terminals", "ping", *names, "--json")
    return run.code, [(item["name"], item["status"]) for item in run.json["items"]]


def test_a_reader_that_answers_is_ready_and_idle_again(world: World, till: Till) -> None:
    world.t1.next(customer(Stays()))

    run = till.run("terminals", "ping", "T1", "--json")

    assert (run.code, run.json["items"][0]["status"], world.t1.running) == (0, "ready", None)
    assert run.json["items"][0]["seconds"] < 3.0


def test_in_ndjson_it_prints_only_its_items(till: Till) -> None:
    """The lines of a prompt under a key of its own used to be among them."""
    run = till.run("terminals", "ping", "--all", "-o", "ndjson")

    assert [json.loads(row).get("name") for row in run.out.splitlines()] == ["T1", "T2"]


def test_an_offline_reader_is_unreachable(world: World, till: Till) -> None:
    world.t1.online = False

    assert pinged(till, "T1") == (13, [("T1", "unreachable")])


def test_a_reader_used_by_another_program_is_busy_and_continues(world: World, till: Till) -> None:
    world.service.others_use(world.t1, 60.0)
    running = world.t1.running

    assert pinged(till, "T1") == (13, [("T1", "busy")])
    assert running is world.t1.running


def test_an_open_entry_in_this_journal_makes_it_busy_and_nothing_is_sent(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=60.0)))
    till.run("charge", "5", "-t", "T1", "--timeout", "1", "-k", "K1")
    posts = [call for call in world.service.calls if call.method == "POST"]

    run = till.run("terminals", "ping", "T1", "--json")

    assert (run.code, run.json["items"][0]["status"]) == (13, "busy")
    assert run.json["items"][0]["says"].endswith(": pjterm resume K1")
    assert posts == [call for call in world.service.calls if call.method == "POST"]


def test_an_unknown_payment_in_this_journal_makes_it_busy_too(world: World, till: Till) -> None:
    world.faults.add(faults.lost_request(faults.Cut()), "request-payment")
    till.run("charge", "5", "-t", "T1", "--timeout", "1", "-k", "K1")

    assert pinged(till, "T1") == (13, [("T1", "busy")])


def test_all_readers_are_pinged_one_after_the_other(world: World, till: Till) -> None:
    world.t1.next(customer(Stays()))
    world.t2.online = False

    code, found = pinged(till, "--all")

    assert (code, [status for _, status in found]) == (13, ["ready", "unreachable"])


def test_names_are_shown_as_typed(world: World, till: Till) -> None:
    world.t1.next(customer(Stays()))
    world.t2.next(customer(Stays()))

    assert pinged(till, "T1", "T2") == (0, [("T1", "ready"), ("T2", "ready")])


def test_a_prompt_whose_answer_is_lost_is_not_called_ready(world: World, till: Till) -> None:
    world.faults.add(faults.lost_request(faults.Cut()), "request-prompt")

    assert pinged(till, "T1") == (13, [("T1", "unreachable")])


def test_a_prompt_with_a_lost_answer_does_not_block_a_later_ping(world: World, till: Till) -> None:
    world.faults.add(faults.lost_request(faults.Cut()), "request-prompt")
    first = pinged(till, "T1")

    assert [first, pinged(till, "T1")] == [(13, [("T1", "unreachable")]), (0, [("T1", "ready")])]


def test_without_a_network_nothing_is_reported_about_the_reader(world: World, till: Till) -> None:
    world.network(till).up = False

    assert till.run("terminals", "ping", "T1").code == 12


def test_a_rejected_prompt_reports_nothing_about_the_reader(world: World, till: Till) -> None:
    till.configure(aliases={"T1": world.t1.id})
    world.faults.add(faults.no_connection(), "request-prompt", times=1e9)

    assert till.run("terminals", "ping", "T1").code == 12


def test_a_prompt_that_cannot_be_cancelled_leaves_the_reader_busy(world: World, till: Till) -> None:
    world.t1.next(customer(Stays()))
    world.faults.add(faults.lost_request(faults.page(502)), "main", times=1e9)
    run = till.run("terminals", "ping", "T1", "--json")

    assert (run.code, run.json["items"][0]["status"]) == (13, "busy")
    assert "our prompt may still show: pjterm cancel made-" in run.json["items"][0]["says"]


def test_the_suggested_cancel_ends_only_the_prompt(world: World, till: Till) -> None:
    """When a reader and an alias shared a name, it cancelled a customer's payment at the other reader."""
    till.configure(aliases={"T1": world.t2.id})
    world.t2.next(customer(Tap(after=120.0)))
    till.run("charge", "5", "-t", "T1", "-k", "K1", "--no-wait")
    world.t1.next(customer(Stays()))
    world.faults.add(faults.lost_request(faults.page(502)), "main", times=100)
    at_t1 = till.run("terminals", "ping", "--all", "--json").json["items"][0]
    world.faults.clear()
    [line] = commands(at_t1["says"])
    done = till.run(*line.split()[1:])

    assert (at_t1["smartTerminalId"], done.code) == (world.t1.id, 0)
    assert (world.t1.running is None, world.t2.running is None) == (True, False)


@pytest.mark.parametrize("moment", ["while it connects", "while our prompt shows"])
def test_a_reader_that_vanishes_is_unreachable(world: World, till: Till, moment: str) -> None:
    world.t1.next(customer(Stays(), connecting=0.9))
    connects = moment == "while it connects"

    def vanish() -> None:
        if connects:
            world.t1.online = False
        elif world.t1.running is not None:
            world.t1.end(world.t1.running, "NO_CONNECTION")

    world.time.after(0.5 if connects else 1.2, vanish)

    assert pinged(till, "T1") == (13, [("T1", "unreachable")])


def test_a_network_that_fails_while_our_prompt_shows_leaves_it_there_and_says_so(world: World, till: Till) -> None:
    def lose(call: Call) -> None:
        if call.name == "poll" and world.t1.running is not None:
            world.time.after(0.01, lambda: setattr(world.network(till), "up", False))

    world.service.on_call.append(lose)
    world.t1.next(customer(Stays()))
    run = till.run("terminals", "ping", "T1", "--json")

    assert (run.code, run.json["items"][0]["status"], world.t1.running is None) == (13, "busy", False)


def test_an_edited_journal_pings_nothing(world: World, till: Till) -> None:
    till.run("charge", "5", "-t", "T1", "-k", "K1")
    till.edit_journal("UPDATE entries SET amount = '1.00'")
    run = till.run("terminals", "ping", "T1")

    assert (run.code, [c for c in world.service.calls if c.name == "request-prompt"]) == (10, [])
    assert "changed by another program" in run.err


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("after", [0.05, 1.0])
def test_an_interrupted_ping_reports_the_readers_so_far_and_pings_no_other(
    world: World, till: Till, signum: int, code: int, after: float
) -> None:
    till.configure(aliases={"T1": world.t1.id, "T2": world.t2.id})
    world.t1.next(customer(Stays(), connecting=2.0))
    run = till.run(
        "terminals", "ping", "T1", "T2", "--json", trouble=lambda p: world.time.after(after, lambda: p.signal(signum))
    )
    prompts = [call.target for call in world.service.calls if call.name == "request-prompt"]

    assert (run.code, prompts) == (code, [world.t1.id])
    assert [item["name"] for item in run.json["items"]] == ["T1"]


def test_a_ping_does_not_stop_the_next_charge(world: World, till: Till) -> None:
    world.t1.next(customer(Stays()))
    till.run("terminals", "ping", "T1")

    assert till.run("charge", "5", "-t", "T1", "-k", "K1").code == 0


@pytest.mark.parametrize("line", [("--all", "T1"), ("T9",)], ids=" ".join)
def test_an_argument_that_names_no_reader_is_2(till: Till, line: tuple[str, ...]) -> None:
    run: Any = till.run("terminals", "ping", *line, "--json")

    assert (run.code, run.json["outcome"]) == (2, "usage")


# -- others at the reader -----------------------------------------------------------------------------------------

FEW, MANY = 10, 1_000
"""Seeds, with ten pings each."""
FAR = 100_000


def test_a_ping_ends_no_other_request_and_calls_only_a_reader_ready_that_showed_its_prompt() -> None:
    found = pings.play(range(FEW))

    assert (found.wrong, found.count) == ({}, FEW * pings.AT_ONCE)
    assert found.others > found.count


@pytest.mark.exhaustive
@pytest.mark.parametrize("shard", range(4))
def test_ten_thousand_pings_end_no_other_request(shard: int) -> None:
    """Some 20 in 1,000 resets meet a request that started after the poll: the API cannot compare and end."""
    found = pings.play(range(shard * FAR, shard * FAR + MANY // 4))

    assert (found.wrong, found.count) == ({}, MANY * pings.AT_ONCE // 4)
    assert found.raced < found.resets * 0.03


@pytest.mark.parametrize("rule", pings.WITHOUT)
def test_a_ping_without_its_rule_ends_another_request(rule: str) -> None:
    found = pings.play(range(3), pings.WITHOUT[rule])

    assert [says for says in found.wrong.values() if "of another" in says] != []


def test_one_seed_gives_the_same_pings() -> None:
    assert pings.play([7, 8]) == pings.play([7, 8])


def test_every_name_of_a_reader_is_listed(world: World, till: Till) -> None:
    till.configure(aliases={"K1": world.t1.id, "K2": world.t1.id.upper()})
    rows = [row.split("\t") for row in till.run("terminals", "list").out.splitlines()]

    assert [row[0] for row in rows if row[2] == world.t1.id] == ["K1, K2"]
