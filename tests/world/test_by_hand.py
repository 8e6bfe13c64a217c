"""What an operator may do about an unresolved sale, and what prevents it."""

from __future__ import annotations

import pytest

from tests.world import faults
from tests.world.books import Booking
from tests.world.reader import RedX, Stays, Tap, customer
from tests.world.till import Till, World

LINE = ("charge", "12.34", "-t", "T1", "-k", "K1")


def lost(world: World, till: Till, call: str, *line: str) -> None:
    """A command whose request never arrives, however often it is sent; it cannot know that."""
    world.faults.add(faults.lost_request(faults.Cut()), call, times=3)
    assert till.run(*line, "--timeout", "5").code in (8, 9)


def test_a_reader_is_not_cleared_while_the_customer_may_be_paying(world: World, till: Till) -> None:
    lost(world, till, "request-payment", *LINE)
    run = till.run("resume", "K1", "--clear-terminal", "--json")

    assert (run.code, run.error_code) == (10, "too-soon")


def test_a_failed_reset_leaves_the_sale_unknown(world: World, till: Till) -> None:
    """This command sent nothing, but the sale that it names may have been taken."""
    lost(world, till, "request-payment", *LINE)
    world.faults.add(faults.UNAUTHORIZED, "main")
    run = till.run("resume", "K1", "--clear-terminal", "--settle", "10", "--json")

    assert (run.code, "the reader was not reset" in run.json["error"]["message"]) == (9, True)


def test_a_void_has_no_reader_to_clear(world: World, till: Till) -> None:
    till.run(*LINE)
    lost(world, till, "void", "void", "K1", "-k", "V1", "--yes")
    run = till.run("resume", "V1", "--clear-terminal", "--json")

    assert (run.code, run.error_code) == (10, "no-terminal")


def test_naming_a_declined_transaction_ends_the_sale_once_nothing_runs(world: World, till: Till) -> None:
    lost(world, till, "request-payment", *LINE)
    number = till.run("requests", "show", "K1", "--json").json["item"]["invoiceNumber"]
    declined = world.service.others_charge("12.34", invoice=number, approved=False)
    run = till.run("resume", "K1", "--transaction", str(declined.id), "--json")

    assert (run.code, run.json["outcome"], run.json["transactionId"]) == (3, "declined", declined.id)


@pytest.mark.parametrize(("named", "says"), [(10001, "could not be read"), (99999, "does not exist")])
def test_naming_a_rejected_transaction_leaves_the_sale_unknown(world: World, till: Till, named: int, says: str) -> None:
    """The credentials are rejected, or the transaction does not exist: neither shows what happened to the sale."""
    lost(world, till, "request-payment", *LINE)
    world.service.others_charge("12.34")
    world.faults.add(faults.UNAUTHORIZED, "transaction", times=1 if named == 10001 else 0)
    run = till.run("resume", "K1", "--transaction", str(named), "--json")

    assert (run.code, says in run.json["error"]["message"]) == (9, True)


def test_a_reader_held_by_our_own_sale_is_reported_with_its_key(world: World, till: Till) -> None:
    world.t1.next(customer(Stays(after=60.0)))
    till.run(*LINE, "--no-wait")
    second = till.run("charge", "5", "-t", "T1", "-k", "K2", "--over", "K1")

    assert (second.code, "busy with: payment of $12.34" in second.err, "(key K1)" in second.err) == (6, True, True)


def test_the_over_option_for_a_key_like_an_option_can_be_pasted(world: World, till: Till) -> None:
    world.t1.next(customer(Stays(after=60.0)))
    till.run("charge", "12.34", "-t", "T1", "--key=-o", "--no-wait")
    second = ("charge", "5", "-t", "T1", "-k", "K2")

    assert "override it with --over=-o, or " in till.run(*second, "--json").json["error"]["hint"]
    assert till.run(*second, "--over=-o").code == 6


def test_a_rejected_further_try_keeps_the_answer_of_the_one_before(world: World, till: Till) -> None:
    """While the reader is busy, another sale is sent to it, and its outcome is unknown."""
    world.service.others_use(world.t1, 20.0)
    waiting = till.start(*LINE, "--wait-busy", "60")
    world.wait(1.0)
    lost(world, till, "request-payment", "charge", "5", "-t", "T1", "-k", "K2")
    run = waiting.end()

    assert (run.code, "not tried again: " in run.err, len(world.paid())) == (6, True, 0)


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 10)])
def test_an_amount_above_a_limit_requires_confirmation(world: World, till: Till, answer: str, code: int) -> None:
    till.configure(more='confirm_above = "10.00"')
    world.t1.next(customer(Tap()))

    assert (till.run(*LINE, answers=answer).code, len(world.paid())) == (code, int(code == 0))


def test_a_charge_at_the_reader_is_not_called_not_charged_although_it_is_less(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(base=700)))
    till.run(*LINE, "--timeout", "20")
    run = till.run("resume", "K1", "--not-charged", "--yes", "--json")

    assert (run.code, run.error_code) == (10, "was-charged")


