"""The command tree as plain values, read from Typer: what completion scripts are written from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import typer

from pjterm.cli.help_page import first_sentence

if TYPE_CHECKING:
    from pjterm.completions.tree import Argument, Branch, Option, Value

_LITERAL = re.compile(r"\[?[a-z0-9_]+(-[a-z0-9_]+)*(\|[a-z0-9_]+(-[a-z0-9_]+)*)*\]?")
_HELP = "Show help and exit"
_EVENTS = (
    "SMARTTERMINAL_REQUEST", "TRANSACTION", "TRANSACTION_SIGNATURE", "CUSTOMER", "DEPOSIT", "SETTLEMENT",
)  # fmt: skip
"""What can be subscribed to (WPOST, newest page)."""


def completion_script(shell: str) -> str:
    """The completion script of a shell for the whole command tree."""
    from pjterm import completions

    return completions.script(shell, read_tree())


def read_tree() -> Branch:
    """The command tree of the program as plain values; hidden commands and options are left out."""
    from pjterm.cli.app import tree

    return _branch("pjterm", (), typer.main.get_command(tree([])))


def _branch(name: str, path: tuple[str, ...], found: Any) -> Branch:
    from pjterm.completions.tree import Branch, Option

    shown = [p for p in found.params if not getattr(p, "hidden", False)]
    options = [o for p in shown if p.param_type_name == "option" for o in _options(path, p)]
    arguments = [_argument(path, p) for p in shown if p.param_type_name == "argument"]
    below = {n: c for n, c in getattr(found, "commands", {}).items() if not c.hidden}
    return Branch(
        name=name,
        help=first_sentence(found.help or ""),
        options=(*options, Option(("--help",), _HELP)),
        arguments=tuple(arguments),
        commands=tuple(_branch(n, (*path, n), c) for n, c in below.items()),
    )


def _options(path: tuple[str, ...], found: Any) -> Iterator[Option]:
    """One option; a `--yes/--no` pair is two flags."""
    from pjterm.completions.tree import Option

    help_ = first_sentence(found.help or "")
    takes = not found.is_flag and not getattr(found, "count", False)
    value = _value(path, found, found.opts[-1]) if takes else None
    yield Option(tuple(found.opts), help_, value, bool(found.multiple))
    if found.secondary_opts:
        yield Option(tuple(found.secondary_opts), f"Not: {help_}")


def _argument(path: tuple[str, ...], found: Any) -> Argument:
    from pjterm.completions.tree import Argument

    return Argument(_value(path, found, None), many=found.nargs == -1)


def _value(path: tuple[str, ...], found: Any, option: str | None) -> Value:
    """What can be offered, by Typer's choices, the metavar's words, or the kind of name it asks for."""
    from pjterm.completions.tree import Value

    metavar = found.metavar or found.name.strip("_").upper()
    words = tuple(str(c) for c in getattr(found.type, "choices", ()))
    if not words and _LITERAL.fullmatch(metavar):
        words = tuple(metavar.strip("[]").split("|"))
    words = words or _words_of(" ".join((*path, option or "")))
    file = bool(re.search(r"\b(PATH|FILE|COMMAND)\b|_FILE\b", metavar))
    return Value(metavar.strip("[]"), words, _asks(path, metavar, option), file)


def _words_of(place: str) -> tuple[str, ...]:
    """The fixed values of an option or argument that its type and metavar do not name."""
    match place:
        case "simulator serve --scenario" | "simulator verify --only":
            from pjterm.simulator.shop.named import NAMED

            return tuple(s.name for s in NAMED)
        case "webhooks create --event" | "events tail --type" | "events list --type" | "events export --type":
            return _EVENTS
        case "transactions list --status":
            return ("CAPTURE", "DECLINED", "HOLD", "REJECT", "VOID")
        case "transactions list --action":
            return ("CHARGE", "REFUND", "VERIFY")
        case _:
            return ()


def _asks(path: tuple[str, ...], metavar: str, option: str | None) -> Any:
    from pjterm.completions.tree import Asks

    if option == "--profile" or (option is None and path[:1] == ("profiles",) and metavar.strip("[]") == "NAME"):
        return None if path == ("profiles", "add") and option is None else Asks.PROFILES
    if option == "--terminal" or (option is None and path == ("terminals", "unalias")):
        return Asks.TERMINALS
    return None
