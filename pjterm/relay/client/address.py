"""What a relay writes to the state directory: the followers' token, and where it listens.

`relay-token` is created once and stays, `relay-store` names the file of the last relay's events, and `relay.json`
exists while a relay runs. All have mode 0600 and are replaced whole, so that no reader sees half of one.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from pjterm.core.urls import authority, check_url
from pjterm.errors import Unavailable, UsageFault, reason
from pjterm.system.files import foreign_owner, locked, write_private
from pjterm.values import dataclass, field

TOKEN_FILE = "relay-token"
ADDRESS_FILE = "relay.json"
STORE_FILE = "relay-store"


@dataclass(frozen=True, slots=True)
class RelayAddress:
    """A relay's URL, and the token that it requires."""

    url: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The record of an earlier relay; restored if a later one ends before it."""

    where: RelayAddress
    record: str = field(repr=False)
    store: str


def token(state_dir: Path) -> str:
    """This user's token for followers, created on first use."""
    path = state_dir / TOKEN_FILE
    return _read(path) or _make_token(path)


def kept_token(state_dir: Path) -> str | None:
    """This user's token for followers; None if no relay of this user has run yet."""
    return _read(state_dir / TOKEN_FILE) or None


def rotate(state_dir: Path) -> str:
    """Replace the token; a running relay takes the new one and disconnects followers that used the old one."""
    fresh = secrets.token_urlsafe(32)
    _replace(state_dir / TOKEN_FILE, fresh)
    return fresh


def announce(state_dir: Path, url: str) -> None:
    """Record that a relay in this process answers at `url`."""
    _replace(state_dir / ADDRESS_FILE, json.dumps({"url": url, "pid": os.getpid()}))


def remember_store(state_dir: Path, path: Path) -> None:
    """Record which file a relay stores its events in, for commands that read it while no relay runs."""
    _replace(state_dir / STORE_FILE, str(path.absolute()))


def store_path(state_dir: Path) -> Path:
    """The file in which this user's last relay stored its events."""
    return Path(_read(state_dir / STORE_FILE) or state_dir / "events.sqlite")


def earlier(state_dir: Path) -> Earlier | None:
    """The record there now; whether its relay still runs, `queries.prove` finds out."""
    where = find_relay(state_dir)
    if where is None:
        return None
    return Earlier(where, _read(state_dir / ADDRESS_FILE), _read(state_dir / STORE_FILE))


def withdraw(state_dir: Path, before: Earlier | None = None) -> None:
    """Remove our record, unless another relay has replaced it, and restore the one from `before`."""
    path = state_dir / ADDRESS_FILE
    record = _record(path)
    if record is None or record.get("pid") != os.getpid():
        return
    if before is None:
        path.unlink(missing_ok=True)
        return
    _replace(path, before.record)
    if before.store:
        _replace(state_dir / STORE_FILE, before.store)


def find_relay(state_dir: Path) -> RelayAddress | None:
    """The recorded relay with its token; None if either is missing, or if its URL breaks the rules.

    It may be gone: `queries.prove` makes it prove itself before the token is sent anywhere.
    """
    record = _record(state_dir / ADDRESS_FILE)
    found = _read(state_dir / TOKEN_FILE)
    if record is None or not found or not isinstance(record.get("url"), str):
        return None
    url = str(record["url"])
    try:
        check_url(url, "relay.json")
    except UsageFault:
        return None
    return RelayAddress(url, found)


def origin(url: str) -> str:
    """Scheme, host and port of a URL, always written the same way."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{parts.scheme}://{authority(host, port)}"


def proof(token: str, nonce: str, url: str) -> str:
    """The answer to a nonce that only a holder of the token can give: hex HMAC-SHA256(token, nonce + newline + origin).

    The origin is part of it, so that a server on another port cannot forward the question and return the answer.
    """
    return hmac.digest(token.encode(), f"{nonce}\n{origin(url)}".encode(), "sha256").hex()


def _record(path: Path) -> dict[str, object] | None:
    try:
        record = json.loads(_read(path))
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _read(path: Path) -> str:
    if (problem := foreign_owner(path)) is not None:  # it could have been planted to learn the token
        raise Unavailable(f"{path.name} is not used: {problem}", hint="or name another PJTERM_STATE_DIR")
    try:
        return path.read_text("utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(f"cannot read {path}: {reason(error)}") from error


def _make_token(path: Path) -> str:
    """Write a new token, unless another process was first; then return that one."""
    try:
        with locked(path.with_name(f"{path.name}.lock")):
            found = _read(path)
            if not found:
                found = secrets.token_urlsafe(32)
                _replace(path, found)
            return found
    except OSError as error:
        raise Unavailable(f"cannot write {path}: {error.strerror}") from error


def _replace(path: Path, text: str) -> None:
    try:
        write_private(path, text.encode())
    except OSError as error:
        raise Unavailable(f"cannot write {path}: {error.strerror}") from error
