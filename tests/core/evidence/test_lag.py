"""How far searches lag, judging by the journal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pjterm.core.evidence.facts import Fact
from pjterm.core.evidence.lag import LONGEST_LAG, lag
from tests.core.make import booked, looked_around, looked_up, polled, searched

SEEN = polled("IN_PROGRESS", 1.0, 7)
"""The id is known."""
MISSED = searched(3.0)
SHOWN = searched(13.05, booked(7))


@pytest.mark.parametrize(
    ("facts", "seconds"),
    [
        ([SEEN, MISSED, SHOWN], 12.0),
        ([looked_up(1.0, booked(7)), MISSED, SHOWN], 12.0),
        ([SEEN, SHOWN], 0.0),
        ([MISSED, polled("IN_PROGRESS", 4.0, 7), SHOWN], 0.0),
        ([SEEN, looked_around(3.0), SHOWN], 0.0),
        ([SHOWN, SEEN, MISSED, SHOWN], 0.0),
        ([polled("IN_PROGRESS", 1.0, 8), MISSED, SHOWN], 0.0),
        ([SEEN, MISSED], 0.0),
        ([SEEN, MISSED, searched(3600.0, booked(7))], LONGEST_LAG.total_seconds()),
    ],
    ids=[
        "missed, then shown", "read, missed, then shown", "shown at once", "missed before it was known",
        "missed by another search", "shown before", "another id", "never shown", "no search for an hour",
    ],
)  # fmt: skip
def test_the_lag_is_how_long_searches_missed_a_known_transaction(facts: list[Fact], seconds: float) -> None:
    assert lag(7, facts) == timedelta(seconds=seconds)
