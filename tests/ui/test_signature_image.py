"""The image of a signature: read from untrusted bytes, and drawn in characters."""

from __future__ import annotations

import io
import itertools

import pytest
from PIL import Image

from pjterm.ui.signature_image import read_picture, sketch
from tests.ui.images import photo
from tests.world.papers import png


@pytest.mark.parametrize("image", [
    b"", b"GIF89a", b"<svg/>", photo("GIF", "L"), photo("BMP", "L"), photo("TIFF", "L"), png()[:50], png()[:-30],
    photo("PNG", "L", (4097, 1)), photo("JPEG", "L")[:100],
], ids=itertools.count())  # fmt: skip
def test_anything_but_a_signature_image_is_none(image: bytes) -> None:
    assert read_picture(image) is None


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_black_and_white_read_the_same_in_every_kind_of_png(mode: str) -> None:
    pixels, file = Image.new("L", (2, 1), 255), io.BytesIO()
    pixels.putpixel((0, 0), 0)
    wide = Image.frombytes("I;16", (2, 1), b"\x00\x00\xff\xff")
    (wide if mode == "I;16" else pixels.convert(mode)).save(file, "PNG")

    picture = read_picture(file.getvalue())

    assert picture is not None
    assert picture.tobytes() == b"\x00\xff"


def test_transparent_pixels_are_white_paper() -> None:
    picture = read_picture(photo("PNG", "RGBA", (2, 1)))

    assert picture is not None
    assert picture.tobytes() == b"\xff\xff"


def test_a_sketch_is_cropped_to_the_ink_and_keeps_thin_strokes() -> None:
    picture = Image.new("L", (200, 9), 255)
    picture.paste(0, (50, 4, 150, 5))

    assert sketch(picture, 40) == ["▀" * 40]
    assert sketch(picture, 40, blocks=False) == ["'" * 40]


def test_an_empty_picture_has_no_lines() -> None:
    assert sketch(Image.new("L", (2, 1), 255), 40) == []
