"""Defaults of a command's options in a profile: the command line wins, and no default overrides a guard."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world.service import ACCOUNT
from tests.world.till import Till, World


def form(till: Till, *line: str) -> Any:
    """The form that a command would send."""
    run = till.run(*line, "--dry-run", "--json")
    assert run.code == 0, run
    return run.json["form"]


def keep(till: Till, text: str, command: str = "charge") -> None:
    till.configure(more=f"[profiles.till.{command}]\n{text}")


def test_a_default_is_used_and_the_command_line_wins(till: Till) -> None:
    keep(till, 'receipt_prompt = false\nask_tip = true\ntax = "1.50"')

    kept = form(till, "charge", "5", "-t", "T1")
    typed = form(till, "charge", "5", "-t", "T1", "--receipt-prompt", "--tax", "0")

    assert tuple(kept[n] for n in ("showReceiptPrompt", "allowTips", "amountTax")) == ("false", "true", "1.50")
    assert (typed["showReceiptPrompt"], typed["amountTax"]) == ("true", "0.00")


def test_each_command_has_its_own_defaults(till: Till) -> None:
    keep(till, "receipt_prompt = false")

    assert "showReceiptPrompt" not in form(till, "refund", "5", "-t", "T1")


def test_numbers_and_lists_are_defaults_too(world: World, till: Till) -> None:
    keep(till, 'timeout = 1.5\ncancel_on_timeout = true\nbutton = ["Red", "Blue"]', "prompt")

    assert form(till, "prompt", "Which?", "-t", "T1")["buttons[]"] == ["Red", "Blue"]
    assert (till.run("prompt", "Which?", "-t", "T1").code, world.t1.running) == (5, None)


@pytest.mark.parametrize(
    "name", ["key", "force", "over", "yes", "another_card", "invoice", "dry_run", "transaction", "profile", "json"]
)
def test_an_option_for_one_sale_only_is_2_and_named(world: World, till: Till, name: str) -> None:
    keep(till, f'{name} = "x"')

    run = till.run("charge", "5", "-t", "T1", "--json")

    assert (run.code, f"[profiles.till.charge] {name}" in run.json["error"]["message"], world.taken) == (2, True, 0)


@pytest.mark.parametrize(
    "text", ["timeout = true", 'timeout = "x"', 'ask_tip = "yes"', "tax = 1.5", "timeot = 60", "account = 0", "tip = 1"]
)
def test_a_value_of_another_type_is_2_and_named(world: World, till: Till, text: str) -> None:
    keep(till, text)

    run = till.run("charge", "5", "-t", "T1", "--json")

    assert (run.code, text.split()[0] in run.json["error"]["message"], world.taken) == (2, True, 0)


def test_an_option_has_the_same_name_as_on_the_command_line(till: Till) -> None:
    """`type` was rejected for `input`, whose help lists it."""
    keep(till, 'type = "phone"', "input")
    known = till.run("input", "-t", "T1", "--dry-run")
    keep(till, 'type = "letter"', "input")
    wrong = till.run("input", "-t", "T1", "--dry-run")

    assert (known.code, wrong.code, "letter" in wrong.err) == (0, 2, True)


def test_a_value_out_of_range_is_rejected_as_if_it_were_typed(till: Till) -> None:
    keep(till, "timeout = -1")

    assert till.run("charge", "5", "-t", "T1").code == 2


def test_other_commands_ignore_it(till: Till) -> None:
    keep(till, "key = 7")

    assert till.run("transactions", "list").code == 0


@pytest.mark.parametrize(
    ("command", "text", "line"),
    [
        ("charge", 'via = "foo"', ("charge", "5")),
        ("charge", "timeout = -1", ("charge", "5")),
        ("charge", "wait_busy = -1", ("charge", "5")),
        ("charge", 'tax = "abc"', ("charge", "5")),
        ("charge", "account = 1.5", ("charge", "5")),
        ("prompt", 'expect = "A"', ("prompt", "Which?", "-b", "C")),
    ],
)
def test_a_wrong_default_is_named_by_its_line_in_the_profile(
    world: World, till: Till, command: str, text: str, line: tuple[str, ...]
) -> None:
    """It was blamed on an option that nobody typed."""
    keep(till, text, command)
    run = till.run(*line, "-t", "T1")
    name = text.split()[0]

    assert (run.code, f"pjterm: [profiles.till.{command}] {name}: " in run.err, f"--{name}" in run.err) == (
        2,
        True,
        False,
    )
    assert world.taken == 0


def test_an_option_that_is_typed_is_blamed_as_typed(till: Till) -> None:
    keep(till, 'via = "poll"')

    assert "pjterm: --via: 'foo'" in till.run("charge", "5", "-t", "T1", "--via", "foo").err


def test_an_account_is_a_number_as_in_the_profile(till: Till) -> None:
    keep(till, f"account = {ACCOUNT}")

    assert form(till, "charge", "5", "-t", "T1")["terminalId"] == str(ACCOUNT)


@pytest.mark.parametrize(
    "text",
    [
        'terminal = "T1"',
        "receipt_prompt = true",
        "ask_tip = true",
        "keyed = true",
        'po = "x"',
        'tax = "0.10"',
        'tip = "1"',
    ],
)
def test_defaults_of_refund_do_not_prevent_a_refund_by_transaction(till: Till, text: str) -> None:
    till.run("charge", "5", "-t", "T1", "-k", "P1")
    keep(till, text, "refund")
    back = till.run("refund", "--transaction", "P1", "-k", "R1", "--yes", "--json")

    assert (back.code, back.json["outcome"], back.json["amountTotal"]) == (0, "refunded", "5.00")


def test_a_refund_s_key_still_answers_after_such_a_default_was_added(till: Till) -> None:
    till.run("charge", "5", "-t", "T1", "-k", "P1")
    line = ("refund", "1", "--transaction", "P1", "-k", "R1", "--yes")
    first = till.run(*line)
    keep(till, 'terminal = "T1"\nreceipt_prompt = true', "refund")
    again = till.run(*line)

    assert (first.code, again.code, "Nothing was sent now" in again.err) == (0, 0, True)


def test_what_makes_no_sense_without_a_reader_is_still_refused_if_typed(till: Till) -> None:
    till.run("charge", "5", "-t", "T1", "-k", "P1")

    assert till.run("refund", "1", "--transaction", "P1", "--ask-tip", "--yes").code == 2


def test_a_default_tip_does_not_prevent_a_refund_at_the_reader(till: Till) -> None:
    keep(till, 'tip = "1.00"', "refund")

    assert till.run("refund", "5", "-t", "T1", "--yes").code == 0


def test_typed_terms_win_over_a_default_file(till: Till) -> None:
    keep(till, 'terms_file = "terms.txt"', "sign")

    assert form(till, "sign", "I agree.", "-t", "T1")["terms"] == "I agree."
