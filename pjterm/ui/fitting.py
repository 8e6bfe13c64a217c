"""The size of a console, the width of text, and breaking text to fit. A column is one cell of the console."""

from __future__ import annotations

import os
import shlex
import unicodedata
from collections.abc import Mapping, Sequence
from shlex import quote
from typing import TextIO

from pjterm.core.hints import parted

ID_LEAST = (11, 7)
"""Characters left of a shortened id, so that both ends can be recognized; the second only if a row does not fit."""
_POWERSHELL = "`"
_ON = "\\" if os.name == "posix" else _POWERSHELL
"""The shell's line continuation."""


def window(stream: TextIO, environ: Mapping[str, str]) -> tuple[int, int]:
    """Columns and lines: the terminal's own; else COLUMNS and LINES, else 80 by 24.

    A terminal's own size comes first, because an exported COLUMNS does not change with the window.
    """
    try:
        columns, lines = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError, AttributeError):
        columns, lines = 0, 0
    return columns or _number(environ, "COLUMNS") or 80, lines or _number(environ, "LINES") or 24


def is_dumb(environ: Mapping[str, str]) -> bool:
    """Whether the cursor cannot be moved. Windows consoles have no TERM."""
    return environ.get("TERM", "" if os.name == "posix" else "windows").lower() in ("", "dumb", "unknown")


def has_color(environ: Mapping[str, str]) -> bool:
    """Whether a terminal may be written to in color."""
    return not environ.get("NO_COLOR") and not is_dumb(environ)


def _number(environ: Mapping[str, str], name: str) -> int:
    text = environ.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else 0


def usable(width: int) -> int:
    """The columns that we use: not the last one, because consoles differ in what a character there does."""
    return max(8, width - 1)


def encodable(text: str, encoding: str) -> str:
    """The text with `?` for what the console's code page lacks."""
    try:
        return text.encode(encoding, "replace").decode(encoding)
    except LookupError:  # a code page that Python does not know
        return text.encode("ascii", "replace").decode("ascii")


def cells(text: str) -> int:
    """The columns that text takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def _cells(c: str) -> int:
    if unicodedata.combining(c):
        return 0
    return 2 if unicodedata.east_asian_width(c) in "WF" else 1


def split(text: str, room: int) -> tuple[str, str]:
    """As much of the text as fits into `room` columns (at least one character), and the rest."""
    used = 0
    for at, c in enumerate(text):
        used += _cells(c)
        if used > room and at > 0:
            return text[:at], text[at:]
    return text, ""


def shorten(text: str, width: int, mark: str = "…") -> str:
    """Shorten text in the middle if it is too wide, so that both ends of an id can be recognized."""
    if cells(text) <= width:
        return text
    room = max(0, width - cells(mark))
    head, _ = split(text, max(1, room - room // 2)) if room else ("", "")
    tail = ""
    for c in reversed(text):
        if cells(c + tail) > room // 2:
            break
        tail = c + tail
    return (head + mark + tail) if width > cells(mark) else mark[:width]


def fold(text: str, width: int, indent: int = 0, *, cut: bool = True) -> list[str]:
    """Break text at spaces, and inside a word only if it is too long for any row; later rows are indented.

    Without `cut` such a word stays whole on a row of its own.
    """
    indent = indent if indent <= width // 2 else 0
    found: list[str] = []
    row: str | None = None
    for word in text.split(" "):
        joined = word if row is None else f"{row} {word}"
        if cells(joined) <= width:
            row = joined
            continue
        lead = "" if row is None else f"{row} "
        room = width - cells(lead)
        if cut and cells(word) > width - indent and room >= width // 4:  # too long for any row: start it here
            head, word = split(word, room)
            found.append(lead + head)
        elif row is not None:
            found.append(row.rstrip())
        while cut and cells(word) > width - indent:
            head, word = split(word, width - indent)
            found.append(" " * indent + head)
        row = " " * indent + word if found else word
    return [*found, row or ""]


def packed(parts: Sequence[str], between: str, width: int) -> list[str]:
    """As many parts per line as fit; none is broken here."""
    found: list[str] = []
    for part in parts:
        if found and cells(found[-1] + between + part) <= width:
            found[-1] += between + part
        else:
            found.append(part)
    return found


def fold_commands(text: str, width: int, *, cut: bool = True, on: str = _ON) -> list[str]:
    """Break a line that may end with a command, so that the command can be copied: on one row if it fits.

    Otherwise its rows end with `on`, the shell's continuation. Without `cut` a word that is too long for any row stays
    whole, such as a path, which the terminal then wraps. So does a whole command on Windows, whose two shells
    continue lines differently.
    """
    lead, command = parted(text)
    indent = len(text) - len(text.lstrip(" ")) + 2
    if not command:
        return fold(text, width, indent, cut=cut)
    rows = fold(lead.rstrip(" "), width, indent, cut=cut) if lead.strip(" ") else []
    if rows and cells(f"{rows[-1]} {command}") <= width:
        return [*rows[:-1], f"{rows[-1]} {command}"]
    return [*rows, *_continued(command, width, indent if rows else indent - 2, cut=cut, on=on)]


def _continued(command: str, width: int, indent: int, *, cut: bool, on: str) -> list[str]:
    """A command in rows; the rest of a split word begins at the left edge, so that the shell joins it.

    PowerShell does not join words, so there a split one has no mark: it cannot be pasted anyway.
    """
    if indent + cells(command) <= width or (on == _POWERSHELL and not cut):
        return [" " * indent + command]
    try:
        words = [quote(word) for word in shlex.split(command)]
    except ValueError:  # text from outside that only looks like a command
        return fold(" " * indent + command, width, indent, cut=cut)
    found: list[str] = []
    row = " " * indent + words[0]
    for n, word in enumerate(words[1:], 1):
        value = words[n + 1 : n + 2] if word.startswith("-") else []  # which stays beside its option if possible
        with_value = " ".join([word, *(w for w in value if not w.startswith("-"))])
        alone = indent + cells(with_value) + 2 <= width
        if cells(f"{row} {with_value if alone else word} {on}") > width:
            found, row = [*found, f"{row} {on}"], " " * indent + word
        else:
            row = f"{row} {word}"
        while cut and cells(row) + 2 > max(width, 4):
            head, row = _cut_word(row, width - 1)
            found.append(head + ("" if on == _POWERSHELL else on))
    return [*found, row]


def _cut_word(row: str, room: int) -> tuple[str, str]:
    """Split a row that is one quoted word into two quoted parts."""
    indent = len(row) - len(row.lstrip(" "))
    [word] = shlex.split(row)
    size = max(1, len(word) - 1)
    while size > 1 and cells(" " * indent + quote(word[:size])) > room:
        size -= 1
    return " " * indent + quote(word[:size]), quote(word[size:])
