"""Text from files and pipes: UTF-8, with or without a byte order mark."""

from __future__ import annotations

import pytest

from pjterm.core.encoding import decode


@pytest.mark.parametrize("raw", ["ü".encode(), "ü".encode("utf-8-sig")])
def test_utf_8_is_read_with_or_without_a_byte_order_mark(raw: bytes) -> None:
    assert decode(raw) == "ü"


@pytest.mark.parametrize(
    ("raw", "says"),
    [("ü".encode("utf-16"), "UTF-16"), ("a".encode("utf-16-be"), "UTF-16"), (b"\xfc", "not UTF-8")],
)
def test_the_error_names_the_actual_encoding(raw: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        decode(raw)
