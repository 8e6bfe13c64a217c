"""An end without a result is only a snapshot: others reset readers, and bookings may be late."""

from __future__ import annotations

import signal

import pytest

from tests.world import faults
from tests.world.books import WRITINGS
from tests.world.reader import Customer, RedX, Tap, customer
from tests.world.till import KILLED, Run, Till, World

LINE = ("charge", "12.34", "-t", "T1", "-k", "K1")
LATE = customer(Tap(booked=3.0, shown=None))
"""The status is a bare COMPLETE, and 2.5 s later the payment is booked; only a search shows it."""
SLOW_SEARCH = customer(Tap(shown=None, found=5.0))
"""The status is a bare COMPLETE, and a search finds the booking after 5 s."""


def reset_by_another_till(world: World, till: Till) -> Run:
    """Another till resets the reader while the card is in; the booking follows 2.5 s later."""
    world.t1.next(customer(Tap(bank=1.5, booked=2.0, shown=None)))
    other = world.till("other")
    first = till.start(*LINE)
    world.wait(3.0)
    other.run("cancel", "-t", "T1", "--any", "--yes")
    return first.end()


# -- another till's reset --------------------------------------------------------------------------------


def test_after_another_till_s_reset_the_late_booking_answers_the_same_key(world: World, till: Till) -> None:
    reset_by_another_till(world, till)
    again = till.run(*LINE)

    assert (again.code, world.taken) == (0, 1)


def test_the_same_key_is_searched_for_at_least_8_seconds_after_the_end_before_it_is_resent(
    world: World, till: Till
) -> None:
    world.t1.next(customer(RedX()))
    first = till.run(*LINE)
    till.run(*LINE)
    posted = [c.at for c in world.service.calls if c.name == "request-payment"]

    assert (len(posted), posted[-1] - first.ended >= 7.0) == (2, True)


def test_a_late_booking_stops_a_new_sale_of_the_same_amount(world: World, till: Till) -> None:
    reset_by_another_till(world, till)
    world.wait(5.0)
    new = till.run("charge", "12.34", "-t", "T1", "-k", "K2")

    assert (new.code, world.taken, "ATTENTION:" in new.err) == (10, 1, True)


def test_force_overrides_the_late_booking(world: World, till: Till) -> None:
    reset_by_another_till(world, till)
    world.wait(5.0)
    new = till.run("charge", "12.34", "-t", "T1", "-k", "K2", "--force")

    assert (new.code, len(world.paid()), "ATTENTION:" in new.err) == (0, 2, True)


def test_a_new_sale_of_another_amount_mentions_that_an_earlier_one_was_paid_after_all(world: World, till: Till) -> None:
    reset_by_another_till(world, till)
    world.wait(5.0)
    new = till.run("charge", "7.00", "-t", "T1", "-k", "K2")

    assert (new.code, "ATTENTION:" in new.err) == (0, True)


@pytest.mark.parametrize("command", ["status", "resume", "why", "charge"])
def test_each_command_polls_again_instead_of_repeating_the_outcome(world: World, till: Till, command: str) -> None:
    first = reset_by_another_till(world, till)
    world.wait(5.0)
    name = next(iter(world.service.requests)) if command == "status" else "K1"
    again = till.run(*LINE) if command == "charge" else till.run(command, name)
    outcome = till.run("requests", "show", "K1", "--json").json["item"]["outcome"]

    assert (first.code, again.code, outcome, world.taken) == (5, 0, "approved", 1)


def refused_in_between(world: World, till: Till, fault: faults.Fault) -> None:
    """The first try is booked 30 s after it ended; the second is not taken."""
    world.t1.next(customer(Tap(after=0.5, booked=30.0, shown=None)))
    till.run(*LINE)
    rule = world.faults.add(fault, "request-payment", times=1e9)
    till.run(*LINE, "--timeout", "5")
    rule.until = world.time.now


