"""One line of `doctor`."""

from __future__ import annotations

from collections.abc import Callable

from pjterm.errors import PjtermError, reason
from pjterm.values import dataclass

OK, NOTE, BAD = "ok", "note", "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One line: `ok`, `note` (worth knowing, nothing is wrong) or `bad`."""

    name: str
    status: str
    detail: str
    hint: str | None = None
    stopped: int | None = None
    """The exit code after a signal."""


def guarded(name: str, check: Callable[[], Check]) -> Check:
    """A check, with its named error, or the system's about a file, as a bad line."""
    try:
        return check()
    except PjtermError as error:
        return Check(name, BAD, error.message, error.hint)
    except OSError as error:
        return Check(
            name, BAD, f"{error.filename} cannot be used: {reason(error)}", "mend its rights, or see to the disk"
        )
