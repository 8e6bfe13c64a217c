"""How much room text takes on a console, and breaking it to fit. A column is one cell of the console."""

from __future__ import annotations

import unicodedata


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


def spread(titles: list[str], rights: list[bool], rows: list[list[str]]) -> list[str]:
    """A table as lines, the titles first, columns two apart."""
    table = [titles, *rows]
    widths = [max(cells(row[i]) for row in table) for i in range(len(titles))]
    return [_spread_row(row, rights, widths) for row in table]


def _spread_row(row: list[str], rights: list[bool], widths: list[int]) -> str:
    parts = []
    for cell, right, width in zip(row, rights, widths, strict=True):
        space = " " * (width - cells(cell))
        parts.append(space + cell if right else cell + space)
    return "  ".join(parts).rstrip()
