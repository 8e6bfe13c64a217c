"""What the answer to a POST means: accepted, not taken or lost."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import respx

from pjterm.api.client import Api
from pjterm.core.evidence.facts import Accepted, Answered, Fact, Lost, NotTaken, TerminalReset
from pjterm.core.model import Outcome
from pjterm.errors import ApiRejected, RateLimited, Unavailable
from tests.api.calls import BASE, BOOKED, FIELD, LIMIT, LIMITED, PATH, RESOURCE, Clock, send
from tests.api.server import ACCEPTED, Server, reply
from tests.raw_http import reset


@pytest.mark.parametrize(
    ("status", "body", "fact", "outcome"),
    [
        (200, {"requestPaymentId": "r-1"}, Accepted, None),
        (201, {"requestId": "r-1"}, Accepted, None),
        (200, {}, Lost, None),
        (200, b"<html>ok</html>", Lost, None),
        (200, b'{"requestPaymentId": "r', Lost, None),
        (204, b"", Lost, None),
        (301, b"", Lost, None),
        (302, b"", Lost, None),
        (307, b"", Lost, None),
        (400, FIELD, NotTaken, Outcome.REJECTED),
        (401, FIELD, NotTaken, Outcome.AUTH),
        (403, RESOURCE, NotTaken, Outcome.REJECTED),
        (403, LIMIT, NotTaken, Outcome.UNAVAILABLE),
        (403, LIMITED, NotTaken, Outcome.AUTH),
        (403, b"<html>", Lost, None),
        (404, FIELD, NotTaken, Outcome.REJECTED),
        (404, b"<html>", Lost, None),
        (404, {"blocked": True}, Lost, None),
        (405, b"", Lost, None),
        (406, FIELD, NotTaken, Outcome.REJECTED),
        (408, b"", Lost, None),
        (407, b"<html>", Lost, None),
        (409, FIELD, NotTaken, Outcome.REJECTED),
        (422, FIELD, NotTaken, Outcome.REJECTED),
        (429, LIMIT, NotTaken, Outcome.UNAVAILABLE),
        (429, b"<html>", Lost, None),
        (500, FIELD, Lost, None),
        (502, b"<html>Bad gateway</html>", Lost, None),
        (503, b"", Lost, None),
        (504, b"", Lost, None),
        (520, b"", Lost, None),
    ],
)
def test_what_each_status_means_for_a_post(
    connect: Callable[..., Api], clock: Clock, status: int, body: Any, fact: type[Fact], outcome: Outcome | None
) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with respx.mock(base_url=BASE) as mock:
        route = mock.post(PATH).respond(status, content=content, headers={"Location": BASE + "/elsewhere"})
        sending = send(connect(), clock, 0.1)

        assert route.call_count == 1, "the answer is lost, but the request is not resent"
    assert type(sending.fact) is fact
    assert getattr(sending.fact, "outcome", None) is outcome
    assert (sending.error is None) == (fact in (Accepted, Lost))


@pytest.mark.parametrize(
    "date",
    ["", "yesterday", "Thu, 26 Nov 99999999999999999999 16:58:21 GMT", "Fri, 31 Dec 9999 23:59:59 -2300",
     "Mon, 01 Jan 2026 00:00:00 +99999999999999999999"],
)  # fmt: skip
def test_an_accepted_post_stays_accepted_whatever_date_its_answer_has(
    connect: Callable[..., Api], clock: Clock, date: str
) -> None:
    with respx.mock(base_url=BASE) as mock:
        mock.post(PATH).respond(200, json={"requestId": "r-1"}, headers={"Date": date})
        api = connect()
        sent = send(api, clock)

    assert (type(sent.fact), api.server_time) == (Accepted, None)


def test_a_rejection_carries_every_message_parameter_and_the_support_id(
    connect: Callable[..., Api], clock: Clock
) -> None:
    two = {"errors": [FIELD["errors"][0], {"message": "size must be between 1 and 3", "parameter": "buttons"}]}
    with respx.mock(base_url=BASE) as mock:
        mock.post(PATH).respond(400, json=two, headers={"X-Pj-Request-Id": "abc"})
        error = send(connect(), clock).error

    assert isinstance(error, ApiRejected)
    assert (error.http_status, error.pj_request_id, error.exit_code) == (400, "abc", 11)
    assert [d.parameter for d in error.details] == ["terms", "buttons"]
    assert "terms: This field is required; buttons: size must be" in error.message


@pytest.mark.parametrize("refusal", [(429, LIMIT), (403, LIMIT)], ids=["429", "403"])
def test_a_limit_then_an_acceptance_is_exactly_one_accepted_post(
    connect: Callable[..., Api], clock: Clock, refusal: tuple[int, Any]
) -> None:
    limited = httpx.Response(refusal[0], json=refusal[1])
    with respx.mock(base_url=BASE) as mock:
        route = mock.post(PATH)
        route.side_effect = [limited, limited, httpx.Response(200, json={"requestId": "r-1"})]
        sending = send(connect(), clock)

        assert route.call_count == 3
    assert isinstance(sending.fact, Accepted)
    assert clock.pauses == [0.25, 0.5]


@pytest.mark.parametrize("after", ["600", "11", None])
def test_a_limit_is_waited_out_for_at_most_ten_seconds(
    connect: Callable[..., Api], clock: Clock, after: str | None
) -> None:
    """Whatever Retry-After says: after minutes the customer and the cashier are gone."""
    headers = {} if after is None else {"Retry-After": after}
    with respx.mock(base_url=BASE) as mock:
        mock.post(PATH).respond(429, json=LIMIT, headers=headers)
        sending = send(connect(), clock, 300)

    assert isinstance(sending.fact, NotTaken)
    assert isinstance(sending.error, RateLimited)
    assert sum(clock.pauses) <= 10


@pytest.mark.parametrize("after", ["900", "11", None])
def test_a_change_that_moves_no_money_waits_no_longer(
    connect: Callable[..., Api], clock: Clock, after: str | None
) -> None:
    headers = {} if after is None else {"Retry-After": after}
    with respx.mock(base_url=BASE) as mock:
        mock.post("/webhooks").respond(429, json=LIMIT, headers=headers)
        with pytest.raises(RateLimited):
            connect().change("POST", "/webhooks")

    assert sum(clock.pauses) <= 10


def test_a_refused_connection_took_nothing(connect: Callable[..., Api], clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
    sending = send(connect(url), clock)

    assert isinstance(sending.fact, NotTaken)
    assert sending.fact.outcome is Outcome.UNAVAILABLE
    assert isinstance(sending.error, Unavailable)
    assert 9 < sum(clock.pauses) <= 10, "it was retried for at most ten seconds"


@pytest.mark.parametrize(
    "answer",
    [
        reset,
        lambda c: c.close(),
        lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Le"),
        lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"requestId\": \"r-1\"}"),
        lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"req"),
        lambda c: c.sendall(b"SSH-2.0-OpenSSH_9.2\r\n"),
        reply(b"no gzip at all", "200 OK", "Content-Encoding: gzip"),
    ],
    ids=["reset", "closed", "half a head", "half a body", "half a chunk", "no http", "no gzip"],
)  # fmt: skip
def test_an_interrupted_answer_is_lost_and_never_requested_again(
    connect: Callable[..., Api], serve: Callable[..., Server], clock: Clock, answer: Any
) -> None:
    server = serve(answer, ACCEPTED)
    sending = send(connect(server.url), clock)

    assert isinstance(sending.fact, Lost)
    assert len(server.requests) == 1


def test_a_stalled_answer_is_lost_after_the_rest_of_the_timeout(
    connect: Callable[..., Api], serve: Callable[..., Server], clock: Clock
) -> None:
    server = serve(lambda c: c.recv(1))
    sending = send(connect(server.url), clock, 1.0)

    assert isinstance(sending.fact, Lost)


def test_a_post_to_transactions_returns_its_transaction(connect: Callable[..., Api], clock: Clock) -> None:
    with respx.mock(base_url=BASE) as mock:
        mock.post("/transactions").respond(200, json=BOOKED)
        mock.put("/transactions/7").respond(200, json={"no": "id"})
        booked = send(connect(), clock, path="/transactions", form=(("action", "REFUND"),)).fact
        lost = send(connect(), clock, path="/transactions/7", form=(("status", "VOID"),), method="PUT").fact

    assert isinstance(booked, Answered)
    assert booked.transaction.transaction_id == 7
    assert isinstance(lost, Lost)


# -- POST /main -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "was_reset"),
    [(200, True), (204, True), (302, True), (500, True), (502, True), (408, True), (400, False), (401, False),
     (404, False), (429, False)],
)  # fmt: skip
def test_a_reset_that_may_have_been_taken_counts_as_one(
    connect: Callable[..., Api], status: int, was_reset: bool
) -> None:
    with respx.mock(base_url=BASE) as mock:
        route = mock.post("/smartterminals/u/main").respond(status, json=FIELD)
        fact = connect().reset("u")

        assert route.call_count == 1
    assert isinstance(fact, TerminalReset) is was_reset


def test_a_web_page_as_the_answer_to_a_reset_may_hide_that_it_was_taken(connect: Callable[..., Api]) -> None:
    with respx.mock(base_url=BASE) as mock:
        mock.post("/smartterminals/u/main").respond(403, html="<p>Blocked</p>")

        assert isinstance(connect().reset("u"), TerminalReset)
