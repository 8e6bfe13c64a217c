"""A pure function that is called again with the same arguments."""

from __future__ import annotations

from pjterm.core.remembered import remembered


class Counted:
    """An argument that is compared by identity."""


def test_a_value_is_computed_once_for_the_same_arguments() -> None:
    asked = []

    @remembered
    def number(of: Counted, and_of: Counted) -> int:
        asked.append((of, and_of))
        return len(asked)

    one, other = Counted(), Counted()
    answers = [number(one, other), number(one, other), number(other, one), number(one, other)]

    assert answers == [1, 1, 2, 1]


def test_a_new_object_at_a_reused_address_is_not_mistaken_for_the_old_one() -> None:
    @remembered
    def what(of: list[int]) -> list[int]:
        return of

    answers = [what([n])[0] for n in range(3000)]  # each may reuse the address of the one before it

    assert [*range(3000)] == answers
