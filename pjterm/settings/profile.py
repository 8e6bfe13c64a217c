"""One profile: a till's table in `config.toml`, checked value by value.

A `Profile` can be relied on: amounts are exact, URLs are safe to send credentials to, aliases
are UUIDs. Keys that this version does not know are kept and reported: a newer pjterm may have written them, or a limit
may be misspelled and so not in force.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time
from decimal import Decimal
from enum import StrEnum
from string import ascii_letters, digits
from typing import Any

from pjterm.core.urls import is_loopback
from pjterm.errors import UsageFault
from pjterm.settings import checks
from pjterm.settings.checks import WrongAt, shown
from pjterm.values import dataclass, field

_NAME = frozenset(ascii_letters + digits + "._-")
_LONGEST = 64  # characters of a name

COMMANDS = ("charge", "refund", "sign", "prompt", "input")
"""Commands whose options may have defaults in a profile."""


class Environment(StrEnum):
    """Where requests go: to the simulator, to PayJunction's test host (labs), or to production, with real money."""

    LABS = "labs"
    PRODUCTION = "production"
    SIMULATOR = "simulator"


_BASE_URL = {
    Environment.LABS: "https://api.payjunctionlabs.com",
    Environment.PRODUCTION: "https://api.payjunction.com",
}
_OWNED_DOMAIN = {Environment.LABS: "payjunctionlabs.com", Environment.PRODUCTION: "payjunction.com"}


@dataclass(frozen=True, slots=True)
class Profile:
    """One till's settings, checked and with defaults filled in; it holds no secret.

    `confirm_above` and `base_url` are the effective values. `base_url` is `None` only for a simulator
    profile that names none. `secrets` says where its secrets are: `keyring`, `file`, or not stored.
    """

    name: str
    environment: Environment
    login: str | None = None
    terminal: str | None = None
    account: int | None = None
    relay: tuple[str, ...] = ()
    max_amount: Decimal | None = None
    confirm_above: Decimal | None = None
    terms: str | None = None
    reply_to: str | None = None
    by: str | None = None
    timezone: str | None = None
    day_starts: time = time()
    accessible: bool = False
    bell: bool = False
    base_url: str | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    commands: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Defaults of options, by the command that has them; the command line checks them."""
    secrets: str | None = None
    builtin: bool = False
    """Whether this is pjterm's own simulator profile rather than one from the file."""
    unknown: tuple[str, ...] = ()
    """Keys of its table that this version does not know."""

    @property
    def foreign_url(self) -> str | None:
        """The URL, if a profile for labs or production uses a host other than PayJunction's own."""
        own = _BASE_URL.get(self.environment)
        return None if own is None or self.base_url == own else self.base_url


BUILTIN = Profile("simulator", Environment.SIMULATOR, login="simulator", terminal="T1", account=10001, builtin=True)


# -- reading and checking --------------------------------------------------------------------------


def check_name(name: str) -> None:
    """Refuse an invalid profile name: names are used in URLs (`/webhooks/NAME`) and commands."""
    if not 1 <= len(name) <= _LONGEST or not _NAME.issuperset(name) or name in (".", "..") or name[0] == "-":
        raise UsageFault(f"{shown(name)} is not a profile name: use 1 to 64 of A-Z a-z 0-9 . _ -, but no - first")


def read_profile(name: str, table: object) -> Profile:
    """Check a profile's table and fill in the defaults; raises `WrongAt`."""
    at = ("profiles", name)
    try:
        check_name(name)
    except UsageFault as fault:
        raise WrongAt(at, fault) from None
    if not isinstance(table, dict):
        raise WrongAt(at, UsageFault(f"profile {name}: must be a table [profiles.{name}]"))
    if "environment" not in table:
        raise WrongAt(at, UsageFault(f"profile {name}: environment is missing", hint=_ENVIRONMENT_HINT))
    values = {key: _read(at, key, table[key]) for key in KEYS if key in table}
    values["unknown"] = tuple(name for key in table if key not in KEYS for name in names_in(table[key], key))
    return _with_defaults(name, values, at)