@pytest.mark.parametrize("fault", [faults.no_connection(), faults.UNAUTHORIZED, faults.says(400)])
def test_a_refused_try_does_not_hide_the_one_before_it(world: World, till: Till, fault: faults.Fault) -> None:
    refused_in_between(world, till, fault)
    world.wait(60.0)
    codes = [till.run(*line).code for line in (("resume", "K1"), LINE)]

    assert (codes, len(world.paid())) == ([0, 0], 1)


def test_it_does_not_hide_it_under_another_login_either(world: World, till: Till) -> None:
    refused_in_between(world, till, faults.UNAUTHORIZED)
    till.configure(login="shop-2")

    assert till.run(*LINE).code == 10


def test_repeating_the_refused_line_is_refused_again(world: World, till: Till) -> None:
    reset_by_another_till(world, till)
    world.wait(5.0)
    line = ("charge", "12.34", "-t", "T1", "-k", "K2")
    codes = [till.run(*line).code for _ in range(2)]

    assert (codes, world.taken) == ([10, 10], 1)


def test_after_the_late_result_was_shown_the_same_may_be_sold_again(world: World, till: Till) -> None:
    reset_by_another_till(world, till)
    world.wait(5.0)
    till.run("resume", "K1")

    assert till.run("charge", "12.34", "-t", "T1", "-k", "K2").code == 0


def test_a_late_result_requires_confirmation_at_a_terminal(world: World, till: Till) -> None:
    reset_by_another_till(world, till)
    world.wait(5.0)
    new = till.run("charge", "12.34", "-t", "T1", "-k", "K2", answers="n\n")

    assert (new.code, "Charge it again?" in new.err, world.taken) == (10, True, 1)


def test_an_end_that_cannot_be_checked_stops_no_new_sale(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    first = till.run(*LINE)
    for name in ("poll", "search"):
        world.faults.add(faults.lost_answer(faults.page(502)), name, times=1e9, until=first.ended + 1.0)
    new = till.run("charge", "12.34", "-t", "T1", "-k", "K2")

    assert (new.code, len(world.paid())) == (0, 1)


def test_an_unanswered_check_is_recorded_as_evidence(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    till.run(*LINE)
    world.network(till).up = False
    again = till.run("resume", "K1", "--json")

    said = [(e["source"], e["says"].partition(":")[0]) for e in again.json["evidence"][-2:]]

    assert (again.code, said) == (5, [("poll", "no answer"), ("search", "failed")])


def test_checking_an_ended_sale_takes_at_most_2_seconds(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    till.run(*LINE)
    world.network(till).there = lambda: 1.5
    again = till.run("resume", "K1")

    assert (again.code, again.seconds < 2.5) == (5, True)


def test_after_15_minutes_the_next_sale_on_the_reader_no_longer_checks_an_end(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    till.run(*LINE)
    world.wait(901.0)
    before = len(world.service.calls)
    till.run("charge", "5.00", "-t", "T1")
    names = [c.name for c in world.service.calls[before:]]

    assert names[: names.index("request-payment")] == ["devices"]


@pytest.mark.parametrize("after", [1000.0, 100_000.0], ids=["15 minutes", "a day, and the request is purged"])
@pytest.mark.parametrize("command", ["status", "resume", "why"])
def test_a_command_that_names_a_sale_reports_its_late_booking_at_any_time(
    world: World, till: Till, command: str, after: float
) -> None:
    reset_by_another_till(world, till)
    world.wait(after)
    asked = till.run(command, "K1", "--json")

    assert (asked.code, (asked.json.get("item") or asked.json)["outcome"]) == (0, "approved")


@pytest.mark.parametrize("call", ["poll", "search"])
def test_a_limit_used_up_by_other_tills_does_not_hide_a_late_booking(world: World, till: Till, call: str) -> None:
    reset_by_another_till(world, till)
    world.wait(1000.0)
    world.faults.add(faults.SLOW_DOWN, call)

    assert till.run("resume", "K1").code == 0


def test_it_does_not_make_a_running_sale_unknown(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=60.0)))
    till.run(*LINE, "--no-wait")
    world.wait(2.0)
    world.faults.add(faults.SLOW_DOWN, "poll")

    assert till.run("status", "K1").code == 8


def test_it_does_not_hide_a_void_either(world: World, till: Till) -> None:
    till.run(*LINE)
    world.sale().status = "VOID"
    world.faults.add(faults.SLOW_DOWN, "transaction")
    resumed = till.run("resume", "K1", "--json")

    assert (resumed.code, resumed.json["outcome"]) == (3, "voided")


@pytest.mark.parametrize("after", [1000.0, 100_000.0], ids=["15 minutes", "a day, and the request is purged"])
def test_an_end_stays_an_end_when_it_is_checked_later(world: World, till: Till, after: float) -> None:
    world.t1.next(customer(RedX()))
    first = till.run(*LINE)
    world.wait(after)
    codes = [till.run("resume", "K1").code for _ in range(2)]

    assert (first.code, codes) == (5, [5, 5])


def test_a_reader_that_was_reached_after_all_accepts_no_new_sale(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=40.0), connecting=6.0, says="NO_CONNECTION"))
    first = till.run(*LINE)
    world.service.requests[next(iter(world.service.requests))].status = "IN_PROGRESS"
    new = till.run("charge", "5.00", "-t", "T1", "-k", "K2")

    assert (first.code, new.code, "ATTENTION:" in new.err, world.taken) == (7, 10, True, 1)


