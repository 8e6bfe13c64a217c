"""What each setting of a profile may be: one check per kind of value, which returns the value as pjterm uses it.

A check raises `UsageFault` with the setting's name in front, or `WrongAt` for a place further inside.
"""

from __future__ import annotations

import re
from datetime import time
from decimal import Decimal
from unicodedata import category

from pjterm.core.encoding import check_utf8
from pjterm.core.ids import is_uuid
from pjterm.core.money import parse_money
from pjterm.core.urls import check_url
from pjterm.errors import UsageFault

BY_LIMIT = 32  # characters
_HH_MM = r"([01][0-9]|2[0-3]):[0-5][0-9]"


class WrongAt(Exception):
    """An error in a table, and the keys that lead to it; the parser of the file makes it a named error."""

    def __init__(self, keys: tuple[str, ...], fault: UsageFault) -> None:
        super().__init__(fault.message)
        self.keys = keys
        self.fault = fault


def text(key: str, value: object, most: int = 255, newlines: bool = False) -> str:
    if not isinstance(value, str):
        raise UsageFault(f"{key}: must be text in quotes", hint=f'write {key} = "…"')
    if not 1 <= len(value) <= most:
        raise UsageFault(f"{key}: must have 1 to {most} characters")
    if has_controls(value.replace("\n", "") if newlines else value):
        raise UsageFault(f"{key}: control characters are not allowed")
    return value


def has_controls(text: str) -> bool:
    """Whether control characters or lone surrogates are in it."""
    return not text.isprintable() and any(category(c) in ("Cc", "Cs") for c in text)


def check_by(text: str, what: str) -> str:
    """Check a seller's name: 1-32 printable characters. It stays in the journal and is never sent."""
    check_utf8(text, what)
    if not 1 <= len(text) <= BY_LIMIT or not text.isprintable() or text != text.strip():
        raise UsageFault(f"{what}: invalid name {text!r}: use 1 to {BY_LIMIT} printable characters")
    return text


def login(key: str, value: object) -> str:
    found = text(key, value)
    if ":" in found:  # Basic auth ends the login at the first colon
        raise UsageFault(f"{key}: a colon is not allowed")
    return found


def account(key: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 10**18:
        raise UsageFault(f"{key}: must be a terminalId, a whole number like 10001")
    return value


def amount(key: str, value: object) -> Decimal:
    if not isinstance(value, str):  # a TOML number could be read as a float
        raise UsageFault(f"{key}: must be an amount in quotes", hint=f'write {key} = "500.00"')
    return parse_money(value, key, zero=True)


def terms(key: str, value: object) -> str:
    return text(key, value, most=10_000, newlines=True)


def reply_to(key: str, value: object) -> str:
    address = text(key, value)
    if address.count("@") != 1 or address.startswith("@") or address.endswith("@"):
        raise UsageFault(f"{key}: {shown(address)} is not an e-mail address")
    return address


def url(key: str, value: object) -> str:
    found = text(key, value, most=2048)
    if check_url(found, key).query:
        raise UsageFault(f"{key}: a query is not allowed")
    return found.rstrip("/?#")


def relays(key: str, value: object) -> tuple[str, ...]:
    return tuple(url(key, one) for one in (value if isinstance(value, list) else [value]))


def aliases(key: str, value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise UsageFault(f'{key}: must be a table of NAME = "UUID"')
    for alias, uuid in value.items():
        try:
            _alias(alias, uuid)
        except UsageFault as fault:
            raise WrongAt((key, alias), fault) from None
    return dict(value)


def _alias(alias: str, uuid: object) -> None:
    text("an alias", alias, most=64)
    if is_uuid(alias):
        raise UsageFault(f"alias {alias}: must be a name, not another UUID")
    if not isinstance(uuid, str) or not is_uuid(uuid):
        raise UsageFault(
            f"alias {alias}: {shown(uuid)} is not a smartTerminalId (a UUID)",
            hint="see: pjterm terminals",
        )


def by(key: str, value: object) -> str:
    return check_by(text(key, value), key)


def timezone(key: str, value: object) -> str:
    name = text(key, value)
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name).key
    except (OSError, ValueError, KeyError):  # no such zone, or not a name at all
        raise UsageFault(f"{key}: unknown time zone {shown(name)}", hint=f'write {key} = "America/New_York"') from None


def day_starts(key: str, value: object) -> time:
    if not isinstance(value, str) or not re.fullmatch(_HH_MM, value):
        raise UsageFault(f"{key}: invalid time {shown(value)}", hint=f'write {key} = "04:00"')
    return time.fromisoformat(value)


def flag(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise UsageFault(f"{key}: invalid value {shown(value)}", hint=f"write {key} = true or {key} = false")
    return value


def place(key: str, value: object) -> str:
    if value not in ("keyring", "file"):
        raise UsageFault(f"{key}: must be keyring or file; pjterm sets it itself")
    return str(value)


def option_defaults(key: str, value: object) -> dict[str, object]:
    """Check only the types: which options exist, only the command knows."""
    if not isinstance(value, dict):
        raise UsageFault(f"{key}: must be a table of options", hint=f"write [profiles.NAME.{key}]")
    for name, kept in value.items():
        if not isinstance(kept, str | int | Decimal | list):
            raise WrongAt((key, name), UsageFault(f"{key}.{name}: must be text, a number, true or false"))
    # TOML's fractions are read as decimals; what options take as a number are seconds
    return {name: float(kept) if isinstance(kept, Decimal) else kept for name, kept in value.items()}


def shown(value: object) -> str:
    """A value from a file or a command line, harmless and short."""
    plain = ascii(value)
    return plain if len(plain) <= 60 else f"{plain[:57]}…"
