"""`--forward`: in order, with exact bytes and headers, with retries, and across restarts."""

from __future__ import annotations

import asyncio
import http.server
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from pjterm.events.event import Arrival, Event
from pjterm.events.store import Due
from pjterm.relay.server.forwarder import (
    FIRST_BACKOFF,
    LONGEST_BACKOFF,
    LONGEST_RETRY_AFTER,
    Forwarder,
    _pause,
    _request,
)
from tests.events.memory import MemoryStore
from tests.events.test_store import arrival, removal
from tests.relay.inside import Inside
from tests.relay.speak import Client, Process, body, eventually, sign


@dataclass
class Receiver:
    """A server that records what is forwarded and answers from a list (204 when it is empty)."""

    answers: list[int | None] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[list[tuple[str, str]]] = field(default_factory=list)
    url: str = ""
    extra: dict[str, str] = field(default_factory=dict)


@contextmanager
def receiving(*answers: int | None, port: int = 0, **extra: str) -> Iterator[Receiver]:
    """`None` among the answers breaks the connection instead."""
    got = Receiver(list(answers), extra={k.replace("_", "-"): v for k, v in extra.items()})

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            got.headers.append(self.headers.items())
            answer = got.answers.pop(0) if got.answers else 204
            if answer is None:
                self.close_connection = True
                return
            self.send_response(answer)
            for name, value in got.extra.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    got.url = f"http://127.0.0.1:{server.server_port}/hook?shop=1"
    thread = threading.Thread(target=lambda: server.serve_forever(0.01))
    thread.start()
    try:
        yield got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def forward(url: str, many: int, answered: Callable[[], bool]) -> tuple[list[float], list[str], MemoryStore]:
    """Forward events that arrive after the start until `answered`, with a sleep that only records."""
    store, pauses, said = MemoryStore(), list[float](), list[str]()
    store.append([arrival()])

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    async def play() -> None:
        forwarder = Forwarder(url, store, lambda event, **_: said.append(event), sleep=sleep)
        forwarder.begin()
        task = asyncio.create_task(forwarder.run())
        store.append([arrival(body(status=f"S{n}")) for n in range(many)])
        forwarder.wake()
        while not answered() or store.position(url) != many + 1:
            await asyncio.sleep(0.001)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(play(), 40))
    return pauses, said, store


def test_only_events_after_the_url_was_added_are_forwarded_in_order() -> None:
    with receiving() as got:
        _, _, store = forward(got.url, 120, lambda: len(got.bodies) == 120)

    assert got.bodies == [event.arrival.body for event in store.read(1, 1000)]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 302, None])
def test_a_temporary_failure_is_retried_with_the_same_event_and_growing_pauses(status: int | None) -> None:
    with receiving(status, status, status) as got:
        pauses, said, _ = forward(got.url, 2, lambda: len(got.bodies) == 5)

    assert got.bodies[:4] == [got.bodies[0]] * 4
    assert pauses == [FIRST_BACKOFF, 2 * FIRST_BACKOFF, 4 * FIRST_BACKOFF]
    assert said == ["forward-retry"] * 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 422])
def test_a_permanent_failure_is_logged_and_skipped(status: int) -> None:
    with receiving(status) as got:
        pauses, said, _ = forward(got.url, 2, lambda: len(got.bodies) == 2)

    assert (pauses, said) == ([], ["forward-skipped"])
    assert got.bodies[0] != got.bodies[1]


def test_a_skipped_event_is_shown_in_the_status(tmp_path: Path) -> None:
    """A receiver that works again still does not have it."""
    with receiving(204, 410) as got, Inside(MemoryStore(), tmp_path, forwards=(got.url,)) as relay:
        for _ in range(3):
            relay.deliver(body())
        eventually(lambda: len(got.bodies) == 3)
        eventually(lambda: state_of(relay)["lag"] == 0)
        status, metrics = state_of(relay), relay.get("/metrics").body

    assert (status["dropped"], status["trouble"]) == (1, "event 2: refused with 410, skipped")
    assert b"pjterm_relay_forward_dropped{" in metrics


def state_of(relay: Client) -> dict[str, Any]:
    first: dict[str, Any] = relay.get("/status").json["forwards"][0]
    return first


