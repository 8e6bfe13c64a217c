"""Who sold, and the close of a day: numbered, written once, whole or marked, what comes later carried."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.world.reader import Tap, customer
from tests.world.till import Run, Till, World


def sold(till: Till, key: str, amount: str, *more: str) -> Run:
    return till.run("charge", amount, "-t", "T1", "-k", key, *more)


def shown(till: Till, number: int) -> Any:
    return till.run("close", "--show", str(number), "--json").json["item"]


# -- who sold -------------------------------------------------------------------------------------------------


def test_who_sold_stands_in_result_list_and_report_and_is_never_sent(world: World, till: Till) -> None:
    result = sold(till, "a", "20", "--by", "Ann", "--json").json
    sold(till, "b", "7")
    listed = till.run("requests", "list", "--json").json["items"]
    report = till.run("report", "--by-operator", "--json").json["items"]

    assert (result["by"], [i["by"] for i in listed]) == ("Ann", [None, "Ann"])
    assert {(i["by"], i["amountTotal"]) for i in report} == {(None, "7.00"), ("Ann", "20.00")}
    assert [c for c in world.service.calls if "Ann" in repr(c)] == []


def test_who_sold_is_what_the_command_line_says_else_the_profile(till: Till) -> None:
    till.configure(more='by = "Desk"')
    told = [sold(till, "a", "20", "--json").json["by"], sold(till, "b", "7", "--by", "Ann", "--json").json["by"]]

    assert told == ["Desk", "Ann"]


@pytest.mark.parametrize("name", ["", " Ann", "x" * 33, "a\nb"])
def test_a_name_that_is_none_is_refused_before_anything_is_sent(world: World, till: Till, name: str) -> None:
    run = sold(till, "a", "20", "--by", name)

    assert (run.code, "--by" in run.err, world.taken) == (2, True, 0)


# -- the close ------------------------------------------------------------------------------------------------


def test_a_close_is_numbered_written_once_and_shown_as_it_was(till: Till) -> None:
    sold(till, "a", "20")
    made = till.run("close", "--by", "Ann", "--json").json["item"]
    again = till.run("close", "--json")
    sold(till, "b", "7")

    assert (made["number"], made["totals"]["net"], made["by"], made["incomplete"]) == (1, "20.00", "Ann", False)
    assert (again.code, again.error_code) == (10, "closed")
    assert made == shown(till, 1)


def test_a_close_that_there_is_not_is_named(till: Till) -> None:
    run = till.run("close", "--show", "3")

    assert (run.code, "no close 3" in run.err) == (2, True)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--day", "2027-13-01"), "--day"), (("--day", "2998-01-01"), "not begun"),
        (("--show", "1", "--force"), "--show"),
    ],
)  # fmt: skip
def test_days_that_cannot_be_closed_are_2(till: Till, options: tuple[str, ...], says: str) -> None:
    run = till.run("close", *options)

    assert (run.code, says in run.err) == (2, True)


def test_what_differs_refuses_and_force_marks_it_incomplete(world: World, till: Till) -> None:
    sold(till, "a", "20")
    world.service.somebody_charges("5.00")
    refused = till.run("close", "--json")
    forced = till.run("close", "--force", "--json").json["item"]

    assert (refused.code, refused.error_code, "money-without-entry" in refused.err) == (10, "not-whole", True)
    assert (forced["number"], forced["incomplete"], len(forced["differences"])) == (1, True, 1)


def test_an_open_sale_refuses_a_close(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=1000.0)))
    sold(till, "a", "20", "--timeout", "2")
    run = till.run("close")

    assert (run.code, "still-open" in run.err) == (10, True)


def test_what_is_sold_or_given_back_after_the_close_stands_in_the_next_as_carried(world: World, till: Till) -> None:
    sold(till, "a", "20")
    sold(till, "b", "7")
    till.run("close", "--json")
    till.run("void", "b", "-y")
    sold(till, "c", "3")
    world.wait(24 * 3600)
    second = till.run("close", "--json").json["item"]

    carried = sorted((c["outcome"], c["amountTotal"], c["difference"]) for c in second["carried"])

    assert carried == [("approved", "3.00", "3.00"), ("voided", "7.00", "-7.00")]
    assert (second["number"], second["totals"]["carried"], second["totals"]["netWithCarried"]) == (2, "-4.00", "-4.00")


def test_closes_carry_the_head_of_the_chain(till: Till) -> None:
    sold(till, "a", "20")
    made = till.run("close", "--json").json["item"]
    verified = till.run("journal", "verify", "--json").json["item"]

    assert (made["head"]["link"] > 0, len(made["head"]["hash"]), verified["whole"]) == (True, 64, True)
    assert made["head"]["link"] < verified["links"]


def test_a_person_reads_the_day_the_totals_and_what_is_incomplete(world: World, till: Till) -> None:
    sold(till, "a", "20")
    world.service.somebody_charges("5.00")
    text = till.run("close", "--force").out

    assert ["close 1" in text, "INCOMPLETE" in text, "25.00" in text, "journal: link" in text] == [True] * 4


CENTS = st.integers(min_value=1, max_value=99_999)
SALE = st.tuples(
    st.sampled_from(("charge", "void", "decline", "hold", "partial")), CENTS, st.integers(0, 999), st.integers(0, 24)
)
NIGHTS = (("America/Santiago", "00:00", 132), ("America/New_York", "03:00", 111))
"""Zones, when their day begins, and after how many days it is the eve of a night in which their clocks change."""


@pytest.mark.parametrize(("zone", "starts", "eve"), NIGHTS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sales=st.lists(SALE, max_size=6))
def test_the_closes_of_generated_days_come_to_what_was_taken_to_the_cent(
    zone: str, starts: str, eve: int, sales: list[tuple[str, int, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each sale up to a day after the other, each day closed: the nets of all closes are what was taken in all."""
    with World(tmp_path_factory.mktemp("world")) as world:
        till = world.till()
        till.configure(more=f'timezone = "{zone}"\nday_starts = "{starts}"')
        world.wait(eve * 24 * 3600)
        for what, base, extra, hours in sales:
            approved, status = what != "decline", "HOLD" if what == "hold" else "CAPTURE"
            booked = world.service.somebody_charges(f"{base // 100}.{base % 100:02d}", approved=approved, status=status
                                                    if approved else "DECLINED")  # fmt: skip
            booked.amounts |= {"amountTip": extra, "amountTax": extra // 2, "amountSurcharge": extra // 3}
            if what == "void":
                till.run("close", "--force", "--json")
                booked.status = "VOID"
            if what == "partial":
                booked.amounts["amountBase"] -= base // 2
            till.run("close", "--force", "--json")
            world.wait(hours * 3600)
        world.wait(25 * 3600)
        till.run("close", "--force", "--json")
        taken = sum(b.total for b in world.books.all if b.took_money and b.status == "CAPTURE")
        closes: list[str] = []
        while (run := till.run("close", "--show", str(len(closes) + 1), "--json")).code == 0:
            closes.append(run.json["item"]["totals"]["netWithCarried"])

    assert sum(map(Decimal, closes)) * 100 == taken
