"""Webhooks: subscriptions, the exact bytes, signatures, retries, and what scenarios do to them."""

from __future__ import annotations

import hmac
import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from pjterm.simulator.server import sender
from pjterm.simulator.server.embedded import Embedded
from pjterm.simulator.shop import webhooks
from pjterm.simulator.shop.scenarios import Fate, HookRule, Scenario
from tests.simulator.driver import T1, Driver, wrong
from tests.simulator.wire import client

# fmt: off
B1 = ("3df99340-5f86-4a60-9976-b0a7ce3a77a3", "2023-06-30T21:51:08.131Z", "TRANSACTION",
      {"transactionId": 313875})
B2 = ("870e9f82-4840-4da5-a109-a390df7eb6ab", "2023-10-03T16:54:21.435Z", "SMARTTERMINAL_REQUEST",
      {"requestId": "37fa5c74-6315-4838-a07c-4b73a600e729", "promptButton": "No", "status": "COMPLETE"})
# fmt: on


@pytest.mark.parametrize(
    ("event", "size", "secret", "digest"),
    [
        (B1, 166, "pjterm-test-secret", "1a63128abf107bb3c0565f5a0a5c8c25de933873c59907206630fb54fc3b23dc"),
        (B1, 166, "clé-✓", "bd8c4ad9d997b3ae81d6f30f1e4348cfd2816314ba382e257a9fe4f0272ac480"),
        (B2, 258, "pjterm-test-secret", "634d072488a1f0c4e4094fbdf52e33af5689919b731a01b079713bf1c0970726"),
    ],
)
def test_body_and_signature_match_the_known_vectors(
    event: tuple[str, str, str, dict[str, Any]], size: int, secret: str, digest: str
) -> None:
    body = webhooks.body_of(*event)

    assert len(body) == size
    assert webhooks.sign(secret, body) == digest


# -- subscriptions --------------------------------------------------------------------------------


def subscribe(shop: Driver, **form: str) -> dict[str, Any]:
    said: dict[str, Any] = shop.post(
        "/webhooks", {"event": "SMARTTERMINAL_REQUEST", "url": "https://example.com/hook"} | form
    )
    shop.now += 1.0
    return said


def test_a_subscription_is_shown_without_its_secret(shop: Driver) -> None:
    said = subscribe(shop, secret="s")

    assert set(said) == {"webhookId", "events", "url", "created"}
    assert said["events"] == ["SMARTTERMINAL_REQUEST"]
    assert shop.get("/webhooks")["results"] == [said]


def test_event_and_url_are_required(shop: Driver) -> None:
    assert wrong(shop.call("POST", "/webhooks")) == [("event", "required"), ("url", "required")]


@pytest.mark.parametrize(
    "url", ["https://example.com/hook", "http://x.requestcatcher.com/", "http://127.0.0.1:8710/webhooks/a",
            "http://localhost:1/", "http://[::1]:9/x"],
)  # fmt: skip
def test_good_urls(shop: Driver, url: str) -> None:
    assert subscribe(shop, url=url)["url"] == url


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://example.com:443/", "https://example.com:8443/", "ftp://example.com/",
            "example.com", "https://", "https://u:p@example.com/", "https://example.com/a b", "https://[::1",
            "https://example.com/" + "x" * 240, "https://é.example/", "http://127.0.0.1:99999/",
            "http://requestcatcher.com.example/"],
)  # fmt: skip
def test_bad_urls(shop: Driver, url: str) -> None:
    form = {"event": "TRANSACTION", "url": url}

    assert wrong(shop.call("POST", "/webhooks", form)) == [("url", "invalid")]


def test_the_eleventh_is_rejected_with_403(shop: Driver) -> None:
    for _ in range(10):
        subscribe(shop)

    assert shop.call("POST", "/webhooks", {"event": "TRANSACTION", "url": "https://e.com/"}).status == 403


def test_put_changes_only_what_is_sent_and_an_empty_secret_clears_it(shop: Driver) -> None:
    made = subscribe(shop, secret="first")
    path = f"/webhooks/{made['webhookId']}"
    secrets = []
    for form in ({"url": "https://example.com/other"}, {"secret": "second"}, {"secret": ""}):
        shop.put(path, form)
        with shop.world.moment() as m:
            secrets.append(m.books.subscriptions()[0].secret)

    assert secrets == ["first", "second", ""]
    assert shop.get("/webhooks")["results"][0]["url"] == "https://example.com/other"


def test_delete_is_204_and_then_404(shop: Driver) -> None:
    path = f"/webhooks/{subscribe(shop)['webhookId']}"

    assert [shop.call("DELETE", path).status for _ in range(2)] == [204, 404]
    assert shop.get("/webhooks")["results"] == []


# -- the queue, on the test's clock ---------------------------------------------------------------


def queued(shop: Driver) -> list[tuple[float, dict[str, Any]]]:
    """Seconds from now and body of each webhook in the queue."""
    with shop.world.moment() as m:
        return [(round(d.due - shop.now, 3), json.loads(d.body)) for d in m.books.deliveries(shop.now + 1e9)]


