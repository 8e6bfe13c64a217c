"""Counting afterwards: a double charge that could not be prevented is reported by its command, and ever after."""

from __future__ import annotations

import re

import pytest

from tests.world import faults
from tests.world.reader import Customer, RedX, Tap, customer
from tests.world.service import Call
from tests.world.till import Run, Till, World

LINE = ("charge", "12.34", "-k", "K1")


def two_at_once(world: World, till: Till, form: str = "json") -> list[Run]:
    """Two tills with one key in the same second, each at its own reader: both searched before either was paid."""
    first = till.start(*LINE, "-t", "T1", "-o", form)
    second = world.till("other").start(*LINE, "-t", "T2", "-o", form)
    return [first.end(), second.end()]


def double(world: World, till: Till) -> tuple[int, int]:
    """The two charges of one key."""
    two_at_once(world, till)
    first, second = world.paid()
    return first, second


def test_a_double_of_two_tills_is_reported_by_a_command_that_made_it(world: World, till: Till) -> None:
    runs = two_at_once(world, till)
    said = [r for r in runs if r.code == 9]

    assert (len(world.paid()), said[-1].error_code if said else None) == (2, "charged-twice")


def test_every_report_of_a_double_names_both(world: World, till: Till) -> None:
    said = [r for r in two_at_once(world, till) if r.code == 9]

    assert [bool(said) and str(id_) in said[-1].err for id_ in world.paid()] == [True, True]


def test_the_line_that_reconcile_prints_for_a_double_voids_it(world: World, till: Till) -> None:
    """A void by the key was refused: a sale charged twice is not proven."""
    double(world, till)
    voided = [
        place.run(*line.split(), "--yes").code
        for place in (world.till("other"), till)
        for line in re.findall(r"pjterm (void .*)", place.run("reconcile").out)
    ]

    assert (voided, len(world.paid())) == ([0], 1)


@pytest.mark.parametrize("command", ["charge", "resume", "status", "why"])
def test_every_later_command_reports_it_too(world: World, till: Till, command: str) -> None:
    double(world, till)
    world.wait(5.0)
    line = (*LINE, "-t", "T1") if command == "charge" else (command, "K1")

    assert till.run(*line).code == 9


@pytest.mark.parametrize("command", ["resume", "status", "why"])
def test_the_till_that_reported_approved_reports_it_later(world: World, till: Till, command: str) -> None:
    """The other till's sale is booked after this one's was counted."""
    till.run(*LINE, "-t", "T1")
    world.service.others_charge("12.34", world.sale().invoice)
    later = till.run(command, "K1")

    assert (later.code, "void 10002" in later.out + later.err) == (9, True)


def test_the_statement_that_nothing_was_charged_does_not_outrank_a_double(world: World, till: Till) -> None:
    double(world, till)
    world.wait(5.0)
    third = world.till("third")
    third.run(*LINE, "-t", "T1")
    codes = [third.run("resume", "K1", *more).code for more in (("--not-charged", "--yes"), ())]

    assert codes == [9, 9]


def test_the_text_says_charged_twice_and_the_next_step_is_the_void(world: World, till: Till) -> None:
    said = next(r for r in two_at_once(world, till, form="text") if r.code == 9)

    assert ("CHARGED TWICE" in said.err, "pjterm void 10002" in said.err) == (True, True)


def test_a_third_till_finds_both_before_it_sends(world: World, till: Till) -> None:
    double(world, till)
    third = world.till("third").run(*LINE, "-t", "T1", "--json")

    assert (third.code, third.error_code, len(world.paid())) == (9, "charged-twice", 2)


@pytest.mark.parametrize("writing", ["ten", "float", "commas", "number", "zeros"])
def test_a_double_is_reported_however_the_service_writes_numbers(world: World, till: Till, writing: str) -> None:
    world.books.showing.writing = writing

    assert 9 in [r.code for r in two_at_once(world, till)]


def test_a_double_is_reported_even_if_the_search_shows_only_ids(world: World, till: Till) -> None:
    world.books.showing.trimmed = ("response", "amountBase", "terminalId")

    assert 9 in [r.code for r in two_at_once(world, till)]


