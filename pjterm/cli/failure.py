"""A failure as text and as JSON: what is wrong, what was not done, what to type next."""

from __future__ import annotations

from typing import Any

import typer

from pjterm.cli.catalog import ROWS, SENDS, SHORT_FLAGS, typed_command
from pjterm.cli.context import Context, current
from pjterm.cli.frame import wanted_format
from pjterm.cli.streams import write
from pjterm.core.hints import command_line, typed_line
from pjterm.errors import AuthFailed, LeaveNow, PjtermError, RateLimited, Unavailable

_BEFORE_ANYTHING = (2, 4, 10, 12)
"""Exit codes of failures that happen before anything is sent or changed."""
_REJECTED = 11
_ABOUT_EARLIER = (
    "resume", "cancel", "follow", "status", "void", "tip", "why", "requests", "transactions", "receipt", "signature",
    "dispute",
)  # fmt: skip
"""Commands about something that was sent before, whether they have read it by now or not."""


def report(error: BaseException, argv: list[str], kind: type[Context]) -> int:
    """Report how a command failed; return its exit code."""
    match error:
        case PjtermError():
            return fail(error, argv, kind)
        case typer.TyperException():
            from pjterm.cli.usage import usage_fault

            return fail(usage_fault(error, argv), argv, kind)
        case LeaveNow() | KeyboardInterrupt() | typer.Abort():
            return _left(error, argv, kind)
        case OSError() if current() is None:
            return _unwritten(error, argv, kind)
        case _:
            return _bug(error, argv, kind)


def fail(error: PjtermError, argv: list[str], kind: type[Context] = Context) -> int:
    """A named failure before any request exists: text on stderr, and the result object if JSON was requested."""
    from pjterm.cli.shared.printing import json_text
    from pjterm.core.hints import PASS_YES, confirmed
    from pjterm.core.model import Outcome
    from pjterm.ui.report import Report
    from pjterm.ui.wording import error_lines

    context = current() or kind(format=wanted_format(argv))
    profile = context.__dict__.get("profile")
    if error.hint == PASS_YES:
        error.hint = confirmed(context.typed or argv)
    error.hint = context.addressed(_next(error, argv, context, profile) if error.hint is None else error.hint)
    if context.format in ("json", "ndjson"):
        from pjterm.cli.as_typed import about, as_typed

        known = {"kind": None, **about(profile), **as_typed(context, argv, error), **context.asked}
        report = Report(outcome=Outcome(error.outcome), exit_code=error.exit_code, error=error, **known)
        write(context.stdout, json_text(context, report.json()))
    for line in error_lines(error, _undone(error, argv, context)):
        context.error_line(line)
    return error.exit_code


def _undone(error: PjtermError, argv: list[str], context: Context) -> str:
    """What was not done; empty for a command that only reads. PayJunction may have refused what was only read."""
    row = ROWS.get(typed_command(argv) or "")
    if error.exit_code not in _BEFORE_ANYTHING and (error.exit_code != _REJECTED or context.may_have_changed):
        return ""
    return SENDS if row is None else row.undone


def _next(error: PjtermError, argv: list[str], context: Context, profile: Any) -> str:
    """The default hint, for failures without their own."""
    if isinstance(error, RateLimited):
        from pjterm.ui.next_step import when

        line = typed_line(context.typed or argv)
        return f"The same command is safe to retry{when(error)}" + ("" if line is None else f": {line}")
    if isinstance(error, AuthFailed) and error.http_status is not None:
        from pjterm.ui.next_step import when_login_refused

        return when_login_refused(error, None if profile is None else profile.name)
    match error.exit_code:
        case 2:
            path = context.command_path
            return f"See: {path()} --help" if path is not None else "See: pjterm help"
        case 4 | 12:
            return "Check the way to PayJunction: pjterm doctor"
        case 11:
            return "See: pjterm help exit-codes"
        case _:
            return "See: pjterm log"


# -- without a name -----------------------------------------------------------------------------------------


def _left(leave: BaseException, argv: list[str], kind: type[Context]) -> int:
    """A signal before this command sent a request; if it names an earlier one, that proves nothing about it."""
    import signal

    signum = leave.signum if isinstance(leave, LeaveNow) else signal.SIGINT
    context = current()
    money = None if context is None else context.may_have_sent
    changed = context is not None and context.may_have_changed
    ended = signum == signal.SIGINT and money is None and not changed and not _names_earlier(argv)
    hint = "Nothing was sent by this command."
    if money is not None:
        hint = f"What was sent may still run; find out: {command_line('resume', money)}"
    elif changed:
        hint = "What this command sent may have taken effect; make sure before you run it again."
    error = PjtermError("interrupted", hint=hint, code="interrupted")
    error.outcome, error.exit_code = "cancelled" if ended else "open", 128 + signum
    if signum == signal.SIGINT and context is not None and context.stderr_is_terminal:
        write(context.stderr, "\n")  # below the line that ^C was typed on
    return fail(error, argv, kind)


def _names_earlier(argv: list[str]) -> bool:
    """Whether a line names a sale or request that may have been sent before: also by `-k`, alone or after others."""
    options = argv[: argv.index("--")] if "--" in argv else argv
    named = any(o.startswith(("--key", "--transaction")) or _short(o).startswith("k") for o in options)
    return named or typed_command(argv) in _ABOUT_EARLIER


def _short(option: str) -> str:
    """Of short options in one word, the one that takes a value, and the value: `kK1` of `-yqkK1`."""
    return option[1:].lstrip(SHORT_FLAGS) if option[:1] == "-" != option[1:2] else ""


def _unwritten(error: OSError, argv: list[str], kind: type[Context]) -> int:
    """An unwritable stdout before there is a command: only help and version are written by then."""
    says = f"the output was not written whole: {error.strerror}"
    return fail(Unavailable(says, hint="Make room, then run it again."), argv, kind)


def _bug(error: BaseException, argv: list[str], kind: type[Context]) -> int:
    """Any other error is our bug: say so, and write a log without secrets.

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
        hint=f"Do not charge again; find out: {command_line('resume', money)}" if money else "See: pjterm log",
        code="bug",
    )
    if money:
        named.outcome, named.exit_code = "unknown", 9
    return fail(named, argv, kind)
