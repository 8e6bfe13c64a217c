"""The profiles: `config.toml` in the user's config directory, read, checked, and changed safely.

Everything in the file is checked on each read. A change is read, made, checked and written under one
lock, so two processes never lose each other's changes. Comments, order and unknown keys survive it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pjterm.errors import AuthFailed, UsageFault
from pjterm.settings import toml_file
from pjterm.settings.checks import WrongAt, shown
from pjterm.settings.profile import BUILTIN, KEYS, Environment, Profile, check_name, names_in, read_profile
from pjterm.system.files import locked
from pjterm.system.locks import LockHeld
from pjterm.values import dataclass, field

_NEW = "new"  # the name under which a profile without one is checked


@dataclass(frozen=True, slots=True)
class Config:
    """All profiles of a config directory. `default_profile` may name one that is not there (see `find`)."""

    path: Path
    default_profile: str | None = None
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    """Keys and tables outside all profiles that this version does not know, `a.b` for a key in a table."""


def load(directory: Path) -> Config:
    """Read the profiles of a config directory; no file means no profiles.

    Raises `ConfigBroken` naming file, line and what to do.
    """
    return _checked(toml_file.read(directory / "config.toml"))


def find(config: Config, name: str) -> Profile:
    """The profile with this name, including the built-in simulator's; raises `AuthFailed` listing the known ones."""
    if name in config.profiles:
        return config.profiles[name]
    if name == BUILTIN.name:
        return BUILTIN
    raise _unknown(name, config.profiles, config.path)


# -- changes ---------------------------------------------------------------------------------------


def check_new(directory: Path, name: str | None, table: Mapping[str, object]) -> Profile | None:
    """Refuse what `add_profile` would refuse, as far as is known yet; return the profile if that is enough for one."""
    if name is not None:
        check_name(name)
        if name in load(directory).profiles:
            raise _taken(name)
        if name == BUILTIN.name and table.get("environment", BUILTIN.environment) != BUILTIN.environment:
            raise UsageFault(f"{name} is the built-in simulator's name; choose another one for {table['environment']}")
    try:
        if "environment" in table:
            return read_profile(name or _NEW, table)
        for key, value in table.items():
            KEYS[key](key, value)
    except WrongAt as wrong:
        message = wrong.fault.message.removeprefix(f"profile {name or _NEW}: ")
        is_url = wrong.keys[-1] in ("base_url", "relay")  # other hints are about lines of the file
        raise UsageFault(message, hint=wrong.fault.hint if is_url else None) from None
    return None


def _taken(name: str) -> UsageFault:
    return UsageFault(
        f"profile {name} exists already",
        hint=f"choose another name, or remove it first: pjterm profiles remove {name}",
    )


def add_profile(
    directory: Path, name: str, table: Mapping[str, object], first: Callable[[], object] | None = None
) -> Config:
    """Add a profile with the keys of its TOML table; the first one becomes the default. Under the same lock goes
    `first` what a profile of this name left behind.

    Raises `UsageFault` if the name is taken or a value is wrong; then nothing is written.
    """

    def edit(data: dict[str, Any]) -> None:
        profiles = data.setdefault("profiles", {})
        if name in profiles:
            raise _taken(name)
        if not profiles:
            data["default_profile"] = name
        profiles[name] = {}
        for key, value in table.items():  # one by one, so that an edited document puts each in its place
            if key not in KEYS:
                raise UsageFault(f"{key} is not a setting of a profile; known: {', '.join(KEYS)}")
            profiles[name][key] = value

    return _change(directory, edit, first)


def remove_profile(directory: Path, name: str, first: Callable[[], object] | None = None) -> Config:
    """Remove a profile. If it was the default, the only one left becomes the default, unless it charges real cards.

    What is to go `first`, under the same lock, is what the file still has to name: its secrets' place.
    """

    def edit(data: dict[str, Any]) -> None:
        if data.get("default_profile") == name:
            left = list(data.get("profiles", {}).items())
            if len(left) == 1 and left[0][1].get("environment") != Environment.PRODUCTION.value:
                data["default_profile"] = left[0][0]
            else:
                del data["default_profile"]

    def remove(document: toml_file.Document) -> toml_file.Document:
        _table(document.data, name, directory)
        return toml_file.edited(toml_file.without(document, ("profiles", name)), edit)

    return _rewrite(directory, remove, first)


def use_profile(directory: Path, name: str) -> Config:
    """Make a profile of the file the default; raises `AuthFailed` if there is no such profile."""

    def edit(data: dict[str, Any]) -> None:
        _table(data, name, directory)
        data["default_profile"] = name

    return _change(directory, edit)


