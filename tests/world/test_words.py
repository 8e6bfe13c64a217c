"""What every failure says, and that the check applied to all histories would detect what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from pjterm.errors import reason
from tests.cli.test_help import ALL
from tests.world.faults import SLOW_DOWN, Fault, no_connection
from tests.world.reader import Stays, customer
from tests.world.till import Till, World
from tests.world.words import faults

WHOLE = "pjterm: invalid amount '12,50'\n  Nothing was sent. See: pjterm charge --help\n"


@pytest.mark.parametrize(
    ("code", "err", "found"),
    [
        (2, WHOLE, []),
        (2, "pjterm: invalid amount '12,50'\n  See: pjterm charge --help\n", ["what was not done"]),
        (2, "pjterm: invalid amount '12,50'\n  Nothing was sent.\n", ["what to type next"]),
        (10, "pjterm: it needs a yes\n  Nothing was sent. Pass --yes\n", ["old words"]),
        (9, "NOT KNOWN YET: $5.00\nnext: pjterm resume K1\n", []),
        (9, "NOT KNOWN YET: $5.00\n", ["no next command in the last line"]),
        (9, "NOT KNOWN YET: $5.00\nnext: pjterm ressume K1\n", ["'pjterm ressume K1': there is no command 'ressume'"]),
        (9, "next: pjterm why K1 (or ask)\n", ["'pjterm why K1 (or ask)': a remark behind it"]),
        (9, "next: pjterm resume K1   then: pay\n", ["'pjterm resume K1   then: pay': a remark behind it"]),
        (9, "next: pjterm resume KEY\n", ["'pjterm resume KEY': a placeholder"]),
        (9, "next: pjterm void\n", ["'pjterm void': Missing parameter: name"]),
        (9, "next: pjterm charge 5 --kay 7\n", ["'pjterm charge 5 --kay 7': No such option: --kay"]),
        (9, "find out: pjterm resume -p till -- -5\n", []),
        (0, "one day: 1 entries, 2 transactions\n", ["'1 entries'"]),
        (0, "one day: 1 entry, 21 transactions, no differences, 1.1 seconds\n", []),
        (0, "", []),
    ],
)
def test_missing_parts_are_detected(code: int, err: str, found: list[str]) -> None:
    assert faults(("charge", "12,50"), code, err) == found


def test_a_read_need_not_say_what_was_not_done() -> None:
    assert faults(("requests", "list"), 2, "pjterm: unknown option --x\n  See: pjterm requests list --help\n") == []


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        (("charge", "5", "--reader", "T1"), "--terminal"),
        (("charge", "5", "--order", "K1"), "--key"),
        (("charge", "5", "--tiemout", "9"), "--timeout"),
        (("report", "--from", "2026-11-01"), "--since"),
        (("report", "--until", "2026-11-01"), "--before"),
        (("profiles", "add", "--env", "labs"), "--environment"),
        (("pay", "5"), "pjterm charge"),
        (("terminal",), "pjterm terminals"),
        (("transaction", "10001"), "pjterm transactions show"),
        (("setup",), "pjterm profiles add"),
        (("autocomplete",), "pjterm completions install"),
        (("completions", "bash"), "pjterm completions install bash or pjterm completions show bash"),
        (("requests", "order-1"), "pjterm requests show order-1"),
        (("relay", "start"), "pjterm relay serve"),
        (("webhooks", "rm"), "pjterm webhooks delete"),
        (("events", "lsit"), "pjterm events list"),
        (("chrge",), "pjterm charge"),
        (("request", "list"), "pjterm requests list"),
        (("request", "K1"), "pjterm requests show"),
        (("webhook", "list"), "pjterm webhooks list"),
        (("reset",), "pjterm cancel"),
        (("settle",), "pjterm settlements"),
        (("requests", "--open"), "pjterm requests list --open"),
        (("events", "--limit", "2"), "pjterm events list --limit"),
        (("help", "chrge"), "charge"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_a_mistyped_word_suggests_the_right_one(till: Till, line: tuple[str, ...], meant: str) -> None:
    run = till.run(*line)

    assert (run.code, f"did you mean {meant}?" in run.err) == (2, True)


@pytest.mark.parametrize(
    "line",
    [("charge", "5", "--tpi", "1"), ("charge", "5", "--bogus"), ("requests", "list", "--xyzzy"), ("xyzzy",),
     ("help", "xyzzy")],
    ids=" ".join,
)  # fmt: skip
def test_a_very_different_word_suggests_none(till: Till, line: tuple[str, ...]) -> None:
    assert "did you mean" not in till.run(*line).err


@pytest.mark.parametrize(
    ("line", "usage"),
    [
        (("charge",), "charge AMOUNT [OPTIONS]"), (("charge", "5", "6"), "charge AMOUNT [OPTIONS]"),
        (("receipt",), "receipt ID [OPTIONS]"),
        (("events", "replay", "3"), "events replay CURSOR... --to URL [OPTIONS]"),
        (("completions", "show"), "completions show bash|zsh|fish|powershell [OPTIONS]"),
    ],
)  # fmt: skip
def test_missing_or_superfluous_arguments_are_answered_with_the_usage(
    till: Till, line: tuple[str, ...], usage: str
) -> None:
    run = till.run(*line)
    reported = run.err.splitlines()[1:]

    assert (run.code, reported[0].endswith(f"Usage: pjterm {usage}"), len(reported)) == (2, True, 2)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (("charge", "5", "--key"), "--key needs a value: --key KEY"),
        (("charge", "5", "--json=yes"), "--json takes no value"),
        (("charge", "5", "--timeout", "soon"), "--timeout: 'soon' is not a number"),
        (("charge", "5", "--account", "x"), "--account: 'x' is not a whole number"),
        (("charge", "5", "--account", "0"), "--account: 0 is not a whole number from 1"),
        (("charge", "5", "-o", "xml"), "--output: 'xml' is none of text, json, ndjson"),
        (("charge", "-5"), "AMOUNT: invalid amount '-5': leave the sign out, e.g. 12.50"),
        (("tip", "10001", "-1"), "AMOUNT: invalid amount '-1': leave the sign out, e.g. 12.50"),
        (("requests", "--limit", "many"), "unknown option --limit"),
        (("requests", "list", "--limit", "many"), "--limit: "),
        (("help", "profiles", "nope"), "profiles has no command 'nope'"),
    ],
)
def test_an_unusable_value_is_named(till: Till, line: tuple[str, ...], says: str) -> None:
    run = till.run(*line)

    assert (run.code, run.out) == (2, "")
    assert run.err.startswith(f"pjterm: {says}")


def test_a_key_like_an_option_is_shown_as_a_shell_parses_it(till: Till) -> None:
    till.run("charge", "5", "-t", "T1", "--key=-x")
    run = till.run("why", "--", "-x")
    line = run.out.splitlines()[-1].removeprefix("the facts: pjterm ")

    assert till.run(*line.split()).code == run.code


@pytest.mark.parametrize("what", ["receipt", "signature", "void"])
def test_an_unknown_transaction_suggests_the_list_of_transactions(till: Till, what: str) -> None:
    run = till.run(what, "99999", *(["--yes"] if what == "void" else []))

    last = run.err.rstrip().splitlines()[-1].partition(" -p")[0].removeprefix("  Nothing was sent.")

    assert (run.code, last.strip()) == (11, "See: pjterm transactions list")


@pytest.mark.parametrize("command", ALL)
def test_a_line_that_cannot_be_parsed_ends_with_its_command_s_help(till: Till, command: str) -> None:
    for wrong in ("--profile", "--xyzzy"):
        run = till.run(*command.split(), wrong)

        assert (run.code, run.err.rstrip().endswith(f"See: pjterm {command} --help")) == (2, True)


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("requests list", ("--since", "soon")), ("webhooks create", ("--event", "LUNCH", "--url", "https://a.example")),
        ("terminals ping", ("--all", "T1")), ("report", ("--day", "soon")), ("profiles set-secret", ("till", "pin")),
        ("charge", ("5", "--via", "air")),
    ],
)  # fmt: skip
def test_a_value_refused_by_the_command_ends_with_its_help(till: Till, command: str, wrong: tuple[str, ...]) -> None:
    run = till.run(*command.split(), *wrong)

    assert (run.code, run.err.rstrip().endswith(f"See: pjterm {command} --help")) == (2, True)


@pytest.mark.parametrize(
    "line",
    [
        "sign --terms-file {}", "sign x --save {}/x/x.png", "receipt 10001 --save {}/x/x.html",
        "signature 10001 --save {}/x/x.png", "simulator serve --port 0 --scenario {}",
        "simulator serve --port 0 --state {}/file", "simulator verify -- {}", "journal backup {}",
    ],
)  # fmt: skip
def test_an_unusable_file_is_named_once_in_words(till: Till, tmp_path: Path, line: str) -> None:
    till.run("charge", "5", "-t", "T1")
    (tmp_path / "file").write_text("")
    run = till.run(*(word.format(tmp_path) for word in line.split()))

    assert (run.code in (2, 12), run.err.count(str(tmp_path)), "Errno" in run.err) == (True, 1, False)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FileNotFoundError(2, "No such file or directory", "/x"), "No such file or directory"),
        (OSError("[Errno 113] No route to host"), "No route to host"),
        (TimeoutError(), "TimeoutError"),
        (ValueError("not UTF-8"), "not UTF-8"),
    ],
)
def test_system_errors_are_shown_without_number_and_path(error: Exception, words: str) -> None:
    assert reason(error) == words


@pytest.mark.parametrize(
    "line",
    [("charge", "5", "-t", "T1", "-k", "K1"), ("refund", "5", "-t", "T1"), ("void", "10001", "--yes"), ("terminals",)],
    ids=" ".join,
)
def test_a_rate_limited_command_is_suggested_as_safe_to_retry(world: World, till: Till, line: tuple[str, ...]) -> None:
    world.faults.add(SLOW_DOWN, times=1e9)
    run = till.run(*line)

    assert (run.code, run.err.splitlines()[-1].rpartition(": ")[2]) == (12, " ".join(("pjterm", *line)))


@pytest.mark.parametrize("fault", [SLOW_DOWN, no_connection()])
@pytest.mark.parametrize("call", ["request-payment", "request-prompt"])
def test_a_post_that_was_never_accepted_suggests_the_same_command_with_the_same_key(
    world: World, till: Till, call: str, fault: Fault
) -> None:
    world.faults.add(fault, call, times=1e9)
    line = ("charge", "5", "-t", "T1") if call == "request-payment" else ("prompt", "Hi", "-t", "T1")
    run = till.run(*line, "--key", "K1")

    assert (run.code, run.err.splitlines()[-1].rpartition(": ")[2]) == (
        12, " ".join(("pjterm", *line, "--key", "K1"))
    )  # fmt: skip


def test_a_question_answered_with_no_is_reported_as_not_confirmed(till: Till) -> None:
    till.run("charge", "5", "-t", "T1", "-k", "K1")
    asked, reported = till.run("void", "K1"), till.run("void", "K1", answers="n\n")

    assert "requires confirmation" in asked.err
    assert ("pjterm: not confirmed: voiding transaction" in reported.err, "requires" in reported.err) == (True, False)


@pytest.mark.parametrize(
    ("line", "means"),
    [
        ("charge 5", "Not paid: cancelled or timed out at the reader. Nothing was charged."),
        ("prompt Donate?", "Ended at the reader without an answer."),
    ],
)
def test_cancel_reports_the_request_and_nothing_about_a_reader_that_it_did_not_poll(
    world: World, till: Till, line: str, means: str
) -> None:
    """Even hours later, it used to say that the reader is idle and that a card may still be charged."""
    world.t1.next(customer(Stays()))
    till.run(*line.split(), "-t", "T1", "-k", "K1", "--timeout", "2")
    ended = till.run("cancel", "K1")
    world.wait(3 * 3600.0)
    asked_later = till.run("cancel", "K1")

    for run in (ended, asked_later):
        assert (run.code, run.err.rstrip().endswith(means)) == (0, True), run.err
        assert "may still be charged" not in run.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("line", "again"),
    [
        ("void K1", "void K1 --yes"),
        ("cancel --any -t T1", "cancel --any -t T1 --yes"),
        ("profiles remove -- till", "profiles remove --yes -- till"),
    ],
)
def test_a_required_confirmation_ends_with_the_complete_line_that_confirms(till: Till, line: str, again: str) -> None:
    till.run("charge", "20", "-k", "K1")
    run = till.run(*line.split())

    assert (run.code, run.err.rstrip().endswith(f"o do it without being asked: pjterm {again}")) == (10, True)


def test_a_refusal_to_refund_still_says_that_nothing_was_sent(till: Till) -> None:
    till.run("charge", "20", "-k", "K1")
    till.run("void", "K1", "-y")

    assert "Nothing was sent. See: " in till.run("refund", "--transaction", "K1", "-y").err


def test_a_running_request_is_described_without_api_terms(till: Till) -> None:
    run = till.run("charge", "5", "-k", "K1", "--timeout", "2")

    assert (run.code, "The time is up; the reader still works on it." in run.err) == (8, True)


def test_a_topic_accepts_no_second_word(till: Till) -> None:
    assert till.run("help", "exit-codes", "9").err.startswith("pjterm: unexpected '9': a topic is one page\n")


def test_a_directory_is_not_accepted_as_a_file_to_save_in(till: Till, tmp_path: Path) -> None:
    place = tmp_path / "x.png"
    place.mkdir()

    assert f"--save: {str(place)!r} is a directory" in till.run("sign", "--save", str(place)).err


def test_a_single_check_does_not_mention_a_timeout_that_was_not_given(till: Till) -> None:
    """It read as if the sale had timed out."""
    till.run("charge", "5", "-k", "K1", "--no-wait")
    run = till.run("status", "K1")

    assert (run.code, "STILL OPEN" in run.err, "time is up" in run.err) == (8, True, False), run.err


@pytest.mark.parametrize("line", [("sign", "--terms", "Yes"), ("tip", "--amount", "1", "10001")], ids=" ".join)
def test_the_name_of_an_argument_is_not_suggested_as_an_option(till: Till, line: tuple[str, ...]) -> None:
    """The suggested word would have been signed."""
    assert f"{line[1][2:].upper()} is an argument, given without a name before it" in till.run(*line).err


@pytest.mark.parametrize("topic", ["topics", "options"])
def test_a_word_after_a_topic_is_named_as_the_one_too_many(till: Till, topic: str) -> None:
    """It was asked whether `topics` was meant by `topics`."""
    assert "unexpected 'x': a topic is one page" in till.run("help", topic, "x").err


def test_the_name_of_a_signature_s_file_is_checked_before_anything_is_asked(till: Till) -> None:
    run = till.run("signature", "req:37fa5c74-6315-4838-a07c-4b73a600e729", "--save", "x.txt")

    assert (run.code, "must end in .png" in run.err, run.process.calls) == (2, True, [])


def test_an_empty_option_is_not_to_be_unset(till: Till) -> None:
    """That is what is done with a variable."""
    run = till.run("charge", "5", "-p", "")

    assert (run.code, "nset" in run.err, "pjterm profiles list" in run.err) == (2, False, True), run.err


@pytest.mark.parametrize(
    "line",
    [("void", "99999", "--yes"), ("tip", "99999", "1", "--yes"), ("refund", "1", "--transaction", "99999", "--yes")],
    ids=" ".join,
)
def test_where_payjunction_has_no_such_transaction_it_is_said_that_nothing_was_sent(
    till: Till, line: tuple[str, ...]
) -> None:
    run = till.run(*line)

    assert (run.code, "Nothing was sent." in run.err) == (11, True), run.err
    assert "Nothing was" not in till.run("transactions", "show", "99999").err