def _with_defaults(name: str, values: dict[str, Any], at: tuple[str, ...]) -> Profile:
    environment: Environment = values["environment"]
    if "base_url" in values:
        try:
            _check_owner(values["base_url"], environment)
        except UsageFault as fault:
            raise WrongAt((*at, "base_url"), _in_profile(name, fault)) from None
    values.setdefault("base_url", _BASE_URL.get(environment))
    if environment is Environment.PRODUCTION:
        values.setdefault("confirm_above", Decimal("0"))
    values["commands"] = {command: values.pop(command) for command in COMMANDS if command in values}
    return Profile(name, **values)


def _read(at: tuple[str, ...], key: str, value: object) -> object:
    try:
        return KEYS[key](key, value)
    except WrongAt as wrong:
        raise WrongAt((*at, *wrong.keys), _in_profile(at[-1], wrong.fault)) from None
    except UsageFault as fault:
        raise WrongAt((*at, key), _in_profile(at[-1], fault)) from None


def _in_profile(name: str, fault: UsageFault) -> UsageFault:
    return UsageFault(f"profile {name}: {fault.message}", hint=fault.hint)


def _environment(key: str, value: object) -> Environment:
    try:
        return Environment(checks.text(key, value))
    except ValueError:
        fault = UsageFault(f"{key}: {shown(value)} is not labs, production or simulator", hint=_ENVIRONMENT_HINT)
    raise fault


_ENVIRONMENT_HINT = 'write environment = "labs", "production" or "simulator"'
KEYS: dict[str, Callable[[str, object], object]] = {
    "environment": _environment,
    "login": checks.login,
    "terminal": checks.text,
    "account": checks.account,
    "relay": checks.relays,
    "max_amount": checks.amount,
    "confirm_above": checks.amount,
    "terms": checks.terms,
    "reply_to": checks.reply_to,
    "by": checks.by,
    "timezone": checks.timezone,
    "day_starts": checks.day_starts,
    "accessible": checks.flag,
    "bell": checks.flag,
    "base_url": checks.url,
    "aliases": checks.aliases,
    "secrets": checks.place,
    **dict.fromkeys(COMMANDS, checks.option_defaults),
}


# -- limits that are not in force ------------------------------------------------------------------------

GUARDS = ("max_amount", "confirm_above")


def meant_guard(key: str) -> str | None:
    """The limit that an unknown key is probably meant to be: `max_ammount`, `Max-Amount`, `limit`, `confirmabove`."""
    from difflib import get_close_matches

    plain = {guard.replace("_", ""): guard for guard in GUARDS}
    word = "".join(c for c in key.casefold() if c.isalnum())
    for part, guard in (("max", "max_amount"), ("limit", "max_amount"), ("confirm", "confirm_above")):
        if part in word:
            return guard
    found = get_close_matches(word, plain, n=1, cutoff=0.8)
    return plain[found[0]] if found else None


def names_in(value: object, *before: str) -> list[str]:
    """A key and the keys of the tables in it, as dotted names: `limits`, `limits.max_amount`."""
    inside = value.items() if isinstance(value, dict) else ()
    return [".".join(before), *(name for key, part in inside for name in names_in(part, *before, key))]


# -- where credentials may go ----------------------------------------------------------------------


def _check_owner(base_url: str, environment: Environment) -> None:
    """Refuse PayJunction's hosts in any environment but their own, and any host but loopback for the simulator."""
    from urllib.parse import urlsplit

    host = (urlsplit(base_url).hostname or "").rstrip(".").lower()
    for owner, domain in _OWNED_DOMAIN.items():
        if (host == domain or host.endswith(f".{domain}")) and environment is not owner:
            raise UsageFault(
                f"base_url: {host} is PayJunction's {owner} host, but this is a {environment} profile",
                hint=f'set environment = "{owner}", or remove base_url',
            )
    if environment is Environment.SIMULATOR and not is_loopback(host):
        raise UsageFault(
            f"base_url: a simulator profile speaks to this machine only, and {host} is another one",
            hint='set environment = "labs" or "production", or a base_url like http://127.0.0.1:8700',
        )
