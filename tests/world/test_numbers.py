"""A key or invoice already used for another amount, when a search does not write its number as it was sent."""

from __future__ import annotations

import pytest

from pjterm.reports.filters import fits
from tests.world.books import WRITINGS
from tests.world.reader import RedX, Tap, customer
from tests.world.till import Run, Till, World

REWRITTEN = [w for w in WRITINGS if w not in ("whole", "absent", "case")]
"""How a service may write a number of digits that can still be recognized."""


def charge(till: Till, amount: str, *more: str) -> Run:
    return till.run("charge", amount, "-t", "T1", *more, "--json")


@pytest.fixture
def sold(world: World, till: Till) -> Till:
    """A till whose key K1 was charged for another amount by another till."""
    charge(world.till("other"), "12.34", "-k", "K1")
    return till


@pytest.mark.parametrize("writing", REWRITTEN)
def test_a_key_used_for_another_amount_is_recognized_however_its_number_is_written(
    world: World, sold: Till, writing: str
) -> None:
    world.books.showing.writing = writing
    run = charge(sold, "5.00", "-k", "K1")

    assert (run.code, run.error_code, world.taken) == (10, "key-taken", 1)


@pytest.mark.parametrize("also", ["", "terminalId", "response"])
def test_a_key_used_for_another_amount_is_read_if_the_search_omits_its_number(
    world: World, sold: Till, also: str
) -> None:
    world.books.showing.trimmed = ("invoiceNumber", also)
    run = charge(sold, "5.00", "-k", "K1")

    assert (run.code, run.error_code, world.taken) == (10, "key-taken", 1)


def test_more_unnumbered_items_than_can_be_read_are_no_answer(world: World, sold: Till) -> None:
    """One of the items read has a number, so the search omits numbers: one of the others may have ours."""
    world.books.showing.filters, world.books.showing.trimmed = False, ("invoiceNumber",)
    for number in range(6):
        world.service.others_charge("1.00", f"A-{number}")
    run = charge(sold, "5.00", "-k", "K1")
    out = charge(sold, "5.00")

    assert (run.code, "Whether another till was paid under key K1 is not known" in run.err, out.code) == (12, True, 0)
    assert "leave out --key and --invoice" in run.err


@pytest.mark.parametrize("writing", REWRITTEN)
def test_an_ended_key_is_not_resent_if_another_till_sold_it_for_another_amount(
    world: World, till: Till, writing: str
) -> None:
    world.books.showing.writing = writing
    charge(till, "1.00", "-k", "K0")
    world.t1.next(customer(RedX()))
    first = charge(till, "5.00", "-k", "K1")
    world.till("other").run("charge", "12.34", "-t", "T2", "-k", "K1")
    again = charge(till, "5.00", "-k", "K1")

    assert (first.code, again.code, world.taken) == (5, 9, 3)


@pytest.mark.parametrize("booked", [0.0, 20.0], ids=["at once", "late"])
@pytest.mark.parametrize("writing", REWRITTEN)
def test_a_partial_approval_is_no_end_without_money_however_its_number_is_written(
    world: World, till: Till, writing: str, booked: float
) -> None:
    """The status never names it."""
    world.books.showing.writing = writing
    world.t1.next(customer(Tap(booked=booked, shown=None, base=400)))
    first = charge(till, "12.34", "-k", "K1")
    world.wait(60.0)
    later = till.run("resume", "K1", "--timeout", "5", "--json")
    taken_back = till.run("void", str(world.paid()[0]), "-y")
    after = till.run("resume", "K1", "--timeout", "5", "--json")

    assert (first.code, later.code, str(world.books.all[0].id) in later.err) == (5 if booked else 9, 9, True)
    assert (taken_back.code, after.code in (3, 5)) == (0, True)


# -- the same amount ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("writing", ["trimmed", "ten", "commas", "zeros"])
def test_a_key_paid_elsewhere_under_another_spelling_is_not_sent_but_another_key_is(
    world: World, till: Till, writing: str
) -> None:
    world.books.showing.writing = writing
    charge(world.till("other"), "12.34", "-k", "K1")
    again = [charge(till, "12.34", "-k", "K1", *more) for more in ((), ("--force",))]
    another = charge(till, "12.34", "-k", "K2")

    assert [(r.code, r.error_code) for r in again] == [(10, "perhaps-paid")] * 2
    assert ("use another --key" in again[0].err, another.code) == (True, 0)


