"""`explain` says what a code means, whose turn it is, and the source; anything else is called unknown."""

from __future__ import annotations

import pytest

from pjterm.core.exit_codes import EXIT
from pjterm.core.model import Outcome
from pjterm.core.response_codes import CODES, SOURCES
from tests.world.till import Till


@pytest.mark.parametrize("code", CODES)
def test_each_response_code_says_what_to_do_and_its_source(till: Till, code: str) -> None:
    lines = till.run("explain", code).out.splitlines()

    assert [lines[0].split(":")[0], lines[5].split("source")[1].strip()] == [code, SOURCES[CODES[code].source]]
    assert [line[2:17].strip() for line in lines[1:5]] == ["whose move", "same card again", "what to do", "say (ours)"]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_each_outcome_is_explained_by_its_exit_code(till: Till, outcome: Outcome) -> None:
    item = till.run("explain", outcome.value, "--json").json["item"]

    assert (outcome.value in item["outcomes"], item["exitCode"]) == (True, EXIT[outcome])
    assert item["source"].startswith("pjterm itself")


@pytest.mark.parametrize("outcome", list(EXIT))
def test_no_outcome_mentions_others_with_the_same_exit_code(till: Till, outcome: Outcome) -> None:
    others = [o for o in Outcome if o is not outcome and EXIT[o] == EXIT[outcome]]
    said = {o: till.run("explain", o.value, "--json").json["item"] for o in (outcome, *others)}

    assert [said[o]["outcomes"] for o in said] == [[o.value] for o in said]
    assert len({item["means"] for item in said.values()}) == len(said)


WAITING = ("approved", "declined", "cancelled", "busy", "open", "unknown", "refused", "0", "9", "130", "HOLD")


@pytest.mark.parametrize("word", WAITING)
def test_a_failure_says_whose_turn_it_is_what_happened_to_the_card_and_what_to_say(till: Till, word: str) -> None:
    lines = till.run("explain", word).out.splitlines()

    assert [line[2:17].strip() for line in lines[1:5]] == ["whose move", "same card again", "what to do", "say (ours)"]


def test_no_card_is_to_be_tried_again_while_money_may_have_moved(till: Till) -> None:
    said = [till.run("explain", word, "--json").json["item"] for word in ("exit-1", "8", "9", "exit-10", "130", "143")]

    assert [item["sameCardAgain"].startswith("not ") for item in said] == [True] * 6


def test_a_held_payment_is_approved_and_not_captured(till: Till) -> None:
    item = till.run("explain", "hold", "--json").json["item"]

    assert (item["exitCode"], item["outcomes"], "not captured" in item["means"]) == (0, ["approved"], True)


@pytest.mark.parametrize("word", ["9", "exit-9", "unknown"])
def test_an_exit_code_and_its_outcome_have_the_same_explanation(till: Till, word: str) -> None:
    assert till.run("explain", word).out.startswith("exit 9 (unknown): It is not known yet")


@pytest.mark.parametrize(
    ("word", "see"),
    [("12", "exit-12"), ("exit-12", "12"), ("5", "05"), ("05", "exit-5"), ("FA", None), ("exit-130", None)],
)
def test_an_exit_code_and_a_response_code_with_the_same_number_refer_to_each_other(
    till: Till, word: str, see: str | None
) -> None:
    text, item = till.run("explain", word).out, till.run("explain", word, "--json").json["item"]
    command = None if see is None else f"pjterm explain {see}"

    assert (item["see"], "see also" in text) == (command, see is not None)


@pytest.mark.parametrize("word", ["ZZ", "777", "", "exit-77", "\x1b[2J", "9" * 5000])
def test_an_unknown_code_is_called_unknown(till: Till, word: str) -> None:
    run = till.run("explain", word)

    assert (run.code, run.out, "unknown code" in run.err) == (2, "", True)


def test_a_value_that_does_not_fit_beside_its_label_wraps_below_itself(till: Till) -> None:
    rows = till.run("explain", "05", columns=60).out.splitlines()
    begin = next(n for n, row in enumerate(rows) if row.startswith("  what to do       "))

    assert rows[begin + 1].startswith(" " * 19 + "this one: an earlier")
