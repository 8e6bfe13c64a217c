"""The pace of calls across all processes of this user: the API's two limits, and what must not block it."""

from __future__ import annotations

import json
import selectors
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from pjterm.api.rate_limit import PER_LOGIN, PER_REQUEST, Pace
from pjterm.system.locks import LockHeld
from tests import children


class Clock:
    """A monotonic clock that sleeping moves."""

    def __init__(self, at: float = 1000.0) -> None:
        self.at = at
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        assert seconds < 5, "it would wait forever"
        assert len(self.slept) < 50, "it would wait forever"
        self.slept.append(seconds)
        self.at += seconds


def paced(directory: Path, clock: Clock) -> Pace:
    return Pace(directory, "api", "shop", monotonic=lambda: clock.at, sleep=clock.sleep)


def call(pace: Pace, clock: Clock, request_id: str | None = None) -> float:
    """Make one call; the time at which it was written."""
    pace.turn(request_id)
    pace.written(request_id)
    return clock.at


def only_file(directory: Path) -> Path:
    (path,) = directory.iterdir()
    return path


# -- on a fake clock ------------------------------------------------------------------------------------


def test_calls_of_one_login_are_120_ms_apart_and_polls_of_one_request_550(tmp_path: Path) -> None:
    """The API allows 100 and 500 ms: with safety margins of 20 and 50 ms."""
    clock = Clock()
    pace = paced(tmp_path, clock)
    times = [call(pace, clock) for _ in range(4)]
    polls = [call(pace, clock, "r-1") for _ in range(3)]

    assert [round(b - a, 3) for a, b in pairwise(times)] == [0.12] * 3
    assert [round(b - a, 3) for a, b in pairwise(polls)] == [0.55] * 2


def test_an_early_poll_lets_other_calls_of_the_login_go_first(tmp_path: Path) -> None:
    """It waits without the lock, so it sees what other processes write meanwhile."""
    clock = Clock()
    pace, other = paced(tmp_path, clock), paced(tmp_path, clock)
    call(pace, clock, "r-1")
    written: list[float] = []

    def sleep(seconds: float) -> None:
        if not written:
            clock.at += PER_LOGIN
            written.append(call(other, clock, "r-2"))
        clock.sleep(seconds)

    Pace(tmp_path, "api", "shop", monotonic=lambda: clock.at, sleep=sleep).turn("r-1")

    assert len(written) == 1


def test_another_login_and_another_host_have_their_own_pace(tmp_path: Path) -> None:
    clock = Clock()
    for host, login in (("api", "shop"), ("api", "other"), ("labs", "shop")):
        Pace(tmp_path, host, login, monotonic=lambda: clock.at, sleep=clock.sleep).turn()

    assert clock.slept == []


def test_after_a_reboot_old_times_delay_calls_by_at_most_one_gap(tmp_path: Path) -> None:
    """The file was written a week after boot; now the machine has been up for a minute."""
    before, after = Clock(600_000.0), Clock(60.0)
    call(paced(tmp_path, before), before, "r-1")
    polled = call(paced(tmp_path, after), after, "r-1")

    assert 60.0 < polled <= 60.0 + PER_REQUEST + PER_LOGIN
    assert sum(after.slept) <= PER_REQUEST + PER_LOGIN


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "{\"\": \"x\"}", "{\"\": NaN}", "{\"r-1\": 1e999}", "\xff", "[" * 60_000, "{}}"]
)  # fmt: skip
def test_a_broken_file_counts_as_just_now_and_is_repaired(tmp_path: Path, text: str) -> None:
    clock = Clock()
    call(paced(tmp_path, clock), clock)
    path = only_file(tmp_path)
    path.write_text(text, encoding="latin-1")
    began = clock.at
    polled = call(paced(tmp_path, clock), clock, "r-1")

    assert polled - began <= PER_REQUEST + PER_LOGIN
    assert json.loads(path.read_text()) == {"": polled, "r-1": polled}


def test_half_a_file_still_keeps_both_limits(tmp_path: Path) -> None:
    """Its writer was killed between two bytes, just after its call was sent."""
    clock = Clock()
    call(paced(tmp_path, clock), clock, "r-1")
    path = only_file(tmp_path)
    path.write_bytes(path.read_bytes()[:5])
    began = clock.at

    assert call(paced(tmp_path, clock), clock, "r-1") - began >= 0.5


def test_without_a_writable_directory_the_pace_is_kept_within_this_process(tmp_path: Path) -> None:
    clock = Clock()
    (tmp_path / "file").write_text("no directory")
    pace = paced(tmp_path / "file", clock)
    times = [call(pace, clock) for _ in range(3)]

    assert [round(b - a, 3) for a, b in pairwise(times)] == [0.12] * 2


def test_a_call_that_was_never_written_delays_no_other(tmp_path: Path) -> None:
    clock = Clock()
    pace = paced(tmp_path, clock)
    pace.turn()
    pace.give_up()
    paced(tmp_path, clock).turn()

    assert clock.slept == []


