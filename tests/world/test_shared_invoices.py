"""One invoice on two tills, each sale under its own key: the other till's decline is no charge of own."""

from __future__ import annotations

import pytest

from tests.world import faults
from tests.world.reader import RedX, Tap, customer
from tests.world.till import Run, Till, World

INVOICE = ("charge", "12.34", "--invoice", "1042")
OWN = (*INVOICE, "-t", "T1", "-k", "own")
OTHERS = (*INVOICE, "-t", "T2", "-k", "other")


def decline_elsewhere(world: World, approved_after: float) -> None:
    """The other till's card is declined, and that very transaction is approved later."""
    world.t2.next(customer(Tap(approved=False, flips=approved_after)))
    world.till("other").run(*OTHERS)


def ask(till: Till, command: str) -> Run:
    """Query the outcome of our sale."""
    return till.run(*OWN) if command == "charge" else till.run(command, "own")


@pytest.mark.parametrize("command", ["charge", "resume", "status", "why"])
def test_a_decline_elsewhere_that_is_approved_later_is_no_double(world: World, till: Till, command: str) -> None:
    decline_elsewhere(world, approved_after=40.0)
    till.run(*OWN)
    world.wait(60.0)

    assert ask(till, command).code == 0


@pytest.mark.parametrize("command", ["charge", "resume", "status", "why"])
def test_it_is_no_double_for_our_second_try_either(world: World, till: Till, command: str) -> None:
    """The first try had seen that decline, under the shared invoice."""
    decline_elsewhere(world, approved_after=60.0)
    world.t1.next(customer(RedX()))
    till.run(*OWN)
    till.run(*OWN)
    world.wait(80.0)

    assert ask(till, command).code == 0


def test_it_is_no_double_for_our_other_card_either(world: World, till: Till) -> None:
    decline_elsewhere(world, approved_after=60.0)
    world.t1.next(customer(Tap(approved=False)))
    till.run(*OWN)
    till.run(*OWN, "--another-card")
    world.wait(80.0)

    assert ask(till, "resume").code == 0


def test_our_own_decline_that_is_approved_later_is_a_double_under_an_invoice_too(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(approved=False, flips=60.0)))
    till.run(*OWN)
    till.run(*OWN, "--another-card")
    world.wait(80.0)
    again = till.run(*OWN, "--json")

    assert (again.code, again.error_code) == (9, "charged-twice")


def test_if_the_decline_s_sale_cannot_be_determined_that_is_reported(world: World, till: Till) -> None:
    """The answer to our first try was lost, so a search result under the invoice may be its card."""
    decline_elsewhere(world, approved_after=60.0)
    world.t1.next(customer(Tap(approved=False)))
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    till.run(*OWN, "--timeout", "30")
    till.run(*OWN, "--another-card")
    world.wait(80.0)
    again = till.run(*OWN)

    assert (again.code, "unless one of them is another sale under the same invoice" in again.err) == (9, True)


def test_two_charges_of_one_invoice_may_be_two_sales(world: World, till: Till) -> None:
    first, second = till.start(*OWN), world.till("other").start(*OTHERS)
    said = [r for r in (first.end(), second.end()) if r.code == 9]

    assert ["another sale under the same invoice" in r.err for r in said] == [True]


def test_a_double_is_reported_although_another_sale_under_the_invoice_was_returned(world: World, till: Till) -> None:
    other = world.till("other")
    other.run("charge", "5", "--invoice", "1042", "-t", "T2", "-k", "earlier")
    other.run("refund", "--transaction", "earlier", "--yes")
    till.run(*OWN, "--force")
    world.till("third").run(*OTHERS, "--force")
    again = till.run("resume", "own", "--json")

    assert (again.error_code, "Sending" in again.err) == ("charged-twice", False)


def test_a_transaction_named_by_the_relay_is_reported_as_soon_as_a_poll_names_it_too(world: World, till: Till) -> None:
    world.relay(till)
    world.t1.next(customer(Tap(after=2.0, bank=0.0), finishing=30.0))
    own = till.run(*OWN, "--until", "result")

    assert (own.code, own.seconds < 3.5, [c.name for c in own.process.calls].count("poll")) == (0, True, 1)


