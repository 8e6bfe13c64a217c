"""Fixtures shared by the tests of events and of the relay."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.events.broker import Broker, store_folder


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """One server for all tests that do not kill it."""
    with store_folder() as folder:
        server = Broker(folder).start()
        yield server
        server.kill()
