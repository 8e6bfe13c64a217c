"""What an operator may do about a sale that is not resolved, and what stops it."""

from __future__ import annotations

import pytest

from tests.world import faults
from tests.world.reader import Stays, Tap, customer
from tests.world.till import Till, World

LINE = ("charge", "12.34", "-t", "T1", "-k", "K1")


def lost(world: World, till: Till, call: str, *line: str) -> None:
    """A command whose request never arrives, however often it is sent, which it cannot know."""
    world.faults.add(faults.lost_request(faults.Cut()), call, times=3)
    assert till.run(*line, "--timeout", "5").code in (8, 9)


def test_a_reader_is_not_cleared_while_the_customer_may_be_paying(world: World, till: Till) -> None:
    lost(world, till, "request-payment", *LINE)
    run = till.run("resume", "K1", "--clear-terminal", "--json")

    assert (run.code, run.error_code) == (10, "too-soon")


def test_a_reader_that_could_not_be_reset_leaves_the_sale_unknown(world: World, till: Till) -> None:
    """Nothing was sent by this command, but the sale that it names may have been taken."""
    lost(world, till, "request-payment", *LINE)
    world.faults.add(faults.UNAUTHORIZED, "main")
    run = till.run("resume", "K1", "--clear-terminal", "--settle", "10", "--json")

    assert (run.code, "the reader was not reset" in run.json["error"]["message"]) == (9, True)


def test_a_void_runs_on_no_reader_that_could_be_cleared(world: World, till: Till) -> None:
    till.run(*LINE)
    lost(world, till, "void", "void", "K1", "-k", "V1", "--yes")
    run = till.run("resume", "V1", "--clear-terminal", "--json")

    assert (run.code, run.error_code) == (10, "no-terminal")


def test_a_declined_transaction_that_is_named_ends_it_once_nothing_runs(world: World, till: Till) -> None:
    lost(world, till, "request-payment", *LINE)
    number = till.run("requests", "show", "K1", "--json").json["item"]["invoiceNumber"]
    declined = world.service.somebody_charges("12.34", invoice=number, approved=False)
    run = till.run("resume", "K1", "--transaction", str(declined.id), "--json")

    assert (run.code, run.json["outcome"], run.json["transactionId"]) == (3, "declined", declined.id)


@pytest.mark.parametrize(("named", "says"), [(10001, "could not be read"), (99999, "does not exist")])
def test_a_named_transaction_that_is_refused_leaves_the_sale_unknown(
    world: World, till: Till, named: int, says: str
) -> None:
    """The credentials are refused, or the transaction does not exist: neither says what became of the sale."""
    lost(world, till, "request-payment", *LINE)
    world.service.somebody_charges("12.34")
    world.faults.add(faults.UNAUTHORIZED, "transaction", times=1 if named == 10001 else 0)
    run = till.run("resume", "K1", "--transaction", str(named), "--json")

    assert (run.code, says in run.json["error"]["message"]) == (9, True)


def test_a_reader_that_our_own_sale_holds_is_said_with_its_key(world: World, till: Till) -> None:
    world.t1.next(customer(Stays(after=60.0)))
    till.run(*LINE, "--no-wait")
    second = till.run("charge", "5", "-t", "T1", "-k", "K2", "--over", "K1")

    assert (second.code, "busy with: payment of $12.34" in second.err, "(key K1)" in second.err) == (6, True, True)


def test_the_over_of_a_key_that_looks_like_an_option_can_be_pasted(world: World, till: Till) -> None:
    world.t1.next(customer(Stays(after=60.0)))
    till.run("charge", "12.34", "-t", "T1", "--key=-o", "--no-wait")
    second = ("charge", "5", "-t", "T1", "-k", "K2")

    assert "override it with --over=-o, or " in till.run(*second, "--json").json["error"]["hint"]
    assert till.run(*second, "--over=-o").code == 6


def test_a_further_try_that_is_refused_leaves_the_answer_of_the_one_before(world: World, till: Till) -> None:
    """While the reader is busy, another sale is sent to it, and nobody knows what became of that one."""
    world.service.somebody_uses(world.t1, 20.0)
    waiting = till.start(*LINE, "--wait-busy", "60")
    world.wait(1.0)
    lost(world, till, "request-payment", "charge", "5", "-t", "T1", "-k", "K2")
    run = waiting.end()

    assert (run.code, "not tried again: " in run.err, len(world.paid())) == (6, True, 0)


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 10)])
def test_above_a_limit_a_person_is_asked(world: World, till: Till, answer: str, code: int) -> None:
    till.configure(more='confirm_above = "10.00"')
    world.t1.next(customer(Tap()))

    assert (till.run(*LINE, answers=answer).code, len(world.paid())) == (code, int(code == 0))