@pytest.mark.parametrize("sale", [("-k", "K1"), ("--invoice", "A-7")])
@pytest.mark.parametrize(("more", "code"), [((), 10), (("--force",), 0)])
def test_force_overrides_a_sale_that_may_have_been_paid_elsewhere_without_a_number(
    world: World, till: Till, sale: tuple[str, ...], more: tuple[str, ...], code: int
) -> None:
    world.books.showing.writing = "absent"
    charge(world.till("other"), "12.34", *sale)
    run = charge(till, "12.34", *sale, *more)

    assert (run.code, world.taken, "--force" in run.err) == (code, 1 + (code == 0), code == 10)


def test_a_void_of_what_may_be_the_sale_does_not_permit_another_charge(world: World, till: Till) -> None:
    world.books.showing.writing = "zeros"
    other = world.till("other")
    charge(other, "12.34", "-k", "K1")
    other.run("void", "K1", "-y")
    run = charge(till, "12.34", "-k", "K1")

    assert (run.code, "which is void," in run.err, world.taken) == (10, True, 1)


def test_this_journal_s_other_sales_are_not_taken_for_the_sale_although_no_number_is_shown(
    world: World, till: Till
) -> None:
    """The search ignores its filter, too."""
    world.books.showing.filters, world.books.showing.writing = False, "absent"
    codes = [charge(till, "12.34", "-k", f"K{n}").code for n in range(8)]

    assert codes == [0] * 8


def test_another_till_s_partial_charge_must_be_voided_before_the_key_is_given_up(world: World, till: Till) -> None:
    """The customer has paid 7.00 of it: a new key alone would charge all of it in addition."""
    world.t1.next(customer(Tap(base=700)))
    charge(world.till("other"), "12.34", "-k", "K1")
    run = charge(till, "12.34", "-k", "K1")

    assert (run.code, f"take that back first: pjterm void {world.paid()[0]}\n" in run.err) == (10, True)


# -- counted afterwards ---------------------------------------------------------------------------------------------


def at_once(world: World, till: Till) -> list[Run]:
    """Two tills charge one key with two amounts in the same second, each at its own reader."""
    first = till.start("charge", "12.34", "-k", "K1", "-t", "T1", "--json")
    second = world.till("other").start("charge", "5.00", "-k", "K1", "-t", "T2", "--json")
    return [first.end(), second.end()]


@pytest.mark.parametrize("writing", REWRITTEN)
def test_a_double_with_two_amounts_is_reported_however_its_numbers_are_written(
    world: World, till: Till, writing: str
) -> None:
    world.books.showing.writing = writing
    said = [r.error_code for r in at_once(world, till)]
    later = till.run("status", "K1", "--json")

    assert ("charged-twice" in said, later.code) == (True, 9)


@pytest.mark.parametrize("also", ["", "terminalId", "response"])
def test_a_double_with_two_amounts_is_reported_if_the_search_omits_numbers(world: World, till: Till, also: str) -> None:
    world.books.showing.trimmed = ("invoiceNumber", also)
    said = [r.error_code for r in at_once(world, till)]
    later = [till.run(command, "K1", "--json").code for command in ("status", "resume", "why")]

    assert ("charged-twice" in said, later) == (True, [9, 9, 9])


@pytest.mark.parametrize("trimmed", [(), ("response",), ("invoiceNumber",), ("amountBase", "response")], ids=" ".join)
@pytest.mark.parametrize("writing", ["whole", "ten", "trimmed"])
@pytest.mark.parametrize("amount", ["12.34", "5.00"])
def test_a_decline_elsewhere_approved_after_our_post_is_a_double_however_a_search_shows_it(
    world: World, till: Till, amount: str, writing: str, trimmed: tuple[str, ...]
) -> None:
    """It was read before our POST, and its id was ignored from then on."""
    world.books.showing.writing, world.books.showing.trimmed = writing, trimmed
    world.t2.next(customer(Tap(approved=False, flips=8.0)))
    world.till("other").run("charge", amount, "-t", "T2", "-k", "K1", "--timeout", "3")
    charge(till, "12.34", "-k", "K1")
    world.wait(20.0)
    later = [till.run(command, "K1", "--json").code for command in ("resume", "status")]

    assert (world.paid(), later) == ([10001, 10002], [9, 9])


def test_a_count_that_cannot_read_everything_says_so(world: World, till: Till) -> None:
    charge(till, "12.34", "-k", "K1")
    world.books.showing.filters, world.books.showing.trimmed = False, ("invoiceNumber",)
    for number in range(6):
        world.service.others_charge("1.00", f"A-{number}")
    later = till.run("status", "K1", "--json")
    says = later.json["evidence"][-1]["says"]

    assert (later.code, "6 transactions that it shows do not say their invoice number" in says) == (0, True)


