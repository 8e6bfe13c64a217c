"""Our own glyphs, and the substitute of each for code pages that lack it."""

from __future__ import annotations

from pjterm.ui.fitting import encodable

STAND_INS = {"✓": "✓√+", "✗": "✗×x", "·": "·-", "→": "→>", "█": "█#"}
"""Each glyph and its substitutes, the best first; the last is ASCII."""
WORDS = {"…": "...", "“": '"', "”": '"', "—": "-", "–": "-", "’": "'"}


def glyph(wanted: str, encoding: str) -> str:
    """The best stand-in for a glyph that the code page has."""
    if wanted in WORDS:
        return wanted if encodable(wanted, encoding) == wanted else WORDS[wanted]
    return next((g for g in STAND_INS.get(wanted, wanted) if encodable(g, encoding) == g), "?")


def plainer(text: str, encoding: str) -> str:
    """A text with our own glyphs replaced where the code page lacks them."""
    if encodable(text, encoding) == text:
        return text
    for one in {*STAND_INS, *WORDS} & set(text):
        text = text.replace(one, glyph(one, encoding))
    return text
