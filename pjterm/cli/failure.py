"""A named failure as text and as JSON: what is wrong, what was not done, what to type next."""

from __future__ import annotations

import re
import shlex
from typing import Any

from pjterm.cli.catalog import MEANT_OPTIONS, ROWS, Effect, typed_command
from pjterm.cli.context import Context, current
from pjterm.cli.did_you_mean import near
from pjterm.cli.frame import wanted_format
from pjterm.cli.streams import write
from pjterm.errors import AuthFailed, GuardRefused, PjtermError, RateLimited, UsageFault

_BEFORE_ANYTHING = (2, 4, 10, 12)
"""Exit codes of failures that happen before anything is sent or changed."""


def fail(error: PjtermError, argv: list[str], kind: type[Context] = Context) -> int:
    """A named failure before any request exists: words on stderr, the result object where JSON is wanted."""
    from pjterm.cli.shared.printing import json_text
    from pjterm.core.hints import PASS_YES, confirmed, for_profile
    from pjterm.core.model import Outcome
    from pjterm.ui.report import Report
    from pjterm.ui.wording import error_lines

    context = current() or kind(format=wanted_format(argv))
    profile = context.__dict__.get("profile")
    if isinstance(error, GuardRefused) and error.hint and profile is not None and not context.is_default(profile.name):
        error.hint = for_profile(error.hint, profile.name)
    if error.hint == PASS_YES:
        error.hint = confirmed(argv)
    if error.hint is None:
        error.hint = _next(error, argv, context, profile)
    if context.format in ("json", "ndjson"):
        known = {"kind": None, **_known(context)}
        report = Report(outcome=Outcome(error.outcome), exit_code=error.exit_code, error=error, **known)
        write(context.stdout, json_text(context, report.json()))
    for line in error_lines(error, _undone(error, argv)):
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


def _undone(error: PjtermError, argv: list[str]) -> str:
    """What was not done; empty for a command that only reads."""
    row = ROWS.get(typed_command(argv) or "")
    if error.exit_code not in _BEFORE_ANYTHING:
        return ""
    return (Effect.SENDS if row is None else row.effect).value


def _next(error: PjtermError, argv: list[str], context: Context, profile: Any) -> str:
    """The default hint, for failures without their own."""
    if isinstance(error, RateLimited):
        from pjterm.ui.next_step import when

        return f"The same command is safe to retry{when(error)}: {shlex.join(['pjterm', *argv])}"
    if isinstance(error, AuthFailed) and error.http_status is not None:
        from pjterm.ui.next_step import check_login

        return check_login(error, None if profile is None else profile.name)
    match error.exit_code:
        case 2:
            path = context.command_path
            return f"See: {path} --help" if path is not None else "See: pjterm help"
        case 4 | 12:
            return "Check the way to PayJunction: pjterm doctor"
        case 11:
            return "See: pjterm help exit-codes"
        case _:
            return "See: pjterm log"


# -- what the parser refuses ---------------------------------------------------------------------------

_PLAINER = (
    (r"is not a valid int.*", "is not a whole number"),
    (r"is not a valid float.*", "is not a number"),
    (r"is not in the range 1<=x<=9{18}", "is not a whole number from 1"),
    (r"is not in the range (.+)<=x<=(.+)", r"is not between \1 and \2"),
    (r"is not one of (.+)", lambda found: f"is none of {found[1].replace(chr(39), '')}"),
)  # fmt: skip
"""What the parser says of a value, and how a person would."""
_EXTRA = r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)"


def usage_fault(error: Any, argv: list[str]) -> UsageFault:
    """A line that could not be parsed, in our words."""
    ctx = getattr(error, "ctx", None)
    see = f"See: {ctx.command_path if ctx is not None else 'pjterm'} --help"
    negative = _negative(error, argv)
    if ctx is not None and negative is None and _is_of_shape(error):
        from pjterm.cli.help_page import usage

        see = f"Usage: {usage(ctx.command, ctx.command_path)}\n{see}"
    return UsageFault(negative or _says(error), hint=see)


def _is_of_shape(error: Any) -> bool:
    """Whether words are missing or too many, so that how the line is typed says it all."""
    return type(error).__name__ == "MissingParameter" or re.fullmatch(_EXTRA, _message(error)) is not None


def _message(error: Any) -> str:
    return str(getattr(error, "message", None) or error).rstrip(".")


def _says(error: Any) -> str:
    option, parameter = getattr(error, "option_name", None), getattr(error, "param", None)
    message = _message(error)
    match type(error).__name__:
        case "NoSuchOption":
            ctx = getattr(error, "ctx", None)
            known = [name for p in ctx.command.params for name in p.opts] if ctx is not None else []
            meant = MEANT_OPTIONS.get(str(option))
            found = [meant] if meant in known else near(str(option), known)
            return f"unknown option {option}" + (f": did you mean {found[0]}?" if found else "")
        case "BadOptionUsage":
            return f"{option} takes no value" if "not take a value" in message else _needs(str(option), error)
        case "MissingParameter" if parameter is not None:
            from pjterm.cli.help_page import metavar

            named = metavar(parameter) if parameter.param_type_name == "argument" else max(parameter.opts, key=len)
            return f"missing {named.strip('[]').removesuffix('...')}"
        case "BadParameter" if parameter is not None:
            named = max(parameter.opts, key=len) if parameter.param_type_name == "option" else parameter.metavar
            for pattern, plainer in _PLAINER:
                message = re.sub(pattern, plainer, message)
            return f"{named}: {message[:1].lower()}{message[1:]}"
        case _:
            extra = re.fullmatch(_EXTRA, message)
            return f"unexpected {extra[1]!r}" if extra is not None else message[:1].lower() + message[1:]


def _needs(option: str, error: Any) -> str:
    """An option without its value, and how it is typed with one."""
    from pjterm.cli.help_page import metavar

    ctx = getattr(error, "ctx", None)
    found = next((p for p in ctx.command.params if option in p.opts), None) if ctx is not None else None
    return f"{option} needs a value" + (f": {option} {metavar(found)}" if found is not None else "")


def _negative(error: Any, argv: list[str]) -> str | None:
    """`charge -5`: what was taken for an option is an amount, and a wrong one."""
    word = next((w for w in argv if re.fullmatch(r"-[0-9.,]+", w)), "")
    option, ctx = getattr(error, "option_name", None), getattr(error, "ctx", None)
    takes_amount = ctx is not None and any("AMOUNT" in (p.metavar or "") for p in ctx.command.params)
    if not takes_amount or not option or not word.startswith(option):
        return None
    return f"AMOUNT: invalid amount {word!r}: it must be more than 0, e.g. 12.50"
