"""The simulator over real sockets and in real processes: faults, sharing, restarts."""

from __future__ import annotations

import email.utils
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from pjterm.errors import Unavailable, UsageFault
from pjterm.simulator.server import running, serve
from pjterm.simulator.server.embedded import Embedded
from pjterm.simulator.server.http_server import Exchange
from pjterm.simulator.shop.inventory import READERS
from tests.simulator.driver import CARD, T1, T2, Driver
from tests.simulator.wire import Serving, client

PAYMENT = f"/smartterminals/{T1}/request-payment"
FORM = {"amountBase": "12.50", "terminalId": "10001", "invoiceNumber": "7"}


def booked(directory: Path) -> int:
    """The number of charges once everything has completed."""
    shop = Driver(directory)
    shop.now = time.time() + 3600.0
    with shop.world.moment() as m:
        count = len(list(m.books.transactions()))
    shop.world.close()
    return count


def test_every_reply_has_an_id(tmp_path: Path) -> None:
    with Embedded(tmp_path) as simulator, client(simulator.url) as http:
        replies = [http.get("/nothing"), http.get("/terminals"), http.get("/terminals"),
                   http.get("/terminals", auth=("a", "b"))]  # fmt: skip

    assert [r.status_code for r in replies] == [404, 200, 429, 401]
    assert len({uuid.UUID(r.headers["X-Pj-Request-Id"]) for r in replies}) == 4
    assert {r.headers["Content-Type"] for r in replies} == {"application/json"}


def test_the_date_of_a_reply_follows_the_moved_clock(tmp_path: Path) -> None:
    with Embedded(tmp_path) as simulator, client(simulator.url) as http:
        http.post("/-/clock", json={"forward": 172_800})
        date = http.get("/terminals").headers["Date"]

    assert email.utils.parsedate_to_datetime(date).timestamp() - time.time() == pytest.approx(172_800, abs=60)


@pytest.mark.parametrize(
    "raw",
    [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", b"GET /\x00 HTTP/9\r\n\r\n"],
)
def test_a_rejection_by_the_library_has_the_same_shape(tmp_path: Path, raw: bytes) -> None:
    with (
        Embedded(tmp_path) as simulator,
        socket.create_connection(("127.0.0.1", int(simulator.url.rsplit(":", 1)[1])), timeout=5.0) as connection,
    ):
        connection.sendall(raw)
        head, _, body = read_all(connection).partition(b"\r\n\r\n")

    assert head.split()[1] == b"400"
    assert b"\r\nX-Pj-Request-Id: " in head
    assert json.loads(body) == {"errors": [{"message": "400 Bad Request"}]}


def read_all(connection: socket.socket) -> bytes:
    answer = b""
    while chunk := connection.recv(65536):
        answer += chunk
    return answer


def test_it_listens_on_loopback_and_may_be_closed_twice(tmp_path: Path) -> None:
    with Embedded(tmp_path) as simulator:
        assert simulator.url.startswith("http://127.0.0.1:")
    simulator.close()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(simulator.url.rsplit(":", 1)[1])), timeout=60)


@pytest.mark.parametrize(
    ("scenario", "charges"),
    [("reply-lost", 2), ("reply-lost-not-started", 1), ("http-500", 2), ("http-502-html", 2),
     ("truncated", 2), ("rate-limited", 1), ("proxy-page", 2)],
)  # fmt: skip
def test_a_fault_affects_only_the_first_of_equal_posts(tmp_path: Path, scenario: str, charges: int) -> None:
    """So a naive retry succeeds, and charges twice wherever the first one was taken."""
    answers = []
    with Embedded(tmp_path, scenario=scenario, speed=50.0) as simulator, client(simulator.url) as http:
        for _ in range(2):
            try:
                reply = http.post(PAYMENT, data=FORM)
                answers.append(f"{reply.status_code} {reply.headers['Content-Type']}")
                broken = reply.content if reply.status_code == 200 and not answers[1:] else b""
            except httpx.RemoteProtocolError:
                answers.append("none")
            time.sleep(0.12)

    expected = {
        "http-500": "500 application/json",
        "http-502-html": "502 text/html; charset=UTF-8",
        "truncated": "200 application/json",
        "rate-limited": "429 application/json",
        "proxy-page": "403 text/html; charset=UTF-8",
    }
    assert answers == [expected.get(scenario, "none"), "200 application/json"]
    assert booked(tmp_path) == charges
    if scenario == "truncated":
        with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
            json.loads(broken)


