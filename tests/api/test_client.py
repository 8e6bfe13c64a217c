"""The API client: the exact bytes, the error table, and what a hostile or broken other side can do."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import respx
import trustme

from pjterm import __version__
from pjterm.api import client
from pjterm.api.client import Api
from pjterm.api.login import Login
from pjterm.api.rate_limit import Pace
from pjterm.api.transport import Exchange
from pjterm.core.facts import (
    Accepted,
    Answered,
    Fact,
    LookedUp,
    LookUpFailed,
    Lost,
    NotTaken,
    Observed,
    PollFailed,
    Purged,
    Searched,
    SearchFailed,
    TerminalReset,
)
from pjterm.core.model import Kind, Outcome, Result, Sale, Terminal
from pjterm.errors import AnswerLost, ApiRejected, AuthFailed, PjtermError, RateLimited, Unavailable, UsageFault

BASE = "http://127.0.0.1:9"
LOGIN = Login("shop", "p:ässword", "5e9bbf7c-0000-4000-8000-000000000000")
NUMBER = "123456789012345678"
SALE = Sale("k", Kind.PAYMENT, Terminal("T1", "u", 10001), Decimal("12.50"), NUMBER)
BOOKED = {
    "transactionId": 7, "action": "CHARGE", "amountBase": "12.50", "terminalId": 10001, "invoiceNumber": NUMBER,
    "status": "CAPTURE", "response": {"approved": True, "code": "00", "message": "Approved"},
}  # fmt: skip
PATH = "/smartterminals/u/request-payment"
FORM = (("terminalId", "10001"), ("amountBase", "12.50"))


class Clock:
    """Time that only a pause moves."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.pauses: list[float] = []

    def now(self) -> datetime:
        return self.at

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connect(tmp_path: Path, clock: Clock) -> Iterator[Callable[..., Api]]:
    """Clients of the test's login, closed after it; the pace costs no time."""
    made: list[Api] = []

    def connect_(base: str = BASE, tell: Callable[[Exchange], None] = lambda _: None) -> Api:
        pace = Pace(tmp_path, base, "shop", monotonic=partial(next, count(1.0)), sleep=lambda _: None)
        made.append(Api(base, LOGIN, pace, now=clock.now, pause=clock.pause, tell=tell))
        return made[-1]

    yield connect_
    for one in made:
        one.close()


def send(client: Api, clock: Clock, seconds: float = 60.0) -> client.SendResult:
    return client.send(PATH, FORM, clock.now() + timedelta(seconds=seconds))


# -- a server of bytes ---------------------------------------------------------------------------------


@dataclass
class Server:
    """Answers each request with the next of the given bytes; keeps what came, by connection."""

    answers: list[bytes | Callable[[socket.socket], None]]
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._live: socket.socket | None = None
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        if self._live is not None:
            with contextlib.suppress(OSError):
                self._live.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._door.close()
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._door.accept()
            except OSError:
                return
            self.connections += 1
            self._live = connection
            with connection:
                connection.settimeout(20)
                try:
                    self._talk(connection)
                except OSError:  # the client went away, as clients do
                    continue

    def _talk(self, connection: socket.socket) -> None:
        while (whole := self._read(connection)) is not None:
            self.requests.append(whole)
            answer = self.answers.pop(0)
            if callable(answer):
                answer(connection)
                return
            connection.sendall(answer)

    def _read(self, connection: socket.socket) -> bytes | None:
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return None
            data += more
        head, body = data.split(b"\r\n\r\n", 1)
        said = [h.split(b":")[1] for h in head.split(b"\r\n") if h.lower().startswith(b"content-length:")]
        length = int(said[0]) if said else 0
        while len(body) < length:
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    made: list[Server] = []

    def serve_(*answers: bytes | Callable[[socket.socket], None]) -> Server:
        made.append(Server(list(answers)))
        return made[-1]

    yield serve_
    for one in made:
        one.close()


