"""A used-up limit and a login without permission: the service did answer, and its message is shown."""

from __future__ import annotations

import pytest

from pjterm.api.acts import about
from tests.world import faults
from tests.world.reader import RedX, customer
from tests.world.till import Till, World

LINE = ("charge", "12.34", "-k", "K1", "--timeout", "20")
FORBIDDEN = faults.says(403, "You do not have permission.")


@pytest.mark.parametrize(
    ("name", "code"), [("request-payment", 12), ("search", 12), ("devices", 12), ("poll", 0), ("transaction", 9)]
)
def test_a_used_up_limit_is_not_reported_as_silence(world: World, till: Till, name: str, code: int) -> None:
    world.faults.add(faults.SLOW_DOWN, name, times=1e9)
    run = till.run(*LINE)

    assert (run.code, "slow down" in run.err, "answer" in run.err) == (code, True, False)


@pytest.mark.parametrize(("header", "says"), [({}, "in a minute"), ({"retry-after": "30"}, "in 30 s")], ids=str)
@pytest.mark.parametrize("name", ["request-payment", "devices"])
def test_the_time_to_try_again_is_shown(world: World, till: Till, name: str, header: dict[str, str], says: str) -> None:
    world.faults.add(faults.says(429, "Too many requests.", **header), name, times=1e9)

    assert f"The same command is safe to retry {says}: pjterm charge 12.34" in till.run(*LINE).err


def test_a_broken_connection_is_still_reported_as_silence(world: World, till: Till) -> None:
    world.faults.add(faults.lost_request(), "poll", times=1e9)

    assert "No answer from PayJunction since" in till.run(*LINE).err


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (FORBIDDEN, "No search result since 12:00:03 (this login may not search transactions)"),
        (faults.says(500), "No search result since 12:00:03 (the API failed)"),
        (faults.no_connection(), "No answer from PayJunction since 12:00:03"),
    ],
    ids=str,
)
def test_a_rejected_search_is_not_reported_as_silence(world: World, till: Till, fault: faults.Fault, says: str) -> None:
    world.t1.next(customer(RedX()))
    world.faults.add(fault, "search", times=1e9)

    assert says in till.run("charge", "5", "-t", "T1").err


@pytest.mark.parametrize(
    ("name", "line", "may"),
    [
        ("request-payment", LINE, "send requests to readers"), ("search", LINE, "search transactions"),
        ("devices", ("terminals", "list"), "see the readers"), ("nothing", ("deposits",), "see deposits"),
        ("transaction", ("transactions", "show", "10001"), "see this transaction"),
        ("post", ("refund", "--transaction", "10001", "-y"), "give refunds"),
        ("void", ("void", "10001", "-y"), "void or change transactions"),
    ],
)  # fmt: skip
def test_a_login_without_permission_is_told_for_what(
    world: World, till: Till, name: str, line: tuple[str, ...], may: str
) -> None:
    till.run("charge", "20", "-k", "K0")
    world.faults.add(FORBIDDEN, name, times=1e9)
    run = till.run(*line)

    assert (run.code, f"pjterm: this login may not {may}: You do not have permission\n" in run.err) == (4, True)
    assert "password" not in run.err


@pytest.mark.parametrize(
    ("method", "path", "what"),
    [
        ("POST", "/smartterminals/T/main", "the reset"), ("POST", "/smartterminals/T/request-payment", "the request"),
        ("GET", "/api/transactions/10001", "transaction 10001"), ("GET", "/transactions/", "the search"),
        ("DELETE", "/webhooks/x", "the webhook"), ("GET", "/nowhere", "the request"),
    ],
)  # fmt: skip
def test_a_rejection_names_its_subject_and_no_path(method: str, path: str, what: str) -> None:
    assert about(method, path)[0] == what


@pytest.mark.parametrize("fault", [faults.SLOW_DOWN, faults.no_connection()], ids=["429", "no connection"])
@pytest.mark.parametrize("line", [("charge", "3.44"), ("charge", "3.44", "-k", "K1"), ("refund", "3.44", "-y")])
def test_a_failure_to_send_speaks_only_for_this_command(
    world: World, till: Till, line: tuple[str, ...], fault: faults.Fault
) -> None:
    """Another till may have been paid for the same sale: that was not checked."""
    for name in ("request-payment", "request-refund"):
        world.faults.add(fault, name, times=1e9)
    run = till.run(*line, "-t", "T1")

    assert (run.code, "This command sent nothing." in run.err, "Nothing was" in run.err) == (12, True, False), run.err
