"""Where requests do not go to PayJunction's own host, every result and every question names the host."""

from __future__ import annotations

import pytest

from tests.world.faults import lost_request
from tests.world.reader import Stays, customer
from tests.world.service import URL
from tests.world.till import Till, World

HOST = "https://api.example.com"


@pytest.fixture
def elsewhere(till: Till) -> Till:
    """A till whose profile names another host."""
    config = till.config / "config.toml"
    config.write_text(config.read_text().replace(URL, HOST))
    till.read = None
    return till


@pytest.mark.parametrize("sent", ["paid", "open", "lost"])
def test_each_command_about_a_sale_names_the_host(world: World, elsewhere: Till, sent: str) -> None:
    if sent == "open":
        world.t1.next(customer(Stays(after=900.0)))
    if sent == "lost":
        world.faults.add(lost_request(), "request-payment")
    run = elsewhere.run("charge", "5", "-t", "T1", "-k", "K1", "--timeout", "3", "--json")
    items = [
        elsewhere.run(*line, "--json").json
        for line in (
            ("status", "K1"), ("resume", "K1", "--timeout", "3"), ("why", "K1"), ("requests", "show", "K1"),
            ("requests", "list"), ("resume", "--timeout", "3"), ("charge", "6", "-t", "T1"), ("cancel", "-t", "T1"),
            ("cancel", "-t", "T1", "--any", "-y"),
        )
    ]  # fmt: skip
    said = [found for i in (run.json, *items) for found in i.get("items", [i.get("item", i)])]

    assert len(said) >= 9
    assert {i["baseUrl"] for i in said} == {HOST}


def test_a_reset_that_leaves_a_sale_unknown_has_an_error(world: World, elsewhere: Till) -> None:
    world.faults.add(lost_request(), "request-payment")
    elsewhere.run("charge", "5", "-t", "T1", "-k", "K1", "--timeout", "3")
    run = elsewhere.run("cancel", "-t", "T1", "--any", "-y", "--json")

    assert (run.code, run.error_code, run.json["error"]["hint"]) == (
        9,
        "unknown",
        "find out what became of the request from this machine: pjterm resume K1",
    )


def test_the_question_before_a_subscription_is_deleted_names_the_host(elsewhere: Till) -> None:
    run = elsewhere.run("webhooks", "delete", "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", answers="n\n")

    assert (run.code, f"(host: {HOST})" in run.err) == (10, True)