def reply(body: Any, status: str = "200 OK", *headers: str) -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def reset(connection: socket.socket) -> None:
    """End the connection with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.close()


ACCEPTED = reply({"requestPaymentId": "r-1"})


# -- the exact bytes ----------------------------------------------------------------------------------------


def test_every_header_of_a_post_and_its_form(
    connect: Callable[..., Api], serve: Callable[..., Server], clock: Clock
) -> None:
    """Basic auth goes along on the first try; the form is percent-encoded UTF-8, arrays with brackets."""
    server = serve(reply({"requestId": "r-1"}))
    form = (("terminalId", "1"), ("text", "a & b + ü\n100%"), ("buttons[]", "Yes"), ("buttons[]", "No"))
    connect(server.url).send("/smartterminals/u/request-prompt", form, clock.now() + timedelta(seconds=60))
    head, body = server.requests[0].split(b"\r\n\r\n")
    start, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    credentials = base64.b64encode("shop:p:ässword".encode()).decode()

    assert start == "POST /smartterminals/u/request-prompt HTTP/1.1"
    assert headers["authorization"] == f"Basic {credentials}"
    assert headers["x-pj-application-key"] == LOGIN.app_key
    assert headers["accept"] == "application/json"
    assert headers["pj-version"] == "2023-05-16"
    assert headers["user-agent"] == f"pjterm/{__version__}"
    assert headers["content-type"].startswith("application/x-www-form-urlencoded")
    assert parse_qsl(body.decode(), keep_blank_values=True) == list(form)
    assert b"buttons%5B%5D=Yes&buttons%5B%5D=No" in body


def test_main_says_that_it_is_empty(connect: Callable[..., Api], serve: Callable[..., Server]) -> None:
    server = serve(reply(b"", "204 No Content"))
    fact = connect(server.url).reset("u")

    assert isinstance(fact, TerminalReset)
    assert server.requests[0].startswith(b"POST /smartterminals/u/main HTTP/1.1\r\n")
    assert b"\r\ncontent-length: 0\r\n" in server.requests[0].lower()


def test_images_put_their_type_before_json(connect: Callable[..., Api], serve: Callable[..., Server]) -> None:
    server = serve(reply(b"\x89PNG"))

    assert connect(server.url).document("/x/image", "image/png").body == b"\x89PNG"
    assert b"accept: image/png, application/json\r\n" in server.requests[0].lower()


def test_reads_share_a_connection_and_every_post_has_a_fresh_one(
    connect: Callable[..., Api], serve: Callable[..., Server], clock: Clock
) -> None:
    polled = reply({"status": "CONNECTING"})
    server = serve(polled, polled, polled, *[ACCEPTED] * 2)
    client = connect(server.url)
    for _ in range(3):
        client.poll("r-1", None)
    kept = server.connections
    client.close()
    for _ in range(2):
        send(client, clock)

    assert (kept, server.connections) == (1, 3)


def test_the_environment_gives_no_proxy_and_no_netrc_to_plain_http(
    connect: Callable[..., Api], serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = serve(reply({"status": "CONNECTING"}))
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login evil password evil\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert isinstance(connect(server.url).poll("r-1", None), Observed)
    assert base64.b64encode(b"evil:evil") not in server.requests[0]


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
def test_https_goes_through_a_proxy_only_by_connect(
    connect: Callable[..., Api],
    serve: Callable[..., Server],
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
    variable: str,
) -> None:
    """The proxy sees a host and no credentials; when it refuses, nothing was sent."""
    proxy = serve(*[reply(b"", "403 Forbidden", "Connection: close")] * 9)
    monkeypatch.setenv(variable, proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    sending = send(connect("https://127.0.0.1:4"), clock, 0.1)

    assert isinstance(sending.fact, NotTaken)
    assert proxy.requests[0].startswith(b"CONNECT 127.0.0.1:4 HTTP/1.1\r\n")
    assert b"authorization" not in proxy.requests[0].lower()
    assert LOGIN.app_key.encode() not in proxy.requests[0]


def test_a_proxy_is_told_the_name_and_password_that_its_address_holds(
    connect: Callable[..., Api], serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    proxy = serve(*[reply(b"", "403 Forbidden", "Connection: close")] * 9)
    monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//m%C3%BCller:a%40b@"))
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    send(connect("https://127.0.0.1:4"), clock, 0.1)
    named = base64.b64encode("müller:a@b".encode())

    assert b"\r\nproxy-authorization: basic " + named.lower() + b"\r\n" in proxy.requests[0].lower()


def test_what_is_told_of_an_exchange_holds_no_query_body_or_secret(
    connect: Callable[..., Api], serve: Callable[..., Server]
) -> None:
    told: list[Exchange] = []
    server = serve(reply({"results": [BOOKED]}, "200 OK", "X-Pj-Request-Id: abc"))
    client = connect(server.url, told.append)
    client.search(SALE)

    assert [(t.method, t.path, t.status, t.pj_request_id) for t in told] == [("GET", "/transactions", 200, "abc")]
    for secret in (LOGIN.password, LOGIN.app_key, NUMBER):
        assert secret not in repr(told) + repr(client) + repr(LOGIN)


# -- the answer to a POST -----------------------------------------------------------------------------------


LIMIT = {"errors": [{"message": "Rate limit exceeded."}]}
RESOURCE = {"errors": [{"message": "Max vault limit for customer has been reached."}]}
FIELD = {"errors": [{"message": "This field is required.", "parameter": "terms", "type": "required"}]}


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

        assert route.call_count == 1, "the answer is lost, the request is not sent again"
    assert type(sending.fact) is fact
    assert getattr(sending.fact, "outcome", None) is outcome
    assert (sending.error is None) == (fact in (Accepted, Lost))


def test_a_refusal_carries_every_message_parameter_and_the_support_id(
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
def test_a_limit_is_waited_out_for_ten_seconds_and_no_longer(
    connect: Callable[..., Api], clock: Clock, after: str | None
) -> None:
    """Whatever Retry-After says: a POST that comes minutes late is one that nobody waits for any more."""
    headers = {} if after is None else {"Retry-After": after}
    with respx.mock(base_url=BASE) as mock:
        mock.post(PATH).respond(429, json=LIMIT, headers=headers)
        sending = send(connect(), clock, 300)

    assert isinstance(sending.fact, NotTaken)
    assert isinstance(sending.error, RateLimited)
    assert sum(clock.pauses) <= 10


def test_a_refused_connection_took_nothing(connect: Callable[..., Api], clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
    sending = send(connect(url), clock)

    assert isinstance(sending.fact, NotTaken)
    assert sending.fact.outcome is Outcome.UNAVAILABLE
    assert isinstance(sending.error, Unavailable)
    assert 9 < sum(clock.pauses) <= 10, "it was tried again, for at most ten seconds"


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
def test_an_answer_that_breaks_off_is_lost_and_never_asked_for_again(
    connect: Callable[..., Api], serve: Callable[..., Server], clock: Clock, answer: Any
) -> None:
    server = serve(answer, ACCEPTED)
    sending = send(connect(server.url), clock)

    assert isinstance(sending.fact, Lost)
    assert len(server.requests) == 1


def test_a_stalled_answer_is_lost_after_what_is_left_of_the_timeout(
    connect: Callable[..., Api], serve: Callable[..., Server], clock: Clock
) -> None:
    server = serve(lambda c: c.recv(1))
    sending = send(connect(server.url), clock, 1.0)

    assert isinstance(sending.fact, Lost)


def test_a_post_of_transactions_is_answered_with_its_transaction(
    connect: Callable[..., Api], clock: Clock
) -> None:
    with respx.mock(base_url=BASE) as mock:
        mock.post("/transactions").respond(200, json=BOOKED)
        mock.put("/transactions/7").respond(200, json={"no": "id"})
        until = clock.now() + timedelta(seconds=60)
        booked = connect().send("/transactions", (("action", "REFUND"),), until).fact
        lost = connect().send("/transactions/7", (("status", "VOID"),), until, "PUT").fact

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


def test_a_page_for_a_reset_may_hide_that_it_was_taken(connect: Callable[..., Api]) -> None:
    with respx.mock(base_url=BASE) as mock:
        mock.post("/smartterminals/u/main").respond(403, html="<p>Blocked</p>")

        assert isinstance(connect().reset("u"), TerminalReset)


# -- reads ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "fact", "refused"),
    [
        (200, {"status": "IN_PROGRESS", "transactionId": 7}, Observed, False),
        (200, {"no": "status"}, PollFailed, False),
        (200, b"<html>", PollFailed, False),
        (200, {"status": "COMPLETE", "transactionId": "x7"}, PollFailed, False),
        (404, FIELD, Purged, False),
        (404, b"<html>", PollFailed, True),
        (401, FIELD, PollFailed, True),
        (401, b"<html>", PollFailed, True),
        (403, RESOURCE, PollFailed, True),
        (403, LIMIT, PollFailed, False),
        (429, b"", PollFailed, False),
        (301, b"", PollFailed, True),
        (500, b"<html>", PollFailed, False),
        (503, b"", PollFailed, False),
    ],
)
def test_what_each_status_means_for_a_poll(
    connect: Callable[..., Api], status: int, body: Any, fact: type[Fact], refused: bool
) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with respx.mock(base_url=BASE) as mock:
        mock.get("/smartterminals/requests/r-1").respond(status, content=content)
        seen = connect().poll("r-1", Kind.PAYMENT)

    assert type(seen) is fact
    assert getattr(seen, "refused", False) is refused
    if isinstance(seen, Observed):
        assert (seen.status, seen.result) == ("IN_PROGRESS", Result(7))
        assert seen.asked_at == seen.at


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, FIELD, ApiRejected), (401, FIELD, AuthFailed), (403, RESOURCE, ApiRejected), (403, LIMIT, RateLimited),
        (404, FIELD, ApiRejected), (429, LIMIT, RateLimited), (408, {}, AnswerLost), (500, {}, AnswerLost),
        (401, {}, AnswerLost), (403, {}, AnswerLost), (404, {}, AnswerLost), (429, {}, AnswerLost),
        (302, {}, AnswerLost), (200, {"transactionId": 8}, AnswerLost), (200, [], AnswerLost),
    ],
)  # fmt: skip
def test_what_each_status_means_for_a_read(
    connect: Callable[..., Api], status: int, body: Any, error: type[PjtermError]
) -> None:
    """Another transaction than the one asked for is no answer either."""
    with respx.mock(base_url=BASE) as mock:
        mock.get("/transactions/7").respond(status, json=body)
        with pytest.raises(error):
            connect().transaction(7)
        fact = connect().look_up(7)

    assert isinstance(fact, LookUpFailed)
    assert fact.refused is (error is AuthFailed)


def test_a_transaction_that_was_read_is_a_fact(connect: Callable[..., Api]) -> None:
    with respx.mock(base_url=BASE) as mock:
        mock.get("/transactions/7").respond(200, json=BOOKED)
        fact = connect().look_up(7)

    assert isinstance(fact, LookedUp)
    assert fact.transaction.raw == BOOKED


def test_reads_are_repeated_on_faults_with_growing_pauses_and_give_up_safely(
    connect: Callable[..., Api], clock: Clock
) -> None:
    client, until = connect(), clock.now() + timedelta(seconds=10)
    with respx.mock(base_url=BASE) as mock:
        mock.get("/transactions/7").side_effect = [
            httpx.Response(503), httpx.ConnectError("no"), httpx.Response(429), httpx.Response(200, json=BOOKED),
        ]  # fmt: skip
        assert client.retrying(lambda: client.transaction(7), until).transaction_id == 7
        assert clock.pauses == [0.25, 0.5, 1.0]

        mock.get("/transactions/7").side_effect = lambda _: httpx.Response(500)
        with pytest.raises(Unavailable):
            client.retrying(lambda: client.transaction(7), until)
    assert clock.now() <= until


def test_a_read_is_tried_three_times_where_nobody_listens(connect: Callable[..., Api], clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        client = connect(f"http://127.0.0.1:{door.getsockname()[1]}")
    with pytest.raises(Unavailable) as error:
        client.patiently(client.smart_terminals, timedelta(seconds=20))

    assert "refused" in error.value.message
    assert clock.pauses == [0.25, 0.5]


def test_a_refusal_is_not_repeated(connect: Callable[..., Api], clock: Clock) -> None:
    client = connect()
    with respx.mock(base_url=BASE) as mock:
        route = mock.get("/transactions/7").respond(404, json=FIELD)
        with pytest.raises(ApiRejected):
            client.retrying(lambda: client.transaction(7), clock.now() + timedelta(seconds=10))

        assert route.call_count == 1


# -- pages ------------------------------------------------------------------------------------------------------


def test_a_search_reads_all_pages_and_keeps_only_exactly_our_number(connect: Callable[..., Api]) -> None:
    """Whatever the filter did, an empty page included; from no date on, for our clock may be ahead."""
    pages = [
        {"results": [BOOKED, {**BOOKED, "transactionId": 8, "invoiceNumber": NUMBER + "0"}],
         "next": f"{BASE}/transactions?offset=2"},
        {"results": [], "next": f"{BASE}/transactions?offset=3"},
        {"results": [{**BOOKED, "transactionId": 9}], "next": None},
    ]  # fmt: skip
    with respx.mock(base_url=BASE) as mock:
        route = mock.get("/transactions")
        route.side_effect = [httpx.Response(200, json=p) for p in pages]
        fact = connect().search(SALE)
        queries = [dict(c.request.url.params) for c in route.calls]

    assert isinstance(fact, Searched)
    assert [t.transaction_id for t in fact.found] == [7, 9]
    assert queries == [{"invoiceNumber": NUMBER, "limit": "50"}, {"offset": "2"}, {"offset": "3"}]


@pytest.mark.parametrize("following", [{"href": "/transactions?offset=50"}, 2, True, ["/x"]])
def test_a_next_that_is_no_address_is_no_end(connect: Callable[..., Api], following: object) -> None:
    with respx.mock(base_url=BASE) as mock:
        mock.get("/transactions").respond(200, json={"results": [], "next": following})
        fact = connect().search(SALE)

    assert isinstance(fact, SearchFailed)


def test_the_address_of_a_next_page_is_asked_for_as_it_is_and_encoded_where_it_must_be(
    connect: Callable[..., Api], serve: Callable[..., Server]
) -> None:
    following = "/transactions?offset=50&note=Café au lait%20;x"
    server = serve(reply({"results": [], "next": following}), reply({"results": []}))
    connect(server.url).search(SALE)

    assert server.requests[1].startswith(b"GET /transactions?offset=50&note=Caf%C3%A9%20au%20lait%20;x HTTP/1.1\r\n")


TRIMMED = {k: v for k, v in BOOKED.items() if k != "invoiceNumber"}


@pytest.mark.parametrize("listed", [TRIMMED, {**BOOKED, "invoiceNumber": "0" + NUMBER}], ids=["trimmed", "a zero more"])
def test_a_find_that_does_not_say_our_number_is_perhaps_ours(
    connect: Callable[..., Api], listed: dict[str, Any]
) -> None:
    with respx.mock(base_url=BASE) as mock:
        mock.get("/transactions").respond(200, json={"results": [listed]})
        fact = connect().search(SALE)

    assert isinstance(fact, Searched)
    assert ([t.transaction_id for t in fact.found], [t.transaction_id for t in fact.perhaps]) == ([], [7])


@pytest.mark.parametrize(
    ("changes", "perhaps"),
    [({}, True), ({"amountBase": "99.00"}, False), ({"action": "REFUND"}, False), ({"terminalId": 10002}, False)],
    ids=str,
)
def test_a_find_that_never_says_its_number_proves_nothing_if_it_may_be_ours(
    connect: Callable[..., Api], changes: dict[str, Any], perhaps: bool
) -> None:
    with respx.mock(base_url=BASE, assert_all_called=False) as mock:
        mock.get("/transactions").respond(200, json={"results": [{**TRIMMED, **changes}]})
        mock.get("/transactions/7").respond(200, json={**TRIMMED, **changes})
        fact = connect().search(SALE)

    assert isinstance(fact, Searched)
    assert bool(fact.perhaps) is perhaps


@pytest.mark.parametrize(
    "following",
    ["https://evil.example/transactions", "http://127.0.0.1:10/transactions", "//evil.example/x",
     "http://127.0.0.1:9@evil.example/", "https://127.0.0.1:9/transactions", "http://[evil", "file:///etc/passwd"],
)  # fmt: skip
def test_a_next_on_another_host_gets_no_credentials_and_the_search_is_not_answered(
    connect: Callable[..., Api], following: str
) -> None:
    with respx.mock(base_url=BASE) as mock:
        route = mock.get("/transactions").respond(200, json={"results": [BOOKED], "next": following})
        fact = connect().search(SALE)

        assert route.call_count == 1
    assert isinstance(fact, SearchFailed)


def test_a_search_without_an_end_is_not_answered(connect: Callable[..., Api]) -> None:
    with respx.mock(base_url=BASE) as mock:
        mock.get("/transactions").respond(200, json={"results": [BOOKED], "next": "/transactions"})
        fact = connect().search(SALE)

    assert isinstance(fact, SearchFailed)


@pytest.mark.parametrize("page", [{"results": [{"no": "id"}]}, {"results": {}}, {}, [], "x"])
def test_a_page_that_is_none_is_no_empty_search(connect: Callable[..., Api], page: Any) -> None:
    """Nothing found is evidence; something unreadable is not."""
    with respx.mock(base_url=BASE) as mock:
        mock.get("/transactions").respond(200, json=page)
        fact = connect().search(SALE)

    assert isinstance(fact, SearchFailed)


def test_redirects_are_not_followed(connect: Callable[..., Api]) -> None:
    with respx.mock(base_url=BASE, assert_all_called=False) as mock:
        mock.get("/terminals").respond(302, headers={"Location": BASE + "/other"})
        elsewhere = mock.get("/other").respond(200, json={"results": []})
        with pytest.raises(AnswerLost, match="redirects"):
            connect().accounts()

        assert not elsewhere.called


# -- bounds -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip"])
def test_a_compressed_bomb_is_cut_off(
    connect: Callable[..., Api], serve: Callable[..., Server], encoding: str
) -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024), 9)
    if encoding != "gzip":
        bomb = gzip.compress(bomb * 4, 9)
    server = serve(reply(bomb, "200 OK", f"Content-Encoding: {encoding}"))
    fact = connect(server.url).poll("r-1", None)

    assert isinstance(fact, PollFailed)


def test_a_body_that_drips_is_cut_off(connect: Callable[..., Api], serve: Callable[..., Server]) -> None:
    """The read timeout is per piece; the whole is bounded too: the server is hung up on before it is done."""
    dripped: list[int] = []

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for n in range(1000):
            connection.sendall(b" ")
            dripped.append(n)
            time.sleep(0.1)

    client = connect(serve(drip).url)
    with client.hurried(1.0):
        fact = client.poll("r-1", None)

    assert isinstance(fact, PollFailed)
    assert len(dripped) < 999


def drips(first: bytes, piece: bytes, sent: list[int]) -> Callable[[socket.socket], None]:
    """An other side that is never done: a few bytes ten times a second, for a hundred seconds."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(first)
        for n in range(1000):
            connection.sendall(piece)
            sent.append(n)
            time.sleep(0.1)

    return drip


