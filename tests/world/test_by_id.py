"""A transaction that may belong to another sale: commands that change or reveal it require its id, not the sale key."""

from __future__ import annotations

import shlex

import pytest

from pjterm.core.hints import commands
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
def test_the_refused_line_is_repeated_with_the_id(world: World, till: Till, line: tuple[str, ...]) -> None:
    """`dispute` suggested `tip ID 0`, which removed the customer's tip, and a partial refund suggested a full one."""
    world.faults.add(faults.lost_answer(), "request-payment")
    till.run("charge", "20.00", "-t", "T1", "-k", "a", "--invoice", "1042")
    refused = till.run(*line)
    named = shlex.split(refused.err.splitlines()[-1].partition(": ")[2])
    number = str(world.sale().id)
    by_id = [{"a": number, "--transaction=a": f"--transaction={number}"}.get(word, word) for word in line]

    assert (refused.code, named) == (10, ["pjterm", *by_id])


def test_a_key_of_digits_is_printed_with_its_prefix(world: World, till: Till) -> None:
    """The suggested lines also named the id of another sale's transaction, and were refused."""
    till.run("charge", "5", "-t", "T1", "-k", "a")
    number = str(world.sale().id)
    world.faults.add(faults.lost_request(), "request-payment")
    lost = till.run("charge", "9", "-t", "T1", "-k", number, "--timeout", "12")
    stopped = till.run("charge", "8", "-t", "T1", "-k", "b")
    printed = [c for run in (lost, stopped) for row in run.err.splitlines() for c in commands(row)]

    assert printed == [f"pjterm resume key:{number}"] * 2
    assert till.run(*printed[0].split()[1:]).code == 9


@pytest.mark.parametrize(
    "line", [("receipt", "a"), ("receipt", "a", "--email", "b@example.com", "--reply-to", "c@example.com"),
             ("signature", "a")], ids=" ".join,
)  # fmt: skip
def test_another_sale_s_receipt_is_neither_shown_nor_mailed_as_this_one_s(
    world: World, till: Till, line: tuple[str, ...]
) -> None:
    """The reader named another sale's transaction: the receipt would say $99.00 and be mailed to our customer."""
    unrelated = world.service.others_charge("99.00", invoice="SOMEBODY").id
    world.service.papers.signed = True
    world.service.status_as = lambda shown: {**shown, "transactionId": unrelated} if "transactionId" in shown else shown
    till.run("charge", "20.00", "-t", "T1", "-k", "a", "--timeout", "20")
    refused, by_id = till.run(*line), till.run("receipt", f"tx:{unrelated}")
    look = till.run("transactions", "show", "a")

    assert (refused.code, refused.out, "pjterm resume a" in refused.err) == (10, "", True)
    assert not [call for call in world.service.calls if call.path.endswith("email")]
    assert (by_id.code, look.code, "99.00" in look.out) == (0, 0, True)
