"""Text for a font that has only Western letters: what it lacks is shown as its Unicode number, never as a guess.

Embedded fonts would be half a megabyte each, and no machine can be relied on to have them. So
`張` is written `‹U+5F20›`, which anyone can look up.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import groupby

ENCODING = "cp1252"
"""The characters of the fonts that every PDF reader has."""
_OPEN, _CLOSE = "‹", "›"
_MARK = re.compile(r"‹(U\+[0-9A-F]{4,6}(?: U\+[0-9A-F]{4,6})*)›")
NOTE = "Characters that the font of this file does not have stand as their Unicode numbers, like ‹U+5F20›."


def printable(text: str) -> str:
    """A text without anything that the font lacks or a reader would obey; line breaks stay."""
    composed = unicodedata.normalize("NFC", text)
    parts = (_shown(has, "".join(run)) for has, run in groupby(composed, _has))
    return "".join(parts)


def is_marked(text: str) -> bool:
    """Whether a printable text replaces something that the font lacks."""
    return _MARK.search(text) is not None


def _shown(has: bool, run: str) -> str:
    if has:
        return "".join(" " if c.isspace() and c != "\n" else c for c in run)
    return f"{_OPEN}{' '.join(f'U+{ord(c):04X}' for c in run)}{_CLOSE}"


@lru_cache(1024)  # a long text has few characters
def _has(c: str) -> bool:
    if c == "\n" or unicodedata.category(c) == "Zs":
        return True
    return c.isprintable() and c != _OPEN and c.encode(ENCODING, "ignore") != b""
