"""Books are complete, or say what is missing, even if the service trims, shifts and misspells."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import faults
from tests.world.reader import Tap, customer
from tests.world.till import Till, World

COMMANDS = (("report",), ("reconcile",), ("transactions", "list"))
TRIMMED = (("amountTotal",), ("response", "created"), ("status", "action"), ("amountBase", "vault"))


def sold(world: World, till: Till) -> None:
    """A sale of this till, one of other software, a refund, a decline and a hold."""
    till.run("charge", "20", "-t", "T1", "-k", "a")
    till.run("refund", "5", "--transaction", "a", "-y")
    world.service.others_charge("1234.50")
    world.service.others_charge("7.00", approved=False)
    world.service.others_charge("3.00", status="HOLD")


def day(till: Till) -> Any:
    """Today's takings as JSON."""
    return till.run("report", "--json").json


@pytest.mark.parametrize("trimmed", TRIMMED, ids=" ".join)
def test_a_trimmed_search_item_is_read_by_its_id(world: World, till: Till, trimmed: tuple[str, ...]) -> None:
    sold(world, till)
    whole = day(till)
    world.books.showing.trimmed = trimmed

    assert whole == day(till)
    assert (whole["totals"]["net"], whole["incomplete"]) == ("1249.50", False)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_unreadable_item_is_named_and_the_exit_is_13(world: World, till: Till, command: tuple[str, ...]) -> None:
    sold(world, till)
    hidden = world.service.others_charge("8.00").id

    def hide(said: dict[str, Any], _in_search: bool) -> None:
        if said["transactionId"] == hidden:
            said["amountTotal"] = "eight"

    world.books.showing.rewrite = hide
    run = till.run(*command, "--json")

    assert (run.code, run.json["incomplete"]) == (13, True)
    assert [hidden] == [u["transactionId"] for u in run.json["unreadable"]]
    assert f"incomplete: transaction {hidden}: amountTotal cannot be read" in run.err


def test_an_entry_with_an_unreadable_transaction_is_not_judged(world: World, till: Till) -> None:
    till.run("charge", "20", "-t", "T1", "-k", "a")
    world.books.showing.rewrite = lambda said, _in_search: said.update(amountTotal="x")

    assert till.run("reconcile", "--json").json["items"] == []


def test_amounts_with_commas_and_times_without_a_zone_are_read(world: World, till: Till) -> None:
    sold(world, till)
    whole = day(till)

    def otherwise(said: dict[str, Any], _in_search: bool) -> None:
        said["amountTotal"] = f"{float(said['amountTotal']):,.2f}"
        said["created"] = said["created"].removesuffix("Z")

    world.books.showing.rewrite = otherwise

    assert whole == day(till)


@pytest.mark.parametrize("paging", ["move", "loop", "endless", "last"])
def test_misbehaving_pages_hide_nothing(world: World, till: Till, paging: str) -> None:
    for _ in range(120):
        world.service.others_charge("1.00")
    world.books.showing.paging = paging

    reported = day(till)

    assert (reported["totals"]["net"], reported["items"][0]["count"], reported["incomplete"]) == ("120.00", 120, False)


def test_pages_with_missing_items_make_the_books_incomplete(world: World, till: Till) -> None:
    for _ in range(120):
        world.service.others_charge("1.00")
    world.books.showing.paging = "miss"

    run = till.run("report", "--json")

    assert (run.code, run.json["incomplete"]) == (13, True)


def test_a_hold_is_named_and_not_part_of_the_net(world: World, till: Till) -> None:
    held = world.service.others_charge("3.00", status="HOLD").id
    world.service.others_charge("5.00")

    report, compared = till.run("report", "--json"), till.run("reconcile", "--json")

    assert (report.json["totals"]["net"], report.json["totals"]["held"]) == ("5.00", "3.00")
    assert [{"transactionId": held, "amountTotal": "3.00"}] == compared.json["held"]
    assert f"held, not captured: transaction {held}" in compared.err


def test_a_held_verification_holds_no_money(world: World, till: Till) -> None:
    world.service.others_charge("0.00", action="VERIFY", status="HOLD")

    def rewrite(said: dict[str, Any], _: bool) -> None:
        for name in [name for name in said if name.startswith("amount")]:
            said.pop(name)

    world.books.showing.rewrite = rewrite
    run = till.run("reconcile", "--json")

    assert (run.code, run.json["held"]) == (0, [])


def test_reports_show_begin_and_end_with_offsets(till: Till) -> None:
    till.configure(more='timezone = "America/Santiago"\nday_starts = "04:00"')

    reported = [till.run(name, "--day", "2026-09-05", "--json").json for name in ("report", "reconcile")]
    shown = till.run("report", "--day", "2026-09-06")

    assert [
        (t["begin"], t["end"], t["timezone"]) for t in reported
    ] == [("2026-09-05T04:00:00-04:00", "2026-09-06T04:00:00-03:00", "America/Santiago")] * 2  # fmt: skip
    assert "2026-09-06, 04:00-03:00 to 2026-09-07 04:00-03:00 (America/Santiago)" in shown.err


def test_a_day_without_midnight_is_requested_from_its_first_second(till: Till) -> None:
    till.configure(more='timezone = "America/Santiago"')

    assert till.run("report", "--day", "2026-09-06", "--json").json["begin"] == "2026-09-06T01:00:00-03:00"


