"""`probe`: each guess of a simulator is checked, and everything booked for it is voided or refunded."""

from __future__ import annotations

import re
import signal
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from pjterm.core.probe import NOT_ASKED, QUESTIONS
from pjterm.errors import ConfigBroken
from pjterm.settings import facts_file
from pjterm.simulator.shop.guesses import Guesses
from pjterm.simulator.shop.scenario_files import guesses_of
from pjterm.values import fields
from tests.printed import fault_of
from tests.world.faults import Cut, lost_answer, lost_request, page
from tests.world.machine import Process
from tests.world.service import URL, Reply
from tests.world.simulated import Simulated, simulated
from tests.world.till import KILLED, Run, Till

SLOW = '[[request]]\nconnecting = 3.0\nacts = 10.0\nkinds = ["prompt"]\n'
SURCHARGED = '[[account]]\nsurcharge = "3.00"\n'
FLIPS: dict[str, Any] = {
    "limit_status": 403, "main_status": 204, "main_ends_connecting": False, "unknown_transaction_status": 400,
    "duplicate_without_invoice": True, "refund_voidable": True, "rebill_inherits": False, "reader_takes_hold": True,
    "signature_by_default": False, "avs_unavailable_declines": True, "surcharge_follows_edits": True,
    "underwritten": False,
}  # fmt: skip


@contextmanager
def shop(root: Path, scenario: str = SLOW, *, shortcut: bool = False) -> Iterator[tuple[Simulated, Till]]:
    world, service, till = simulated(root, scenario)
    world.shortcut = shortcut
    with closing(service), world:
        yield service, till


def written(name: str, value: Any) -> str:
    """A guess as it is written in a scenario file."""
    return f"[guesses]\n{name} = {str(value).lower()}\n"


def facts(till: Till) -> dict[str, Any]:
    return tomllib.loads((till.machine.directory / "config-till" / "facts.toml").read_text())


def differing(run: Run) -> dict[str, Any]:
    return {i["name"]: i["answer"] for i in run.json["items"] if i["differs"]}


def kept(service: Simulated) -> list[int]:
    """What is charged or refunded and not voided, except for refunds and the charges that they return."""
    moved = [t for t in service.transactions if t["code"] == "00" and t["status"] != "VOID"]
    back = sorted(t["amounts"]["amountBase"] for t in moved if t["action"] == "REFUND")
    charged = sorted(t["amounts"]["amountBase"] for t in moved if t["action"] == "CHARGE")
    return [] if charged == back else [t["transactionId"] for t in moved]


def owed(service: Simulated) -> set[str]:
    """The charges that no void and no refund has returned."""
    moved = [t for t in service.transactions if t["code"] == "00" and t["status"] != "VOID"]
    back = {t["original"] for t in moved if t["action"] == "REFUND"}
    return {str(t["transactionId"]) for t in moved if t["action"] == "CHARGE" and t["transactionId"] not in back}


def named(run: Run) -> set[str]:
    """The transactions for which it prints a void."""
    return set(re.findall(r"pjterm void tx:(\d+)", run.err))


# -- the findings -------------------------------------------------------------------------------------------------


def test_every_guess_of_the_simulator_is_checked_or_listed_as_unchecked() -> None:
    asked = {q.name for q in QUESTIONS if q.guess} | NOT_ASKED.keys()

    assert asked == {f.name for f in fields(Guesses)} == FLIPS.keys() | NOT_ASKED.keys()


def test_a_service_as_assumed_has_no_difference(place: Path) -> None:
    with shop(place) as (service, till):
        run = till.run("probe", "--json", "--yes")

    unknown = [i["name"] for i in run.json["items"] if i["answer"] is None]
    assert (run.code, differing(run), unknown) == (0, {}, ["surcharge_follows_edits"])
    assert kept(service) == []


@pytest.mark.parametrize("name", FLIPS)
def test_exactly_the_wrong_guess_is_found(place: Path, name: str) -> None:
    account = SURCHARGED if name == "surcharge_follows_edits" else ""
    with shop(place, SLOW + account + written(name, FLIPS[name])) as (service, till):
        run = till.run("probe", "--json", "--yes")

    assert (run.code, differing(run)) == (13, {name: FLIPS[name]})
    assert kept(service) == []


def test_a_reader_that_connects_too_quickly_leaves_its_question_open(place: Path) -> None:
    with shop(place, "") as (_, till):
        found = {i["name"]: i for i in till.run("probe", "--json", "--yes").json["items"]}

    assert found["main_ends_connecting"]["answer"] is None
    assert "too quickly" in found["main_ends_connecting"]["says"]


