"""Who calls the API."""

from __future__ import annotations

from pjterm.values import dataclass


@dataclass(frozen=True, slots=True)
class Login:
    """Who calls. Its repr shows nothing that may not be seen."""

    login: str
    password: str
    app_key: str

    def __repr__(self) -> str:
        return f"Login({self.login!r})"
