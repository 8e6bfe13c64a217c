"""A document drawn as a PDF, on letter paper, with the fonts that every reader has.

The same document gives the same bytes. Only the pixels of an image are used, and each line is set by itself, so
that a text of any length continues on the next sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import assert_never

from fpdf import FPDF
from fpdf.enums import XPos, YPos

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
)
from pjterm.reports.lines import lines
from pjterm.reports.printable import ENCODING
from pjterm.ui.signature_image import read_picture

Color = tuple[int, int, int]

MARGIN, TOP, BOTTOM = 22.0, 26.0, 22.0  # mm
INK, FAINT, RULE = (24, 28, 36), (104, 110, 122), (214, 218, 224)
ACCENT, WARM, COOL = (32, 84, 128), (252, 245, 231), (246, 247, 249)
LABEL, TIME, SOURCE = 42.0, 27.0, 25.0  # mm: widths of columns
PICTURE = (110.0, 52.0)  # mm, at most


def draw(document: Document, made_at: datetime, producer: str) -> tuple[bytes, int]:
    """The file, and its number of sheets; where each page begins is known only after drawing it."""
    first = _Sheets(document, made_at, producer, (), 0)
    second = _Sheets(document, made_at, producer, first.begins, first.page)
    return bytes(second.output()), second.page


class _Sheets(FPDF):
    """The sheets, one block under the other."""

    def __init__(self, document: Document, made_at: datetime, producer: str, begins: Sequence[int], total: int) -> None:
        super().__init__(format="letter")
        self.begins: list[int] = []
        """The sheet on which each page begins."""
        self._document, self._known, self._total = document, begins, total
        self._widths: dict[tuple[str, str, float], dict[str, float]] = {}
        self.core_fonts_encoding = ENCODING
        self.str_alias_nb_pages = ""  # a text may contain the placeholder for the number of pages
        self.set_margins(MARGIN, TOP, MARGIN)
        self.set_auto_page_break(False)
        self.c_margin = 0
        self.set_creation_date(made_at)
        self.set_title(document.title)
        self.set_subject(document.head)
        self.set_creator(producer)
        self.set_producer(producer)
        self.set_lang("en-US")
        for page in document.pages:
            self._draw(page)

    # -- sheets ---------------------------------------------------------------------------------------------------

    def header(self) -> None:
        self._font(8, FAINT)
        lines = self._lines(self._document.head, self.epw)
        self.set_y(17 - 4 * len(lines))
        for line in lines:
            self.cell(self.epw, 4, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self._rule(18)
        self.set_xy(MARGIN, TOP)

    def footer(self) -> None:
        self._font(8, FAINT)
        self.set_xy(MARGIN, self.h - 15)
        self._rule(self.h - 17)
        self.cell(self.epw / 2, 4, self._document.foot)
        self.cell(self.epw / 2, 4, f"Page {self.page} of {self._total}", align="R")

    def _draw(self, page: Page) -> None:
        self.add_page()
        self.begins.append(self.page)
        self.start_section(page.title)
        self._text(page.title, 19, INK, bold=True, leading=8.5)
        if page.lead:
            self.ln(1)
            self._text(page.lead, 10.5, FAINT)
        self.ln(5)
        for block in page.blocks:
            self._block(block)

    def _block(self, block: Block) -> None:
        match block:
            case Paragraph():
                self._text(block.text, 8.5 if block.small else 10.5, FAINT if block.small else INK)
            case Figure():
                self._text(block.text, 27, ACCENT, bold=True, leading=12)
                self._text(block.below, 11, FAINT)
            case Facts():
                self._facts(block)
            case Paper():
                family = "courier" if block.columns else "helvetica"
                self._filled([(line, family, "") for line in block.lines], COOL, 9.5 if block.columns else 10.5)
            case Timeline():
                self._timeline(block)
            case Picture():
                self._picture(block)
            case Notice():
                lines = [(says, "helvetica", "") for says in block.text.split("\n")]
                self._filled([(block.title, "helvetica", "B"), *lines], WARM, 10)
            case Contents():
                self._contents()
            case _:
                assert_never(block)
        self.ln(5)

    # -- blocks ---------------------------------------------------------------------------------------------------

    def _facts(self, block: Facts) -> None:
        if block.heading:
            self._heading(block.heading)
        for label, value in block.rows:
            self._row(((label, LABEL, FAINT), (value, self.epw - LABEL, INK)))

    def _timeline(self, block: Timeline) -> None:
        if block.about:
            self._heading(block.about)
        self._room(14)
        self._text(block.day, 9, FAINT)
        self.ln(1)
        for row in block.rows:
            rest = self.epw - TIME - SOURCE
            self._row(((row.time, TIME, INK), (row.source, SOURCE, FAINT), (row.says, rest, INK)))

    def _row(self, cells: Iterable[tuple[str, float, Color]]) -> None:
        """Cells beside each other, each as many lines as it needs, and a rule below them."""
        self._font(9.5)
        columns = [(self._lines(text, width - 3), width, color) for text, width, color in cells]
        for n in range(max(len(cell) for cell, _, _ in columns)):
            self._room(5.2)
            for cell, width, color in columns:
                if n < len(cell):
                    self.set_text_color(*color)
                    self.cell(width, 5.2, cell[n])
                else:
                    self.set_x(self.get_x() + width)
            self.ln(5.2)
        self._rule(self.get_y() + 0.8)
        self.ln(1.6)

    def _filled(self, texts: Iterable[tuple[str, str, str]], color: Color, size: float) -> None:
        """Lines on a colored ground, which continues on the next sheet with them."""
        leading, inset = size * 0.5, 5.0
        self.set_fill_color(*color)
        self._band(3)
        for text, family, style in texts:
            self._font(size, INK, family, style)
            for line in self._lines(text, self.epw - 2 * inset):
                self._band(leading)
                self.set_xy(MARGIN + inset, self.get_y() - leading)
                self.cell(self.epw - 2 * inset, leading, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self._band(3)

    def _band(self, height: float) -> None:
        self._room(height)
        self.rect(MARGIN, self.get_y(), self.epw, height + 0.05, style="F")
        self.set_y(self.get_y() + height)

    def _picture(self, block: Picture) -> None:
        pixels = read_picture(block.image)
        assert pixels is not None, "an unreadable image was put into a document; check it with read_picture first"
        scale = min(PICTURE[0] / pixels.width, PICTURE[1] / pixels.height)
        width, height = pixels.width * scale, pixels.height * scale
        self._room(height + 20)
        self.set_draw_color(*RULE)
        self.rect(MARGIN, self.get_y(), width + 10, height + 10)
        if self._total:  # else only its size is measured
            self.image(pixels, MARGIN + 5, self.get_y() + 5, width, height, alt_text=block.caption)
        self.set_y(self.get_y() + height + 12)
        self._text(block.caption, 8.5, FAINT)

    def _contents(self) -> None:
        self._heading("In this file")
        pages = self._document.pages
        for page, begins in zip(pages[1:], self._known[1:] or [0] * (len(pages) - 1), strict=True):
            link = self.add_link(page=begins) if begins else None
            self._font(10)
            self._room(6)
            self.cell(self.epw - 12, 6, page.title, link=link or "")
            self.cell(12, 6, str(begins), align="R", link=link or "", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            self._rule(self.get_y())

    # -- lines ----------------------------------------------------------------------------------------------------

    def _heading(self, text: str) -> None:
        self._room(18)  # never alone at the bottom of a sheet
        self._text(text, 10.5, ACCENT, bold=True)
        self.ln(1.5)

    def _text(self, text: str, size: float, color: Color, *, bold: bool = False, leading: float | None = None) -> None:
        self._font(size, color, style="B" if bold else "")
        height = leading or size * 0.52
        for n, paragraph in enumerate(text.split("\n")):
            self.ln(1 if n else 0)
            for line in self._lines(paragraph, self.epw):
                if self._room(height):
                    self._font(size, color, style="B" if bold else "")
                self.cell(self.epw, height, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _lines(self, text: str, width: float) -> list[str]:
        """A text in lines of this width in the present font; FPDF's own way takes twenty times as long."""
        return [line for part in text.split("\n") for line in lines(part, width, self._measure)]

    def _measure(self, text: str) -> float:
        """How wide a text is in the present font: none of these fonts moves one letter closer to another."""
        known = self._widths.setdefault((self.font_family, self.font_style, self.font_size_pt), {})
        for letter in set(text) - known.keys():
            known[letter] = self.get_string_width(letter)
        return sum(known[letter] for letter in text)

    def _room(self, height: float) -> bool:
        """Begin a new sheet if there is not enough room; FPDF keeps the font."""
        if self.get_y() + height <= self.h - BOTTOM:
            return False
        self.add_page()
        return True

    def _font(self, size: float, color: Color = INK, family: str = "helvetica", style: str = "") -> None:
        self.set_font(family, style, size)
        self.set_text_color(*color)

    def _rule(self, y: float) -> None:
        self.set_draw_color(*RULE)
        self.set_line_width(0.2)
        self.line(MARGIN, y, self.w - MARGIN, y)
