"""The stage of the command line's tests, and what plays on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import performed
from tests.cli.together import Stage

__all__ = ["performed"]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """For tests of many rows, which cannot play together."""
    made = Stage(tmp_path)
    with made.stack:
        yield made
