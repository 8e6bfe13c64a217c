"""Clocks that jump and machines that sleep: records carry the true time, and no guard is blinded."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from tests.world import faults
from tests.world.reader import RedX, Tap, customer
from tests.world.till import Running, Till, World

pytestmark = pytest.mark.usefixtures("whole_way")

DAY = 86_400.0
LINE = ("charge", "12.34", "-t", "T1")


def begin(world: World, till: Till, after: float = 4.0) -> Running:
    world.t1.next(customer(Tap(after=after)))
    first = till.start(*LINE)
    world.wait(1.5)
    return first


def test_a_wall_clock_that_jumps_ahead_does_not_blind_the_near_duplicate_guard(world: World, till: Till) -> None:
    first = begin(world, till)
    till.machine.ahead += 3600.0
    first.end()
    second = till.run(*LINE)

    assert (second.code, world.taken) == (10, 1)


def test_a_wall_clock_that_jumps_back_does_not_blind_it_either(world: World, till: Till) -> None:
    first = begin(world, till)
    till.machine.ahead -= 3600.0
    first.end()
    second = till.run(*LINE)

    assert (second.code, world.taken) == (10, 1)


def test_a_late_approval_is_reported_although_the_clock_was_set_back_before_its_sale(world: World, till: Till) -> None:
    till.run("charge", "1.00", "-t", "T1")
    world.wait(300.0)
    till.machine.ahead -= 3600.0
    world.wait(5.0)
    world.t1.next(customer(Tap(after=0.5, booked=30.0, shown=0.0)))
    ended = till.run(*LINE, "-k", "K1")
    world.wait(60.0)
    second = till.run(*LINE)

    assert ended.code == 5
    assert (second.code, world.taken) == (10, 2)
    assert "is approved" in second.err


def test_a_post_delayed_by_a_limit_is_not_sent_after_a_search_from_before_a_sleep(world: World, till: Till) -> None:
    """Another till is paid under this key meanwhile."""
    limited = world.faults.add(faults.SLOW_DOWN, "request-payment", by=till.machine.name)
    first = till.start(*LINE, "-k", "K1")
    while not limited.met:
        world.wait(0.01)
    world.wait(0.05)
    till.machine.sleep(3600.0)
    other = world.till("other").run("charge", "12.34", "-t", "T2", "-k", "K1")
    again = first.end()

    assert (other.code, again.code, len(world.paid())) == (0, 0, 1)


def test_a_machine_that_slept_does_not_blind_it_either(world: World, till: Till) -> None:
    first = begin(world, till, after=3700.0)
    till.machine.sleep(3698.0)
    first.end()
    second = till.run(*LINE)

    assert (second.code, world.taken) == (10, 1)


def test_a_payment_after_a_jump_is_recorded_with_the_wall_clock_s_time(world: World, till: Till) -> None:
    first = begin(world, till)
    till.machine.ahead += 3600.0
    first.end()
    said = till.run("requests", "list", "--json").json["items"][0]["resultAt"]
    at = datetime.fromisoformat(said)

    assert abs((till.machine.wall() - at).total_seconds()) < 5.0


def test_a_payment_during_a_sleep_is_paid(world: World, till: Till) -> None:
    first = begin(world, till, after=100.0)
    till.machine.sleep(60.0)

    assert (first.end().code, world.taken) == (0, 1)


def test_a_clock_that_is_an_hour_ahead_changes_nothing(world: World, till: Till) -> None:
    till.machine.ahead = 3600.0
    first = till.run(*LINE, "-k", "K1")
    second = till.run(*LINE, "-k", "K1")

    assert (first.code, second.code, world.taken) == (0, 0, 1)


@pytest.mark.parametrize("ahead", [300.0, -300.0])
def test_a_clock_different_from_payjunction_s_does_not_change_a_sale_s_age(
    world: World, till: Till, ahead: float
) -> None:
    """With the till's clock 5 minutes fast, a new sale was shown as APPROVED 5 min ago."""
    till.machine.ahead = ahead
    first = till.run(*LINE, "-k", "K1")
    world.wait(240.0)
    again = till.run(*LINE, "-k", "K1")

    assert (" ago" in first.err, "ALREADY PAID 4 min ago" in again.err) == (False, True)


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_the_8_seconds_are_real_although_the_wall_clock_jumps_meanwhile(world: World, till: Till, jump: float) -> None:
    world.t1.next(customer(RedX()))
    first = till.run(*LINE, "-k", "K1")
    again = till.start(*LINE, "-k", "K1")
    world.wait(3.0)
    till.machine.ahead += jump
    again.end()
    posted = [c.at for c in world.service.calls if c.name == "request-payment"]

    assert 7.0 < posted[-1] - first.ended < 12.0


