"""The command tree, and the only place that catches errors: each becomes text, JSON and an exit code."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer

from pjterm.cli.catalog import ROWS, modules, typed_command
from pjterm.cli.context import Context, current, forget
from pjterm.cli.frame import Common, group
from pjterm.errors import LeaveNow

HELP = "Drive PayJunction Smart Terminals from the command line: run it twice, charge once."


Tree = Callable[[list[str]], Callable[..., Any]]
"""Builds the command tree for a line."""


def tree(argv: list[str]) -> typer.Typer:
    """As much of the command tree as this line needs: one module, all for a mistyped line, none for the root help.

    A line that begins with its command has no options before it; leaving those out saves a millisecond.
    """
    word = typed_command(argv)
    app = group(HELP, options=word not in ROWS or argv[0] != word)
    needed = [ROWS[word].module] if word in ROWS else [] if argv and word is None else list(modules())
    for module in needed:
        import_module(f"pjterm.cli.commands.{module}").register(app)
    return app


def run(argv: list[str], kind: type[Context] = Context, tree: Tree = tree) -> int:
    """Run one command line and return its exit code.

    To run many in one process, pass a `tree` that remembers what it has built.
    """
    forget()
    try:
        return _run(argv or ["--help"], kind, tree)
    finally:
        context = current()
        if context is not None:
            context.ends()
            context.say_unasked_simulator()
            context.close()


def _run(argv: list[str], kind: type[Context], tree: Tree) -> int:
    try:
        return _perform(argv, kind, tree)
    except LeaveNow as leave:  # the only one: it may come just as another failure is about to be reported
        return _report(leave, argv, kind)


def _perform(argv: list[str], kind: type[Context], tree: Tree) -> int:
    try:
        given = Common(kind=kind, typed=tuple(argv))
        code: Any = tree(argv)(args=argv, prog_name="pjterm", standalone_mode=False, obj=given)
        return code if isinstance(code, int) else 0
    except (Exception, KeyboardInterrupt) as error:
        return _report(error, argv, kind)


def _report(error: BaseException, argv: list[str], kind: type[Context]) -> int:
    if (context := current()) is not None:
        context.ends()
    from pjterm.cli.failure import report  # needed only by failures

    return report(error, argv, kind)
