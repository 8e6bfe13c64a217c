"""How much room a console has and text takes, and breaking text to fit. A column is one cell of the console."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from itertools import zip_longest
from typing import TextIO

_APART = 2
"""Columns between two of a table."""


def window(stream: TextIO, environ: Mapping[str, str]) -> tuple[int, int]:
    """Columns and lines: the terminal's own; else COLUMNS and LINES, else 80 by 24.

    A terminal's own size comes first, for an exported COLUMNS does not change with the window.
    """
    try:
        columns, lines = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError, AttributeError):
        columns, lines = 0, 0
    return columns or _number(environ, "COLUMNS") or 80, lines or _number(environ, "LINES") or 24


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


def fold(text: str, width: int, indent: int = 0) -> list[str]:
    """Break text at spaces, and inside a word only where no row could hold it; later rows are indented."""
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
        if cells(word) > width - indent and room >= width // 4:  # too long for any row: begin it here
            head, word = split(word, room)
            found.append(lead + head)
        elif row is not None:
            found.append(row.rstrip())
        while cells(word) > width - indent:
            head, word = split(word, width - indent)
            found.append(" " * indent + head)
        row = " " * indent + word
    return [*found, row or ""]


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[str], width: int) -> list[str]:
    """Rows under their titles as lines of at most `width`, columns two apart, those in `right` aligned to the right.

    What is too wide is folded at spaces inside its cells, the widest column first, so that no id is broken;
    where that does not do, each row becomes a paragraph of `TITLE: value` lines.
    """
    everything = [titles, *rows]
    columns = list(zip(*everything, strict=True))
    widths = [max(map(cells, column)) for column in columns]
    excess = sum(widths) + _APART * (len(titles) - 1) - width
    if excess > 0:
        least = [max(cells(word) for cell in column for word in cell.split(" ")) for column in columns]
        if sum(widths) - sum(least) < excess:
            return _paragraphs(titles, rows, width)
        for _ in range(excess):
            widest = max((n for n, w in enumerate(widths) if w > least[n]), key=widths.__getitem__)
            widths[widest] -= 1
    return [line for row in everything for line in _lines(row, [title in right for title in titles], widths)]


def _lines(row: Sequence[str], rights: Sequence[bool], widths: Sequence[int]) -> list[str]:
    """A row of a table as the lines that its fullest cell needs."""
    folded = [fold(cell, width) for cell, width in zip(row, widths, strict=True)]
    return [
        (" " * _APART).join(map(_pad, parts, rights, widths)).rstrip() for parts in zip_longest(*folded, fillvalue="")
    ]


def _pad(text: str, right: bool, width: int) -> str:
    space = " " * (width - cells(text))
    return space + text if right else text + space


def _paragraphs(titles: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Each row as lines of its own, an empty line between two; empty cells are left out."""
    found: list[str] = []
    for row in rows:
        found += [""] if found else []
        for title, cell in zip(titles, row, strict=True):
            found += fold(f"{title}: {cell}" if title else cell, width, indent=2) if cell else []
    return found
