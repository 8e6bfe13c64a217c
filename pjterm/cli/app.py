"""The command tree, and the only place that catches: every failure becomes words, JSON and an exit code."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer

from pjterm.cli.context import Context, current
from pjterm.cli.frame import Common, group, wanted_format
from pjterm.cli.streams import write
from pjterm.errors import GuardRefused, LeaveNow, PjtermError, Unavailable, UsageFault

HELP = (
    "Drive PayJunction Smart Terminals from the command line: run it twice, charge once.\n\n"
    "With no profile configured, commands talk to a built-in simulator: no account, no card charged.\n\n"
    "Start with:  pjterm charge 12.50 --terminal T1\n\n"
    "Exit codes: 0 done, 2 usage, 3 declined, 4 auth, 5 cancelled, 6 busy, 7 unreachable, 8 still open,\n"
    "9 unknown (do not retry: pjterm resume KEY), 10 refused by a guard, 11 rejected by the API,\n"
    "12 unavailable (safe to retry), 13 a check found a difference, 1 our own bug."
)
MODULES: dict[str, tuple[str, ...]] = {
    "charge": ("charge",),
    "refund": ("refund", "void"),
    "tip": ("tip",),
    "ask": ("sign", "prompt", "input", "read"),
    "cancel": ("cancel",),
    "requests": ("status", "follow", "resume", "requests", "why"),
    "terminals": ("terminals", "accounts"),
    "transactions": ("transactions",),
    "receipts": ("receipt", "signature"),
    "webhooks": ("webhooks",),
    "reconcile": ("reconcile",),
    "report": ("report",),
    "settlements": ("settlements", "deposits"),
    "doctor": ("doctor",),
    "journal": ("journal",),
    "log": ("log",),
    "profiles": ("profiles",),
    "simulator": ("simulator",),
    "relay": ("relay",),
    "events": ("events",),
    "completions": ("completions",),
}
"""Which module of `pjterm.cli.commands` brings which commands; only the one that is typed gets loaded."""


Tree = Callable[[list[str]], Callable[..., Any]]
"""What makes the command tree of a line."""


def tree(argv: list[str]) -> typer.Typer:
    """The command tree, as much of it as this line needs: one module, or all for help and mistakes."""
    app = group(HELP)
    word = typed_command(argv)
    wanted = [module for module, names in MODULES.items() if word in names]
    for module in wanted or MODULES:
        import_module(f"pjterm.cli.commands.{module}").register(app)
    return app


def typed_command(argv: list[str]) -> str | None:
    """The first word that is no option and no option's value."""
    words = iter(argv)
    for word in words:
        if word in ("-p", "--profile", "-o", "--output"):
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def run(argv: list[str], kind: type[Context] = Context, tree: Tree = tree) -> int:
    """Run one command line and give its exit code.

    Whoever runs many in one process hands in a `tree` that remembers what it has built.
    """
    try:
        return _run(argv or ["--help"], kind, tree)
    finally:
        context = current()
        if context is not None:
            context.close()


def _run(argv: list[str], kind: type[Context], tree: Tree) -> int:
    try:
        given = Common(kind=kind)
        code: Any = tree(argv)(args=argv, prog_name="pjterm", standalone_mode=False, obj=given)
        return code if isinstance(code, int) else 0
    except PjtermError as error:
        return fail(error, argv, kind)
    except typer.TyperException as error:
        return fail(_negative(error, argv) or UsageFault(_usage(error), hint=_see_help(error)), argv, kind)
    except (LeaveNow, KeyboardInterrupt, typer.Abort) as leave:
        return _left(leave, argv, kind)
    except OSError as error:
        return _bug(error, argv, kind) if current() is not None else _unwritten(error, argv, kind)
    except Exception as error:
        return _bug(error, argv, kind)


def fail(error: PjtermError, argv: list[str], kind: type[Context] = Context) -> int:
    """A named failure before any request exists: words on stderr, the result object where JSON is wanted."""
    from pjterm.core.model import Outcome
    from pjterm.core.text import one_line
    from pjterm.ui.report import Report
    from pjterm.ui.wording import error_lines, for_profile

    context = current() or kind(format=wanted_format(argv))
    profile = context.__dict__.get("profile")
    if isinstance(error, GuardRefused) and error.hint and profile is not None and not context.is_default(profile.name):
        error.hint = for_profile(error.hint, profile.name)
    if context.format in ("json", "ndjson"):
        known = {"kind": None, **_known(context)}
        report = Report(outcome=Outcome(error.outcome), exit_code=error.exit_code, error=error, **known)
        write(context.stdout, one_line(report.json()) + "\n")
    for line in error_lines(error):
        context.error_line(line)
    return error.exit_code


def _known(context: Context) -> dict[str, Any]:
    """What an early failure knows of itself: the profile, if one was chosen by then."""
    profile = context.__dict__.get("profile")
    known = dict(context.asked)
    if profile is not None:
        known |= {"profile": profile.name, "environment": profile.environment.value}
        known |= {"base_url": profile.foreign_url}
    return known


def _usage(error: Any) -> str:
    format_message = getattr(error, "format_message", None)
    return str(format_message() if format_message is not None else error).rstrip(".")


def _negative(error: Any, argv: list[str]) -> UsageFault | None:
    """`charge -5`: what was taken for an option is an amount, and a wrong one."""
    word = next((w for w in argv if re.fullmatch(r"-[0-9.,]+", w)), "")
    option, ctx = getattr(error, "option_name", None), getattr(error, "ctx", None)
    takes_amount = ctx is not None and any("AMOUNT" in (p.metavar or "") for p in ctx.command.params)
    if not takes_amount or not option or not word.startswith(option):
        return None
    return UsageFault(f"AMOUNT: {word!r} is negative; an amount is more than 0, like 12.50", hint=_see_help(error))


def _see_help(error: Any) -> str:
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx is not None else "pjterm"
    return f"nothing was sent; see: {path} --help"


def _left(leave: BaseException, argv: list[str], kind: type[Context]) -> int:
    """A signal before this command sent anything; one that names an earlier request proves nothing of it."""
    import signal

    signum = leave.signum if isinstance(leave, LeaveNow) else signal.SIGINT
    context = current()
    money = None if context is None else context.may_have_sent
    ended = signum == signal.SIGINT and money is None and (context is None or not context.names_earlier)
    error = PjtermError("interrupted; this command sent nothing", code="interrupted")
    if money is not None:
        hint = f"settle it: pjterm resume {money}"
        error = PjtermError("interrupted; what was sent may still run", hint=hint, code="interrupted")
    error.outcome, error.exit_code = "cancelled" if ended else "open", 128 + signum
    return fail(error, argv, kind)


def _unwritten(error: OSError, argv: list[str], kind: type[Context]) -> int:
    """Before there is a command, only help and version are written."""
    return fail(Unavailable(f"not written whole: {error.strerror}", hint="make room, then run it again"), argv, kind)


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
        f"this is a bug of pjterm ({type(error).__name__}); {where}",
        hint=f"do not charge again; settle it: pjterm resume {money}" if money else None,
        code="bug",
    )
    if money:
        named.outcome, named.exit_code = "unknown", 9
    return fail(named, argv, kind)