@pytest.mark.parametrize("amount", ["12.34", "20.00"])
def test_an_operator_distinguishes_the_sales_of_an_invoice(world: World, till: Till, amount: str) -> None:
    """No other till's sale has to be voided."""
    till.run(*OWN)
    for key in ("b", "c"):
        world.till("other").run("charge", amount, "--invoice", "1042", "-t", "T2", "-k", key, "--force")
    twice = till.run("resume", "own")
    *_, settle = twice.err.strip().splitlines()
    till.run(*settle.removeprefix("if they are several sales: pjterm ").split(), "--yes")

    assert (twice.code, ask(till, "resume").code, len(world.paid())) == (9, 0, 3)


@pytest.mark.parametrize("prices", [("12.34",), ("12.34", "5.00")])
def test_after_a_void_other_tills_sales_under_the_invoice_are_not_ours(
    world: World, till: Till, prices: tuple[str, ...]
) -> None:
    till.run(*OWN)
    till.run("void", "own", "--yes")
    for price in prices:
        world.till("other").run("charge", price, "--invoice", "1042", "-t", "T2", "-k", f"b{price}", "--force")

    assert (ask(till, "resume").code, len(world.paid())) == (3, len(prices))


@pytest.mark.parametrize("amount", ["12.34", "20.00"])
def test_after_a_void_it_is_said_that_none_of_them_is_this_one(world: World, till: Till, amount: str) -> None:
    world.t1.next(customer(RedX(after=15.0)))
    own = till.start(*OWN)
    for key, price in (("b", "12.34"), ("c", amount)):
        world.till("other").run("charge", price, "--invoice", "1042", "-t", "T2", "-k", key, "--force")
    twice = own.end()
    *_, settle = twice.err.strip().splitlines()
    till.run(*settle.removeprefix("if none is this sale's: pjterm ").split(), "--yes")

    assert (twice.code, ask(till, "resume").code, len(world.paid())) == (9, 5, 2)


def test_not_charged_names_a_transaction_that_may_be_this_sale(world: World, till: Till) -> None:
    """The answer was lost; another sale under the invoice had ended without a result, and its card may be late."""
    world.t2.next(customer(RedX()))
    till.run(*OTHERS)
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    till.run(*OWN, "--timeout", "5")
    said = till.run("resume", "own", "--not-charged", "--yes")

    assert (said.code, "ATTENTION: transaction 10001 of $12.34 is approved" in said.err) == (5, True)


def test_after_not_charged_only_its_own_decline_is_shown_as_this_one_s(world: World, till: Till) -> None:
    """Our sale was declined, and was reported as paid by another till's later sale under the invoice."""
    world.t1.next(customer(Tap(approved=False)))
    till.run(*OWN)
    for key in ("b", "c"):
        world.till("other").run("charge", "12.34", "--invoice", "1042", "-t", "T2", "-k", key, "--force")
        till.run("resume", "own")
    said = [till.run("resume", "own", *more, "--json").json for more in (("--not-charged", "--yes"), ())]
    shown = [(s["outcome"], s["transactionId"], s["transaction"]["transactionId"], s["approvalCode"]) for s in said]

    assert shown == [("declined", 10001, 10001, None)] * 2


@pytest.mark.parametrize("line", [("void", "own"), ("refund", "--transaction", "own")], ids=" ".join)
def test_a_transaction_shown_only_by_a_search_is_not_returned_by_the_key(
    world: World, till: Till, line: tuple[str, ...]
) -> None:
    """Our sale was declined, and another till was paid under the same invoice later."""
    world.t1.next(customer(Tap(approved=False)))
    till.run(*OWN)
    world.till("other").run(*OTHERS)
    till.run("resume", "own")
    refused = till.run(*line, "--yes")
    *_, named = refused.err.strip().splitlines()
    given = till.run(*named.partition("pjterm ")[2].split(), "--yes")

    assert (refused.code, given.code, world.paid()) == (10, 0, [] if line[0] == "void" else [10002])