# -- other ends that are not final ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "said"),
    [
        (LATE, 5),
        (customer(Tap(after=4.0), says="NO_CONNECTION"), 7),
        (customer(Tap(after=4.0), says="BUSY"), 6),
        (customer(Tap(after=4.0), ends_early=1.0), 5),
    ],
    ids=["booked late", "no connection", "busy", "complete"],
)
def test_a_reader_that_runs_on_after_its_end_does_not_charge_twice(
    world: World, till: Till, who: Customer, said: int
) -> None:
    world.t1.next(who)
    first = till.run(*LINE)
    again = till.run(*LINE)

    assert (said, 0, 1) == (first.code, again.code, world.taken)


@pytest.mark.parametrize("status", ["BUSY", "COMPLETE"])
def test_a_webhook_of_an_end_without_a_result_ends_nothing_while_polls_show_it_running(
    world: World, till: Till, status: str
) -> None:
    relay = world.relay(till)
    world.t1.next(customer(Tap(after=6.0)))
    first = till.start(*LINE)
    world.wait(1.0)
    relay.say(next(iter(world.service.requests)), {"status": status})

    assert (first.end().code, world.taken) == (0, 1)


def test_the_8_seconds_after_our_reset_are_real_although_the_machine_slept(world: World, till: Till) -> None:
    """A process whose clock stood still recorded its reset of the reader; another one reads that."""
    world.t1.next(customer(Tap(after=61.5, bank=3.0, booked=0.5, shown=None)))
    first = till.start(*LINE)
    world.wait(1.0)
    till.machine.sleep(60.0)
    world.wait(61.0)
    first.interrupt()
    world.wait(1.0)
    first.kill()
    again = till.run("resume", "K1")

    assert (again.code, world.taken) == (0, 1)


def test_a_sale_of_a_killed_process_is_not_reported_as_a_lost_answer(world: World, till: Till) -> None:
    world.service.login("shop").sees = "none"
    world.t1.next(customer(RedX(after=0.5)))
    first = till.start(*LINE)
    world.service.on_call.append(lambda call: first.kill() if call.name == "request-payment" else None)
    first.end()
    world.service.on_call.clear()
    again = till.run(*LINE, "--timeout", "5")

    assert again.code == 9
    assert "The command that sent it was ended before any answer" in again.err
    assert "pjterm resume K1 --clear-terminal" in again.err


def test_a_killed_process_s_polls_no_longer_prove_anything(world: World, till: Till) -> None:
    """It was killed after the poll that confirmed the end; since then the status has named the payment."""
    world.service.login("shop").sees = "none"
    world.t1.next(customer(Tap(after=0.5, bank=3.0), ends_early=0.6))
    first = till.start(*LINE)
    world.service.on_call.append(lambda call: first.kill() if call.name == "search" and world.taken else None)
    killed = first.end()
    world.service.on_call.clear()
    world.wait(5.0)
    again = till.run("resume", "K1")

    assert (killed.code, again.code, again.out) == (KILLED, 0, f"{world.sale().id}\n")


