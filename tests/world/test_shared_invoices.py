"""One invoice on two tills, each sale under a key of its own: what the other till was declined is no charge of ours."""

from __future__ import annotations

import pytest

from tests.world import faults
from tests.world.reader import RedX, Tap, customer
from tests.world.till import Run, Till, World

INVOICE = ("charge", "12.34", "--invoice", "1042")
OURS = (*INVOICE, "-t", "T1", "-k", "ours")
THEIRS = (*INVOICE, "-t", "T2", "-k", "theirs")


def decline_elsewhere(world: World, approved_after: float) -> None:
    """The other till's card is declined, and that very transaction reads approved later."""
    world.t2.next(customer(Tap(approved=False, flips=approved_after)))
    world.till("other").run(*THEIRS)


def ask(till: Till, command: str) -> Run:
    """Ask what became of our sale."""
    return till.run(*OURS) if command == "charge" else till.run(command, "ours")


@pytest.mark.parametrize("command", ["charge", "resume", "status", "why"])
def test_a_decline_elsewhere_that_is_approved_later_is_no_double(world: World, till: Till, command: str) -> None:
    decline_elsewhere(world, approved_after=40.0)
    till.run(*OURS)
    world.wait(60.0)

    assert ask(till, command).code == 0


@pytest.mark.parametrize("command", ["charge", "resume", "status", "why"])
def test_nor_is_it_one_for_the_second_try_of_ours(world: World, till: Till, command: str) -> None:
    """The first try had seen that decline, under the invoice that both have."""
    decline_elsewhere(world, approved_after=60.0)
    world.t1.next(customer(RedX()))
    till.run(*OURS)
    till.run(*OURS)
    world.wait(80.0)

    assert ask(till, command).code == 0


def test_nor_is_it_one_for_another_card_of_ours(world: World, till: Till) -> None:
    decline_elsewhere(world, approved_after=60.0)
    world.t1.next(customer(Tap(approved=False)))
    till.run(*OURS)
    till.run(*OURS, "--another-card")
    world.wait(80.0)

    assert ask(till, "resume").code == 0


def test_our_own_decline_that_is_approved_later_is_one_under_an_invoice_too(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(approved=False, flips=60.0)))
    till.run(*OURS)
    till.run(*OURS, "--another-card")
    world.wait(80.0)
    again = till.run(*OURS, "--json")

    assert (again.code, again.error_code) == (9, "charged-twice")


def test_where_nobody_can_tell_whose_decline_it_was_that_is_said(world: World, till: Till) -> None:
    """The answer to our first try was lost, so what a search shows under the invoice may be its card."""
    decline_elsewhere(world, approved_after=60.0)
    world.t1.next(customer(Tap(approved=False)))
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    till.run(*OURS, "--timeout", "30")
    till.run(*OURS, "--another-card")
    world.wait(80.0)
    again = till.run(*OURS)

    assert (again.code, "unless one of them is another sale under the same invoice" in again.err) == (9, True)


def test_two_charges_of_one_invoice_may_be_two_sales(world: World, till: Till) -> None:
    first, second = till.start(*OURS), world.till("other").start(*THEIRS)
    said = [r for r in (first.end(), second.end()) if r.code == 9]

    assert ["another sale under the same invoice" in r.err for r in said] == [True]


def test_a_double_is_said_though_another_sale_under_the_invoice_went_back(world: World, till: Till) -> None:
    other = world.till("other")
    other.run("charge", "5", "--invoice", "1042", "-t", "T2", "-k", "earlier")
    other.run("refund", "--transaction", "earlier", "--yes")
    till.run(*OURS, "--force")
    world.till("third").run(*THEIRS, "--force")
    again = till.run("resume", "ours", "--json")

    assert (again.error_code, "Sending" in again.err) == ("charged-twice", False)


def test_what_the_relay_names_under_an_invoice_is_told_as_soon_as_a_poll_names_it_too(world: World, till: Till) -> None:
    world.relay(till)
    world.t1.next(customer(Tap(after=2.0, bank=0.0), finishing=30.0))
    ours = till.run(*OURS, "--until", "result")

    assert (ours.code, ours.seconds < 3.5, [c.name for c in ours.process.calls].count("poll")) == (0, True, 1)


