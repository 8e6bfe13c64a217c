"""What every failure says, and that the check which all histories go through would find what is missing."""

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
def test_what_is_missing_is_found(code: int, err: str, found: list[str]) -> None:
    assert faults(("charge", "12,50"), code, err) == found


def test_a_read_has_nothing_to_say_of_what_was_not_done() -> None:
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
        (("help", "chrge"), "charge"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_what_is_mistyped_leads_to_what_is_meant(till: Till, line: tuple[str, ...], meant: str) -> None:
    run = till.run(*line)

    assert (run.code, f"did you mean {meant}?" in run.err) == (2, True)


@pytest.mark.parametrize(
    "line",
    [("charge", "5", "--tpi", "1"), ("charge", "5", "--bogus"), ("requests", "list", "--xyzzy"), ("xyzzy",),
     ("help", "xyzzy")],
    ids=" ".join,
)  # fmt: skip
def test_what_is_far_from_every_word_is_taken_for_none(till: Till, line: tuple[str, ...]) -> None:
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
def test_words_that_are_missing_or_too_many_are_answered_with_how_it_is_typed(
    till: Till, line: tuple[str, ...], usage: str
) -> None:
    run = till.run(*line)
    told = run.err.splitlines()[1:]

    assert (run.code, told[0].endswith(f"Usage: pjterm {usage}"), len(told)) == (2, True, 2)


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
def test_a_value_that_cannot_be_used_is_named(till: Till, line: tuple[str, ...], says: str) -> None:
    run = till.run(*line)

    assert (run.code, run.out) == (2, "")
    assert run.err.startswith(f"pjterm: {says}")


def test_a_key_like_an_option_is_told_as_a_shell_reads_it(till: Till) -> None:
    till.run("charge", "5", "-t", "T1", "--key=-x")
    run = till.run("why", "--", "-x")
    line = run.out.splitlines()[-1].removeprefix("the facts: pjterm ")

    assert till.run(*line.split()).code == run.code


@pytest.mark.parametrize("what", ["receipt", "signature", "void"])
def test_a_transaction_that_is_not_there_leads_to_those_that_are(till: Till, what: str) -> None:
    run = till.run(what, "99999", *(["--yes"] if what == "void" else []))

    assert (run.code, run.err.rstrip().splitlines()[-1].partition(" -p")[0]) == (11, "  See: pjterm transactions list")


@pytest.mark.parametrize("command", ALL)
def test_a_line_that_cannot_be_parsed_ends_with_the_help_of_its_own_command(till: Till, command: str) -> None:
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
def test_what_a_command_itself_refuses_ends_with_its_own_help(till: Till, command: str, wrong: tuple[str, ...]) -> None:
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
def test_a_file_that_cannot_be_used_is_named_once_in_words(till: Till, tmp_path: Path, line: str) -> None:
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
def test_the_systems_words_come_without_number_and_path(error: Exception, words: str) -> None:
    assert reason(error) == words


@pytest.mark.parametrize(
    "line",
    [("charge", "5", "-t", "T1", "-k", "K1"), ("refund", "5", "-t", "T1"), ("void", "10001", "--yes"), ("terminals",)],
    ids=" ".join,
)
def test_who_is_told_to_slow_down_is_told_the_command_that_is_safe_to_retry(
    world: World, till: Till, line: tuple[str, ...]
) -> None:
    world.faults.add(SLOW_DOWN, times=1e9)
    run = till.run(*line)

    assert (run.code, run.err.splitlines()[-1].rpartition(": ")[2]) == (12, " ".join(("pjterm", *line)))


@pytest.mark.parametrize("fault", [SLOW_DOWN, no_connection()])
@pytest.mark.parametrize("call", ["request-payment", "request-prompt"])
def test_a_post_that_was_never_taken_names_the_same_command_under_the_same_key(
    world: World, till: Till, call: str, fault: Fault
) -> None:
    world.faults.add(fault, call, times=1e9)
    line = ("charge", "5", "-t", "T1") if call == "request-payment" else ("prompt", "Hi", "-t", "T1")
    run = till.run(*line, "--key", "K1")

    assert (run.code, run.err.splitlines()[-1].rpartition(": ")[2]) == (
        12, " ".join(("pjterm", *line, "--key", "K1"))
    )  # fmt: skip


def test_a_question_answered_with_no_is_told_as_that(till: Till) -> None:
    till.run("charge", "5", "-t", "T1", "-k", "K1")
    asked, told = till.run("void", "K1"), till.run("void", "K1", answers="n\n")

    assert "requires confirmation" in asked.err
    assert ("pjterm: not confirmed: voiding transaction" in told.err, "requires" in told.err) == (True, False)


@pytest.mark.parametrize(
    ("line", "means"),
    [
        ("charge 5", "Not paid: cancelled or timed out at the reader. Nothing was charged."),
        ("prompt Donate?", "Ended at the reader without an answer."),
    ],
)
def test_cancel_says_what_became_of_the_request_and_nothing_of_a_reader_it_did_not_ask(
    world: World, till: Till, line: str, means: str
) -> None:
    """It said that the reader is idle and that a card may still be charged, of each request, hours later, too."""
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
def test_what_requires_confirmation_ends_with_the_whole_line_that_does_it(till: Till, line: str, again: str) -> None:
    till.run("charge", "20", "-k", "K1")
    run = till.run(*line.split())

    assert (run.code, run.err.rstrip().endswith(f"o do it without being asked: pjterm {again}")) == (10, True)


def test_what_is_nothing_to_refund_still_says_that_nothing_was_sent(till: Till) -> None:
    till.run("charge", "20", "-k", "K1")
    till.run("void", "K1", "-y")

    assert "Nothing was sent. See: " in till.run("refund", "--transaction", "K1", "-y").err


def test_a_request_that_still_runs_is_told_without_the_words_of_the_api(till: Till) -> None:
    run = till.run("charge", "5", "-k", "K1", "--timeout", "2")

    assert (run.code, "The time is up; the reader still works on it." in run.err) == (8, True)


def test_a_topic_takes_no_second_word(till: Till) -> None:
    assert till.run("help", "exit-codes", "9").err.startswith("pjterm: unexpected '9': a topic is one page\n")


def test_a_directory_is_no_file_to_save_in(till: Till, tmp_path: Path) -> None:
    place = tmp_path / "x.png"
    place.mkdir()

    assert f"--save: {str(place)!r} is a directory" in till.run("sign", "--save", str(place)).err


def test_one_look_does_not_speak_of_a_time_that_nobody_gave(till: Till) -> None:
    """It read as if the sale had timed out."""
    till.run("charge", "5", "-k", "K1", "--no-wait")
    run = till.run("status", "K1")

    assert (run.code, "STILL OPEN" in run.err, "time is up" in run.err) == (8, True, False), run.err


@pytest.mark.parametrize("line", [("sign", "--terms", "Yes"), ("tip", "--amount", "1", "10001")], ids=" ".join)
def test_the_name_of_an_argument_is_no_option(till: Till, line: tuple[str, ...]) -> None:
    """The word that was proposed would have been signed."""
    assert f"{line[1][2:].upper()} is an argument, given without a name before it" in till.run(*line).err
