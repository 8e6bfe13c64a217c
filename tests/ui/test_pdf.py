"""A document as a PDF: the same bytes each time, all of its text, and only the pixels of an image."""

from __future__ import annotations

import io
import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin
from pypdf import PdfReader

from pjterm.reports.document import (
    Block,
    Contents,
    Document,
    Facts,
    Figure,
    Notice,
    Page,
    Paper,
    Paragraph,
    Picture,
    Timeline,
    TimelineRow,
)
from pjterm.reports.printable import printable
from pjterm.ui.pdf import draw
from tests.ui.images import photo
from tests.world.papers import png

MADE = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def whole(text: str, image: bytes | None = None) -> Document:
    """A document with every kind of block; the text appears 14 times in all."""
    blocks: tuple[Block, ...] = (
        Figure(text, text), Paragraph(text), Paragraph(text, small=True), Facts((("a label", text),), text),
        Paper((text,)), Paper((text,), columns=True), Timeline(text, (TimelineRow("12:00", "poll", text),), text),
        Notice(text, text), Contents(), *([Picture(image, text)] if image else []),
    )  # fmt: skip
    return Document("title", "head", "foot", (Page("first", text, blocks), Page("second", text, ())))


def drawn(document: Document) -> bytes:
    return draw(document, MADE, "a test")[0]


def text_of(data: bytes) -> str:
    """The text of the sheets between header and footer, without spaces."""
    sheets = (page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    return "".join("".join(sheet.removeprefix("head").rpartition("foot Page ")[0].split()) for sheet in sheets)


def test_the_same_document_gives_the_same_bytes() -> None:
    assert drawn(whole("Café", png())) == drawn(whole("Café", png()))


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_drawn_completely_wherever_it_is(text: str) -> None:
    shown = printable(text)
    wanted, found = "".join(shown.split()), text_of(drawn(whole(shown)))

    assert wanted == "" or found.count(wanted) >= 14


def test_a_text_longer_than_a_sheet_continues_on_the_next_in_every_kind_of_block() -> None:
    words = " ".join(f"word{n}" for n in range(500))
    data, sheets = draw(whole(words), MADE, "a test")
    found = text_of(data)

    assert sheets > 10
    assert [n for n in range(500) if found.count(f"word{n}word{n + 1}") < 14 and n < 499] == []


def test_each_sheet_has_its_number_and_its_header() -> None:
    sheets = [page.extract_text() for page in PdfReader(io.BytesIO(drawn(whole("x " * 1500)))).pages]

    assert len(sheets) > 3
    assert [n for n, text in enumerate(sheets, 1) if f"Page {n} of {len(sheets)}" not in text] == []
    assert all("head" in text for text in sheets)


@pytest.mark.parametrize("image", [
    png(), photo("PNG", "RGBA"), photo("PNG", "P"), photo("PNG", "I;16"), photo("PNG", "1"), photo("JPEG", "L"),
    photo("JPEG", "RGB"), photo("JPEG", "CMYK"), photo("PNG", "L", (4096, 4)), photo("PNG", "L", (1, 4096)),
], ids=itertools.count())  # fmt: skip
def test_an_image_is_drawn(image: bytes) -> None:
    assert sum(len(page.images) for page in PdfReader(io.BytesIO(drawn(whole("x", image)))).pages) == 1


def test_only_the_pixels_of_an_image_are_included() -> None:
    file, comment = io.BytesIO(), PngImagePlugin.PngInfo()
    comment.add_text("Comment", "secret" * 20)
    Image.new("L", (5, 5)).save(file, "PNG", pnginfo=comment)
    data = drawn(whole("x", file.getvalue()))

    assert b"secret" in file.getvalue()
    assert b"secret" not in data