@pytest.mark.parametrize(
    ("began", "gone", "words"),
    [(1, 3, "events 2 to 3 were gone before their turn"), (0, 1, "event 1 was gone before its turn"), (1, 1, None)],
)
def test_events_removed_before_their_turn_are_reported_and_skipped(began: int, gone: int, words: str | None) -> None:
    store, said = MemoryStore(), list[dict[str, object]]()
    store.append([arrival() for _ in range(5)])
    store.age(removal(2_000), gone)

    async def play(forwarder: Forwarder) -> None:
        task = asyncio.create_task(forwarder.run())
        while forwarder.describe()["lag"]:
            await asyncio.sleep(0.001)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    with receiving() as got:
        store.set_position(got.url, began)
        forwarder = Forwarder(got.url, store, lambda event, **values: said.append({"event": event, **values}))
        forwarder.begin()
        asyncio.run(asyncio.wait_for(play(forwarder), 10))
    status = forwarder.describe()
    logged = [(line["event"], line["first"], line["last"]) for line in said]

    assert got.bodies == [event.arrival.body for event in store.read(0, 10)]
    assert (status["dropped"], status["trouble"]) == (gone - began, words)
    assert logged == ([] if words is None else [("forward-lost", began + 1, gone)])


def test_retry_after_is_honored() -> None:
    with receiving(429, 503, Retry_After="7") as got:
        pauses, _, _ = forward(got.url, 1, lambda: len(got.bodies) == 3)

    assert pauses == [7.0, 7.0]


def test_retry_after_may_be_a_date_and_nonsense_means_the_backoff() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)

    assert 85 < _pause(soon, 1.0) <= 90
    assert _pause("Mon, 01 Jan 2001 00:00:00 GMT", 1.0) == 0.0
    assert _pause("999999999999", 1.0) == LONGEST_RETRY_AFTER
    assert [_pause(text, 1.5) for text in (None, "", "soon", "-5", "1.5", "²")] == [1.5] * 6
    assert _pause("Mon, 99999999999999999999 Jan 2024 00:00:00 GMT", 1.5) == 1.5


def test_an_unexpected_error_is_shown_as_trouble_and_forwarding_continues() -> None:
    class Odd(MemoryStore):
        """Raises once what no store should raise."""

        odd = True

        def oldest(self) -> int:
            if self.odd:
                self.odd = False
                raise ZeroDivisionError
            return super().oldest()

    store, said, shown = Odd(), list[str](), list[object]()

    async def play(url: str) -> None:
        async def sleep(seconds: float) -> None:
            shown.extend([seconds, forwarder.describe()["trouble"]])

        forwarder = Forwarder(url, store, lambda event, **_: said.append(event), sleep=sleep)
        forwarder.begin()
        store.append([arrival()])
        task = asyncio.create_task(forwarder.run())
        while store.position(url) != 1:
            await asyncio.sleep(0.001)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    with receiving() as got:
        asyncio.run(asyncio.wait_for(play(got.url), 10))

    assert len(got.bodies) == 1
    assert said == ["forward-failed"]
    assert shown == [LONGEST_BACKOFF, "bug: ZeroDivisionError()"]


def test_body_and_headers_are_forwarded_exactly_and_nothing_is_added(tmp_path: Path) -> None:
    with receiving() as got, Inside(MemoryStore(), tmp_path, forwards=(got.url,)) as relay:
        content = body().replace(b"\n", b"\r\n ")
        relay.deliver(content, headers=("x-ODD: 1", "X-Twice: a", "X-Twice: b"))
        eventually(lambda: got.bodies)
    names = [name for name, _ in got.headers[0]]
    sent = dict(got.headers[0])

    assert got.bodies == [content]
    assert sent["X-Pj-Signature"] == sign(content)
    assert sent["User-Agent"] == "PayJunction WebHook"
    assert [v for n, v in got.headers[0] if n == "X-Twice"] == ["a", "b"]
    assert sorted(names) == sorted([
        "Host", "Accept-Encoding", "Content-Length", "Content-Type", "Pj-Account", "User-Agent", "x-ODD",
        "X-Twice", "X-Twice", "X-Pj-Signature",
    ])  # fmt: skip


def test_repeats_are_not_forwarded_again(tmp_path: Path) -> None:
    with receiving() as got, Inside(MemoryStore(), tmp_path, forwards=(got.url,)) as relay:
        content = body()
        relay.deliver(content)
        relay.deliver(content)
        relay.deliver(body())
        eventually(lambda: len(got.bodies) == 2)

    assert got.bodies[0] == content