# -- an ordinary shop -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("filters", [True, False])
@pytest.mark.parametrize("invoices", [("1042", "10421"), ("10421", "1042"), ("2026-1042", "2026-1042-1")], ids=" ".join)
def test_an_invoice_that_is_the_beginning_of_another_is_sold(
    world: World, till: Till, invoices: tuple[str, str], filters: bool
) -> None:
    world.books.showing.filters = filters
    world.service.others_charge("1.00", "B-7")
    codes = [charge(till, amount, "--invoice", i).code for amount, i in zip(("12.34", "5.00"), invoices, strict=True)]

    assert codes == [0, 0]


def test_sales_that_never_had_a_number_block_nothing(world: World, till: Till) -> None:
    """The search ignores its filter: every item is complete, so none is read in vain."""
    world.books.showing.filters = False
    for _ in range(40):
        world.service.others_charge("1.00")
    run = charge(till, "5.00", "-k", "K1")

    assert (run.code, sum(c.name == "transaction" for c in run.process.calls)) == (0, 6)


@pytest.mark.parametrize(("more", "code"), [((), 10), (("--force",), 0)])
def test_force_overrides_an_invoice_in_another_spelling(
    world: World, till: Till, more: tuple[str, ...], code: int
) -> None:
    world.books.showing.writing = "zeros"
    world.service.others_charge("12.34", "104233")
    run = charge(till, "5.00", "--invoice", "104233", *more)

    assert (run.code, world.taken) == (code, int(code == 0))


@pytest.mark.parametrize("stored", ["zeros", "ten", "trimmed", "commas", "absent"])
def test_a_late_booking_under_another_spelling_is_found_hours_later(world: World, till: Till, stored: str) -> None:
    """A search by its number then shows nothing; only one by account and time does."""
    world.books.showing.stored = stored
    world.t1.next(customer(Tap(after=0.5, booked=60.0, shown=None)))
    first = charge(till, "12.34", "-k", "K1")
    world.wait(7200.0)
    later = till.run("resume", "K1", "--json")

    assert (first.code, later.code in (0, 9), later.json["outcome"] in ("approved", "unknown")) == (5, True, True)


@pytest.mark.parametrize("asked", [("--invoice", "1042"), ("--since", "2026-11-23"), ()], ids=" ".join)
def test_a_list_contains_only_matches_even_if_the_service_ignores_its_filters(
    world: World, till: Till, asked: tuple[str, ...]
) -> None:
    """Another customer's approval was listed under the searched invoice, and yesterday's under today."""
    world.books.showing.filters = False
    world.service.others_charge("7.00", "A-7")
    world.wait(24 * 3600.0)
    world.service.others_charge("9.00", "1042")
    listed = till.run("transactions", "list", *asked, "--json").json["items"]

    assert [item["invoiceNumber"] for item in listed] == ["1042"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (("--amount", "9.00"), [10002]),
        (("--action", "REFUND"), [10003]),
        (("--status", "VOID"), []),
        (("--transaction", "10002"), [10002]),
        (("--account", "77"), []),
        (("--account", "10001"), [10003, 10002, 10001]),
        (("--last-four", "9999"), []),
        (("--last-four", "1111"), [10003, 10002, 10001]),
        (("--service", "RECURRING"), []),
        (("--settlement", "0"), [10003, 10002, 10001]),
        (("--settlement", "512"), []),
        (("--po", "refund-of-10002"), [10003]),
    ],
    ids=lambda x: " ".join(map(str, x)),
)
def test_every_filter_counts_where_the_service_ignores_its_filters(
    world: World, till: Till, asked: tuple[str, ...], found: list[int]
) -> None:
    """A list of refunds was made of charges, and one of voids named sales that are paid."""
    world.service.others_charge("7.00", "A-7", order="PO-7")
    world.service.others_charge("9.00", "1042", order="PO-8")
    till.run("refund", "1.00", "--transaction", "10002", "--yes")
    world.books.showing.filters = False

    assert [item["transactionId"] for item in till.run("transactions", "list", *asked, "--json").json["items"]] == found


@pytest.mark.parametrize("amount", [9, "9", "9.00", "9.0"])
def test_an_amount_in_another_spelling_is_the_one_that_was_asked_for(amount: object) -> None:
    assert fits({"amountTotal": amount}, {"amountTotal": "9.00"})