def test_a_partial_approval_known_only_by_its_number_is_named_to_the_operator(world: World, till: Till) -> None:
    """The answer was lost; another till may have charged that amount under this key, so the operator decides."""
    world.t1.next(customer(Tap(base=700)))
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    till.run(*LINE, "--timeout", "20")
    run = till.run("resume", "K1", "--not-charged", "--yes")

    assert (run.code, f"transaction {world.books.all[0].id} of $7.00 is approved" in run.err) == (5, True)


@pytest.fixture
def in_part(world: World, till: Till) -> int:
    """A sale of which the bank approved only 7.00; the id of its transaction."""
    world.t1.next(customer(Tap(base=700)))
    till.run(*LINE)
    return world.books.all[0].id


def test_a_partial_approval_is_reported_as_known(till: Till, in_part: int) -> None:
    for line in (("why", "K1"), LINE):
        run = till.run(*line)
        assert f"PARTLY PAID: The bank approved only $7.00 of $12.34: transaction {in_part}." in run.err + run.out
        assert (run.code, "may have been charged" in run.err + run.out) == (9, False)


def test_a_partial_approval_taken_as_it_is_names_the_rest_and_charges_it_once(
    world: World, till: Till, in_part: int
) -> None:
    taken = till.run("resume", "K1", "--transaction", str(in_part), "--yes")
    again = till.run(*LINE)
    rest = "pjterm charge 5.34 -t T1 --key K1-rest"
    paid = [till.run(*rest.split()[1:]) for _ in range(2)]

    assert (taken.code, again.code, [run.code for run in paid]) == (0, 0, [0, 0])
    assert "$7.00 of $12.34" in taken.err
    assert f"next: $5.34 is not paid; to charge that, too: {rest}" in again.err
    assert [b.base for b in world.books.all if b.approved] == [700, 534]


def test_an_amount_lowered_later_by_the_shop_leaves_nothing_to_pay(world: World, till: Till) -> None:
    till.run(*LINE)
    world.books.all[0].amounts["amountBase"] = 700
    again = till.run(*LINE)

    assert (again.code, "not paid" in again.err, "$7.00 of" in again.err) == (0, False, False)


def test_the_void_of_a_partial_approval_ends_its_sale(till: Till, in_part: int) -> None:
    till.run("void", str(in_part), "--yes")
    why = till.run("why", "K1")
    other = till.run("charge", "30.00", "-t", "T1")

    assert "VOIDED: $7.00" in why.out
    assert other.code == 0


def ended(world: World, till: Till, *, declined: bool = False) -> Booking:
    """A sale that ended without money, and a stranger's of the same amount since, which has no number."""
    till.run("charge", "9.99", "-k", "control", "-t", "T2")
    world.t1.next(customer(Tap(approved=False) if declined else RedX()))
    till.run(*LINE)
    world.wait(5.0)
    return world.service.others_charge("12.34")


def test_a_statement_in_sight_of_a_strangers_sale_settles_the_key_for_every_further_try(
    world: World, till: Till
) -> None:
    """Each line is one that the command before it printed."""
    stranger = ended(world, till)
    refused = till.run(*LINE)
    denied = till.run("resume", "K1", "--not-charged", "--yes")
    world.t1.next(customer(RedX()))
    further = [till.run(*LINE) for _ in range(3)]

    assert ([r.code for r in (refused, denied, *further)], world.taken) == ([9, 5, 5, 0, 0], 4)
    assert ": pjterm resume K1 --not-charged" in refused.err
    assert [str(stranger.id) in r.err for r in (denied, *further)] == [True, False, False, False]


def test_a_stranger_that_was_denied_and_proves_to_be_the_sale_by_its_number_is_the_sale(
    world: World, till: Till
) -> None:
    stranger = ended(world, till)
    till.run("resume", "K1", "--not-charged", "--yes")
    stranger.invoice = till.run("requests", "show", "K1", "--json").json["item"]["invoiceNumber"]

    assert (till.run(*LINE).out, world.taken) == (f"{stranger.id}\n", 2)


def test_and_counts_beside_the_try_that_was_paid_since(world: World, till: Till) -> None:
    stranger = ended(world, till)
    till.run("resume", "K1", "--not-charged", "--yes")
    till.run(*LINE)
    stranger.invoice = till.run("requests", "show", "K1", "--json").json["item"]["invoiceNumber"]
    twice = till.run(*LINE)

    assert (twice.code, "charged twice" in twice.err.lower(), str(stranger.id) in twice.err) == (9, True, True)


def test_a_stranger_that_comes_after_the_statement_is_not_covered_by_it(world: World, till: Till) -> None:
    ended(world, till)
    till.run("resume", "K1", "--not-charged", "--yes")
    world.service.others_charge("12.34")

    assert (till.run(*LINE).code, world.taken) == (9, 2)


