"""Text from files and pipes: UTF-8, with or without a byte order mark."""

from __future__ import annotations

import pytest

from pjterm.core.encoding import decode


@pytest.mark.parametrize("raw", ["ü".encode(), "ü".encode("utf-8-sig")])
def test_utf_8_is_read_without_its_mark(raw: bytes) -> None:
    assert decode(raw) == "ü"


@pytest.mark.parametrize(
    ("raw", "says"),
    [("ü".encode("utf-16"), "UTF-16"), ("a".encode("utf-16-be"), "UTF-16"), (b"\xfc", "not UTF-8")],
)
def test_what_it_is_instead_is_said(raw: bytes, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        decode(raw)
