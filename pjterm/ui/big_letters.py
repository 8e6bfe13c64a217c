"""Letters and digits large enough to be read across a counter, as rows of text.

A letter is a grid of five rows. `figure` draws each point as one or two columns of one glyph, so it
works with block glyphs and with plain `#`; `half_figure` packs two rows of points into one of text.
"""

from __future__ import annotations

HEIGHT = 5
_SHAPES = {
    "A": "###/# #/###/# #/# #", "B": "## /# #/## /# #/## ", "C": "###/#  /#  /#  /###",
    "D": "## /# #/# #/# #/## ", "E": "###/#  /## /#  /###", "F": "###/#  /## /#  /#  ",
    "G": "###/#  /# #/# #/###", "H": "# #/# #/###/# #/# #", "I": "#/#/#/#/#",
    "J": "  #/  #/  #/# #/###", "K": "# #/# #/## /# #/# #", "L": "#  /#  /#  /#  /###",
    "M": "#   #/## ##/# # #/#   #/#   #", "N": "#  #/## #/# ##/#  #/#  #", "O": "###/# #/# #/# #/###",
    "P": "###/# #/###/#  /#  ", "Q": "### /# # /# # /### /   #", "R": "###/# #/## /# #/# #",
    "S": "###/#  /###/  #/###", "T": "###/ # / # / # / # ", "U": "# #/# #/# #/# #/###",
    "V": "# #/# #/# #/# #/ # ", "W": "#   #/#   #/# # #/## ##/#   #", "X": "# #/# #/ # /# #/# #",
    "Y": "# #/# #/###/ # / # ", "Z": "###/  #/ # /#  /###", "0": "###/# #/# #/# #/###",
    "1": "## / # / # / # /###", "2": "###/  #/###/#  /###", "3": "###/  #/ ##/  #/###",
    "4": "# #/# #/###/  #/  #", "5": "###/#  /###/  #/###", "6": "###/#  /###/# #/###",
    "7": "###/  #/  #/  #/  #", "8": "###/# #/###/# #/###", "9": "###/# #/###/  #/###",
    ".": " / / / /#", " ": " / / / / ",
}  # fmt: skip
_HALVES = {(" ", " "): " ", ("#", " "): "▀", (" ", "#"): "▄", ("#", "#"): "█"}
HALF_GLYPHS = "▀▄█"


def _points(text: str) -> list[str]:
    """Five rows of points; a letter that has no shape is left out by the caller (`can_draw`)."""
    shapes = [_SHAPES[c].split("/") for c in text]
    return [" ".join(shape[row] for shape in shapes) for row in range(HEIGHT)]


def can_draw(text: str) -> bool:
    """Whether every character has a shape."""
    return bool(text) and all(c in _SHAPES for c in text)


def figure(text: str, *, glyph: str, scale: int) -> list[str]:
    """Five rows; each point is `scale` columns of `glyph`."""
    return ["".join((glyph if point == "#" else " ") * scale for point in row).rstrip() for row in _points(text)]


def half_figure(text: str) -> list[str]:
    """Three rows of half blocks, one column a point; only where the console can encode `HALF_GLYPHS`."""
    points = [*_points(text), ""]
    points[-1] = " " * len(points[0])
    pairs = zip(points[::2], points[1::2], strict=True)
    return ["".join(_HALVES[both] for both in zip(*pair, strict=True)).rstrip() for pair in pairs]
