"""A repeat is reported as one: earlier results are never shown as if they had just happened."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from tests.world.reader import RedX, Tap, customer
from tests.world.till import Run, Till, World


@dataclass(frozen=True, slots=True)
class Repeat:
    """A line that is typed twice, and the word with which the second output begins."""

    line: tuple[str, ...]
    word: str

    def __str__(self) -> str:
        return self.line[0]


REPEATS = [
    Repeat(("charge", "12.34"), "ALREADY PAID"),
    Repeat(("refund", "12.34", "--yes"), "ALREADY REFUNDED"),
    Repeat(("sign", "I agree."), "ALREADY SIGNED"),
    Repeat(("prompt", "Coffee?"), "ALREADY ANSWERED"),
]


def twice(world: World, till: Till, repeat: Repeat, *again: str, form: str = "text") -> tuple[Run, Run]:
    """The line, and four minutes later itself or another command about its sale."""
    line = (*repeat.line, "-t", "T1", "-k", "K1", "-o", form)
    first = till.run(*line)
    world.wait(240.0)
    return first, till.run(*(again or line))


@pytest.mark.parametrize("repeat", REPEATS, ids=str)
def test_the_same_line_says_when_it_was_done_and_that_nothing_was_sent(
    world: World, till: Till, repeat: Repeat
) -> None:
    _, again = twice(world, till, repeat)

    assert (f"{repeat.word} 4 min ago" in again.err, "Nothing was sent now." in again.err) == (True, True)


@pytest.mark.parametrize("repeat", REPEATS, ids=str)
@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_the_json_object_says_so_too(world: World, till: Till, repeat: Repeat, form: str) -> None:
    first, again = twice(world, till, repeat, form=form)

    assert (first.json["replayed"], again.json["replayed"]) == (False, True)


@pytest.mark.parametrize("repeat", REPEATS, ids=str)
def test_a_pipe_gets_the_same_line_twice(world: World, till: Till, repeat: Repeat) -> None:
    first, again = twice(world, till, repeat)

    assert (first.code, first.out) == (again.code, again.out)


@pytest.mark.parametrize("repeat", REPEATS, ids=str)
def test_the_request_is_sent_to_the_reader_once(world: World, till: Till, repeat: Repeat) -> None:
    twice(world, till, repeat)

    assert len([c for c in world.service.calls if c.name.startswith("request-")]) == 1


@pytest.mark.parametrize("command", ["resume", "follow"])
@pytest.mark.parametrize("repeat", REPEATS, ids=str)
def test_a_later_command_shows_an_old_result(world: World, till: Till, repeat: Repeat, command: str) -> None:
    _, reported = twice(world, till, repeat, command, "K1")

    assert f"{repeat.word} 4 min ago" in reported.err


def test_a_declined_sale_is_a_repeat_too(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(approved=False)))
    _, again = twice(world, till, Repeat(("charge", "12.34"), ""))

    assert (again.code, "ALREADY DECLINED 4 min ago" in again.err) == (3, True)


def test_another_till_s_payment_is_a_repeat(world: World, till: Till) -> None:
    world.till("other").run("charge", "12.34", "-t", "T1", "-k", "K1")
    world.wait(240.0)
    reported = till.run("charge", "12.34", "-t", "T1", "-k", "K1", "--json")

    assert (reported.json["replayed"], world.taken, "ALREADY PAID 4 min ago" in reported.err) == (True, 1, True)


def test_a_void_of_a_voided_sale_is_a_repeat(till: Till) -> None:
    till.run("charge", "12.34", "-t", "T1", "-k", "K1")
    till.run("void", "10001", "--yes")
    again = till.run("void", "10001", "--yes", "--json")

    assert (again.code, again.json["replayed"]) == (0, True)


def test_a_payment_discovered_by_this_command_is_no_repeat(world: World, till: Till) -> None:
    """The first command exited while it ran: the result was not shown yet."""
    till.run("charge", "12.34", "-t", "T1", "-k", "K1", "--no-wait")
    world.wait(30.0)
    reported = till.run("resume", "K1", "--json")

    assert (reported.json["outcome"], reported.json["replayed"]) == ("approved", False)


def test_a_late_booking_is_no_repeat(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(booked=30.0, shown=None)))
    till.run("charge", "12.34", "-t", "T1", "-k", "K1")
    world.wait(60.0)
    reported = till.run("charge", "12.34", "-t", "T1", "-k", "K1", "--json")

    assert (reported.json["outcome"], reported.json["replayed"]) == ("approved", False)


def test_a_new_try_after_a_red_x_is_no_repeat(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    _, again = twice(world, till, REPEATS[0], form="json")

    assert (again.json["outcome"], again.json["replayed"]) == ("approved", False)


@pytest.mark.parametrize("line", [("charge", "12.34", "-k", "K1"), ("why", "K1"), ("resume", "K1")])
def test_a_later_refund_is_mentioned_wherever_the_sale_is_shown(till: Till, line: tuple[str, ...]) -> None:
    till.run("charge", "12.34", "-k", "K1")
    till.run("refund", "5.00", "--transaction", "K1", "-k", "R1", "--yes")
    reported = till.run(*line)

    assert "$5.00 of it went back since, under key R1." in reported.err + reported.out


@pytest.mark.parametrize("line", [("charge", "12.34", "-k", "K1"), ("why", "K1"), ("resume", "K1")])
def test_a_fully_refunded_sale_says_so(till: Till, line: tuple[str, ...]) -> None:
    till.run("charge", "12.34", "-k", "K1")
    till.run("refund", "--transaction", "K1", "-k", "R1", "--yes")
    reported = till.run(*line)

    assert "All of it went back since, under key R1." in reported.err + reported.out


def test_the_story_of_a_sale_includes_its_refund(till: Till) -> None:
    till.run("charge", "12.34", "-k", "K1")
    till.run("refund", "5.00", "--transaction", "K1", "-k", "R1", "--yes")

    assert "$5.00 went back under key R1: refund 10002." in till.run("why", "K1").out


VOIDED = [("charge", "12.34", "-k", "K1"), ("status", "K1"), ("resume", "K1"), ("void", "K1", "--yes")]


def minutes_later(world: World, till: Till, change: tuple[str, ...], line: tuple[str, ...]) -> Run:
    """A charge, four minutes later a change of it, and four minutes later a line that shows it."""
    till.run("charge", "12.34", "-t", "T1", "-k", "K1")
    world.wait(240.0)
    till.run(*change)
    world.wait(240.0)
    return till.run(*line)


@pytest.mark.parametrize("line", VOIDED, ids=" ".join)
def test_a_voided_sale_is_shown_with_the_time_of_the_void(world: World, till: Till, line: tuple[str, ...]) -> None:
    reported = minutes_later(world, till, ("void", "K1", "--yes"), line)

    assert "ALREADY VOIDED 4 min ago (" in reported.err


def test_the_verdict_on_a_voided_sale_has_the_same_time_as_its_story(world: World, till: Till) -> None:
    reported = minutes_later(world, till, ("void", "K1", "--yes"), ("why", "K1"))
    _, verdict, *story = reported.out.splitlines()

    assert (verdict.split("  ")[-2][:5], [line.split()[0][:5] for line in story if ", voided," in line]) == (
        "12:04", ["12:04"]
    )  # fmt: skip


def test_an_existing_tip_is_shown_with_the_time_of_the_tip(world: World, till: Till) -> None:
    reported = minutes_later(world, till, ("tip", "K1", "2.00"), ("tip", "K1", "2.00"))

    assert "ALREADY ADJUSTED 4 min ago" in reported.err


@pytest.mark.parametrize(("first", "again"), [(("void", "K1", "--yes"),) * 2, (("tip", "K1", "2.00"),) * 2], ids=str)
def test_a_repeated_change_adds_no_row(
    world: World, till: Till, first: tuple[str, ...], again: tuple[str, ...]
) -> None:
    minutes_later(world, till, first, again)

    assert len(till.run("requests", "list").out.splitlines()) == 2


def test_another_till_s_void_is_shown_without_a_time(world: World, till: Till) -> None:
    minutes_later(world, world.till("other"), ("void", "10001", "--yes"), ("void", "10001", "--yes"))
    till.run("void", "10001", "--yes")
    world.wait(240.0)
    reported = till.run("void", "10001", "--yes")

    assert ("ALREADY VOIDED" in reported.err, " ago (" in reported.err) == (True, False)


def test_a_hold_is_not_refunded(world: World, till: Till) -> None:
    """No money was taken that could be returned; a void releases the hold."""
    world.t1.next(customer(Tap(held=True)))
    till.run("charge", "12.34", "-k", "K1")
    refused = till.run("refund", "--transaction", "K1", "--yes", "--json")

    assert (refused.code, refused.error_code, "pjterm void 10001" in refused.err) == (10, "held", True)


@pytest.mark.parametrize("line", [("charge", "12.34", "-k", "K1"), ("resume", "K1"), ("follow", "K1")], ids=" ".join)
def test_a_hold_is_not_shown_as_paid(world: World, till: Till, line: tuple[str, ...]) -> None:
    world.t1.next(customer(Tap(held=True)))
    _, again = twice(world, till, REPEATS[0], *line)

    assert ("ALREADY HELD 4 min ago" in again.err, "PAID" in again.err) == (True, False)


@pytest.mark.parametrize(
    "line", [("charge", "12.34", "-k", "K1"), ("resume", "K1"), ("status", "K1"), ("why", "K1")], ids=" ".join
)
def test_a_hold_captured_elsewhere_is_not_shown_as_a_hold(world: World, till: Till, line: tuple[str, ...]) -> None:
    """A user who expects it to be voided would charge the customer again."""
    world.t1.next(customer(Tap(held=True)))
    till.run("charge", "12.34", "-k", "K1")
    world.sale().status = "CAPTURE"
    world.wait(3600.0)
    reported, listed, story = till.run(*line), till.run("requests", "show", "K1"), till.run("why", "K1").out

    said = re.findall(r"10001, (.*), \$12.34", story)
    assert (said[0], said[-1]) == ("approved and held", "approved")
    assert (reported.code, "not captured" in reported.out + reported.err + listed.out) == (0, False)


def test_another_till_s_tip_is_included_in_the_amount(world: World, till: Till) -> None:
    till.run("charge", "12.34", "-k", "K1")
    world.till("other").run("tip", str(world.sale().id), "1.00", "--yes")
    again = till.run("charge", "12.34", "-k", "K1")

    assert (again.code, "$13.34 ($12.34 + $1.00 tip)" in again.err) == (0, True)


def test_a_time_without_a_zone_is_utc_on_another_till_too(world: World, till: Till) -> None:
    """A sale of 3 hours ago was shown as "just now" and taken for the next customer's."""
    till.run("charge", "20", "-t", "T1", "-k", "a")
    world.service.others_charge("3.00", status="HOLD")
    world.wait(3 * 3600.0)
    world.books.showing.rewrite = lambda said, _: said.update(created=said["created"].removesuffix("Z"))
    other = world.till("other")
    again, held = other.run("charge", "20", "-t", "T1", "-k", "a"), other.run("status", "tx:10002")

    assert (again.code, "ALREADY PAID 3 h ago (12:00)" in again.err, world.taken) == (0, True, 1)
    assert "PayJunction voids it by itself on " in held.err


