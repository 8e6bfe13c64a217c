"""Times for people: local to one zone, and relative ones always with an absolute time."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from pjterm.core.times import span


def clock(at: datetime, zone: tzinfo | None = None) -> str:
    """The time of day: `17:03:30`. Without a zone it is this machine's."""
    return at.astimezone(zone).time().isoformat("seconds")


def day_and_clock(at: datetime, zone: tzinfo | None = None) -> str:
    """The day and the time: `2026-11-22 17:03:30`."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def recorded(text: str, zone: tzinfo | None = None) -> str:
    """A stored time, with its zone: `2026-11-22 17:03:30 EST`; what is no time stays as it is."""
    from pjterm.core.wire import moment

    at = moment(text)
    return text if at is None else f"{day_and_clock(at, zone)} {zone_short(at, zone)}"


def short(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """A moment in a table: `17:03:30` today, else with the day: `Nov 22 17:03`, `2025-11-22`."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return f"{local:%H:%M:%S}"
    return f"{local:%b} {local.day:2} {local:%H:%M}" if local.year == today.year else f"{local:%Y-%m-%d}"


def zone_short(at: datetime, zone: tzinfo | None = None) -> str:
    """The zone's abbreviation for a column's title: `EST`."""
    return at.astimezone(zone).tzname() or "UTC"


def ago(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """How long ago, and when: `4 min ago (17:03)`, with the day if it was not today."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    when = f"{local:%H:%M}" if local.date() == today else f"{local:%b} {local.day}, {local:%H:%M}"
    if local.year != today.year:
        when = f"{local:%Y-%m-%d %H:%M}"
    gap = now - at
    return f"{span(gap)} ago ({when})" if gap >= timedelta(seconds=1) else f"just now ({when})"


def duration(seconds: float) -> str:
    """A running clock: `0:04`, `1:02:03`."""
    minutes, second = divmod(max(0, int(seconds)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def zone_name(at: datetime, zone: tzinfo | None = None) -> str:
    """The zone, named once: `EST (UTC-05:00)`."""
    local = at.astimezone(zone)
    offset = f"{local:%z}"
    name = str(zone) if zone is not None and not str(zone).startswith("UTC") else local.tzname() or ""
    said = f"UTC{offset[:3]}:{offset[3:5]}" if offset else "UTC"
    return said if name in ("", "UTC") and said != "UTC+00:00" else f"{name or 'UTC'} ({said})"