def test_a_sale_of_the_same_amount_under_another_number_is_no_double(world: World, till: Till) -> None:
    """Even if the filter is ignored and shows it."""
    world.books.showing.filters = False
    world.service.others_charge("12.34", "1042")

    assert till.run(*LINE, "-t", "T1").code == 0


def test_a_double_is_reported_together_with_the_approval(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(), finishing=30.0))
    first = till.start(*LINE, "-t", "T1", "--until", "result", "--json")
    world.till("other").start(*LINE, "-t", "T2", "--until", "result")

    assert first.end().seconds < 5.0


def test_a_count_without_our_own_sale_is_repeated_while_the_reader_finishes(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(found=3.0), finishing=8.0))
    till.run(*LINE, "-t", "T1")
    paid_at = world.sale().at
    counts = [c.at - paid_at for c in world.service.calls if c.name == "search" and c.at > paid_at]

    assert (len(counts), counts[-1] > 3.0) == (3, True)


def test_an_open_count_is_finished_by_the_next_money_command(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(found=20.0)))
    till.run(*LINE, "-t", "T1")
    world.service.others_charge("12.34", world.sale().invoice)
    world.wait(30.0)
    other = till.run("charge", "5", "-k", "K2", "-t", "T1")

    assert (other.code, "ATTENTION" in other.err, "key K1" in other.err) == (0, True, True)


@pytest.mark.parametrize("command", ["charge", "resume", "status", "why"])
def test_an_open_count_is_finished_by_the_next_command_about_the_sale_however_late(
    world: World, till: Till, command: str
) -> None:
    world.t1.next(customer(Tap(found=20.0)))
    till.run(*LINE, "-t", "T1")
    world.service.others_charge("12.34", world.sale().invoice)
    world.wait(100_000.0)
    line = (*LINE, "-t", "T1") if command == "charge" else (command, "K1")

    assert till.run(*line).code == 9


def test_an_open_count_survives_a_wall_clock_jump(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(found=20.0)))
    till.run(*LINE, "-t", "T1")
    world.service.others_charge("12.34", world.sale().invoice)
    till.machine.ahead = 3600.0
    world.wait(60.0)

    assert till.run(*LINE, "-t", "T1").code == 9


def test_a_finished_count_is_not_repeated_a_day_later(world: World, till: Till) -> None:
    till.run(*LINE, "-t", "T1")
    world.wait(100_000.0)
    world.service.calls.clear()
    till.run(*LINE, "-t", "T1")

    assert [c for c in world.service.calls if c.name == "search"] == []


def test_a_count_waits_at_most_two_seconds(world: World, till: Till) -> None:
    world.faults.add(faults.lost_request(), "search", skip=1, times=1e9)
    world.t1.next(customer(Tap(), finishing=0.1))
    run = till.run(*LINE, "-t", "T1")

    assert (run.code, run.seconds < 6.0) == (0, True)


@pytest.mark.parametrize("command", ["charge", "resume"])
def test_a_killed_command_s_count_is_repeated(world: World, till: Till, command: str) -> None:
    """It had seen only its own approval; after that another till was paid under the key."""
    world.t1.next(customer(Tap(), finishing=30.0))
    first = till.start(*LINE, "-t", "T1")
    world.wait(6.0)
    first.kill()
    world.service.others_charge("12.34", world.sale().invoice)
    world.wait(60.0)
    line = (*LINE, "-t", "T1") if command == "charge" else (command, "K1")

    assert [till.run(*line).code for _ in range(2)] == [9, 9]


def test_a_late_booking_named_by_a_poll_before_a_third_try_is_counted(world: World, till: Till) -> None:
    """Both tries seemed to end without a result; the first one's status never names its booking."""
    for late in (Tap(after=0.5, booked=30.0, shown=None), Tap(after=0.5, booked=20.0)):
        world.t1.next(customer(late))
        till.run(*LINE, "-t", "T1")
    world.wait(40.0)
    third = till.run(*LINE, "-t", "T1", "--json")

    assert (third.code, third.error_code, len(world.paid()), world.taken) == (9, "charged-twice", 2, 2)


