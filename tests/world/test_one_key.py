"""One key on several tills: what any of them did under it is found before another one sends."""

from __future__ import annotations

import signal

import pytest

from tests.world.faults import SLOW_DOWN, Fault, no_connection
from tests.world.reader import RedX, Tap, customer
from tests.world.till import Till, World

pytestmark = pytest.mark.usefixtures("whole_way")

LINE = ("charge", "12.34", "-t", "T1", "-k", "K1", "--json")


def two_amounts(world: World, till: Till) -> None:
    """In the same second one till charged 12.34 under the key, and another one 20.00."""
    first = till.start(*LINE)
    second = world.till("other").start("charge", "20.00", "-t", "T2", "-k", "K1")
    first.end()
    second.end()
    world.wait(3.0)


@pytest.mark.parametrize("amount", ["12.34", "20.00"])
def test_a_third_till_names_both_charges_of_a_double_with_two_amounts(world: World, till: Till, amount: str) -> None:
    two_amounts(world, till)
    third = world.till("third").run("charge", amount, "-t", "T1", "-k", "K1", "--json")

    assert (third.error_code, "10001 and 10002" in third.err) == ("charged-twice", True)


def test_a_third_amount_is_refused_and_both_charges_are_named(world: World, till: Till) -> None:
    two_amounts(world, till)
    third = world.till("third").run("charge", "50.00", "-t", "T1", "-k", "K1")

    assert (third.code, "10002 over $20.00" in third.err, "10001 over $12.34" in third.err) == (10, True, True)


def test_a_void_on_one_till_is_reported_on_the_other(world: World, till: Till) -> None:
    till.run(*LINE)
    till.run("void", "K1", "--yes")
    other = world.till("other").run(*LINE)

    assert (other.code, other.json["outcome"], other.json["transactionId"]) == (3, "voided", 10001)


def test_a_sale_voided_on_one_till_is_not_sent_by_the_other(world: World, till: Till) -> None:
    till.run(*LINE)
    till.run("void", "K1", "--yes")
    other = world.till("other").run(*LINE)

    assert [c.name for c in other.process.calls if c.name == "request-payment"] == []


def test_a_void_under_an_invoice_leaves_the_invoice_payable(world: World, till: Till) -> None:
    """It may have been voided just to be charged again; only a key names one sale."""
    line = ("charge", "12.34", "-t", "T1", "--invoice", "1042")
    till.run(*line, "-k", "a1")
    till.run("void", "a1", "--yes")

    assert world.till("other").run(*line, "-k", "a2").code == 0


@pytest.mark.parametrize(("here", "there"), [("shop", "Shop"), ("Shop", "SHOP")])
def test_a_login_in_another_case_finds_a_key_s_sale(world: World, here: str, there: str) -> None:
    first = world.till("one", login=here).run(*LINE)
    second = world.till("two", login=there).run(*LINE)

    assert (second.json["transactionId"], len(world.paid())) == (first.json["transactionId"], 1)


def test_another_till_s_payment_while_the_reader_s_holder_was_checked_is_found(world: World, till: Till) -> None:
    """The check takes seconds on a slow network, and comes after the search for the key."""
    slow = world.till("slow", "another machine")
    world.network(slow).jitter(0.8, 0.8)
    slow.run("charge", "7.00", "-t", "T1", "--no-wait")
    world.wait(20.0)
    own = slow.start(*LINE)
    world.wait(4.0)
    other = till.run("charge", "12.34", "-t", "T2", "-k", "K1", "--json")

    assert own.end().json["transactionId"] == other.json["transactionId"]


def test_a_further_try_reads_all_charges_made_meanwhile_before_it_reports(world: World, till: Till) -> None:
    """Two other tills charged the key in the same second, and the search items omit their amounts."""
    world.service.books.showing.trimmed = ("amountBase",)
    world.t1.next(customer(RedX(1.0)))
    till.run(*LINE)
    others = [world.till("one", "there").start(*LINE), world.till("two", "elsewhere").start(*LINE[:3], "T2", *LINE[4:])]
    for other in others:
        other.end()
    again = till.run(*LINE)

    assert (again.code, again.error_code) == (9, "charged-twice")


@pytest.mark.parametrize("fault", [SLOW_DOWN, no_connection()], ids=["429", "no connection"])
def test_another_till_s_payment_while_our_post_was_retried_is_found(world: World, till: Till, fault: Fault) -> None:
    """The POST is retried for up to 10 s, and the search before it grows old."""
    slow = world.till("slow", "another machine")
    world.faults.add(fault, "request-payment", by=slow.machine.name, until=5.0, times=99)
    own = slow.start(*LINE)
    world.wait(0.5)
    other = till.run("charge", "12.34", "-t", "T2", "-k", "K1", "--json", "--until", "result")

    assert own.end().json["transactionId"] == other.json["transactionId"]


def test_a_post_refused_for_ten_seconds_is_given_up(world: World, till: Till) -> None:
    rule = world.faults.add(SLOW_DOWN, "request-payment", times=99)
    run = till.run(*LINE)

    assert (run.code, run.json["outcome"], 5.0 < run.ended - run.began < 13.0) == (12, "unavailable", True)
    assert rule.met > 5


def test_a_post_accepted_after_four_seconds_is_the_sale(world: World, till: Till) -> None:
    world.faults.add(SLOW_DOWN, "request-payment", times=99, until=4.0)
    run = till.run(*LINE)

    assert (run.code, len(world.paid())) == (0, 1)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("after", [0.4, 1.9])
def test_a_refused_post_is_not_retried_after_a_signal(world: World, till: Till, signum: int, after: float) -> None:
    world.faults.add(SLOW_DOWN, "request-payment", times=99, until=5.0)
    running = till.start(*LINE)
    world.wait(after)
    running.process.signal(signum)
    run = running.end()
    sent = [c for c in run.process.calls if c.name == "request-payment" and c.at > after]

    assert (run.code, run.json["outcome"], sent) == (12, "unavailable", [])


@pytest.mark.parametrize("booked", [12.0, 40.0, 80.0])
def test_a_late_booking_beside_another_till_s_payment_is_reported(world: World, till: Till, booked: float) -> None:
    """Our try ended without money, the other till was paid and answered our key; then our try was booked."""
    other = world.till("other")
    world.t1.next(customer(Tap(0.5, booked=booked, shown=None)))
    assert [t.run(*LINE).code for t in (till, other, till)] == [5, 0, 0]
    world.wait(120.0)
    later = till.run("charge", "5.00", "-t", "T1", "-k", "later")

    assert (later.code, "ATTENTION" in later.err, "charged twice: transactions 10001 and" in later.err) == (
        0,
        True,
        True,
    )
    assert till.run(*LINE).error_code == "charged-twice"


@pytest.mark.parametrize("back", [("refund", "--transaction", "K1", "--yes"), ("void", "K1", "--yes")], ids=" ".join)
def test_a_late_booking_of_a_returned_sale_is_reported(world: World, till: Till, back: tuple[str, ...]) -> None:
    """Each command used to say that it was paid and then fully returned."""
    world.t1.next(customer(Tap(0.5, booked=40.0, shown=None)))
    assert [till.run(*line).code for line in (LINE, LINE, back)] == [5, 0, 0]
    world.wait(60.0)
    later = till.run("charge", "5.00", "-t", "T1", "-k", "later")
    late = max(b.id for b in world.books.all if b.base == 1234 and b.took_money)
    known = till.run(*LINE)

    assert f"went back, and is charged by another transaction: {late} approved" in later.err
    assert (known.code, known.json["transactionId"]) == (0, late)
