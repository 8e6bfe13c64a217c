"""The next command: it can be pasted into a shell and does what it says."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest

from pjterm.core.hints import command_line, commands, for_profile, option
from pjterm.core.model import Kind, Outcome
from pjterm.ui.next_step import next_command
from pjterm.ui.outcome_words import words_of
from pjterm.ui.report import Report
from tests.cli.till import T1, Shop, Till
from tests.world.words import cannot_be_pasted

UUID = "88888888-4444-4444-4444-cccccccccccc"


def command(report: Report) -> list[str]:
    """The words of the first command, as a shell parses them."""
    return shlex.split(commands(next_command(report) or "")[0])


@pytest.mark.parametrize(
    ("name", "uuid", "words"),
    [
        ("T1", UUID, ["-t", "T1"]),
        ("Front desk", UUID, ["-t", "Front desk"]),
        ("Bob's; reboot", UUID, ["-t", "Bob's; reboot"]),
        (None, UUID, ["-t", UUID]),
        (None, None, []),
    ],
)
def test_a_terminal_name_is_one_word_to_a_shell(name: str | None, uuid: str | None, words: list[str]) -> None:
    report = Report(Kind.PAYMENT, Outcome.BUSY, 6, key="order-1", terminal_name=name, smart_terminal_id=uuid)

    assert command(report) == ["pjterm", "cancel", *words, "--any"]


def test_a_key_that_looks_like_an_option_follows_two_dashes() -> None:
    report = Report(Kind.PAYMENT, Outcome.UNKNOWN, 9, key="-5")

    assert command(report) == ["pjterm", "resume", "--", "-5"]


def test_a_signature_id_from_outside_is_one_word() -> None:
    report = Report(Kind.SIGNATURE, Outcome.SIGNED, 0, key="s", signature_id="60d2; rm -rf ~ #")

    shows = words_of(report, datetime(2026, 11, 22, tzinfo=UTC)).shows or ""

    assert shlex.split(commands(shows)[0]) == ["pjterm", "signature", "60d2; rm -rf ~ #"]


def test_a_profile_that_is_not_the_default_is_named() -> None:
    report = Report(Kind.PAYMENT, Outcome.UNKNOWN, 9, key="order-1", profile="till-2", next_profile="till-2")

    odd = replace(report, key="-5")

    assert command(report) == ["pjterm", "resume", "order-1", "-p", "till-2"]
    assert command(odd) == ["pjterm", "resume", "-p", "till-2", "--", "-5"]


def test_an_unknown_void_is_repeated_for_its_original_whatever_an_answer_named() -> None:
    report = Report(Kind.VOID, Outcome.UNKNOWN, 9, key="v", transaction_id=501, original_id=500)

    assert command(report) == ["pjterm", "void", "500"]


@pytest.mark.parametrize("outcome", [Outcome.DECLINED, Outcome.CANCELLED, Outcome.BUSY, Outcome.UNREACHABLE])
def test_an_untracked_request_suggests_the_list_of_transactions(outcome: Outcome) -> None:
    report = Report(None, outcome, 5, request_id=UUID)

    assert command(report) == ["pjterm", "transactions", "list"]


@pytest.mark.parametrize(("given", "again"), [(True, ["--key", "ask-1-2"]), (False, [])])
def test_a_lost_prompt_is_repeated_under_an_unused_key(given: bool, again: list[str]) -> None:
    """The same key would only report the same loss, forever."""
    typed = ("prompt", "Over 18?", "-k", "ask-1") if given else ("prompt", "Over 18?")
    report = Report(Kind.PROMPT, Outcome.UNKNOWN, 9, key="ask-1", key_given=given, typed=typed)

    assert command(report) == ["pjterm", "prompt", "Over 18?", *again]


def test_an_unused_key_is_different_however_long_and_however_often_repeated() -> None:
    """The suffix of a 64-character key used to be cut off, so the suggestion was the same key."""
    key, named = "k" * 64, set[str]()
    while key not in named and len(named) < 9:
        named.add(key)
        typed = ("prompt", "Over 18?", "--key", key)
        *_, key = command(Report(Kind.PROMPT, Outcome.UNKNOWN, 9, key=key, key_given=True, typed=typed))

    assert (len(named), {len(k) for k in named}) == (9, {64})


@pytest.mark.parametrize("outcome", [Outcome.CANCELLED, Outcome.UNREACHABLE])
def test_an_end_without_a_result_is_repeated_under_its_key(outcome: Outcome) -> None:
    plain = Report(Kind.PAYMENT, outcome, 5, key="k7", typed=("charge", "5", "--note", "for two"))
    named = replace(plain, typed=("charge", "5", "--key=k7", "--json"))

    assert command(plain) == ["pjterm", "charge", "5", "--note", "for two", "--key", "k7"]
    assert command(named) == ["pjterm", "charge", "5", "--json", "--key", "k7"]


@pytest.mark.parametrize("terms", [("--terms-file", "-"), ("--terms-file=-",)])
def test_a_line_that_read_stdin_is_not_repeated_as_it_is(terms: tuple[str, ...]) -> None:
    report = Report(Kind.SIGNATURE, Outcome.CANCELLED, 5, key="k7", typed=("sign", *terms, "-t", "T1"))

    assert next_command(report) == "run the same command again; to see what is known: pjterm why k7"


def test_another_card_is_offered_once_however_often_it_was_tried() -> None:
    typed = ("charge", "5", "--another-card", "-k", "k7")
    report = Report(Kind.PAYMENT, Outcome.DECLINED, 3, key="k7", key_given=True, typed=typed)

    assert command(report) == ["pjterm", "charge", "5", "--key", "k7", "--another-card"]


def test_another_command_s_sale_is_rebuilt_from_the_journal() -> None:
    again = ("charge", "5.00", "--tax", "1.00", "--invoice", "No. 7")
    report = Report(Kind.PAYMENT, Outcome.CANCELLED, 5, key="k7", again=again, terminal_name="Front desk")

    assert command(report) == ["pjterm", *again, "-t", "Front desk", "--key", "k7"]
    assert command(replace(report, off_account=True, terminal_id=2))[-4:] == ["--account", "2", "--key", "k7"]


def test_a_sale_not_fully_in_the_journal_is_not_rebuilt() -> None:
    report = Report(Kind.PAYMENT, Outcome.CANCELLED, 5, key="k7", amount="5.00", terminal_name="Front desk")

    assert next_command(report) == "run the same command again; to see what is known: pjterm why k7"


@pytest.mark.parametrize("kind", [Kind.PAYMENT, Kind.REFUND, Kind.VOID, Kind.SIGNATURE, Kind.PROMPT])
@pytest.mark.parametrize("outcome", [Outcome.OPEN, Outcome.UNKNOWN, Outcome.CANCELLED, Outcome.BUSY, Outcome.DECLINED])
def test_exit_codes_3_and_5_to_9_suggest_a_command_to_paste(kind: Kind, outcome: Outcome) -> None:
    report = Report(kind, outcome, 9, key="k1", request_id="r1", original_id=10001, typed=("charge", "5"))

    assert command(report)[0] == "pjterm"


@pytest.mark.parametrize("outcome", Outcome)
def test_every_next_command_can_be_pasted(outcome: Outcome) -> None:
    """The last line ends with an existing command, and nothing follows it."""
    for kind, typed in product([None, *Kind], [(), ("charge", "5"), ("sign", "x" * 500)]):
        report = Report(kind, outcome, 9, key=None if kind is None else "-k1", request_id="r1", typed=typed,
                        original_id=10001, amount="5.00")  # fmt: skip
        text = next_command(replace(report, original_id=None if kind is Kind.PAYMENT else 10001)) or ""

        assert not text or commands(text.splitlines()[-1]), kind
        assert [text.count("pjterm"), *(cannot_be_pasted(c) for c in commands(text))] == [len(commands(text))] + [
            None for _ in commands(text)
        ], kind


@pytest.mark.parametrize(
    ("text", "addressed"),
    [
        ("see: pjterm why k1", "see: pjterm why k1 -p b"), ("look: pjterm log\nthen: pjterm why -- -5",
         "look: pjterm log\nthen: pjterm why -p b -- -5"), ("see: pjterm why k1 -p a", "see: pjterm why k1 -p a"),
        ("another pjterm works on it", "another pjterm works on it"),
    ],
)  # fmt: skip
def test_a_command_without_a_profile_gets_one(text: str, addressed: str) -> None:
    assert for_profile(text, "b") == addressed


def test_a_command_quotes_special_shell_characters() -> None:
    assert command_line("cancel -t", "Bob's", "--any") == """pjterm cancel -t 'Bob'"'"'s' --any"""


@pytest.mark.parametrize(
    ("value", "said"), [("order-1", "--over order-1"), ("-o", "--over=-o"), ("-it's", """--over='-it'"'"'s'""")]
)
def test_an_option_is_joined_with_a_value_that_looks_like_an_option(value: str, said: str) -> None:
    assert option("--over", value) == said


@pytest.mark.parametrize("kind", [None, *Kind])
def test_every_row_can_be_filled_in_without_a_journal(kind: Kind | None) -> None:
    following = {outcome: next_command(Report(kind, outcome, 9, request_id="r1")) for outcome in Outcome}

    assert {outcome: text for outcome, text in following.items() if "None" in (text or "")} == {}


def test_a_command_for_another_profile_works_as_printed(tmp_path: Path) -> None:
    with Shop(tmp_path / "shop", scenario="busy") as shop:
        till = Till(tmp_path / "till", shop.url)
        for file in (till.config / "config.toml", till.config / "credentials.toml"):
            text = file.read_text().replace("[profiles.till-1", "[profiles.till-2")
            file.write_text(text.replace("[till-1]", "[till-2]"))
        run = till.run("charge", "5", "-p", "till-2", "-k", "order-1", "-t", T1.upper())
        why = till.run("why", "order-1", "-p", "till-2")

    assert (run.code, why.code) == (6, 0)
    assert "ends what another till runs there: pjterm cancel -t T1 --any -p till-2\nthen: pjterm charge 5" in run.err
    assert "pjterm cancel -t T1 --any -p till-2" in why.out
