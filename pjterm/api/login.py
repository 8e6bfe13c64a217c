"""Who calls the API."""

from __future__ import annotations

from pjterm.errors import AuthFailed
from pjterm.values import dataclass

HIDDEN_LEAST = 8
"""Characters of a secret that is looked for in what others say; a shorter one may be any word."""


@dataclass(frozen=True, slots=True)
class Login:
    """Who calls. Its repr shows nothing that may not be seen."""

    login: str
    password: str
    app_key: str
    missing: AuthFailed | None = None
    """What is missing or cannot be used, where that is raised by each call instead of at the start of the command."""

    def hide(self, body: bytes) -> bytes:
        """An error's body without our secrets: a proxy may echo the headers of a request."""
        from base64 import b64encode
        from json import dumps

        basic = b64encode(f"{self.login}:{self.password}".encode()).decode()
        secrets = [s for s in (basic, self.password, self.app_key) if len(s) >= HIDDEN_LEAST]
        for secret in (*secrets, *(dumps(s)[1:-1] for s in secrets)):
            body = body.replace(secret.encode(), b"***")
        return body

    def __repr__(self) -> str:
        return f"Login({self.login!r})"
