"""Shops and tills, made for a test and closed after it; and tests that run concurrently."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cli.memory import Stage
from tests.cli.till import Shop, Till
from tests.cli.together import AT_ONCE, Body, perform
from tests.world.conftest import place as place


@pytest.fixture
def shop_and_till(tmp_path: Path) -> Iterator[tuple[Shop, Till]]:
    """A shop without faults, fifty times faster than real time, and a till."""
    with Shop(tmp_path / "shop") as shop:
        yield shop, Till(tmp_path / "till", shop.url)


@pytest.fixture
def stage(place: Path) -> Iterator[Stage]:
    """Shops and tills in this process and in virtual time."""
    made = Stage(place)
    with made.stack:
        yield made


@pytest.fixture(scope="module")
def performed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Body], None]]:
    """Starts all selected bodies of the module; returns the end of one of them."""
    mine = [i for i in request.session.items if getattr(i, "module", None) is request.module]
    bodies = [b for b in (getattr(getattr(i, "function", None), "body", None) for i in mine) if b is not None]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = {b: pool.submit(perform, tmp_path_factory.mktemp(b.__name__[:40]), b) for b in bodies}
        yield lambda body: running[body].result()
