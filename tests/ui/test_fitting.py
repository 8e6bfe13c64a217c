"""Tables for people: as wide as the window, with nothing broken that may be copied."""

from __future__ import annotations

import re
import shlex
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pjterm.ui.columns import table
from pjterm.ui.fitting import cells, fold, fold_commands, packed
from pjterm.ui.stacked import labelled

TITLES = ("KEY", "AMOUNT", "WHY")
ROWS = (("order-1042", "12.50", "approved at the first try"), ("o-7", "1000.00", ""))


def drawn(width: int) -> str:
    return "\n".join(table(TITLES, ROWS, ("AMOUNT",), width))


def test_amounts_are_aligned_to_the_right() -> None:
    assert drawn(80) == (
        "KEY          AMOUNT  WHY\n"
        "order-1042    12.50  approved at the first try\n"
        "o-7         1000.00"
    )  # fmt: skip


def test_the_widest_column_is_wrapped_if_the_window_is_too_narrow() -> None:
    assert drawn(36) == (
        "KEY          AMOUNT  WHY\n"
        "order-1042    12.50  approved at the\n"
        "                     first try\n"
        "o-7         1000.00"
    )  # fmt: skip


def test_if_wrapping_is_not_enough_titles_and_values_are_stacked() -> None:
    assert drawn(24) == (
        "KEY     order-1042\n"
        "AMOUNT    12.50\n"
        "WHY     approved at the\n"
        "        first try\n"
        "\n"
        "KEY     o-7\n"
        "AMOUNT  1000.00"
    )  # fmt: skip


def test_if_that_breaks_a_word_each_row_becomes_a_paragraph() -> None:
    assert drawn(16) == (
        "KEY: order-1042\nAMOUNT: 12.50\nWHY: approved at\n  the first try\n\nKEY: o-7\nAMOUNT: 1000.00"
    )


def test_each_total_has_its_own_line_below_its_items() -> None:
    titles, rows = ("READER", "OUTCOME", "TIP", "TOTAL"), [
        ("T1", "approved", "1.00", "21.00"), ("", "charged", "", "21.00"), ("", "net", "", "21.00"),
    ]  # fmt: skip

    assert table(titles, rows, ("TIP", "TOTAL"), 20) == [
        "READER   T1", "OUTCOME  approved", "TIP       1.00", "TOTAL    21.00", "",
        "charged  21.00", "net      21.00",
    ]  # fmt: skip


def test_a_value_is_beside_its_label_or_complete_below_it() -> None:
    path = "/home/anna/.local/state/pjterm"

    assert list(labelled("  state  ", path, 40)) == [f"  state  {path}"]
    assert list(labelled("  state  ", path, 36)) == ["  state", f"    {path}"]
    assert list(labelled("  see  ", "exit 5: pjterm explain exit-5", 28)) == [
        "  see", "    exit 5:", "      pjterm explain exit-5",
    ]  # fmt: skip
    assert list(labelled("  by  ", "pjterm itself, as it is", 20)) == ["  by  pjterm itself,", "      as it is"]


def test_wide_characters_take_two_columns() -> None:
    assert table(("A", "B"), [("茶茶", "x"), ("tea", "y")], (), 80) == ["A     B", "茶茶  x", "tea   y"]


WORD = st.text(alphabet="ab1-茶\u0301", min_size=1, max_size=14)
CELL = st.lists(WORD, max_size=6).map(" ".join)


@pytest.mark.parametrize("count", [1, 4])
@given(data=st.data())
def test_nothing_exceeds_the_window_or_is_lost_or_broken_unnecessarily(count: int, data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.lists(CELL, min_size=count, max_size=count), max_size=4))
    width = data.draw(st.integers(8, 90))
    titles = [f"T{n}" for n in range(count)]
    lines = table(titles, rows, ("T0",), width)
    words = [word for row in rows for cell in row for word in cell.split()]

    assert max(map(cells, lines), default=0) <= width
    assert Counter("".join(words)) <= Counter("".join(lines))
    if all(cells(word) <= width - 4 for word in words):
        seen = re.split(r"\s+", "\n".join(lines))
        assert set(words) <= set(seen)


def test_parts_share_a_line_while_they_fit_and_no_line_ends_with_a_separator() -> None:
    parts = ("Visa 1111", "approval PJ20AP", "17:03:30")

    assert packed(parts, " · ", 40) == ["Visa 1111 · approval PJ20AP · 17:03:30"]
    assert packed(parts, " · ", 30) == ["Visa 1111 · approval PJ20AP", "17:03:30"]
    assert packed(parts, " · ", 5) == list(parts)


def test_a_first_word_longer_than_a_row_begins_at_the_margin() -> None:
    assert fold("a-long-path-that-is-whole and more", 12, 2, cut=False) == ["a-long-path-that-is-whole", "  and more"]


@pytest.mark.parametrize("width", range(12, 80, 3))
def test_a_wrapped_command_is_the_same_command_to_a_shell(width: int) -> None:
    """For example, rows copied from a narrow window: a shell joins those that end with a backslash."""
    command = "pjterm prompt \"Bob's card, or an other one?\" -t 'Front desk' --key order-10421042104210421042"
    rows = fold_commands(f"next: try again: {command}", width, on="\\")
    pasted = "\n".join(rows).partition("pjterm")[2].replace("\\\n", "")

    assert shlex.split(f"pjterm{pasted}") == shlex.split(command)
    assert max(map(cells, rows)) <= width


LONG = "pjterm charge 12.50 --terminal 'Front desk' --key order-10421042104210421042"


def test_a_command_is_one_line_on_windows_if_it_need_not_be_wrapped() -> None:
    assert fold_commands(f"next: try again: {LONG}", 40, cut=False, on="`") == ["next: try again:", f"  {LONG}"]


def test_powershell_uses_its_own_continuation_mark() -> None:
    assert fold_commands(f"next: try again: {LONG}", 40, on="`") == [
        "next: try again:",
        "  pjterm charge 12.50 `",
        "  --terminal 'Front desk' `",
        "  --key order-10421042104210421042",
    ]
