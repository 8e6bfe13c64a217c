"""A sale that only a search found may be another's: what changes it names the same command by the transaction's id."""

from __future__ import annotations

import shlex

import pytest

from tests.world import faults
from tests.world.till import Till, World


@pytest.mark.parametrize(
    "line",
    [
        ("refund", "5.00", "--transaction", "a", "--yes"),
        ("refund", "--transaction=a", "--yes"),
        ("tip", "a", "1.50"),
        ("void", "a", "--yes"),
        ("dispute", "a", "--out", "-"),
    ],
    ids=" ".join,
)
def test_the_line_that_was_refused_is_named_with_the_id(world: World, till: Till, line: tuple[str, ...]) -> None:
    """A dispute named `tip ID 0`, which took the customer's tip away, and the refund of a part one of all of it."""
    world.faults.add(faults.lost_answer(), "request-payment")
    till.run("charge", "20.00", "-t", "T1", "-k", "a", "--invoice", "1042")
    refused = till.run(*line)
    named = shlex.split(refused.err.splitlines()[-1].partition(": ")[2])
    number = str(world.sale().id)
    by_id = [{"a": number, "--transaction=a": f"--transaction={number}"}.get(word, word) for word in line]

    assert (refused.code, named) == (10, ["pjterm", *by_id])
