"""Wrapped text has all its letters in order, and no line is too wide."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pjterm.reports.lines import lines

TEXTS = st.text(st.sampled_from("ab  W"), max_size=60)


@given(TEXTS, st.integers(1, 20))
def test_no_letter_is_lost_and_no_line_is_too_wide(text: str, room: int) -> None:
    found = lines(text, room, len)

    assert "".join(found).replace(" ", "") == text.replace(" ", "")
    assert max(map(len, found)) <= room


@given(TEXTS)
def test_a_text_with_room_stays_one_line(text: str) -> None:
    assert lines(text, 60, len) == [text.rstrip(" ")]


def test_words_stay_intact_if_a_line_holds_them() -> None:
    assert lines("one two  three fourteenletters", 8, len) == ["one two", "three", "fourteen", "letters"]


def test_a_width_of_nothing_gives_one_letter_per_line() -> None:
    assert lines("ab", 0.5, len) == ["a", "b"]
