"""Characters missing from a Western font become Unicode numbers that can be read back."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pjterm.reports.printable import ENCODING, is_marked, printable

_MARK = re.compile(r"‹(U\+[0-9A-F]{4,6}(?: U\+[0-9A-F]{4,6})*)›")


def read_back(text: str) -> str:
    """The original text of a `printable` one."""
    return _MARK.sub(lambda m: "".join(chr(int(code[2:], 16)) for code in m[1].split()), text)


@given(st.text())
def test_any_text_can_be_shown_and_read_back(text: str) -> None:
    shown = printable(text)

    assert read_back(shown) == "".join(_plain(c) for c in unicodedata.normalize("NFC", text))
    assert shown.encode(ENCODING).decode(ENCODING) == shown
    assert all(c == "\n" or c.isprintable() for c in shown)


def _plain(c: str) -> str:
    return " " if unicodedata.category(c) == "Zs" else c


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Café – “naïve” · €5", "Café – “naïve” · €5"),
        ("\u5f20\u4e09 a", "‹U+5F20 U+4E09› a"),
        ("a\x1b[31m\u202eb\r", "a‹U+001B›[31m‹U+202E›b‹U+000D›"),
        ("👩\u200d👧", "‹U+1F469 U+200D U+1F467›"),
        ("‹U+0041›", "‹U+2039›U+0041›"),
        ("e\u0301\u00a0x\ny", "é x\ny"),
        ("\ud800\x85\xad", "‹U+D800 U+0085 U+00AD›"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(("text", "marked"), [("plain", False), ("\u5f20", True), ("›", False)])
def test_a_page_knows_whether_it_needs_the_note(text: str, marked: bool) -> None:
    assert is_marked(printable(text)) is marked