@pytest.mark.parametrize("ends", [True, False])
def test_such_a_reader_is_unplugged_if_a_user_is_there_to_do_it(place: Path, ends: bool) -> None:
    unplugged = '[[request]]\nkinds = ["prompt"]\nnth = 3\ndevice = "unplugged"\n'
    with shop(place, unplugged + written("main_ends_connecting", ends)) as (_, till):
        run = till.run("probe", "--json", "--yes", answers="y\ny\n")

    assert differing(run) == ({} if ends else {"main_ends_connecting": False})
    assert next(i for i in run.json["items"] if i["name"] == "main_ends_connecting")["answer"] is ends


def test_a_reader_that_is_not_unplugged_leaves_its_question_open(place: Path) -> None:
    with shop(place, "") as (_, till):
        found = {i["name"]: i for i in till.run("probe", "--json", "--yes", answers="y\ny\n").json["items"]}

    assert found["main_ends_connecting"]["answer"] is None
    assert "was not unplugged" in found["main_ends_connecting"]["says"]


def test_a_declined_payment_leaves_the_questions_open_that_need_it(place: Path) -> None:
    with shop(place, SLOW + '[[request]]\ncustomer = "declined"\n') as (service, till):
        found = {i["name"]: i["answer"] for i in till.run("probe", "--json", "--yes").json["items"]}

    assert (found["rebill_inherits"], found["limit_status"]) == (None, 429)
    assert kept(service) == []


# -- the result file ----------------------------------------------------------------------------------------------


def test_the_facts_are_the_simulator_s_guesses_and_contain_no_secret(place: Path) -> None:
    with shop(place, SLOW + written("main_status", 204)) as (_, till):
        till.run("probe", "--yes")
        text = (till.machine.directory / "config-till" / "facts.toml").read_text()
        found = facts(till)

    assert (found["environment"], found["guesses"]["main_status"]) == ("labs", 204)
    assert found["observed"]["invoice_number_kept"] is True
    assert found["sources"]["main_status"]["requests"]
    assert [s for s in ("simulator", "00000000-0000-4000-8000-000000000000") if s in text] == []


def test_another_probe_of_the_host_keeps_earlier_findings(place: Path) -> None:
    with shop(place, SLOW + '[[request]]\nnth = 3\ncustomer = "declined"\n') as (_, till):
        till.run("probe", "--yes")
        first = facts(till)
        till.run("probe", "--yes")
        second = facts(till)

    assert fault_of("facts", second) is None
    assert second["guesses"] == first["guesses"]
    assert second["guesses"]["rebill_inherits"] is True


def test_a_simulator_learns_nothing_from_itself(place: Path) -> None:
    with shop(place) as (_, till):
        config = till.machine.directory / "config-till"
        text = (config / "config.toml").read_text().replace('"labs"', '"simulator"')
        (config / "config.toml").write_text(text.replace(URL, "http://127.0.0.1:8700"))
        run = till.run("probe", "--yes")

    assert (run.code, (config / "facts.toml").exists()) == (0, False)
    assert "a simulator learns nothing from itself" in run.err


@pytest.mark.parametrize("text", ["guesses = 1\n", "[guesses\n", "[guesses]\nlunch = 1\n"])
def test_unreadable_facts_are_no_guesses(place: Path, text: str) -> None:
    (place / "facts.toml").write_text(text)

    with pytest.raises(ConfigBroken):
        guesses_of(facts_file.guesses(place))


# -- before anything is sent --------------------------------------------------------------------------------------


def test_production_is_refused_before_anything_is_sent(place: Path) -> None:
    with shop(place) as (service, till):
        config = till.machine.directory / "config-till" / "config.toml"
        config.write_text(config.read_text().replace('"labs"', '"production"'))
        run = till.run("probe", "--yes")

    assert (run.code, "production" in run.err, service.calls) == (2, True, [])


def test_without_a_user_at_the_reader_no_payment_is_requested(place: Path) -> None:
    with shop(place) as (service, till):
        piped, refused = till.run("probe"), till.run("probe", answers="n\n")

    assert (piped.code, refused.code, service.calls) == (10, 10, [])


# -- interrupted --------------------------------------------------------------------------------------------------


def interrupted(signum: signal.Signals, *at: int) -> Any:
    """Send a signal at each of these answers of the service."""
    seen = 0

    def trouble(process: Process) -> None:
        step = process.step

        def stepped(name: str) -> None:
            nonlocal seen
            step(name)
            seen += name == "answered"
            if name == "answered" and seen in at:
                process.signal(signum)

        process.step = stepped  # type: ignore[method-assign]

    return trouble


GIVING = SLOW + "[guesses]\nreader_takes_hold = true\nrefund_voidable = true\n"
"""The points at which most could be left behind."""


