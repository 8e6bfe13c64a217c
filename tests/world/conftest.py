"""A fresh world for each test, and the list of those that are known to end wrong."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.world.known_wrong import KNOWN_WRONG
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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that is known to end wrong must fail by what it asserts; that it passes is a failure."""
    report = yield
    name = item.nodeid.rpartition("/")[2]
    if call.when != "call" or name not in KNOWN_WRONG:
        return report
    if report.passed:
        report.outcome = "failed"
        report.longrepr = f"{name} ends right: delete its line in tests/world/known_wrong.py"
    elif call.excinfo is not None and call.excinfo.errisinstance(AssertionError):
        report.outcome = "passed"
        report.longrepr = None
    return report
