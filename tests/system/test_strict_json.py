"""JSON from outside: read according to its standard, or not at all."""

from __future__ import annotations

import pytest

from pjterm.system import strict_json


@pytest.mark.parametrize(
    "text",
    ["", "NaN", "-Infinity", "[1e999]", "{", "[" * 100_000, b"[" * 100_000, b"\xff", "\ufeff{}", '{"a": 1} {}'],
    ids=lambda text: repr(text[:12]),
)
def test_invalid_json_is_only_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (the message depends on the text)
        strict_json.read(text)


def test_a_repeated_member_is_refused_where_it_matters() -> None:
    text = '{"a": {"b": 1, "b": 2}}'

    with pytest.raises(ValueError, match="duplicate keys"):
        strict_json.read_unrepeated(text)

    assert strict_json.read(text) == {"a": {"b": 2}}
