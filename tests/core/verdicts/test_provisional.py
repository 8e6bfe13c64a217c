"""Which sale is reported as paid after all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pjterm.core.entry import WITHOUT_RESULT
from pjterm.core.model import Outcome, Verdict
from pjterm.core.verdicts.precedence import says
from pjterm.core.verdicts.provisional import FOR, came_late
from tests.core.make import at, booked
from tests.core.test_guards import ENTRY

PAID = Verdict(Outcome.APPROVED, "7 approved", booked(7))
OTHERWISE = {Outcome.UNKNOWN, Outcome.DECLINED, *WITHOUT_RESULT}


@pytest.mark.parametrize("was", [None, *Outcome])
def test_only_an_approval_of_what_was_recorded_otherwise_came_late(was: Outcome | None) -> None:
    entry = replace(ENTRY, outcome=PAID.outcome, says=says(replace(ENTRY, outcome=was), PAID), finished_at=at(40))

    assert came_late(entry, at(60)) is (was in OTHERWISE)


def test_it_is_late_until_it_was_shown_or_is_long_over() -> None:
    late = says(replace(ENTRY, outcome=Outcome.CANCELLED), PAID)
    entry = replace(ENTRY, outcome=PAID.outcome, says=late, finished_at=at(40))

    assert came_late(entry, at(40) + FOR)
    assert not came_late(entry, at(40) + FOR + timedelta(seconds=1))
    assert not came_late(replace(entry, shown_at=at(50)), at(60))
