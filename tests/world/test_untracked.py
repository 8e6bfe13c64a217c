"""A request that another till sent: what is told of it was seen by the command that tells it."""

from __future__ import annotations

import pytest

from tests.world.reader import Stays, Tap, customer
from tests.world.till import Till, World


@pytest.fixture
def other_request(world: World) -> str:
    """The id of a sale that another till has at the reader."""
    world.t1.next(customer(Stays()))
    request = world.till("other").run("charge", "9.00", "-t", "T1", "--no-wait").out.strip()
    world.wait(3.0)
    return request


@pytest.mark.parametrize("line", ["status", "follow --timeout 1", "cancel -t T1 --request"])
def test_the_evidence_has_no_post_that_this_machine_did_not_make(till: Till, other_request: str, line: str) -> None:
    run = till.run(*line.split(), other_request, "--json")

    assert run.json["evidence"]
    assert "accepted as" not in str(run)


def test_the_result_of_a_reset_names_the_reader(world: World, till: Till, other_request: str) -> None:
    run = till.run("cancel", "-t", "T1", "--request", other_request, "--json")

    assert run.json["terminal"]["name"] == "T1"
    assert run.json["terminal"]["smartTerminalId"] == world.t1.id


def test_after_a_declined_card_nothing_is_reset_and_what_ends_it_is_said(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(approved=False), Stays(200.0)))
    request = world.till("other").run("charge", "9.00", "-t", "T1", "--no-wait").out.strip()
    world.wait(5.0)
    run = till.run("cancel", "-t", "T1", "--request", request, "--json")

    assert (run.code, run.json["error"]["code"]) == (10, "too-late")
    assert run.json["error"]["hint"].startswith("press the red X on the reader, or reset it: pjterm cancel -t T1 --any")
