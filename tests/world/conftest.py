"""A fresh world for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world.history import root
from tests.world.till import Till, World


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory for the files of a world, in memory if possible: a disk may take seconds to sync."""
    made = root()
    try:
        yield made
    finally:
        shutil.rmtree(made)


@pytest.fixture
def whole_way() -> None:
    """For tests whose commands use httpx and write files; most take the same shortcut as histories."""


@pytest.fixture
def world(place: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    """A separate world."""
    with World(place) as made:
        made.shortcut = "whole_way" not in request.fixturenames
        yield made


@pytest.fixture
def till(world: World) -> Till:
    """The shop's till, whose reader is T1."""
    return world.till()
