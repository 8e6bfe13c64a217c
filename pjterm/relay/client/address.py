"""What a running relay leaves in the state directory: the followers' token, and where it listens.

`relay-token` is made once and stays, `relay-store` names the file of the last relay's events, `relay.json`
stands beside them while a relay runs. All have mode 0600 and are replaced whole, so that no reader sees half of one.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from pjterm.core.urls import check_url
from pjterm.errors import Unavailable, UsageFault, reason
from pjterm.system.files import foreign_owner, locked, write_private
from pjterm.values import dataclass, field

TOKEN_FILE = "relay-token"
ADDRESS_FILE = "relay.json"
STORE_FILE = "relay-store"


@dataclass(frozen=True, slots=True)
class RelayAddress:
    """Where a relay answers, and the token it wants."""

    url: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier relay recorded of itself; put back when a later one ends before it."""

    where: RelayAddress
    record: str = field(repr=False)
    store: str


def token(state_dir: Path) -> str:
    """The followers' token of this user, made on first use."""
    path = state_dir / TOKEN_FILE
    return _read(path) or _make_token(path)


def kept_token(state_dir: Path) -> str | None:
    """The followers' token, where a relay of this user has run before."""
    return _read(state_dir / TOKEN_FILE) or None


def rotate(state_dir: Path) -> str:
    """Replace the token; a running relay takes the new one and cuts followers that used the old."""
    fresh = secrets.token_urlsafe(32)
    _replace(state_dir / TOKEN_FILE, fresh)
    return fresh


def announce(state_dir: Path, url: str) -> None:
    """Record that a relay of this process answers at `url`."""
    _replace(state_dir / ADDRESS_FILE, json.dumps({"url": url, "pid": os.getpid()}))


def remember_store(state_dir: Path, path: Path) -> None:
    """Record which file a relay keeps its events in, for those who read it when none runs."""
    _replace(state_dir / STORE_FILE, str(path.absolute()))


def store_path(state_dir: Path) -> Path:
    """The file that this user's last relay kept its events in."""
    return Path(_read(state_dir / STORE_FILE) or state_dir / "events.sqlite")


def earlier(state_dir: Path) -> Earlier | None:
    """What is recorded there now; whether its relay still runs is for `queries.prove` to say."""
    where = find(state_dir)
    if where is None:
        return None
    return Earlier(where, _read(state_dir / ADDRESS_FILE), _read(state_dir / STORE_FILE))


def withdraw(state_dir: Path, before: Earlier | None = None) -> None:
    """Remove our record, unless another relay has put its own there; the record from `before` comes back."""
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


def find(state_dir: Path) -> RelayAddress | None:
    """The relay recorded there with its token; None without either, or when its URL breaks the rules.

    It may be gone all the same: `queries.prove` asks it before the token goes anywhere.
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
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def proof(token: str, nonce: str, url: str) -> str:
    """The answer to a nonce that only a holder of the token can give: hex HMAC-SHA256(token, nonce + newline + origin).

    The origin is part of it, so that a server at another port cannot forward the question and return the answer.
    """
    return hmac.digest(token.encode(), f"{nonce}\n{origin(url)}".encode(), "sha256").hex()


def _record(path: Path) -> dict[str, object] | None:
    try:
        record = json.loads(_read(path))
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _read(path: Path) -> str:
    if (problem := foreign_owner(path)) is not None:  # it could be planted to learn the token
        raise Unavailable(f"{path.name} is not used: {problem}", hint="or name another PJTERM_STATE_DIR")
    try:
        return path.read_text("utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(f"cannot read {path}: {reason(error)}") from error


def _make_token(path: Path) -> str:
    """Write a new token, unless another process was first: then that one counts."""
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
