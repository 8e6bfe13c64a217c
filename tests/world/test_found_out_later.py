"""Facts about an earlier sale that are discovered only when its key is used again or the next sale is sent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import faults
from tests.world.reader import RedX, Stays, Tap, customer
from tests.world.till import Run, Till, World

LINE = ("charge", "12.34", "-t", "T1", "-k", "K1")
NEXT = ("charge", "12.34", "-t", "T1", "-k", "K2")
AGAIN = "was not reported as paid, and was approved after all"


def unknown(world: World, till: Till) -> Run:
    """A sale whose answer is lost, and which is paid after the command has ended."""
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    world.t1.next(customer(Tap(after=15.0)))
    return till.run(*LINE, "--timeout", "10")


# -- the next sale ------------------------------------------------------------------------------------------------


def test_an_unknown_sale_found_to_be_paid_stops_a_similar_new_one(world: World, till: Till) -> None:
    assert unknown(world, till).code == 9
    world.wait(30.0)
    run = till.run(*NEXT)

    assert (run.code, AGAIN in run.err, len(world.paid())) == (10, True, 1)


def test_before_a_new_sale_of_another_amount_it_is_only_reported(world: World, till: Till) -> None:
    unknown(world, till)
    world.wait(30.0)
    run = till.run("charge", "5.00", "-t", "T1", "-k", "K2")

    assert (run.code, "ATTENTION: " in run.err, len(world.paid())) == (0, True, 2)


def test_force_sends_the_new_one_anyway(world: World, till: Till) -> None:
    unknown(world, till)
    world.wait(30.0)

    assert (till.run(*NEXT, "--force").code, len(world.paid())) == (0, 2)


def test_a_sale_sent_with_no_wait_stops_no_new_one(world: World, till: Till) -> None:
    """Its script has seen no result that speaks against a payment."""
    till.run(*LINE, "--no-wait")
    world.wait(30.0)

    assert (till.run(*NEXT).code, len(world.paid())) == (0, 2)


@pytest.mark.parametrize("shown", [False, True])
def test_a_sale_called_not_charged_stops_a_new_one_once_its_approval_is_seen(
    world: World, till: Till, shown: bool
) -> None:
    """At the time no search was answered, or one showed it trimmed and PayJunction refused to show it in full."""
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    if shown:
        world.books.showing.trimmed = ("response",)
        world.faults.add(faults.says(403, "You have no permission."), "transaction", times=10**9, until=100.0)
    else:
        world.faults.add(faults.lost_answer(faults.Cut()), "search", times=10**9, skip=1, until=100.0)
    till.run(*LINE, "--timeout", "10")
    assert till.run("resume", "K1", "--not-charged", "--yes").code == 5
    world.wait(100.0)
    run = till.run(*NEXT)

    assert (run.code, len(world.paid())) == (10, 1)


# -- the key itself -----------------------------------------------------------------------------------------------


def test_a_404_does_not_replace_the_poll_before_a_key_is_resent(world: World, till: Till) -> None:
    """Its booking came after a bare COMPLETE; the poll names it, and searches show it only a minute later."""
    till.run("charge", "9.99", "-t", "T2", "-k", "K0")
    world.wait(30.0)
    world.t1.next(customer(Tap(after=0.5, booked=9.0, shown=0.0, found=60.0)))
    assert till.run(*LINE).code == 5
    world.wait(20.0)
    world.faults.add(faults.says(404, "404 Not Found"), "poll")

    assert (till.run(*LINE).code, len(world.paid())) == (0, 2)


def test_polls_that_say_only_404_leave_the_key_unsent(world: World, till: Till) -> None:
    till.run("charge", "9.99", "-t", "T2", "-k", "K0")
    world.t1.next(customer(Tap(after=0.5, booked=9.0, shown=0.0, found=60.0)))
    till.run(*LINE)
    world.wait(20.0)
    world.faults.add(faults.says(404, "404 Not Found"), "poll", times=10**9)
    run = till.run(*LINE, "--json")

    assert (run.code, run.error_code, len(world.paid())) == (9, "not-proven", 2)


def test_a_request_sent_with_no_wait_is_not_waited_for_when_its_line_is_repeated(world: World, till: Till) -> None:
    world.t1.next(customer(Stays(after=90.0)))
    first = till.run(*LINE, "--no-wait")
    again = till.run(*LINE, "--no-wait")

    assert (again.code, again.out, again.ended - again.began < 5.0) == (0, first.out, True)


def test_two_tills_that_repeat_a_key_concurrently_make_one_charge(world: World, till: Till) -> None:
    """The second one read the entry, still without a request id, before the first one's POST was answered."""
    world.faults.add(faults.lost_request(faults.Cut()), "request-payment")
    till.run(*LINE, "--timeout", "5")
    till.run("resume", "K1", "--not-charged", "--yes")
    world.wait(60.0)
    world.t1.next(customer(RedX()))
    till.run("charge", "7", "-t", "T1", "-k", "K0")
    world.wait(20.0)
    world.t1.next(customer(Tap(after=20.0)))
    first = till.start(*LINE)
    world.wait(0.3)
    second = till.start(*LINE)

    assert (second.end().code, first.end().code, len(world.paid())) == (0, 0, 1)


