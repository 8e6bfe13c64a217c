"""One profile: what a till's table in `config.toml` may say, checked value by value.

What a `Profile` says can be relied on: amounts are exact, URLs are safe to send credentials to, aliases
are UUIDs. Keys this version does not know are kept and named: a newer pjterm may have written them, or a limit
is misspelled and not in force.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import time
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pjterm.core.ids import is_uuid
from pjterm.core.money import parse_money
from pjterm.core.seller import check_by
from pjterm.core.urls import check_url, is_loopback
from pjterm.errors import UsageFault
from pjterm.values import dataclass, field

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HH_MM = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


COMMANDS = ("charge", "refund", "sign", "prompt", "input")
"""Commands whose options may have defaults in a profile."""


class Environment(StrEnum):
    """Whose money moves: nobody's (simulator), nobody's but on PayJunction's test host (labs), or real."""

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
        """The host, where a profile of PayJunction's environments speaks to another one than PayJunction's own."""
        own = _BASE_URL.get(self.environment)
        return None if own is None or self.base_url == own else self.base_url


BUILTIN = Profile(
    "simulator", Environment.SIMULATOR, login="simulator", terminal="T1", account=10001, builtin=True
)


class WrongAt(Exception):
    """A fault in a table, and the keys that lead to it; whoever has the file makes it a named error."""

    def __init__(self, keys: tuple[str, ...], fault: UsageFault) -> None:
        super().__init__(fault.message)
        self.keys = keys
        self.fault = fault


# -- reading and checking --------------------------------------------------------------------------


def check_name(name: str) -> None:
    """Refuse what cannot be a profile's name: it stands in URLs (`/webhooks/NAME`) and commands."""
    if not _NAME.fullmatch(name) or name in (".", ".."):
        raise UsageFault(f"{shown(name)} is no profile name: 1 to 64 of A-Z a-z 0-9 . _ -")


def read_profile(name: str, table: object) -> Profile:
    """Check a profile's table and fill in the defaults; raises `WrongAt`."""
    at = ("profiles", name)
    try:
        check_name(name)
    except UsageFault as fault:
        raise WrongAt(at, fault) from None
    if not isinstance(table, dict):
        raise WrongAt(at, UsageFault(f"profile {name}: a table [profiles.{name}] is wanted"))
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


def _text(key: str, value: object, most: int = 255, newlines: bool = False) -> str:
    if not isinstance(value, str):
        raise UsageFault(f"{key}: text in quotes is wanted", hint=f'write {key} = "…"')
    if not 1 <= len(value) <= most:
        raise UsageFault(f"{key}: 1 to {most} characters are wanted")
    if _UNPRINTABLE.search(value.replace("\n", "") if newlines else value):
        raise UsageFault(f"{key}: control characters are not allowed")
    return value


def _environment(key: str, value: object) -> Environment:
    try:
        return Environment(_text(key, value))
    except ValueError:
        fault = UsageFault(
            f"{key}: {shown(value)} is not labs, production or simulator", hint=_ENVIRONMENT_HINT
        )
    raise fault


def _login(key: str, value: object) -> str:
    login = _text(key, value)
    if ":" in login:  # Basic auth ends the login at the first colon
        raise UsageFault(f"{key}: a colon is not allowed")
    return login