@pytest.mark.parametrize("after", [8.2, 8.3, 8.35])
def test_a_machine_that_slept_between_the_searches_and_the_post_searches_again(
    world: World, till: Till, after: float
) -> None:
    world.t1.next(customer(Tap(bank=1.5, booked=25.0, shown=None)))
    first = till.start(*LINE)
    world.wait(3.0)
    world.till("other").run("cancel", "-t", "T1", "--any", "--yes")
    first.end()
    again = till.start(*LINE)
    world.wait(after)
    till.machine.sleep(40.0)

    assert (again.end().code, world.taken) == (0, 1)


SPOILED = [
    "UPDATE entries SET started_at = 'rubbish'",
    "UPDATE entries SET login = CAST(x'ff' AS TEXT)",
    "DELETE FROM entries",
    "ALTER TABLE facts RENAME TO facts_of_old",
]


@pytest.mark.usefixtures("whole_way")
@pytest.mark.parametrize("sql", SPOILED)
def test_a_journal_damaged_during_the_payment_does_not_revoke_the_approval(world: World, till: Till, sql: str) -> None:
    world.t1.next(customer(Tap(after=2.0)))
    charge = till.start(*LINE)
    world.wait(1.5)
    till.edit_journal(sql)
    run = charge.end()

    assert (run.code, world.taken) == (0, 1)
    assert "is damaged" in run.err
    assert ("bug in pjterm" in run.err, "Nothing was sent" in run.err) == (False, False)


# -- --wait-busy ----------------------------------------------------------------------------------------


def test_wait_busy_finds_another_till_s_payment_under_the_same_key(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=6.0)))
    first = till.start(*LINE)
    world.wait(1.0)
    second = world.till("other").run(*LINE, "--wait-busy", "60")

    assert (first.end().code, second.code, len(world.paid())) == (0, 0, 1)


def test_wait_busy_finds_a_sale_of_the_lost_journal(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=6.0)))
    first = till.start(*LINE)
    world.wait(1.0)
    first.kill()
    world.wait(0.1)
    till.lose_journal()
    again = till.run(*LINE, "--wait-busy", "60")

    assert (again.code, len(world.paid())) == (0, 1)


def test_wait_busy_after_an_end_without_result_finds_the_card_that_was_still_processed(
    world: World, till: Till
) -> None:
    reset_by_another_till(world, till)
    world.service.others_use(world.t1, 12.0)
    again = till.run(*LINE, "--wait-busy", "60")

    assert (again.code, len(world.paid())) == (0, 1)


def test_a_signal_between_two_tries_ends_the_command_with_the_first_one_s_outcome(world: World, till: Till) -> None:
    """Whether during the wait for the reader or the check before the next try: nothing more is sent."""
    ends = []
    for n in range(12):
        world.service.others_use(world.t1, 40.0)
        line = ("charge", "12.34", "-t", "T1", "-k", f"busy-{n}", "--wait-busy", "30")
        run = till.start(*line)
        world.wait(2.0 + n / 3)
        run.process.signal(signal.SIGINT)
        ended = run.end()
        ends.append((ended.code, ended.seconds < 10.0))
        world.wait(60.0)

    assert ends == [(6, True)] * 12


# -- nothing found, and no control ----------------------------------------------------------------------


@pytest.mark.parametrize("writing", [w for w in WRITINGS if w != "whole"])
def test_a_number_stored_in_another_form_never_makes_two_charges(world: World, till: Till, writing: str) -> None:
    """A search by our number finds nothing, since the service stored it differently."""
    till.run("charge", "9.99", "-k", "earlier")
    world.books.showing.stored = writing
    world.t1.next(LATE)
    till.run(*LINE)
    again = till.run(*LINE)

    assert (again.code in (0, 9), world.taken) == (True, 2)