@pytest.mark.parametrize("how", ["busy", "refused", "never connected"])
def test_an_earlier_try_s_request_answers_the_key(world: World, till: Till, how: str) -> None:
    """Its card was booked late, and only its own request shows that; the later try started nothing."""
    till.run("charge", "9.99", "-t", "T2", "-k", "K0")
    world.wait(30.0)
    world.t1.next(customer(Tap(after=0.5, booked=30.0, shown=0.0, found=90.0)))
    assert till.run(*LINE).code == 5
    world.wait(10.0)
    if how == "busy":
        world.service.others_use(world.t1, 5.0)
    elif how == "refused":
        world.faults.add(faults.says(400, "Amount Base is bad."), "request-payment")
    else:
        world.faults.add(faults.no_connection(), "request-payment", times=10**9, until=world.time.now + 14.0)
    till.run(*LINE)
    world.wait(20.0)
    why, again = till.run("why", "K1"), till.run(*LINE)

    assert (why.code, again.code, len(world.paid())) == (0, 0, 2)


def test_the_earlier_try_is_polled_after_the_wait_in_which_it_may_be_booked(world: World, till: Till) -> None:
    till.run("charge", "9.99", "-t", "T2", "-k", "K0")
    world.wait(30.0)
    world.t1.next(customer(Tap(after=0.5, booked=16.0, shown=0.0, found=90.0)), customer(RedX(after=0.5)))
    assert [till.run(*LINE, "--timeout", "60").code] == [5]
    world.service.others_use(world.t1, 2.0)
    till.run(*LINE)
    again = till.run(*LINE)

    assert (again.code, len(world.paid())) == (0, 2)


def test_after_another_shell_s_reset_a_decline_waits_for_the_card_that_was_in(world: World, till: Till) -> None:
    declined = Tap(after=1.0, approved=False, code="51")
    world.t1.next(customer(declined, Tap(after=3.0, card="2222", bank=4.0)))
    first = till.start(*LINE)
    world.wait(5.5)
    till.run("cancel", "--any", "-t", "T1", "--yes", "--timeout", "3")

    assert (first.end().code, len(world.paid())) == (0, 1)


@pytest.mark.parametrize("ahead", [0.0, 3600.0])
def test_a_clock_that_was_fast_at_the_post_hides_no_late_booking(world: World, till: Till, ahead: float) -> None:
    """It was corrected since, so a search from the journal's time would begin after the booking."""
    world.books.showing.stored = "trimmed"
    till.run("charge", "5", "-t", "T1", "--invoice", "A1")
    world.wait(30.0)
    till.machine.ahead = ahead
    world.t1.next(customer(Tap(after=0.5, booked=20.0, shown=None)))
    till.run(*LINE)
    world.wait(60.0)
    till.machine.ahead = 0.0
    world.wait(7200.0)

    assert (till.run(*LINE).code, len(world.paid())) == (9, 2)


@pytest.mark.parametrize("command", ["charge", "status"])
def test_a_lagging_search_does_not_revoke_a_void(world: World, till: Till, command: str) -> None:
    def lagging(said: dict[str, Any], in_search: bool) -> None:
        if in_search and said["status"] == "VOID":
            said["status"] = "CAPTURE"

    world.books.showing.rewrite = lagging
    till.run(*LINE)
    till.run("void", "K1", "--yes")

    assert till.run(*(LINE if command == "charge" else (command, "K1"))).code == 3


# -- by hand ------------------------------------------------------------------------------------------------------


def sold_before(world: World, till: Till) -> None:
    """A sale that is the control of later searches, and then one whose request was lost on its way."""
    till.run("charge", "5", "-t", "T2", "-k", "K0")
    world.faults.add(faults.lost_request(faults.Cut()), "request-payment")
    till.run(*LINE, "--timeout", "5")
    world.wait(60.0)


