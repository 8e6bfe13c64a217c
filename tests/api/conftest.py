"""Clients and servers, closed after each test."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from pjterm.api.client import Api
from pjterm.api.rate_limit import Pace
from pjterm.api.transport import Exchange
from tests.api.calls import BASE, LOGIN, Clock
from tests.api.server import Server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connect(tmp_path: Path, clock: Clock) -> Iterator[Callable[..., Api]]:
    """Clients of the test's login, closed afterwards; the pace takes no time."""
    made: list[Api] = []

    def connect_(base: str = BASE, on_exchange: Callable[[Exchange], None] = lambda _: None) -> Api:
        pace = Pace(tmp_path, base, "shop", monotonic=partial(next, count(1.0)), sleep=lambda _: None)
        made.append(Api(base, LOGIN, pace, now=clock.now, pause=clock.pause, on_exchange=on_exchange))
        return made[-1]

    yield connect_
    for one in made:
        one.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    made: list[Server] = []

    def serve_(*answers: bytes | Callable[[socket.socket], None]) -> Server:
        made.append(Server(list(answers)))
        return made[-1]

    yield serve_
    for one in made:
        one.close()
