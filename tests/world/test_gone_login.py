"""What a login sent that no profile has anymore is found out with the one that took its place, as far as that sees."""

from __future__ import annotations

import pytest

from pjterm.core.hints import commands
from tests.world.faults import lost_answer, lost_request
from tests.world.reader import RedX, Tap, customer
from tests.world.till import Till, World

LINE = ("charge", "12.34", "-t", "T1", "-k", "K1")


def replace_login(world: World, till: Till, sees: str = "all") -> None:
    """The shop has another API login from now on."""
    till.configure(login="shop-2")
    world.service.login("shop-2").sees = sees


@pytest.mark.parametrize(
    "line",
    [
        ("resume", "K1"),
        ("resume", "K1", "-p", "till"),
        ("resume", "K1", "--not-charged", "-y"),
        ("status", "K1"),
        ("why", "K1"),
        ("receipt", "K1"),
        ("void", "K1", "-y"),
    ],
    ids=" ".join,
)
def test_what_is_known_is_said_and_can_be_taken_back(world: World, till: Till, line: tuple[str, ...]) -> None:
    till.run(*LINE)
    replace_login(world, till)

    assert till.run(*line).code == 0
    assert len(world.paid()) == (0 if "void" in line else 1)


@pytest.mark.parametrize("line", [("resume", "K1"), ("resume",), ("follow", "K1")], ids=" ".join)
def test_what_is_open_is_followed_to_its_payment(world: World, till: Till, line: tuple[str, ...]) -> None:
    world.t1.next(customer(Tap(after=10.0)))
    till.run(*LINE, "--no-wait")
    replace_login(world, till)

    assert till.run(*line).code == 0


def test_a_lost_answer_is_proven_by_a_search_that_finds_its_payment(world: World, till: Till) -> None:
    world.faults.add(lost_answer(), "request-payment")
    till.run(*LINE, "--timeout", "2")
    world.wait(60.0)
    replace_login(world, till)

    assert till.run("resume", "K1").code == 0


@pytest.mark.parametrize("line", [("cancel", "-t", "T1"), ("cancel", "K1"), ("cancel", "--any", "-y")], ids=" ".join)
def test_what_runs_is_cancelled(world: World, till: Till, line: tuple[str, ...]) -> None:
    till.run("charge", "5", "-t", "T1", "-k", "K0")
    world.t1.next(customer(Tap(after=60.0)))
    till.run(*LINE, "--no-wait")
    world.wait(3.0)
    replace_login(world, till)

    assert (till.run(*line).code, world.t1.running, len(world.paid())) == (0, None, 1)


@pytest.mark.parametrize("before", ["nothing", "a sale"])
@pytest.mark.parametrize("sees", ["own", "none"])
@pytest.mark.parametrize(
    "who", [customer(Tap(after=5.0, booked=6.0, shown=None)), customer(RedX(after=5.0))], ids=["booked", "red X"]
)
def test_what_it_may_not_see_is_never_proven_absent(
    world: World, till: Till, who: object, sees: str, before: str
) -> None:
    """Its searches find nothing of what the other one booked, and neither do they where nothing was booked."""
    if before == "a sale":
        till.run("charge", "5", "-t", "T1", "-k", "K0")
    world.t1.next(who)  # type: ignore[arg-type]
    till.run(*LINE, "--no-wait")
    replace_login(world, till, sees)
    run = till.run("resume", "K1", "--json")

    assert (run.code, run.json["outcome"], run.error_code) == (9, "unknown", "not-proven")
    assert "CANCELLED" not in run.err
    assert till.run(*LINE).code == 10
    assert till.run("resume", "K1", "--not-charged", "-y").code == 5


@pytest.mark.parametrize(("before", "code"), [("nothing", 9), ("a sale", 5)])
def test_an_absence_counts_where_the_same_search_finds_what_the_other_one_booked(
    world: World, till: Till, before: str, code: int
) -> None:
    if before == "a sale":
        till.run("charge", "5", "-t", "T1", "-k", "K0")
    world.t1.next(customer(RedX(after=5.0)))
    till.run(*LINE, "--no-wait")
    replace_login(world, till)
    run = till.run("resume", "K1", "--json")

    found = any("the same search does find" in e["says"] for e in run.json["evidence"])
    assert (run.code, found, "CANCELLED" in run.err) == (code, code == 5, code == 5)


@pytest.mark.parametrize(("sees", "code"), [("all", 3), ("own", 9), ("none", 9)])
def test_a_decline_counts_where_a_search_shows_it(world: World, till: Till, sees: str, code: int) -> None:
    """Another card may have been approved after it."""
    world.t1.next(customer(Tap(after=5.0, approved=False)))
    till.run(*LINE, "--no-wait")
    replace_login(world, till, sees)

    run = till.run("resume", "K1")
    assert (run.code, "DECLINED" in run.err) == (code, code == 3)


def test_its_key_is_not_proposed_again(world: World, till: Till) -> None:
    """The line was refused, and the way out of that led back."""
    world.faults.add(lost_request(), "request-payment")
    till.run(*LINE, "--timeout", "5")
    replace_login(world, till)
    run = till.run("resume", "K1", "--not-charged", "-y")

    assert (run.code, commands(run.err.splitlines()[-1])) == (5, ["pjterm why K1"])
    assert "15 minutes after its end the same --key may be sent again" in run.err


def test_a_sale_that_is_known_is_not_called_uncharged(till: Till) -> None:
    """Under a profile of another environment, once its own is removed."""
    till.run(*LINE)
    till.run("profiles", "remove", "till", "--yes")
    till.read = None
    run = till.run("-p", "simulator", "status", "K1")

    assert (run.code, "profiles add" in run.err, "--not-charged" in run.err) == (10, True, False)
