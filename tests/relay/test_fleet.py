"""Several relays on one JetStream stream: real servers, real relays."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.js import api

from pjterm.errors import Unavailable
from pjterm.events.event import Arrival
from pjterm.events.jetstream import messages
from pjterm.events.sqlite.store import SqliteStore
from pjterm.events.store import Store
from pjterm.relay.client.address import RelayAddress
from pjterm.relay.client.queries import fleet
from pjterm.relay.client.stream import Stream
from tests.events.broker import Broker, free_ports, store_folder, three
from tests.events.shared import Shared
from tests.events.test_store import arrival
from tests.relay.inside import Inside
from tests.relay.speak import Client, Process, body, sign

Launch = Callable[..., Process]


def options(broker: Broker, stream: str = "TILLS", **more: Any) -> dict[str, Any]:
    return {"store": f"{broker.url}/{stream}", "monitors": [broker.monitor], **more}


@pytest.fixture
def mortal() -> Iterator[Broker]:
    """A server of its own for a test that kills it."""
    with store_folder() as folder:
        server = Broker(folder).start()
        yield server
        server.kill()


def until(true: Callable[[], object], seconds: float = 20.0) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it never became true"
        time.sleep(0.02)


def ids(client: Client) -> list[str]:
    found: list[str] = []
    page = client.page("?limit=1000")
    while page["items"]:
        found += [item["event"]["id"] for item in page["items"]]
        page = client.page(f"?limit=1000&after={page['next']}")
    return found


def test_an_event_received_by_one_relay_is_shown_by_the_other(mortal: Broker, launch: Launch) -> None:
    one, two = (launch(name, **options(mortal)) for name in ("one", "two"))
    with two.client.stream("?requestId=r1") as stream:
        assert one.client.deliver(body(event_id="e1", request="r1")).status == 204
        assert stream.item()["event"]["id"] == "e1"


def test_repeats_through_both_relays_are_one_event_at_each(mortal: Broker, launch: Launch) -> None:
    one, two = (launch(name, **options(mortal)) for name in ("one", "two"))
    content = body(event_id="e1")
    answers = [relay.client.deliver(content).status for relay in (one, two, one, two)]
    two.client.deliver(body(event_id="last"))
    until(lambda: ids(one.client)[-1:] == ["last"])

    assert answers == [204] * 4
    assert ids(one.client) == ids(two.client) == ["e1", "last"]


def test_a_relay_that_was_away_catches_up(mortal: Broker, launch: Launch) -> None:
    one, two = (launch(name, **options(mortal)) for name in ("one", "two"))
    one.client.deliver(body(event_id="before"))
    two.kill()
    for n in range(50):
        one.client.deliver(body(event_id=f"away-{n}"))
    two.start()

    until(lambda: len(ids(two.client)) == 51)
    assert ids(two.client) == ids(one.client)


def test_without_the_server_the_answer_is_503_and_every_204_survives(
    mortal: Broker, launch: Launch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The server is killed under load three times, the relay once; no event answered with 204 is ever lost."""
    one, two = (launch(name, **options(mortal)) for name in ("one", "two"))
    kept: list[str] = []
    refused: list[int] = []
    ending = threading.Event()

    def load(relay: Process, who: int) -> None:
        number = 0
        while not ending.is_set():
            name, number = f"{who}-{number}", number + 1
            try:
                status = relay.client.deliver(body(event_id=name)).status
            except OSError:
                continue  # the relay itself is just being killed
            if status == 204:
                kept.append(name)
            else:
                refused.append(status)

    senders = [threading.Thread(target=load, args=(r, n)) for n, r in enumerate((one, two))]
    for sender in senders:
        sender.start()
    for _ in range(3):
        many = len(kept)
        until(lambda many=many: len(kept) > many + 20)  # type: ignore[misc]
        mortal.kill()
        before = len(refused)
        until(lambda before=before: len(refused) > before + 3, 30)  # type: ignore[misc]
        mortal.start()
    two.kill()
    two.start()
    many = len(kept)
    until(lambda: len(kept) > many + 20)
    ending.set()
    for sender in senders:
        sender.join()
    until(lambda: set(ids(one.client)) >= set(kept) and set(ids(two.client)) >= set(kept))
    with capsys.disabled():
        print(f"\n  {len(kept)} answered 204, all kept; {len(refused)} refused with 503")  # noqa: T201

    assert set(refused) <= {0, 503}
    assert len(ids(one.client)) == len(set(ids(one.client)))