def test_a_sale_named_by_its_request_can_be_returned_by_its_key(world: World, till: Till) -> None:
    till.run(*OWN)

    assert (till.run("void", "own", "--yes").code, world.paid()) == (0, [])


def test_two_charges_of_one_key_are_one_sale(world: World, till: Till) -> None:
    line = ("charge", "12.34", "-k", "K1")
    first, second = till.start(*line, "-t", "T1"), world.till("other").start(*line, "-t", "T2")
    said = [r for r in (first.end(), second.end()) if r.code == 9]

    assert ["another sale" in r.err for r in said] == [False]


def test_a_sale_accepted_at_this_moment_is_checked_in_its_current_state(world: World, till: Till) -> None:
    """The third one checks the first while the second, read as not accepted yet, is accepted."""
    world.t1.next(customer(Tap(after=300.0)))
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    till.run(*INVOICE, "-t", "T1", "-k", "first", "--timeout", "3")
    world.t2.next(customer(Tap(after=60.0)))
    second = till.start(*INVOICE, "-t", "T2", "-k", "second", "--over", "first")
    world.wait(0.05)
    third = till.run(*INVOICE, "-t", "T1", "-k", "third")

    assert (third.code, second.end().code) == (10, 0)


@pytest.mark.parametrize("command", ["charge", "resume", "status"])
def test_after_a_void_our_sale_is_not_paid_by_another_login_s_open_one(world: World, till: Till, command: str) -> None:
    """The shop's login was rotated while a sale under the same invoice was not known to be paid; it was paid later."""
    till.configure(login="shop-2")
    world.t2.next(customer(Tap(after=30.0)))
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    till.run(*OTHERS, "--timeout", "5")
    till.configure(login="shop")
    till.run(*OWN)
    till.run("void", "own", "--yes")
    world.wait(40.0)

    assert ask(till, command).code == 3


@pytest.mark.parametrize("command", ["charge", "resume", "status"])
@pytest.mark.parametrize("first", ["own", "other"])
def test_it_is_not_paid_by_a_late_booking_of_an_ended_sale_either(
    world: World, till: Till, first: str, command: str
) -> None:
    """Under the same invoice a sale on the other reader ended without a result; its card is booked much later."""
    world.t2.next(customer(Tap(booked=60.0, shown=False)))
    for line in (OWN, OTHERS) if first == "own" else (OTHERS, OWN):
        till.run(*line)
    till.run("void", "own", "--yes")
    world.wait(80.0)

    assert "transaction 10002" not in ask(till, command).err


@pytest.mark.parametrize("command", ["charge", "resume", "status"])
def test_a_possible_late_booking_of_our_first_try_is_named(world: World, till: Till, command: str) -> None:
    """No status names it, and another sale under the invoice had ended without a result, too."""
    world.t2.next(customer(RedX()))
    till.run(*OTHERS)
    world.t1.next(customer(Tap(after=0.5, booked=40.0, shown=None)), customer(Tap()))
    for _ in range(2):
        till.run(*OWN)
    world.wait(60.0)
    again = ask(till, command)

    assert (again.code, len(world.paid())) == (0, 2)
    assert "ATTENTION: transaction 10002 may be this sale's, too" in again.err


def test_a_late_booking_of_another_sale_s_first_try_does_not_pay_ours(world: World, till: Till) -> None:
    """Its further try was paid; our own sale under the same invoice had ended without a result."""
    world.t1.next(customer(RedX(1.0)))
    till.run(*OWN)
    world.t2.next(customer(Tap(booked=60.0, shown=False)))
    till.run(*OTHERS)
    till.run(*OTHERS)
    world.wait(80.0)

    assert ask(till, "resume").code == 9