@pytest.mark.parametrize("quiet", [(), ("-q",), ("--json",)], ids=str)
@pytest.mark.parametrize("declined", [False, True])
def test_a_booking_that_came_late_is_told_as_one_by_the_same_key(
    world: World, till: Till, quiet: tuple[str, ...], declined: bool
) -> None:
    line = ("charge", "12.34", "-t", "T1", "-k", "K1")
    late = Tap(approved=False, flips=30.0) if declined else Tap(booked=30.0, shown=None)
    world.t1.next(customer(late))
    first = till.run(*line)
    world.wait(60.0)
    told = till.run(*line, *quiet, *(("--another-card",) if declined else ()))
    outcome = "declined" if declined else "cancelled"

    assert (first.code, told.code, world.taken) == (3 if declined else 5, 0, 1)
    assert f"ATTENTION: the payment of $12.34 on T1 (key K1) was reported as {outcome}, but is approved" in told.err


def test_an_approval_found_between_two_tries_of_one_command_changes_nothing_that_was_told(
    world: World, till: Till
) -> None:
    world.service.others_use(world.t1, 5.0)
    told = till.run("charge", "12.34", "-t", "T1", "-k", "K1", "--wait-busy", "30")

    assert (told.code, "ATTENTION" in told.err) == (0, False)


@pytest.mark.parametrize("line", [("charge", "5", "-k", "K1"), ("follow", "K1")], ids=" ".join)
def test_a_repeated_decline_still_says_that_this_card_is_never_to_be_run_again(
    world: World, till: Till, line: tuple[str, ...]
) -> None:
    world.t1.next(customer(Tap(approved=False, code="04")))
    till.run("charge", "5", "-k", "K1")

    assert "Never run this card again, not even tomorrow." in till.run(*line).err
