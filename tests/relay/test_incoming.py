"""A request read piece by piece: the same whatever the pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pjterm.relay.server.http1 import MOST_HEAD, Refused
from pjterm.relay.server.incoming import Incoming, Step
from tests.relay.speak import body, request

CHUNKED = b"POST /webhooks/labs HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
REQUESTS = [
    request(b"{}"),
    request(body()) + b"more",
    request(b"x" * 5, headers=("Content-Length: 5",)),
    CHUNKED + b"2\r\n{}\r\n1;ext\r\n \r\n0\r\nA: b\r\n\r\nmore",
    CHUNKED + b"zz\r\n",
    b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n",
    b"no http\r\n\r\n",
    b"POST /webhooks/labs HTTP/1.1\r\nContent-Length: 70000\r\n\r\n",
]


def read(pieces: list[bytes]) -> tuple[object, ...]:
    """The parsed request or the refusal, fed until it is complete."""
    incoming, step = Incoming(), Step.MORE
    for n, piece in enumerate(pieces):
        try:
            step = incoming.feed(piece)
        except Refused as refused:
            return refused.status, refused.why
        if step in (Step.COMPLETE, Step.OTHER):
            return step, incoming.body, incoming.rest + b"".join(pieces[n + 1 :])
    return (step,)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(REQUESTS), st.lists(st.integers(0, 900), max_size=5))
def test_a_request_is_the_same_however_it_is_split(data: bytes, cuts: list[int]) -> None:
    ends = [0, *sorted({c % (len(data) + 1) for c in cuts}), len(data)]

    assert read([data[a:b] for a, b in pairwise(ends)]) == read([data])


@pytest.mark.parametrize(("length", "status"), [(MOST_HEAD, None), (MOST_HEAD + 1, 431)])
def test_a_head_s_limit_does_not_depend_on_the_split(length: int, status: int | None) -> None:
    start = b"POST /webhooks/labs HTTP/1.1\r\nA: "
    data = start + b"x" * (length - len(start)) + b"\r\n\r\n"
    expected = (Step.COMPLETE, b"", b"") if status is None else (status, "the head is too large")

    assert read([data]) == expected
    assert read([data[: n + 1][n:] for n in range(len(data))]) == expected
    assert read([data[:-1], data[-1:]]) == expected


def test_a_sender_waiting_for_100_continue_is_noticed_once_and_only_before_its_body() -> None:
    data = request(b"{}", headers=("Expect: 100-continue",))
    waiting, sending = Incoming(), Incoming()

    assert waiting.feed(data[:-2]) is Step.CONTINUE
    assert waiting.feed(data[-2:-1]) is Step.MORE
    assert sending.feed(data) is Step.COMPLETE
