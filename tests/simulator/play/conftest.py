"""A simulator without a network, for what needs none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulator.driver import Driver


@pytest.fixture
def shop(tmp_path: Path) -> Driver:
    return Driver(tmp_path)