def test_what_the_reader_charged_is_not_called_not_charged_though_it_is_less(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(base=700)))
    till.run(*LINE, "--timeout", "20")
    run = till.run("resume", "K1", "--not-charged", "--yes", "--json")

    assert (run.code, run.error_code) == (10, "was-charged")


@pytest.mark.parametrize(("line", "books", "says"), [
    (LINE, "REFUND", "$12.34 went back"), (("refund", *LINE[1:]), "CHARGE", "$12.34 was charged"),
])  # fmt: skip
def test_what_the_reader_booked_the_other_way_round_is_told_so_and_can_only_be_taken_back(
    world: World, till: Till, line: tuple[str, ...], books: str, says: str
) -> None:
    world.books.showing.rewrite = lambda said, _: said.update(action=books)
    unknown = till.run(*line, "--timeout", "20")
    refused = till.run("resume", "K1", "--not-charged", "--yes")

    assert [(r.code, "--transaction" in r.err, "pjterm void 10001" in r.err) for r in (unknown, refused)] == [
        (9, False, True), (10, False, True),
    ]  # fmt: skip
    assert says in refused.err


def test_what_an_operator_says_is_not_called_an_end_at_the_reader_or_a_request_that_is_sent(
    world: World, till: Till
) -> None:
    lost(world, till, "request-payment", *LINE)
    said = till.run("resume", "K1", "--not-charged", "--yes")
    shown = till.run("status", "K1")

    assert ["The operator said that nothing was charged." in run.err for run in (said, shown)] == [True, True]
    assert [words in run.err for run in (said, shown) for words in ("at the reader", "Sending")] == [False] * 4


def test_an_earlier_word_of_an_operator_ends_no_sale_that_is_asked_about_anew(world: World, till: Till) -> None:
    """What another till sold under its invoice had made it unknown again, and then its card was booked."""
    line = (*LINE, "--invoice", "1042")
    world.t1.next(customer(Tap(after=0.5, booked=60.0)))
    first = till.start(*line)
    world.wait(0.5)
    first.kill()
    world.wait(5.0)
    said = till.run("resume", "K1", "--not-charged", "--yes")
    world.till("other").run("charge", "5", "-t", "T2", "--invoice", "1042")
    again = till.run(*line)
    world.wait(60.0)

    assert (said.code, again.code, till.run("resume", "K1").code, len(world.paid())) == (5, 9, 9, 2)


def test_two_charges_of_one_sale_are_not_called_not_charged(world: World, till: Till) -> None:
    lost(world, till, "request-payment", *LINE)
    number = till.run("requests", "show", "K1", "--json").json["item"]["invoiceNumber"]
    for _ in range(2):
        world.service.somebody_charges("12.34", invoice=number)
    run = till.run("resume", "K1", "--not-charged", "--yes", "--json")

    assert (run.code, run.error_code) == (9, "charged-twice")


def test_a_transaction_that_cannot_be_read_is_not_taken_for_the_sale(world: World, till: Till) -> None:
    lost(world, till, "request-payment", *LINE)
    world.faults.add(faults.no_connection(), "transaction", times=1e9)
    run = till.run("resume", "K1", "--transaction", "10001", "--json")

    assert (run.code, "could not be read" in run.json["error"]["message"]) == (9, True)


def test_the_operators_word_does_not_outrank_a_transaction_that_cannot_be_read_yet(world: World, till: Till) -> None:
    """The request itself names it: it may be the approval that the operator denies."""
    till.run(*LINE, "--no-wait")
    world.wait(20.0)
    world.faults.add(faults.lost_answer(faults.Silence()), "transaction", times=99, until=60.0)
    early = till.run("resume", "K1", "--not-charged", "--yes", "--json")
    world.wait(60.0)
    late = till.run("resume", "K1", "--not-charged", "--yes", "--json")

    assert (early.code, "--not-charged" in early.err, late.json["outcome"]) == (9, True, "approved")


def test_it_does_where_the_login_may_not_read_it(world: World, till: Till) -> None:
    till.run(*LINE, "--no-wait")
    world.wait(20.0)
    world.faults.add(faults.says(403), "transaction", times=99)
    world.faults.add(faults.says(403), "search", times=99)
    run = till.run("resume", "K1", "--not-charged", "--yes", "--json")

    assert (run.code, run.json["outcome"]) == (5, "cancelled")
