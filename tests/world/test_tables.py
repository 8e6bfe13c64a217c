"""Lists on a terminal: one line per row at 80 columns, no broken words, and a command where one is needed."""

from __future__ import annotations

import re

import pytest

from tests.world import faults
from tests.world.reader import Tap, customer
from tests.world.till import Till, World

LONG_KEY = "order-2026-11-25-from-the-web-shop-000000001042"


@pytest.fixture
def busy_day(world: World, till: Till) -> Till:
    """An approval with a long key, a decline, and an unknown sale."""
    till.run("charge", "1234.50", "-t", "T1", "-k", LONG_KEY)
    world.t1.next(customer(Tap(approved=False, code="05")))
    till.run("charge", "0.05", "-t", "T1", "-k", "K2")
    world.faults.add(faults.lost_request(faults.Cut()), "request-payment")
    till.run("charge", "7.00", "-t", "T2", "-k", "K3", "--timeout", "5")
    return till


def lines(till: Till, *argv: str, columns: int = 80) -> list[str]:
    return till.run(*argv, "-q", columns=columns).out.splitlines()


def test_each_request_is_one_line_at_80_columns(busy_day: Till) -> None:
    found = lines(busy_day, "requests", "list")

    assert [len(found), max(map(len, found)) < 80] == [5, True]
    assert re.search(r"orde\S*…\S*1042  payment  1234.50  T1 +✓ approved", found[3])


def test_a_reader_given_by_its_id_has_the_name_used_for_it_elsewhere(world: World, till: Till) -> None:
    till.run("charge", "5", "-t", world.t1.id, "-k", "K1")
    till.run("charge", "6", "-t", "T1", "-k", "K2")
    sent = [row.split("\t")[4] for row in till.run("requests", "list").out.splitlines()]

    assert sent == ["T1", "T1"]
    assert [item["terminal"] for item in till.run("report", "--json").json["items"]] == ["T1"]


def test_a_reader_without_a_name_here_is_listed_by_its_id(world: World, till: Till) -> None:
    till.run("charge", "5", "-t", world.t2.id, "-k", "K1")

    assert world.t2.id in till.run("requests", "list").out


def test_an_unknown_sale_is_followed_by_the_command_that_resolves_it(busy_day: Till) -> None:
    assert lines(busy_day, "requests", "list")[-1] == "K3: do not charge again; find out: pjterm resume K3"


def test_wide_shows_full_ids(busy_day: Till) -> None:
    assert any(LONG_KEY in line for line in lines(busy_day, "requests", "list", "--wide"))


def test_a_pipe_has_the_full_key_and_the_total_last(busy_day: Till) -> None:
    cells = busy_day.run("requests", "list").out.splitlines()[2].split("\t")

    assert [cells[1], cells[3], cells[7]] == [LONG_KEY, "1234.50", "1234.50"]


@pytest.mark.parametrize("line", [("requests", "list"), ("transactions", "list"), ("report",), ("reconcile",)])
@pytest.mark.parametrize("columns", [40, 80])
def test_nothing_is_wider_than_the_window_and_no_word_is_broken(
    busy_day: Till, line: tuple[str, ...], columns: int
) -> None:
    words = {w for text in lines(busy_day, *line, columns=400) for w in text.split()}
    narrow = lines(busy_day, *line, columns=columns)
    titles = {w.rstrip(":") for w in words if w.isupper()} | {f"{w}:" for w in words if w.isupper()}

    assert max(map(len, narrow)) < columns
    assert {w for text in narrow for w in text.split() if "…" not in w} <= words | titles


@pytest.mark.parametrize("columns", [56, 60, 68, 76])
def test_no_outcome_is_cut_however_narrow_the_window(world: World, till: Till, columns: int) -> None:
    till.run("charge", "1000", "--tax", "1.25", "-t", "T1", "--invoice", "INV-2026-11-22-000001042-0007-A")
    world.service.others_charge("7.00", approved=False, code="05", invoice="INV-2026-11-22-000001043-0008-B")
    words = {word for line in lines(till, "transactions", "list", columns=columns) for word in line.split()}

    assert {"✓", "approved", "✗", "DECLINED", "05"} <= words


def test_declined_has_a_sign_and_its_code(busy_day: Till) -> None:
    assert any("✗ DECLINED 05" in line for line in lines(busy_day, "transactions", "list"))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (("requests", "list"), "nothing was sent from this machine yet; try: pjterm charge 1.00 -t T1"),
        (("requests", "list", "--open"), "nothing is open"),
        (("transactions", "list"), "no transactions today"),
        (("transactions", "list", "--invoice", "A1"), "no transactions match"),
    ],
    ids=" ".join,
)
def test_an_empty_list_says_so(till: Till, line: tuple[str, ...], says: str) -> None:
    run = till.run(*line, columns=80)

    assert (run.code, run.out, run.err) == (0, "", f"{says}\n")


@pytest.mark.parametrize("line", [("--since", "2030-01-01"), ("--open", "--since", "2030-01-01")], ids=" ".join)
def test_a_filter_that_no_request_matches_is_not_told_as_a_machine_that_never_sent_one(
    busy_day: Till, line: tuple[str, ...]
) -> None:
    """The line to type next was a charge."""
    assert busy_day.run("requests", "list", *line, columns=80).err == "no requests match\n"


@pytest.mark.parametrize("noun", ["settlements", "deposits"])
def test_a_filter_that_no_batch_or_deposit_matches_is_told_as_such(world: World, till: Till, noun: str) -> None:
    world.service.documents[f"/{noun}/"] = {"results": []}
    option = {"settlements": "--account", "deposits": "--merchant"}[noun]

    assert till.run(noun, "list", columns=80).err == f"no {noun} yet\n"
    assert till.run(noun, "list", option, "77", columns=80).err == f"no {noun} match\n"
