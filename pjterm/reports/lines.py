"""A text broken into lines at its spaces; a word that no line holds is broken where it must be. No letter is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

Measure = Callable[[str], float]


def lines(text: str, room: float, measure: Measure) -> list[str]:
    """Break a text into lines no wider than `room`. `measure` gives the width of a piece; widths add up."""
    found, line, width = [], "", 0.0
    for word in re.findall(r" *[^ ]+", text):
        needs = measure(word)
        if line and width + needs > room:
            found.append(line)
            line, width, word = "", 0.0, word.lstrip(" ")
            needs = measure(word)
        if needs > room:
            *whole, word = _pieces(word, room, measure)
            found += whole
            needs = measure(word)
        line, width = line + word, width + needs
    return [*found, line] if line or not found else found


def _pieces(word: str, room: float, measure: Measure) -> Iterator[str]:
    """A long word in pieces that fit, of at least one letter."""
    piece, width = "", 0.0
    for letter in word:
        needs = measure(letter)
        if piece and width + needs > room:
            yield piece
            piece, width = "", 0.0
        piece, width = piece + letter, width + needs
    yield piece
