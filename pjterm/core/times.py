"""Times as text: milliseconds for people and programs, microseconds for the journal; always UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(at: datetime) -> str:
    """A time as the result object writes it: UTC with milliseconds and `Z`."""
    at = at.astimezone(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def precise(at: datetime) -> str:
    """A time as the journal writes it: UTC with microseconds, sorting as text."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    """The time that `stamp` or `precise` wrote."""
    return datetime.fromisoformat(text)