@pytest.mark.parametrize("writing", WRITINGS)
def test_asking_about_an_ended_sale_finds_a_late_booking_however_its_number_is_stored(
    world: World, till: Till, writing: str
) -> None:
    """An operator who recognizes it in the Virtual Terminal resolves the sale by naming it."""
    world.books.showing.stored = writing
    world.t1.next(LATE)
    till.run(*LINE)
    world.wait(5.0)
    asked = till.run("resume", "K1", "--timeout", "5")
    named = till.run("resume", "K1", "--transaction", str(world.paid()[0]), "--yes")

    assert (asked.code in (0, 9), "ATTENTION:" in asked.err, named.code in (0, 10)) == (True, True, True)


def test_a_statement_resolves_a_sale_left_unknown_by_another_one_without_a_number(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    till.run(*LINE)
    world.service.others_charge("12.34")
    lines = ("status", "K1"), ("resume", "K1", "--not-charged", "-y"), ("why", "K1")
    codes = [till.run(*line).code for line in lines]
    after = till.run("resume", "K1", "--timeout", "5")

    assert (codes, after.code) == ([9, 5, 0], 5)


def test_resume_finds_a_sale_booked_after_another_one_without_a_number(world: World, till: Till) -> None:
    """The other one may be this sale, but that is no reason to stop polling for this one."""
    world.t1.next(customer(Tap(booked=8.0, shown=None)))
    running = till.start(*LINE)
    world.wait(2.6)
    world.service.others_charge("12.34")
    first = running.end()
    world.wait(10.0)
    asked = till.run("resume", "K1")

    assert (first.code, asked.code, till.run(*LINE).code, world.taken) == (9, 0, 0, 1)


def test_another_sale_named_by_hand_does_not_hide_the_actual_one(world: World, till: Till) -> None:
    """Each command reports both until the operator has decided which of the two it is."""
    world.t1.next(customer(Tap(booked=8.0, shown=None)))
    running = till.start(*LINE)
    world.wait(2.6)
    unrelated = world.service.others_charge("12.34")
    first = running.end()
    named = till.run("resume", "K1", "--transaction", str(unrelated.id))
    world.wait(10.0)
    own = world.paid()[-1]
    later = [till.run(*line) for line in (LINE, ("resume", "K1"), LINE)]
    settled = till.run("resume", "K1", "--transaction", str(own))

    assert [r.code for r in (first, named, *later)] == [9, 0, 9, 9, 9]
    assert all(str(i) in r.err for i in (unrelated.id, own) for r in later)
    assert (settled.code, till.run(*LINE).out, world.taken) == (0, f"{own}\n", 1)


def test_a_transaction_that_may_be_the_sale_is_named_by_resume_with_the_line_that_accepts_it(
    world: World, till: Till
) -> None:
    """The request has ended, so there is nothing to clear: another till may be using the reader by now."""
    world.t1.next(customer(RedX()))
    till.run(*LINE)
    unrelated = world.service.others_charge("12.34")
    till.run("status", "K1")
    asked = till.run("resume", "K1")
    shown = [line for line in asked.err.splitlines() if "pjterm" in line]

    assert (asked.code, "--clear-terminal" in asked.err) == (9, False)
    assert shown[-2].endswith(f"pjterm resume K1 --transaction {unrelated.id}")


def test_an_ended_key_that_may_have_been_booked_suggests_another_look_and_not_a_charge(
    world: World, till: Till
) -> None:
    till.run("charge", "9.99", "-k", "earlier")
    world.service.login("shop").sees = "none"
    world.t1.next(customer(RedX()))
    till.run(*LINE)
    again = till.run(*LINE)

    assert (again.code, "new --key" in again.err) == (9, False)
    assert again.err.rstrip().endswith("pjterm resume K1")


def test_another_sale_with_its_own_number_does_not_affect_an_end(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    till.run(*LINE)
    world.service.others_charge("12.34", "4711")
    asked = till.run("resume", "K1", "--timeout", "5")

    assert (asked.code, "ATTENTION:" in asked.err) == (5, False)


@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize("more", [(), ("--force",)], ids=["again", "forced"])
def test_an_account_s_first_sale_is_not_its_own_control(
    world: World, till: Till, writing: str, more: tuple[str, ...]
) -> None:
    """No status shows it, a search shows it late, and it is the only sale that could serve as a control."""
    world.books.showing.stored = writing
    world.t1.next(customer(Tap(after=1.0, shown=None, found=4.0)))
    till.run(*LINE)
    world.wait(5.0)
    again = till.run(*LINE, *more)

    assert (again.code in (0, 9), world.taken, len(world.paid())) == (True, 1, 1)


@pytest.mark.parametrize("found", [8.5, 9.5, 10.5, 12.5])
def test_a_sale_found_while_a_control_is_sought_is_the_answer(world: World, till: Till, found: float) -> None:
    """No other sale has a number, so the control is retried, and meanwhile the sale itself is found."""
    world.service.others_charge("3.00")
    world.t1.next(customer(Tap(shown=None, found=found)))
    till.run(*LINE)
    again = till.run(*LINE)

    assert (again.code, world.taken) == (0, 1)


@pytest.mark.parametrize("writing", [w for w in WRITINGS if w != "whole"])
def test_a_number_written_in_another_form_never_makes_two_charges(world: World, till: Till, writing: str) -> None:
    """A search by our number finds it, but its number is written differently."""
    world.books.showing.writing = writing
    world.t1.next(LATE)
    till.run(*LINE)
    again = till.run(*LINE)

    assert (again.code in (0, 9), world.taken) == (True, 1)


def test_a_search_that_ignores_its_filter_and_ends_after_one_page_proves_no_absence(world: World, till: Till) -> None:
    for _ in range(60):
        world.service.others_charge("1.00")
    world.books.showing.filters = False
    world.books.showing.paging = "last"
    world.books.showing.oldest_first = True
    world.t1.next(LATE)
    till.run(*LINE)
    again = till.run(*LINE)

    assert (again.code, world.taken) == (9, 1)


def test_a_booking_searchable_after_5_seconds_is_found_before_the_key_is_resent(world: World, till: Till) -> None:
    world.t1.next(SLOW_SEARCH)
    till.run(*LINE)
    again = till.run(*LINE)

    assert (again.code, world.taken) == (0, 1)


def test_an_observed_lag_is_waited_for(world: World, till: Till) -> None:
    """A search found the previous sale 12 s after its id was known."""
    world.t1.next(customer(Tap(found=12.0), finishing=15.0), customer(Tap(shown=None, found=12.0)))
    till.run("charge", "9.99", "-k", "earlier")
    till.run(*LINE)
    again = till.run(*LINE)

    assert (again.code in (0, 9), world.taken) == (True, 2)


def test_a_login_that_sees_no_transactions_cannot_send_a_key_twice(world: World, till: Till) -> None:
    till.run("charge", "9.99", "-k", "earlier")
    world.service.login("shop").sees = "none"
    world.t1.next(LATE)
    till.run(*LINE)
    again = till.run(*LINE)

    assert (again.code, world.taken) == (9, 2)


def test_a_key_that_could_not_be_searched_says_not_proven(world: World, till: Till) -> None:
    till.run("charge", "9.99", "-k", "earlier")
    world.service.login("shop").sees = "none"
    world.t1.next(customer(RedX()))
    till.run(*LINE)
    again = till.run(*LINE, "--json")

    assert (again.code, again.error_code) == (9, "not-proven")


def test_without_search_permission_the_end_is_reported_but_the_key_cannot_be_resent(world: World, till: Till) -> None:
    world.service.login("shop").may_search = False
    world.t1.next(customer(RedX()))
    first = till.run("charge", "12.34", "-t", "T1")
    key = till.run("requests", "list", "--json").json["items"][0]["key"]
    again = till.run("charge", "12.34", "-t", "T1", "-k", key)

    assert (first.code, again.code, world.taken) == (5, 9, 1)


def test_the_first_sale_of_a_new_account_may_be_resent_after_a_red_x(world: World, till: Till) -> None:
    """There is no control, since nothing was ever booked: the documented status decides."""
    world.t1.next(customer(RedX()))
    till.run(*LINE)
    again = till.run(*LINE)

    assert (again.code, len(world.paid())) == (0, 1)


def test_a_cleared_terminal_is_checked_again_by_the_next_command(world: World, till: Till) -> None:
    """The search lagged by 14 s, which was never observed before: --settle 10 was too short."""
    till.run("charge", "9.99", "-k", "earlier")
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    world.t1.next(customer(Tap(shown=None, found=14.0)))
    till.run(*LINE, "--timeout", "3")
    till.run("resume", "K1", "--clear-terminal", "--settle", "10")
    world.wait(10.0)
    again = till.run(*LINE)

    assert (again.code, world.taken) == (0, 2)


def test_clearing_a_terminal_searches_for_as_long_as_earlier_searches_lagged(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(found=20.0), finishing=40.0))
    till.run("charge", "5.00", "-k", "earlier")
    world.wait(30.0)
    world.t1.next(customer(Tap(found=20.0)))
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    till.run(*LINE, "--timeout", "5")
    cleared = till.run("resume", "K1", "--clear-terminal", "--settle", "10")

    assert (cleared.code, "s lately; searching for" in cleared.err) == (0, True)


def test_settle_below_10_seconds_is_refused(world: World, till: Till) -> None:
    world.faults.add(faults.lost_request(faults.Cut()), "request-payment")
    till.run(*LINE, "--timeout", "3")
    cleared = till.run("resume", "K1", "--clear-terminal", "--settle", "9")

    assert (cleared.code, "--settle" in cleared.err) == (2, True)


# -- our own cancel -------------------------------------------------------------------------------------


def test_a_card_in_the_reader_during_our_cancel_is_found(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(bank=2.0, booked=3.0, shown=None)))
    first = till.start(*LINE)
    world.wait(3.0)
    first.process.signal(signal.SIGINT)

    assert (first.end().code, world.taken) == (0, 1)


