"""Signs and colors in tables, written as plain escape sequences: lists load no rich."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pjterm.ui.fitting import has_color, is_dumb
from pjterm.ui.glyphs import glyph
from pjterm.ui.tones import COLORS, SIGNS, Tone

Paint = Callable[[int, int, str], str]
"""Paints a cell, given its row (-1 for the titles), column, and padded text."""
_BOLD, _RESET = "\x1b[1m", "\x1b[0m"


def painted(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    title: str,
    tones: Sequence[Tone | None],
    encoding: str,
    environ: Mapping[str, str],
) -> tuple[list[list[str]], Paint | None]:
    """The rows with a sign in the column of that `title`, and what paints them.

    Titles are bold if escape sequences may be written.
    """
    found = [list(row) for row in rows]
    at = columns.index(title) if title in columns else -1
    known = dict(enumerate(tones)) if at >= 0 else {}
    for n, tone in known.items():
        if tone is not None:
            found[n][at] = f"{glyph(SIGNS[tone], encoding)} {found[n][at]}"
    if is_dumb(environ):
        return found, None
    color = not environ.get("NO_COLOR")

    def paint(row: int, column: int, text: str) -> str:
        if row < 0:
            return f"{_BOLD}{text}{_RESET}"
        tone = known.get(row)
        if column != at or tone is None or not color or not text.strip():
            return text
        shown = text.rstrip()
        return f"{_sequence(tone)}{shown}{_RESET}{text[len(shown) :]}"

    return found, paint


def signed(sign: str, tone: Tone, encoding: str, environ: Mapping[str, str]) -> str:
    """Only the sign, painted if escape sequences may be written."""
    sign = glyph(sign, encoding)
    return f"{_sequence(tone)}{sign}{_RESET}" if has_color(environ) else sign


def _sequence(tone: Tone) -> str:
    foreground, background = COLORS[tone]
    return f"\x1b[1;38;5;{_of_256(foreground)};48;5;{_of_256(background)}m"


def _of_256(color: str) -> int:
    """The number of a color of the 6x6x6 cube."""
    steps = {0x00: 0, 0x5F: 1, 0x87: 2, 0xAF: 3, 0xD7: 4, 0xFF: 5}
    red, green, blue = (steps[int(color[n : n + 2], 16)] for n in (1, 3, 5))
    return 16 + 36 * red + 6 * green + blue
