"""Command trees, built once for each command: a start of its own would take 4 ms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer.main

from pjterm.cli.app import tree
from pjterm.cli.catalog import typed_command

_trees: dict[str | None, Callable[..., Any]] = {}


def tree_of(argv: list[str]) -> Callable[..., Any]:
    """The command tree of a line."""
    word = typed_command(argv)
    if word not in _trees:
        _trees[word] = typer.main.get_command(tree(argv))
    return _trees[word]
