"""One line of `doctor`."""

from __future__ import annotations

from collections.abc import Callable

from pjterm.errors import PjtermError
from pjterm.values import dataclass

OK, NOTE, BAD = "ok", "note", "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One line: `ok`, `note` (worth knowing, nothing is wrong) or `bad`."""

    name: str
    status: str
    detail: str
    hint: str | None = None


def guarded(name: str, check: Callable[[], Check]) -> Check:
    """A check, with its named error as a bad line."""
    try:
        return check()
    except PjtermError as error:
        return Check(name, BAD, error.message, error.hint)
