"""Which of two verdicts is kept, for every outcome that may be stored."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pjterm.core.entry import WITHOUT_RESULT, Entry, Scope
from pjterm.core.model import Kind, Outcome, Verdict
from pjterm.core.verdicts.precedence import keeps_time, replaces, says
from tests.core.make import TILL, at, booked

OUTCOMES = (None, *Outcome)
OPEN = {None, Outcome.OPEN, Outcome.UNKNOWN}
ENDS = set(WITHOUT_RESULT)
ALL = set(OUTCOMES)
PAID = Verdict(Outcome.APPROVED, "paid", booked(7))
MAY_BE_8 = Verdict(Outcome.UNKNOWN, "8 may be it", transaction_ids=(8,))
TWICE = Verdict(Outcome.UNKNOWN, "7 and 8 are approved", transaction_ids=(7, 8))


def stored(outcome: Outcome | None, *, kind: Kind = Kind.PAYMENT) -> Entry:
    entry = Entry(1, Scope("labs", "shop"), "K1", kind, "labs", TILL, "", at(0))
    return replace(entry, outcome=outcome, transaction_id=7)


REPLACED = {
    "a guess": (Verdict(Outcome.UNKNOWN, "no idea"), OPEN),
    "a detached watcher": (Verdict(Outcome.OPEN, "still open"), OPEN),
    "a transaction that may be the sale's": (MAY_BE_8, OPEN | ENDS),
    **{f"an end: {end}": (Verdict(end, "ended"), OPEN | ENDS) for end in WITHOUT_RESULT},
    "a decline": (
        Verdict(Outcome.DECLINED, "declined", booked(6)),
        ALL - {Outcome.APPROVED, Outcome.REFUNDED, Outcome.VOIDED},
    ),
    "an approval of the stored transaction": (PAID, ALL - {Outcome.VOIDED}),
    "an approval of another transaction": (Verdict(Outcome.APPROVED, "paid", booked(8)), ALL),
    "a void": (Verdict(Outcome.VOIDED, "voided", booked(7, status="VOID")), ALL),
    "a signature": (Verdict(Outcome.SIGNED, "signed"), ALL),
}


@pytest.mark.parametrize("name", REPLACED)
def test_a_verdict_replaces_only_outcomes_with_less_proof(name: str) -> None:
    new, expected = REPLACED[name]

    assert expected == {was for was in OUTCOMES if replaces(stored(was), new)}


def test_a_second_approval_contradicts_everything_but_the_void_of_the_first() -> None:
    assert {was for was in OUTCOMES if replaces(stored(was), TWICE, contradicts=True)} == ALL - {Outcome.VOIDED}
    assert replaces(stored(Outcome.VOIDED, kind=Kind.VOID), TWICE, contradicts=True), "this one is the void itself"


def test_a_count_replaces_the_outcome_that_it_considered_but_never_an_approval_by_a_decline() -> None:
    assert replaces(stored(Outcome.APPROVED), MAY_BE_8, over=Outcome.APPROVED)
    assert not replaces(stored(Outcome.VOIDED), MAY_BE_8, over=Outcome.APPROVED)
    assert not replaces(stored(Outcome.APPROVED), Verdict(Outcome.DECLINED, "declined"), over=Outcome.APPROVED)


def test_a_result_after_an_end_without_one_has_its_own_time() -> None:
    assert not keeps_time(stored(Outcome.CANCELLED), PAID)
    assert keeps_time(stored(Outcome.APPROVED), PAID)
    assert keeps_time(stored(Outcome.CANCELLED), Verdict(Outcome.BUSY, "busy"))
    assert not keeps_time(stored(Outcome.DECLINED), PAID)
    assert keeps_time(stored(Outcome.DECLINED), Verdict(Outcome.DECLINED, "declined"))


def test_what_was_recorded_until_an_approval_stays_with_it() -> None:
    first = says(stored(Outcome.CANCELLED), PAID)
    again = says(replace(stored(Outcome.APPROVED), says=first), PAID)

    assert first == again == "paid; until then recorded as cancelled"
