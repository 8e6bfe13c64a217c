"""The simulated shop of each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulator.driver import Driver


@pytest.fixture
def shop(tmp_path: Path) -> Driver:
    """A simulator without faults in its own directory."""
    return Driver(tmp_path)
