"""Events as lines for a terminal. Pure."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any


def event_row(item: dict[str, Any], zone: tzinfo | None) -> tuple[Any, ...]:
    """One event as a row of `events list`."""
    from pjterm.ui.moments import day_and_clock

    event, data, at = _parts(item, zone)
    return (
        item["cursor"], day_and_clock(at, zone), item["profile"], event.get("type"),
        data.get("requestId"), data.get("status"), result_of(data), "yes" if item["verified"] else "NO",
    )  # fmt: skip


def short_row(item: dict[str, Any], now: datetime, zone: tzinfo | None) -> tuple[Any, ...]:
    """A row for a terminal: the day only if it is not today, the type only if it is not a request's."""
    from pjterm.flow.relay_feed import EVENT
    from pjterm.ui.moments import short

    event, data, at = _parts(item, zone)
    what = data.get("status") if event.get("type") == EVENT else event.get("type")
    return (
        item["cursor"], short(at, now, zone), item["profile"], data.get("requestId"), what, result_of(data),
        "yes" if item["verified"] else "NO",
    )  # fmt: skip


def _parts(item: dict[str, Any], zone: tzinfo | None) -> tuple[dict[str, Any], dict[str, Any], datetime]:
    """The event, its data (empty if that is not an object), and the local time at which it was received."""
    event = item["event"]
    data = event.get("data") if isinstance(event.get("data"), dict) else {}
    return event, data, datetime.fromisoformat(item["receivedAt"]).astimezone(zone)


def result_of(data: dict[str, Any]) -> str | None:
    """The result in an event's data; a typed number is never shown."""
    for name in ("transactionId", "signatureId", "promptButton"):
        if data.get(name) is not None:
            return str(data[name])
    return "(input)" if data.get("inputValue") is not None else None


def person_line(item: dict[str, Any], now: datetime, zone: tzinfo | None, *, color: bool) -> str:
    """One event on a line that fits 80 columns: the date only for another day, the type only if unusual."""
    from pjterm.core.text import harmless
    from pjterm.flow.relay_feed import EVENT
    from pjterm.ui.moments import clock, day_and_clock

    event, data, at = _parts(item, zone)
    said = clock if at.date() == now.astimezone(zone).date() else day_and_clock
    cells = (
        item["cursor"], said(at, zone), item["profile"],
        None if event.get("type") == EVENT else event.get("type"), data.get("requestId"), data.get("status"),
        result_of(data), None if item["verified"] else "UNVERIFIED",
    )  # fmt: skip
    line = "  ".join(harmless(str(cell)) for cell in cells if cell is not None)
    if not color:
        return line
    code = {"COMPLETE": "32", "BUSY": "33", "NO_CONNECTION": "31"}.get(str(data.get("status")), "36")
    return f"\x1b[{code if item['verified'] else '31'}m{line}\x1b[0m"


def gap_line(gap: dict[str, Any]) -> str:
    """The line about events that are gone."""
    first, last = gap["after"] + 1, gap["oldest"] - 1
    if last < first:
        return f"-- event {gap['after']} is not of this store, which begins at {gap['oldest']} --"
    which = f"event {first} is" if first == last else f"events {first} to {last} are"
    return f"-- {which} gone: removed by retention, or lost by the store --"
