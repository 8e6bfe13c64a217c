"""Times as text: milliseconds for people and programs, microseconds for the journal, always UTC; and how long ago."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pjterm.values import fields, replace

T = TypeVar("T")
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def stamp(at: datetime) -> str:
    """A time as the result object writes it: UTC with milliseconds and `Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def precise(at: datetime) -> str:
    """A time as the journal writes it: UTC with microseconds, sorting as text."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def moment(text: str) -> datetime:
    """The time that `stamp` or `precise` wrote."""
    return datetime.fromisoformat(text)


def span(gap: timedelta) -> str:
    """A length of time in its largest unit: `4 min`."""
    seconds = max(0, int(gap.total_seconds()))
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= size), (1, "s"))
    return f"{seconds // size} {unit}"


def shifted(value: T, by: timedelta) -> T:
    """An entry or a fact with all its own times moved, between the clock of a process and the one on the wall."""
    return moved(value, lambda at: at + by) if by else value


def moved(value: T, how: Callable[[datetime], datetime]) -> T:
    """An entry or a fact with `how` applied to each of its own times."""
    whole: Any = value
    times = {f.name: getattr(whole, f.name) for f in fields(whole)}
    made: T = replace(whole, **{name: how(at) for name, at in times.items() if isinstance(at, datetime)})
    return made