@contextmanager
def breathless(server: Broker, seconds: float | None = None) -> Iterator[None]:
    """Suspend the server for a while (None: until the end of the block); it stays connected."""
    if sys.platform == "win32":
        pytest.skip("a process cannot be stopped there")
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)
    going_on = threading.Timer(seconds or 60.0, server.process.send_signal, (signal.SIGCONT,))
    going_on.start()
    try:
        yield
        if seconds is not None:
            going_on.join()
    finally:
        going_on.cancel()
        server.process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("seconds", [1.5, 3.5])
def test_a_late_acknowledgement_counts_and_each_delivery_is_stored_once(
    mortal: Broker, launch: Launch, seconds: float
) -> None:
    """However often the relay published it meanwhile."""
    relay = launch("one", **options(mortal))
    old, new = body(event_id="old"), body(event_id="new")
    answers = [relay.client.deliver(old).status]
    with breathless(mortal, seconds), ThreadPoolExecutor(2) as senders:
        answers += senders.map(lambda content: relay.client.deliver(content).status, (old, new))

    assert answers == [204, 204, 204]
    until(lambda: ids(relay.client) == ["old", "new"])
    assert [item["deliveries"] for item in relay.client.page()["items"]] == [2, 1]


def test_a_server_that_hangs_delays_no_delivery_beyond_the_limit(mortal: Broker, launch: Launch) -> None:
    """More events than the client can hold unsent: each is refused anyway, and is delivered again."""
    relay = launch("one", **options(mortal))
    padding = "x" * 60_000
    with breathless(mortal), ThreadPoolExecutor(60) as senders:
        answers = list(senders.map(lambda n: relay.client.deliver(body(event_id=f"e{n}", more=padding)), range(60)))

    assert {answer.status for answer in answers} == {503}
    until(lambda: relay.client.deliver(body(event_id="after")).status == 204)


@pytest.fixture
def stores() -> Iterator[Path]:
    with store_folder() as folder:
        yield folder


def test_one_of_three_servers_may_die_under_load(stores: Path, launch: Launch) -> None:
    servers = three(stores)
    try:
        places = ",".join(server.url.removeprefix("nats://") for server in servers)
        monitors = [server.monitor for server in servers]
        one, two = (launch(n, store=f"nats://{places}/TILLS", monitors=monitors) for n in ("one", "two"))
        kept = [f"before-{n}" for n in range(50) if one.client.deliver(body(event_id=f"before-{n}")).status == 204]
        servers[0].kill()
        for n in range(100):
            name = f"after-{n}"
            until(lambda name=name: two.client.deliver(body(event_id=name)).status == 204)  # type: ignore[misc]
            kept.append(name)
        until(lambda: set(ids(one.client)) == set(ids(two.client)) == set(kept))
        assert len(kept) == 150
    finally:
        for server in servers:
            server.kill()


def test_a_follower_that_moves_to_another_relay_misses_and_repeats_nothing(mortal: Broker, tmp_path: Path) -> None:
    """The relays' cursors differ: the second one stored other events before it joined."""
    alone = SqliteStore(tmp_path / "two" / "events.sqlite")
    alone.append([arrival(body(event_id=f"old-{n}")) for n in range(7)])
    alone.close()
    stores = [Shared(mortal, tmp_path / name / "events.sqlite", "TILLS") for name in ("one", "two")]
    heard: list[str] = []
    with Inside(stores[1], tmp_path / "two") as two:
        with Inside(stores[0], tmp_path / "one") as one:
            addresses = [RelayAddress(f"http://127.0.0.1:{c.port}", c.token) for c in (one, two)]
            stream = Stream(
                addresses[0], lambda item: heard.append(item["event"]["id"]), lambda _: None,
                after=0, again=lambda: addresses[1],
            )  # fmt: skip
            for n in range(20):
                one.deliver(body(event_id=f"a-{n}"))
            stream.start()
            until(lambda: len(heard) == 20)
        for n in range(20):
            two.deliver(body(event_id=f"b-{n}"))
        until(lambda: len(heard) >= 40)
        stream.stop()
    for store in stores:
        store.close()

    assert heard == [f"a-{n}" for n in range(20)] + [f"b-{n}" for n in range(20)]


def test_a_server_that_syncs_lazily_is_refused_unless_it_is_allowed(tmp_path: Path, launch: Launch) -> None:
    server = Broker(tmp_path / "lazy", synced=False).start()
    try:
        given = json.dumps({"state_dir": str(tmp_path / "state"), **options(server)})
        refused = subprocess.run(
            [sys.executable, "-m", "tests.relay.launch", given], capture_output=True, text=True, timeout=30
        )

        assert (refused.returncode, refused.stdout) == (2, "")
        assert "syncs every 2 minutes" in refused.stderr
        assert "--allow-unsynced" in refused.stderr
        assert "stream-made" not in refused.stderr
        assert launch("taken", **options(server, allow_unsynced=True)).client.deliver(body()).status == 204
    finally:
        server.kill()


