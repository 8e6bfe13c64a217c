"""An arrival as a stream message and back, read by its own relay and by others."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pjterm.events.event import Arrival
from pjterm.events.jetstream.messages import ARRIVAL, MESSAGE_ID, Parser, Published, headers
from tests.events.test_store import arrival

PLAIN = arrival()
BODY = b'{"id" : "\xc3\xa9", "type" : "T", "data" :\r\n {"x" : 1.10}}'
ODD = Arrival("clé/✓", False, 7, "é", "T", None, None, BODY, b"A: \xff\r\n")


def test_a_message_survives_the_round_trip() -> None:
    for each in (PLAIN, ODD):
        message = headers(each, "here"), each.body
        own, others = (Parser(relay, lambda *_: True).parse(3, 9, *message) for relay in ("here", "there"))

        assert own is not None
        assert others is not None
        assert (own.arrival, own.own, others.arrival, others.own) == (each, True, each, False)


def test_a_relay_recognizes_its_own_message_once_in_the_form_that_it_would_read() -> None:
    sent = Published()
    for each in (PLAIN, ODD):
        sent.note(each, headers(each, "here"))

    assert sent.take(headers(ODD, "here"), ODD.body) == ODD
    assert sent.take(headers(ODD, "here"), ODD.body) is None
    assert sent.take(headers(PLAIN, "here"), PLAIN.body) == PLAIN


def test_a_message_that_differs_in_a_byte_is_not_recognized() -> None:
    for found, payload in (
        (headers(PLAIN, "there"), PLAIN.body),
        (headers(PLAIN, "here"), PLAIN.body + b" "),
        (headers(replace(PLAIN, received_ms=2), "here"), PLAIN.body),
        (headers(PLAIN, "here") | {"More": "1"}, PLAIN.body),
        ({}, PLAIN.body),
    ):
        sent = Published()
        sent.note(PLAIN, headers(PLAIN, "here"))

        assert sent.take(found, payload) is None


def test_a_message_that_never_comes_back_is_forgotten() -> None:
    sent = Published()
    first = {MESSAGE_ID: "first"}
    sent.note(PLAIN, first)
    for n in range(1_000):
        sent.note(ODD, {MESSAGE_ID: str(n)})

    assert sent.take(first, PLAIN.body) is None
    assert sent.take({MESSAGE_ID: "999"}, ODD.body) == ODD


@pytest.mark.parametrize(
    ("changed", "body"),
    [
        ({"receivedMs": 2**52}, PLAIN.body),
        ({"receivedMs": -1}, PLAIN.body),
        ({"receivedMs": "1"}, PLAIN.body),
        ({"profile": 5}, PLAIN.body),
        ({"profile": "\ud800"}, PLAIN.body),
        ({"headers": "%"}, PLAIN.body),
        ({}, b'{"id": "1", "type": "T", "data": {"x": 1e999}}'),
        ({}, b'{"id": "1", "id": "2", "type": "T", "data": {}}'),
        ({}, b"[]"),
        ({}, b""),
    ],
)
def test_a_message_that_the_webhook_route_would_reject_is_rejected(changed: dict[str, object], body: bytes) -> None:
    message = headers(PLAIN, "there")
    known = json.loads(message[ARRIVAL]) | changed

    assert Parser("here", lambda *_: True).parse(3, 9, {ARRIVAL: json.dumps(known)}, body) is None


def test_a_message_that_another_relay_calls_verified_is_verified_again() -> None:
    asked = list[tuple[str, bytes, bytes]]()

    def verify(*kept: Any) -> bool:
        asked.append(kept)
        return False

    found = Parser("here", verify).parse(3, 9, headers(PLAIN, "there"), PLAIN.body)

    assert found is not None
    assert found.arrival == replace(PLAIN, verified=False)
    assert asked == [(PLAIN.profile, PLAIN.body, PLAIN.headers)]


def test_ids_and_status_are_read_from_the_body_whatever_the_publisher_claims() -> None:
    message = headers(PLAIN, "there")
    known = json.loads(message[ARRIVAL]) | {"requestId": "another", "status": "BUSY", "id": "x"}
    found = Parser("here", lambda *_: True).parse(3, 9, {ARRIVAL: json.dumps(known)}, PLAIN.body)

    assert found is not None
    assert found.arrival == PLAIN
