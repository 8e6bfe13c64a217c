"""Rows in columns as wide as the window, one line per row if possible."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import zip_longest

from pjterm.ui.fitting import ID_LEAST, cells, fold, shorten
from pjterm.ui.paint import Paint
from pjterm.ui.stacked import stacked

_APART, _NEAR = 2, 1
"""Space between two columns of a table; the second only if a row does not fit otherwise."""


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

    Ids that are too wide are shortened in the middle (`ids` names their columns), so that a row stays a line;
    then columns move together, and text wraps at spaces inside its cells, the widest column first. If that is not
    enough, the titles and values of each row are below each other. Without a `width` nothing is shortened or wrapped.
    """
    everything = [titles, *rows]
    widths, apart = [max(map(cells, column)) for column in zip(*everything, strict=True)], _APART
    if width is not None and _excess(widths, width, apart) > 0:
        chosen = _fitted(titles, rows, widths, width, ids)
        if chosen is None:
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
    """Widths that fit, and the space between: ids shrink first, then the space, then texts down to their longest word.

    None if that is not enough.
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
    """Shrink the widths one by one, the widest first, none below its least."""
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
