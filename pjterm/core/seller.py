"""Who sold, as this machine is told: a name that stays in the journal and is never sent."""

from __future__ import annotations

from pjterm.errors import UsageFault

BY_LIMIT = 32  # characters


def check_by(text: str, what: str) -> str:
    """Who sold: 1-32 printable characters. It is never sent."""
    if not 1 <= len(text) <= BY_LIMIT or not text.isprintable() or text != text.strip():
        raise UsageFault(f"{what}: invalid name {text!r}: use 1 to {BY_LIMIT} printable characters")
    return text
