"""A pure function that is called with the same arguments again."""

from __future__ import annotations

from pjterm.core.remembered import remembered


class Counted:
    """What is asked about."""


def test_it_is_worked_out_once_for_the_same_values() -> None:
    asked = []

    @remembered
    def number(of: Counted, and_of: Counted) -> int:
        asked.append((of, and_of))
        return len(asked)

    one, other = Counted(), Counted()
    answers = [number(one, other), number(one, other), number(other, one), number(one, other)]

    assert answers == [1, 1, 2, 1]


def test_another_value_in_the_place_of_one_that_is_gone_is_not_taken_for_it() -> None:
    @remembered
    def what(of: list[int]) -> list[int]:
        return of

    answers = [what([n])[0] for n in range(3000)]  # each may be made where the one before it was

    assert [*range(3000)] == answers
