"""Pages, streams, raw deliveries, health, metrics and status, as followers request them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from pjterm.events.event import Event, now_ms
from pjterm.events.store import ANY, Due, Filters, Gap
from pjterm.relay.client.address import rotate
from pjterm.relay.server.history import History
from tests.events.memory import MemoryStore
from tests.events.test_store import arrival, removal
from tests.relay.inside import Inside
from tests.relay.speak import Client, Process, body, eventually, request


def test_a_page_has_items_and_the_next_cursor(relay: Client) -> None:
    for _ in range(3):
        relay.deliver(body(request="page"))
    page = relay.page("?requestId=page&limit=2")
    rest = relay.page(f"?requestId=page&after={page['next']}")

    assert list(page) == ["items", "next"]
    assert [len(page["items"]), len(rest["items"])] == [2, 1]
    assert list(page["items"][0]) == [
        "cursor", "receivedAt", "profile", "verified", "sameIdAs", "deliveries", "event",
    ]  # fmt: skip
    assert rest["next"] == rest["items"][0]["cursor"]


def test_a_page_without_after_starts_at_the_oldest_and_has_100_items(own: Client) -> None:
    relay = own
    for _ in range(101):
        relay.deliver(body())
    page = relay.page()

    assert [page["items"][0]["cursor"], len(page["items"]), page["next"]] == [1, 100, 100]
    assert len(relay.page("?limit=1000")["items"]) == 101
    assert relay.page("?after=101") == {"items": [], "next": 101}


def test_filters_narrow_a_page(relay: Client) -> None:
    name = str(uuid.uuid4())
    relay.deliver(body(request=name))

    assert len(relay.page(f"?requestId={name}&profile=labs&type=SMARTTERMINAL_REQUEST")["items"]) == 1
    assert relay.page(f"?requestId={name}&profile=shop")["items"] == []
    assert relay.page(f"?requestId={name}&type=DEPOSIT")["items"] == []


@pytest.mark.parametrize(
    "query",
    ["?request=r", "?limit=0", "?limit=1001", "?limit=x", "?limit=-1", "?after=-1", "?after=1.5", "?after=%31%00",
     "?after=1&after=2", "?profile=a&profile=b", "?limit=", f"?requestId={'x' * 256}"],
)  # fmt: skip
def test_a_malformed_query_is_400(relay: Client, query: str) -> None:
    assert relay.get(f"/events{query}").status == 400


@pytest.mark.parametrize("path", ["/events", "/events/1/raw", "/metrics", "/status"])
def test_follower_routes_require_the_token_and_a_valid_host(relay: Client, path: str) -> None:
    assert relay.get(path, token=False).status == 401
    assert relay.get(path, "Authorization: Bearer wrong", token=False).status == 401
    assert relay.get(path, f"Authorization: Basic {relay.token}", token=False).status == 401
    assert relay.get(path, f"Authorization: Bearer {relay.token}").status == 401  # sent twice
    assert relay.get(path, host="evil.example").status == 421
    assert relay.get(path, host=f"evil.example:{relay.port}").status == 421
    assert relay.get(path, host=f"127.0.0.1:{relay.port + 1}").status == 421
    assert relay.get(path, host="127.0.0.1.evil.example").status == 421


def test_every_loopback_name_is_a_valid_host(relay: Client) -> None:
    hosts = [
        "127.0.0.1",
        f"127.0.0.1:{relay.port}",
        f"localhost:{relay.port}",
        f"[::1]:{relay.port}",
        "LOCALHOST",
    ]

    assert [relay.get("/events", host=host).status for host in hosts] == [200] * 5


def test_only_get_is_answered(relay: Client) -> None:
    for path in ("/events", "/healthz", "/metrics"):
        assert relay.send(request(b"", path=path)).status in (405, 421)


def test_health_is_public_and_proves_the_token_for_the_requested_url(relay: Client) -> None:
    asked = f"n-1\nhttp://localhost:{relay.port}".encode()
    proof = hmac.new(relay.token.encode(), asked, hashlib.sha256).hexdigest()
    reply = relay.get("/healthz?nonce=n-1", token=False, host=f"LOCALHOST:{relay.port}")

    assert relay.get("/healthz", token=False).json == {"status": "ok"}
    assert reply.json == {"status": "ok", "proof": proof}


@pytest.mark.parametrize("host", ["any.example", "127.0.0.1:1", "127.0.0.1:0x1", ""])
def test_health_is_refused_under_another_host_name(relay: Client, host: str) -> None:
    reply = relay.get("/healthz?nonce=n-1", token=False, host=host or " ")

    assert reply.status == 421
    assert list(reply.json) == ["error"]


@pytest.mark.parametrize("nonce", ["", "a%0Ab", "%E2%9C%93", "a%20b", "x" * 257])
def test_a_nonce_has_few_and_simple_characters(relay: Client, nonce: str) -> None:
    assert relay.get(f"/healthz?nonce={nonce}", token=False).status == 400


def test_raw_returns_the_exact_bytes_and_headers(relay: Client) -> None:
    content = body().replace(b"\n", b"\r\n\t ")
    relay.deliver(content, headers=("x-odd-CASE:   value ", "Set-Cookie: a=b", "X-Latin: \xe9"))
    cursor = relay.get("/status").json["events"]["newest"]
    reply = relay.get(f"/events/{cursor}/raw")
    block = base64.b64decode(reply.headers["x-pjterm-headers"])

    assert reply.body == content
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-odd-case"] == "value"
    assert "set-cookie" not in reply.headers
    assert b"x-odd-CASE:   value \r\nSet-Cookie: a=b\r\n" in block
    assert block.startswith(b"Host: yourserver.com\r\n")
    assert relay.get("/events/999999999/raw").status == 404
    assert relay.get("/events/x/raw").status == 404


def test_metrics_are_prometheus_text(relay: Client) -> None:
    relay.deliver(body())
    reply = relay.get("/metrics")
    lines = [line for line in reply.body.decode().splitlines() if not line.startswith("#")]

    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert all(len(line.rsplit(" ", 1)) == 2 and float(line.rsplit(" ", 1)[1]) >= 0 for line in lines)
    assert any(line.startswith('pjterm_relay_answers_total{route="webhooks",status="204"}') for line in lines)


def test_status_shows_when_each_profile_last_delivered_a_verified_event(launch: Callable[..., Process]) -> None:
    relay = launch(secrets={"labs": ["pjterm-test-secret"], "silent": ["x"]}).client
    relay.deliver(body())
    status = relay.get("/status").json
    labs, silent = status["profiles"]

    assert status["events"] == {"stored": 1, "oldest": 1, "newest": 1}
    assert (labs["profile"], labs["lastVerifiedAt"] is None) == ("labs", False)
    assert (silent["profile"], silent["lastVerifiedAt"]) == ("silent", None)


def test_a_stream_starts_now_and_sends_each_event_with_its_cursor(relay: Client) -> None:
    relay.deliver(body())
    with relay.stream() as stream:
        opening = stream.block()
        content = body(request="live")
        relay.deliver(content)
        block = stream.event()

    assert stream.headers["content-type"] == "text/event-stream"
    assert list(opening) == [""]
    assert block["event"] == "event"
    item = json.loads(block["data"])
    assert (item["event"], str(item["cursor"])) == (json.loads(content), block["id"])


def test_a_stream_with_after_zero_begins_at_the_oldest_and_continues_live(own: Client) -> None:
    relay = own
    for _ in range(250):
        relay.deliver(body())
    with relay.stream("?after=0") as stream:
        old = [stream.item()["cursor"] for _ in range(250)]
        relay.deliver(body())

        assert old == list(range(1, 251))
        assert stream.item()["cursor"] == 251


def test_a_stream_resumes_after_last_event_id_which_outranks_after(relay: Client) -> None:
    for _ in range(3):
        relay.deliver(body(request="resume"))
    first, *rest = (i["cursor"] for i in relay.page("?requestId=resume")["items"])
    with relay.stream("?requestId=resume&after=0", f"Last-Event-ID: {first}") as stream:
        assert [stream.item()["cursor"], stream.item()["cursor"]] == rest


def test_filters_are_applied_at_the_relay_live_and_in_replay(relay: Client) -> None:
    relay.deliver(body(request="mine", status="CONNECTING"))
    relay.deliver(body(request="other"))
    with relay.stream("?requestId=mine&after=0") as stream:
        seen = [stream.item()["event"]["data"]["status"]]
        relay.deliver(body(request="other"))
        relay.deliver(body(request="mine"))
        seen.append(stream.item()["event"]["data"]["status"])

    assert seen == ["CONNECTING", "COMPLETE"]


def test_a_repeat_is_not_sent_again(relay: Client) -> None:
    content = body(request="once")
    with relay.stream("?requestId=once") as stream:
        stream.block()
        relay.deliver(content)
        relay.deliver(content)
        relay.deliver(body(request="once"))

        assert stream.item()["event"] == json.loads(content)
        assert stream.item()["event"] != json.loads(content)


def test_the_exact_bytes_of_a_shortened_event_are_gone(tmp_path: Path) -> None:
    store = MemoryStore()
    with Inside(store, tmp_path) as relay:
        relay.deliver(body(request="r", inputValue="8006010230"))
        whole = relay.get("/events/1/raw")
        store.age(Due(10**14, cut_ms=10**14), 10)
        raw, page = relay.get("/events/1/raw"), relay.get("/events")

    assert b"8006010230" in whole.body
    assert raw.status == 410
    assert b"8006010230" not in page.body
    assert page.json["items"][0]["cut"] is True


def test_events_removed_by_retention_are_reported_as_a_gap(tmp_path: Path) -> None:
    store = MemoryStore()
    with Inside(store, tmp_path) as relay:
        for _ in range(5):
            relay.deliver(body())
        store.age(removal(10**14), 5)
        relay.deliver(body())
        with relay.stream("?after=2") as stream:
            gap, event = stream.event(), stream.event()
        pages = [relay.page("?after=2"), relay.page("?after=5")]
        nothing = relay.page("?after=2&type=NONE")

    assert (gap["event"], json.loads(gap["data"])) == ("gap", {"after": 2, "oldest": 6})
    assert (gap["id"], event["id"]) == ("5", "6")
    assert pages[0]["gap"] == {"after": 2, "oldest": 6}
    assert "gap" not in pages[1]
    assert (nothing["items"], nothing["next"]) == ([], 5), "the next page does not report it again"


@pytest.mark.parametrize("at", ["look", "read"])
def test_an_event_removed_while_history_is_read_is_read_or_reported(at: str) -> None:
    class Aging(MemoryStore):
        """Removes half of its events once, after a check for a gap or after a read."""

        def gap(self, after: int) -> Gap | None:
            found = super().gap(after)
            self.age(removal(2_000), 10 if at == "look" and self.oldest() == 1 else 0)
            return found

        def read(self, after: int, limit: int, filters: Filters = ANY, *, until: int | None = None) -> list[Event]:
            found = super().read(after, limit, filters, until=until)
            self.age(removal(2_000), 10 if at == "read" and self.oldest() == 1 else 0)
            return found

    store = Aging()
    store.append([arrival() for _ in range(20)])
    history = History(store)
    first = asyncio.run(history.stretch(2, 100))
    rest = asyncio.run(history.stretch(10, 100))
    history.close()

    assert (first.events, first.gap) == ([], (2, 11))
    assert [event.cursor for event in rest.events] == [*range(11, 21)]


def test_retention_removes_old_events_after_the_start(tmp_path: Path) -> None:
    store = MemoryStore()
    store.append([*(arrival(at=1) for _ in range(350)), *(arrival(at=now_ms()) for _ in range(50))])
    with Inside(store, tmp_path):
        eventually(lambda: store.oldest() == 351)


def test_a_cursor_from_the_future_is_a_gap_and_reading_starts_at_the_oldest(own: Client) -> None:
    """It belongs to a lost store: waiting for that number would mean silence."""
    relay = own
    relay.deliver(body())
    with relay.stream("?after=500") as stream:
        assert json.loads(stream.event()["data"]) == {"after": 500, "oldest": 1}
        assert stream.item()["cursor"] == 1
    page = relay.page("?after=500")

    assert (page["gap"], [item["cursor"] for item in page["items"]]) == ({"after": 500, "oldest": 1}, [1])
    assert "gap" not in relay.page("?after=1")


def test_a_follower_of_a_store_restored_from_a_backup_is_told_of_a_gap(own: Client) -> None:
    """Its cursors were reused and the store has the same identity; only the last event it saw shows the difference."""
    for name in ("e1", "e2", "n3", "n4"):
        own.deliver(body(event_id=name))
    with own.stream("?after=3", "X-Pjterm-Last-Event: labs/lost") as stream:
        gap, first = json.loads(stream.event()["data"]), stream.item()
    with own.stream("?after=3", "X-Pjterm-Last-Event: labs/e2") as stream:
        again = stream.item()
    with own.stream("?after=3", "X-Pjterm-Last-Event: labs/n3") as stream:
        goes_on = stream.item()

    assert (gap, first["cursor"]) == ({"after": 3, "oldest": 1}, 1)
    assert again["event"]["id"] == "e2"
    assert goes_on["event"]["id"] == "n4"


def test_a_rotated_token_ends_the_streams_of_the_old_one(own: Client, tmp_path: Path) -> None:
    with own.stream() as stream:
        stream.block()
        fresh = rotate(tmp_path / "own")

        assert stream.block() == {}
    assert own.get("/events").status == 401
    assert Client(own.port, fresh).get("/events").status == 200


def test_a_follower_that_does_not_read_is_cut_off_and_the_others_are_served(launch: Callable[..., Process]) -> None:
    process = launch()
    relay = process.client
    with relay.stream() as slow, relay.stream("?requestId=end") as quick:
        slow.block(), quick.block()
        filler = "x" * 60_000
        for _ in range(120):
            assert relay.deliver(body(filler=filler)).status == 204
        relay.deliver(body(request="end"))

        assert quick.item()["event"]["data"]["requestId"] == "end"
        eventually(lambda: relay.get("/status").json["followers"] == 1)
    assert process.memory_mib() < 150
