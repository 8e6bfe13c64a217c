"""Slow and hostile clients cannot stop the relay or make it grow without bound."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from pjterm.relay.server.waiting import ConnectionLimits
from tests.events.memory import MemoryStore
from tests.relay.inside import Inside
from tests.relay.speak import Client, Process, body, eventually, read_reply, request

QUICK = ConnectionLimits(waiting=50, head_seconds=0.3, whole_seconds=0.9, linger_seconds=0.2)


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[Client]:
    """A relay with short timeouts and room for 50 waiting connections."""
    with Inside(MemoryStore(), tmp_path, QUICK) as client:
        yield client


def test_a_silent_connection_is_closed(impatient: Client) -> None:
    with impatient.connect() as sock:
        assert read_reply(sock).status == 0


def test_endless_headers_are_408_however_steadily_they_arrive(impatient: Client) -> None:
    with impatient.connect() as sock:
        sock.sendall(b"POST /webhooks/labs HTTP/1.1\r\n")
        sock.settimeout(0.05)
        data = b""
        for _ in range(1000):
            sock.sendall(b"X-Slow: 1\r\n")
            with suppress(TimeoutError):
                data = sock.recv(4096)
                break

    assert data.startswith(b"HTTP/1.1 408")


def test_an_endless_body_is_408(impatient: Client) -> None:
    with impatient.connect() as sock:
        sock.sendall(request(body())[:-1])

        assert read_reply(sock).status == 408


def test_a_missing_body_is_408(impatient: Client) -> None:
    with impatient.connect() as sock:
        sock.sendall(request(b"", headers=("Content-Length: 10",), length=False))

        assert read_reply(sock).status == 408


def test_a_client_that_keeps_sending_after_an_answer_is_disconnected(impatient: Client) -> None:
    """More bytes are read for a moment, so that the answer is not lost; then the connection is closed."""
    with impatient.connect() as sock:
        sock.sendall(request(b"", headers=("Content-Length: 99999999",), length=False))
        with pytest.raises(OSError, match=r"reset|[Bb]roken pipe"):
            _send_for_ever(sock)


def test_idle_connections_never_block_a_webhook(impatient: Client) -> None:
    """Ten times more than may wait: the longest waiting is closed, and the webhook is accepted at once."""
    with ExitStack() as crowd:
        for _ in range(500):
            crowd.enter_context(impatient.connect())

        assert impatient.deliver(body()).status == 204


def test_slow_senders_are_not_evicted_while_there_is_room(impatient: Client) -> None:
    data = request(body())
    with impatient.connect() as slow, ExitStack() as crowd:
        slow.sendall(data[:100])
        for _ in range(40):
            crowd.enter_context(impatient.connect())
        slow.sendall(data[100:])

        assert read_reply(slow).status == 204


def test_connections_reset_at_any_moment_do_no_harm(impatient: Client) -> None:
    data = request(body())
    for cut in range(0, len(data), 23):
        sock = impatient.connect()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.sendall(data[:cut])
        sock.close()

    assert impatient.deliver(body()).status == 204


def test_follower_routes_with_a_missing_body_are_answered_and_closed(impatient: Client) -> None:
    with impatient.connect() as sock:
        sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n")
        reply = read_reply(sock)

    assert (reply.status, reply.json) == (200, {"status": "ok"})


def test_thousands_of_idle_connections_cost_bounded_memory(launch: Callable[..., Process]) -> None:
    process = launch()
    relay = process.client
    relay.deliver(body())
    before = process.memory_mib()
    with ExitStack() as crowd:
        for _ in range(3000):
            crowd.enter_context(relay.connect()).sendall(b"POST /webhooks/labs HTTP/1.1\r\n")
        eventually(lambda: relay.deliver(body()).status == 204)
        grown = process.memory_mib() - before

    assert grown < 20


def test_the_relay_keeps_serving_when_it_runs_out_of_files(launch: Callable[..., Process]) -> None:
    """Waiting connections are closed to make room."""
    process = launch(open_files=80)
    relay = process.client
    with ExitStack() as crowd:
        for _ in range(300):
            crowd.enter_context(relay.connect())
        eventually(lambda: relay.deliver(body()).status == 204)

    eventually(lambda: relay.get("/healthz").status == 200)


def test_a_log_that_is_not_read_does_not_stop_the_relay(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream, Inside(MemoryStore(), tmp_path, log=stream) as relay:
        for _ in range(600):
            assert relay.deliver(body()).status == 204
        reader = threading.Thread(target=_read_all, args=(reading,))
        reader.start()
    reader.join(5)


def _send_for_ever(sock: socket.socket) -> None:
    while True:
        sock.sendall(b"x" * 65536)


def _read_all(fd: int) -> None:
    with os.fdopen(fd, "rb") as stream:
        while stream.read(65536):
            continue