@pytest.mark.parametrize(("scenario", "own"), [("http-500", True), ("http-502-html", False), ("proxy-page", False)])
def test_an_intermediary_s_page_has_none_of_the_service_s_headers(tmp_path: Path, scenario: str, own: bool) -> None:
    with Embedded(tmp_path, scenario=scenario) as simulator, client(simulator.url) as http:
        headers = http.post(PAYMENT, data=FORM).headers

    assert ("X-Pj-Request-Id" in headers, headers["Server"] == "pjterm-simulator") == (own, own)


def test_another_body_is_affected_by_the_fault_again(tmp_path: Path) -> None:
    with Embedded(tmp_path, scenario="http-500") as simulator, client(simulator.url) as http:
        seen = []
        for invoice in ("1", "2", "1"):
            seen.append(http.post(PAYMENT, data=FORM | {"invoiceNumber": invoice}).status_code)
            time.sleep(0.12)

    assert seen == [500, 500, 200]


def test_a_rejected_post_is_not_hidden_by_a_fault(tmp_path: Path) -> None:
    with Embedded(tmp_path, scenario="reply-lost") as simulator, client(simulator.url) as http:
        assert http.post(PAYMENT, data={"amountBase": "x"}).status_code == 400


def test_a_call_arrives_when_its_body_is_complete(tmp_path: Path) -> None:
    """Otherwise its customer would act before the request is complete."""
    seen: list[Exchange] = []
    with Embedded(tmp_path, seen=seen.append) as simulator:
        port = int(simulator.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10.0) as caller:
            caller.sendall(f"POST {PAYMENT} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 3\r\n\r\n".encode())
            time.sleep(0.3)
            before = time.time()
            caller.sendall(b"a=b")
            assert caller.recv(100).startswith(b"HTTP/1.1 4")

    assert seen[0].at >= before


def test_two_simulators_share_one_world(tmp_path: Path) -> None:
    with Embedded(tmp_path) as one, Embedded(tmp_path) as two, client(one.url) as a, client(two.url) as b:
        request_id = a.post(PAYMENT, data=FORM).json()["requestPaymentId"]

        shown = b.get(f"/smartterminals/requests/{request_id}").json()
    assert shown["status"] in ("CONNECTING", "IN_PROGRESS")


def test_concurrent_first_starts_make_one_world(tmp_path: Path) -> None:
    gate = threading.Barrier(8)

    def start(_: int) -> str:
        gate.wait()
        with Embedded(tmp_path) as simulator, client(simulator.url) as http:
            return str(http.post(PAYMENT, data=FORM).json()["requestPaymentId"])

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(start, range(8)))

    shop = Driver(tmp_path)
    with shop.world.moment(time.time()) as m:
        kept = {i for i in ids if m.books.request(i) is not None}
    assert len(ids) == 8
    assert kept == ids


def test_bad_options_are_reported_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="neither a scenario nor a file"):
        Embedded(tmp_path, scenario="nonsense")
    with pytest.raises(UsageFault, match="--speed"):
        serve.run(port=0, directory=tmp_path, speed=0.0, announce=lambda *_: None, warn=print)
    with pytest.raises(UsageFault, match="loopback only"):
        serve.run(port=0, directory=tmp_path, webhook_url="https://example.com/", announce=lambda *_: None, warn=print)
    with pytest.raises(UsageFault, match="neither an https URL"):
        serve.run(port=0, directory=tmp_path, webhook_url="http://example.com/", announce=lambda *_: None, warn=print)
    assert list(tmp_path.iterdir()) == []


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "simulator.sqlite").write_bytes(b"not a database" * 100)

    with pytest.raises(UsageFault, match=r"simulator\.sqlite"):
        Embedded(tmp_path).start()


# -- access ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_files_are_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with Embedded(tmp_path / "new" / "state"), Embedded(tmp_path / "new" / "state"):
            running.record(tmp_path / "new" / "state", "http://127.0.0.1:1")
            files = {f.name: oct(f.stat().st_mode & 0o777) for f in (tmp_path / "new" / "state").iterdir()}
            directory = (tmp_path / "new" / "state").stat().st_mode & 0o777
    finally:
        os.umask(before)

    assert oct(directory) == "0o700"
    assert files == dict.fromkeys(
        ["simulator.json", "simulator.sqlite", "simulator.sqlite-shm", "simulator.sqlite-wal"], "0o600"
    )