def test_without_any_server_the_relay_does_not_start(tmp_path: Path) -> None:
    given = json.dumps({"state_dir": str(tmp_path / "state"), "store": f"nats://127.0.0.1:{free_ports(1)[0]}/TILLS"})
    refused = subprocess.run(
        [sys.executable, "-m", "tests.relay.launch", given], capture_output=True, text=True, timeout=30
    )

    assert (refused.returncode, refused.stdout) == (12, "")
    assert "no NATS server answers" in refused.stderr


def test_a_stream_that_lost_its_beginning_is_reported_to_followers_as_a_gap(mortal: Broker, tmp_path: Path) -> None:
    async def purge() -> None:
        client = await nats.connect(mortal.url)
        await client.jetstream().purge_stream("TILLS")
        await client.close()

    first = Shared(mortal, tmp_path / "one.sqlite", "TILLS")
    other = Shared(mortal, tmp_path / "two.sqlite", "TILLS")
    first.append([arrival() for _ in range(3)])
    assert other.catch_up(5)
    other.close()
    first.append([arrival() for _ in range(3)])
    asyncio.run(purge())
    first.append([arrival()])
    back: Store = Shared(mortal, tmp_path / "two.sqlite", "TILLS")

    assert back.catch_up(5)
    assert [e.cursor for e in back.read(0, 10)] == [1, 2, 3, 5]
    assert (back.gap(0), back.gap(3), back.gap(4), back.gap(5)) == ((3, 5), (3, 5), None, None)
    for store in (first, back):
        store.close()


def set_aside(server: Broker, copy: Path) -> None:
    """Copy the server's current state."""
    server.kill()
    shutil.copytree(server.folder / "jetstream", copy)
    server.start()


def go_back(server: Broker, copy: Path) -> None:
    """Restore the copy, as after a power cut: everything newer is gone."""
    server.kill()
    shutil.rmtree(server.folder / "jetstream")
    shutil.copytree(copy, server.folder / "jetstream")
    server.start()


@pytest.mark.parametrize("since", [0, 2, 5])
def test_events_lost_at_the_end_of_a_stream_are_restored_by_a_relay_that_has_them(
    mortal: Broker, tmp_path: Path, since: int
) -> None:
    """Servers that acknowledge before they sync lose the last events in a power cut: here, by restoring an older copy.

    Until a relay that has them is back, others may have taken the same sequence numbers.
    """
    one = Shared(mortal, tmp_path / "one.sqlite", "TILLS")
    sent = [arrival(body(event_id=f"e{n}")) for n in range(6)]
    later = [arrival(body(event_id=f"later-{n}")) for n in range(since)]
    one.append(sent[:3])
    set_aside(mortal, tmp_path / "older")
    until(lambda: one.describe()["following"])
    one.append(sent[3:])
    one.close()
    go_back(mortal, tmp_path / "older")
    two = Shared(mortal, tmp_path / "two.sqlite", "TILLS")
    two.append(later)
    one = Shared(mortal, tmp_path / "one.sqlite", "TILLS")
    until(lambda: two.newest() == one.newest() == 6 + since)
    until(lambda: one.catch_up(1))
    found = [sorted((e.arrival.event_id, e.deliveries) for e in store.read(0, 20)) for store in (one, two)]
    for store in (one, two):
        store.close()

    assert found[0] == found[1] == sorted((a.event_id, 1) for a in (*sent, *later))


def test_a_late_relay_of_a_stream_that_lost_its_end_misses_nothing(mortal: Broker, tmp_path: Path) -> None:
    """Another relay has already restored the lost events at other places: what is at ours proves nothing."""
    one, two = (Shared(mortal, tmp_path / f"{name}.sqlite", "TILLS") for name in ("one", "two"))
    sent = [arrival(body(event_id=f"e{n}")) for n in range(6)]
    one.append(sent[:3])
    assert two.catch_up(5)
    set_aside(mortal, tmp_path / "older")
    until(lambda: one.describe()["following"] and two.describe()["following"])
    one.append(sent[3:])
    until(lambda: two.newest() == 6)
    for store in (one, two):
        store.close()
    go_back(mortal, tmp_path / "older")
    three = Shared(mortal, tmp_path / "three.sqlite", "TILLS")
    three.append([arrival(body(event_id="new"))])
    two = Shared(mortal, tmp_path / "two.sqlite", "TILLS")
    until(lambda: three.newest() == 7)
    one = Shared(mortal, tmp_path / "one.sqlite", "TILLS")
    until(lambda: one.newest() == two.newest() == 7)
    found = [{e.arrival.event_id: e.deliveries for e in store.read(0, 20)} for store in (one, two, three)]
    for store in (one, two, three):
        store.close()

    assert found[0] == found[1] == found[2] == dict.fromkeys([*(a.event_id for a in sent), "new"], 1)


