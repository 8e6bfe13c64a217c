"""Shops and tills, made for a test and closed after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.cli.till import Shop, Till

Opens = Callable[..., tuple[Shop, Till]]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opens]:
    """Opens a shop (scenario, speed) and a till whose profile points at it."""
    with ExitStack() as stack:
        count = 0

        def open_(scenario: str | None = None, speed: float = 50.0, **profile: Any) -> tuple[Shop, Till]:
            nonlocal count
            count += 1
            shop = stack.enter_context(Shop(tmp_path / f"shop-{count}", scenario=scenario, speed=speed))
            return shop, Till(tmp_path / f"till-{count}", shop.url, **profile)

        yield open_


@pytest.fixture
def shop_and_till(opened: Opens) -> tuple[Shop, Till]:
    """A shop where all goes well, fifty times as fast as life, and a till."""
    return opened()
