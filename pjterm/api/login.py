"""Who calls the API."""

from __future__ import annotations

import re

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
        """An error's body without our secrets, however its JSON spells them: a proxy may echo a request's headers."""
        from base64 import b64encode

        basic = b64encode(f"{self.login}:{self.password}".encode()).decode()
        for secret in (basic, self.password, self.app_key):
            if len(secret) >= HIDDEN_LEAST:
                body = re.sub("".join(map(_spelled, secret)).encode(), b"***", body, flags=re.IGNORECASE)
        return body

    def __repr__(self) -> str:
        return f"Login({self.login!r})"


def _spelled(letter: str) -> str:
    r"""A pattern for a letter as it is, behind a backslash (PHP writes `\/`), or as `\u00e9` in either case."""
    units = letter.encode("utf-16-be")
    escaped = "".join(rf"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
    return rf"(?:\\?{re.escape(letter)}|{escaped})"
