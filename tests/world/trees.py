"""Command trees, built once for each command: building one takes 4 ms."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import typer.main

from pjterm.cli.app import tree
from pjterm.cli.catalog import typed_command

_trees: dict[tuple[str | None, bool], Any] = {}
_lines: dict[tuple[str, ...], dict[str, Any]] = {}
"""Parsed lines; a rejected one is parsed each time."""
LINES = 20_000
"""The maximum number of them: the lines of a million sales do not fit into memory."""
MADE_UP = re.compile(r"till-\d+-\d+i?|K\d+i?|made-[0-9a-f]{10}")
"""Keys in histories."""
ANY = "\0"
"""The placeholder for a key in a stored line."""


def tree_of(argv: list[str]) -> Callable[..., Any]:
    """The command tree of a line."""
    named = typed_command(argv)
    shape = named, named in argv[:1]
    if shape not in _trees:
        _trees[shape] = typer.main.get_command(tree(argv))
        _keep_parser(_trees[shape])
    made: Callable[..., Any] = _trees[shape]
    return made


def remembering_tree_of(argv: list[str]) -> Callable[..., Any]:
    """Runs lines that begin with its command, and parses no line twice: histories often repeat lines.

    Typer takes a millisecond to go through the tree and a line. Subcommands are run by the tree.
    """
    root: Any = tree_of(argv)
    command = root.commands.get(argv[0])
    if command is None or hasattr(command, "commands"):
        made: Callable[..., Any] = root
        return made

    def run(args: list[str], prog_name: str, obj: Any, **_: Any) -> Any:
        top = root.context_class(root, info_name=prog_name, obj=obj, **root.context_settings)
        try:
            with _parsed(command, args, top) as ctx:
                return command.invoke(ctx)
        except typer.Exit as left:
            return left.exit_code

    return run


def _parsed(command: Any, args: list[str], top: Any) -> Any:
    """A parsed line. Lines that differ only in their key are the same line: it is a word like any other."""
    key = _key(args)
    line = tuple([ANY if word == key else word for word in args])
    kept = _lines.get(line)
    if kept is None:
        ctx = command.make_context(args[0], args[1:], parent=top)
        if len(_lines) == LINES:
            _lines.clear()
        _lines[line] = {"sources": dict(ctx._parameter_source), "params": _with_key(ctx.params, key, ANY)}
        return ctx
    ctx = command.context_class(command, info_name=args[0], parent=top, **command.context_settings)
    ctx._parameter_source.update(kept["sources"])
    ctx.params = _with_key(kept["params"], ANY, key)
    return ctx


def _key(args: list[str]) -> str:
    """The key of a sale if it is given exactly once; otherwise `ANY`, which nothing replaces."""
    keys = [word for before, word in pairwise(args) if before == "-k" and word[:1] != "-"]
    keys = keys or [word for word in args if MADE_UP.fullmatch(word)]
    return keys[0] if len(keys) == args.count(keys[0] if keys else "") == 1 else ANY


def _with_key(params: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """A copy of a line's values with another key in place of the old one."""
    return {
        name: tuple([new if word == old else word for word in part]) if type(part) is tuple
        else new if part == old else part
        for name, part in params.items()
    }  # fmt: skip


def _keep_parser(command: Any) -> None:
    """Let a command, and those below it, create their option parser once instead of for each line."""
    make, kept = command.make_parser, list[Any]()

    def make_parser(ctx: Any) -> Any:
        if not kept:
            kept.append(make(ctx))
        kept[0].ctx, kept[0].ignore_unknown_options = ctx, ctx.ignore_unknown_options
        return kept[0]

    command.make_parser = make_parser
    for below in getattr(command, "commands", {}).values():
        _keep_parser(below)