def booked_late(world: World, till: Till) -> None:
    """It was booked after all, and the service shows it without its number."""
    number = till.run("requests", "show", "K1", "--json").json["item"]["invoiceNumber"]
    world.wait(30.0)
    world.books.showing.writing = "absent"
    world.service.others_charge("12.34", invoice=number)


def test_a_transaction_that_may_be_the_sale_makes_it_unknown_again_after_a_reset(world: World, till: Till) -> None:
    sold_before(world, till)
    assert till.run("resume", "K1", "--clear-terminal", "--settle", "10").code == 5
    booked_late(world, till)

    assert (till.run("why", "K1").code, till.run(*NEXT).code) == (9, 10)


def test_an_outcome_proven_by_the_search_is_not_called_the_operator_s(world: World, till: Till) -> None:
    sold_before(world, till)
    till.run("resume", "K1", "--clear-terminal", "--settle", "10")
    why = till.run("why", "K1").out

    assert ("You said" in why, "proven to show everything" in why) == (False, True)


def test_after_the_operator_s_statement_a_possible_transaction_is_named_once(world: World, till: Till) -> None:
    sold_before(world, till)
    till.run("resume", "K1", "--not-charged", "--yes")
    booked_late(world, till)
    first, second = till.run("why", "K1"), till.run("why", "K1")

    assert ["may be this sale's" in run.err for run in (first, second)] == [True, False]


@pytest.mark.parametrize("fault", [faults.lost_request(faults.Silence()), faults.says(403, "You have no permission.")])
def test_a_search_that_shows_the_sale_unreadable_does_not_prove_an_absence(
    world: World, till: Till, fault: faults.Fault
) -> None:
    """The card in the reader at the reset is booked later; its transaction is trimmed and cannot be read."""
    till.run("charge", "5", "-t", "T1", "-k", "K0")
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    world.t1.next(customer(Tap(after=17.5, bank=2.0, booked=15.0)))
    till.run(*LINE, "--timeout", "10")
    world.books.showing.trimmed = ("response",)
    world.wait(8.0)
    world.faults.add(fault, "transaction", times=10**9)

    assert till.run("resume", "K1", "--clear-terminal", "--settle", "30").code == 9


def test_a_search_with_a_full_last_page_and_an_ignored_filter_does_not_prove_it_either(
    world: World, till: Till
) -> None:
    world.books.showing.filters, world.books.showing.paging = False, "last"
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    world.faults.add(faults.no_connection(), "search", times=10**9, since=0.5, until=15.0)
    assert till.run(*LINE, "--timeout", "10").code == 9
    world.wait(20.0)
    for n in range(60):
        world.service.others_charge("3.00", invoice=f"{n + 100_000_000}")
    till.run("charge", "5", "-t", "T2", "-k", "K9")
    world.wait(60.0)

    assert till.run("resume", "K1", "--clear-terminal", "--settle", "10").code == 9


def test_not_charged_waits_for_an_unreadable_search_result(world: World, till: Till) -> None:
    world.books.showing.trimmed = ("response",)
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    world.faults.add(faults.lost_answer(faults.Cut()), "transaction", times=10**9, until=100.0)
    till.run(*LINE, "--timeout", "10")
    run = till.run("resume", "K1", "--not-charged", "--yes", "--json")

    assert (run.code, "could not be read" in run.json["error"]["message"]) == (9, True)


@pytest.mark.parametrize("stored", ["trimmed", "ten"])
def test_a_reset_proves_nothing_if_the_service_truncates_our_number(world: World, till: Till, stored: str) -> None:
    """The control has a short number, which the search finds unchanged."""
    world.books.showing.stored = stored
    till.run("charge", "5", "-t", "T1", "--invoice", "A1")
    world.wait(30.0)
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    till.run(*LINE, "--timeout", "10")
    world.wait(60.0)

    assert till.run("resume", "K1", "--clear-terminal", "--settle", "10").code == 9


@pytest.mark.parametrize("way", [("--not-charged", "--yes"), ("--clear-terminal", "--settle", "10")])
def test_resolving_by_hand_polls_an_earlier_try_s_request_too(world: World, till: Till, way: tuple[str, ...]) -> None:
    """The first try is booked late, and only its request shows that; the second one's request was lost."""
    till.run("charge", "9.99", "-t", "T2", "-k", "K0")
    world.wait(30.0)
    world.t1.next(customer(Tap(after=0.5, booked=25.0, shown=0.0, found=150.0)))
    till.run(*LINE)
    world.wait(1.0)
    world.faults.add(faults.lost_request(faults.Cut()), "request-payment")
    till.run(*LINE, "--timeout", "10")
    world.wait(60.0)

    assert till.run("resume", "K1", *way).code == 0