@pytest.mark.parametrize("part", [0, *(pytest.param(n, marks=pytest.mark.exhaustive) for n in (1, 2, 3))])
def test_wherever_it_is_interrupted_everything_is_returned(place: Path, part: int) -> None:
    """At each answer but the last, after which there is nothing to interrupt."""
    with shop(place / "whole", GIVING, shortcut=True) as (service, till):
        till.run("probe", "--yes")
    wrong = []
    for at in range(1 + part, len(service.calls), 4):
        signum = (signal.SIGINT, signal.SIGTERM)[at // 4 % 2]
        with shop(place / str(at), GIVING, shortcut=True) as (service, till):
            run = till.run("probe", "--yes", trouble=interrupted(signum, at))
            found = (run.code, service.showing(10.0), kept(service))
        if found != (128 + signum, [], []):
            wrong.append((at, *found))

    assert wrong == []


def test_a_second_signal_ends_it_at_once_and_names_what_is_left(place: Path) -> None:
    with shop(place) as (service, till):
        run = till.run("probe", "--yes", trouble=interrupted(signal.SIGINT, 33, 36))

    assert run.code == 130
    assert named(run) >= owed(service) != set()


# -- returning the money ------------------------------------------------------------------------------------------


def test_a_charge_that_cannot_be_voided_is_refunded(place: Path) -> None:
    with shop(place, SLOW + '[[request]]\nkinds = ["payment"]\npin_debit = true\n') as (service, till):
        run = till.run("probe", "--yes")

    assert (run.code, kept(service)) == (0, [])


def test_a_void_answered_by_a_proxy_is_resent_and_not_replaced_by_a_refund(place: Path) -> None:
    """The void may have been taken anyway, and an additional refund would return the money twice."""
    refunds = []
    for times in (0, 1):
        with shop(place / str(times), SLOW) as (service, till):
            till.world.faults.add(lost_request(page(403)), "void", times=times)
            run = till.run("probe", "--yes")
        refunds.append(sum(t["action"] == "REFUND" for t in service.transactions))
        assert (run.code, len(till.world.faults.met), kept(service)) == (0, times, [])

    assert refunds[0] == refunds[1]


def test_a_void_with_a_lost_answer_prevents_no_other(place: Path) -> None:
    faults = '[[http]]\ncall = "PUT /transactions/*"\nfault = "reply-lost-not-started"\n'
    with shop(place, SLOW + faults) as (service, till):
        run = till.run("probe", "--yes")

    assert (run.code, kept(service)) == (0, [])


@pytest.mark.parametrize("instead", [Cut(), page(403)], ids=["cut", "page"])
@pytest.mark.parametrize("nth", range(4))
def test_a_charge_with_a_lost_answer_is_found_although_a_search_shows_it_late(
    place: Path, nth: int, instead: Cut | Reply
) -> None:
    """A proxy's page is no rejection: it used to report that nothing stayed charged."""
    with shop(place, "search_lag = 5.0\n" + SLOW) as (service, till):
        till.world.faults.add(lost_answer(instead), "post", skip=nth)
        run = till.run("probe", "--yes")

    assert (run.code, len(till.world.faults.met), kept(service)) == (0, 1, [])
    assert "an answer was lost; waiting" in run.err


def test_a_charge_that_cannot_be_returned_is_named(place: Path) -> None:
    faults = '[[http]]\ncall = "PUT /transactions/*"\nfault = "reply-lost-not-started"\neach = true\n'
    with shop(place, SLOW + faults) as (service, till):
        run = till.run("probe", "--yes")

    assert run.code == 9
    assert named(run) == owed(service) != set()


def test_a_service_that_does_not_answer_is_not_reported_as_our_charge(place: Path) -> None:
    with shop(place) as (service, till):
        till.machine.network.up = False
        run = till.run("probe", "--yes")

    assert (run.code, service.calls) == (12, [])


def test_a_killed_probe_s_charges_are_returned_by_the_next(place: Path) -> None:
    with shop(place) as (service, till):
        killed = till.run("probe", "--yes", kill_at=200)
        left = kept(service)
        again = till.run("probe", "--yes")

    assert (killed.code, left != [], again.code, kept(service)) == (KILLED, True, 0, [])


# -- in the books -------------------------------------------------------------------------------------------------


def test_a_probe_s_returned_bookings_are_no_difference(place: Path) -> None:
    with shop(place) as (_, till):
        till.run("probe", "--yes")
        found = till.run("reconcile", "--json")

    assert (found.code, found.json["items"]) == (0, [])


def test_a_killed_probe_s_remaining_charge_is_a_difference(place: Path) -> None:
    with shop(place) as (service, till):
        till.run("probe", "--yes", kill_at=260)
        left, found = owed(service), till.run("reconcile", "--json")

    reported = {str(t) for i in found.json["items"] for t in i["transactionIds"]}
    assert (found.code, reported <= left, reported != set()) == (13, True, True)


def test_a_missing_directory_is_refused_before_anything_is_sent(place: Path) -> None:
    with shop(place) as (service, till):
        run = till.run("probe", "--yes", "--out", str(place / "mistyped" / "labs.toml"))

    assert (run.code, service.calls, (place / "mistyped").exists()) == (2, [], False)
