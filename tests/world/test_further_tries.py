"""While a further try of a key runs, an earlier one may still be booked: then the further one is cancelled."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from tests.world import faults
from tests.world.reader import Act, Customer, RedX, Stays, Tap, customer
from tests.world.till import Run, Till, World

LINE = ("charge", "12.34", "-t", "T1", "-k", "K1")
WAITING = (*LINE, "--wait-busy", "60")
SLOW = customer(Tap(after=15.0))
"""A customer who is asked again and takes a while to find the card."""


def called_busy(booked: float, found: float = 0.0) -> Customer:
    """The status says BUSY, but the reader takes the card; it is booked later."""
    return customer(Tap(after=3.0, booked=booked, found=found, shown=None), says="BUSY")


def again_after_the_end(world: World, till: Till, booked: float, *then: Customer) -> Run:
    """The first try seems to end without a result, and the same key is sent again."""
    world.t1.next(customer(Tap(after=0.5, booked=booked, shown=None)), *then)
    till.run(*LINE)
    return till.run(*LINE)


@pytest.mark.parametrize("found", [0.0, 3.0])
@pytest.mark.parametrize("booked", [1.0, 3.0, 6.0, 9.0])
def test_a_reader_called_busy_that_took_the_card_charges_once(
    world: World, till: Till, booked: float, found: float
) -> None:
    world.t1.next(called_busy(booked, found), SLOW)
    run = till.run(*WAITING)

    assert (run.code, run.out, world.t1.running) == (0, f"{world.sale().id}\n", None)


@pytest.mark.parametrize("booked", [12.0, 20.0])
def test_a_booking_after_the_wait_ends_the_second_try(world: World, till: Till, booked: float) -> None:
    second = again_after_the_end(world, till, booked, SLOW)

    assert (second.code, second.out, world.taken, world.t1.running) == (0, f"{world.sale().id}\n", 2, None)


def test_the_reason_of_the_cancellation_is_shown_and_no_void_suggested(world: World, till: Till) -> None:
    second = again_after_the_end(world, till, 12.0, SLOW)

    assert ("an earlier try of this key was booked" in second.err, "void" in second.err) == (True, False)


def test_a_card_that_is_in_by_then_is_reported_as_a_double(world: World, till: Till) -> None:
    second = again_after_the_end(world, till, 12.0, customer(Tap(after=2.0, bank=6.0)))

    assert (second.code, len(world.paid()), "pjterm void 10002" in second.err) == (9, 2, True)


def test_an_unpaid_further_try_keeps_its_outcome(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()), customer(RedX()))
    codes = [till.run(*LINE).code for _ in range(2)]

    assert codes == [5, 5]


def test_a_decline_of_the_earlier_try_does_not_end_the_further_one(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=0.5, approved=False, booked=12.0, shown=None)), SLOW)
    till.run(*LINE)
    second = till.run(*LINE)

    assert (second.code, second.out) == (0, f"{world.sale().id}\n")


def test_a_first_try_sends_no_search_while_it_runs(world: World, till: Till) -> None:
    world.t1.next(customer(Stays(after=60.0)))
    run = till.start(*LINE)
    world.wait(50.0)
    searches = [c for c in world.service.calls if c.name == "search" and c.at > 1.0]
    run.end()

    assert searches == []


def test_a_follower_elsewhere_ends_the_further_try_too(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=0.5, booked=25.0, shown=None)), customer(Tap(after=60.0)))
    till.run(*LINE)
    till.run(*LINE, "--no-wait")
    resumed = till.run("resume", "K1")

    assert (resumed.code, len(world.paid()), world.t1.running) == (0, 1, None)


NOT_TAKEN = [faults.SLOW_DOWN, faults.no_connection(), faults.UNAUTHORIZED, faults.says(400)]


@pytest.mark.parametrize("fault", NOT_TAKEN, ids=["429", "no connection", "401", "400"])
def test_a_refused_further_try_keeps_the_outcome_of_the_one_before(
    world: World, till: Till, fault: faults.Fault
) -> None:
    world.t1.next(customer(RedX()))
    till.run(*LINE)
    rule = world.faults.add(fault, "request-payment", times=1e9)
    refused = till.run(*LINE, "--timeout", "5", "--json")
    rule.until = world.time.now
    then = till.run(*LINE)

    assert (refused.code, refused.json["outcome"], then.code, len(world.paid())) == (5, "cancelled", 0, 1)


def test_the_reason_of_the_refusal_is_shown(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    till.run(*LINE)
    world.faults.add(faults.UNAUTHORIZED, "request-payment")
    refused = till.run(*LINE)

    assert (refused.code, "refuses the credentials" in refused.err, "set-secret" in refused.err) == (5, True, True)


def test_another_card_that_was_not_sent_may_be_tried_again(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(approved=False)))
    till.run(*LINE)
    world.faults.add(faults.UNAUTHORIZED, "request-payment")
    codes = [till.run(*LINE, "--another-card").code for _ in range(2)]

    assert (codes, len(world.paid())) == ([3, 0], 1)


def test_waiting_for_a_busy_reader_survives_a_short_network_failure(world: World, till: Till) -> None:
    world.service.others_use(world.t1, 20.0)
    world.faults.add(faults.no_connection(), "request-payment", since=8.0, times=1e9, until=16.0)
    run = till.run(*WAITING)

    assert (run.code, len(world.paid())) == (0, 1)


def next_sales(till: Till, *waits: float) -> list[Run]:
    """Sales to other customers, each that long after the one before."""
    runs = []
    for number, wait in enumerate(waits):
        till.world.wait(wait)
        runs.append(till.run("charge", "5.00", "-t", "T1", "-k", f"later-{number}"))
    return runs


@pytest.mark.parametrize("booked", [12.0, 40.0])
@pytest.mark.parametrize("line", [LINE, WAITING], ids=["again", "--wait-busy"])
def test_a_first_try_booked_after_the_second_was_paid_is_reported_by_a_later_sale(
    world: World, till: Till, booked: float, line: tuple[str, ...]
) -> None:
    """No command can wait for it while the customer stands there, and the shop may never use that key again."""
    world.t1.next(called_busy(booked))
    till.run(*line)
    second = till.run(*line) if line is LINE else till.world.runs[-1]
    reported = [r.err for r in next_sales(till, 1.0, booked)]

    assert (second.code, ["was charged twice" in err for err in reported].count(True)) == (0, 1)


def test_later_sales_count_a_second_try_until_no_booking_is_possible(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    till.run(*LINE)
    till.run(*LINE)
    number = world.sale().invoice
    later = next_sales(till, 1.0, 30.0, 90.0, 1.0)

    assert [sum(c.query.get("invoiceNumber") == number for c in r.process.calls) for r in later] == [1, 1, 1, 0]


@pytest.mark.parametrize(
    ("first", "more", "code"), [(RedX(), (), 5), (Tap(approved=False), ("--another-card",), 3)], ids=["x", "declined"]
)
@pytest.mark.parametrize("before_its_end", range(1, 8))
def test_a_refused_further_try_keeps_the_earlier_end_although_its_command_was_killed(
    place: Path, first: Act, more: tuple[str, ...], code: int, before_its_end: int
) -> None:
    """A rate limit refused its POST; it was killed before recording that, so the refusal cannot be known."""
    kill_at, codes = 0, []
    for name in ("whole", "killed"):
        with World(place / name) as world:
            till = world.till()
            world.t1.next(customer(first))
            till.run(*LINE)
            world.faults.add(faults.SLOW_DOWN, "request-payment", times=1e9)
            second = till.run(*LINE, *more, kill_at=kill_at)
            kill_at = len(second.process.steps) - before_its_end
            world.faults.clear()
            codes.append(till.run("resume", "K1", "--timeout", "15").code)

    assert codes in ([code, code], [code, 9])


@pytest.mark.parametrize(("seconds", "tries"), [(1, 1), (2, 2), (3, 2), (5, 2), (7, 3)])
def test_the_last_try_at_a_busy_reader_starts_before_the_timeout(
    world: World, till: Till, seconds: int, tries: int
) -> None:
    world.service.others_use(world.t1, 60.0)
    run = till.run(*LINE, "--wait-busy", str(seconds))
    posts = [call.at for call in run.process.calls if call.name == "request-payment"]

    assert (run.code, len(posts)) == (6, tries), run.err
    assert all(after - before >= 2.0 for before, after in pairwise(posts)), posts


def test_a_further_try_at_a_busy_reader_is_shown_as_sending_not_as_finishing(world: World, till: Till) -> None:
    """Another till uses the reader: no customer has a card to take."""
    world.service.others_use(world.t1, 60.0)
    run = till.run(*LINE, "--wait-busy", "5")

    assert (run.err.count("Sending the request…"), "take the card" in run.err) == (2, False), run.err


# -- a further try that a guard stops -----------------------------------------------------------------------------


def test_a_guard_that_stops_a_further_try_says_itself_what_to_type(world: World, till: Till) -> None:
    """The line of a busy reader names the key, and so would get past the guard."""
    world.service.others_use(world.t1, 6.0)
    first = till.start("charge", "5", "-t", "T1", "--wait-busy", "40")
    world.wait(1.0)
    till.run("charge", "5", "-t", "T1", "--wait-busy", "40", "-k", "B")
    run = first.end()

    assert (run.code, len(world.paid()), run.err.rstrip().rpartition("\n")[2]) == (
        6, 1, "next: for a second one on purpose add --force, or give each sale its --key; look first: pjterm why B",
    )  # fmt: skip


def test_in_ndjson_each_try_at_a_busy_reader_begins_with_its_own_request(world: World, till: Till) -> None:
    """The statuses of the second one stood under the id of the first, which never had them."""
    world.service.others_use(world.t1, 3.0)
    lines = [json.loads(line) for line in till.run(*WAITING, "-o", "ndjson").out.splitlines()]
    begun = [n for n, line in enumerate(lines) if line["type"] == "request"]

    assert [lines[n]["requestId"] for n in begun] == list(world.service.requests)
    assert [line.get("status") for line in lines[begun[-1] :] if line.get("status") == "BUSY"] == []
