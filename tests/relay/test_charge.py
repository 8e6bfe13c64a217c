"""A charge that follows a relay while the relay starts and stops: real commands, simulator and relays."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.till import wait_for
from tests.events.broker import Broker, free_ports
from tests.relay.simulated import SECRETS, environment, simulator
from tests.relay.speak import Process
from tests.warm import piped

Launch = Callable[..., Process]


def charge(tmp_path: Path, at_progress: Callable[[], object] = lambda: None) -> dict[str, Any]:
    """The result of one charge; `at_progress` is called while the request is in progress."""
    args = ["charge", "12.50", "--via", "relay", "-o", "ndjson", "--force", "-t", "T1"]
    with (tmp_path / "charge.log").open("wb") as log:
        running = piped(args, env=environment(tmp_path), stderr=log)
    assert running.stdout is not None
    line: dict[str, Any] = {}
    for text in running.stdout:
        line = json.loads(text)
        if line["type"] == "status" and line["status"] == "IN_PROGRESS" and not line.get("transactionId"):
            at_progress()
            at_progress = lambda: None  # noqa: E731
    running.stdout.close()

    assert running.wait(60) == line["exitCode"], (tmp_path / "charge.log").read_text()
    return line


def sources(result: dict[str, Any]) -> list[str]:
    return [piece["source"] for piece in result["evidence"]]


def accepted(result: dict[str, Any]) -> int:
    """How many POSTs the API accepted."""
    return sum(piece["says"].startswith("accepted as") for piece in result["evidence"])


def test_a_charge_gets_its_end_from_the_relay(tmp_path: Path, launch: Launch) -> None:
    relay = launch("state", **SECRETS)
    with simulator(tmp_path, relay.url):
        result = charge(tmp_path)

    assert (result["outcome"], result["exitCode"]) == ("approved", 0)
    assert "webhook" in sources(result)


@pytest.mark.parametrize("again", [False, True])
def test_a_relay_that_dies_during_a_payment_changes_nothing(tmp_path: Path, launch: Launch, again: bool) -> None:
    """Gone for good, or restarted at once: approved, and one POST."""
    relay = launch("state", port=free_ports(1)[0], **SECRETS)

    def trouble() -> None:
        relay.kill()
        if again:
            relay.start()

    with simulator(tmp_path, relay.url):
        result = charge(tmp_path, trouble)

    assert (result["outcome"], result["exitCode"]) == ("approved", 0)
    assert accepted(result) == 1


def test_a_relay_that_starts_during_a_payment_is_followed(tmp_path: Path, launch: Launch) -> None:
    relay = launch("state", port=free_ports(1)[0], **SECRETS)
    relay.kill()
    patient = tmp_path / "patient.toml"
    patient.write_text("[[request]]\nacts = 60.0\n")

    def trouble() -> None:
        relay.start()
        wait_for(
            lambda: "the relay is back" in (tmp_path / "charge.log").read_text(),
            30,
            "the notice that the relay is back",
        )
        headers = {"Content-Type": "application/json"}
        tap = urllib.request.Request(f"{shop}/-/readers/T1/tap", data=b"{}", headers=headers)
        urllib.request.urlopen(tap, timeout=60).close()

    with simulator(tmp_path, relay.url, "--scenario", str(patient)) as shop:
        result = charge(tmp_path, trouble)

    said = [line for line in (tmp_path / "charge.log").read_text().splitlines() if "relay" in line]

    assert (result["outcome"], result["exitCode"]) == ("approved", 0)
    assert accepted(result) == 1
    assert [line.partition("the relay ")[2] for line in said] == ["does not answer; polling until it does", "is back"]


def test_a_charge_follows_one_relay_while_its_webhooks_arrive_at_another(
    tmp_path: Path, launch: Launch, broker: Broker
) -> None:
    shared = {"store": f"{broker.url}/CHARGES", "monitors": [broker.monitor], **SECRETS}
    launch("state", **shared)
    entrance = launch("entrance", **shared)
    with simulator(tmp_path, entrance.url):
        result = charge(tmp_path)

    assert (result["outcome"], result["exitCode"]) == ("approved", 0)
    assert "webhook" in sources(result)
