"""What a decline means at the counter."""

from __future__ import annotations

import pytest

from pjterm.core.response_codes import in_one_line


@pytest.mark.parametrize(
    ("code", "begins"),
    [
        ("05", "Take another card"),
        (" fa ", "Never run this card again, not even tomorrow. Take another card"),
        ("ZZ", "Take another card; no page explains this code."),
        (None, "Take another card; no page explains this code."),
    ],
)
def test_a_code_says_what_to_do_and_whether_the_card_may_be_tried_again(code: str | None, begins: str) -> None:
    assert in_one_line(code).startswith(begins)
