"""A sender with the webhook secret lies: nothing counts that a fresh poll does not confirm."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import faults
from tests.world.reader import Answer, Customer, RedX, Tap, customer
from tests.world.till import Run, Running, Till, World

TRUE = "60d2e500711b4bf2b42f8efe7a8c5cc4"
FALSE = "0000000000000000000000000000bad0"


def forged(world: World, till: Till, line: tuple[str, ...], says: dict[str, Any], act: Answer | RedX | Tap) -> Run:
    """Run a command about whose request a signed event lies after a second; the customer acts after six."""
    relay = world.relay(till)
    world.t1.next(customer(act))
    running = till.start(*line, "-t", "T1", "--json")
    world.wait(1.0)
    relay.say(next(iter(world.service.requests)), says)
    return running.end()


ASKED: dict[str, tuple[tuple[str, ...], dict[str, Any], dict[str, Any]]] = {
    "a button": (
        ("prompt", "Over 18?", "-b", "Yes", "-b", "No", "--expect", "Yes"),
        {"promptButton": "Yes"}, {"promptButton": "No"},
    ),
    "a number that was typed": (
        ("input",), {"inputValue": "8005550100"}, {"inputValue": "8006010230"},
    ),
    "a signature": (("sign", "I agree."), {"signatureId": FALSE}, {"signatureId": TRUE}),
}  # fmt: skip


@pytest.mark.parametrize("status", ["COMPLETE", "IN_PROGRESS"])
@pytest.mark.parametrize("name", ASKED)
def test_the_customer_s_answer_is_the_one_at_the_reader(world: World, till: Till, name: str, status: str) -> None:
    line, lie, truth = ASKED[name]
    run = forged(world, till, line, {"status": status, **lie}, Answer(truth, after=6.0))
    ((key, value),) = truth.items()

    assert (run.code in (0, 3), run.json[key]) == (True, value)


def test_a_command_waiting_for_a_yes_accepts_no_forged_one(world: World, till: Till) -> None:
    line, lie, truth = ASKED["a button"]

    assert forged(world, till, line, {"status": "COMPLETE", **lie}, Answer(truth, after=6.0)).code == 3


@pytest.mark.parametrize("status", ["COMPLETE", "IN_PROGRESS"])
@pytest.mark.parametrize("invoice", ["1042", None])
@pytest.mark.parametrize("approved", [True, False])
def test_another_sale_s_transaction_is_not_this_one_s_whatever_its_number(
    world: World, till: Till, status: str, invoice: str | None, approved: bool
) -> None:
    other = world.service.others_charge("5.00", invoice=invoice, approved=approved)
    run = forged(world, till, ("charge", "5", "-k", "a"), {"status": status, "transactionId": other.id}, Tap(after=6.0))

    assert (run.code, run.json["transactionId"]) == (0, other.id + 1)


def test_a_nonexistent_transaction_does_not_keep_a_sale_open(world: World, till: Till) -> None:
    says = {"status": "COMPLETE", "transactionId": 99999}
    run = forged(world, till, ("charge", "5", "-k", "a", "--timeout", "60"), says, Tap(after=6.0))

    assert (run.code, run.json["outcome"]) == (0, "approved")


def test_another_sale_s_transaction_does_not_keep_a_sale_open_that_the_customer_ended(world: World, till: Till) -> None:
    other = world.service.others_charge("5.00", invoice="1042")
    says = {"status": "IN_PROGRESS", "transactionId": other.id}
    run = forged(world, till, ("charge", "5", "-k", "a"), says, RedX(after=6.0))

    assert (run.code, run.json["outcome"]) == (5, "cancelled")


def test_an_unreadable_transaction_is_looked_up_rarely_and_leaves_the_sale_unknown(world: World, till: Till) -> None:
    says = {"status": "IN_PROGRESS", "transactionId": 99999}
    run = forged(world, till, ("charge", "5", "-k", "a", "--timeout", "60"), says, RedX(after=6.0))
    calls = [c for c in world.service.calls if c.at > 10.0]

    assert (run.code, run.json["outcome"], len(calls) < 40) == (9, "unknown", True)


def test_a_forged_decline_ends_no_payment(world: World, till: Till) -> None:
    """The customer pays with the card in hand while another customer's decline is named."""
    other = world.service.others_charge("5.00", approved=False)
    relay = world.relay(till)
    world.t1.next(customer(Tap(after=6.0)))
    running = till.start("charge", "5", "-k", "a", "-t", "T1", "--json", "--timeout", "60")
    world.wait(1.0)
    for status in ("IN_PROGRESS", "COMPLETE"):
        relay.say(next(iter(world.service.requests)), {"status": status, "transactionId": other.id})

    assert running.end().code == 0