def test_setting_the_clock_back_between_two_commands_delays_neither(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    till.run(*LINE, "-k", "K1")
    till.machine.ahead -= 3600.0
    again = till.run(*LINE, "-k", "K1")

    assert (again.code, again.seconds < 20.0) == (0, True)


@pytest.mark.parametrize("booked", [4.0, 6.0])
def test_a_wall_clock_jump_between_two_commands_shortens_no_wait(world: World, till: Till, booked: float) -> None:
    """The first try is booked after its end, during 8 s that the wall clock counts as an hour."""
    world.t1.next(customer(Tap(after=0.5, booked=booked, shown=0.0)))
    first = till.run(*LINE, "-k", "K1")
    till.machine.ahead = 3600.0
    again = till.run(*LINE, "-k", "K1")

    assert (first.code, again.code, world.taken) == (5, 0, 1)


def test_a_lookup_after_the_jump_does_not_shorten_the_wait_either(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=0.5, booked=6.0, shown=0.0)))
    till.run(*LINE, "-k", "K1")
    till.machine.ahead = 3600.0
    till.run("terminals", "list")
    again = till.run(*LINE, "-k", "K1")

    assert (again.code, world.taken) == (0, 1)


def test_a_try_of_an_hour_ago_is_no_longer_waited_for(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    till.run(*LINE, "-k", "K1")
    world.wait(3600.0)
    again = till.run(*LINE, "-k", "K1")

    assert (again.code, again.seconds < 6.0) == (0, True)


def test_a_booking_under_another_spelling_is_seen_although_the_clock_was_set_back(world: World, till: Till) -> None:
    """The POST's recorded time is in the future now, and no search may begin there."""
    world.books.showing.stored = "trimmed"
    world.t1.next(customer(Tap(after=4.0, shown=None)))
    first = till.start(*LINE, "-k", "K1")
    world.wait(1.5)
    till.machine.ahead -= 3600.0
    first.kill()
    world.wait(10.0)

    assert till.run("resume", "K1").code == 9


# -- changed between two commands ----------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 26 * 365 * 86_400.0])
@pytest.mark.parametrize("looks", [0, 1])
def test_a_clock_change_between_two_sales_does_not_blind_the_near_duplicate_guard(
    world: World, till: Till, jump: float, looks: int
) -> None:
    """Nor does a command that noticed the jump before."""
    till.machine.ahead = min(-jump, 0.0)
    till.run(*LINE)
    till.machine.ahead += jump
    for _ in range(looks):
        till.run("charge", "5", "-t", "T2")
    second = till.run(*LINE)

    assert (second.code, len(world.paid())) == (10, 1 + looks)
    assert re.search(r"was approved \d s ago", second.err)


def test_after_two_minutes_the_same_sale_is_allowed_again(world: World, till: Till) -> None:
    till.run(*LINE)
    till.machine.ahead = 3600.0
    world.wait(121.0)

    assert till.run(*LINE).code == 0


def test_a_night_asleep_is_no_jump(world: World, till: Till) -> None:
    till.run(*LINE)
    till.machine.sleep(8 * 3600.0)
    world.wait(8 * 3600.0)

    assert till.run(*LINE).code == 0


def test_a_clock_change_does_not_hide_a_late_booking_from_the_next_sale(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=0.5, booked=4.0, shown=None)))
    first = till.run(*LINE)
    world.wait(10.0)
    till.machine.ahead = 3600.0

    assert (first.code, till.run(*LINE).code, len(world.paid())) == (5, 10, 1)