def test_a_report_between_two_times_has_no_day(world: World, till: Till) -> None:
    world.service.others_charge("5.00")

    reported = till.run("report", "--since", "2026-01-01", "--json").json
    nothing = till.run("report", "--since", "2026-01-01", "--before", "2026-01-02", "--json").json

    assert (reported["day"], reported["totals"]["net"], nothing["totals"]["net"]) == (None, "5.00", "0.00")


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (("--day", "2026-01-01", "--since", "2026-01-01"), "--day"), (("--before", "2026-01-01"), "--before"),
        (("--since", "2026-01-02", "--before", "2026-01-02"), "--before"), (("--since", "x"), "--since"),
        (("--csv",), "--csv"),
    ],
)  # fmt: skip
def test_invalid_times_are_2_and_named(till: Till, options: tuple[str, ...], field: str) -> None:
    run = till.run("report", *options, "--json")

    assert (run.code, field in run.json["error"]["message"]) == (2, True)


def test_a_csv_report_has_every_amount_and_no_formula(world: World, till: Till) -> None:
    world.service.others_charge("5.00")
    world.books.showing.rewrite = lambda said, _in_search: said["vault"].update(accountType="=cmd()")

    lines = till.run("report", "--csv").out.splitlines()

    assert lines[0] == "terminal,brand,outcome,count,base,tip,tax,shipping,surcharge,other,total"
    assert lines[1] == "virtual terminal,'=cmd(),approved,1,5.00,0.00,0.00,0.00,0.00,0.00,5.00"


def test_a_linked_refund_belongs_to_no_reader(till: Till) -> None:
    till.run("charge", "20", "-k", "a")
    till.run("refund", "5", "--transaction", "a", "-y")
    items = till.run("report", "--json").json["items"]

    assert [(i["outcome"], i["terminal"]) for i in items] == [("approved", "T1"), ("refunded", "no reader")]


def test_a_sale_missing_from_the_search_is_in_the_report(world: World, till: Till) -> None:
    """This journal has it as approved."""
    world.t1.next(customer(Tap(after=1.0, found=3600.0)))
    till.run("charge", "20", "-t", "T1", "-k", "a")
    till.run("charge", "7", "-t", "T1", "-k", "b")

    assert day(till)["totals"]["net"] == "27.00"


@pytest.mark.parametrize("fault", [faults.UNAUTHORIZED, faults.says(403), faults.says(404)])
def test_a_sale_of_this_journal_that_cannot_be_read_makes_the_report_incomplete(
    world: World, till: Till, fault: faults.Fault
) -> None:
    till.run("charge", "20", "-t", "T1", "-k", "a")
    till.run("charge", "30", "-t", "T1", "-k", "b")
    world.books.all[-1].searchable_at = world.time.now + 3600.0
    world.faults.add(fault, "transaction", times=1e9)
    run = till.run("report", "--json")

    assert (run.code, run.json["incomplete"]) == (13, True)
    assert [world.books.all[-1].id] == [u["transactionId"] for u in run.json["unreadable"]]


def test_reconcile_does_not_call_a_transaction_absent_that_it_may_not_read(world: World, till: Till) -> None:
    till.run("charge", "30", "-t", "T1", "-k", "b")
    world.books.all[-1].searchable_at = world.time.now + 3600.0
    world.faults.add(faults.UNAUTHORIZED, "transaction", times=1e9)
    run = till.run("reconcile", "--json")

    assert (run.code, run.json["incomplete"], run.json["items"]) == (13, True, [])


def test_a_charge_rejected_later_by_the_bank_does_not_count_as_charged(world: World, till: Till) -> None:
    world.service.others_charge("50.00", status="REJECT")

    assert day(till)["totals"]["net"] == "0.00"


def test_a_double_charge_around_midnight_is_in_the_later_day(world: World, till: Till) -> None:
    world.wait(12 * 3600.0 - 60.0)
    till.run("charge", "12.34", "-t", "T1", "--invoice", "INV-7")
    world.wait(100.0)
    till.run("charge", "12.34", "-t", "T1", "--invoice", "INV-7", "--force")

    assert [till.run("reconcile", "--day", d).code for d in ("2026-11-22", "2026-11-23")] == [0, 13]


def test_a_refunded_double_charge_is_no_longer_a_difference(world: World, till: Till) -> None:
    till.run("charge", "12.34", "-t", "T1", "--invoice", "INV-7")
    world.wait(100.0)
    twice = till.run("charge", "12.34", "-t", "T1", "--invoice", "INV-7", "--force", "--json").json["transactionId"]
    assert till.run("reconcile").code == 13
    for booking in world.books.all:
        booking.settled = True
    till.run("refund", "--transaction", str(twice), "--yes")

    assert till.run("reconcile").code == 0


def test_a_total_of_binary_fractions_is_refunded_reported_and_closed_in_cents(world: World, till: Till) -> None:
    """A refund of $20.30, booked as $20.30, was "not what was requested", and the report and later closes had -0.00."""
    till.run("charge", "10.10", "-t", "T1", "-k", "a", "--tax", "10.20")
    world.books.showing.rewrite = lambda said, _in_search: said.update(amountTotal=10.1 + 10.2)
    report, closed = till.run("report"), till.run("close", "--yes")
    world.wait(86400.0)
    carried = till.run("close", "--yes", "--json").json["item"]["carried"]
    refund = till.run("refund", "--transaction", "a", "-y")
    back = world.books.all[-1]

    assert (report.code, closed.code, "-0.00" in report.out + closed.out, carried) == (0, 0, False, [])
    assert (refund.code, back.action, back.total, back.amounts.get("amountTax")) == (0, "REFUND", 2030, 1020)
