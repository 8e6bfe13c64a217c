"""An arrival as a message of a stream and back, read by its relay and by the others."""

from __future__ import annotations

from dataclasses import replace

from pjterm.events.event import Arrival
from pjterm.events.jetstream.messages import MESSAGE_ID, Sent, headers, read
from tests.events.test_store import arrival

PLAIN = arrival()
ODD = Arrival("clé/✓", False, 7, "é", "T", None, None, b'{"\xc3\xa9" :\r\n 1.10}', b"A: \xff\r\n")


def test_what_is_read_is_what_was_published() -> None:
    for each in (PLAIN, ODD):
        own, others = (read(3, 9, headers(each, "here"), each.body, relay) for relay in ("here", "there"))

        assert own is not None
        assert others is not None
        assert (own.arrival, own.own, others.arrival, others.own) == (each, True, each, False)


def test_what_was_sent_is_known_again_once_as_what_reading_would_make_of_it() -> None:
    sent = Sent()
    for each in (PLAIN, ODD):
        sent.note(each, headers(each, "here"))

    assert sent.take(headers(ODD, "here"), ODD.body) == ODD
    assert sent.take(headers(ODD, "here"), ODD.body) is None
    assert sent.take(headers(PLAIN, "here"), PLAIN.body) == PLAIN


def test_a_message_that_differs_in_a_byte_is_not_known_again() -> None:
    for found, payload in (
        (headers(PLAIN, "there"), PLAIN.body),
        (headers(PLAIN, "here"), PLAIN.body + b" "),
        (headers(replace(PLAIN, received_ms=2), "here"), PLAIN.body),
        (headers(PLAIN, "here") | {"More": "1"}, PLAIN.body),
        ({}, PLAIN.body),
    ):
        sent = Sent()
        sent.note(PLAIN, headers(PLAIN, "here"))

        assert sent.take(found, payload) is None


def test_what_never_comes_back_is_forgotten() -> None:
    sent = Sent()
    first = {MESSAGE_ID: "first"}
    sent.note(PLAIN, first)
    for n in range(1_000):
        sent.note(ODD, {MESSAGE_ID: str(n)})

    assert sent.take(first, PLAIN.body) is None
    assert sent.take({MESSAGE_ID: "999"}, ODD.body) == ODD
