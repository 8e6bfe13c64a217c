"""The follower's side: finding a relay, verifying that it is ours, following through restarts, reading pages."""

from __future__ import annotations

import http.server
import json
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from pjterm.errors import AuthFailed, PjtermError, Unavailable
from pjterm.relay.client import queries
from pjterm.relay.client.address import RelayAddress, find_relay
from pjterm.relay.client.connection import get
from pjterm.relay.client.stream import Stream
from tests.relay.speak import Client, Process, body, eventually


class Following:
    """A `Stream` whose calls land in queues, as they do in a charge."""

    def __init__(self, address: RelayAddress, **how: Any) -> None:
        self.items: queue.Queue[dict[str, Any]] = queue.Queue()
        self.states: queue.Queue[bool] = queue.Queue()
        self.gaps: queue.Queue[dict[str, Any]] = queue.Queue()
        self.troubles: queue.Queue[PjtermError] = queue.Queue()
        self.stream = Stream(
            address, self.items.put, self.states.put, gap=self.gaps.put, trouble=self.troubles.put, **how
        )

    def __enter__(self) -> Following:
        self.stream.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.stop()
        self.stream.join(5)

        assert not self.stream.is_alive()

    def settled(self) -> bool:
        """Whether it is connected or knows why not."""
        return not self.states.empty()

    def statuses(self, many: int) -> list[str]:
        return [self.items.get(timeout=60)["event"]["data"]["status"] for _ in range(many)]


def address(process: Process) -> RelayAddress:
    found = find_relay(process.state_dir)

    assert found is not None
    return found


def test_a_running_relay_is_found_and_proves_itself(shared_relay: Process) -> None:
    assert queries.prove(address(shared_relay))


def test_a_closed_port_a_wrong_token_or_another_server_prove_nothing(shared_relay: Process) -> None:
    wrong = RelayAddress(shared_relay.url, "another-token")

    assert not queries.prove(wrong)
    assert not queries.prove(RelayAddress("http://127.0.0.1:9", "t"), 0.5)
    with pretender(b'{"status": "ok", "proof": 5}') as (url, _):
        assert not queries.prove(RelayAddress(url, "t"))
    with pretender(b"[]") as (url, _):
        assert not queries.prove(RelayAddress(url, "t"))


