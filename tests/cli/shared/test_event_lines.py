"""Events as rows of a list."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pjterm.cli.shared.event_lines import event_row, short_row

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 25, 17, tzinfo=UTC)
EVENT = {
    "cursor": 7, "receivedAt": "2026-11-25T15:00:00Z", "profile": "till-1", "verified": False,
    "event": {"type": "SMARTTERMINAL_REQUEST", "data": {"requestId": "r1", "status": "COMPLETE", "transactionId": 5}},
}  # fmt: skip


def test_times_are_in_the_profile_s_zone() -> None:
    assert [event_row(EVENT, NEW_YORK)[1], short_row(EVENT, NOW, NEW_YORK)[1]] == ["2026-11-25 10:00:00", "10:00:00"]


def test_the_type_is_shown_only_for_other_events_than_requests() -> None:
    other = EVENT | {"event": {"type": "TRANSACTION", "data": {}}}

    assert [short_row(e, NOW, NEW_YORK)[4] for e in (EVENT, other)] == ["COMPLETE", "TRANSACTION"]
