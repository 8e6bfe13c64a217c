"""Text from outside made safe to show, and JSON on one line."""

from __future__ import annotations

import json
from typing import Any

JOINERS = "\u200c\u200d"
"""Persian, Indic scripts and emoji need these two, which Python does not call printable."""


def harmless(text: str) -> str:
    """Text from outside without anything that a terminal would obey.

    Control characters, bidirectional overrides and lone surrogates become `\\xNN`-like marks.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in JOINERS else _mark(c) for c in text)


def _mark(c: str) -> str:
    if c == "\n":
        return "⏎"
    return f"\\x{ord(c):02x}" if ord(c) < 0x100 else f"\\u{ord(c):04x}"


def counted(n: int, one: str, several: str | None = None) -> str:
    """A count with its noun: `1 entry`, `2 entries`, `no entries`."""
    several = several or (f"{one[:-1]}ies" if one.endswith("ry") else f"{one}s")
    return f"{n or 'no'} {one if n == 1 else several}"


def a(noun: str) -> str:
    """A noun with its article: `a prompt`, `an input`."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def with_environment(profile: str, environment: str) -> str:
    """A profile and its environment, for people; the simulator's own profile is named once."""
    return profile if profile == environment else f"{profile} ({environment})"


def one_line(value: Any) -> str:
    """A JSON object on one line. Non-ASCII is escaped, so that no code page can break it."""
    return json.dumps(value, ensure_ascii=True, separators=(", ", ": "), allow_nan=False)
