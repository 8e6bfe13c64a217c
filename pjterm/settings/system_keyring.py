"""The system's keyring, called with a time limit: one entry per profile, a JSON object of its secrets.

A keyring is third-party code and may wait to be unlocked on a machine without a user. So it is called in a thread
that is abandoned after `LIMIT`; a keyring that fails, stores nothing or does not answer counts as none. After a
timeout this process does not call it again. macOS shows the user a dialog before a program first reads what another
one stored, and after each of its updates.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from pjterm.system import terminal

LIMIT = 3.0
"""Seconds that a keyring has to answer."""
DIALOG_LIMIT = 60.0
"""Seconds if the user may have to answer a dialog of macOS."""
SERVICE = "pjterm"

T = TypeVar("T")
_gave_up = threading.Event()


def read(directory: Path, profile: str) -> dict[str, str] | None:
    """A profile's entry, empty if it has none; `None` if no keyring answers."""
    return _within_limit(lambda keyring: _entry(keyring, _user(directory, profile)))


def write(directory: Path, profile: str, values: Mapping[str, str]) -> bool:
    """Add values to a profile's entry; return whether reading the keyring then showed them."""
    import json

    def put(keyring: ModuleType) -> bool:
        user = _user(directory, profile)
        text = json.dumps({**_entry(keyring, user), **values})
        keyring.set_password(SERVICE, user, text)
        return bool(keyring.get_password(SERVICE, user) == text)

    return _within_limit(put) is True


def remove(directory: Path, profile: str) -> bool:
    """Remove a profile's entry; return whether it is known to be gone."""

    def drop(keyring: ModuleType) -> bool:
        user = _user(directory, profile)
        if keyring.get_password(SERVICE, user) is not None:
            keyring.delete_password(SERVICE, user)
        return True

    return _within_limit(drop) is True


def patience(platform: str, *, at_terminal: bool) -> float:
    """Seconds that a keyring has: on macOS the user may be reading its dialog."""
    return DIALOG_LIMIT if platform == "darwin" and at_terminal else LIMIT


def _user(directory: Path, profile: str) -> str:
    """The entry's name; two config directories of one user keep apart what they store."""
    return f"{profile} in {os.path.realpath(directory)}"


def _entry(keyring: ModuleType, user: str) -> dict[str, str]:
    import json

    held = json.loads(keyring.get_password(SERVICE, user) or "{}")
    return {name: value for name, value in held.items() if isinstance(value, str)}


def _within_limit(work: Callable[[ModuleType], T]) -> T | None:
    if _gave_up.is_set():
        return None
    answers: list[T] = []

    def ask() -> None:
        try:
            import keyring

            answers.append(work(keyring))
        except Exception:  # whatever a backend raises, it counts as not answering
            answers.clear()

    put_back = terminal.kept()  # some keyrings ask for their password there, without echo
    thread = threading.Thread(target=ask, name="keyring", daemon=True)
    thread.start()
    thread.join(patience(sys.platform, at_terminal=sys.stderr is not None and sys.stderr.isatty()))
    if thread.is_alive():
        _gave_up.set()
        put_back()
        return None
    return answers[0] if answers else None
