"""Checks the values of a scenario file one by one: each becomes a field of a dataclass, or a `BadScenario`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from pjterm.simulator.shop.guesses import Guesses
from pjterm.simulator.shop.inventory import Account
from pjterm.simulator.shop.scenarios import (
    STROKES,
    Act,
    Brand,
    CardEntry,
    Conduct,
    Customer,
    Device,
    Fate,
    Fault,
    HookRule,
    HttpRule,
    Till,
)
from pjterm.values import fields

_ENUMS: dict[str, type[StrEnum]] = {
    "device": Device, "customer": Customer, "second": Customer, "entry": CardEntry, "brand": Brand, "does": Act,
    "fault": Fault, "fate": Fate,
}  # fmt: skip
_DECLINE = re.compile(r"(?!00)[0-9A-Z]{2}")
_AMOUNTS = ("tip", "approves", "amount", "surcharge")
_AMOUNT = re.compile(r"[0-9]{1,6}(\.[0-9]{1,2})?")
_CLOSES = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|never")
_RANGES = {"terminal_id": (1, 10**9), "nth": (1, 10**9)}
_NEEDED = ("fault", "fate", "does")
_CALL = re.compile(r"[A-Z*]+ [/*](\S*[^\s/])?")  # as calls are compared: without a slash at the end
_T = TypeVar("_T", Conduct, Till, HttpRule, HookRule, Account, Guesses)


class BadScenario(Exception):
    """An invalid value in a scenario; the message says where and what."""


def record(kind: type[_T], entry: dict[str, Any], where: str) -> _T:
    """A dataclass from a table whose keys are its fields."""
    known = {f.name: f.type for f in fields(kind)}
    only(entry, set(known), where)
    if missing := [n for n in _NEEDED if n in known and n not in entry]:
        raise BadScenario(f"{where}: {missing[0]} is missing")
    return kind(**{n: field(n, str(known[n]), v, f"{where}: {n}") for n, v in entry.items()})


def field(name: str, kind: str, value: Any, where: str) -> Any:
    """The value of one field; `kind` is its type as written in the dataclass."""
    if name in _ENUMS:
        return _word(_ENUMS[name], value, where)
    if name in _AMOUNTS:
        return _amount(kind, value, where)
    if name == "strokes" and not STROKES.fullmatch(str(value)):
        raise BadScenario(f"{where}: {str(value)[:40]!r} is not written like 10,20 30,40;50,60 70,80")
    if name == "call" and not _CALL.fullmatch(str(value)):
        raise BadScenario(f"{where}: {str(value)[:60]!r} is not written like POST /transactions/*")
    if name == "closes" and not _CLOSES.fullmatch(str(value)):
        raise BadScenario(f"{where}: {value!r} is neither a time like 17:00 nor never")
    if name == "kind" and value not in ("CARD", "ACH"):
        raise BadScenario(f"{where}: {value!r} is neither CARD nor ACH")
    if name == "code" and not _DECLINE.fullmatch(str(value)):
        raise BadScenario(f"{where}: {value!r} is not the code of a decline, like 05 or 51")
    match kind.removesuffix(" | None"):
        case "float":
            return seconds(value, where)
        case "bool":
            return typed(value, bool, where)
        case "int":
            return _whole(value, *_RANGES.get(name, (200, 599)), where)
        case _:
            return typed(value, str, where)


def _amount(kind: str, value: Any, where: str) -> Any:
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
        raise BadScenario(f"{where}: {value!r} is not an amount")
    amount = Decimal(value)
    return amount if kind.startswith("Decimal") else f"{amount:.2f}"


def _word(kind: type[StrEnum], value: Any, where: str) -> StrEnum:
    if value not in list(kind):
        raise BadScenario(f"{where}: {value!r} is none of {', '.join(kind)}")
    return kind(value)


def _whole(value: Any, least: int, most: int, where: str) -> int:
    if type(value) is not int or not least <= value <= most:
        raise BadScenario(f"{where}: {value!r} is not a whole number from {least} to {most}")
    return value


def seconds(value: Any, where: str) -> float:
    """A length of time."""
    if type(value) not in (int, float) or not math.isfinite(value) or not 0 <= value <= 1e7:
        raise BadScenario(f"{where}: {value!r} is not a number of seconds")
    return float(value)


_TOML: dict[type, str] = {bool: "true or false", dict: "a table", list: "a list", str: "text"}
"""What a value must be, in the words of people who write TOML."""


def typed(value: Any, kind: type, where: str) -> Any:
    """Check that a value has this type, and return it."""
    if not isinstance(value, kind):
        raise BadScenario(f"{where}: {value!r} is not {_TOML[kind]}")
    return value


def table(value: Any, where: str) -> dict[str, Any]:
    """A table."""
    return dict(typed(value, dict, where))


def only(table: Mapping[str, Any], known: set[str], where: str) -> None:
    """Refuse an unknown name."""
    if strange := sorted(set(table) - known):
        raise BadScenario(f"{where}: {strange[0]!r} is not a name known here")
