"""What a hostile or broken peer can do: endless answers, redirects, proxies, TLS."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from pjterm.api.client import Api
from pjterm.core.evidence.facts import Accepted, Lost, NotTaken, Observed, PollFailed
from pjterm.errors import UsageFault
from tests.api.calls import Clock, send
from tests.api.server import ACCEPTED, Server, reply


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip"])
def test_a_compression_bomb_is_cut_off(
    connect: Callable[..., Api], serve: Callable[..., Server], encoding: str
) -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024), 9)
    if encoding != "gzip":
        bomb = gzip.compress(bomb * 4, 9)
    server = serve(reply(bomb, "200 OK", f"Content-Encoding: {encoding}"))
    fact = connect(server.url).poll("r-1", None)

    assert isinstance(fact, PollFailed)


def test_a_body_that_drips_is_cut_off(connect: Callable[..., Api], serve: Callable[..., Server]) -> None:
    """The read timeout applies to each piece; another one limits the whole body and closes the connection."""
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
    """A server that sends a few bytes ten times a second for a hundred seconds."""

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
def test_an_endless_answer_is_given_up_whichever_part_drips(
    connect: Callable[..., Api], serve: Callable[..., Server], clock: Clock, first: bytes, piece: bytes
) -> None:
    """Each piece arrives in time, but the whole does not."""
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


def test_an_endless_handshake_is_given_up_and_nothing_was_sent(
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
    """Let a server speak TLS with a certificate for this host; its URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    plain = server._talk

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as safe:
            plain(safe)

    server._talk = talk  # type: ignore[method-assign]
    return server.url.replace("http:", "https:")


def test_an_untrusted_certificate_is_refused_and_nothing_was_sent(
    connect: Callable[..., Api], serve: Callable[..., Server], clock: Clock
) -> None:
    server = serve(ACCEPTED)
    posted = send(connect(secured(server, trustme.CA(), "127.0.0.1")), clock, 0.1)

    assert (type(posted.fact), server.requests) == (NotTaken, [])


@pytest.mark.parametrize(("host", "fact"), [("127.0.0.1", Accepted), ("api.example", NotTaken)])
def test_an_authority_named_by_a_variable_is_trusted_for_its_host(
    connect: Callable[..., Api], serve: Callable[..., Server], clock: Clock, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path, host: str, fact: type,
) -> None:  # fmt: skip
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    posted = send(connect(secured(serve(ACCEPTED), authority, host)), clock, 0.1)

    assert isinstance(posted.fact, fact)


def test_compression_is_not_requested(connect: Callable[..., Api], serve: Callable[..., Server]) -> None:
    server = serve(reply({"status": "CONNECTING"}))
    connect(server.url).poll("r-1", None)

    assert b"accept-encoding: identity\r\n" in server.requests[0].lower()


def test_a_proxy_that_compresses_anyway_is_understood(
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
def test_an_invalid_tls_or_proxy_variable_is_named(
    connect: Callable[..., Api], monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    for name in ("NO_PROXY", "no_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)

    with pytest.raises(UsageFault, match=f"{variable}.*nothing was sent"):
        connect("https://127.0.0.1:4")


@pytest.mark.parametrize("base", ["http://127.0.0.01:9", "https://xn--a"])
def test_nothing_is_sent_to_an_invalid_address(connect: Callable[..., Api], clock: Clock, base: str) -> None:
    client = connect(base)

    assert (type(send(client, clock, 0.1).fact), type(client.poll("r-1", None))) == (NotTaken, PollFailed)


def test_nothing_is_sent_through_a_proxy_with_an_invalid_address(
    connect: Callable[..., Api], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number with a leading zero is octal to some parsers and decimal to others."""
    for name in ("NO_PROXY", "no_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.01:1")

    assert isinstance(send(connect("https://127.0.0.1:4"), clock, 0.1).fact, NotTaken)


def test_connection_keys_are_never_written(
    connect: Callable[..., Api], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    connect("https://127.0.0.1:4")

    assert not (tmp_path / "keys").exists()


def test_endless_headers_are_cut_off(connect: Callable[..., Api], serve: Callable[..., Server]) -> None:
    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 1_000_000)

    assert isinstance(connect(serve(flood).url).poll("r-1", None), PollFailed)


@pytest.mark.parametrize("body", [b'{"status": NaN}', b"[" * 100_000, b"\xff\xfe", b"", b'{"status": "A', b"nul"])
def test_a_body_that_is_not_json_is_no_status(
    connect: Callable[..., Api], serve: Callable[..., Server], body: bytes
) -> None:
    assert isinstance(connect(serve(reply(body)).url).poll("r-1", None), PollFailed)
