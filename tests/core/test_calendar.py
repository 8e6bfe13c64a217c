"""Business days in zones whose wall clocks jump."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pjterm.core.calendar import Calendar, read_day
from pjterm.errors import UsageFault

NEW_YORK = Calendar(ZoneInfo("America/New_York"))
SANTIAGO = Calendar(ZoneInfo("America/Santiago"))
SLOWLY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no bug
ZONES = (
    "America/New_York", "America/Santiago", "America/Havana", "Asia/Beirut", "Pacific/Apia", "Australia/Lord_Howe",
    "Africa/Casablanca", "Pacific/Kiritimati", "Europe/Berlin", "UTC",
)  # fmt: skip


def shown(calendar: Calendar, day: date) -> tuple[str, str]:
    begin, end = calendar.bounds(day)
    return begin.isoformat(), end.isoformat()


def test_a_day_of_23_hours_ends_where_the_next_begins() -> None:
    assert shown(NEW_YORK, date(2026, 3, 8)) == ("2026-03-08T00:00:00-05:00", "2026-03-09T00:00:00-04:00")


def test_a_day_of_25_hours_includes_all_of_them() -> None:
    begin, end = NEW_YORK.bounds(date(2026, 11, 1))

    assert timedelta(hours=25) == end - begin


def test_a_day_without_midnight_begins_when_its_clock_does() -> None:
    assert shown(SANTIAGO, date(2026, 9, 6)) == ("2026-09-06T01:00:00-03:00", "2026-09-07T00:00:00-03:00")


def test_a_repeated_midnight_begins_the_day_the_first_time() -> None:
    """Havana repeated the hour from 0 to 1. The day is in the past, since Cuba has changed its rules."""
    begin, end = Calendar(ZoneInfo("America/Havana")).bounds(date(2024, 11, 3))

    assert ("2024-11-03T00:00:00-04:00", timedelta(hours=25)) == (begin.isoformat(), end - begin)


def test_a_day_that_its_zone_skipped_is_empty() -> None:
    begin, end = Calendar(ZoneInfo("Pacific/Apia")).bounds(date(2011, 12, 30))

    assert ("2011-12-31T00:00:00+14:00", begin) == (begin.isoformat(), end)


def test_a_start_inside_the_gap_moves_to_the_jump() -> None:
    late = Calendar(ZoneInfo("America/New_York"), time(2, 30))

    assert late.begin(date(2026, 3, 8)).isoformat() == "2026-03-08T03:00:00-04:00"


def test_night_hours_belong_to_the_previous_business_day() -> None:
    bar = Calendar(ZoneInfo("America/New_York"), time(4))
    at_two = datetime.fromisoformat("2026-11-24T02:00:00-05:00")

    assert (date(2026, 11, 23), date(2026, 11, 24)) == (bar.day_of(at_two), bar.day_of(at_two + timedelta(hours=2)))


@SLOWLY
@given(
    st.sampled_from(ZONES), st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    st.integers(500_000_000, 2_100_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
)  # fmt: skip
def test_every_instant_belongs_to_exactly_one_day(zone: str, starts: time, at: datetime) -> None:
    calendar = Calendar(ZoneInfo(zone), starts)
    day = calendar.day_of(at)
    begin, end = calendar.bounds(day)

    assert begin <= at < end
    assert end == calendar.begin(day + timedelta(days=1))


@SLOWLY
@given(st.sampled_from(ZONES), st.dates(date(1985, 1, 1), date(2037, 12, 31)), st.integers(0, 23))
def test_a_day_begins_at_the_first_second_whose_clock_has_reached_it(zone: str, day: date, hour: int) -> None:
    calendar = Calendar(ZoneInfo(zone), time(hour))
    begin = calendar.begin(day)
    before = calendar.local(begin - timedelta(seconds=1))

    assert before.replace(tzinfo=None) < datetime.combine(day, time(hour)) <= begin.replace(tzinfo=None)


def test_the_default_is_the_system_zone() -> None:
    begin, _ = Calendar().bounds(date(2026, 11, 23))

    assert begin.astimezone().isoformat()[:19] == "2026-11-23T00:00:00"


@pytest.mark.parametrize("text", ["2026-02-30", "2026-13-01", "yesterday", "20261123", "2026-11-23T25:00", "", "1-1-1"])
def test_dates_that_do_not_exist_are_refused(text: str) -> None:
    with pytest.raises(UsageFault, match="--since"):
        NEW_YORK.moment(text, "--since")


@pytest.mark.parametrize("text", ["2026-02-30", "2026-11-23T10:00", "x", "9999-12-31"])
def test_a_day_is_only_a_date(text: str) -> None:
    with pytest.raises(UsageFault, match="--day"):
        read_day(text, "--day")


def test_a_time_without_an_offset_is_in_the_calendar_s_zone() -> None:
    moments = [NEW_YORK.moment(text, "x") for text in ("2026-11-23T18:00+09:00", "2026-11-23T18:00", "2026-11-23")]

    assert [
        at.isoformat() for at in moments
    ] == ["2026-11-23T18:00:00+09:00", "2026-11-23T18:00:00-05:00", "2026-11-23T00:00:00-05:00"]  # fmt: skip
