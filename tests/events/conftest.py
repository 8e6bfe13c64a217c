"""The stores that every test of the store contract runs on."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from pjterm.events.sqlite.store import SqliteStore
from pjterm.events.store import Store
from tests.events.fixtures import broker as broker
from tests.events.memory import MemoryStore


@pytest.fixture(params=["memory", "sqlite", "jetstream"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Every store, for the tests of the store contract."""
    made: Store
    if request.param == "jetstream":
        broker = request.getfixturevalue("broker")
        from tests.events.shared import Shared

        made = Shared(broker, tmp_path / "events.sqlite", f"S{secrets.token_hex(6)}")
    else:
        made = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "events.sqlite")
    yield made
    made.close()
