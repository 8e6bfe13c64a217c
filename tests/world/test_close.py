"""The close of a day: numbered, written once, complete or marked as incomplete, later changes carried over."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest

from tests.world import faults
from tests.world.reader import Tap, customer
from tests.world.till import Run, Till, World

DAY = 24 * 3600.0


def sold(till: Till, key: str, amount: str, *more: str) -> Run:
    return till.run("charge", amount, "-t", "T1", "-k", key, *more)


def shown(till: Till, number: int) -> Any:
    return till.run("close", "--show", str(number), "--json").json["item"]


def test_a_close_is_numbered_written_once_and_shown_unchanged(till: Till) -> None:
    sold(till, "a", "20")
    made = till.run("close", "--yes", "--by", "Ann", "--json").json["item"]
    again = till.run("close", "--yes", "--json")
    sold(till, "b", "7")

    assert (made["number"], made["totals"]["net"], made["by"], made["incomplete"]) == (1, "20.00", "Ann", False)
    assert (again.code, again.error_code) == (10, "closed")
    assert made == shown(till, 1)


def test_an_unknown_close_is_named(till: Till) -> None:
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
    run = till.run("close", "--yes", *options)

    assert (run.code, says in run.err) == (2, True)


def test_a_difference_refuses_the_close_and_force_marks_it_incomplete(world: World, till: Till) -> None:
    sold(till, "a", "20")
    world.service.others_charge("5.00")
    refused = till.run("close", "--yes", "--json")
    forced = till.run("close", "--yes", "--force", "--json").json["item"]

    assert (refused.code, refused.error_code, "money-without-entry" in refused.err) == (10, "not-whole", True)
    assert (forced["number"], forced["incomplete"], len(forced["differences"])) == (1, True, 1)


def test_the_service_s_description_of_a_problem_cannot_hide_or_add_a_line(world: World, till: Till) -> None:
    """Escape sequences and line breaks could hide the other problems from a user about to type --force."""
    world.service.others_charge("5.00")
    world.books.showing.rewrite = lambda said, _: said["response"].update(code="0\x1b[2J\n  all is well\u202e")
    refused = till.run("close", "--yes")

    assert (refused.code, r"code 0\x1b[2J⏎  all is well\u202e" in refused.err) == (10, True)


def test_an_open_sale_refuses_a_close(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=1000.0)))
    sold(till, "a", "20", "--timeout", "2")
    run = till.run("close", "--yes")

    assert (run.code, "still-open" in run.err) == (10, True)


def test_sales_and_refunds_after_the_close_are_carried_to_the_next(world: World, till: Till) -> None:
    sold(till, "a", "20")
    sold(till, "b", "7")
    till.run("close", "--yes", "--json")
    till.run("void", "b", "-y")
    sold(till, "c", "3")
    world.wait(24 * 3600)
    second = till.run("close", "--yes", "--json").json["item"]

    carried = sorted((c["outcome"], c["amountTotal"], c["difference"]) for c in second["carried"])

    assert carried == [("approved", "3.00", "3.00"), ("voided", "7.00", "-7.00")]
    assert (second["number"], second["totals"]["carried"], second["totals"]["netWithCarried"]) == (2, "-4.00", "-4.00")


def test_a_carried_refund_is_called_refunded_as_in_a_report(world: World, till: Till) -> None:
    sold(till, "a", "20")
    till.run("close", "--yes")
    till.run("refund", "3", "--transaction", "a", "--yes")
    world.wait(24 * 3600)
    table, words = till.run("close", "--yes").out, till.run("close", "--show", "2", columns=100).out

    assert [row.split("\t")[3] for row in table.splitlines() if "-3.00\t2026-11-22" in row] == ["refunded"]
    assert "transaction 10002 refunded $3.00 (not in that close)" in words


def test_a_change_missing_from_the_search_is_carried(world: World, till: Till) -> None:
    sold(till, "b", "7")
    till.run("close", "--yes")
    till.run("void", "b", "-y")
    world.wait(DAY)
    world.books.all[0].searchable_at = world.time.now + 3600.0

    assert till.run("close", "--yes", "--json").json["item"]["totals"]["carried"] == "-7.00"


@pytest.mark.parametrize("fault", [faults.UNAUTHORIZED, faults.says(403), faults.says(404)])
def test_an_item_of_an_earlier_close_that_nothing_shows_does_not_count_as_unchanged(
    world: World, till: Till, fault: faults.Fault
) -> None:
    sold(till, "b", "7")
    till.run("close", "--yes")
    till.run("void", "b", "-y")
    world.wait(DAY)
    world.books.all[0].searchable_at = world.time.now + 3600.0
    world.faults.add(fault, "transaction", times=1e9)
    refused, forced = till.run("close", "--yes"), till.run("close", "--yes", "--force", "--json")

    assert (refused.code, f"transaction {world.books.all[0].id}: it cannot be read" in refused.err) == (10, True)
    assert forced.json["item"]["incomplete"] is True


def closes_nothing(till: Till) -> bool:
    """Whether the journal has no close, and its chain is valid and as long as the sales alone make it."""
    with till.opened_journal() as db:
        (closes,) = db.execute("SELECT count(*) FROM closes").fetchone()
        (marks,) = db.execute("SELECT count(*) FROM links WHERE mark LIKE '%\"close\"%'").fetchone()
    return (closes, marks) == (0, 0)


def unreadable(world: World) -> None:
    """Make the total of the newest transaction unreadable."""
    number = world.books.all[-1].id

    def rewrite(said: dict[str, Any], _: bool) -> None:
        if said["transactionId"] == number:
            said["amountTotal"] = "about 20"

    world.books.showing.rewrite = rewrite


def test_an_unreadable_transaction_refuses_a_close_and_force_marks_it_incomplete(world: World, till: Till) -> None:
    sold(till, "a", "20")
    unreadable(world)
    refused, nothing = till.run("close", "--yes", "--json"), closes_nothing(till)
    forced = till.run("close", "--yes", "--force", "--json")
    says = f"transaction {world.books.all[-1].id}: amountTotal cannot be read"

    assert (refused.code, refused.error_code, nothing) == (10, "not-whole", True)
    assert f"  {says}\n" in refused.err
    assert (forced.code, forced.json["item"]["differences"]) == (13, [says])
    assert (forced.json["item"]["incomplete"], f"incomplete: {says}\n" in forced.err) == (True, True)


def test_an_unreadable_transaction_of_a_closed_day_refuses_the_next_close(world: World, till: Till) -> None:
    till.run("close", "--yes")
    sold(till, "a", "20")
    unreadable(world)
    world.wait(24 * 3600)
    run = till.run("close", "--yes", "--json")

    assert (run.code, run.error_code, "amountTotal cannot be read" in run.err) == (10, "not-whole", True)


def test_pages_with_missing_items_refuse_a_close(world: World, till: Till) -> None:
    for n in range(60):
        world.service.others_charge(f"{n}.00")
    world.books.showing.paging = "miss"
    run = till.run("close", "--yes", "--json")

    assert (run.code, run.error_code, closes_nothing(till)) == (10, "not-whole", True)


def test_an_unknown_sale_refuses_a_close_and_nothing_is_written(world: World, till: Till) -> None:
    world.faults.add(faults.lost_request(faults.Cut()), "request-payment")
    sold(till, "a", "20", "--timeout", "2")
    run = till.run("close", "--yes")

    assert (run.code, "still-open" in run.err, "pjterm resume a" in run.err) == (10, True, True)
    assert closes_nothing(till)


@pytest.mark.parametrize("line", [(), ("--force",)], ids=["plain", "forced"])
def test_an_edited_journal_closes_nothing(till: Till, line: tuple[str, ...]) -> None:
    sold(till, "a", "20")
    till.edit_journal("UPDATE entries SET amount = '2.00'")
    run = till.run("close", "--yes", *line)

    assert (run.code, "entry 1 (key a) was changed by another program" in run.err) == (10, True)
    assert closes_nothing(till)


def test_an_edited_close_is_named_by_verify_and_blocks_the_next(world: World, till: Till) -> None:
    sold(till, "a", "20")
    till.run("close", "--yes")
    till.edit_journal("UPDATE closes SET document = replace(document, '20.00', '2.00')")
    world.wait(24 * 3600)

    assert "close 1 (2026-11-22) was changed by another program" in till.run("journal", "verify").out
    assert till.run("close", "--yes").code == 10


def test_without_the_api_no_day_is_closed(world: World, till: Till) -> None:
    sold(till, "a", "20")
    world.network(till).up = False

    assert (till.run("close", "--yes", "--force").code, closes_nothing(till)) == (12, True)


@pytest.mark.parametrize("command", ["close", "report", "reconcile"])
@pytest.mark.parametrize(
    ("day", "says"), [("2026-02-30", "invalid date"), ("2011-12-30", "there was no 2011-12-30"), ("0", "invalid date")]
)
def test_days_that_do_not_exist_are_2_and_nothing_is_requested(
    world: World, till: Till, command: str, day: str, says: str
) -> None:
    """Samoa skipped December 30, 2011."""
    till.configure(more='timezone = "Pacific/Apia"')
    run = till.run(command, "--day", day)

    assert (run.code, says in run.err, world.service.calls) == (2, True, [])


def test_closes_carry_the_head_of_the_chain(till: Till) -> None:
    sold(till, "a", "20")
    made = till.run("close", "--yes", "--json").json["item"]
    verified = till.run("journal", "verify", "--json").json["item"]

    assert (made["head"]["link"] > 0, len(made["head"]["hash"]), verified["whole"]) == (True, 64, True)
    assert made["head"]["link"] < verified["links"]


def test_a_person_sees_the_day_the_totals_and_what_is_incomplete(world: World, till: Till) -> None:
    sold(till, "a", "20")
    world.service.others_charge("5.00")
    text = till.run("close", "--yes", "--force", columns=80).out

    assert ["close 1" in text, "INCOMPLETE" in text, "25.00" in text, "journal: link" in text] == [True] * 4


def test_a_pipe_gets_the_report_s_rows_and_the_day_on_stderr(till: Till) -> None:
    sold(till, "a", "20")
    report = [row.split("\t") for row in till.run("report", "--by-operator").out.splitlines()]
    run = till.run("close", "--yes")
    rows = [row.split("\t") for row in run.out.splitlines()]

    assert [row[:-2] for row in rows[: len(report)]] == report
    assert [(row[3], row[11]) for row in rows[-2:]] == [("carried", "0.00"), ("netWithCarried", "20.00")]
    assert "\nclose 1: 2026-" in run.err


@pytest.mark.parametrize(("line", "columns"), [(("report",), 11), (("close", "--yes"), 14)], ids=["report", "close"])
@pytest.mark.parametrize("more", [(), ("--tax", "1")], ids=["base", "tax"])
def test_rows_in_a_pipe_have_the_same_columns_whatever_was_sold(
    till: Till, line: tuple[str, ...], columns: int, more: tuple[str, ...]
) -> None:
    sold(till, "a", "20", *more)
    rows = till.run(*line).out.splitlines()

    assert {len(row.split("\t")) for row in rows} == {columns}


@pytest.mark.parametrize(
    ("answers", "code", "says"),
    [
        (None, 10, "was not closed: not confirmed"), ("n\n", 10, "was not closed: not confirmed"),
        ("y\n", 0, "later sales stand in the next close as carried. Close it now? [y/N]"),
    ],
)  # fmt: skip
def test_closing_a_day_that_is_not_over_requires_confirmation(
    till: Till, answers: str | None, code: int, says: str
) -> None:
    run = till.run("close", answers=answers)

    assert (run.code, says in run.err) == (code, True)


def test_closing_a_day_that_is_over_requires_no_confirmation(world: World, till: Till) -> None:
    sold(till, "a", "20")
    day = till.run("report", "--json").json["day"]
    world.wait(24 * 3600)

    assert till.run("close", "--day", day).code == 0


# -- apparent double charges ----------------------------------------------------------------------------------


def test_two_known_sales_with_one_amount_and_card_close_without_a_warning(till: Till) -> None:
    """The first two lines of the README."""
    till.run("charge", "12.50", "--terminal", "T1")
    sold(till, "order-1", "12.50")

    assert till.run("close", "--yes").code == 0


def test_two_sales_that_look_like_one_are_confirmed_as_two_by_a_key(till: Till) -> None:
    for _ in range(2):
        till.run("charge", "12.50", "-t", "T1", "--force")
    refused = till.run("close", "--yes")
    line, over = re.findall(r"pjterm (close --yes --day \S+ --over (\S+))$", refused.err, re.MULTILINE)[0]
    made = till.run(*line.split(), "--json").json["item"]

    assert (refused.code, f"(key {over})" in refused.err, "pjterm void tx:10002" in refused.err) == (10, True, True)
    assert (made["incomplete"], made["differences"], len(made["accepted"])) == (False, [], 1)
    assert "two sales, as you said" in till.run("close", "--show", "1", columns=80).out


def test_the_over_option_for_a_key_like_an_option_can_be_pasted(till: Till) -> None:
    for key in ("-5", "-o"):
        till.run("charge", "12.50", "-t", "T1", f"--key={key}", "--invoice", "7", "--force")
    refused = till.run("close", "--yes")
    line = shlex.split(re.findall(r"pjterm (close .+ --over.+)$", refused.err, re.MULTILINE)[0])

    assert (line[4:], till.run(*line).code) == (["--over=-o"], 0)


def test_the_void_of_a_double_does_not_name_a_sale_whose_key_is_its_number(world: World, till: Till) -> None:
    sold(till, "10003", "500")
    sold(till, "x", "20")
    world.service.others_charge("20.00", login="shop")
    voids = re.findall(r"pjterm (void .+)$", till.run("close", "--yes").err, re.MULTILINE)

    assert voids == ["void tx:10003"]
    assert "$20.00" in till.run(*shlex.split(voids[0]), "--yes").err


def test_the_suggested_lines_lead_to_the_close_one_after_the_other(till: Till) -> None:
    """Each one used to name only one double, so the first was named again after the second."""
    for amount in ("20", "30"):
        sold(till, f"key-{amount}", amount)
        till.run("charge", amount, "-t", "T1", "--force")
    run = till.run("close", "--yes", "--by", "Ann")
    for _ in range(2):
        line = shlex.split(re.findall(r"pjterm (close .+ --over.+)$", run.err, re.MULTILINE)[0])
        run = till.run(*line)

    assert (run.code, till.run("close", "--show", "1", "--json").json["item"]["by"]) == (0, "Ann")


def test_a_close_by_a_fast_clock_makes_no_earlier_day_final(world: World, till: Till) -> None:
    sold(till, "a", "20")
    assert till.run("close", "--yes").code == 0
    till.machine.ahead = 12 * DAY
    assert till.run("close", "--yes").code == 0
    till.machine.ahead = 0.0
    world.wait(DAY)
    till.run("void", "a", "--yes")

    assert till.run("close", "--yes", "--json").json["item"]["totals"]["carried"] == "-20.00"


@pytest.mark.parametrize("closes", ["the same day", "the next day"])
def test_a_close_continues_those_of_the_replaced_login(world: World, till: Till, closes: str) -> None:
    """A day used to be closed again, and later voids were in no close."""
    sold(till, "a", "20")
    sold(till, "b", "7")
    assert till.run("close", "--yes").code == 0
    till.run("void", "b", "--yes")
    till.configure(login="shop-2")
    if closes == "the same day":
        again = till.run("close", "--yes", "--json")
        assert (again.code, again.error_code) == (10, "closed")
        return
    world.wait(DAY)
    sold(till, "c", "3")
    made = till.run("close", "--yes", "--json").json["item"]

    assert (made["number"], made["totals"]["carried"], made["totals"]["netWithCarried"]) == (2, "-7.00", "-4.00")


def test_over_accepts_only_apparent_double_charges(till: Till) -> None:
    sold(till, "a", "20")
    run = till.run("close", "--yes", "--over", "a")

    assert (run.code, "--over" in run.err, till.run("close", "--show", "1").code) == (2, True, 2)


def test_what_refuses_a_close_is_named_by_its_key_and_with_the_command_to_type(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=1000.0)))
    sold(till, "a", "20", "--timeout", "2")
    run = till.run("close", "--yes")

    assert ("(key a)" in run.err, "next: pjterm resume a" in run.err) == (True, True)


# -- days without a close --------------------------------------------------------------------------------------------


def days_later(world: World, days: int) -> None:
    world.wait(days * 24 * 3600)


def test_a_close_names_earlier_days_whose_takings_are_in_none(world: World, till: Till) -> None:
    sold(till, "a", "20")
    till.run("close", "--yes")
    days_later(world, 1)
    sold(till, "b", "7")
    days_later(world, 2)
    sold(till, "c", "3")
    run = till.run("close", "--yes")

    assert "in no close: 2026-11-23\nnext: pjterm close --day 2026-11-23\n" in run.err
    assert till.run("close", "--yes", "--day", "2026-11-23", "--json").json["item"]["totals"]["net"] == "7.00"
    days_later(world, 1)
    assert "in no close" not in till.run("close", "--yes").err


def test_days_before_the_first_close_are_named_once_and_many_as_a_number(world: World, till: Till) -> None:
    for n in range(7):
        sold(till, f"a{n}", "20")
        days_later(world, 1)
    first = till.run("close", "--yes").err
    days_later(world, 1)

    assert "in no close: 7 days from 2026-11-22 on\nnext: pjterm close --day 2026-11-22\n" in first
    assert "in no close" not in till.run("close", "--yes").err


def test_days_with_only_declines_or_other_logins_are_not_missed(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(approved=False)))
    sold(till, "a", "20")
    other = world.till("other", machine="till", login="shop-2")
    sold(other, "b", "7")
    days_later(world, 1)

    assert "in no close" not in till.run("close", "--yes").err


def test_a_late_sale_is_carried_however_long_the_next_close_takes(world: World, till: Till) -> None:
    till.run("close", "--yes")
    sold(till, "a", "20")
    days_later(world, 30)
    second = till.run("close", "--yes", "--json").json["item"]
    days_later(world, 1)
    third = till.run("close", "--yes", "--json").json["item"]

    assert [c["transactionId"] for c in second["carried"]] == world.paid()
    assert (second["totals"]["netWithCarried"], third["carried"]) == ("20.00", [])


def test_a_late_sale_of_a_later_day_is_neither_carried_to_an_earlier_day_nor_lost(world: World, till: Till) -> None:
    sold(till, "a", "20")
    days_later(world, 1)
    till.run("close", "--yes", "--day", "2026-11-23")
    sold(till, "b", "7")
    earlier = till.run("close", "--yes", "--day", "2026-11-22", "--json").json["item"]
    days_later(world, 1)
    later = till.run("close", "--yes", "--json").json["item"]

    assert (earlier["totals"]["net"], earlier["carried"]) == ("20.00", [])
    assert [(c["day"], c["amountTotal"]) for c in later["carried"]] == [("2026-11-23", "7.00")]


def test_closing_an_earlier_day_late_does_not_end_the_check_of_a_later_one(world: World, till: Till) -> None:
    sold(till, "a", "20")
    days_later(world, 1)
    till.run("close", "--yes")
    sold(till, "b", "7")
    days_later(world, 30)
    till.run("close", "--yes", "--day", "2026-11-22")
    later = till.run("close", "--yes", "--json").json["item"]

    assert [(c["day"], c["amountTotal"]) for c in later["carried"]] == [("2026-11-23", "7.00")]


def test_two_days_closed_concurrently_carry_a_void_once(world: World, till: Till) -> None:
    till.run("charge", "20", "-t", "T1", "-k", "a")
    till.run("charge", "7", "-t", "T1", "-k", "b")
    till.run("close", "--yes")
    till.run("void", "b", "-y")
    for key in ("c", "d", None):
        world.wait(86_400.0)
        if key is not None:
            till.run("charge", "3", "-t", "T1", "-k", key)
    both = [till.start("close", "--day", day, "--json") for day in ("2026-11-23", "2026-11-24")]
    runs = [running.end() for running in both]
    refused = [run for run in runs if run.code != 0]

    assert [(run.code, run.error_code) for run in refused] == [(10, "closed-meanwhile")]


def test_a_refund_on_hold_is_counted_once(world: World, till: Till) -> None:
    world.service.others_charge("50.00")
    held = world.service.others_charge("10.00", action="REFUND", status="HOLD")
    till.run("close", "--yes", "--force")
    held.status = "CAPTURE"
    world.wait(86_400.0)

    assert till.run("close", "--yes", "--force", "--json").json["item"]["totals"]["carried"] == "0.00"


def test_the_line_that_confirms_a_close_has_all_that_was_typed(till: Till) -> None:
    """Pasted, it closed the day for good without who closed it, as a table."""
    sold(till, "a", "20")
    refused = till.run("close", "--by", "Ann Lee", "--csv", "--force")
    line = shlex.split(re.findall(r"pjterm (close .+)$", refused.err, re.MULTILINE)[0])
    made = till.run(*line)

    assert line == ["close", "--by", "Ann Lee", "--csv", "--force", "--day", "2026-11-22", "--yes"]
    assert (made.code, "," in made.out, shown(till, 1)["by"]) == (0, True, "Ann Lee")