@pytest.mark.parametrize("stored", ["whole", "zeros"])
def test_a_decline_of_another_sale_is_not_reported_as_ours(world: World, till: Till, stored: str) -> None:
    """Both customers are at their readers at once; a search by number may find neither."""
    world.books.showing.stored, world.books.showing.as_sent = stored, True
    world.t1.next(customer(RedX(after=8.0)))
    world.t2.next(customer(Tap(approved=False)))
    own = till.start(*OWN, "--json")
    world.till("other").run(*OTHERS)
    both = (own.end(), till.run("resume", "own", "--json"))

    assert [(r.code, r.json["transactionId"]) for r in both] == [(5, None)] * 2


@pytest.mark.parametrize("command", ["resume", "status"])
def test_another_sale_s_declined_card_is_read_once_per_check_if_searches_show_only_its_id(
    world: World, till: Till, command: str
) -> None:
    """Ours ended without a result; under the same invoice the other one's second card was approved."""
    world.books.showing.trimmed = ("amountBase", "response")
    world.t1.next(customer(RedX()))
    till.run(*OWN)
    world.t2.next(customer(Tap(approved=False), Tap(card="2222")))
    till.run("charge", "5", "--invoice", "1042", "-t", "T2", "-k", "other")
    world.wait(20.0)

    assert [ask(till, command).code for _ in range(3)] == [5, 5, 5]


@pytest.mark.parametrize("ended", [RedX(), Tap(approved=False)])
@pytest.mark.parametrize("command", ["resume", "status"])
def test_a_late_booking_of_a_sale_begun_long_after_ours_does_not_pay_ours(
    world: World, till: Till, command: str, ended: RedX | Tap
) -> None:
    """A declined sale became approved by another one's card a quarter of an hour later."""
    world.t1.next(customer(ended))
    till.run(*OWN)
    world.wait(1000.0)
    world.t2.next(customer(Tap(booked=30.0, shown=None)))
    assert till.run(*OTHERS).code == 5
    world.wait(60.0)
    before = till.run("resume", "own", "--json").json["outcome"]

    assert (before == "approved", till.run("resume", "other").code) == (False, 0)
    assert till.run(command, "own", "--json").json["outcome"] in ("declined", "cancelled")


@pytest.mark.parametrize("command", ["charge", "resume", "status"])
def test_another_machine_s_later_sale_under_the_invoice_does_not_pay_it_either(
    world: World, till: Till, command: str
) -> None:
    till.run(*OWN)
    till.run("void", "own", "--yes")
    world.till("other", "another machine").run(*OTHERS)
    world.wait(200.0)

    assert ask(till, command).code == 3


def test_a_double_is_counted_again_before_it_is_reported_as_approved(world: World, till: Till) -> None:
    """One of the two charges is voided; by then there is a third one under the invoice."""
    other = world.till("other", "another machine")
    till.run(*OWN)
    other.run(*OTHERS, "--force")
    till.run("resume", "own")
    other.run("void", "other", "--yes")
    other.run(*OTHERS[:-1], "more", "--force")
    resumed = [till.run("resume", "own", "--json").error_code for _ in range(2)]

    assert resumed == ["charged-twice", "charged-twice"]


@pytest.mark.parametrize("others", [1, 2])
def test_a_voided_sale_shown_only_by_a_search_stays_voided_whatever_else_is_paid(
    world: World, till: Till, others: int
) -> None:
    """Ours was booked late, and its request never named it; another till is paid under the invoice after the void."""
    other = world.till("other", "another machine")
    world.t1.next(customer(Tap(after=0.5, booked=6.0, shown=None)))
    till.run(*OWN)
    world.wait(20.0)
    till.run("void", str(till.run("resume", "own", "--json").json["transactionId"]), "--yes")
    for key in range(others):
        other.run(*OTHERS[:-1], f"other-{key}", "--force")
    world.wait(1.0)  # otherwise the two tills use up their login's limit
    said = [till.run("resume", "own", "--json") for _ in range(2)]

    assert [run.json["outcome"] for run in said] == ["voided", "voided"]
    assert ["may be this sale's" in run.err for run in said] == [True, True]
