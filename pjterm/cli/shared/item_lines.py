"""An object as lines of text: each value after its title, and times in local time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pjterm.core.calendar import Calendar

_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def item_lines(item: Any, calendar: Calendar, indent: str = "") -> list[str]:
    """The fields of an object, one value per line; empty ones are left out."""
    from pjterm.ui.titles import titled

    return aligned(((titled(name), local_time(value, calendar)) for name, value in flattened(item)), indent)


def aligned(pairs: Iterable[tuple[str, str]], indent: str = "") -> list[str]:
    """Titles and values, with the values aligned."""
    found = list(pairs)
    width = max((len(title) for title, _ in found), default=0) + 1
    return [f"{indent}{f'{title}:'.ljust(width)}  {value}" for title, value in found]


def flattened(item: Any, under: str = "") -> Iterator[tuple[str, str]]:
    """The fields of an API object, as dotted names and values; empty ones are left out."""
    if isinstance(item, list):
        item = {str(n): value for n, value in enumerate(item, 1)}
    for name, value in item.items():
        if isinstance(value, dict | list):
            yield from flattened(value, f"{under}{name}.")
        elif value not in ("", None):
            yield f"{under}{name}", plain(value)


def plain(value: Any) -> str:
    """A value of JSON as a word."""
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def local_time(value: str, calendar: Calendar) -> str:
    """A time in local time, with its zone; any other text unchanged."""
    if not _STAMP.fullmatch(value):
        return value
    from pjterm.core import wire
    from pjterm.ui.moments import day_and_clock, zone_short

    at = wire.utc_moment(value)
    return value if at is None else f"{day_and_clock(at, calendar.zone)} {zone_short(at, calendar.zone)}"