def test_a_declined_sale_stays_declined_and_takes_another_card_after_the_statement(world: World, till: Till) -> None:
    ended(world, till, declined=True)
    line = (*LINE, "--another-card")
    runs = [till.run(*words) for words in (line, ("resume", "K1", "--not-charged", "--yes"), line)]

    assert ([r.code for r in runs], "K1 was sent before and was declined" in runs[0].err) == ([9, 3, 0], True)


def test_the_strangers_sale_can_be_named_as_the_one(world: World, till: Till) -> None:
    stranger = ended(world, till)
    refused = till.run(*LINE)
    line = f"pjterm resume K1 --transaction {stranger.id}"

    assert (refused.code, f": {line}\n" in refused.err, till.run(*line.split()[1:]).code) == (9, True, 0)


@pytest.mark.parametrize("shown", ["no number", "a full last page"])
def test_what_a_search_cannot_show_is_settled_by_one_statement(world: World, till: Till, shown: str) -> None:
    till.run("charge", "9.99", "-k", "earlier", "-t", "T1")
    if shown == "no number":
        world.books.showing.stored = "absent"
    else:
        world.books.showing.paging, world.books.showing.filters = "last", False
        for cents in range(60):
            world.service.others_charge(f"7.{cents:02d}")
    world.t1.next(customer(RedX()))
    first = till.run(*LINE)
    refused = till.run(*LINE)
    runs = [till.run(*line) for line in (("resume", "K1", "--not-charged", "--yes"), LINE)]

    assert (first.code in (5, 9), refused.code, [r.code for r in runs]) == (True, 9, [5, 0])


def test_a_person_is_asked_before_an_ended_sale_is_called_not_charged(world: World, till: Till) -> None:
    ended(world, till)

    assert till.run("resume", "K1", "--not-charged", "--json").error_code == "confirm"


def test_the_transaction_that_was_named_is_not_said_to_be_the_sales_too(world: World, till: Till) -> None:
    stranger = ended(world, till)
    till.run("status", "K1")
    runs = [till.run("resume", "K1", "--transaction", str(stranger.id)), till.run(*LINE), till.run("status", "K1")]

    assert [(r.code, "ATTENTION" in r.err) for r in runs] == [(0, False)] * 3


def test_another_one_that_may_be_the_sale_still_is(world: World, till: Till) -> None:
    stranger = ended(world, till)
    other = world.service.others_charge("12.34")
    till.run("status", "K1")
    named = till.run("resume", "K1", "--transaction", str(stranger.id))

    assert f"ATTENTION: transaction {other.id} may be this sale's, too." in named.err


# -- a refund -----------------------------------------------------------------------------------------------------


def lost_refund(world: World, till: Till) -> None:
    """A refund of a transaction, whose request is lost on its way."""
    till.run("charge", "12.34", "-t", "T1", "-k", "K1")
    world.faults.add(faults.lost_request(faults.Cut()), "post")
    assert till.run("refund", "--transaction", "K1", "-k", "R1", "--yes", "--timeout", "5").code == 9


def test_a_lost_refund_of_a_transaction_is_led_out_of_the_unknown(world: World, till: Till) -> None:
    lost_refund(world, till)
    again = till.run("resume", "R1", "--timeout", "5")

    assert (again.code, again.err.splitlines()[-1]) == (
        9, "next: if you made sure that nothing was refunded: pjterm resume R1 --not-charged",
    )  # fmt: skip


def test_what_an_operator_says_of_a_refund_is_not_about_a_charge(world: World, till: Till) -> None:
    lost_refund(world, till)
    asked = till.run("resume", "R1", "--not-charged", answers="n\n")
    done = till.run("resume", "R1", "--not-charged", "--yes")

    assert "was not made?" in asked.err
    assert (done.code, "The operator said that nothing was refunded." in done.err) == (5, True)


def test_an_invoice_that_has_a_refund_is_not_called_paid(till: Till) -> None:
    till.run("refund", "5", "-t", "T1", "--invoice", "9", "--yes")
    run = till.run("refund", "5", "-t", "T1", "--invoice", "9", "--yes")

    assert (run.code, "invoice 9 has the approved refund 10001 over $5.00" in run.err) == (10, True)
    assert "second refund on purpose" in run.err


# -- what is said meanwhile ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "then"),
    [
        (LINE, "Searching until 12:01:15 whether a card already in was charged… Do not charge again."),
        (("prompt", "ok?", "-t", "T1", "-k", "K1"), "Nothing is charged by this."),
    ],
    ids=["payment", "prompt"],
)
def test_a_reader_that_was_cleared_is_said_to_be(world: World, till: Till, line: tuple[str, ...], then: str) -> None:
    lost(world, till, f"request-{'payment' if line is LINE else 'prompt'}", *line)
    world.wait(60.0)
    run = till.run("resume", "K1", "--clear-terminal", "--settle", "10")

    assert f"The reader was reset. {then}" in run.err
    assert "may be paying" not in run.err
