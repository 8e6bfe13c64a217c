"""A stage for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pjterm.core.entry import Entry
from tests.flow.stage import CHARGE, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The flow of one command, with its own journal."""
    made = Stage(tmp_path)
    yield made
    made.journal.close()


@pytest.fixture
def entry(stage: Stage) -> Entry:
    """A payment that is about to be sent."""
    made = stage.entry(CHARGE)
    stage.signals.arm()
    return made
