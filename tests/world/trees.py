"""Command trees, built once for each command: a start of its own would take 4 ms."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import typer.main

from pjterm.cli.app import tree
from pjterm.cli.catalog import typed_command

_trees: dict[tuple[str | None, bool], Any] = {}
LINES = 2_000
"""Lines that a command keeps: a million sales type more than fit into memory."""
MADE_UP = re.compile(r"till-\d+-\d+i?|K\d+i?|made-[0-9a-f]{10}")
"""Keys of histories."""
ANY = "\0"
"""Stands for a key in what is kept of a line."""
_WORDS = ("params", "args", "_protected_args")
"""What is kept of a parsed line, and may hold its key."""
_PARSED = (*_WORDS, "_parameter_source", "_opt_prefixes")


def tree_of(argv: list[str]) -> Callable[..., Any]:
    """The command tree of a line."""
    return _built(argv, remembers=False)


def remembering_tree_of(argv: list[str]) -> Callable[..., Any]:
    """Likewise, but it keeps what a line was parsed to: histories type the same lines often, at a millisecond each."""
    return _built(argv, remembers=True)


def _built(argv: list[str], *, remembers: bool) -> Callable[..., Any]:
    named = typed_command(argv), remembers
    if named not in _trees:
        _trees[named] = typer.main.get_command(tree(argv))
        _keep_parser(_trees[named])
        if remembers:
            _remember(_trees[named])
    made: Callable[..., Any] = _trees[named]
    return made


def _remember(command: Any) -> None:
    """Have a command, and those below it, parse no line a second time; one that is refused is parsed each time.

    Lines that differ in their key only are the same line: it is a word like any other.
    """
    parse, known = command.parse_args, dict[tuple[str, ...], dict[str, Any]]()

    def parse_args(ctx: Any, args: list[str]) -> list[str]:
        key = _key(args)
        line = tuple([ANY if word == key else word for word in args])
        if line not in known:
            parse(ctx, args)
            if len(known) == LINES:
                known.clear()
            known[line] = {name: _copy(name, vars(ctx)[name], key, ANY) for name in _PARSED}
        vars(ctx).update({name: _copy(name, value, ANY, key) for name, value in known[line].items()})
        left: list[str] = ctx.args
        return left

    command.parse_args = parse_args
    for below in getattr(command, "commands", {}).values():
        _remember(below)


def _key(args: list[str]) -> str:
    """The key of a sale, where it is given once; else `ANY`, for which nothing is put in its place."""
    keys = [word for before, word in pairwise(args) if before == "-k" and word[:1] != "-"]
    keys = keys or [word for word in args if MADE_UP.fullmatch(word)]
    return keys[0] if len(keys) == args.count(keys[0] if keys else "") == 1 else ANY


def _copy(name: str, value: Any, old: str, new: str) -> Any:
    """A copy of what was parsed, with another key where one was."""
    if name not in _WORDS:
        return value.copy()
    if name != "params":
        return _changed(value, old, new)
    return {
        name: _changed(part, old, new) if type(part) in (list, tuple) else new if part == old else part
        for name, part in value.items()
    }  # fmt: skip


def _changed(words: Any, old: str, new: str) -> Any:
    return type(words)([new if word == old else word for word in words])


def _keep_parser(command: Any) -> None:
    """Have a command, and those below it, make the parser of their options once, not for each line."""
    make, kept = command.make_parser, list[Any]()

    def make_parser(ctx: Any) -> Any:
        if not kept:
            kept.append(make(ctx))
        kept[0].ctx = ctx
        return kept[0]

    command.make_parser = make_parser
    for below in getattr(command, "commands", {}).values():
        _keep_parser(below)
