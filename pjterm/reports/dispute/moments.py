"""Times that a reader in any zone can understand: each with its zone."""

from __future__ import annotations

from datetime import datetime, tzinfo


def local(at: datetime, zone: tzinfo | None) -> str:
    """A moment: `Nov 22, 2026, 17:03:30 EST`."""
    shown = at.astimezone(zone)
    return f"{_day(shown)}, {shown:%H:%M:%S} {_zone(shown)}"


def day(at: datetime, zone: tzinfo | None) -> str:
    """A day, and the zone whose clock tells its times: `Nov 22, 2026, EST`."""
    shown = at.astimezone(zone)
    return f"{_day(shown)}, {_zone(shown)}"


def precise_clock(at: datetime, zone: tzinfo | None) -> str:
    """A time of that day, to the millisecond."""
    shown = at.astimezone(zone)
    return f"{shown:%H:%M:%S}.{shown.microsecond // 1000:03d}"


def _day(shown: datetime) -> str:
    return f"{shown:%b} {shown.day}, {shown.year}"


def _zone(shown: datetime) -> str:
    """The zone as people there abbreviate it, else how far it is from UTC."""
    name, offset = shown.tzname() or "", f"{shown:%z}"
    return name if name[:1].isalpha() else f"UTC{offset[:3]}:{offset[3:5]}"
