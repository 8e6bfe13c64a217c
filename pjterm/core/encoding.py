"""Decoding a file or pipe of the user."""

from __future__ import annotations

_MARK = b"\xef\xbb\xbf"


def decode(raw: bytes) -> str:
    """Decode what the user put into a file or a pipe: UTF-8, without the byte order mark that some editors add.

    Raises `ValueError`, whose message says what it is instead and never quotes it.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw:
        raise ValueError("this is UTF-16 text or no text at all; save it as UTF-8")
    try:
        return raw.removeprefix(_MARK).decode()
    except UnicodeDecodeError:
        raise ValueError("this is not UTF-8 text; save it as UTF-8") from None
