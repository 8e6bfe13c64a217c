"""JSON from outside: read as its standard has it, or not at all."""

from __future__ import annotations

import pytest

from pjterm.system import strict_json


@pytest.mark.parametrize(
    "text",
    ["", "NaN", "-Infinity", "[1e999]", "{", "[" * 100_000, b"[" * 100_000, b"\xff", "\ufeff{}", '{"a": 1} {}'],
    ids=lambda text: repr(text[:12]),
)
def test_what_is_no_json_is_a_value_error_and_nothing_else(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (what it says depends on the text)
        strict_json.read(text)


def test_a_member_that_comes_twice_is_refused_where_that_matters() -> None:
    text = '{"a": {"b": 1, "b": 2}}'

    with pytest.raises(ValueError, match="duplicate keys"):
        strict_json.read_unrepeated(text)

    assert strict_json.read(text) == {"a": {"b": 2}}
