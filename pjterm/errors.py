"""Every failure with a name.

The first fork is who has to act: the person typing (usage, auth, refused), PayJunction (rejected),
the way there (unavailable), or us (anything that is not a `PjtermError` is our own bug).
`exit_code` and `outcome` are as in `pjterm help exit-codes`; `code` is the stable word in `error.code`.
"""

from __future__ import annotations

import re

from pjterm.values import dataclass

_NUMBER = r"^\[Errno -?\d+\] "


def reason(error: Exception) -> str:
    """The system's words for a failure, without its number, and without the path that stands beside them already."""
    said = error.strerror if isinstance(error, OSError) else None
    return re.sub(_NUMBER, "", said or str(error)) or type(error).__name__


@dataclass(frozen=True, slots=True)
class Detail:
    """One entry of the API's `errors` list: which parameter, what kind of fault, its words."""

    message: str
    parameter: str | None = None
    type: str | None = None


class PjtermError(Exception):
    """Base of all named failures: one line of what is wrong, and what to type next."""

    code = "error"
    outcome = "failed"
    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        http_status: int | None = None,
        pj_request_id: str | None = None,
        details: tuple[Detail, ...] = (),
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.http_status = http_status
        self.pj_request_id = pj_request_id
        self.details = details
        if code is not None:
            self.code = code

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r}, hint={self.hint!r})"


class UsageFault(PjtermError):
    """Arguments or configuration are wrong; nothing was sent."""

    code, outcome, exit_code = "usage", "usage", 2


class ConfigBroken(UsageFault):
    """A config file cannot be understood; names file and line."""

    code = "config"


NOT_ALLOWED, NOT_FOUND = 403, 404
"""The HTTP status of what a login may not do, and of what is not there (CODES)."""


class AuthFailed(PjtermError):
    """Credentials are missing or refused, the login may not do this, or the profile does not exist."""

    code, outcome, exit_code = "auth", "auth", 4


class GuardRefused(PjtermError):
    """A guard of pjterm stopped the command; nothing was sent."""

    code, outcome, exit_code = "refused", "refused", 10


class ApiRejected(PjtermError):
    """The API refused the request (400, 404, …); its own words are in `details`."""

    code, outcome, exit_code = "rejected", "rejected", 11


class Unavailable(PjtermError):
    """Provably nothing was started: safe to try again."""

    code, outcome, exit_code = "unavailable", "unavailable", 12


class JournalUnusable(Unavailable):
    """The journal cannot be written, so no money command may go out."""

    code = "journal"


class JournalDamaged(JournalUnusable):
    """The journal is not as pjterm left it; what was sold may not be in it anymore, so nothing is sent."""

    code, outcome, exit_code = "journal-damaged", "refused", 10
    found: tuple[str, ...] = ()
    """What is wrong, one sentence each."""


class CheckFailed(PjtermError):
    """A check ran and found a difference."""

    code, outcome, exit_code = "different", "different", 13


class AnswerLost(PjtermError):
    """A request may have been taken, but its answer never arrived in readable form."""

    code, outcome, exit_code = "answer-lost", "unknown", 9


class NotProven(PjtermError):
    """What became of an earlier try of this key could not be found out, so it is not sent again."""

    code, outcome, exit_code = "not-proven", "unknown", 9


class RateLimited(Unavailable):
    """429, or a 403 that speaks of a limit: not taken, to be tried again later."""

    code = "rate-limited"

    def __init__(self, message: str, *, retry_after: float | None = None, **more: object) -> None:
        super().__init__(message, **more)  # type: ignore[arg-type]
        self.retry_after = retry_after


class LeaveNow(BaseException):
    """A signal asks this process to exit. A BaseException, so that no error handler stops it."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum
