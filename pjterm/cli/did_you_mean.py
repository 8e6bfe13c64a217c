"""What a mistyped word was meant to be: only what is near enough to be taken for it."""

from __future__ import annotations

from collections.abc import Iterable

_NEAR = 0.65  # of 1: `tpi` is `tip`; `bogus` is no `verbose`, and `tpi` no `until`


def near(word: str, known: Iterable[str], most: int = 1) -> list[str]:
    """The known words that are nearest to it, best first; the dashes of options count for nothing."""
    from difflib import get_close_matches

    plain = {name.lstrip("-").casefold(): name for name in known}
    return [plain[name] for name in get_close_matches(word.lstrip("-").casefold(), plain, most, _NEAR)]
