"""Any bytes at the webhook port: a documented status, the process alive, the store unchanged unless 204."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.relay.speak import Client, Process, body, read_reply, request, split_anywhere

DOCUMENTED = {200, 204, 400, 401, 403, 404, 405, 408, 413, 421, 431, 503}
SLOWLY = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

tokens = st.text("!#$%&'*+-.^_`|~abcXYZ019", min_size=1, max_size=12)
values = st.text(st.characters(min_codepoint=0, max_codepoint=255), max_size=40)
known = st.sampled_from([
    "Content-Length", "Transfer-Encoding", "X-Pj-Signature", "Host", "Connection", "Expect", "Origin",
    "Content-Encoding", "Content-Type", "Authorization", "Upgrade", "Accept", "Last-Event-ID", "Cookie",
])  # fmt: skip
good_values = st.sampled_from(["chunked", "0", "5", "100-continue", "gzip", "close", "keep-alive", "h2c", "websocket"])
headers = st.lists(st.tuples(known | tokens, good_values | values), max_size=6)
paths = st.sampled_from(["/webhooks/labs", "/webhooks/", "/webhooks/%6cabs", "/events", "/healthz", "/", "*"])
methods = st.sampled_from(["POST", "GET", "PUT", "HEAD", "OPTIONS", "CONNECT", "PRI"])
bodies = st.binary(max_size=200) | st.sampled_from([body(), b"{}", b"[" * 5000, b"5\r\nhello\r\n0\r\n\r\n"])


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A relay that no other test writes to, so that its store can be compared."""
    process = Process(tmp_path_factory.mktemp("fuzz") / "state").start()
    yield process
    assert process.stop() == 0
    assert process.log is not None
    assert "Traceback" not in process.log.read_text()
    assert "bug" not in process.log.read_text()


def send(relay: Client, data: bytes, cuts: list[int]) -> int:
    """Send the bytes in pieces, end the sending side, return the status (0: closed without an answer)."""
    with relay.connect() as sock:
        try:
            for piece in split_anywhere(data, cuts):
                sock.sendall(piece)
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            return read_reply(sock).status
        return read_reply(sock).status


def check(alone: Process, data: bytes, cuts: list[int]) -> None:
    relay = alone.client
    before = relay.get("/status").json["events"]["newest"]
    status = send(relay, data, cuts)
    after = relay.get("/status").json["events"]["newest"]

    assert status in DOCUMENTED | {0, 100}
    assert alone.process.poll() is None
    assert after == before or (status in (204, 100) and after == before + 1)


@SLOWLY
@given(data=st.binary(max_size=400), cuts=st.lists(st.integers(0, 400), max_size=4))
def test_any_bytes(alone: Process, data: bytes, cuts: list[int]) -> None:
    check(alone, data, cuts)


@SLOWLY
@given(method=methods, path=paths, more=headers, content=bodies, cuts=st.lists(st.integers(0, 900), max_size=4))
def test_any_headers(
    alone: Process, method: str, path: str, more: list[tuple[str, str]], content: bytes, cuts: list[int]
) -> None:
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in more)]
    check(alone, "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + content, cuts)


@SLOWLY
@given(content=bodies, more=headers, cuts=st.lists(st.integers(0, 900), max_size=4))
def test_any_signed_body(alone: Process, content: bytes, more: list[tuple[str, str]], cuts: list[int]) -> None:
    head = request(content).partition(b"\r\n\r\n")[0]
    extra = "".join(f"\r\n{name}: {value}" for name, value in more).encode("latin-1")
    check(alone, head + extra + b"\r\n\r\n" + content, cuts)


@SLOWLY
@given(content=st.binary(max_size=200), wrong=st.binary(max_size=70))
def test_no_unsigned_event_is_ever_stored(alone: Process, content: bytes, wrong: bytes) -> None:
    relay = alone.client
    before = relay.get("/status").json["events"]["newest"]
    head = request(content, signature=None).partition(b"\r\n\r\n")[0]
    status = send(relay, head + b"\r\nX-Pj-Signature: " + wrong + b"\r\n\r\n" + content, [])

    assert status in (400, 401, 0)
    assert relay.get("/status").json["events"]["newest"] == before