@pytest.mark.parametrize("status", ["COMPLETE", "IN_PROGRESS", "BUSY", "NO_CONNECTION"])
def test_a_status_alone_decides_no_prompt(world: World, till: Till, status: str) -> None:
    line, _, truth = ASKED["a button"]
    run = forged(world, till, line, {"status": status}, Answer(truth, after=6.0))

    assert (run.json["outcome"], run.json["promptButton"]) == ("answered", "No")


# -- an end reported only by a webhook -----------------------------------------------------------------------------

LINE = ("charge", "5", "-k", "a", "-t", "T1", "--json")
ENDS = ("COMPLETE", "BUSY", "NO_CONNECTION")


def begin(world: World, till: Till, who: Customer, *events: dict[str, Any], more: tuple[str, ...] = ()) -> Running:
    """A sale about which signed events say this after a second."""
    relay = world.relay(till)
    world.t1.next(who)
    running = till.start(*LINE, *more)
    world.wait(1.0)
    for says in events:
        relay.say(next(iter(world.service.requests)), says)
    return running


@pytest.mark.parametrize("status", ENDS)
def test_a_request_running_at_the_deadline_is_reported_as_open(world: World, till: Till, status: str) -> None:
    run = begin(world, till, customer(Tap(after=100.0)), {"status": status}, more=("--timeout", "20")).end()

    assert (run.code, run.seconds < 22.0) == (8, True)


@pytest.mark.parametrize("lie", [*({"status": status} for status in ENDS), {"status": "COMPLETE", "transactionId": 7}])
def test_ctrl_c_still_cancels_it_at_the_reader(world: World, till: Till, lie: dict[str, Any]) -> None:
    running = begin(world, till, customer(Tap(after=100.0)), lie)
    world.wait(3.0)
    running.interrupt()
    running.end()

    assert ([c.name for c in world.service.calls].count("main"), world.paid()) == (1, [])


@pytest.mark.parametrize("named", [True, False])
def test_a_further_try_is_still_cancelled_if_the_first_was_booked_late(world: World, till: Till, named: bool) -> None:
    """Whatever a webhook names meanwhile: otherwise the customer pays twice."""
    other = world.service.others_charge("7.00", invoice="77")
    world.t1.next(customer(Tap(after=0.5, booked=30.0, shown=None)))
    till.run(*LINE)
    says = {"status": "COMPLETE", **({"transactionId": other.id} if named else {})}
    relay = world.relay(till)
    world.t1.next(customer(Tap(after=60.0)))
    running = till.start(*LINE)
    world.wait(14.0)
    relay.say(list(world.service.requests)[-1], says)
    run = running.end()

    assert (run.code, world.taken, [b for b in world.paid() if b != other.id]) == (0, 2, [run.json["transactionId"]])


def test_busy_from_polls_is_reported_although_a_webhook_said_complete(world: World, till: Till) -> None:
    world.service.others_use(world.t1, 60.0)
    relay = world.relay(till)
    world.t1.next(customer(connecting=3.0))
    running = till.start(*LINE)
    world.wait(1.0)
    relay.say(list(world.service.requests)[-1], {"status": "COMPLETE"})

    assert running.end().code == 6


# -- a transaction named only by a webhook -------------------------------------------------------------------------


def test_a_void_by_the_key_does_not_void_it(world: World, till: Till) -> None:
    other = world.service.others_charge("7.00")
    run = begin(world, till, customer(RedX(after=6.0)), {"status": "IN_PROGRESS", "transactionId": other.id}).end()
    void = till.run("void", "a", "--yes")

    assert (run.code, run.json["transactionId"], void.code, other.stands) == (5, None, 10, True)