def sent(shop: Driver) -> list[tuple[float, str, bool]]:
    """Time, status, and whether there is a result, for the webhooks of one complete payment."""
    subscribe(shop)
    shop.pay()
    shop.now += 30.0
    events = [(round(at + 30.0, 3), event["data"]) for at, event in queued(shop)]
    return [(at, data["status"], "transactionId" in data) for at, data in events]


PLAIN = [(0.0, "CONNECTING", False), (0.2, "IN_PROGRESS", False), (2.0, "IN_PROGRESS", True),
         (2.5, "COMPLETE", True)]  # fmt: skip


def test_each_change_is_one_event_at_its_time(shop: Driver) -> None:
    assert sent(shop) == PLAIN


def test_a_late_result_is_missing_from_the_webhook_too(tmp_path: Path) -> None:
    assert sent(Driver(tmp_path, "late-result")) == [
        *PLAIN[:2], (2.5, "COMPLETE", False), (5.5, "COMPLETE", True),
    ]  # fmt: skip


def test_lost_repeated_late_and_out_of_order(tmp_path: Path) -> None:
    seen = {n: sent(Driver(tmp_path / n, f"webhook-{n}")) for n in ("lost", "twice", "late", "out-of-order")}

    assert seen["lost"] == []
    assert seen["twice"] == [event for event in PLAIN for _ in range(2)]
    assert seen["late"] == [(at + 5.0, *rest) for at, *rest in PLAIN]
    assert [e[1:] for e in seen["out-of-order"]] == [e[1:] for e in reversed(PLAIN)]


def test_same_id_has_different_content_and_decreasing_times(tmp_path: Path) -> None:
    shop = Driver(tmp_path, "webhook-same-id")
    sent(shop)
    events = [e for _, e in queued(shop)]

    assert len({e["id"] for e in events}) == 1
    assert len({json.dumps(e["data"]) for e in events}) == 4
    assert [e["created"] for e in events] == sorted((e["created"] for e in events), reverse=True)


@pytest.mark.parametrize("fate", [Fate.BAD_SIGNATURE, Fate.UNSIGNED])
def test_an_integration_that_trusts_unsigned_events_sees_a_false_end(tmp_path: Path, fate: Fate) -> None:
    """Otherwise an integration that never checks a signature would pass."""
    shop = Driver(tmp_path, Scenario("x", "x", hooks=(HookRule(fate),)))

    assert [event[1:] for event in sent(shop)] == [("COMPLETE", False)] * 4


def test_a_fate_may_affect_one_status_only(tmp_path: Path) -> None:
    scenario = Scenario("one", "", hooks=(HookRule(Fate.LOST, "COMPLETE"),))

    assert sent(Driver(tmp_path, scenario)) == PLAIN[:3]


def test_an_answer_after_a_reset_affects_no_webhook_of_the_new_world(shop: Driver) -> None:
    on_the_way = []
    for _ in range(2):
        shop.world.reset()
        subscribe(shop)
        shop.pay()
        with shop.world.moment() as m:
            on_the_way += m.books.deliveries(m.now)
    before, after = on_the_way
    with shop.world.moment() as m:
        m.books.postpone(before, 1, m.now + 30.0)
        m.books.delivered(before)

        assert m.books.deliveries(m.now) == [after]


def test_bookkeeping_events_name_the_transaction(shop: Driver) -> None:
    for event in ("TRANSACTION", "SMARTTERMINAL_TRANSACTION", "TRANSACTION_SIGNATURE"):
        subscribe(shop, event=event)
    request_id = shop.pay()
    shop.now += 3.0
    sent_data = {e["type"]: e["data"] for _, e in queued(shop)}

    assert sent_data == {
        "TRANSACTION": {"transactionId": 10001},
        "SMARTTERMINAL_TRANSACTION": {"requestPaymentId": request_id, "smartTerminalId": T1,
                                      "transactionId": "10001"},
        "TRANSACTION_SIGNATURE": {"transactionId": "10001"},
    }  # fmt: skip


def test_settled_batches_deposits_and_customers_are_events(shop: Driver) -> None:
    for event in ("SETTLEMENT", "DEPOSIT", "CUSTOMER"):
        subscribe(shop, event=event)
    shop.paid()
    customer = shop.post("/customers")["customerId"]
    shop.now += 86_400.0
    seen = {event["type"]: event["data"] for _, event in queued(shop)}
    deposit = shop.get("/deposits")["results"][0]["depositId"]

    assert seen == {
        "SETTLEMENT": {"settlementId": 501}, "DEPOSIT": {"depositId": deposit}, "CUSTOMER": {"customerId": customer},
    }  # fmt: skip


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 30), (4, 30), (5, 300), (9, 300), (10, 3600), (50, 3600)])
def test_the_documented_retry_schedule(attempts: int, seconds: float) -> None:
    """30 s after each of the first four attempts, 5 min after the fifth to ninth, then an hour."""
    assert sender.retry_after(attempts) == seconds


# -- on the wire ----------------------------------------------------------------------------------


