"""Keyrings for tests, selected through PYTHON_KEYRING_BACKEND in separate processes."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError


class Hanging(KeyringBackend):
    """Waits in vain to be unlocked. Each call adds a line to KEYRING_ASKED."""

    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        self._wait()
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        self._wait()

    def delete_password(self, service: str, username: str) -> None:
        self._wait()

    def _wait(self) -> None:
        with open(os.environ["KEYRING_ASKED"], "a") as asked:
            asked.write("asked\n")
        threading.Event().wait()


class Failing(KeyringBackend):
    """Fails with an exception that is no keyring error and quotes its arguments."""

    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        raise OSError("no bus")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise OSError(f"no bus for {password}")

    def delete_password(self, service: str, username: str) -> None:
        raise OSError("no bus")


class Working(KeyringBackend):
    """Stores its secrets in the file named by KEYRING_FILE."""

    priority = 1.0

    def _held(self) -> dict[str, str]:
        path = Path(os.environ["KEYRING_FILE"])
        held: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        return held

    def _keep(self, held: dict[str, str]) -> None:
        Path(os.environ["KEYRING_FILE"]).write_text(json.dumps(held))

    def get_password(self, service: str, username: str) -> str | None:
        return self._held().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._keep({**self._held(), f"{service}/{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        held = self._held()
        if held.pop(f"{service}/{username}", None) is None:
            raise PasswordDeleteError(username)
        self._keep(held)
