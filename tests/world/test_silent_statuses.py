"""A status that says neither that a request runs nor that it ended is silence: only a search can still decide."""

from __future__ import annotations

import pytest

from tests.world import faults
from tests.world.reader import Answer, RedX, Stays, Tap, customer
from tests.world.till import Till, World

LINE = ("charge", "12.34", "-t", "T1", "-k", "K1")
SILENT = ["NO_CONNECTION", "TIMED_OUT"]
"""After IN_PROGRESS the first of them ends nothing; the other one is undocumented."""


def falls_silent(world: World, status: str, at: float = 1.5) -> None:
    """From then on polls say only that, whatever happens at the reader."""
    world.service.status_as = lambda shown: shown if world.time.now < at else {"status": status}


@pytest.mark.parametrize("status", SILENT)
def test_a_payment_with_a_silent_status_is_found_by_a_search(world: World, till: Till, status: str) -> None:
    falls_silent(world, status)
    run = till.run(*LINE)

    assert (run.code, run.seconds < 10, world.taken) == (0, True, 1)


@pytest.mark.parametrize("status", SILENT)
def test_an_unpaid_one_stays_unknown_until_the_deadline(world: World, till: Till, status: str) -> None:
    falls_silent(world, status)
    world.t1.next(customer(RedX()))
    run = till.run(*LINE, "--timeout", "20")

    assert (run.code, "neither that it runs nor that it ended" in run.err) == (9, True)


@pytest.mark.parametrize("status", SILENT)
def test_resume_finds_it_however_short_its_timeout(world: World, till: Till, status: str) -> None:
    till.run(*LINE, "--no-wait")
    falls_silent(world, status, 0.0)
    world.wait(5.0)

    assert till.run("resume", "K1", "--timeout", "0.5").code == 0


@pytest.mark.parametrize("status", SILENT)
def test_a_sale_shown_by_a_search_is_not_called_not_charged(world: World, till: Till, status: str) -> None:
    till.run(*LINE, "--no-wait")
    falls_silent(world, status, 0.0)
    world.wait(5.0)
    run = till.run("resume", "K1", "--not-charged", "--yes")

    assert (0, f"{world.sale().id}\n") == (run.code, run.out)


@pytest.mark.parametrize("status", SILENT)
def test_a_new_sale_on_that_reader_finds_it_first(world: World, till: Till, status: str) -> None:
    till.run(*LINE, "--no-wait")
    falls_silent(world, status, 0.0)
    world.wait(5.0)
    till.run("charge", "5.00", "-t", "T1", "-k", "K2", "--timeout", "5")

    assert till.run("requests", "show", "K1", "--json").json["item"]["outcome"] == "approved"


def not_charged_unseen(world: World, till: Till) -> None:
    """The operator says that nothing was charged while the network is down; afterwards it works again."""
    till.run(*LINE, "--no-wait")
    world.network(till).up = False
    assert till.run("resume", "K1", "--not-charged", "--yes").code == 5
    world.network(till).up = True


@pytest.mark.parametrize("status", SILENT)
def test_the_same_key_finds_it_although_an_operator_said_not_charged(world: World, till: Till, status: str) -> None:
    not_charged_unseen(world, till)
    falls_silent(world, status, 0.0)
    world.wait(5.0)
    run = till.run(*LINE)

    assert (run.code, world.taken) == (0, 1)


def test_a_running_request_is_followed_although_an_operator_said_not_charged(world: World, till: Till) -> None:
    world.t1.next(customer(Tap(after=30.0)))
    not_charged_unseen(world, till)
    run = till.run(*LINE)

    assert (run.code, world.taken) == (0, 1)


def test_if_polls_fail_until_the_end_a_search_decides(world: World, till: Till) -> None:
    world.faults.add(faults.lost_request(faults.page(503)), "poll", times=1e9)
    run = till.run(*LINE, "--timeout", "20")

    assert (run.code, world.taken) == (0, 1)


def test_a_reader_that_keeps_running_is_not_searched_for(world: World, till: Till) -> None:
    world.t1.next(customer(Stays()))
    till.run(*LINE, "--timeout", "10")

    assert [call.name for call in world.service.calls].count("search") == 1  # before the POST


GONE = faults.says(404, "404 Not Found")


def test_a_request_that_was_gone_long_before_is_searched_for_once(world: World, till: Till) -> None:
    world.t1.next(customer(Stays(100.0)))
    till.run(*LINE, "--no-wait")
    world.wait(300.0)
    world.faults.add(GONE, "poll", times=10**9)
    run = till.run("resume", "K1")

    assert (run.code, run.seconds < 5.0, "Searching for its transaction…" in run.err) == (9, True, True)


def test_for_a_prompt_that_is_gone_no_transaction_is_searched(world: World, till: Till) -> None:
    world.t1.next(customer(Stays(100.0)))
    world.faults.add(GONE, "poll", times=10**9, since=2.5)
    run = till.run("prompt", "Ok?", "-t", "T1", "-k", "P1")

    assert (run.code, "transaction" in run.err, "no longer has this request" in run.err) == (9, False, True)


@pytest.mark.parametrize("line", [("charge", "5", "-t", "T1"), ("sign", "-t", "T1")], ids=["charge", "sign"])
def test_once_a_poll_is_answered_again_its_failure_is_not_what_stands_there(
    world: World, till: Till, line: tuple[str, ...]
) -> None:
    world.t1.next(customer(Answer({"signatureId": "a" * 32}, 20.0) if "sign" in line else Tap(after=20.0)))
    world.faults.add(faults.lost_answer(faults.page(502)), "poll", skip=3)
    rows = [row for row in till.run(*line).err.splitlines() if row.startswith("12:")]
    failed = next(n for n, row in enumerate(rows) if "trying again" in row)
    then = rows[failed + 1]

    assert (then[9:], then < "12:00:05") == (rows[failed - 1][9:], True)