@pytest.mark.parametrize("command", ["resume", "status"])
def test_a_count_that_shows_an_approved_decline_is_believed(world: World, till: Till, command: str) -> None:
    """The preceding check had just read the decline of the second try."""
    world.t1.next(customer(RedX()), customer(Tap(approved=False)))
    for _ in range(2):
        till.run(*LINE, "-t", "T1")
    (declined,), names = world.books.all, []

    def approve(call: Call) -> None:
        names.append(call.name)
        if names[-2:] == ["transaction", "search"]:
            declined.approved, declined.code, declined.status = True, "00", "CAPTURE"

    world.service.on_call.append(approve)
    asked = till.run(command, "K1")

    assert (names[-1], asked.code) == ("search", 0)


def test_an_unnamed_sale_is_not_counted(world: World, till: Till) -> None:
    till.run("charge", "12.34", "-t", "T1")

    assert [c for c in world.service.calls if c.name == "search"] == []


def test_a_double_ends_with_the_void_of_one_of_the_two(world: World, till: Till) -> None:
    first, second = double(world, till)
    world.wait(5.0)
    till.run("resume", "K1")
    till.run("void", str(first), "--yes")
    again = till.run(*LINE, "-t", "T1")

    assert (0, f"{second}\n") == (again.code, again.out)


def test_a_void_within_an_unnoticed_double_leaves_the_other(world: World, till: Till) -> None:
    """The void by its key says nothing about the other charge, so the next command counts."""
    first, second = double(world, till)
    world.wait(5.0)
    till.run("void", str(first), "--yes")
    again = till.run(*LINE, "-t", "T1")

    assert (0, f"{second}\n") == (again.code, again.out)


def test_a_void_of_the_only_charge_stays_a_void(till: Till) -> None:
    till.run(*LINE, "-t", "T1")
    till.run("void", "K1", "--yes")

    assert till.run(*LINE, "-t", "T1", "--json").json["outcome"] == "voided"


def test_a_void_elsewhere_of_the_known_charge_leaves_the_other(world: World, till: Till) -> None:
    till.run(*LINE, "-t", "T1")
    world.service.others_charge("12.34", world.sale().invoice)
    world.till("other").run("void", "10001", "--yes")
    world.wait(5.0)
    again = till.run(*LINE, "-t", "T1")

    assert (again.code, again.out) == (0, "10002\n")


def test_after_a_void_of_another_amount_the_remaining_charge_is_reported_at_once(world: World, till: Till) -> None:
    """A search showed that our reader took 4.00 of 12.34; later all of it was charged under the same number."""
    world.t1.next(customer(Tap(base=400)))
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    till.run(*LINE, "-t", "T1", "--timeout", "10")
    world.service.others_charge("12.34", world.sale().invoice)
    till.run("void", "10001", "--yes")
    asked = [till.run("resume", "K1", "--json") for _ in range(2)]

    assert [(r.code, r.json["transactionId"], "VOIDED" in r.err) for r in asked] == [(0, 10002, False)] * 2


@pytest.mark.parametrize("later", [0.0, 3600.0])
def test_naming_one_of_a_double_voids_neither(world: World, till: Till, later: float) -> None:
    first, _ = double(world, till)
    world.wait(5.0)
    till.run("resume", "K1")
    world.wait(later)
    codes = [till.run("resume", "K1", *more).code for more in (("--transaction", str(first)), ())]

    assert [*codes, till.run(*LINE, "-t", "T1").code] == [9, 9, 9]


def test_the_named_one_of_a_double_is_the_sale_after_the_other_is_voided(world: World, till: Till) -> None:
    first, second = double(world, till)
    world.wait(5.0)
    till.run("resume", "K1")
    till.run("resume", "K1", "--transaction", str(first))
    till.run("void", str(second), "--yes")
    again = till.run(*LINE, "-t", "T1")

    assert (again.code, again.out) == (0, f"{first}\n")


