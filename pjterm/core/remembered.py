"""Caching: a pure function that is called with the same values again does not compute its answer again.

Values are the same if they are the same objects: comparing what is known of a request part by part would take as long
as the answer. They are kept with the answer, so that no other object can get their identity.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

Pure = TypeVar("Pure", bound=Callable[..., Any])
_MOST = 1000


def remembered(answer: Pure) -> Pure:
    """Cache a function of immutable values."""
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
