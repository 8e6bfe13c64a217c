"""Which values of the variable TZ name a zone."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from pjterm.system.clock import has_a_zone

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def tz(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A machine on which TZ says this."""
    if sys.platform == "win32":
        pytest.skip("its zone cannot be set for one process")
    with monkeypatch.context() as environ:
        environ.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


@pytest.mark.parametrize(
    "tz",
    ["", ":", "UTC", "Etc/UTC", "America/New_York", ":America/New_York", "Europe/London", "EST5EDT", "GMT0BST",
     "<-03>3", "Africa/Abidjan"],
    indirect=True,
)  # fmt: skip
def test_a_name_of_a_zone_and_a_rule_are_taken(tz: str) -> None:
    assert has_a_zone(NOW, tz)


@pytest.mark.parametrize(
    "tz",
    ["America/NewYork", "New_York", "America", "garbage", "Nowhere/City", "/no/such/file", "../UTC", "UTC+25"],
    indirect=True,
)
def test_what_names_no_zone_is_refused_rather_than_taken_for_utc(tz: str) -> None:
    """A day of UTC was reported, and closed for ever, as one of `America`."""
    assert not has_a_zone(NOW, tz)
