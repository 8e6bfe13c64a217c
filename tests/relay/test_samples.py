"""The documented flows through the relay: every order, repeats and losses, as a follower sees them."""

from __future__ import annotations

import json
import random
from itertools import permutations
from pathlib import Path

import pytest

from tests.relay.speak import Client, Process

SAMPLES: list[str] = json.loads((Path(__file__).parents[1] / "data" / "webhooks.json").read_text())["valid"]
MALFORMED: str = json.loads((Path(__file__).parents[1] / "data" / "webhooks.json").read_text())["malformed"]


def flows() -> dict[str, list[str]]:
    """The samples by request, in the article's order, the repeated one once."""
    found: dict[str, list[str]] = {}
    for text in dict.fromkeys(SAMPLES):
        found.setdefault(json.loads(text)["data"]["requestId"], []).append(text)
    return found


def test_each_sample_is_stored_byte_for_byte_and_the_repeated_one_once(own: Client) -> None:
    statuses = [own.deliver(text.encode()).status for text in SAMPLES]
    raws = [own.get(f"/events/{n}/raw").body.decode() for n in range(1, len(set(SAMPLES)) + 1)]
    items = own.page()["items"]

    assert statuses == [204] * len(SAMPLES)
    assert raws == list(dict.fromkeys(SAMPLES))
    assert sum(item["deliveries"] for item in items) == len(SAMPLES)


def test_an_id_shared_by_two_statuses_is_two_events_and_the_second_names_the_first(own: Client) -> None:
    """IN_PROGRESS and COMPLETE of 2018; the COMPLETE was created before the event that it follows."""
    shared = [text for text in dict.fromkeys(SAMPLES) if "c3a0e26f" in text]
    for text in shared:
        own.deliver(text.encode())
    items = own.page()["items"]

    assert [(i["event"]["data"]["status"], i["sameIdAs"]) for i in items] == [("IN_PROGRESS", None), ("COMPLETE", 1)]


def test_the_malformed_sample_is_400(own: Client) -> None:
    status = own.deliver(MALFORMED.encode()).status

    assert status == 400


@pytest.mark.parametrize("request_id", [r for r, texts in flows().items() if len(texts) >= 3])
def test_in_every_order_a_follower_sees_each_event_once_in_order_of_arrival(
    shared_relay: Process, request_id: str
) -> None:
    """Each order uses its own request id; the body is otherwise the sample's."""
    relay = shared_relay.client
    texts = flows()[request_id]
    for number, order in enumerate(permutations(texts)):
        own = f"{request_id}-{number}"
        sent = [text.replace(request_id, own) for text in order]
        dice = random.Random(number)
        repeated = [text for n, text in enumerate(sent) for text in (text, *dice.sample(sent[: n + 1], 1))]
        with relay.stream(f"?requestId={own}&after=0") as stream:
            stream.block()
            for text in repeated:
                assert relay.deliver(text.encode()).status == 204
            live = [stream.item()["event"] for _ in sent]
        replayed = [item["event"] for item in relay.page(f"?requestId={own}")["items"]]

        assert live == replayed == [json.loads(text) for text in sent]
