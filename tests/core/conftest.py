"""The core never sleeps and never reads the clock; in its tests both raise."""

from __future__ import annotations

import time

import pytest

from tests.conftest import Forgotten


@pytest.fixture(autouse=True)
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is an argument of the core: a test that sleeps forgot to pass a moment."""

    def refuse(seconds: float) -> None:
        raise Forgotten(f"sleep({seconds}): hand in the time instead")

    monkeypatch.setattr(time, "sleep", refuse)
