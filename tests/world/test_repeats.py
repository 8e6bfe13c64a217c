"""A repeat says that it is one: what was known before this command is never told like something that happened now."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.world.reader import RedX, Tap, customer
from tests.world.till import Run, Till, World


@dataclass(frozen=True, slots=True)
class Repeat:
    """A line that is typed twice, and the word that the second time begins with."""

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
def test_the_same_line_says_when_it_was_done_and_that_nothing_was_sent_now(
    world: World, till: Till, repeat: Repeat
) -> None:
    _, again = twice(world, till, repeat)

    assert (f"{repeat.word} 4 min ago" in again.err, "Nothing was sent now." in again.err) == (True, True)


@pytest.mark.parametrize("repeat", REPEATS, ids=str)
@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_the_object_says_so_too(world: World, till: Till, repeat: Repeat, form: str) -> None:
    first, again = twice(world, till, repeat, form=form)

    assert (first.json["replayed"], again.json["replayed"]) == (False, True)


@pytest.mark.parametrize("repeat", REPEATS, ids=str)
def test_a_pipe_gets_the_same_line_twice(world: World, till: Till, repeat: Repeat) -> None:
    first, again = twice(world, till, repeat)

    assert (first.code, first.out) == (again.code, again.out)


@pytest.mark.parametrize("repeat", REPEATS, ids=str)
def test_the_reader_is_asked_once(world: World, till: Till, repeat: Repeat) -> None:
    twice(world, till, repeat)

    assert len([c for c in world.service.calls if c.name.startswith("request-")]) == 1


@pytest.mark.parametrize("command", ["resume", "follow"])
@pytest.mark.parametrize("repeat", REPEATS, ids=str)
def test_whoever_looks_later_is_told_an_old_result(world: World, till: Till, repeat: Repeat, command: str) -> None:
    _, told = twice(world, till, repeat, command, "K1")

    assert f"{repeat.word} 4 min ago" in told.err


def test_a_declined_sale_is_a_repeat_too(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(approved=False)))
    _, again = twice(world, till, Repeat(("charge", "12.34"), ""))

    assert (again.code, "ALREADY DECLINED 4 min ago" in again.err) == (3, True)


def test_what_another_till_was_paid_is_a_repeat(world: World, till: Till) -> None:
    world.till("other").run("charge", "12.34", "-t", "T1", "-k", "K1")
    world.wait(240.0)
    told = till.run("charge", "12.34", "-t", "T1", "-k", "K1", "--json")

    assert (told.json["replayed"], world.taken, "ALREADY PAID 4 min ago" in told.err) == (True, 1, True)


def test_a_void_of_what_is_void_is_a_repeat(till: Till) -> None:
    till.run("charge", "12.34", "-t", "T1", "-k", "K1")
    till.run("void", "10001", "--yes")
    again = till.run("void", "10001", "--yes", "--json")

    assert (again.code, again.json["replayed"]) == (0, True)


def test_a_payment_that_this_command_found_out_is_no_repeat(world: World, till: Till) -> None:
    """It was left while it ran: nobody was told yet."""
    till.run("charge", "12.34", "-t", "T1", "-k", "K1", "--no-wait")
    world.wait(30.0)
    told = till.run("resume", "K1", "--json")

    assert (told.json["outcome"], told.json["replayed"]) == ("approved", False)


def test_a_booking_that_came_late_is_no_repeat(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(booked=30.0, shown=None)))
    till.run("charge", "12.34", "-t", "T1", "-k", "K1")
    world.wait(60.0)
    told = till.run("charge", "12.34", "-t", "T1", "-k", "K1", "--json")

    assert (told.json["outcome"], told.json["replayed"]) == ("approved", False)


def test_a_new_try_after_a_red_x_is_no_repeat(world: World, till: Till) -> None:
    world.t1.next(customer(RedX()))
    _, again = twice(world, till, REPEATS[0], form="json")

    assert (again.json["outcome"], again.json["replayed"]) == ("approved", False)


@pytest.mark.parametrize("line", [("charge", "12.34", "-k", "K1"), ("why", "K1"), ("resume", "K1")])
def test_what_was_refunded_since_is_said_wherever_the_sale_is_told(till: Till, line: tuple[str, ...]) -> None:
    till.run("charge", "12.34", "-k", "K1")
    till.run("refund", "5.00", "--transaction", "K1", "--yes")
    told = till.run(*line)

    assert "$5.00 of it went back since." in told.err + told.out
