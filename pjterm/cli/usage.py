"""What the parser refuses, in our words."""

from __future__ import annotations

import re
from typing import Any

from pjterm.cli.did_you_mean import MEANT_OPTIONS, near
from pjterm.errors import UsageFault

_PLAINER = (
    (r"is not a valid int.*", "is not a whole number"),
    (r"is not a valid float.*", "is not a number"),
    (r"is not in the range 1<=x<=9{18}", "is not a whole number from 1"),
    (r"is not in the range (.+)<=x<=(.+)", r"is not between \1 and \2"),
    (r"is not one of (.+)", lambda found: f"is none of {found[1].replace(chr(39), '')}"),
)  # fmt: skip
"""The parser's words for a wrong value, and better ones."""
_TAKES_SECRETS = ("profiles add", "profiles set-secret")
"""Commands whose extra word may be a secret, so that it is not shown again."""
_TYPED_SECRET = "a word too many; a secret is never typed on the command line: it is asked for, or read from stdin"
_EXTRA = r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)"


def usage_fault(error: Any, argv: list[str]) -> UsageFault:
    """The error for a line that could not be parsed, in our words."""
    ctx = getattr(error, "ctx", None)
    see = f"See: {ctx.command_path if ctx is not None else 'pjterm'} --help"
    negative = _negative(error, argv)
    if ctx is not None and negative is None and _is_of_shape(error):
        from pjterm.cli.help_page import usage

        see = f"Usage: {usage(ctx.command, ctx.command_path)}\n{see}"
    return UsageFault(negative or _says(error), hint=see)


def _is_of_shape(error: Any) -> bool:
    """Whether words are missing or too many, so that the usage line is the answer."""
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
            lists = getattr(ctx.command, "commands", {}).get("list") if ctx is not None else None
            if ctx is not None and lists is not None and any(option in p.opts for p in lists.params):
                return f"unknown option {option}: did you mean {ctx.command_path} list {option}?"
            meant = MEANT_OPTIONS.get(str(option))
            found = [meant] if meant is not None and meant in known else near(str(option), known)
            if found and not found[0].startswith("-"):
                return f"unknown option {option}: {found[0].upper()} is an argument, given without a name before it"
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
            if extra is None:
                return message[:1].lower() + message[1:]
            command = getattr(getattr(error, "ctx", None), "command_path", "")
            return _TYPED_SECRET if command.endswith(_TAKES_SECRETS) else f"unexpected {extra[1]!r}"


def _needs(option: str, error: Any) -> str:
    """An option without its value, and how it is typed with one."""
    from pjterm.cli.help_page import metavar

    ctx = getattr(error, "ctx", None)
    found = next((p for p in ctx.command.params if option in p.opts), None) if ctx is not None else None
    return f"{option} needs a value" + (f": {option} {metavar(found)}" if found is not None else "")


def _negative(error: Any, argv: list[str]) -> str | None:
    """`charge -5`: what looks like an option is a wrong amount."""
    word = next((w for w in argv if re.fullmatch(r"-[0-9.,]+", w)), "")
    option, ctx = getattr(error, "option_name", None), getattr(error, "ctx", None)
    takes_amount = ctx is not None and any("AMOUNT" in (p.metavar or "") for p in ctx.command.params)
    if not takes_amount or not option or not word.startswith(option):
        return None
    return f"AMOUNT: invalid amount {word!r}: leave the sign out, e.g. 12.50"
