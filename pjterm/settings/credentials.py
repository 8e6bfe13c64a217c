"""The secrets of a profile: read from where they are, stored where they are safest.

They are in the system's keyring if one answers, else in `credentials.toml` beside the config, mode
0600; environment variables override both. A profile that once had to use the file stays there. If
both have a secret, the file's is newer: it was written when the keyring had stopped answering. No
message here ever quotes a secret, nor a name that may be a secret typed in the wrong place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from pjterm.errors import AuthFailed, UsageFault
from pjterm.settings import profiles, system_keyring, toml_file
from pjterm.settings.checks import has_controls
from pjterm.settings.profile import Environment, Profile, check_name
from pjterm.settings.profiles import Config
from pjterm.values import dataclass, field, replace

SECRETS = ("password", "app_key", "webhook_secret", "relay_token")
ROTATION = timedelta(hours=72)
"""How long a replaced webhook secret stays valid: the sender retries a delivery for 3 days (RECV)."""

_PREVIOUS = "webhook_secret_previous"
_KEPT_PREVIOUS = 4  # of those in use no longer
VARIABLES = {
    "login": "PJTERM_LOGIN",
    "password": "PJTERM_PASSWORD",
    "app_key": "PJTERM_APP_KEY",
    "webhook_secret": "PJTERM_WEBHOOK_SECRET",
    "relay_token": "PJTERM_RELAY_TOKEN",
}
"""What overrides a profile's login and secrets."""
_SIMULATED = {
    "login": "simulator",
    "password": "simulator",
    "app_key": "00000000-0000-4000-8000-000000000000",
    "webhook_secret": "simulator",
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request to the API logs in with; `overridden` names the environment variables that took effect."""

    login: str
    password: str = field(repr=False)
    app_key: str = field(repr=False)
    overridden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """Where secrets were stored. `where` is the new value of the profile's `secrets` key.

    `path` is the file if one was written, `first` whether that is new for this profile (to be reported
    once), `shadowed` the environment variables that override what was just stored, and `rotates` whether a webhook
    secret that was replaced stays valid until PayJunction has the new one.
    """

    where: Literal["keyring", "file"]
    path: Path | None = None
    first: bool = False
    shadowed: tuple[str, ...] = ()
    rotates: bool = False


def credentials_path(directory: Path) -> Path:
    """The file that stands in for a keyring."""
    return directory / "credentials.toml"


# -- reading ---------------------------------------------------------------------------------------


def read(profile: Profile, directory: Path, environ: Mapping[str, str]) -> Credentials:
    """The login, password and application key of a profile; raises `AuthFailed` naming what is missing.

    The built-in simulator's are fixed: the environment's real ones are never sent to it.
    """
    names = ("login", "password", "app_key")
    given = _overrides(profile, names, environ)
    known = _defaults(profile) | _stored(profile, {"password", "app_key"} - given.keys(), directory) | given
    if missing := [name for name in names if name not in known]:
        raise _missing(profile, missing, directory)
    used = tuple(VARIABLES[name] for name in names if name in given)
    return Credentials(known["login"], known["password"], known["app_key"], used)


def places(profile: Profile, directory: Path, environ: Mapping[str, str]) -> list[str]:
    """Where the password and the application key that `read` finds are kept, without those of the environment."""
    names = ("password", "app_key")
    given, held = _overrides(profile, names, environ), _from_file(profile.name, directory)
    rest = "the system keyring" if profile.secrets == "keyring" else "the simulator's own"
    found = ["credentials.toml" if name in held else rest for name in names if name not in given]
    return list(dict.fromkeys(found))


def login_of(profile: Profile, environ: Mapping[str, str]) -> str | None:
    """The login of a profile, which is not secret; raises `AuthFailed` if its variable is set, but empty."""
    return (_defaults(profile) | _overrides(profile, ("login",), environ)).get("login")


def secret(profile: Profile, name: str, directory: Path, environ: Mapping[str, str]) -> str | None:
    """One secret of a profile, or `None`; raises `AuthFailed` if its keyring does not answer."""
    given = _overrides(profile, (name,), environ)
    if name in given:
        return given[name]
    return (_defaults(profile) | _stored(profile, {name}, directory)).get(name)


def webhook_secrets(profile: Profile, directory: Path, environ: Mapping[str, str], now: datetime) -> tuple[str, ...]:
    """The secrets that a delivery may be signed with: the current one, then those whose rotation ended within 72 h,
    or was never confirmed: PayJunction may sign with any of those for good.
    """
    if given := _overrides(profile, ("webhook_secret",), environ):
        return (given["webhook_secret"],)
    held = _defaults(profile) | _stored(profile, {"webhook_secret", _PREVIOUS}, directory)
    current = [held["webhook_secret"]] if "webhook_secret" in held else []
    return (*current, *(old for old, _ in _previous(held, now)))


def parse_secrets(text: str) -> dict[str, str]:
    """Read secrets given as a JSON object (`--secrets-stdin`); raises `UsageFault` without quoting it."""
    from pjterm.system import strict_json

    form = 'give {"password": "…", "app_key": "…"}'
    if not text.strip():
        raise UsageFault("stdin was empty, but the secrets were expected there", hint=form)
    held: object = None
    try:
        held = strict_json.read_unrepeated(text)
    except ValueError:
        held = None  # the error would hold the whole text
    if not isinstance(held, dict):
        raise UsageFault("the secrets on stdin are not one JSON object that names each once", hint=form)
    return {name: check_secret(name, value) for name, value in held.items()}


# -- storing ---------------------------------------------------------------------------------------


def store(profile_name: str, values: Mapping[str, str], directory: Path, environ: Mapping[str, str]) -> Stored:
    """Store secrets of a profile in addition to those it has; the profile's `secrets` key is set if it exists.

    A webhook secret that another one replaces stays valid, as in a rotation: PayJunction does not know the new one yet.
    Raises `UsageFault` for an unknown name, a value that cannot be a secret, or an unwritable place.
    """
    check_name(profile_name)
    checked = {name: check_secret(name, value) for name, value in values.items()}
    shadowed = tuple(VARIABLES[name] for name in checked if VARIABLES[name] in environ)
    with profiles.changing(directory):
        if "webhook_secret" in checked:
            checked |= _replacing(_held(profile_name, directory), checked["webhook_secret"])
        rotates = any(at is None for _, at in _kept_previous(checked))
        return replace(_keep(profile_name, checked, directory), shadowed=shadowed, rotates=rotates)


def rotate_webhook_secret(
    profile: Profile, directory: Path, new: str, now: datetime, *, takes_back: bool = False
) -> Stored:
    """Make `new` the webhook secret; the previous one stays valid until 72 h after `end_rotation`.

    To go back after a refused update, rotate to the old one: what it `takes_back` has 72 h from `now`. Raises as
    `store` and `secret` do.
    """
    if profile.builtin:
        raise UsageFault("the built-in simulator's webhook secret is fixed")
    check_secret("webhook_secret", new)
    with profiles.changing(directory):
        current = profiles.load(directory).profiles.get(profile.name, profile)
        held = _defaults(current) | _stored(current, {"webhook_secret", _PREVIOUS}, directory)
        return _keep(profile.name, _replacing(held, new, now if takes_back else None), directory)


def _held(name: str, directory: Path) -> dict[str, str]:
    """What is stored of a profile that may not exist yet; a keyring that does not answer has nothing to be kept."""
    known = profiles.load(directory).profiles.get(name)
    try:
        return (
            _from_file(name, directory) if known is None else _stored(known, {"webhook_secret", _PREVIOUS}, directory)
        )
    except AuthFailed:
        return {}


def _replacing(held: Mapping[str, str], new: str, ended: datetime | None = None) -> dict[str, str]:
    """The new webhook secret, and the list of those before it, of which the last one `ended` then."""
    old: _Previous = [(held["webhook_secret"], ended)] if "webhook_secret" in held else []
    kept = [(value, at) for value, at in (*old, *_kept_previous(held)) if value != new]
    return {"webhook_secret": new} | ({_PREVIOUS: _list(kept)} if kept or _PREVIOUS in held else {})


def is_rotating(profile: Profile, directory: Path) -> bool:
    """Whether PayJunction may still sign with a replaced webhook secret, because no rotation away from it ended."""
    return any(at is None for _, at in _kept_previous(_stored(profile, {_PREVIOUS}, directory)))


def end_rotation(profile: Profile, directory: Path, now: datetime) -> None:
    """PayJunction signs with the current webhook secret: those before it have another 72 h, for late retries."""
    with profiles.changing(directory):
        current = profiles.load(directory).profiles.get(profile.name, profile)
        if is_rotating(current, directory):
            held = _previous(_stored(current, {_PREVIOUS}, directory), now)
            _keep(profile.name, {_PREVIOUS: _list([(value, at or now) for value, at in held])}, directory)


def add_profile(name: str, table: Mapping[str, object], directory: Path) -> Config:
    """Add a profile, as `profiles.add_profile` does; it inherits no secret of one that was removed in an editor."""
    return profiles.add_profile(directory, name, table, lambda: _forget(name, directory))


def remove_profile(profile_name: str, directory: Path) -> str | None:
    """Remove a profile with all its secrets, or neither; a sentence if some secrets may be left."""
    left: list[str | None] = []
    profiles.remove_profile(directory, profile_name, lambda: left.append(_forget(profile_name, directory)))
    return left[0]


def _forget(name: str, directory: Path) -> str | None:
    """Remove all secrets of a profile, before the profile itself; a sentence if some may be left."""
    known = profiles.load(directory).profiles.get(name)
    document = toml_file.read(credentials_path(directory))
    if document.data.pop(name, None) is not None:
        toml_file.write(document.path, document.data)
    in_keyring = known is not None and known.secrets == "keyring"
    if (in_keyring or known is None) and not system_keyring.remove(directory, name):
        return _left_behind(name) if in_keyring else None
    return None


def _keep(name: str, values: Mapping[str, str], directory: Path) -> Stored:
    """Store under the lock: the keyring if it answers and the file has nothing of this profile.

    The keyring is asked for what the profile says is there, so where that cannot be noted the file has them: it is
    read in any case.
    """
    known = profiles.load(directory).profiles.get(name)
    path = credentials_path(directory)
    document = toml_file.read(path)
    first = name not in document.data
    if first and system_keyring.write(directory, name, values):
        if profiles.note_secrets(directory, name, "keyring"):
            return Stored("keyring")
        system_keyring.remove(directory, name)
    _table(document, name).update(values)
    toml_file.write(path, document.data)
    where: Literal["keyring", "file"] = "keyring" if known and known.secrets == "keyring" else "file"
    profiles.note_secrets(directory, name, where)
    return Stored(where, path, first)


# -- where they are --------------------------------------------------------------------------------


def _stored(profile: Profile, names: Iterable[str], directory: Path) -> dict[str, str]:
    """A profile's stored secrets; the keyring is loaded only if it should have what the file lacks."""
    if profile.builtin or not (wanted := set(names)):
        return {}
    held = _from_file(profile.name, directory)
    if profile.secrets != "keyring" or wanted <= held.keys():
        return held
    entry = system_keyring.read(directory, profile.name)
    if entry is None:
        raise AuthFailed(
            f"the keyring that holds the secrets of profile {profile.name} does not answer",
            hint=f"unlock it, or set {', '.join(VARIABLES[n] for n in sorted(wanted) if n in VARIABLES)}",
        )
    return entry | held


def _from_file(name: str, directory: Path) -> dict[str, str]:
    document = toml_file.read(credentials_path(directory))
    table = _table(document, name)
    for key in (*SECRETS, _PREVIOUS):
        if not isinstance(table.get(key, ""), str):
            raise document.broken((name, key), f"{key}: must be text in quotes")
    return {key: value for key, value in table.items() if isinstance(value, str)}


def _table(document: toml_file.Document, name: str) -> dict[str, Any]:
    table = document.data.setdefault(name, {})
    if not isinstance(table, dict):
        raise document.broken((name,), f"[{name}] must be a table")
    return table


def _defaults(profile: Profile) -> dict[str, str]:
    """The secrets when none are stored: the simulator's are public, other profiles have none."""
    simulated = _SIMULATED if profile.environment is Environment.SIMULATOR else {}
    return simulated | ({"login": profile.login} if profile.login else {})


def _overrides(profile: Profile, names: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    if profile.builtin:
        return {}
    given = {name: environ[VARIABLES[name]] for name in names if VARIABLES[name] in environ}
    empty = [VARIABLES[name] for name, value in given.items() if not value.strip()]
    if empty:
        raise AuthFailed(f"{empty[0]} is set, but empty; nothing was sent", hint="unset it, or put the value into it")
    return {name: check_secret(name, value, VARIABLES[name]) for name, value in given.items()}


_Previous = list[tuple[str, datetime | None]]
"""Replaced webhook secrets, newest first, and since when PayJunction signs with none of them; None: it may still."""


def _previous(held: Mapping[str, str], now: datetime) -> _Previous:
    """Those that are still valid."""
    try:
        return [(old, at) for old, at in _kept_previous(held) if at is None or abs(now - at) < ROTATION]
    except TypeError:  # a time without a zone
        return []


def _kept_previous(held: Mapping[str, str]) -> _Previous:
    """All that are kept; an unreadable list is none."""
    import json

    try:
        kept = json.loads(held.get(_PREVIOUS, "[]"))
        return [(str(old), None if at is None else datetime.fromisoformat(at)) for old, at in kept]
    except (ValueError, TypeError):
        return []


def _list(kept: _Previous) -> str:
    """As text, without the oldest of those that are in use no longer."""
    import json

    ended = [(value, at.isoformat()) for value, at in kept if at is not None]
    return json.dumps([*((value, at) for value, at in kept if at is None), *ended[:_KEPT_PREVIOUS]])


def check_secret(name: str, value: object, said_as: str | None = None) -> str:
    """Check that a value can be this secret: it must fit into a header. Raises `UsageFault` without quoting it."""
    if name not in VARIABLES or (name == "login" and said_as is None):
        raise UsageFault(f"one of the names is not that of a secret; known: {', '.join(SECRETS)}")
    what = said_as or name
    if not isinstance(value, str) or not 1 <= len(value) <= 4096:
        raise UsageFault(f"{what}: must be text of 1 to 4096 characters")
    if has_controls(value):
        raise UsageFault(f"{what}: control characters are not allowed")
    if name in ("app_key", "relay_token") and not (value.isascii() and value.strip() == value):
        raise UsageFault(f"{what}: only printable ASCII without spaces around it is allowed")
    if name == "login" and ":" in value:
        raise UsageFault(f"{what}: a colon is not allowed")
    return value


def _missing(profile: Profile, missing: list[str], directory: Path) -> AuthFailed:
    commands = [f"pjterm profiles set-secret {profile.name} {name}" for name in missing if name != "login"]
    if "login" in missing:
        commands.insert(0, f'login = "…" under [profiles.{profile.name}] in {directory / "config.toml"}')
    variables = " and ".join(VARIABLES[name] for name in missing)
    return AuthFailed(
        f"profile {profile.name} has no {' and no '.join(missing)}",
        hint="\nthen: ".join(commands) + f"\nor set {variables}",
    )


def _left_behind(name: str) -> str:
    return (
        f"the keyring does not answer, so the secrets of profile {name} are still in it: "
        f"remove the entry of {system_keyring.SERVICE} there by hand"
    )