def test_forwarding_resumes_where_it_stopped_after_a_restart(launch: Callable[..., Process]) -> None:
    with receiving() as got:
        process = launch(forwards=[got.url, got.url])
        sent = [body() for _ in range(10)]
        for content in sent[:5]:
            process.client.deliver(content)
        eventually(lambda: forwards(process)[0]["position"] == 5)
        process.stop()
        url = got.url
    process.start()
    for content in sent[5:8]:
        process.client.deliver(content)
    eventually(lambda: forwards(process)[0]["trouble"] is not None)
    found = forwards(process)
    process.kill()
    with receiving(port=int(url.split(":")[2].split("/")[0])) as got_later:
        process.start()
        for content in sent[8:]:
            process.client.deliver(content)
        eventually(lambda: len(got_later.bodies) >= 5)
        eventually(lambda: forwards(process)[0]["lag"] == 0)

    assert [(f["url"], f["position"], f["lag"]) for f in found] == [(url.partition("?")[0], 5, 3)]
    assert found[0]["trouble"] == "event 6: ConnectError"
    assert got_later.bodies == sent[5:]


def forwards(process: Process) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = process.client.get("/status").json["forwards"]
    return found


def test_a_receiver_that_is_down_does_not_slow_the_webhooks(tmp_path: Path) -> None:
    with Inside(MemoryStore(), tmp_path, forwards=("http://127.0.0.1:9/",)) as relay:
        assert [relay.deliver(body()).status for _ in range(20)] == [204] * 20


def test_a_header_of_the_sender_cannot_redirect_the_forwarding() -> None:
    """Connection headers are our own: `Host` and lengths of the delivery are dropped."""
    headers = b"Host: evil\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\nConnection: x\r\nA: 1\r\n"
    event = Event(1, None, 1, Arrival("p", True, 1, "i", "t", None, None, b"{}", headers))
    sent = _request("https://shop.example/in", event.arrival.headers, event.arrival.body)

    assert [(k, v) for k, v in sent.headers.items()] == [
        ("host", "shop.example"), ("a", "1"), ("content-length", "2"),
    ]  # fmt: skip


@contextmanager
def endless(first: bytes, more: bytes) -> Iterator[tuple[str, list[int]]]:
    """A receiver that starts an answer and never ends it; the bytes it sent on each connection."""
    listening = socket.create_server(("127.0.0.1", 0))
    taken = list[int]()

    def answer() -> None:
        with suppress(OSError):
            while True:
                sock, _ = listening.accept()
                threading.Thread(target=drip, args=(sock,)).start()

    def drip(sock: socket.socket) -> None:
        taken.append(0)
        with sock, suppress(OSError):
            sock.recv(65536)
            sock.sendall(first)
            while True:
                taken[-1] += sock.send(more)
                time.sleep(0.005)

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/", taken
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def test_only_the_status_of_an_answer_is_read() -> None:
    """An endless body is not waited for."""
    with endless(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", b"x" * 1000) as (url, taken):
        pauses, said, _ = forward(url, 2, lambda: len(taken) == 2)

    assert (pauses, said) == ([], [])


@pytest.mark.parametrize("more", [b"X: y\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_an_endless_status_line_or_header_is_given_up_and_retried(more: bytes) -> None:
    first = b"HTTP/1.1 200 OK\r\n" if more.startswith(b"X") else b""
    said = list[str]()
    store = MemoryStore()

    async def play(url: str) -> None:
        forwarder = Forwarder(url, store, lambda event, **_: said.append(event), seconds=0.2)
        forwarder.begin()
        store.append([arrival()])
        task = asyncio.create_task(forwarder.run())
        while not said:
            await asyncio.sleep(0.01)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    with endless(first, more) as (url, _):
        asyncio.run(asyncio.wait_for(play(url), 20))

    assert said[0] == "forward-retry"


def test_typed_values_are_no_longer_forwarded_once_they_are_shortened(tmp_path: Path) -> None:
    store = MemoryStore()
    store.append([replace(arrival(at=10), private=True), arrival(at=20)])
    store.age(Due(10**14, cut_ms=15), 10)
    with receiving() as got:
        store.set_position(got.url, 0)
        with Inside(store, tmp_path, forwards=(got.url,)) as relay:
            eventually(lambda: state_of(relay)["lag"] == 0)
            status = state_of(relay)

    assert got.bodies == [event.arrival.body for event in store.read(1, 10)]
    assert (status["dropped"], status["trouble"]) == (
        1, "event 1 holds what a customer typed and is older than a day: not sent",
    )  # fmt: skip
