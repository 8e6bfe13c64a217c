"""Tests that run concurrently: most of their time they wait for limits, readers and customers.

A test marked `@together` takes a `Stage` instead of fixtures. The first one of a module starts all that were
selected, a few at a time; each then reports its own end.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.cli.till import Shop, Till

AT_ONCE = 6


class Stage:
    """The directory of one test, and the shops that it opens, which are closed after it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.stack = ExitStack()
        self._count = 0

    def open(self, scenario: str | None = None, speed: float = 50.0, **profile: Any) -> tuple[Shop, Till]:
        """A shop and a till whose profile points at it. A scenario with newlines is a file's text."""
        self._count += 1
        if scenario is not None and "\n" in scenario:
            path = self.root / f"scenario-{self._count}.toml"
            path.write_text(scenario)
            scenario = str(path)
        place = self.root / f"shop-{self._count}"
        shop = self.stack.enter_context(Shop(place, scenario=scenario, speed=speed))
        return shop, Till(self.root / f"till-{self._count}", shop.url, **profile)


Body = Callable[[Stage], None]


def together(body: Body) -> Callable[[Callable[[Body], None]], None]:
    """Make a body a test that runs concurrently with the others of its module."""

    def test(performed: Callable[[Body], None]) -> None:
        performed(body)

    test.__name__, test.__doc__, test.__module__ = body.__name__, body.__doc__, body.__module__
    test.body = body  # type: ignore[attr-defined]
    return test


def perform(root: Path, body: Body) -> None:
    """Run one body from beginning to end."""
    stage = Stage(root)
    with stage.stack:
        body(stage)
