"""A signature as a PNG: as it was written, else made up, always the same for one id."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise

WIDTH, HEIGHT = 320, 100
_PEN = 2


def signature(name: str, strokes: str = "") -> bytes:
    """A grayscale PNG of 320 x 100: these strokes ("10,20 30,40;50,60 70,80"), or ones made up from `name`."""
    canvas = [bytearray(b"\xff" * WIDTH) for _ in range(HEIGHT)]
    for x, y in _written(strokes) if strokes else _strokes(sha256(name.encode()).digest()):
        _dot(canvas, x, y)
    return _png(canvas)


def _written(strokes: str) -> Iterator[tuple[float, float]]:
    """The points of the written lines."""
    for stroke in strokes.split(";"):
        points = [(float(x), float(y)) for x, y in (point.split(",") for point in stroke.split(" "))]
        for (x, y), (to_x, to_y) in pairwise([points[0], *points]):
            steps = max(1, math.ceil(max(abs(to_x - x), abs(to_y - y))))
            yield from ((x + (to_x - x) * n / steps, y + (to_y - y) * n / steps) for n in range(steps + 1))


def _strokes(seed: bytes) -> list[tuple[float, float]]:
    """Loops of changing height that run to the right, and a line under them."""
    points = []
    for step in range(1600):
        t = step / 1600
        wave = 2 * math.pi * t * (4 + seed[0] % 5)
        height = 14 + 14 * math.sin(t * (3 + seed[1] % 7) + seed[2])
        x = 24 + 250 * t + (6 + seed[3] % 8) * math.sin(wave + seed[4])
        points.append((x, 46 - height * math.cos(wave) - 6 * t))
    return points + [(40 + i, 84 - 4 * math.sin(i / (20 + seed[5] % 40))) for i in range(210)]


def _dot(canvas: list[bytearray], x: float, y: float) -> None:
    for dy in range(-_PEN + 1, _PEN):
        for dx in range(-_PEN + 1, _PEN):
            column, row = round(x) + dx, round(y) + dy
            if 0 <= column < WIDTH and 0 <= row < HEIGHT:
                canvas[row][column] = 0 if dx == dy == 0 else min(canvas[row][column], 96)


def _png(rows: list[bytearray]) -> bytes:
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 0, 0, 0, 0)
    data = zlib.compress(b"".join(b"\x00" + bytes(row) for row in rows))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
