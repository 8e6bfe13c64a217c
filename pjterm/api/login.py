"""Who calls the API."""

from __future__ import annotations

from pjterm.errors import AuthFailed
from pjterm.values import dataclass


@dataclass(frozen=True, slots=True)
class Login:
    """Who calls. Its repr shows nothing that may not be seen."""

    login: str
    password: str
    app_key: str
    missing: AuthFailed | None = None
    """What is missing, where that is raised by each call instead of at the start of the command."""

    def __repr__(self) -> str:
        return f"Login({self.login!r})"
