"""A stage for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The flow of one command, with a journal of its own."""
    made = Stage(tmp_path)
    yield made
    made.journal.close()
