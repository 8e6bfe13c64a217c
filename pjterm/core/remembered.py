"""Answers that are kept: a pure function that is asked about the same values again need not work out the answer again.

The same are values that are the same objects. What is known of a request could else be compared only part by part,
which takes as long as the answer does. They are kept with it, so that nothing else takes their place in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

Pure = TypeVar("Pure", bound=Callable[..., Any])
_MOST = 1000


def remembered(answer: Pure) -> Pure:
    """Have a function of values that never change answer at once where it is asked the same again."""
    kept: dict[tuple[int, ...], tuple[Any, tuple[object, ...]]] = {}

    @wraps(answer)
    def asked(*about: object) -> Any:
        which = tuple(map(id, about))
        found = kept.get(which)
        if found is None:
            if len(kept) >= _MOST:
                kept.clear()
            found = kept[which] = answer(*about), about
        return found[0]

    return cast(Pure, asked)
