"""An amount in big letters, and the text beside it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest

from pjterm.ui.appearance import Appearance, StyledRow
from pjterm.ui.big_letters import can_draw, figure, half_figure
from pjterm.ui.fitting import usable

WIDE = 60  # columns from which text is beside the figure
HUGE = 100  # and from which the figure is drawn double
Text = Callable[[int], list[StyledRow]]
"""Makes rows for a width."""


def big_amount(amount: str, look: Appearance, width: int, *, huge: bool) -> list[str]:
    """An amount as large as this width allows: at double size, normal size, or not at all."""
    text = amount.lstrip("$")
    if not can_draw(text):
        return []
    double = figure(text, glyph=look.glyph("█"), scale=2)
    normal = half_figure(text) if look.blocks else figure(text, glyph=look.glyph("█"), scale=1)
    drawn = double if huge and width >= usable(HUGE) and max(map(len, double)) <= width // 2 else normal
    return drawn if max(map(len, drawn)) <= width - 2 else []


def beside(drawn: list[str], text: Text, width: int, style: str) -> list[StyledRow]:
    """The figure with the text at its right if there is room, else below it."""
    if not drawn:
        return text(width)
    across = max(map(len, drawn))
    room = width - across - 5
    if width < usable(WIDE) or room < 24:
        return [*(StyledRow.of(f" {row}", style) for row in drawn), *text(width)]
    written = text(room)
    space = max(0, (len(drawn) - len(written)) // 2)
    written = [*([StyledRow()] * space), *written]
    pairs = zip_longest(drawn, written, fillvalue=None)
    return [
        StyledRow(((f" {(row or '').ljust(across)}    ", style), *(said.spans if said is not None else ())))
        for row, said in pairs
    ]