@pytest.mark.parametrize(
    ("first", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nX: ", b"y"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"),
        (b"H", b"T"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["a header", "100 Continue", "103 Early Hints", "the status line", "chunks"],
)
def test_an_answer_that_never_ends_is_given_up_whatever_of_it_drips(
    connect: Callable[..., Api], serve: Callable[..., Server], clock: Clock, first: bytes, piece: bytes
) -> None:
    """Each piece comes in time; the whole does not."""
    sent: list[int] = []
    client = connect(serve(drips(first, piece, sent), drips(first, piece, sent)).url)
    with client.hurried(0.5):
        polled, posted = client.poll("r-1", None), send(client, clock)

    assert (type(polled), type(posted.fact)) == (PollFailed, Lost)
    assert len(sent) < 1000


def test_a_proxy_that_never_connects_is_given_up_and_nothing_was_sent(
    connect: Callable[..., Api], serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    sent: list[int] = []
    proxy = serve(*[drips(b"HTTP/1.1 200 Connection established\r\nX: ", b"y", sent)] * 9)
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    client = connect("https://127.0.0.1:4")
    with client.hurried(0.5):
        posted = send(client, clock, 0.1)

    assert isinstance(posted.fact, NotTaken)
    assert len(sent) < 1000


def test_a_handshake_that_never_ends_is_given_up_and_nothing_was_sent(
    connect: Callable[..., Api], serve: Callable[..., Server], clock: Clock
) -> None:
    sent: list[int] = []

    def drip(connection: socket.socket) -> None:
        for n in range(1000):
            connection.sendall(b"\x16\x03\x03\x40\x00"[n : n + 1] or b"\0")
            sent.append(n)
            time.sleep(0.1)

    server = serve()
    server._talk = drip  # type: ignore[method-assign]
    client = connect(server.url.replace("http:", "https:"))
    with client.hurried(0.5):
        posted = send(client, clock, 0.1)

    assert isinstance(posted.fact, NotTaken)
    assert len(sent) < 1000


def secured(server: Server, authority: trustme.CA, host: str) -> str:
    """Have a server speak TLS with a certificate for this host; where it is then."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    plain = server._talk

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as safe:
            plain(safe)

    server._talk = talk  # type: ignore[method-assign]
    return server.url.replace("http:", "https:")


def test_a_certificate_of_nobody_is_refused_and_nothing_was_sent(
    connect: Callable[..., Api], serve: Callable[..., Server], clock: Clock
) -> None:
    server = serve(ACCEPTED)
    posted = send(connect(secured(server, trustme.CA(), "127.0.0.1")), clock, 0.1)

    assert (type(posted.fact), server.requests) == (NotTaken, [])


@pytest.mark.parametrize(("host", "fact"), [("127.0.0.1", Accepted), ("api.example", NotTaken)])
def test_an_authority_that_a_variable_names_is_trusted_for_the_host_that_it_names(
    connect: Callable[..., Api], serve: Callable[..., Server], clock: Clock, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path, host: str, fact: type,
) -> None:  # fmt: skip
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    posted = send(connect(secured(serve(ACCEPTED), authority, host)), clock, 0.1)

    assert isinstance(posted.fact, fact)


def test_compression_is_not_asked_for(connect: Callable[..., Api], serve: Callable[..., Server]) -> None:
    server = serve(reply({"status": "CONNECTING"}))
    connect(server.url).poll("r-1", None)

    assert b"accept-encoding: identity\r\n" in server.requests[0].lower()


def test_a_proxy_that_compresses_all_the_same_is_understood(
    connect: Callable[..., Api], serve: Callable[..., Server]
) -> None:
    body = gzip.compress(json.dumps({"status": "CONNECTING"}).encode())
    server = serve(reply(body, "200 OK", "Content-Encoding: gzip"))

    assert isinstance(connect(server.url).poll("r-1", None), Observed)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SSL_CERT_FILE", "/no/such/file.pem"),
        ("SSL_CERT_FILE", __file__),
        ("SSL_CERT_FILE", ""),
        ("SSL_CERT_DIR", "/no/such/directory"),
        ("HTTPS_PROXY", "http://127.0.0.1:notaport"),
        ("HTTPS_PROXY", "http://127.0.0.1:99999"),
        ("HTTPS_PROXY", "127.0.0.1:3128"),
        ("HTTPS_PROXY", "http://a b:3128"),
        ("HTTPS_PROXY", "http://bücher..example:3128"),
        ("HTTPS_PROXY", "socks5://127.0.0.1:1"),
        ("ALL_PROXY", "socks5://127.0.0.1:1"),
        ("all_proxy", "127.0.0.1:3128"),
    ],
)
def test_a_variable_of_tls_or_proxies_that_cannot_be_used_is_named(
    connect: Callable[..., Api], monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    for name in ("NO_PROXY", "no_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)

    with pytest.raises(UsageFault, match=f"{variable}.*nothing was sent"):
        connect("https://127.0.0.1:4")


def test_the_keys_of_connections_are_written_nowhere(
    connect: Callable[..., Api], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    connect("https://127.0.0.1:4")

    assert not (tmp_path / "keys").exists()


def test_headers_without_end_are_cut_off(connect: Callable[..., Api], serve: Callable[..., Server]) -> None:
    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 1_000_000)

    assert isinstance(connect(serve(flood).url).poll("r-1", None), PollFailed)


@pytest.mark.parametrize("body", [b'{"status": NaN}', b"[" * 100_000, b"\xff\xfe", b"", b'{"status": "A', b"nul"])
def test_a_body_that_is_no_json_is_no_status(
    connect: Callable[..., Api], serve: Callable[..., Server], body: bytes
) -> None:
    assert isinstance(connect(serve(reply(body)).url).poll("r-1", None), PollFailed)


# -- the refunds that any till has made -------------------------------------------------------------------------

GIVEN_BACK = {
    **BOOKED, "action": "REFUND", "status": "CAPTURE", "purchaseOrderNumber": "refund-of-3", "amountTotal": "12.50",
}  # fmt: skip


def less(*names: str) -> dict[str, Any]:
    return {k: v for k, v in GIVEN_BACK.items() if k not in names}


@pytest.mark.parametrize(
    "listed",
    [
        GIVEN_BACK,
        less("amountTotal"),
        less("response"),
        less("status"),
        less("purchaseOrderNumber"),
        {"transactionId": 7},
    ],
    ids=["whole", "no total", "undecided", "no status", "no number", "only its id"],
)
def test_a_refund_that_a_search_trims_is_read_by_its_id(connect: Callable[..., Api], listed: dict[str, Any]) -> None:
    with respx.mock(base_url=BASE, assert_all_called=False) as mock:
        search = mock.get("/transactions").respond(200, json={"results": [listed]})
        mock.get("/transactions/7").respond(200, json=GIVEN_BACK)
        found = list(connect().refunds_of(3))

    said = [(t.transaction_id, t.approved, t.status, t.raw["amountTotal"]) for t in found]
    assert said == [(7, True, "CAPTURE", "12.50")]
    assert search.calls[0].request.url.params["purchaseOrderNumber"] == "refund-of-3"


@pytest.mark.parametrize("number", ["refund-of-30", "", None, 3])
def test_what_a_search_finds_beside_the_refunds_is_left_out(connect: Callable[..., Api], number: object) -> None:
    other = {**GIVEN_BACK, "purchaseOrderNumber": number}
    with respx.mock(base_url=BASE, assert_all_called=False) as mock:
        mock.get("/transactions").respond(200, json={"results": [other]})
        mock.get("/transactions/7").respond(200, json=other)

        assert list(connect().refunds_of(3)) == []


def test_charges_among_what_a_search_finds_are_not_read_one_by_one(connect: Callable[..., Api]) -> None:
    with respx.mock(base_url=BASE, assert_all_called=False) as mock:
        mock.get("/transactions").respond(200, json={"results": [BOOKED]})
        read = mock.get("/transactions/7").respond(200, json=BOOKED)

        assert list(connect().refunds_of(3)) == []
    assert read.call_count == 0


@pytest.mark.parametrize("missing", ["amountTotal", "response", "amountBase"])
def test_a_refund_that_never_says_what_it_gave_back_cannot_be_counted(
    connect: Callable[..., Api], missing: str
) -> None:
    with respx.mock(base_url=BASE) as mock:
        mock.get("/transactions").respond(200, json={"results": [less(missing)]})
        mock.get("/transactions/7").respond(200, json=less(missing))

        with pytest.raises(AnswerLost, match="refund 7"):
            list(connect().refunds_of(3))
