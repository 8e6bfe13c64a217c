"""A first try booked late beside its key's later result: paid in part, voided, refunded, or resolved by hand."""

from __future__ import annotations

import pytest

from tests.world.reader import Customer, Tap, customer
from tests.world.till import Run, Till, World

LINE = ("charge", "12.34", "-t", "T1", "-k", "K1")
LATE = customer(Tap(0.5, booked=40.0, shown=None))
PART = Tap(0.5, base=400)
PART_LATE = customer(Tap(0.5, base=400, booked=40.0, shown=None))


def came_to(world: World, till: Till, first: Customer, second: Tap, *then: tuple[str, ...]) -> Run:
    """A first try ends without a result, the second is answered, and these lines follow; returns a later sale."""
    world.t1.next(first, customer(second))
    assert till.run(*LINE).code == 5
    till.run(*LINE)
    for line in then:
        assert till.run(*line).code == 0
    world.wait(60.0)
    return till.run("charge", "5.00", "-t", "T1", "-k", "later", "--over", "K1")


def test_a_partial_payment_beside_a_void_is_reported(world: World, till: Till) -> None:
    """Asked again, the sale used to be reported as voided and the customer as not charged."""
    later = came_to(world, till, PART_LATE, Tap(0.5), ("void", "K1", "--yes"))
    known = till.run(*LINE)

    assert "only $4.00 of $12.34 is approved under this sale's number: transaction 10002" in later.err
    assert (known.code, "pjterm void 10002" in known.err) == (9, True)


def test_a_second_partial_payment_beside_an_accepted_one_is_reported(world: World, till: Till) -> None:
    later = came_to(world, till, PART_LATE, PART, ("resume", "K1", "--transaction", "10001", "--yes"))

    assert "charged twice: transactions 10001 and 10002" in later.err
    assert till.run(*LINE).code == 9


@pytest.mark.parametrize("line", [LINE, ("resume", "K1")], ids=" ".join)
def test_a_full_payment_beside_a_partial_one_is_reported_before_the_partial_one_is_accepted(
    world: World, till: Till, line: tuple[str, ...]
) -> None:
    """$16.34 were charged, but each command reported only $4.00."""
    came_to(world, till, LATE, PART)
    known = till.run(*line, "--json")

    assert (known.code, known.error_code, "10001 and 10002" in known.err) == (9, "charged-twice", True)


def test_under_an_invoice_a_full_payment_beside_an_accepted_partial_one_is_named(world: World, till: Till) -> None:
    world.t1.next(LATE, customer(PART))
    line = (*LINE, "--invoice", "1042")
    ends = [till.run(*line).code, till.run(*line).code, till.run("resume", "K1", "--transaction", "10001", "-y").code]
    world.wait(60.0)

    assert ends == [5, 9, 0]
    assert "transaction 10002 may be this sale's, too" in till.run("charge", "5.00", "-t", "T1", "-k", "later").err


def test_the_first_try_s_transaction_is_not_taken_for_the_key_s_payment(world: World, till: Till) -> None:
    """Its decline, booked late and named by its own request, was voided instead of the payment."""
    came_to(world, till, customer(Tap(0.5, approved=False, booked=40.0)), Tap(0.5))
    voided = till.run("void", "K1", "--yes", "--json")

    assert (voided.code, voided.json["transactionId"], 10001 in world.paid()) == (0, 10001, False)


def test_a_full_payment_beside_an_accepted_and_refunded_partial_one_is_reported(world: World, till: Till) -> None:
    taken = ("resume", "K1", "--transaction", "10001", "--yes")
    later = came_to(world, till, LATE, PART, taken, ("refund", "--transaction", "K1", "--yes"))
    known = till.run(*LINE, "--json").json

    assert "went back, and is charged by another transaction: 10003 approved" in later.err
    assert (known["outcome"], known["transactionId"]) == ("approved", 10003)