@contextmanager
def listening(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server with this handler on a free port."""
    server = http.server.HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=lambda: server.serve_forever(0.01))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Quiet(http.server.BaseHTTPRequestHandler):
    """Writes no log."""

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def pretender(answer: bytes, status: int = 200, **headers: str) -> Iterator[tuple[str, list[str]]]:
    """Another program on the relay's old port, which records everything it receives."""
    received: list[str] = []

    class Handler(Quiet):
        def do_GET(self) -> None:
            received.append(f"{self.path} {self.headers}")
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

    with listening(Handler) as url:
        yield url, received


def test_a_stream_never_sends_its_token_to_a_server_that_cannot_prove_it_has_it() -> None:
    with pretender(b'{"status": "ok", "proof": "00"}') as (url, received):
        with Following(RelayAddress(url, "the-token")) as following:
            eventually(lambda: received)
            trouble = following.troubles.get(timeout=60)

        assert isinstance(trouble, Unavailable)
        assert "the-token" not in "".join(received)


@contextmanager
def passing_on(port: int) -> Iterator[str]:
    """Another user's program on our relay's old port, which forwards each question to the running relay."""

    class Handler(Quiet):
        def do_GET(self) -> None:
            answer = Client(port).get(self.path, token=False).body
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    with listening(Handler) as url:
        yield url


def test_a_running_relay_s_proof_is_invalid_for_another_port(shared_relay: Process) -> None:
    own = address(shared_relay)
    with passing_on(shared_relay.client.port) as url:
        there, proven = queries.is_there(url), queries.prove(RelayAddress(url, own.token))

    assert (there, proven) == (True, False)


@contextmanager
def dripping(first: bytes, more: bytes) -> Iterator[str]:
    """A server that starts an answer and never ends it."""
    listening = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def answer() -> None:
        with listening.accept()[0] as sock, suppress(OSError):
            sock.recv(65536)
            sock.sendall(first)
            while not ended.wait(0.01):
                sock.sendall(more)

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        ended.set()
        thread.join()
        listening.close()


@pytest.mark.parametrize(
    ("first", "more"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"y"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
)
def test_an_endless_answer_is_given_up(first: bytes, more: bytes) -> None:
    """A socket's own timeout would restart with each byte."""
    with dripping(first, more) as url, pytest.raises(Unavailable, match="does not answer: timed out"):
        get(url, "/status", {}, seconds=0.3, most=10_000)


PROXY_THAT_NEVER_ENDS = b"HTTP/1.1 200 OK\r\nX: ", b"y"


def test_an_endless_answer_of_a_proxy_to_connect_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time limit covers the whole exchange; CONNECT is answered before the relay is asked anything."""
    with dripping(*PROXY_THAT_NEVER_ENDS) as url:
        monkeypatch.setenv("HTTPS_PROXY", url)
        with pytest.raises(Unavailable, match="does not answer: timed out"):
            get("https://relay.example", "/status", {}, seconds=0.3, most=10_000)


def test_a_stream_behind_a_proxy_with_an_endless_answer_is_not_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    with dripping(*PROXY_THAT_NEVER_ENDS) as url:
        monkeypatch.setenv("HTTPS_PROXY", url)
        with Following(RelayAddress("https://relay.example", "t")) as following:
            eventually(following.settled)


def test_an_oversized_answer_is_refused() -> None:
    with (
        dripping(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 20_000, b"x") as url,
        pytest.raises(Unavailable, match="more than 10,000 bytes"),
    ):
        get(url, "/status", {}, seconds=5, most=10_000)


def test_a_redirect_is_not_followed() -> None:
    with (
        pretender(b"", 302, Location="http://127.0.0.1:1/") as (url, received),
        pytest.raises(Unavailable, match="302"),
    ):
        queries.page(RelayAddress(url, "t"))
    assert len(received) == 1


def test_loopback_http_ignores_any_proxy(shared_relay: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert queries.prove(address(shared_relay))


def test_https_uses_the_environment_s_proxy_only_by_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy sees a host and no token; it does not see a host in NO_PROXY."""
    asked: list[str] = []

    class Proxy(Quiet):
        def do_CONNECT(self) -> None:
            asked.append(f"{self.requestline} {self.headers}")
            self.send_error(403)

    with listening(Proxy) as url:
        monkeypatch.setenv("HTTPS_PROXY", url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        for host in ("relay.example:4", "127.0.0.1:1"):
            with pytest.raises(Unavailable):
                queries.status(RelayAddress(f"https://{host}", "the-token"))

    (only,) = asked
    assert only.startswith("CONNECT relay.example:4 ")
    assert "the-token" not in only


def test_a_page_is_read_with_filters(shared_relay: Process) -> None:
    shared_relay.client.deliver(body(request="paged"))
    found = queries.page(address(shared_relay), after=0, limit=5, filters={"requestId": "paged"})

    assert [item["event"]["data"]["requestId"] for item in found["items"]] == ["paged"]
    assert queries.status(address(shared_relay))["schema"] == "pjterm.relay/1"


def test_raw_returns_the_original_bytes(shared_relay: Process) -> None:
    content = body(request="raw")
    shared_relay.client.deliver(content)
    cursor = queries.page(address(shared_relay), filters={"requestId": "raw"})["next"]
    found = queries.raw(address(shared_relay), cursor)

    assert found is not None
    assert found[0] == content
    assert found[1].startswith(b"Host: yourserver.com\r\n")
    assert queries.raw(address(shared_relay), 10**9) is None


def test_a_refused_token_and_a_missing_relay_are_named_errors(shared_relay: Process) -> None:
    with pytest.raises(AuthFailed, match="refuses the token"):
        queries.page(RelayAddress(shared_relay.url, "wrong"))
    with pytest.raises(Unavailable, match="does not answer"):
        queries.page(RelayAddress("http://127.0.0.1:9", "t"))
    with pytest.raises(Unavailable, match="relay"), pretender(b"<html>") as (url, _):
        queries.page(RelayAddress(url, "t"))


def test_a_stream_delivers_matching_events_and_reports_its_connection(shared_relay: Process) -> None:
    relay = shared_relay.client
    relay.deliver(body(request="s1", status="CONNECTING"))
    with Following(address(shared_relay), after=0, filters={"requestId": "s1", "profile": "labs"}) as following:
        assert following.states.get(timeout=60) is True
        relay.deliver(body(request="other"))
        relay.deliver(body(request="s1"))

        assert following.statuses(2) == ["CONNECTING", "COMPLETE"]
    assert following.states.get(timeout=60) is False


def test_a_stream_survives_relay_restarts_without_loss_or_repeat(launch: Callable[..., Process]) -> None:
    process = launch()
    port = process.client.port
    process.options["port"] = port
    with Following(address(process)) as following:
        assert following.states.get(timeout=60) is True
        sent = 0
        for round_ in range(2):
            for _ in range(2):
                process.client.deliver(body(status=f"S{sent}"))
                sent += 1
            if round_ % 2:
                process.kill()
            else:
                process.stop()
            assert following.states.get(timeout=60) is False
            process.start()
            process.client.deliver(body(status=f"S{sent}"))
            sent += 1
            assert following.states.get(timeout=60) is True

        assert following.statuses(sent) == [f"S{n}" for n in range(sent)]
        assert following.items.empty()


def test_a_stream_without_events_still_resumes_at_its_position(launch: Callable[..., Process]) -> None:
    """The opening comment and the heartbeats carry the position, so nothing between two connections is lost."""
    process = launch()
    process.options["port"] = process.client.port
    for _ in range(3):
        process.client.deliver(body())
    with Following(address(process), filters={"requestId": "late"}) as following:
        assert following.states.get(timeout=60) is True
        process.stop()
        assert following.states.get(timeout=60) is False
        process.start()
        process.client.deliver(body(request="late"))

        assert following.statuses(1) == ["COMPLETE"]
        assert following.gaps.empty()


def test_a_stream_finds_a_relay_restarted_on_another_port(launch: Callable[..., Process]) -> None:
    process = launch()
    with Following(address(process), again=lambda: find_relay(process.state_dir)) as following:
        assert following.states.get(timeout=60) is True
        process.stop()
        process.start()
        assert following.states.get(timeout=60) is False
        assert following.states.get(timeout=60) is True
        process.client.deliver(body())

        assert following.statuses(1) == ["COMPLETE"]


def test_a_failed_connection_is_reported_once_and_again_only_after_a_connection(own: Client) -> None:
    """For example, a replaced token: repeating the error would not help."""
    good, bad = (RelayAddress(f"http://127.0.0.1:{own.port}", token) for token in (own.token, "another"))
    turn = iter([bad, bad, bad, good])
    with Following(bad, again=lambda: next(turn, bad)) as following:
        first = following.troubles.get(timeout=60)
        assert [following.states.get(timeout=60) for _ in range(2)] == [False, True]
        assert following.troubles.empty()

    assert isinstance(first, AuthFailed)
    assert "another token" in first.message


def test_a_gap_is_reported(own: Client) -> None:
    own.deliver(body())
    with Following(RelayAddress(f"http://127.0.0.1:{own.port}", own.token), after=77) as following:
        assert following.gaps.get(timeout=60) == {"after": 77, "oldest": 1}
        assert following.statuses(1) == ["COMPLETE"]


def test_stopping_is_prompt_connected_or_not(shared_relay: Process) -> None:
    for target in (address(shared_relay), RelayAddress("http://127.0.0.1:9", "t")):
        following = Following(target)
        with following:
            eventually(following.settled)

        assert not following.stream.is_alive()


def test_importing_the_client_loads_neither_server_nor_event_loop() -> None:
    heavy = [
        "aiohttp",
        "asyncio",
        "httpx",
        "rich",
        "typer",
        "pjterm.relay.server.relay",
        "ssl_context",
        "urllib.request",
    ]
    code = f"import sys, json, pjterm.relay.client; print(json.dumps([m for m in {heavy} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == []


def test_an_event_reaches_a_client_without_waiting_for_a_timer(shared_relay: Process) -> None:
    """No time is measured: the event only has to arrive before any timer (heartbeats come every 15 s)."""
    relay: Client = shared_relay.client
    with Following(address(shared_relay), filters={"requestId": "fast"}) as following:
        following.states.get(timeout=60)
        for _ in range(20):
            relay.deliver(body(request="fast"))
        assert len(following.statuses(20)) == 20


def test_a_missing_state_directory_has_no_relay(tmp_path: Path) -> None:
    assert find_relay(tmp_path / "none") is None
