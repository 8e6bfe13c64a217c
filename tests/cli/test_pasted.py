"""The next command that another process prints from the journal is, when pasted, the same request; or there is none."""

from __future__ import annotations

import shlex

import pytest

from pjterm.core.hints import commands
from tests.cli.memory import Stage
from tests.cli.proxy import Loss
from tests.cli.till import Run

SALES = [
    (sale, scenario)
    for sale in (
        "charge 12.50 --tax 1 --invoice INV-7 -t T1 -k D1",
        "charge 12.50 --shipping 2 -t T1 -k D1",
        "charge 12.50 -t T1 -k D1",
        "refund 3.00 --tax 1 -t T1 -k D1",
    )
    for scenario in ("declined", "busy", "cancelled")
    if not (sale.startswith("refund") and scenario == "declined")  # another try needs another key
] + [("charge 12.50 --shipping 2 --surcharge 0.50 --po PO-1 -t T1 -k D1", "declined")]
"""Only the suggestion after a decline states each part, under another number."""
NOT_KEPT = ("--note 'for Bob'", "--ask-tip", "--surcharge 0")


def last_command(run: Run) -> list[str]:
    """The last command in the output, split by a shell, without `pjterm`."""
    found = commands("\n".join(line.removeprefix("next: ") for line in (run.out + run.err).splitlines()))
    return shlex.split([line for line in found if " why " not in line][-1])[1:]


@pytest.mark.parametrize(("sale", "scenario"), SALES)
def test_the_command_suggested_by_why_is_the_same_request(stage: Stage, sale: str, scenario: str) -> None:
    shop, till = stage.open(scenario)
    dry = [till.run(*shlex.split(sale), "--dry-run").out]
    first = till.run(*shlex.split(sale))
    line = last_command(till.run("why", "D1"))

    dry.append(till.run(*line, "--dry-run").out)
    shop.play(None)
    shop.world.wait(200)
    pasted = till.run(*line)

    assert first.code in (3, 5, 6)
    assert dry[0] == dry[1]
    assert pasted.code == 0


def test_an_account_other_than_the_profile_s_is_named(stage: Stage) -> None:
    shop, till = stage.open("busy", account=10001)
    till.run("charge", "5", "-t", "T1", "-k", "own")
    till.write_profile(shop.url, account=10002)
    till.run("charge", "5", "-t", "T1", "-k", "other", "--account", "10001")

    lines = [last_command(till.run("why", key)) for key in ("own", "other")]

    assert lines == [["charge", "5.00", "-t", "T1", "--account", "10001", "--key", key] for key in ("own", "other")]
    till.write_profile(shop.url, account=10001)
    assert last_command(till.run("why", "own")) == ["charge", "5.00", "-t", "T1", "--key", "own"]


@pytest.mark.parametrize("extra", NOT_KEPT)
@pytest.mark.parametrize("scenario", ["declined", "busy"])
def test_no_command_is_suggested_that_would_drop_a_sent_value(stage: Stage, extra: str, scenario: str) -> None:
    _, till = stage.open(scenario)
    till.run(*shlex.split(f"charge 12.50 --tax 1 {extra} -t T1 -k D1"))

    for line in ("why D1", "status D1"):
        run = till.run(*line.split())

        assert "pjterm charge" not in run.out + run.err, line
        assert "run the same command again" in run.out + run.err, line


def test_a_large_tip_of_an_unknown_sale_is_repeated_with_its_confirmation(stage: Stage) -> None:
    shop, till = stage.open()
    till.run("charge", "10", "-t", "T1", "-k", "a")
    with shop.losing(lambda method, _path: Loss.RESET_BEFORE if method == "PUT" else None):
        small = till.run("tip", "a", "1", "-k", "small", "--timeout", "20")
        large = till.run("tip", "a", "5", "--force", "-k", "large", "--timeout", "20", "--over", "small")
    later = till.run("why", "large")

    assert (last_command(small), small.code) == (["tip", "10001", "1.00"], 9)
    assert last_command(large) == last_command(later) == ["tip", "10001", "5.00", "--force"]
    assert till.run(*last_command(later), "--over", "large", "--over", "small").code == 0


@pytest.mark.parametrize("note", ["gift wrap\nno receipt", "size:\u00a0XL", "\u202eLX"])
@pytest.mark.parametrize("scenario", ["busy", "declined", "cancelled"])
def test_no_command_is_suggested_that_a_screen_cannot_show_exactly(stage: Stage, scenario: str, note: str) -> None:
    """The first row of a note with a line break, when pasted, was a charge of its own without the sale key."""
    _, till = stage.open(scenario)
    run = till.run("charge", "0.05", "-t", "T1", "--note", note, "-k", "a", "--timeout", "3")

    assert run.code in (3, 5, 6)
    assert ("pjterm charge" in run.err, "run the same command again" in run.err) == (False, True)


@pytest.mark.parametrize("note", ["gift wrap\nno receipt", "size:\u00a0XL"])
def test_no_such_command_is_suggested_where_it_must_be_confirmed_either(stage: Stage, note: str) -> None:
    shop, till = stage.open()
    till.write_profile(shop.url, confirm_above="1.00")
    run = till.run("charge", "20", "-t", "T1", "--note", note, "-k", "a", "--json")

    assert (run.code, run.json["error"]["hint"]) == (10, "pass --yes")
