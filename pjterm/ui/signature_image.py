"""A PNG as rows of grey, and those as half blocks: a signature shown in the terminal it was asked from.

Pure and bounded: sizes are checked before anything is unpacked, and what cannot be read is `None`, for
the format of the images is a guess anyway. Interlaced images are not read.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from itertools import islice

from pjterm.values import dataclass, field

_MAGIC = b"\x89PNG\r\n\x1a\n"
_MOST_SIDE = 4096  # pixels; a signature pad has some hundreds
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
_INK = 160  # darker than this is ink
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
_PLAIN = {(False, False): " ", (True, False): "'", (False, True): ".", (True, True): "#"}


@dataclass(frozen=True, slots=True)
class Picture:
    """Rows of grey, 0 is black and 255 is white (or nothing)."""

    width: int
    height: int
    rows: tuple[bytes, ...] = field(repr=False)


class _Unreadable(Exception):
    """Not a PNG this module reads."""


def read_png(data: bytes) -> Picture | None:
    """The picture in a PNG, or `None`."""
    try:
        return _read(data)
    except (_Unreadable, struct.error, zlib.error, IndexError):
        return None


def _read(data: bytes) -> Picture:
    if not data.startswith(_MAGIC):
        raise _Unreadable
    chunks = list(_chunks(data))
    if not chunks or chunks[0][0] != b"IHDR":
        raise _Unreadable
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    fits = 0 < width <= _MOST_SIDE and 0 < height <= _MOST_SIDE
    if not fits or colour not in _CHANNELS or depth not in (1, 2, 4, 8, 16) or interlaced:
        raise _Unreadable
    bits = depth * _CHANNELS[colour]
    stride = (width * bits + 7) // 8
    raw = _unpack(b"".join(body for kind, body in chunks if kind == b"IDAT"), (stride + 1) * height)
    palette = next((body for kind, body in chunks if kind == b"PLTE"), b"")
    grey = _grey(colour, depth, palette)
    lines = _unfilter(raw, stride, height, max(1, bits // 8))
    rows = tuple(bytes(islice(grey(_samples(line, depth)), width)) for line in lines)
    return Picture(width, height, rows)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_MAGIC)
    while at + 8 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += length + 12


def _unpack(packed: bytes, size: int) -> bytes:
    """Exactly so many bytes; a bomb is not unpacked further."""
    raw = zlib.decompressobj().decompress(packed, size)
    if len(raw) < size:
        raise _Unreadable
    return raw


def _unfilter(raw: bytes, stride: int, height: int, back: int) -> Iterator[bytes]:
    """Undo the five filters of PNG, line by line."""
    above = bytes(stride)
    for row in range(height):
        at = row * (stride + 1)
        line = bytearray(raw[at + 1 : at + 1 + stride])
        kind = raw[at]
        for i in range(stride if kind else 0):
            left = line[i - back] if i >= back else 0
            up, corner = above[i], above[i - back] if i >= back else 0
            line[i] = (line[i] + _predicted(kind, left, up, corner)) & 255
        above = bytes(line)
        yield above


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    match kind:
        case 1:
            return left
        case 2:
            return up
        case 3:
            return (left + up) // 2
        case 4:
            guess = left + up - corner
            return min((left, up, corner), key=lambda value: abs(guess - value))
        case _:
            raise _Unreadable


def _samples(line: bytes, depth: int) -> Iterator[int]:
    """Samples of 0 to 255, but of as many bits as there are for palettes and small depths."""
    if depth == 8:
        yield from line
    elif depth == 16:
        yield from line[::2]
    else:
        for byte in line:
            for shift in range(8 - depth, -1, -depth):
                yield byte >> shift & ((1 << depth) - 1)


def _grey(colour: int, depth: int, palette: bytes) -> Callable[[Iterator[int]], Iterator[int]]:
    """How samples become grey; transparency becomes white paper."""
    scale = 255 // ((1 << depth) - 1) if depth < 8 else 1

    def plain(samples: Iterator[int]) -> Iterator[int]:
        return (sample * scale for sample in samples)

    def from_palette(samples: Iterator[int]) -> Iterator[int]:
        return (sum(palette[3 * s : 3 * s + 3]) // 3 for s in samples)

    def several(samples: Iterator[int]) -> Iterator[int]:
        count = _CHANNELS[colour]
        for first in samples:
            pixel = [first, *islice(samples, count - 1)]
            alpha = pixel.pop() if count in (2, 4) else 255
            yield 255 - (255 - sum(pixel) // len(pixel)) * alpha // 255

    return {0: plain, 3: from_palette}.get(colour, several)


def sketch(picture: Picture, columns: int, *, blocks: bool = True) -> list[str]:
    """The inked part of a picture in so many columns, two rows of points to a line of text.

    Without `blocks` it is drawn in ASCII. An empty picture gives no lines.
    """
    inked = [[value < _INK for value in row] for row in picture.rows]
    rows = [n for n, row in enumerate(inked) if any(row)]
    if not rows:
        return []
    across = [n for n in range(picture.width) if any(row[n] for row in inked)]
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
    """Whether there is ink anywhere in a square: thin strokes must not vanish."""
    rows = inked[int(y) : min(bottom, max(int(y) + 1, round(y + size)))]
    begin, end = int(x), max(int(x) + 1, round(x + size))
    return any(any(row[begin:end]) for row in rows)