def test_naming_one_checks_whether_the_other_was_voided(world: World, till: Till) -> None:
    first, second = double(world, till)
    world.wait(5.0)
    till.run("resume", "K1")
    world.till("other").run("void", str(second), "--yes")

    assert till.run("resume", "K1", "--transaction", str(first)).code == 0


def test_a_sale_named_by_the_operator_is_counted(world: World, till: Till) -> None:
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    world.faults.add(faults.lost_request(), "search", skip=1, times=1e9)
    till.run(*LINE, "-t", "T1", "--timeout", "10")
    world.faults.clear()
    world.service.others_charge("12.34", world.sale().invoice)
    named = till.run("resume", "K1", "--transaction", "10001", "--json")

    assert (named.code, named.error_code) == (9, "charged-twice")


def settled_double(world: World, till: Till) -> tuple[int, int]:
    """Two charges of one key whose batch has settled, so that neither can be voided."""
    ids = double(world, till)
    world.wait(5.0)
    till.run("resume", "K1")
    for booking in world.books.all:
        booking.settled = True
    return ids


def test_after_settlement_the_next_step_is_the_refund_of_one(world: World, till: Till) -> None:
    _, second = settled_double(world, till)

    assert f"pjterm refund --transaction {second}" in till.run("resume", "K1").err


@pytest.mark.parametrize("back", [("12.34",), ("10", "2.34")])
def test_a_double_ends_with_the_full_refund_of_one_of_the_two(world: World, till: Till, back: tuple[str]) -> None:
    first, second = settled_double(world, till)
    for amount in back:
        till.run("refund", amount, "--transaction", str(second), "--yes")
    again = till.run(*LINE, "-t", "T1")

    assert (again.code, again.out) == (0, f"{first}\n")


def test_a_double_remains_after_a_partial_refund(world: World, till: Till) -> None:
    _, second = settled_double(world, till)
    till.run("refund", "10", "--transaction", str(second), "--yes")

    assert till.run(*LINE, "-t", "T1").code == 9


def test_the_till_that_reported_approved_reports_no_double_after_the_refund(world: World, till: Till) -> None:
    till.run(*LINE, "-t", "T1")
    second = world.service.others_charge("12.34", world.sale().invoice)
    for booking in world.books.all:
        booking.settled = True
    world.till("other").run("refund", "--transaction", str(second.id), "--yes")
    world.wait(5.0)

    assert till.run(*LINE, "-t", "T1").code == 0


def test_a_double_under_an_invoice_is_reported(world: World, till: Till) -> None:
    line = ("charge", "12.34", "--invoice", "1042")
    first = till.start(*line, "-t", "T1")
    second = world.till("other").start(*line, "-t", "T2")

    assert 9 in (first.end().code, second.end().code)


def test_a_late_double_is_reported_by_the_next_command(world: World, till: Till) -> None:
    """The first try ends without a result and is booked 40 s later, long after the second was approved."""
    world.t1.next(customer(Tap(booked=40.0, shown=None)))
    till.run(*LINE, "-t", "T1")
    second = till.run(*LINE, "-t", "T1")
    world.wait(60.0)
    again = till.run(*LINE, "-t", "T1", "--json")

    assert (second.code, len(world.paid()), again.code, again.error_code) == (0, 2, 9, "charged-twice")


@pytest.mark.parametrize(("booked", "codes"), [(12.0, [9, 9]), (40.0, [0, 9])])
@pytest.mark.parametrize("searches", ["show no numbers", "compare another spelling", "show nothing"])
def test_if_searches_are_ambiguous_the_earlier_try_is_polled_too(
    world: World, till: Till, searches: str, booked: float, codes: list[int]
) -> None:
    world.books.showing.writing = "absent" if searches == "show no numbers" else "whole"
    world.books.showing.stored = "commas" if searches == "compare another spelling" else "whole"
    world.service.login("shop").sees = "none" if searches == "show nothing" else "all"
    world.t1.next(customer(Tap(booked=booked)))
    till.run(*LINE, "-t", "T1")
    second = till.run(*LINE, "-t", "T1")
    world.wait(60.0)
    again = till.run("resume", "K1", "--json")

    assert ([second.code, again.code], len(world.paid()), again.error_code) == (codes, 2, "charged-twice")


