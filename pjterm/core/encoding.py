"""Decoding a file or pipe of the user."""

from __future__ import annotations


def as_text(raw: bytes) -> str:
    """What a person put into a file or a pipe: UTF-8, less the byte order mark that some editors put in front.

    Raises `ValueError`, whose words say what it is instead and never quote it.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw:
        raise ValueError("this is UTF-16 text or no text at all; save it as UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("this is not UTF-8 text; save it as UTF-8") from None