def test_it_does_not_prevent_the_statement_that_nothing_was_charged(world: World, till: Till) -> None:
    other = world.service.others_charge("7.00")
    says = {"status": "IN_PROGRESS", "transactionId": other.id}
    begin(world, till, customer(RedX(after=6.0)), says, more=("--timeout", "3")).end()
    world.wait(10.0)
    world.service.login("shop").may_search = False

    assert till.run("resume", "a", "--not-charged", "--yes").code == 5


@pytest.mark.parametrize("status", ["IN_PROGRESS", "COMPLETE", "NO_CONNECTION"])
def test_it_is_not_our_sale_although_it_has_our_invoice(world: World, till: Till, status: str) -> None:
    """Another till was paid under the same invoice, while our customer still looks for the card."""
    shared = ("--invoice", "1042", "--until", "result")
    other = world.till("other").start("charge", "5", "-k", "b", "-t", "T2", *shared)
    running = begin(world, till, customer(Tap(after=20.0)), more=shared)
    other.end()
    world.wait(3.0)
    own = next(r for r in world.service.requests.values() if r.reader is world.t1)
    world.relays[till.machine.name].say(own.id, {"status": status, "transactionId": world.paid()[0]})
    run = running.end()

    assert (run.error_code, own.bookings[0].id in world.paid()) == ("charged-twice", True)


# -- a flood of events ----------------------------------------------------------------------------------------------

FLOODS: dict[str, dict[str, Any]] = {
    "ends": {"status": "COMPLETE"}, "words": {"status": "W%d"}, "transactions": {"transactionId": 50_000},
}  # fmt: skip


def flood(world: World, till: Till, running: Running, says: dict[str, Any], request_id: str) -> None:
    """Twenty events a second, each with a different number, until the command ends or an hour has passed."""
    relay, count = world.relays[till.machine.name], 0
    while not running.ended and world.time.now < 3600.0:
        count += 1
        status = str(says.get("status", "IN_PROGRESS")).replace("%d", str(count))
        more = {"transactionId": says["transactionId"] + count} if "transactionId" in says else {}
        relay.say(request_id, {"status": status, **more})
        world.wait(0.05)


@pytest.mark.parametrize("verified", [True, False])
@pytest.mark.parametrize("what", FLOODS)
def test_a_flood_of_events_prevents_no_command_from_ending(world: World, till: Till, what: str, verified: bool) -> None:
    running = begin(world, till, customer(Tap(after=9000.0)), more=("--timeout", "10"))
    world.relays[till.machine.name].verified = verified
    flood(world, till, running, FLOODS[what], next(iter(world.service.requests)))
    run = running.end()

    assert (run.code, run.seconds < 15.0) == (8, True)


def test_a_flood_of_other_requests_events_does_not_either_while_our_answer_is_lost(world: World, till: Till) -> None:
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    running = begin(world, till, customer(Tap(after=9000.0)), more=("--timeout", "30"))
    flood(world, till, running, FLOODS["transactions"], "88888888-4444-4444-4444-cccccccccccc")
    run = running.end()

    assert (run.code, run.seconds < 40.0) == (9, True)


def test_a_flood_of_events_does_not_fill_the_journal(world: World, till: Till) -> None:
    running = begin(world, till, customer(Tap(after=9000.0)), more=("--timeout", "10"))
    flood(world, till, running, FLOODS["words"], next(iter(world.service.requests)))

    assert len(running.end().json["evidence"]) < 40


def test_a_forged_id_that_does_not_exist_hides_no_second_charge(world: World, till: Till) -> None:
    """A count reads the results of a search before a transaction named only by a webhook."""
    world.books.showing.trimmed = ("response",)
    line = ("charge", "12.34", "-k", "K1")
    forged(world, till, line, {"status": "IN_PROGRESS", "transactionId": 99_999}, Tap(after=4.0))
    world.service.others_charge("12.34", world.sale().invoice)

    assert till.run("resume", "K1").code == 9