def test_the_fleet_lists_every_relay_with_lag_followers_and_last_delivery(mortal: Broker, launch: Launch) -> None:
    one, two = (launch(name, **options(mortal)) for name in ("one", "two"))
    two.client.deliver(body())
    with one.client.stream():
        until(lambda: any(r["followers"] for r in one.client.get("/fleet").json["items"]))
    two.stop()
    found = {r["url"]: r for r in one.client.get("/fleet").json["items"]}

    assert {url: r["state"] for url, r in found.items()} == {one.url: "up", two.url: "stopped"}
    assert found[one.url]["lastVerifiedAt"] is None
    assert found[two.url]["lastVerifiedAt"] is not None
    assert [r["lag"] for r in found.values()] == [0, 0]


def test_a_relay_without_a_server_says_so_instead_of_a_list(mortal: Broker, launch: Launch) -> None:
    one = launch("one", **options(mortal))
    mortal.kill()
    with pytest.raises(Unavailable) as caught:
        fleet(RelayAddress(one.url, one.client.token))

    assert "reaches no server" in caught.value.message
    assert "pjterm relay status" in str(caught.value.hint)


def test_a_single_relay_has_no_fleet(own: Client) -> None:
    assert own.get("/fleet").status == 404
    assert own.get("/fleet", token=False).status == 401


# -- the stream is not trusted --------------------------------------------------------------------------


async def publish(broker: Broker, arrival: Arrival, **changed: object) -> None:
    """Publish as another program with access to the stream: it signs nothing and sends anything it likes."""
    client = await nats.connect(broker.url)
    found = messages.headers(arrival, "another")
    known = json.loads(found[messages.ARRIVAL]) | changed
    await client.jetstream().publish(
        messages.subject("TILLS", arrival), arrival.body, headers={messages.ARRIVAL: json.dumps(known)}
    )
    await client.close()


def test_an_event_published_without_the_secret_is_stored_unverified(mortal: Broker, launch: Launch) -> None:
    """Each relay verifies each signature itself; an unsigned event is only a reason to poll."""
    relay = launch("one", **options(mortal)).client
    forged, signed = body(event_id="forged", status="BUSY"), body(event_id="signed")
    signature = f"X-Pj-Signature: {sign(signed)}\r\n".encode()
    asyncio.run(publish(mortal, arrival(forged)))
    asyncio.run(publish(mortal, replace(arrival(signed), headers=signature)))
    until(lambda: len(ids(relay)) == 2)

    assert [(i["event"]["id"], i["verified"]) for i in relay.page()["items"]] == [("forged", False), ("signed", True)]


def test_no_published_content_breaks_a_page(mortal: Broker, launch: Launch) -> None:
    relay = launch("one", **options(mortal)).client
    asyncio.run(publish(mortal, arrival(), receivedMs=2**52))
    asyncio.run(publish(mortal, replace(arrival(), body=b'{"id": "1", "type": "T", "data": {"x": 1e999}}')))
    assert relay.deliver(body(event_id="good")).status == 204
    until(lambda: ids(relay) == ["good"])

    assert relay.get("/status").json["store"]["lag"] == 0


async def make_stream(broker: Broker, most_consumers: int) -> None:
    client = await nats.connect(broker.url)
    config = api.StreamConfig(
        name="TILLS", subjects=["pjterm.TILLS.>"], max_consumers=most_consumers, duplicate_window=259_200
    )
    await client.jetstream().add_stream(config)
    await client.close()


def test_a_relay_that_cannot_follow_the_stream_is_not_ready_and_says_why(mortal: Broker, tmp_path: Path) -> None:
    """It would accept webhooks and see none of them."""
    asyncio.run(make_stream(mortal, 1))
    first = Shared(mortal, tmp_path / "one.sqlite", "TILLS")
    with pytest.raises(Unavailable, match=r"cannot follow the stream \(maximum consumers limit reached\)") as caught:
        Shared(mortal, tmp_path / "two.sqlite", "TILLS")
    lag = first.describe()["lag"]
    first.close()

    assert "max_consumers" in str(caught.value.hint)
    assert lag == 0


def test_the_lag_of_a_relay_without_its_server_is_unknown(mortal: Broker, tmp_path: Path) -> None:
    store = Shared(mortal, tmp_path / "one.sqlite", "TILLS")
    mortal.kill()
    until(lambda: not store.describe()["following"])
    described = store.describe()
    store.close()

    assert described["lag"] is None
    assert described["trouble"]
