"""What the client sends, byte for byte, its connections, and what it reports about them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from pjterm import __version__
from pjterm.api.client import Api
from pjterm.api.connections import MAX_CONNECTIONS
from pjterm.api.login import Login
from pjterm.api.transport import Exchange
from pjterm.core.evidence.facts import NotTaken, Observed, PollFailed, TerminalReset
from tests.api.calls import BOOKED, LOGIN, NUMBER, SALE, Clock, send
from tests.api.server import ACCEPTED, Server, reply


def test_every_header_of_a_post_and_its_form(
    connect: Callable[..., Api], serve: Callable[..., Server], clock: Clock
) -> None:
    """Basic auth is sent on the first try; the form is percent-encoded UTF-8, arrays with brackets."""
    server = serve(reply({"requestId": "r-1"}))
    form = (("terminalId", "1"), ("text", "a & b + ü\n100%"), ("buttons[]", "Yes"), ("buttons[]", "No"))
    send(connect(server.url), clock, path="/smartterminals/u/request-prompt", form=form)
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


def test_the_post_to_main_declares_an_empty_body(connect: Callable[..., Api], serve: Callable[..., Server]) -> None:
    server = serve(reply(b"", "204 No Content"))
    fact = connect(server.url).reset("u")

    assert isinstance(fact, TerminalReset)
    assert server.requests[0].startswith(b"POST /smartterminals/u/main HTTP/1.1\r\n")
    assert b"\r\ncontent-length: 0\r\n" in server.requests[0].lower()


def test_image_requests_accept_their_type_before_json(
    connect: Callable[..., Api], serve: Callable[..., Server]
) -> None:
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


def test_plain_http_ignores_proxies_and_netrc(
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
def test_https_uses_a_proxy_only_by_connect(
    connect: Callable[..., Api],
    serve: Callable[..., Server],
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
    variable: str,
) -> None:
    """The proxy sees a host and no credentials; if it refuses, nothing was sent."""
    proxy = serve(*[reply(b"", "403 Forbidden", "Connection: close")] * 9)
    monkeypatch.setenv(variable, proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    sending = send(connect("https://127.0.0.1:4"), clock, 0.1)

    assert isinstance(sending.fact, NotTaken)
    assert proxy.requests[0].startswith(b"CONNECT 127.0.0.1:4 HTTP/1.1\r\n")
    assert b"authorization" not in proxy.requests[0].lower()
    assert LOGIN.app_key.encode() not in proxy.requests[0]


@pytest.mark.parametrize("answer", ["403 Forbidden", "407 Proxy Authentication Required", None])
def test_a_connection_that_fails_at_a_proxy_names_it_without_its_password(
    connect: Callable[..., Api],
    serve: Callable[..., Server],
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
    answer: str | None,
) -> None:
    proxy = serve(*[reply(b"", answer or "200 OK", "Connection: close")] * 9)
    place = proxy.url.removeprefix("http://") if answer else "127.0.0.1:1"
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:hunter2@{place}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    error = send(connect("https://127.0.0.1:4"), clock, 0.1).error

    assert error is not None
    assert error.message.startswith("cannot connect to 127.0.0.1:4: ")
    assert error.message.endswith(f" (through the proxy {place})")


def test_connections_that_fail_at_a_proxy_do_not_use_up_the_pool(
    connect: Callable[..., Api], serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy answers CONNECT, but no TLS follows."""
    proxy = serve(*[reply(b"", "200 OK", "Connection: close")] * 9)
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    client = connect("https://127.0.0.1:4")
    with client.hurried(0.5):
        polls = [client.poll("r-1", None) for _ in range(MAX_CONNECTIONS + 2)]

    assert len({poll.why for poll in polls if isinstance(poll, PollFailed)}) == 1
    assert len(proxy.requests) == len(polls)


def test_a_proxy_gets_the_name_and_password_from_its_address(
    connect: Callable[..., Api], serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    proxy = serve(*[reply(b"", "403 Forbidden", "Connection: close")] * 9)
    monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//m%C3%BCller:a%40b@"))
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    send(connect("https://127.0.0.1:4"), clock, 0.1)
    named = base64.b64encode("müller:a@b".encode())

    assert b"\r\nproxy-authorization: basic " + named.lower() + b"\r\n" in proxy.requests[0].lower()


def test_the_report_of_an_exchange_has_no_query_body_or_secret(
    connect: Callable[..., Api], serve: Callable[..., Server]
) -> None:
    exchanges: list[Exchange] = []
    server = serve(reply({"results": [BOOKED]}, "200 OK", "X-Pj-Request-Id: abc"))
    client = connect(server.url, exchanges.append)
    client.search(SALE)

    assert [(t.method, t.path, t.status, t.pj_request_id) for t in exchanges] == [("GET", "/transactions", 200, "abc")]
    for secret in (LOGIN.password, LOGIN.app_key, NUMBER):
        assert secret not in repr(exchanges) + repr(client) + repr(LOGIN)


def test_an_error_that_echoes_our_headers_is_shown_without_secrets(
    connect: Callable[..., Api], serve: Callable[..., Server], clock: Clock
) -> None:
    basic = base64.b64encode(f"{LOGIN.login}:{LOGIN.password}".encode()).decode()
    echoed = f"bad headers: Basic {basic}, {LOGIN.password}, {LOGIN.app_key}"
    server = serve(reply({"errors": [{"message": echoed}]}, "400 Bad Request"))
    done = send(connect(server.url), clock)

    assert done.error is not None
    assert done.error.message == "the API refuses the request: bad headers: Basic ***, ***, ***"


PASSWORDS = ("pässw?rd???>>>/x", 'p"w\\<&>é12345678')


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize(
    "spell",
    [
        json.dumps,
        lambda said: json.dumps(said, ensure_ascii=False),
        lambda said: json.dumps(said).replace("/", "\\/"),
        lambda said: re.sub(r"\\u[0-9a-f]{4}", lambda found: "\\u" + found[0][2:].upper(), json.dumps(said)),
        lambda said: json.dumps(said).upper(),
    ],
    ids=["as Python does", "UTF-8", "as PHP does", "capital digits", "capitals"],
)
def test_a_secret_is_hidden_in_every_json_spelling(password: str, spell: Callable[[str], str]) -> None:
    who = Login("shop", password, "5e9bbf7c-00aa-4000-8000-000000000000")
    basic = base64.b64encode(f"shop:{password}".encode()).decode()

    assert who.hide(spell(f"a {basic} b {password} c {who.app_key} d").encode()).lower() == b'"a *** b *** c *** d"'