def lost_second_try(world: World, till: Till, second: Customer, *more: str) -> Run:
    """The first try ends without a result and is booked 25 s later; the second one's answer is lost while it runs."""
    world.t1.next(customer(Tap(after=0.5, booked=25.0, shown=None)), second)
    till.run(*LINE, "-t", "T1")
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    return till.run(*LINE, "-t", "T1", *more)


def test_a_late_booking_is_not_the_end_of_a_further_try_with_a_lost_answer(world: World, till: Till) -> None:
    second = lost_second_try(world, till, customer(Tap(after=40.0)), "--json")

    assert (len(world.paid()), second.code, second.error_code) == (2, 9, "charged-twice")


def test_if_the_customer_presses_the_red_x_at_the_further_try_it_is_paid_once(world: World, till: Till) -> None:
    second = lost_second_try(world, till, customer(RedX(after=40.0)))

    assert (len(world.paid()), second.code, "press its red X" in second.err) == (1, 0, True)


def test_a_further_try_with_a_lost_answer_is_watched_for_at_most_a_minute(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    till.run(*LINE, "-t", "T1")
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    second = till.run(*LINE, "-t", "T1")

    assert (len(world.paid()), second.code, second.seconds < 75.0) == (1, 0, True)


def test_a_double_seen_by_a_stopped_follower_of_the_first_try_remains_reported(world: World, till: Till) -> None:
    """Meanwhile another command has ended that try, and the next one was paid."""
    line = (*LINE, "-t", "T1", "--json")
    world.t1.next(customer(Tap(booked=45.0, shown=0.0)))
    first = till.start(*line, "--timeout", "200")
    world.wait(1.0)
    first.process.freeze(60.0)
    world.wait(5.0)
    codes = [till.run(*line, "--timeout", "10").code for _ in range(2)]

    assert (codes, first.end().code, till.run(*line).code, till.run("resume", "K1").code) == ([5, 0], 9, 9, 9)


def test_an_unanswered_count_leaves_the_approval(world: World, till: Till) -> None:
    world.faults.add(faults.lost_request(faults.page(502)), "search", skip=1, times=1e9)

    assert till.run(*LINE, "-t", "T1").code == 0


def test_a_transaction_with_the_number_before_the_post_does_not_count(world: World, till: Till) -> None:
    till.run("charge", "12.34", "-k", "a1", "--invoice", "1042")
    second = till.run("charge", "12.34", "-k", "a2", "--invoice", "1042", "--force")

    assert (second.code, len(world.paid("1042"))) == (0, 2)


def test_the_approval_is_shown_before_it_is_counted(world: World, till: Till) -> None:
    """The count takes place while the reader finishes, so it delays no one."""
    world.t1.next(customer(Tap(), finishing=6.0))
    till.run(*LINE, "-t", "T1")
    at = {c.name: c.at for c in world.service.calls}

    assert at["transaction"] < at["search"] < at["poll"]


# -- a repeat is reported as one ------------------------------------------------------------------------


def test_a_repeat_says_when_it_was_paid_and_that_nothing_was_sent(world: World, till: Till) -> None:
    till.run(*LINE, "-t", "T1")
    world.wait(240.0)
    again = till.run(*LINE, "-t", "T1")

    assert ("ALREADY PAID 4 min ago" in again.err, "Nothing was sent now." in again.err) == (True, True)


def test_a_first_charge_is_no_replay(till: Till) -> None:
    assert till.run(*LINE, "-t", "T1", "--json").json.get("replayed") is False


def test_a_repeat_is_marked_as_one(till: Till) -> None:
    till.run(*LINE, "-t", "T1")

    assert till.run(*LINE, "-t", "T1", "--json").json.get("replayed") is True
