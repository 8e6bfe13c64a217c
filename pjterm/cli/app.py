"""The command tree, and the only place that catches: every failure becomes words, JSON and an exit code."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer

from pjterm.cli.catalog import ROWS, modules, typed_command
from pjterm.cli.context import Context, current, forget
from pjterm.cli.failure import fail, usage_fault
from pjterm.cli.frame import Common, group, wanted_format
from pjterm.cli.streams import write
from pjterm.errors import LeaveNow, PjtermError, Unavailable

HELP = "Drive PayJunction Smart Terminals from the command line: run it twice, charge once."


Tree = Callable[[list[str]], Callable[..., Any]]
"""What makes the command tree of a line."""


def tree(argv: list[str]) -> typer.Typer:
    """The command tree, as much of it as this line needs: one module, all for mistakes, none for the root help."""
    app = group(HELP)
    word = typed_command(argv)
    needed = [ROWS[word].module] if word in ROWS else [] if argv and word is None else list(modules())
    for module in needed:
        import_module(f"pjterm.cli.commands.{module}").register(app)
    return app


def run(argv: list[str], kind: type[Context] = Context, tree: Tree = tree) -> int:
    """Run one command line and give its exit code.

    Whoever runs many in one process hands in a `tree` that remembers what it has built.
    """
    forget()
    try:
        return _run(argv or ["--help"], kind, tree)
    finally:
        context = current()
        if context is not None:
            context.close()


def _run(argv: list[str], kind: type[Context], tree: Tree) -> int:
    try:
        given = Common(kind=kind, typed=tuple(argv))
        code: Any = tree(argv)(args=argv, prog_name="pjterm", standalone_mode=False, obj=given)
        return code if isinstance(code, int) else 0
    except PjtermError as error:
        return fail(error, argv, kind)
    except typer.TyperException as error:
        return fail(usage_fault(error, argv), argv, kind)
    except (LeaveNow, KeyboardInterrupt, typer.Abort) as leave:
        return _left(leave, argv, kind)
    except OSError as error:
        return _bug(error, argv, kind) if current() is not None else _unwritten(error, argv, kind)
    except Exception as error:
        return _bug(error, argv, kind)


def _left(leave: BaseException, argv: list[str], kind: type[Context]) -> int:
    """A signal before this command sent anything; one that names an earlier request proves nothing of it."""
    import signal

    signum = leave.signum if isinstance(leave, LeaveNow) else signal.SIGINT
    context = current()
    money = None if context is None else context.may_have_sent
    ended = signum == signal.SIGINT and money is None and (context is None or not context.names_earlier)
    error = PjtermError("interrupted", hint="Nothing was sent by this command.", code="interrupted")
    if money is not None:
        hint = f"What was sent may still run; find out: pjterm resume {money}"
        error = PjtermError("interrupted", hint=hint, code="interrupted")
    error.outcome, error.exit_code = "cancelled" if ended else "open", 128 + signum
    if signum == signal.SIGINT and context is not None and context.stderr_is_terminal:
        write(context.stderr, "\n")  # below the line that ^C was typed on
    return fail(error, argv, kind)


def _unwritten(error: OSError, argv: list[str], kind: type[Context]) -> int:
    """Before there is a command, only help and version are written."""
    says = f"the output was not written whole: {error.strerror}"
    return fail(Unavailable(says, hint="Make room, then run it again."), argv, kind)


def _bug(error: Exception, argv: list[str], kind: type[Context]) -> int:
    """Anything without a name is our bug: say so, and leave a log without secrets.

    Once a POST may have been taken, the truth about money is "unknown", never "failed".
    """
    import traceback

    context = current() or kind(format=wanted_format(argv))
    money = context.may_have_sent
    try:
        context.log.line("BUG " + "".join(traceback.format_exception(error)))
        where = f"the log is {context.log.path}"
    except PjtermError as no_place:
        where = f"no log was written ({no_place.message})"
    named = PjtermError(
        f"this is a bug in pjterm ({type(error).__name__}); {where}",
        hint=f"Do not charge again; find out: pjterm resume {money}" if money else "See: pjterm log",
        code="bug",
    )
    if money:
        named.outcome, named.exit_code = "unknown", 9
    return fail(named, argv, kind)
