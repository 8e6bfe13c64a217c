"""Strict JSON for input from outside: no NaN, no Infinity, and no number beyond what a double holds."""

from __future__ import annotations

import json
import math
from typing import Any


def read(text: str | bytes) -> Any:
    """Parse JSON; raises `ValueError`, and nothing else, if it is invalid."""
    return _read(_DECODER, text)


def read_unrepeated(text: str | bytes) -> Any:
    """The same, and no object may repeat a key: some parsers take the first, others the last."""
    return _read(_UNREPEATED, text)


def _read(decoder: json.JSONDecoder, text: str | bytes) -> Any:
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    try:
        return decoder.decode(text)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate keys")
    return members


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    """A number that JSON can represent: `1e999` would be infinite."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large")
    return number


_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)
_UNREPEATED = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_no_constant, parse_float=_finite)
