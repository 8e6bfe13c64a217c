"""The followers' token while the relay runs: noticed when `relay token --rotate` replaces it."""

from __future__ import annotations

from pathlib import Path

from pjterm.relay.client import address


class Token:
    """The token in force."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self.value = address.token(state_dir)
        self._seen = self._stamp()

    def __repr__(self) -> str:
        return f"Token({str(self._state_dir)!r})"

    def rotated(self) -> bool:
        """Whether the file holds a new token, which is in force from then on."""
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        before, self.value = self.value, address.token(self._state_dir)
        self._seen = self._stamp()
        return self.value != before

    def _stamp(self) -> tuple[int, int]:
        try:
            found = (self._state_dir / address.TOKEN_FILE).stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_ino