def test_files_that_were_open_to_others_become_private(tmp_path: Path) -> None:
    Embedded(tmp_path).start()
    (tmp_path / "simulator.sqlite").chmod(0o666)
    with Embedded(tmp_path):
        assert oct((tmp_path / "simulator.sqlite").stat().st_mode & 0o777) == "0o600"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "rebound.example"}, 421),
        ({"Origin": "https://example.com"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": "localhost:1"}, 200),
    ],
)
@pytest.mark.parametrize("path", ["/terminals", "/healthz", "/-/readers"])
def test_no_page_of_another_origin_reaches_any_route(
    simulator: Embedded, path: str, headers: dict[str, str], status: int
) -> None:
    with client(simulator.url) as http:
        time.sleep(0.12)
        reply = http.get(path, headers=headers)

    assert (reply.status_code, "access-control-allow-origin" in reply.headers) == (status, False)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Embedded]:
    with Embedded() as made:
        yield made


def test_books_in_memory_are_separate_and_end_with_their_simulator() -> None:
    numbers = []
    with Embedded(speed=50.0) as one, Embedded(speed=50.0) as two:
        for simulated in (one, two):
            with client(simulated.url) as http:
                numbers.append(http.post("/transactions", data=CARD | {"amountBase": "5"}).json()["transactionId"])

    assert numbers == [10001, 10001]


def test_a_key_waits_for_its_reader(tmp_path: Path) -> None:
    """The tap comes first, the payment a moment later."""
    with Embedded(tmp_path) as simulator, client(simulator.url) as http, ThreadPoolExecutor(1) as pool:
        http.post("/-/readers/wait")
        tap = pool.submit(httpx.post, f"{simulator.url}/-/readers/T1/tap", json={"within": 30}, timeout=40.0)
        time.sleep(0.2)
        early = tap.done()
        request_id = http.post(PAYMENT, data=FORM).json()["requestPaymentId"]
        answer = tap.result()
        time.sleep(0.12)
        shown = http.get(f"/smartterminals/requests/{request_id}").json()

    assert (early, answer.status_code) == (False, 200)
    assert shown["transactionId"] == 10001


def test_a_key_without_a_request_is_finally_refused(simulator: Embedded) -> None:
    reply = httpx.post(f"{simulator.url}/-/readers/T2/tap", json={"within": 0.1})

    assert (reply.status_code, reply.json()["errors"][0]["message"]) == (409, "T2 waits for no customer.")


def test_a_parameter_that_payjunction_would_ignore_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Embedded(tmp_path) as simulator, client(simulator.url) as http:
        for _ in range(2):
            http.post(PAYMENT, data=FORM | {"showReciptPrompt": "false", "a\x1b[2J": "x"})
            time.sleep(0.12)

    assert [r.getMessage() for r in caplog.records] == [
        "POST /smartterminals/…/request-payment: ignored 'showReciptPrompt', 'a\\x1b[2J'"
    ]


# -- serve ----------------------------------------------------------------------------------------


def test_a_killed_serve_loses_no_request_and_no_transaction(tmp_path: Path) -> None:
    """Killed while one payment is at the reader and another is done; the next serve continues with both."""
    with Serving(tmp_path, speed=4.0) as first, client(first.url) as http:
        done = http.post(PAYMENT, data=FORM).json()["requestPaymentId"]
        time.sleep(0.7)
        running_on = http.post(PAYMENT.replace(T1, T2), data=FORM).json()["requestPaymentId"]
        first.end(kill=True)
    time.sleep(0.7)
    with Serving(tmp_path, speed=4.0) as second, client(second.url) as http:
        seen = []
        for request_id in (done, running_on):
            seen.append(http.get(f"/smartterminals/requests/{request_id}").json())
            time.sleep(0.12)

    assert seen == [{"status": "COMPLETE", "transactionId": 10001 + n} for n in (0, 1)]


def test_a_running_serve_is_found_and_a_dead_one_is_not(tmp_path: Path) -> None:
    assert running.find(tmp_path) is None
    with Serving(tmp_path) as serving:
        assert running.find(tmp_path) == serving.url
        assert json.loads((tmp_path / "simulator.json").read_text()) == {
            "url": serving.url, "pid": serving.process.pid,
        }  # fmt: skip
        serving.end(kill=True)
        assert (tmp_path / "simulator.json").exists(), "left behind"
        assert running.find(tmp_path) is None