@pytest.mark.parametrize("amount", ["12.34", "20.00"])
def test_a_person_tells_the_sales_of_an_invoice_apart(world: World, till: Till, amount: str) -> None:
    """Nobody has to take back what another till sold."""
    till.run(*OURS)
    for key in ("b", "c"):
        world.till("other").run("charge", amount, "--invoice", "1042", "-t", "T2", "-k", key, "--force")
    twice = till.run("resume", "ours")
    *_, settle = twice.err.strip().splitlines()
    till.run(*settle.removeprefix("if they are several sales: pjterm ").split(), "--yes")

    assert (twice.code, ask(till, "resume").code, len(world.paid())) == (9, 0, 3)


@pytest.mark.parametrize("prices", [("12.34",), ("12.34", "5.00")])
def test_after_a_void_what_other_tills_sold_under_the_invoice_is_not_ours(
    world: World, till: Till, prices: tuple[str, ...]
) -> None:
    till.run(*OURS)
    till.run("void", "ours", "--yes")
    for price in prices:
        world.till("other").run("charge", price, "--invoice", "1042", "-t", "T2", "-k", f"b{price}", "--force")

    assert (ask(till, "resume").code, len(world.paid())) == (3, len(prices))


@pytest.mark.parametrize("amount", ["12.34", "20.00"])
def test_and_says_that_none_of_them_is_this_one(world: World, till: Till, amount: str) -> None:
    world.t1.next(customer(RedX(after=15.0)))
    ours = till.start(*OURS)
    for key, price in (("b", "12.34"), ("c", amount)):
        world.till("other").run("charge", price, "--invoice", "1042", "-t", "T2", "-k", key, "--force")
    twice = ours.end()
    *_, settle = twice.err.strip().splitlines()
    till.run(*settle.removeprefix("if none is this sale's: pjterm ").split(), "--yes")

    assert (twice.code, ask(till, "resume").code, len(world.paid())) == (9, 5, 2)


def test_what_may_be_this_sale_is_named_where_the_operator_says_that_nothing_was_charged(
    world: World, till: Till
) -> None:
    """The answer was lost; another sale under the invoice had ended without a result, and its card may be late."""
    world.t2.next(customer(RedX()))
    till.run(*THEIRS)
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    till.run(*OURS, "--timeout", "5")
    said = till.run("resume", "ours", "--not-charged", "--yes")

    assert (said.code, "ATTENTION: transaction 10001 approved 12.34" in said.err) == (5, True)


def test_then_no_transaction_is_shown_as_this_ones(world: World, till: Till) -> None:
    """Ours was declined, and was told as paid by what another till sold under the invoice since."""
    world.t1.next(customer(Tap(approved=False)))
    till.run(*OURS)
    for key in ("b", "c"):
        world.till("other").run("charge", "12.34", "--invoice", "1042", "-t", "T2", "-k", key, "--force")
        till.run("resume", "ours")
    said = [till.run("resume", "ours", *more, "--json").json for more in (("--not-charged", "--yes"), ())]
    shown = [(s["outcome"], s["transactionId"], s["transaction"], s["amountTotal"], s["approvalCode"]) for s in said]

    assert shown == [("cancelled", None, None, None, None)] * 2


@pytest.mark.parametrize("line", [("void", "ours"), ("refund", "--transaction", "ours")], ids=" ".join)
def test_what_only_a_search_shows_is_not_given_back_by_the_key(world: World, till: Till, line: tuple[str, ...]) -> None:
    """Ours was declined, and another till was paid under the same invoice since."""
    world.t1.next(customer(Tap(approved=False)))
    till.run(*OURS)
    world.till("other").run(*THEIRS)
    till.run("resume", "ours")
    refused = till.run(*line, "--yes")
    *_, named = refused.err.strip().splitlines()
    given = till.run(*named.partition("pjterm ")[2].split(), "--yes")

    assert (refused.code, given.code, world.paid()) == (10, 0, [] if line[0] == "void" else [10002])