REFUND = ("refund", "5.00", "-t", "T1", "-k", "K1", "--yes")


@pytest.mark.parametrize(
    ("line", "at", "word"),
    [(LINE, 3.0, "payment"), (LINE, 5.6, "payment"), (REFUND, 3.0, "refund"), ((*REFUND, "--json"), 3.0, "refund")],
    ids=["card in", "verdict shown", "refund", "json"],
)
def test_a_cancel_that_came_too_late_suggests_the_void(
    world: World, till: Till, line: tuple[str, ...], at: float, word: str
) -> None:
    world.t1.next(customer(Tap(bank=2.0), finishing=9.0))
    first = till.start(*line)
    world.wait(at)
    first.interrupt()
    ended = first.end()

    assert (ended.code, ended.err.splitlines()[-1]) == (
        0, f"next: the {word} came before the cancel; to take it back: pjterm void K1",
    )  # fmt: skip


def test_a_sale_paid_although_it_was_to_end_at_its_timeout_suggests_the_void(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(bank=2.0, booked=3.0, shown=None)))
    ended = till.run(*LINE, "--timeout", "3", "--cancel-on-timeout")

    assert (ended.code, "to take it back: pjterm void K1" in ended.err) == (0, True)


def test_plain_lines_do_not_count_seconds(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=30.0)))
    first = till.start(*LINE)
    world.wait(3.0)
    first.interrupt()

    assert first.end().err.count("The reader was reset. Making sure") == 1


