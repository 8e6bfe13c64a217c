"""Every event answered with 204 is stored: after kill -9 under load, and when the disk is full."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial

import pytest

from pjterm.events.sqlite.store import SqliteStore
from tests.relay.speak import Client, Process, body, eventually

if sys.platform == "win32":
    pytest.skip("signals and processes of POSIX", allow_module_level=True)

ROUNDS = 4
SENDERS = 8


def load(client: Client, kept: list[bytes], ending: threading.Event) -> None:
    """Send until stopped or until the relay dies; remember what was answered with 204."""
    while not ending.is_set():
        content = body()
        try:
            status = client.deliver(content).status
        except OSError:
            return
        if status == 204:
            kept.append(content)


def _enough(kept: list[bytes], many: int) -> bool:
    return len(kept) >= many


def test_kill_9_under_load_loses_no_acknowledged_event(
    launch: Callable[..., Process], capsys: pytest.CaptureFixture[str]
) -> None:
    """A process's death, not a power cut: test_sqlite asserts that the commit is synced."""
    process = launch()
    kept: list[bytes] = []
    counts = []
    for _ in range(ROUNDS):
        ending = threading.Event()
        senders = [threading.Thread(target=load, args=(process.client, kept, ending)) for _ in range(SENDERS)]
        before = len(kept)
        for sender in senders:
            sender.start()
        eventually(partial(_enough, kept, before + 80))
        process.kill()
        ending.set()
        for sender in senders:
            sender.join()
        counts.append(len(kept) - before)
        if len(counts) < ROUNDS:
            process.start()
    store = SqliteStore(process.state_dir / "events.sqlite", readonly=True)
    stored = {e.arrival.body for after in range(0, store.newest(), 1000) for e in store.read(after, 1000)}
    store.close()
    with capsys.disabled():
        print(f"\n  kill -9: {ROUNDS} rounds, answered 204: {counts}, missing: {len(set(kept) - stored)}")  # noqa: T201

    assert set(kept) <= stored


def test_a_full_disk_is_503_and_the_relay_recovers_by_itself(launch: Callable[..., Process]) -> None:
    """No file of the process may grow beyond 900 kB until the limit is lifted from outside."""
    process = launch(files=900_000)
    relay = process.client
    kept = []
    refused = None
    while refused is None:
        content = body(filler="x" * 5_000)
        reply = relay.deliver(content)
        if reply.status == 204:
            kept.append(content)
        else:
            refused = content, reply

    assert (refused[1].status, refused[1].headers["retry-after"]) == (503, "5")
    assert process.process.poll() is None
    assert relay.get("/healthz").status == 200

    process.process.send_signal(signal.SIGUSR1)
    eventually(lambda: relay.deliver(refused[0]).status == 204)
    items = [item["event"] for item in relay.page("?limit=1000")["items"]]

    assert items == [json.loads(content) for content in (*kept, refused[0])]
    log = process.log
    assert log is not None
    eventually(lambda: '"not-kept"' in log.read_text())


def test_a_store_too_large_for_its_disk_still_serves_readers(launch: Callable[..., Process]) -> None:
    process = launch(files=900_000)
    relay = process.client
    kept = 0
    while relay.deliver(body(filler="x" * 5_000)).status == 204:
        kept += 1

    assert len(relay.page("?limit=1000")["items"]) == kept > 0
    with relay.stream("?after=0") as stream:
        assert stream.item()["cursor"] == 1