def test_a_sale_that_its_request_named_is_given_back_by_its_key(world: World, till: Till) -> None:
    till.run(*OURS)

    assert (till.run("void", "ours", "--yes").code, world.paid()) == (0, [])


def test_two_charges_of_one_key_are_one_sale(world: World, till: Till) -> None:
    line = ("charge", "12.34", "-k", "K1")
    first, second = till.start(*line, "-t", "T1"), world.till("other").start(*line, "-t", "T2")
    said = [r for r in (first.end(), second.end()) if r.code == 9]

    assert ["another sale" in r.err for r in said] == [False]


def test_a_sale_that_is_accepted_just_now_is_looked_at_as_it_stands(world: World, till: Till) -> None:
    """The third one looks at the first, and meanwhile the second, which it read as not accepted yet, is."""
    world.t1.next(customer(Tap(after=300.0)))
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    till.run(*INVOICE, "-t", "T1", "-k", "first", "--timeout", "3")
    world.t2.next(customer(Tap(after=60.0)))
    second = till.start(*INVOICE, "-t", "T2", "-k", "second", "--over", "first")
    world.wait(0.05)
    third = till.run(*INVOICE, "-t", "T1", "-k", "third")

    assert (third.code, second.end().code) == (10, 0)


@pytest.mark.parametrize("command", ["charge", "resume", "status"])
def test_after_a_void_ours_is_not_paid_by_what_another_login_had_open(world: World, till: Till, command: str) -> None:
    """The shop's login was rotated while a sale under the same invoice was not known to be paid; it is, later."""
    till.configure(login="shop-2")
    world.t2.next(customer(Tap(after=30.0)))
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    till.run(*THEIRS, "--timeout", "5")
    till.configure(login="shop")
    till.run(*OURS)
    till.run("void", "ours", "--yes")
    world.wait(40.0)

    assert ask(till, command).code == 3


@pytest.mark.parametrize("command", ["charge", "resume", "status"])
@pytest.mark.parametrize("first", ["ours", "theirs"])
def test_nor_by_what_was_booked_late_for_one_that_had_ended(world: World, till: Till, first: str, command: str) -> None:
    """Under the same invoice a sale on the other reader ended without a result; its card is booked much later."""
    world.t2.next(customer(Tap(booked=60.0, shown=False)))
    for line in (OURS, THEIRS) if first == "ours" else (THEIRS, OURS):
        till.run(*line)
    till.run("void", "ours", "--yes")
    world.wait(80.0)

    assert "transaction 10002" not in ask(till, command).err


@pytest.mark.parametrize("command", ["charge", "resume", "status"])
def test_what_may_be_the_late_booking_of_our_own_first_try_is_named(world: World, till: Till, command: str) -> None:
    """No status names it, and another sale under the invoice had ended without a result, too."""
    world.t2.next(customer(RedX()))
    till.run(*THEIRS)
    world.t1.next(customer(Tap(after=0.5, booked=40.0, shown=None)), customer(Tap()))
    for _ in range(2):
        till.run(*OURS)
    world.wait(60.0)
    again = ask(till, command)

    assert (again.code, len(world.paid())) == (0, 2)
    assert "ATTENTION: transaction 10002 may be this sale's, too" in again.err


def test_a_late_booking_of_anothers_first_try_does_not_pay_ours(world: World, till: Till) -> None:
    """Its further try was paid; under the same invoice our own sale had ended without a result."""
    world.t1.next(customer(RedX(1.0)))
    till.run(*OURS)
    world.t2.next(customer(Tap(booked=60.0, shown=False)))
    till.run(*THEIRS)
    till.run(*THEIRS)
    world.wait(80.0)

    assert ask(till, "resume").code == 9