def set_alias(directory: Path, profile: str, alias: str, uuid: str) -> Config:
    """Give a terminal's UUID a name in a profile, replacing what that name meant before."""

    def edit(data: dict[str, Any]) -> None:
        _table(data, profile, directory).setdefault("aliases", {})[alias] = uuid

    return _change(directory, edit)


def unset_alias(directory: Path, profile: str, alias: str) -> Config:
    """Remove a terminal's name from a profile; raises `UsageFault` listing the known ones."""

    def edit(data: dict[str, Any]) -> None:
        aliases = _table(data, profile, directory).get("aliases", {})
        if alias not in aliases:
            known = ", ".join(aliases) or "none"
            raise UsageFault(f"profile {profile} has no alias {shown(alias)}; known: {known}")
        del aliases[alias]

    return _change(directory, edit)


def note_secrets(directory: Path, name: str, where: str) -> bool:
    """Record where a profile's secrets are, if it exists; `False` if the file cannot be written. The caller is inside
    `changing`.
    """
    document = toml_file.read(directory / "config.toml")
    table = document.data.get("profiles", {}).get(name)
    if table is not None and table.get("secrets") != where:
        try:
            toml_file.save(toml_file.edited(document, lambda data: data["profiles"][name].update(secrets=where)))
        except UsageFault:
            return False
    return True


_LOCK = ".lock"


def changed_at(directory: Path) -> tuple[int, ...]:
    """A stamp that changes whenever the profiles or their secrets change, by pjterm or by hand."""
    stamps = []
    for name in (_LOCK, "config.toml", "credentials.toml"):
        try:
            stamps.append((directory / name).stat().st_mtime_ns)
        except OSError:
            stamps.append(0)
    return tuple(stamps)


@contextmanager
def changing(directory: Path) -> Iterator[None]:
    """Hold a config directory's lock while its files are changed; raises `UsageFault` if it is held or not writable."""
    try:
        with locked(directory / _LOCK):
            yield
            os.utime(directory / _LOCK)  # a change in the keyring changes no other file
    except LockHeld as held:
        says = f"{directory} is being changed by another command: {held.strerror}"
        raise UsageFault(says, hint="let that process go on or end it, then run the same command again") from held
    except OSError as error:
        raise toml_file.unwritable(directory, error) from error


def _change(
    directory: Path, edit: Callable[[dict[str, Any]], None], first: Callable[[], object] | None = None
) -> Config:
    return _rewrite(directory, lambda document: toml_file.edited(document, edit), first)


def _rewrite(
    directory: Path,
    change: Callable[[toml_file.Document], toml_file.Document],
    first: Callable[[], object] | None,
) -> Config:
    """Read, check, change, check again, write; nothing is written unless everything is valid."""
    with changing(directory):
        document = toml_file.read(directory / "config.toml")
        _checked(document)
        changed = change(document)
        try:
            config = _config(changed.path, changed.data)
        except WrongAt as wrong:
            raise UsageFault(wrong.fault.message, hint=wrong.fault.hint) from None
        if first is not None:
            toml_file.save(document)  # shows that it can be written, before what cannot be undone
            first()
        toml_file.save(changed)
        return config


def _table(data: dict[str, Any], name: str, directory: Path) -> dict[str, Any]:
    profiles: dict[str, dict[str, Any]] = data.get("profiles", {})
    if name not in profiles:
        raise _unknown(name, profiles, directory / "config.toml")
    return profiles[name]


def _unknown(name: str, known: Mapping[str, object], path: Path) -> AuthFailed:
    if not known:
        return AuthFailed(
            f"there is no profile {shown(name)}, nor any other in {path}",
            hint="add one: pjterm profiles add",
        )
    return AuthFailed(f"there is no profile {shown(name)}; known: {', '.join(known)}", hint="see: pjterm profiles list")


def _checked(document: toml_file.Document) -> Config:
    try:
        return _config(document.path, document.data)
    except WrongAt as wrong:
        raise document.broken(wrong.keys, wrong.fault.message, wrong.fault.hint) from None


def _config(path: Path, data: Mapping[str, Any]) -> Config:
    default, tables = data.get("default_profile"), data.get("profiles", {})
    if default is not None and not isinstance(default, str):
        raise WrongAt(("default_profile",), UsageFault("default_profile: must be a name in quotes"))
    if not isinstance(tables, dict):
        raise WrongAt(("profiles",), UsageFault("profiles: must be tables [profiles.NAME]"))
    unknown = [n for key in data if key not in ("default_profile", "profiles") for n in names_in(data[key], key)]
    read = {name: read_profile(name, table) for name, table in tables.items()}
    return Config(path, default, read, tuple(unknown))
