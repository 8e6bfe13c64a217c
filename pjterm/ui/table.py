"""How much room a console has and text takes, and breaking text to fit. A column is one cell of the console."""

from __future__ import annotations

import os
import shlex
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import zip_longest
from shlex import quote
from typing import TextIO

from pjterm.core.hints import parted

_APART, _NEAR = 2, 1
"""Columns between two of a table; the second only where a row fits no other way."""
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


Paint = Callable[[int, int, str], str]
"""A cell as it is shown: row (the titles are -1), column, and its text, padded."""


def table(
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Collection[str],
    width: int | None,
    *,
    ids: Collection[str] = (),
    mark: str = "…",
    paint: Paint | None = None,
) -> list[str]:
    """Rows under their titles as lines of at most `width`, columns two apart, those in `right` aligned to the right.

    What is too wide is cut in the middle where it is an id (`ids` names those columns), so that a row stays a line;
    then columns move together, and text is folded at spaces inside its cells, the widest column first. Where that does
    not do, the titles and values of each row stand below each other. Without a `width` nothing is cut or folded.
    """
    everything = [titles, *rows]
    widths, apart = [max(map(cells, column)) for column in zip(*everything, strict=True)], _APART
    if width is not None and _excess(widths, width, apart) > 0:
        chosen = _fitted(titles, rows, widths, width, ids)
        if chosen is None:
            from pjterm.ui.stacked import stacked

            return stacked(titles, rows, right, width, ids=ids, mark=mark, paint=paint)
        widths, apart = chosen
    sizes = [size if title in ids else None for title, size in zip(titles, widths, strict=True)]
    short = [
        [c if size is None else shorten(c, size, mark) for c, size in zip(row, sizes, strict=True)] for row in rows
    ]
    rights = [title in right for title in titles]
    return [
        line for n, row in enumerate([titles, *short], -1) for line in _lines(row, rights, widths, n, paint, apart)
    ]  # fmt: skip


def _excess(widths: Sequence[int], width: int, apart: int) -> int:
    return sum(widths) + apart * (len(widths) - 1) - width


def _fitted(
    titles: Sequence[str], rows: Sequence[Sequence[str]], widths: list[int], width: int, ids: Collection[str]
) -> tuple[list[int], int] | None:  # fmt: skip
    """Widths that fit, and how far apart: ids give way first, then what lies between columns, then texts down to their
    longest word; nothing where that does not do.
    """
    columns = list(zip(*[titles, *rows], strict=True))
    cuts = [
        [max(min(w, size), cells(title)) if title in ids else w for title, w in zip(titles, widths, strict=True)]
        for size in ID_LEAST
    ]
    folded = [
        c if title in ids else max(cells(word) for cell in column for word in cell.split(" "))
        for title, column, c in zip(titles, columns, cuts[0], strict=True)
    ]
    ways = (*((least, _APART) for least in cuts), (cuts[-1], _NEAR), (folded, _APART), (folded, _NEAR))
    for least, apart in ways:
        found = _narrowed(widths, least, _excess(widths, width, apart))
        if _excess(found, width, apart) <= 0:
            return found, apart
    return None


def _narrowed(widths: list[int], least: Sequence[int], by: int) -> list[int]:
    """The widths, one column narrower after the other, the widest first, none below its least."""
    for _ in range(by):
        slack = [n for n, w in enumerate(widths) if w > least[n]]
        if not slack:
            break
        widest = max(slack, key=widths.__getitem__)
        widths = [w - (n == widest) for n, w in enumerate(widths)]
    return widths


def _lines(
    row: Sequence[str], rights: Sequence[bool], widths: Sequence[int], n: int, paint: Paint | None, apart: int
) -> list[str]:  # fmt: skip
    """A row of a table as the lines that its fullest cell needs."""
    folded = [fold(cell, width) for cell, width in zip(row, widths, strict=True)]
    found = []
    for parts in zip_longest(*folded, fillvalue=""):
        padded = list(map(_pad, parts, rights, widths))
        if paint is None:
            found.append((" " * apart).join(padded).rstrip())
        else:
            found.append((" " * apart).join(paint(n, at, text) for at, text in enumerate(padded)).rstrip())
    return found


def _pad(text: str, right: bool, width: int) -> str:
    space = " " * (width - cells(text))
    return space + text if right else text + space
