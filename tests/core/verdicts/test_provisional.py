"""Which sale is reported as paid after all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pjterm.core.evidence.facts import Accepted, Fact, Sent
from pjterm.core.model import Outcome
from pjterm.core.verdicts.look import came_late
from tests.core.make import REQUEST, at, booked, looked_up, nothing_found, polled
from tests.core.test_guards import ENTRY

ENDED: list[Fact] = [
    Sent(at(0)), Accepted(at(0), REQUEST), polled("COMPLETE", 1), polled("COMPLETE", 2), *nothing_found(3),
]  # fmt: skip
PAID = looked_up(30, booked(7))


@pytest.mark.parametrize(
    ("facts", "late"),
    [
        ([*ENDED, PAID], True),
        ([*ENDED[:2], PAID], False),
        (ENDED[:3], False),
    ],
    ids=["after its end was proven", "while it ran", "as another command reported without a fact"],
)
def test_only_an_approval_after_a_proven_end_came_late(facts: list[Fact], late: bool) -> None:
    entry = replace(ENTRY, outcome=Outcome.APPROVED, transaction_id=7, finished_at=at(40))

    assert came_late(entry, facts, at(60)) is late