@pytest.mark.parametrize("stored", ["whole", "zeros"])
def test_a_decline_of_another_sale_is_not_told_as_ours(world: World, till: Till, stored: str) -> None:
    """Both customers are at their readers at once; a search by number may find neither."""
    world.books.showing.stored, world.books.showing.as_sent = stored, True
    world.t1.next(customer(RedX(after=8.0)))
    world.t2.next(customer(Tap(approved=False)))
    ours = till.start(*OURS, "--json")
    world.till("other").run(*THEIRS)
    both = (ours.end(), till.run("resume", "ours", "--json"))

    assert [(r.code, r.json["transactionId"]) for r in both] == [(5, None)] * 2


@pytest.mark.parametrize("command", ["resume", "status"])
def test_a_declined_card_of_another_sale_is_read_once_a_look_where_searches_say_no_more_than_its_id(
    world: World, till: Till, command: str
) -> None:
    """Ours ended without a result; under the same invoice the other one's second card was approved."""
    world.books.showing.trimmed = ("amountBase", "response")
    world.t1.next(customer(RedX()))
    till.run(*OURS)
    world.t2.next(customer(Tap(approved=False), Tap(card="2222")))
    till.run("charge", "5", "--invoice", "1042", "-t", "T2", "-k", "theirs")
    world.wait(20.0)

    assert [ask(till, command).code for _ in range(3)] == [5, 5, 5]


@pytest.mark.parametrize("ended", [RedX(), Tap(approved=False)])
@pytest.mark.parametrize("command", ["resume", "status"])
def test_a_late_booking_of_a_sale_that_began_long_after_ours_does_not_pay_ours(
    world: World, till: Till, command: str, ended: RedX | Tap
) -> None:
    """A sale that had been declined became approved by another one's card, a quarter of an hour later."""
    world.t1.next(customer(ended))
    till.run(*OURS)
    world.wait(1000.0)
    world.t2.next(customer(Tap(booked=30.0, shown=None)))
    assert till.run(*THEIRS).code == 5
    world.wait(60.0)
    before = till.run("resume", "ours", "--json").json["outcome"]

    assert (before == "approved", till.run("resume", "theirs").code) == (False, 0)
    assert till.run(command, "ours", "--json").json["outcome"] in ("declined", "cancelled")


@pytest.mark.parametrize("command", ["charge", "resume", "status"])
def test_nor_by_what_another_machine_sold_under_the_invoice_since(world: World, till: Till, command: str) -> None:
    till.run(*OURS)
    till.run("void", "ours", "--yes")
    world.till("other", "another machine").run(*THEIRS)
    world.wait(200.0)

    assert ask(till, command).code == 3


def test_what_was_charged_twice_is_counted_again_before_it_is_approved(world: World, till: Till) -> None:
    """One of the two charges is taken back; a third one is under the invoice by then."""
    other = world.till("other", "another machine")
    till.run(*OURS)
    other.run(*THEIRS, "--force")
    till.run("resume", "ours")
    other.run("void", "theirs", "--yes")
    other.run(*THEIRS[:-1], "more", "--force")
    resumed = [till.run("resume", "ours", "--json").error_code for _ in range(2)]

    assert resumed == ["charged-twice", "charged-twice"]


@pytest.mark.parametrize("others", [1, 2])
def test_a_void_sale_that_only_a_search_showed_stays_void_whatever_else_is_paid(
    world: World, till: Till, others: int
) -> None:
    """Ours was booked late, and its request never named it; another till is paid under the invoice after the void."""
    other = world.till("other", "another machine")
    world.t1.next(customer(Tap(after=0.5, booked=6.0, shown=None)))
    till.run(*OURS)
    world.wait(20.0)
    till.run("void", str(till.run("resume", "ours", "--json").json["transactionId"]), "--yes")
    for key in range(others):
        other.run(*THEIRS[:-1], f"theirs-{key}", "--force")
    world.wait(1.0)  # else the two tills use up the limit of their login
    said = [till.run("resume", "ours", "--json") for _ in range(2)]

    assert [run.json["outcome"] for run in said] == ["voided", "voided"]
    assert ["may be this sale's" in run.err for run in said] == [True, True]
