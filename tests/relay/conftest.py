"""Relays for the tests: real processes on free ports, ended by their fixture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pjterm.events.sqlite.store import SqliteStore
from tests.events.fixtures import broker as broker
from tests.relay.inside import Inside
from tests.relay.speak import Client, Process


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start relays; those still running at the end are stopped."""
    started: list[Process] = []

    def start(name: str = "state", **options: Any) -> Process:
        process = Process(tmp_path / name, options)
        started.append(process)
        return process.start()

    yield start
    for process in started:
        process.stop()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Client]:
    """A relay inside this process that starts empty and serves only this test."""
    store = SqliteStore(tmp_path / "own.sqlite")
    with Inside(store, tmp_path / "own") as client:
        yield client
    store.close()


@pytest.fixture(scope="session")
def shared_relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """One relay for all tests that only check answers; it serves `labs` and `shop`."""
    secrets = {"labs": ["pjterm-test-secret", "the-next-secret"], "shop": ["clé-✓"]}
    process = Process(tmp_path_factory.mktemp("relay") / "state", {"secrets": secrets}).start()
    yield process
    assert process.stop() == 0


@pytest.fixture
def relay(shared_relay: Process) -> Client:
    return shared_relay.client