def test_a_lock_that_is_never_released_is_given_up_and_named(tmp_path: Path) -> None:
    clock = Clock()
    paced(tmp_path, clock).turn()

    with pytest.raises(LockHeld, match=only_file(tmp_path).name):
        paced(tmp_path, clock).turn(patience=0.05)


@pytest.mark.parametrize("patience", [0.1, 1.0, 2.0])
def test_a_poll_that_keeps_losing_its_turn_is_given_up(tmp_path: Path, patience: float) -> None:
    """Several commands are following one request."""
    clock = Clock()
    other = paced(tmp_path, clock)

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        call(other, clock, "r-1")  # just before this one

    call(other, clock, "r-1")
    began = clock.at
    pace = Pace(tmp_path, "api", "shop", monotonic=lambda: clock.at, sleep=sleep)
    with pytest.raises(LockHeld, match="another command that polls this request"):
        pace.turn("r-1", patience)

    assert clock.at - began <= max(patience, 0.55) + 0.001


def test_the_gap_between_two_polls_is_kept_however_short_the_patience(tmp_path: Path) -> None:
    clock = Clock()
    pace = paced(tmp_path, clock)
    first = call(pace, clock, "r-1")
    pace.turn("r-1", 0.1)

    assert clock.at - first == pytest.approx(0.55)


def test_the_file_forgets_old_requests_and_is_private(tmp_path: Path) -> None:
    clock = Clock()
    pace = paced(tmp_path, clock)
    for n in range(100):
        call(pace, clock, f"r-{n}")
        clock.at += 0.5
    path = only_file(tmp_path)

    assert len(json.loads(path.read_text())) < 20
    assert path.stat().st_mode & 0o077 == 0


# -- twenty real processes -------------------------------------------------------------------------------


def arrived(connection: socket.socket) -> float:
    """When the last bytes arrived according to the kernel: this thread may wake up much later."""
    if sys.platform != "linux":
        return time.monotonic()
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    age: int = struct.unpack("<8B24I", info)[8 + 11]  # tcpi_last_data_recv, milliseconds
    return time.monotonic() - age / 1000


@contextmanager
def listener() -> Iterator[tuple[str, list[tuple[float, str]]]]:
    """A server that answers every poll and records when each arrived, and for which path."""
    seen: list[tuple[float, str]] = []
    door = socket.create_server(("127.0.0.1", 0), backlog=64)
    waker, woken = socket.socketpair()
    going = threading.Event()

    def serve() -> None:
        ready = selectors.DefaultSelector()
        for one in (door, woken):
            ready.register(one, selectors.EVENT_READ)
        while len(ready.get_map()) > 2 or not going.is_set():
            for key, _ in ready.select():
                if key.fileobj is woken:
                    going.set()
                    continue
                if key.fileobj is door:
                    ready.register(door.accept()[0], selectors.EVENT_READ)
                    continue
                connection = key.fileobj
                assert isinstance(connection, socket.socket)
                when = arrived(connection)
                data = connection.recv(65536)
                if not data:
                    ready.unregister(connection)
                    connection.close()
                    continue
                assert data.endswith(b"\r\n\r\n"), "a GET arrives in one piece"
                seen.append((when, data.split(b" ")[1].decode()))
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 24\r\n\r\n"
                    b'{"status":"IN_PROGRESS"}'
                )

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}", seen
    finally:
        waker.close()
        thread.join()
        for one in (door, woken):
            one.close()


def test_twenty_processes_on_one_login_break_no_limit(tmp_path: Path) -> None:
    """As the server sees it: no two calls within 100 ms, no two polls of one request within 0.5 s."""
    state = tmp_path / "state"
    state.mkdir()
    with listener() as (url, seen):
        given = [{"directory": str(state), "url": url, "count": 2, "request": f"r-{n % 10}"} for n in range(20)]
        children.together("call", given)
    calls = sorted(seen)
    polls: dict[str, list[float]] = {}
    for when, path in calls:
        polls.setdefault(path, []).append(when)

    assert len(calls) == 40
    assert min(b - a for (a, _), (b, _) in pairwise(calls)) >= 0.1
    assert min(b - a for times in polls.values() for a, b in pairwise(times)) >= 0.5


def test_the_quiet_time_is_measured_by_the_machine_s_clock(tmp_path: Path) -> None:
    clock = Clock()
    call(paced(tmp_path, clock), clock)
    clock.at += 5.0
    mine = paced(tmp_path, clock)
    call(mine, clock)
    clock.at += 1.0

    assert mine.quiet() == pytest.approx(6.0)


def test_a_login_that_never_called_has_been_quiet_forever(tmp_path: Path) -> None:
    assert paced(tmp_path, Clock()).quiet() == float("inf")


def test_it_is_not_quiet_while_another_process_calls(tmp_path: Path) -> None:
    clock = Clock()
    busy = paced(tmp_path, clock)
    busy.turn()

    assert paced(tmp_path, clock).quiet() == 0.0

    busy.written()