def test_after_the_second_of_two_serves_ends_the_first_is_found_again(tmp_path: Path) -> None:
    with Serving(tmp_path) as one:
        with Serving(tmp_path) as two:
            assert running.find(tmp_path) == two.url
            _, said = two.end()
            assert f"another simulator runs on these books: {one.url}." in said
        assert running.find(tmp_path) == one.url


@pytest.mark.parametrize("kill", [True, False])
@pytest.mark.parametrize("ends_first", [0, 1])
def test_the_remaining_one_of_two_serves_is_found(tmp_path: Path, kill: bool, ends_first: int) -> None:
    with Serving(tmp_path) as one, Serving(tmp_path) as two:
        (one, two)[ends_first].end(kill=kill)

        assert running.find(tmp_path) == (one, two)[1 - ends_first].url
        (one, two)[1 - ends_first].end()
        assert running.find(tmp_path) is None


@pytest.mark.parametrize("kind", [Embedded, Serving])
def test_each_start_finds_readers_plugged_in_and_not_waiting(
    tmp_path: Path, kind: Callable[[Path], AbstractContextManager[Embedded | Serving]]
) -> None:
    with kind(tmp_path) as first, client(first.url) as http:
        assert http.post("/-/readers/wait").status_code == 200
        waited_for = http.post(PAYMENT, data=FORM).json()["requestPaymentId"]
        assert http.post("/-/readers/T2/unplug").status_code == 200
    with kind(tmp_path) as second, client(second.url) as http:
        left = http.get(f"/smartterminals/requests/{waited_for}").json()
        readers = http.get("/-/readers").json()["items"]

    assert left == {"status": "COMPLETE"}
    assert [(r["plugged"], r["state"]) for r in readers] == [(True, "idle")] * 2


def test_each_start_restarts_its_scenario_over_the_existing_books(tmp_path: Path) -> None:
    """The same body meets the fault again, and `nth` counts from this start, but a seed's ids continue."""
    scenario = tmp_path / "second.toml"
    scenario.write_text('[[request]]\nnth = 2\ncustomer = "cancels"\n[[http]]\nfault = "http-500"\n')
    answers, ids = [], []
    for _ in range(2):
        with Serving(tmp_path, scenario=str(scenario), seed=7) as serving, client(serving.url) as http:
            for _ in range(2):
                reply = http.post(PAYMENT, data=FORM)
                answers.append(reply.status_code)
                time.sleep(0.12)
            ids.append(reply.json()["requestPaymentId"])
            serving.end()
    shop = Driver(tmp_path)
    with shop.world.moment() as m:
        second = [m.books.request(i) for i in ids]

    assert answers == [500, 200, 500, 200]
    assert len(set(ids)) == 2
    assert [None if r is None else r.conduct["customer"] for r in second] == ["cancels"] * 2


def test_sigterm_ends_cleanly_and_removes_the_record(tmp_path: Path) -> None:
    with Serving(tmp_path) as serving:
        code, said = serving.end()

    assert (code, said) == (0, "")
    assert not (tmp_path / "simulator.json").exists()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"url": 1, "pid": 2}', '{"url": "http://127.0.0.1:1", "pid": 2}',
             '{"url": "http://example.com:80", "pid": 2}', '{"url": "http://127.0.0.1:x", "pid": 2}'],
)  # fmt: skip
def test_an_invalid_record_finds_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "simulator.json").write_text(text)

    assert running.find(tmp_path) is None


def test_another_service_on_the_port_is_not_taken_for_the_simulator(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5.0)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        (tmp_path / "simulator.json").write_text(json.dumps({"url": url, "pid": os.getpid()}))

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b'HTTP/1.0 200 OK\r\n\r\n{"status":"ok"}')

        thread = threading.Thread(target=answer)
        thread.start()
        assert running.find(tmp_path) is None
        thread.join()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(Unavailable, match="listened on"):
            serve.run(port=port, directory=tmp_path, announce=lambda *_: None, warn=print)


def test_the_readers_are_as_documented() -> None:
    assert [(r.name, r.id) for r in READERS] == [
        ("T1", "11111111-1111-4111-8111-111111111111"),
        ("T2", "22222222-2222-4222-8222-222222222222"),
    ]