@pytest.mark.parametrize("at", [2.8, 3.0, 3.6, 4.2, 4.8, 5.4])
def test_a_ctrl_c_is_mentioned_before_the_verdict_or_not_at_all(world: World, till: Till, at: float) -> None:
    world.t1.next(customer(Tap(bank=2.0), finishing=9.0))
    first = till.start(*LINE)
    world.wait(at)
    first.interrupt()
    reported = [line for line in first.end().err.splitlines() if "ancelling" in line or line.startswith("APPROVED")]

    assert reported[-1].startswith("APPROVED")


def test_ctrl_c_before_the_card_cancels_and_proves_it(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=30.0)))
    first = till.start(*LINE)
    world.wait(3.0)
    first.interrupt()
    ended = first.end()
    reset = next(c.at for c in world.service.calls if c.name == "main")
    late = [c.name for c in world.service.calls if c.at >= reset + 8.0]

    assert (ended.code, world.paid(), late) == (130, [], ["poll", "search", "search"])


def test_webhooks_from_a_relay_arrive(world: World, till: Till) -> None:
    """Otherwise the tests with a relay would be tests without one."""
    world.relay(till)
    run = till.run(*LINE, "--json")

    assert "webhook" in {line["source"] for line in run.json["evidence"]}


def test_a_flow_of_events_delays_no_poll(world: World, till: Till) -> None:
    """A sender with the webhook secret, or a looping service, used to delay the approval until the limit of facts."""
    relay = world.relay(till)
    relay.change = lambda _: []
    world.t1.next(customer(Tap(after=3.0)))
    running = till.start(*LINE, "--json")
    world.wait(1.0)
    (request,) = world.service.requests
    for n in range(60):
        relay.say(request, {"status": f"ODD{n}", **({"transactionId": 500_000 + n} if n % 2 else {})})
        world.wait(1.0)
    run = running.end()

    assert run.code == 0
    assert run.seconds < 15.0