def test_a_guard_says_when_a_payment_was_approved_and_not_when_that_was_found_out(world: World, till: Till) -> None:
    world.t1.next(customer(Tap()))
    till.run("charge", "5", "-t", "T1", "--no-wait")
    world.wait(3660.0)
    run = till.run("charge", "5", "-t", "T1")

    assert (run.code, "was approved 1 h ago" in run.err, world.taken) == (10, True, 1)


# -- a late approval, whatever was told before --------------------------------------------------------------------


def cleared(world: World, till: Till) -> None:
    """A sale whose answer is lost, and whose card is booked after its reader was reset."""
    till.run("charge", "9", "-t", "T1", "-k", "K0")
    world.faults.add(faults.lost_answer(faults.Cut()), "request-payment")
    world.t1.next(customer(Tap(after=5.0, bank=8.0, booked=20.0)))
    till.run(*LINE, "--timeout", "3")
    world.wait(3.0)
    assert till.run("resume", "K1", "--clear-terminal", "--settle", "10").code == 5
    world.wait(60.0)


def ended(world: World, till: Till) -> None:
    """A sale that ended without a result, and is booked later."""
    till.run("charge", "9", "-t", "T2", "-k", "K0")
    world.t1.next(customer(Tap(after=0.5, booked=30.0, shown=None)))
    assert till.run(*LINE).code == 5
    world.wait(60.0)


def test_an_approval_that_comes_after_a_reader_was_reset_stops_a_new_sale_each_time(world: World, till: Till) -> None:
    cleared(world, till)
    codes = [till.run(*NEXT).code for _ in range(2)]

    assert (codes, len(world.paid())) == ([10, 10], 2)


def test_an_unknown_sale_that_turned_out_to_be_paid_stops_a_new_one_each_time(world: World, till: Till) -> None:
    unknown(world, till)
    world.wait(30.0)
    codes = [till.run(*NEXT).code for _ in range(2)]

    assert (codes, len(world.paid())) == ([10, 10], 1)


@pytest.mark.parametrize("kill_at", range(22, 30))
def test_it_stops_a_new_sale_also_if_the_command_that_found_it_is_killed(
    world: World, till: Till, kill_at: int
) -> None:
    ended(world, till)
    till.run(*NEXT, kill_at=kill_at)
    run = till.run(*NEXT)

    assert (run.code, len(world.paid())) == (10, 2)


NOT_TAKEN = {
    "rejected": faults.says(400),
    "its login refused": faults.UNAUTHORIZED,
    "never connected": faults.no_connection(),
    "slowed down": faults.SLOW_DOWN,
}


@pytest.mark.parametrize("line", [("charge", "1", "-t", "T1", "-k", "K3"), NEXT], ids=["another sale", "the same one"])
@pytest.mark.parametrize("how", NOT_TAKEN)
def test_a_command_that_was_not_taken_hides_no_late_approval_of_its_reader(
    world: World, till: Till, how: str, line: tuple[str, ...]
) -> None:
    world.t1.next(customer(Tap(after=0.5, booked=40.0, shown=None)))
    assert till.run(*LINE).code == 5
    refusing = world.faults.add(NOT_TAKEN[how], "request-payment", times=10**9)
    till.run(*line)
    refusing.until = world.time.now
    world.wait(60.0)
    run = till.run(*NEXT)

    assert (run.code, "ATTENTION: " in run.err, len(world.paid())) == (10, True, 1)


@pytest.mark.parametrize("line", [("charge", "1", "-t", "T1", "-k", "K3"), NEXT], ids=["another sale", "the same one"])
def test_nor_does_one_that_found_the_reader_busy(world: World, till: Till, line: tuple[str, ...]) -> None:
    world.t1.next(customer(Tap(after=0.5, booked=40.0, shown=None)))
    assert till.run(*LINE).code == 5
    world.service.others_use(world.t1, 3.0)
    assert till.run(*line).code == 6
    world.wait(60.0)

    assert (till.run(*NEXT).code, len(world.paid())) == (10, 1)


def test_nor_do_a_busy_further_try_of_its_key_and_a_busy_command_after_it(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=0.5, booked=60.0, shown=None)))
    assert till.run(*LINE).code == 5
    world.service.others_use(world.t1, 25.0)
    assert [till.run(*LINE).code, till.run("charge", "1", "-t", "T1", "-k", "K3").code] == [6, 6]
    world.wait(90.0)

    assert (till.run(*NEXT).code, len(world.paid())) == (10, 1)
