"""A sender who holds the webhook secret says what is not so: nothing counts that a fresh poll does not show."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world.reader import Answer, Tap, customer
from tests.world.till import Run, Till, World

TRUE = "60d2e500711b4bf2b42f8efe7a8c5cc4"
FALSE = "0000000000000000000000000000bad0"


def forged(world: World, till: Till, line: tuple[str, ...], says: dict[str, Any], act: Answer | Tap) -> Run:
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
def test_another_sales_transaction_never_makes_this_one_approved(world: World, till: Till, status: str) -> None:
    other = world.service.somebody_charges("5.00", invoice="1042")
    run = forged(world, till, ("charge", "5", "-k", "a"), {"status": status, "transactionId": other.id}, Tap(after=6.0))

    assert run.json["outcome"] == "unknown"


@pytest.mark.parametrize("status", ["COMPLETE", "IN_PROGRESS", "BUSY", "NO_CONNECTION"])
def test_a_status_alone_decides_nothing_of_a_prompt(world: World, till: Till, status: str) -> None:
    line, _, truth = ASKED["a button"]
    run = forged(world, till, line, {"status": status}, Answer(truth, after=6.0))

    assert (run.json["outcome"], run.json["promptButton"]) == ("answered", "No")