@dataclass
class Receiver:
    """A raw socket that records every request and answers the given statuses, the last one forever."""

    statuses: list[int]
    seen: list[bytes] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)
    port: int = 0

    @contextmanager
    def listening(self) -> Iterator[Receiver]:
        receiver = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                receiver.take(self)

        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
            server.daemon_threads = True
            self.port = server.server_address[1]
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()

    def take(self, handler: socketserver.StreamRequestHandler) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = handler.rfile.readline()
            if not line:
                return
            head += line
        size = next(int(x.split(b":")[1]) for x in head.split(b"\r\n") if x.startswith(b"Content-Length"))
        body = handler.rfile.read(size)
        with self.arrived:
            status = self.statuses[min(len(self.seen), len(self.statuses) - 1)]
            self.seen.append(head + body)
            self.arrived.notify_all()
        handler.wfile.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status)

    def wait_for(self, count: int) -> list[bytes]:
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.seen) >= count, timeout=60.0)
            return list(self.seen)


@contextmanager
def talking(directory: Path, receiver: Receiver, **options: Any) -> Iterator[httpx.Client]:
    """A simulator whose webhooks go to the receiver, and a client for it."""
    with Embedded(directory, **options) as simulator, client(simulator.url) as http:
        form = {"event": "SMARTTERMINAL_REQUEST", "secret": "s3cret",
                "url": f"http://127.0.0.1:{receiver.port}/hook?x=1"}  # fmt: skip
        assert http.post("/webhooks", data=form).status_code == 200
        time.sleep(0.1)  # the documented limit of a login
        paid = {"amountBase": "12.50", "terminalId": "10001"}
        assert http.post(f"/smartterminals/{T1}/request-payment", data=paid).status_code == 200
        yield http


def test_a_webhook_on_the_wire_looks_like_the_article(tmp_path: Path) -> None:
    with Receiver([204]).listening() as receiver, talking(tmp_path, receiver, speed=20.0):
        requests = receiver.wait_for(4)
    head, _, body = requests[-1].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    digest = hmac.new(b"s3cret", body, sha256).hexdigest()

    assert lines == [
        "POST /hook?x=1 HTTP/1.1",
        f"Host: 127.0.0.1:{receiver.port}",
        "Connection: close",
        "Accept-Encoding: gzip,deflate",
        f"Content-Length: {len(body)}",
        "Content-Type: application/json",
        "Pj-Account: 44444444-4444-4444-8444-444444444444",
        "Pj-Merchant: 33333333-3333-4333-8333-333333333333",
        "User-Agent: PayJunction WebHook",
        f"X-Pj-Signature: {digest}",
    ]
    assert body.startswith(b'{\n  "id" : "')
    statuses = [json.loads(r.partition(b"\r\n\r\n")[2])["data"]["status"] for r in requests]
    assert statuses == ["CONNECTING", "IN_PROGRESS", "IN_PROGRESS", "COMPLETE"]


def test_a_webhook_not_answered_with_2xx_is_repeated(tmp_path: Path) -> None:
    """The schedule's first 30 s are 0.3 s at speed 100."""
    with Receiver([500, 404, 302, 200]).listening() as receiver, talking(tmp_path, receiver, speed=100.0):
        requests = receiver.wait_for(7)

    bodies = [r.partition(b"\r\n\r\n")[2] for r in requests]
    assert sorted(bodies.count(b) for b in set(bodies)) == [1, 2, 2, 2]


def test_a_bad_signature_is_really_wrong(tmp_path: Path) -> None:
    with (
        Receiver([200]).listening() as receiver,
        talking(tmp_path, receiver, speed=20.0, scenario="webhook-bad-signature"),
    ):
        head, _, body = receiver.wait_for(1)[0].partition(b"\r\n\r\n")
    digest = hmac.new(b"s3cret", body, sha256).hexdigest().encode()

    assert b"X-Pj-Signature: " in head
    assert digest not in head


def test_the_queue_outlives_the_process(tmp_path: Path) -> None:
    """Webhooks queued by a process that has ended are sent by the next one."""
    shop = Driver(tmp_path)
    with Receiver([200]).listening() as receiver:
        subscribe(shop, url=f"http://127.0.0.1:{receiver.port}/")
        shop.pay()
        shop.world.close()
        with Embedded(tmp_path, clock=lambda: shop.now + 3.0):
            requests = receiver.wait_for(4)

    assert b'"CONNECTING"' in requests[0]
    assert b"X-Pj-Signature" not in requests[0], "no secret, no signature"


def test_webhooks_stay_on_this_machine(tmp_path: Path) -> None:
    """A subscription to another host is allowed, but its webhooks are dropped without --allow-outbound."""
    shop = Driver(tmp_path)
    subscribe(shop, url="https://example.com/hook")
    shop.pay()
    shop.world.close()
    with Embedded(tmp_path, clock=lambda: shop.now + 3.0) as simulator:
        for _ in range(200):
            time.sleep(0.01)
            if not queued(later := Driver(tmp_path)):
                break
        assert queued(later) == []
        assert simulator.url
