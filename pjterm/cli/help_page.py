"""Help pages: the root in groups on one screen, a command with its options in real widths and examples to paste.

The common options are listed in `pjterm help options`, and are one line elsewhere.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from pjterm.cli.catalog import GROUPS
from pjterm.ui.fitting import cells, fold, fold_commands, usable, window

WIDEST = 100
NAMES_WIDEST = 30
"""Columns of option names; a longer name has its description on the next row."""
ROWS = 50
"""Rows of a screen that the root page must fit; with blank rows between the groups if there is room."""
LABEL, NAME = 18, 14
"""Columns of the root's groups and commands."""
COMMON = ("profile_", "output_", "json_", "quiet_", "verbose_", "bell_", "wide_", "version_")
"""The options of every command, by their parameters' names."""
_EXAMPLES = re.compile(r"^Examples?:[ ]*$", re.MULTILINE)
COMMON_LINE = "Common options (-p, -o, --json, -q, -v, --bell, --wide, -h): pjterm help options"


def page_width() -> int:
    """The width of a help page: the window's, up to a readable maximum."""
    return min(WIDEST, usable(window(sys.stdout, os.environ)[0]))


def root_page(width: int) -> str:
    """The commands by purpose; 80 columns and 50 rows hold them all."""
    lines = [
        *fold("pjterm drives PayJunction Smart Terminals: run it twice, charge once.", width),
        "",
        *fold("  pjterm charge 12.50 --terminal T1     no account needed: a simulator answers", width, 4),
        "",
    ]
    air = sum(len(rows) for _, rows in GROUPS) + 2 * len(GROUPS) <= ROWS
    for n, (title, rows) in enumerate(GROUPS):
        lines += [""] if air and n else []
        if width >= LABEL + NAME + 40:
            labels = [title, *[""] * (len(rows) - 1)]
            lines += [f"{label:<{LABEL}}{r.name:<{NAME}}{r.summary}" for label, r in zip(labels, rows, strict=True)]
        else:
            lines.append(title)
            lines += [x for r in rows for x in fold(f"  {r.name:<{NAME}}{r.summary}", width, NAME + 2)]
    lines += ["", *fold_commands("One of them: pjterm help COMMAND", width)]
    lines += fold_commands("What else there is to read: pjterm help topics", width)
    return "\n".join(lines) + "\n"


def command_page(command: Any, path: str, width: int) -> str:
    """The page of one command or group of commands."""
    about, examples = _parted(command.help or "")
    lines = [row for paragraph in about for row in (*fold(paragraph, width), "")]
    lines += ["Usage:", *fold(f"  {usage(command, path)}", width, 6), ""]
    below = {n: c for n, c in getattr(command, "commands", {}).items() if not c.hidden}
    if below:
        lines += ["Commands:", *_columns(((n, first_sentence(c.help or "")) for n, c in below.items()), width), ""]
        lines += ["Without COMMAND it is `list`.", ""] if "list" in below else []
    own = [p for p in command.params if p.name not in COMMON and not getattr(p, "hidden", False)]
    arguments = [(metavar(p), p.help or "") for p in own if p.param_type_name == "argument"]
    options = [(_names(p), _help(p)) for p in own if p.param_type_name == "option"]
    for title, rows in (("Arguments:", arguments), ("Options:", options)):
        if rows:
            lines += [title, *_columns(rows, width), ""]
    if examples:
        lines += ["Examples:", *(f"  {line}" for line in examples), ""]
    return "\n".join([*lines, *fold_commands(COMMON_LINE, width)]) + "\n"


def options_page(command: Any, width: int) -> str:
    """The options that every command has."""
    rows = [(_names(p), _help(p)) for p in command.params if p.name in COMMON]
    head = fold("Options of every command, before it or after it:", width)
    return "\n".join([*head, "", *_columns([*rows, ("-h, --help", "Show help and exit.")], width)]) + "\n"


def usage(command: Any, path: str) -> str:
    """The usage line: `pjterm charge AMOUNT [OPTIONS]`, with required options."""
    if below := getattr(command, "commands", None):
        return f"{path} [COMMAND]" if "list" in below else f"{path} COMMAND"
    words = [metavar(p) for p in command.params if p.param_type_name == "argument"]
    options = (p for p in command.params if p.param_type_name == "option" and p.required)
    needed = [f"{max(p.opts, key=len)} {metavar(p)}" for p in options]
    behind = [word for word in words if word.startswith("-- ")]  # what follows it is not an option of ours
    return " ".join([path, *(word for word in words if word not in behind), *needed, "[OPTIONS]", *behind])


def metavar(parameter: Any) -> str:
    """The metavar of an option: the declared word, else a plain one."""
    if parameter.metavar is not None:
        return str(parameter.metavar)
    choices = getattr(parameter.type, "choices", None)
    if choices is not None:
        return "|".join(map(str, choices))
    return {"integer": "N", "integer range": "N", "float": "NUMBER"}.get(parameter.type.name, "TEXT")


def _names(option: Any) -> str:
    names = ", ".join(sorted(option.opts, key=len))
    if option.secondary_opts:
        return f"{names} / {', '.join(option.secondary_opts)}"
    return names if option.is_flag else f"{names} {metavar(option)}"


def _help(option: Any) -> str:
    said, value = option.help or "", option.default
    obvious = "default" in said.lower() or value in (None, False, "", 0, 0.0) or option.is_flag
    if obvious or isinstance(value, list | tuple) or callable(value):
        return said
    number = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{said.rstrip('.')} (default: {number})."


def _columns(rows: Iterable[tuple[str, str]], width: int) -> Iterator[str]:
    """Names and descriptions; a name that is too long has its description below it."""
    rows = list(rows)
    across = max((cells(name) for name, _ in rows if cells(name) <= NAMES_WIDEST), default=0) + 4
    if across > width // 2:
        across = 6
    for name, said in rows:
        head = f"  {name}"
        if cells(head) + 2 > across:
            yield from fold(head, width, 4)
            head = ""
        words = fold(said, width - across)
        for n, line in enumerate(words if said else [""]):
            yield (f"{head if n == 0 else '':<{across}}{line}").rstrip()


def _parted(text: str) -> tuple[list[str], list[str]]:
    """The help text, and the lines of its examples."""
    about, _, examples = _EXAMPLES.sub("\x00", text.strip(), count=1).partition("\x00")
    paragraphs = [" ".join(p.split()) for p in about.strip().split("\n\n") if p.strip()]
    return paragraphs, [line.strip() for line in examples.splitlines() if line.strip()]


def first_sentence(text: str) -> str:
    """The first sentence of a help text, on one line, without its full stop."""
    first = " ".join(text.split("\n\n")[0].split())
    return re.split(r"(?<=[a-z0-9)])\. ", first)[0].rstrip(".")
