"""The image of a signature: its pixels, and its drawing in half blocks for a terminal."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

MOST_SIDE = 4096  # pixels; a signature pad has some hundreds
FORMATS = ("PNG", "JPEG")
"""The possible formats of a signature: no page says which one it has (RCPT)."""
_INK = 160  # darker than this is ink
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
_PLAIN = {(False, False): " ", (True, False): "'", (False, True): ".", (True, True): "#"}


def read_picture(data: bytes) -> Image.Image | None:
    """Its pixels in gray on white, and nothing else of the file from outside; `None` if it is not an image."""
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            if max(image.size) > MOST_SIDE:
                return None
            seen = image.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    paper = Image.new("RGBA", seen.size, (255, 255, 255, 255))
    return Image.alpha_composite(paper, seen).convert("L")


def sketch(picture: Image.Image, columns: int, *, blocks: bool = True) -> list[str]:
    """The inked part of a picture in this many columns, two rows of pixels per line of text.

    Without `blocks` it is drawn in ASCII. An empty picture gives no lines.
    """
    data, width = picture.tobytes(), picture.width
    inked = [[value < _INK for value in data[at : at + width]] for at in range(0, len(data), width)]
    rows = [n for n, row in enumerate(inked) if any(row)]
    if not rows:
        return []
    across = [n for n in range(width) if any(row[n] for row in inked)]
    left, right, top, bottom = across[0], across[-1] + 1, rows[0], rows[-1] + 1
    columns = max(1, min(columns, right - left))
    size = (right - left) / columns
    height = max(1, round((bottom - top) / size))
    points = [
        [_any(inked, left + x * size, top + y * size, size, bottom) for x in range(columns)]
        for y in range(height + height % 2)
    ]
    glyphs = _HALVES if blocks else _PLAIN
    pairs = zip(points[::2], points[1::2], strict=True)
    return ["".join(glyphs[both] for both in zip(*pair, strict=True)).rstrip() for pair in pairs]


def _any(inked: list[list[bool]], x: float, y: float, size: float, bottom: int) -> bool:
    """Whether a square has any ink: thin strokes must not vanish."""
    rows = inked[int(y) : min(bottom, max(int(y) + 1, round(y + size)))]
    begin, end = int(x), max(int(x) + 1, round(x + size))
    return any(any(row[begin:end]) for row in rows)
