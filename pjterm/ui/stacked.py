"""Tables too wide for columns: titles and values below each other; for screen readers, a line for each value."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from pjterm.core.hints import commands
from pjterm.ui.fitting import ID_LEAST, cells, fold, fold_commands, shorten
from pjterm.ui.paint import Paint

_APART = 2
"""Columns between a title and its value."""


def stacked(
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Collection[str],
    width: int,
    *,
    ids: Collection[str] = (),
    mark: str = "…",
    paint: Paint | None = None,
) -> list[str]:
    """Each row as titles and values below each other, an empty line between two; empty cells are left out.

    Columns in `right` are aligned to the right. Rows of one text and one amount with an empty first column (the
    totals of a report) are a line each, with no line between. If a word would be broken, `paragraphs` is used.
    """
    sums = [_sum(titles, row, right) for row in rows]
    names = max(map(cells, [*titles, *(text for text, _ in filter(None, sums))])) + _APART
    room = width - names
    if room < _least(titles, rows, ids):
        return paragraphs(titles, rows, width, ids=ids, mark=mark)
    amounts = max((cells(c) for row in rows for t, c in zip(titles, row, strict=True) if t in right), default=0)
    found: list[str] = []
    for n, (row, total) in enumerate(zip(rows, sums, strict=True)):
        if n and (total is None or sums[n - 1] is None):
            found.append("")
        if total is not None:
            found.append(f"{_padded(total[0], names)}{' ' * (amounts - cells(total[1]))}{total[1]}")
            continue
        for at, (title, cell) in enumerate(zip(titles, row, strict=True)):
            cell = shorten(cell, room, mark) if title in ids else cell
            cell = " " * (amounts - cells(cell)) + cell if title in right else cell
            for head, part in zip((title, *[""] * len(cell)), fold(cell, room) if cell.strip() else (), strict=False):
                name, value = _padded(head, names), part
                found.append(name + value if paint is None else paint(-1, at, name) + paint(n, at, value))
    return found


def _sum(titles: Sequence[str], row: Sequence[str], right: Collection[str]) -> tuple[str, str] | None:
    """Whether a row is a total: one text and one amount, and nothing that identifies an item."""
    filled = [(title in right, cell) for title, cell in zip(titles, row, strict=True) if cell]
    is_sum = not row[0] and [is_right for is_right, _ in filled] == [False, True]
    return (filled[0][1], filled[1][1]) if is_sum else None


def _least(titles: Sequence[str], rows: Sequence[Sequence[str]], ids: Collection[str]) -> int:
    """The columns that values need so that no word is broken; an id may be shortened."""
    found = 1
    for row in rows:
        for title, cell in zip(titles, row, strict=True):
            longest = max(map(cells, cell.split(" ")))
            found = max(found, min(longest, ID_LEAST[0]) if title in ids else longest)
    return found


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def paragraphs(
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int,
    *,
    ids: Collection[str] = (),
    mark: str = "…",
    cut: bool = True,
) -> list[str]:
    """Each row as `TITLE: value` lines of its own, an empty line between two; empty cells are left out.

    What is too wide is shortened in the middle if `ids` names its column, and otherwise wraps; without
    `cut` no word is broken.
    """
    found: list[str] = []
    for row in rows:
        found += [""] if found else []
        for title, cell in zip(titles, row, strict=True):
            cell = shorten(cell, max(1, width - cells(f"{title}: ")), mark) if title in ids else cell
            found += fold(f"{title}: {cell}" if title else cell, width, indent=2, cut=cut) if cell else []
    return found


def labelled(label: str, text: str, width: int) -> Iterator[str]:
    """A text beside its label, wrapped and aligned; below the label if a word needs the room.

    A word that is too long for any row stays whole, so that it can be copied.
    """
    room, typed = width - cells(label), commands(label + text)
    beside = room >= max(map(cells, text.split(" "))) and all(cells(c) + 2 <= room for c in typed)
    indent = cells(label) if beside else len(label) - len(label.lstrip(" ")) + 2
    rows = fold_commands(text, width - indent, cut=False) if typed else fold(text, width - indent, cut=False)
    if not beside:
        yield label.rstrip(" ")
    for n, row in enumerate(rows):
        yield (label if beside and n == 0 else " " * indent) + row
