"""A fresh world for each test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world.till import Till, World

MEMORY = Path("/dev/shm")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world of its own, with its files in memory where the system has such a place."""
    root = Path(tempfile.mkdtemp(prefix="pjterm-world-", dir=MEMORY)) if MEMORY.is_dir() else tmp_path
    try:
        with World(root) as made:
            yield made
    finally:
        if root is not tmp_path:
            shutil.rmtree(root)


@pytest.fixture
def till(world: World) -> Till:
    """The shop's till, whose reader is T1."""
    return world.till()
