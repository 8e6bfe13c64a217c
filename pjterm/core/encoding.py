"""Whether what the user gave is UTF-8: a file, a pipe or a word of the line."""

from __future__ import annotations

from pjterm.errors import UsageFault

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


def check_utf8(text: str, what: str) -> None:
    """Refuse a word with bytes that are not UTF-8, which Python hands over as lone surrogates."""
    if not text.isascii() and any("\udc80" <= c <= "\udcff" for c in text):
        raise UsageFault(f"{what}: this is not UTF-8 text")
