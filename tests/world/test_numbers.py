"""A key or an invoice that names another amount already, where a search does not write its number as it was sent."""

from __future__ import annotations

import pytest

from tests.world.books import WRITINGS
from tests.world.till import Run, Till, World

REWRITTEN = [w for w in WRITINGS if w not in ("whole", "absent", "case")]
"""How a service may write a number of digits so that it can still be known again."""


def charge(till: Till, amount: str, *more: str) -> Run:
    return till.run("charge", amount, "-t", "T1", *more, "--json")


@pytest.fixture
def sold(world: World, till: Till) -> Till:
    """A till whose key K1 was charged over another amount by another till."""
    charge(world.till("other"), "12.34", "-k", "K1")
    return till


@pytest.mark.parametrize("writing", REWRITTEN)
def test_a_key_that_names_another_amount_is_known_however_its_number_is_written(
    world: World, sold: Till, writing: str
) -> None:
    world.books.showing.writing = writing
    run = charge(sold, "5.00", "-k", "K1")

    assert (run.code, run.error_code, world.taken) == (10, "key-taken", 1)


@pytest.mark.parametrize("also", ["", "terminalId", "response"])
def test_a_key_that_names_another_amount_is_read_where_the_search_leaves_its_number_out(
    world: World, sold: Till, also: str
) -> None:
    world.books.showing.trimmed = ("invoiceNumber", also)
    run = charge(sold, "5.00", "-k", "K1")

    assert (run.code, run.error_code, world.taken) == (10, "key-taken", 1)


def test_more_unnumbered_items_than_are_read_are_no_answer(world: World, sold: Till) -> None:
    """One of those that were read has a number, so the search leaves them out: the rest may have ours."""
    world.books.showing.filters, world.books.showing.trimmed = False, ("invoiceNumber",)
    for number in range(6):
        world.service.somebody_charges("1.00", f"A-{number}")
    run = charge(sold, "5.00", "-k", "K1")

    assert (run.code, world.taken) == (12, 1)


# -- counted afterwards ---------------------------------------------------------------------------------------------


def at_once(world: World, till: Till) -> list[Run]:
    """Two tills charge one key over two amounts in the same second, each at its own reader."""
    first = till.start("charge", "12.34", "-k", "K1", "-t", "T1", "--json")
    second = world.till("other").start("charge", "5.00", "-k", "K1", "-t", "T2", "--json")
    return [first.end(), second.end()]


@pytest.mark.parametrize("writing", REWRITTEN)
def test_a_double_over_two_amounts_is_said_however_its_numbers_are_written(
    world: World, till: Till, writing: str
) -> None:
    world.books.showing.writing = writing
    said = [r.error_code for r in at_once(world, till)]
    later = till.run("status", "K1", "--json")

    assert ("charged-twice" in said, later.code) == (True, 9)


@pytest.mark.parametrize("also", ["", "terminalId", "response"])
def test_a_double_over_two_amounts_is_said_where_the_search_leaves_numbers_out(
    world: World, till: Till, also: str
) -> None:
    world.books.showing.trimmed = ("invoiceNumber", also)
    said = [r.error_code for r in at_once(world, till)]
    later = [till.run(command, "K1", "--json").code for command in ("status", "resume", "why")]

    assert ("charged-twice" in said, later) == (True, [9, 9, 9])


def test_a_count_that_cannot_read_all_says_so(world: World, till: Till) -> None:
    charge(till, "12.34", "-k", "K1")
    world.books.showing.filters, world.books.showing.trimmed = False, ("invoiceNumber",)
    for number in range(6):
        world.service.somebody_charges("1.00", f"A-{number}")
    later = till.run("status", "K1", "--json")
    says = later.json["evidence"][-1]["says"]

    assert (later.code, "6 transactions that it shows do not say their invoice number" in says) == (0, True)


# -- an ordinary shop -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("filters", [True, False])
@pytest.mark.parametrize("invoices", [("1042", "10421"), ("10421", "1042"), ("2026-1042", "2026-1042-1")], ids=" ".join)
def test_an_invoice_that_another_one_begins_with_is_sold(
    world: World, till: Till, invoices: tuple[str, str], filters: bool
) -> None:
    world.books.showing.filters = filters
    world.service.somebody_charges("1.00", "B-7")
    codes = [charge(till, amount, "--invoice", i).code for amount, i in zip(("12.34", "5.00"), invoices, strict=True)]

    assert codes == [0, 0]


def test_sales_that_never_had_a_number_stop_nobody(world: World, till: Till) -> None:
    """The search ignores what it is asked for: all that it shows say what they have, and none is read in vain."""
    world.books.showing.filters = False
    for _ in range(40):
        world.service.somebody_charges("1.00")
    run = charge(till, "5.00", "-k", "K1")

    assert (run.code, sum(c.name == "transaction" for c in run.process.calls)) == (0, 6)


@pytest.mark.parametrize(("more", "code"), [((), 10), (("--force",), 0)])
def test_an_invoice_in_another_spelling_is_passed_by_force(
    world: World, till: Till, more: tuple[str, ...], code: int
) -> None:
    world.books.showing.writing = "zeros"
    world.service.somebody_charges("12.34", "104233")
    run = charge(till, "5.00", "--invoice", "104233", *more)

    assert (run.code, world.taken) == (code, int(code == 0))
