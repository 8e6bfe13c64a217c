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
"""What is left of an id that is cut: both ends can be recognized. The second only where a row fits no other way."""
_POWERSHELL = "`"
_ON = "\\" if os.name == "posix" else _POWERSHELL
"""What ends a row of a command that goes on in the next one, as shells have it."""


def window(stream: TextIO, environ: Mapping[str, str]) -> tuple[int, int]:
    """Columns and lines: the terminal's own; else COLUMNS and LINES, else 80 by 24.

    A terminal's own size comes first, for an exported COLUMNS does not change with the window.
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
    """The columns we use: the last stays free, for consoles differ in what a character there does."""
    return max(8, width - 1)


def encodable(text: str, encoding: str) -> str:
    """The text with `?` for what the console's code page does not have."""
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
    """Text cut in its middle where it is too wide, so that both ends of an id can be recognized."""
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
    """Break text at spaces, and inside a word only where no row could hold it; later rows are indented.

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
        if cut and cells(word) > width - indent and room >= width // 4:  # too long for any row: begin it here
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
    """As many parts a line as fit beside each other; none is broken here."""
    found: list[str] = []
    for part in parts:
        if found and cells(found[-1] + between + part) <= width:
            found[-1] += between + part
        else:
            found.append(part)
    return found


def fold_commands(text: str, width: int, *, cut: bool = True, on: str = _ON) -> list[str]:
    """A line that may end with a command, so that the command can be copied: whole on one row where it fits into one.

    Else its rows end with `on`, as this system's shell continues them. Without `cut` a word that no row could hold
    stays whole: a path, say, which the terminal then breaks without a trace. So does a whole command on Windows, whose
    two shells continue a line in two ways.
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
    """A command in rows; where a word is cut, its rest begins at the left edge, for a shell to put it together.

    PowerShell puts no word together, so there a cut one has no mark: it cannot be pasted anyway.
    """
    if indent + cells(command) <= width or (on == _POWERSHELL and not cut):
        return [" " * indent + command]
    try:
        words = [quote(word) for word in shlex.split(command)]
    except ValueError:  # text from outside that only looks like one
        return fold(" " * indent + command, width, indent, cut=cut)
    found: list[str] = []
    row = " " * indent + words[0]
    for n, word in enumerate(words[1:], 1):
        value = words[n + 1 : n + 2] if word.startswith("-") else []  # which stays beside its option where it can
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
    """A row that is one quoted word, in two parts that are each quoted."""
    indent = len(row) - len(row.lstrip(" "))
    [word] = shlex.split(row)
    size = max(1, len(word) - 1)
    while size > 1 and cells(" " * indent + quote(word[:size])) > room:
        size -= 1
    return " " * indent + quote(word[:size]), quote(word[size:])