def _account(key: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 10**18:
        raise UsageFault(f"{key}: a terminalId, a whole number like 10001, is wanted")
    return value


def _amount(key: str, value: object) -> Decimal:
    if not isinstance(value, str):  # a number would be read by somebody, some day, as a float
        raise UsageFault(f"{key}: an amount in quotes is wanted", hint=f'write {key} = "500.00"')
    return parse_money(value, key, zero=True)


def _terms(key: str, value: object) -> str:
    return _text(key, value, most=10_000, newlines=True)


def _reply_to(key: str, value: object) -> str:
    address = _text(key, value)
    if address.count("@") != 1 or address.startswith("@") or address.endswith("@"):
        raise UsageFault(f"{key}: {shown(address)} is not an e-mail address")
    return address


def _url(key: str, value: object) -> str:
    url = _text(key, value, most=2048)
    if check_url(url, key).query:
        raise UsageFault(f"{key}: a query is not allowed")
    return url.rstrip("/?#")


def _relays(key: str, value: object) -> tuple[str, ...]:
    return tuple(_url(key, url) for url in (value if isinstance(value, list) else [value]))


def _aliases(key: str, value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise UsageFault(f"{key}: a table of NAME = \"UUID\" is wanted")
    for alias, uuid in value.items():
        try:
            _alias(alias, uuid)
        except UsageFault as fault:
            raise WrongAt((key, alias), fault) from None
    return dict(value)


def _alias(alias: str, uuid: object) -> None:
    _text("an alias", alias, most=64)
    if is_uuid(alias):
        raise UsageFault(f"alias {alias}: a name is wanted, not another UUID")
    if not isinstance(uuid, str) or not is_uuid(uuid):
        raise UsageFault(
            f"alias {alias}: {shown(uuid)} is not a smartTerminalId (a UUID)",
            hint="pjterm terminals lists them",
        )


def _by(key: str, value: object) -> str:
    return check_by(_text(key, value), key)


def _timezone(key: str, value: object) -> str:
    name = _text(key, value)
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name).key
    except (OSError, ValueError, KeyError):  # none of that name, or no name at all
        raise UsageFault(f"{key}: unknown time zone {shown(name)}", hint=f'write {key} = "America/New_York"') from None


def _day_starts(key: str, value: object) -> time:
    if not isinstance(value, str) or not _HH_MM.fullmatch(value):
        raise UsageFault(f"{key}: invalid time {shown(value)}", hint=f'write {key} = "04:00"')
    return time.fromisoformat(value)


def _flag(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise UsageFault(f"{key}: invalid value {shown(value)}", hint=f"write {key} = true or {key} = false")
    return value


def _place(key: str, value: object) -> str:
    if value not in ("keyring", "file"):
        raise UsageFault(f"{key}: keyring or file is wanted, and pjterm writes it itself")
    return str(value)


def _defaults(key: str, value: object) -> dict[str, object]:
    """Which options there are is known to the command alone."""
    if not isinstance(value, dict):
        raise UsageFault(f"{key}: a table of options is wanted", hint=f"write [profiles.NAME.{key}]")
    for name, kept in value.items():
        if not isinstance(kept, str | int | float | list):
            raise WrongAt((key, name), UsageFault(f"{key}.{name}: text, a number, true or false is wanted"))
    return dict(value)


_ENVIRONMENT_HINT = 'write environment = "labs", "production" or "simulator"'
KEYS: dict[str, Callable[[str, object], object]] = {
    "environment": _environment,
    "login": _login,
    "terminal": _text,
    "account": _account,
    "relay": _relays,
    "max_amount": _amount,
    "confirm_above": _amount,
    "terms": _terms,
    "reply_to": _reply_to,
    "by": _by,
    "timezone": _timezone,
    "day_starts": _day_starts,
    "accessible": _flag,
    "bell": _flag,
    "base_url": _url,
    "aliases": _aliases,
    "secrets": _place,
    **dict.fromkeys(COMMANDS, _defaults),
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
    """A key, and those of the tables in it, each with the tables around it: `limits`, `limits.max_amount`."""
    inside = value.items() if isinstance(value, dict) else ()
    return [".".join(before), *(name for key, part in inside for name in names_in(part, *before, key))]


# -- where credentials may go ----------------------------------------------------------------------


def _check_owner(base_url: str, environment: Environment) -> None:
    """Refuse PayJunction's own hosts to every environment but the one they serve, and all others to the simulator."""
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


def shown(value: object) -> str:
    """A value from a file or a command line, harmless and short."""
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}…"

