"""A part of the fault matrix (`python -m tests.bench faults` runs all of it), and some false evidence."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.cli.matrix import CUSTOMERS, LOSSES, Case, Result, play
from tests.cli.memory import Stage
from tests.cli.proxy import Loss, every, few

STEPS = (10, 14, 3, 9, 17, 12, 8, 20, 5, 23, 11, 15, 2, 26, 13, 6)
"""Boundaries spread over a charge: around the entry, the POST, the polls, the lookup, the verdict."""


def chosen() -> list[Case]:
    """Each way to lose the answer with each customer, each at a different boundary."""
    pairs = [(loss, customer) for loss in LOSSES for customer in CUSTOMERS]
    return [Case(STEPS[n % len(STEPS)], loss, customer) for n, (loss, customer) in enumerate(pairs)]


def marked() -> Iterator[object]:
    """The short suite has each way once, each with a different customer than the one before."""
    for n, case in enumerate(chosen()):
        is_short = n % len(CUSTOMERS) == n // len(CUSTOMERS) % len(CUSTOMERS)
        yield pytest.param(case, id=str(case), marks=() if is_short else pytest.mark.exhaustive)


@pytest.fixture(scope="module")
def results(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Case, Future[Result]]]:
    """The selected cases, played six at a time."""
    root = tmp_path_factory.mktemp("faults")
    mine = [i.callspec.params for i in request.session.items if i.path == request.path and hasattr(i, "callspec")]
    with ThreadPoolExecutor(6) as pool:
        yield {p["case"]: pool.submit(play, root / str(n), p["case"]) for n, p in enumerate(mine)}


@pytest.mark.parametrize("case", [*marked()])
def test_no_customer_is_charged_twice_or_shown_a_false_outcome(results: dict[Case, Future[Result]], case: Case) -> None:
    result = results[case].result()

    assert result.faults == (), result


def test_a_login_rejected_during_a_payment_is_never_a_verdict(stage: Stage) -> None:
    """After the POST was taken, every poll is answered with 401: the command ends with what is known, or with 9."""
    shop, till = stage.open("[[request]]\nacts = 60.0\n", speed=1.0)
    till.run("charge", "12.50", "-k", "order-1", "--no-wait")
    resumed = till.run("resume", "order-1", "--json", "--timeout", "20", PJTERM_PASSWORD="changed")

    assert (resumed.code, resumed.json["outcome"]) == (9, "unknown"), resumed.err
    assert shop.posts == ["request-payment"]


def test_polls_that_are_never_answered_end_in_9(stage: Stage) -> None:
    shop, till = stage.open("[[request]]\nacts = 10.0\n", speed=1.0)
    with shop.losing(every("/requests/", Loss.HTTP_502)):
        run = till.run("charge", "12.50", "-k", "order-1", "--json", "--timeout", "2")
    resumed = till.run("resume", "order-1", "--json")

    assert (run.code, run.json["outcome"]) == (9, "unknown")
    assert (resumed.code, resumed.json["outcome"]) == (0, "approved")
    assert len(shop.charges()) == 1


def test_an_unreadable_transaction_is_9_and_named(stage: Stage) -> None:
    shop, till = stage.open(speed=50.0)
    with shop.losing(every("/transactions/", Loss.TRUNCATED)):
        run = till.run("charge", "12.50", "-k", "order-1", "--json", "--timeout", "2")
    resumed = till.run("resume", "order-1", "--json")

    assert (run.code, run.json["outcome"], run.json["transactionId"]) == (9, "unknown", 10001)
    assert (resumed.code, resumed.json["outcome"]) == (0, "approved")


def test_a_purged_request_is_resolved_by_a_search(stage: Stage) -> None:
    """Days later the request no longer exists (404), but the invoice number does."""
    shop, till = stage.open(speed=50.0)
    till.run("charge", "12.50", "-k", "order-1", "--json", "--no-wait")
    shop.purge()
    resumed = till.run("resume", "order-1", "--json", "--timeout", "5")

    assert (resumed.code, resumed.json["outcome"]) == (0, "approved")
    assert "404" in " ".join(e["says"] for e in resumed.json["evidence"])
    assert "search" in [e["source"] for e in resumed.json["evidence"]]


def test_a_service_that_does_not_know_a_new_request_yet_is_polled_again(stage: Stage) -> None:
    shop, till = stage.open(speed=50.0)
    with shop.losing(few(2, "/requests/", Loss.NOT_FOUND)):
        run = till.run("charge", "12.50", "-k", "order-1", "--json")

    assert (run.code, run.json["outcome"]) == (0, "approved"), run.err


def test_a_request_that_was_once_unknown_is_polled_again_by_resume(stage: Stage) -> None:
    """An answer from an outage is requested again."""
    shop, till = stage.open('[[request]]\ncustomer = "cancels"\n', speed=50.0)
    with shop.losing(every("/requests/", Loss.NOT_FOUND)):
        lost = till.run("charge", "12.50", "-k", "order-1", "--json")
    resumed = till.run("resume", "order-1", "--json")

    assert (lost.code, lost.json["outcome"]) == (9, "unknown")
    assert (resumed.code, resumed.json["outcome"]) == (5, "cancelled"), resumed.err


def test_clearing_the_terminal_needs_a_minute_or_settle(stage: Stage) -> None:
    """Without a request id, /main could end another payment: 60 s must have passed, or --settle must be given."""
    _, till = stage.open("reply-lost-not-started", speed=50.0)
    till.run("charge", "1", "--timeout", "1", "-k", "lost")
    soon = till.run("resume", "lost", "--clear-terminal", "--json")
    resolved = till.run("resume", "lost", "--clear-terminal", "--settle", "10", "--json", "--timeout", "3")

    assert (soon.code, soon.json["outcome"]) == (10, "refused")
    assert "--settle" in soon.err
    assert (resolved.code, resolved.json["outcome"]) == (9, "unknown")


def test_a_cleared_terminal_and_a_control_prove_that_nothing_was_booked(stage: Stage) -> None:
    """Finding nothing proves something only if the same search does find the newest approved sale."""
    shop, till = stage.open(speed=50.0)
    control = till.run("charge", "5", "-k", "control", "--json")
    with shop.losing(every("request-payment", Loss.RESET_BEFORE)):
        lost = till.run("charge", "6", "-k", "lost", "--timeout", "1")
    cleared = till.run("resume", "lost", "--clear-terminal", "--settle", "10", "--json")
    again = till.run("charge", "6", "-k", "lost", "--json")

    assert (control.code, lost.code) == (0, 9)
    assert (cleared.code, cleared.json["outcome"]) == (5, "cancelled"), cleared.err
    assert str(control.json["transactionId"]) in cleared.json["evidence"][-1]["says"]
    assert (again.code, len(shop.charges())) == (0, 2)
