"""The simulated shop of each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulator.driver import Driver


@pytest.fixture
def shop(tmp_path: Path) -> Driver:
    """A simulator in a directory of its own, where all goes well."""
    return Driver(tmp_path)
