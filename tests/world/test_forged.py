"""A sender who holds the webhook secret says what is not so: nothing counts that a fresh poll does not show."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world.reader import Answer, RedX, Tap, customer
from tests.world.till import Run, Till, World

TRUE = "60d2e500711b4bf2b42f8efe7a8c5cc4"
FALSE = "0000000000000000000000000000bad0"


def forged(world: World, till: Till, line: tuple[str, ...], says: dict[str, Any], act: Answer | RedX | Tap) -> Run:
    """Run a command whose request a signed event lies about after a second; the customer acts after six."""
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
def test_what_a_customer_answers_is_what_the_reader_shows(world: World, till: Till, name: str, status: str) -> None:
    line, lie, truth = ASKED[name]
    run = forged(world, till, line, {"status": status, **lie}, Answer(truth, after=6.0))
    (key, value), = truth.items()

    assert (run.code in (0, 3), run.json[key]) == (True, value)


def test_whoever_waits_for_a_yes_gets_no_forged_one(world: World, till: Till) -> None:
    line, lie, truth = ASKED["a button"]

    assert forged(world, till, line, {"status": "COMPLETE", **lie}, Answer(truth, after=6.0)).code == 3


@pytest.mark.parametrize("status", ["COMPLETE", "IN_PROGRESS"])
@pytest.mark.parametrize("invoice", ["1042", None])
@pytest.mark.parametrize("approved", [True, False])
def test_another_sales_transaction_is_not_this_ones_whatever_number_it_has(
    world: World, till: Till, status: str, invoice: str | None, approved: bool
) -> None:
    other = world.service.somebody_charges("5.00", invoice=invoice, approved=approved)
    run = forged(world, till, ("charge", "5", "-k", "a"), {"status": status, "transactionId": other.id}, Tap(after=6.0))

    assert (run.code, run.json["transactionId"]) == (0, other.id + 1)


def test_a_transaction_that_is_not_there_keeps_no_sale_from_its_end(world: World, till: Till) -> None:
    says = {"status": "COMPLETE", "transactionId": 99999}
    run = forged(world, till, ("charge", "5", "-k", "a", "--timeout", "60"), says, Tap(after=6.0))

    assert (run.code, run.json["outcome"]) == (0, "approved")


def test_another_sales_transaction_keeps_no_sale_open_that_the_customer_ended(world: World, till: Till) -> None:
    other = world.service.somebody_charges("5.00", invoice="1042")
    says = {"status": "IN_PROGRESS", "transactionId": other.id}
    run = forged(world, till, ("charge", "5", "-k", "a"), says, RedX(after=6.0))

    assert (run.code, run.json["outcome"]) == (5, "cancelled")


def test_a_transaction_that_nobody_can_read_is_asked_for_at_leisure_and_leaves_it_unknown(
    world: World, till: Till
) -> None:
    says = {"status": "IN_PROGRESS", "transactionId": 99999}
    run = forged(world, till, ("charge", "5", "-k", "a", "--timeout", "60"), says, RedX(after=6.0))
    calls = [c for c in world.service.calls if c.at > 10.0]

    assert (run.code, run.json["outcome"], len(calls) < 40) == (9, "unknown", True)


def test_a_forged_decline_ends_no_payment(world: World, till: Till) -> None:
    """The customer pays with the card in hand while another's decline is named."""
    other = world.service.somebody_charges("5.00", approved=False)
    relay = world.relay(till)
    world.t1.next(customer(Tap(after=6.0)))
    running = till.start("charge", "5", "-k", "a", "-t", "T1", "--json", "--timeout", "60")
    world.wait(1.0)
    for status in ("IN_PROGRESS", "COMPLETE"):
        relay.say(next(iter(world.service.requests)), {"status": status, "transactionId": other.id})

    assert running.end().code == 0


@pytest.mark.parametrize("status", ["COMPLETE", "IN_PROGRESS", "BUSY", "NO_CONNECTION"])
def test_a_status_alone_decides_nothing_of_a_prompt(world: World, till: Till, status: str) -> None:
    line, _, truth = ASKED["a button"]
    run = forged(world, till, line, {"status": status}, Answer(truth, after=6.0))

    assert (run.json["outcome"], run.json["promptButton"]) == ("answered", "No")