def test_a_rotated_login_does_not_resend_a_key_whose_end_is_an_hour_old_only_by_the_wall_clock(
    world: World, till: Till
) -> None:
    world.t1.next(customer(Tap(after=0.5, booked=30.0, shown=None)))
    till.run(*LINE, "-k", "K1")
    till.machine.ahead = 3600.0
    till.configure(login="shop-2")
    again = till.run(*LINE, "-k", "K1")
    world.wait(60.0)

    assert (again.code, len(world.paid())) == (10, 1)


def test_it_does_not_resend_a_key_sent_before_several_clock_changes_either(world: World, till: Till) -> None:
    """A flat battery sets it 200 days back, the network corrects it, and a user sets it a day ahead."""
    world.t1.next(customer(Tap(after=0.5, booked=60.0, shown=None)))
    till.machine.ahead = -200 * DAY
    till.run(*LINE, "-k", "K1")
    for ahead in (0.0, DAY):
        till.machine.ahead = ahead
        till.run("charge", "5", "-t", "T2", "-k", f"other-{ahead}")
    till.configure(login="shop-2")
    again = till.run(*LINE, "-k", "K1")
    world.wait(60.0)

    assert (again.code, len(world.paid())) == (10, 3)


def test_a_sale_a_day_older_only_by_the_wall_clock_may_be_paid_late_under_the_same_invoice(
    world: World, till: Till
) -> None:
    """It ended without a result; the clock is changed while the next sale under that invoice is at the reader."""
    world.t1.next(customer(Tap(after=0.5, booked=20.0, shown=None)), customer(RedX(after=25.0)))
    till.machine.ahead = -DAY
    till.run(*LINE, "-k", "K1", "--invoice", "1042")
    second = till.start(*LINE, "-k", "K2", "--invoice", "1042")
    world.wait(5.0)
    till.machine.ahead = 0.0

    assert (second.end().code, len(world.paid())) == (9, 1)


def test_after_a_night_switched_off_yesterday_s_sale_is_yesterday_s(world: World, till: Till) -> None:
    """The machine has run longer than before it was switched off."""
    till.machine.start_again()
    world.wait(170.0)
    till.run(*LINE)
    world.wait(15 * 3600.0)
    till.machine.start_again()
    world.wait(250.0)

    assert till.run(*LINE).code == 0


def test_a_quarter_of_an_hour_later_it_is_allowed(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    till.run(*LINE, "-k", "K1")
    till.machine.ahead = 3600.0
    till.configure(login="shop-2")
    till.run(*LINE, "-k", "K1")
    world.wait(901.0)

    assert till.run(*LINE, "-k", "K1").code == 0


def test_a_double_is_counted_for_a_quarter_of_an_hour_although_the_clock_was_changed(world: World, till: Till) -> None:
    till.run(*LINE, "-k", "K1")
    till.machine.ahead = 3600.0
    world.service.others_charge("12.34", world.sale().invoice)

    assert till.run(*LINE, "-k", "K1").code == 9


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_a_deadline_is_kept_although_the_wall_clock_jumps(world: World, till: Till, jump: float) -> None:
    world.t1.next(customer(Tap(after=100.0)))
    first = till.start(*LINE, "--timeout", "20")
    world.wait(5.0)
    till.machine.ahead += jump
    ended = first.end()

    assert (ended.code, 19.0 < ended.seconds < 23.0) == (8, True)


def test_output_after_a_jump_has_the_wall_clock_s_time(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=4.0)))
    first = till.start(*LINE, "--json")
    world.wait(1.5)
    till.machine.ahead += 3600.0
    at = datetime.fromisoformat(first.end().json["resultAt"])

    assert abs((till.machine.wall() - at).total_seconds()) < 5.0


@pytest.mark.parametrize("asleep", [60.0, 1000.0])
def test_a_sale_booked_before_a_long_sleep_is_found_after_it(world: World, till: Till, asleep: float) -> None:
    """The status does not show it, and the search items have no number, only a time."""
    world.service.books.showing.trimmed = ("invoiceNumber", "terminalId")
    world.t1.next(customer(Tap(bank=1.5, booked=1.0, shown=None)))
    own = till.start("charge", "12.34", "-t", "T1", "-k", "K1")
    world.wait(4.6)
    till.machine.sleep(asleep)

    assert own.end().code == 0