@pytest.mark.parametrize("stored", ["zeros", "trimmed"])
def test_asking_again_finds_a_booking_under_another_spelling(world: World, till: Till, stored: str) -> None:
    world.books.showing.stored = stored
    world.t1.next(customer(Tap(after=0.5, booked=20.0, shown=None)))
    first = till.run(*LINE)
    world.wait(60.0)
    again = till.run("resume", "K1")

    assert (first.code, again.code, "may be this sale's" in again.err) == (5, 9, True)


def test_a_check_while_the_reader_was_busy_proves_nothing_later(world: World) -> None:
    """One till's try was refused as busy and only checked; then another till was paid under the same key."""
    one, two = world.till("one"), world.till("two", terminal="T2")
    world.service.others_use(world.t1, 3.0)
    one.run("charge", "12.34", "-k", "K1", "--no-wait")
    world.wait(1.0)
    one.run("charge", "5", "-t", "T1")
    paid = two.run("charge", "12.34", "-k", "K1")
    world.wait(5.0)

    assert (paid.code, one.run("resume", "K1").code, len(world.paid())) == (0, 0, 1)


@pytest.mark.parametrize("asked", [("resume", "K1"), ("charge", "5.00", "-t", "T1"), ("cancel", "-t", "T1")])
def test_a_check_that_showed_another_payment_proves_nothing_later(
    world: World, till: Till, asked: tuple[str, ...]
) -> None:
    """The service stores no numbers: another reader's sale of the same amount hid that K1 was not booked yet."""
    world.books.showing.stored = "absent"
    till.run("charge", "12.34", "-t", "T2", "-k", "K0", "--no-wait")
    world.t1.next(customer(Tap(booked=20.0, shown=None)))
    first = till.run(*LINE, "--timeout", "10")
    other = till.run("resume", "K0")
    world.wait(60.0)
    till.run(*asked, "--timeout", "5")
    outcome = till.run("requests", "show", "K1", "--json").json["item"]["outcome"]

    assert (first.code, other.code, outcome) == (9, 0, "unknown")


@pytest.mark.parametrize("command", ["status", "resume", "why"])
def test_a_late_result_that_is_still_unreadable_revokes_not_charged(world: World, till: Till, command: str) -> None:
    """The service stores our number in another spelling, so no search identifies it as ours."""
    world.books.showing.stored = "zeros"
    world.t1.next(customer(Tap(booked=20.0)))
    first = till.run(*LINE)
    world.wait(30.0)
    world.faults.add(faults.SLOW_DOWN, "transaction", times=1e9)
    asked = till.run(command, "K1", "--json")
    world.faults.clear()
    item = asked.json.get("item", asked.json)

    assert (first.code, item["outcome"], till.run("resume", "K1").code) == (5, "unknown", 0)
