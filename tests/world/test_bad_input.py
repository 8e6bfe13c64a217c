"""Arguments rejected before anything is opened or sent: exit 2 with the field named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from pjterm.cli.app import tree
from pjterm.cli.catalog import SHORT_FLAGS
from tests.world.till import Run, Till, World

NOT_MONEY = ["$5", "1,000", "5.005", "1e3", "+5", "0", "0.00", "NaN", ".5", "5.", "", " ", " 5", "5 ", "٥", "５",
             "1000000.01", "Infinity", "0x5", "1_000", "5\n", "९.50", "12.5.0", "--5"]  # fmt: skip
BAD: dict[str, tuple[list[str], str]] = {
    **{f"amount {text!r}": (["charge", "--", text], "AMOUNT") for text in NOT_MONEY},
    "a negative amount": (["charge", "--", "-5"], "AMOUNT"),
    "a negative amount taken for an option": (["charge", "-5"], "AMOUNT: invalid amount '-5'"),
    "a negative refund with cents": (["refund", "-5.00", "-y"], "AMOUNT: invalid amount '-5.00'"),
    "tax": (["charge", "5", "--tax", "1,0"], "--tax"),
    "negative tax": (["charge", "5", "--tax=-1"], "--tax"),
    "shipping": (["charge", "5", "--shipping", "x"], "--shipping"),
    "surcharge": (["charge", "5", "--surcharge", "1.234"], "--surcharge"),
    "empty invoice": (["charge", "5", "--invoice", ""], "--invoice"),
    "long invoice": (["charge", "5", "--invoice", "x" * 33], "--invoice"),
    "invoice not ASCII": (["charge", "5", "--invoice", "é"], "--invoice"),
    "invoice with a newline": (["charge", "5", "--invoice", "1\n2"], "--invoice"),
    "long po": (["charge", "5", "--po", "x" * 33], "--po"),
    "empty po": (["charge", "5", "--po", ""], "--po"),
    "long note": (["charge", "5", "--note", "x" * 2049], "--note"),
    "empty key": (["charge", "5", "-k", ""], "--key"),
    "long key": (["charge", "5", "-k", "x" * 65], "--key"),
    "key with a slash": (["charge", "5", "-k", "a/b"], "--key"),
    "key with a space": (["charge", "5", "-k", "a b"], "--key"),
    "over with a slash": (["charge", "5", "--over", "a/b"], "--over"),
    "negative timeout": (["charge", "5", "--timeout", "-1"], "--timeout"),
    "timeout nan": (["charge", "5", "--timeout", "nan"], "--timeout"),
    "timeout inf": (["charge", "5", "--timeout", "inf"], "--timeout"),
    "timeout in words": (["charge", "5", "--timeout", "soon"], "--timeout"),
    "wait-busy": (["charge", "5", "--wait-busy", "-1"], "--wait-busy"),
    "until": (["charge", "5", "--until", "later"], "--until"),
    "via": (["charge", "5", "--via", "pigeon"], "--via"),
    "output": (["charge", "5", "-o", "xml"], "--output"),
    "account in words": (["charge", "5", "--account", "main"], "--account"),
    "account zero": (["charge", "5", "--account", "0"], "--account"),
    "no amount": (["charge"], "AMOUNT"),
    "two amounts": (["charge", "5", "6"], "6"),
    "no such option": (["charge", "5", "--fast"], "--fast"),
    "no such command": (["chrage", "5"], "chrage"),
    "empty button": (["prompt", "Hi", "-b", ""], "button"),
    "nine characters": (["prompt", "Hi", "-b", "123456789"], "button"),
    "equal buttons": (["prompt", "Hi", "-b", "Yes", "-b", "Yes"], "button"),
    "four buttons": (["prompt", "Hi", "-b", "1", "-b", "2", "-b", "3", "-b", "4"], "button"),
    "button with an escape": (["prompt", "Hi", "-b", "\x1b[1m"], "button"),
    "expecting what is no button": (["prompt", "Hi", "--expect", "Maybe"], "--expect"),
    "empty prompt": (["prompt", ""], "TEXT"),
    "prompt with an escape": (["prompt", "a\x1b[2Jb"], "TEXT"),
    "prompt with a bell": (["prompt", "a\x07"], "TEXT"),
    "long prompt": (["prompt", "x" * 10001], "TEXT"),
    "empty terms": (["sign", ""], "TERMS"),
    "long terms": (["sign", "x" * 10001], "TERMS"),
    "terms twice": (["sign", "x", "--terms-file", "-"], "--terms-file"),
    "no terms file": (["sign", "--terms-file", "/nowhere/terms"], "--terms-file"),
    "save as jpg": (["sign", "--save", "s.jpg"], "--save"),
    "save nowhere": (["sign", "--save", "/nowhere/s.png"], "--save"),
    "input type": (["input", "--type", "email"], "--type"),
    "request id with a slash": (["status", "../main"], "ID"),
    "empty request id": (["follow", ""], "ID"),
    "no key and no id": (["status", "xyz"], "xyz"),
    "a prefix without a number": (["receipt", "tx:abc"], "tx:abc"),
    "a prefix without a request": (["status", "req:../main"], "req:../main"),
    "a key with a prefix": (["charge", "5", "--key", "tx:10082"], "--key"),
    "cancel what is no request id": (["cancel", "--request", "xyz"], "--request: 'xyz' is no request id"),
    "a prefix before what is no request id": (["follow", "req:xyz"], "ID: 'xyz' is no request id"),
    "cancel a path": (["cancel", "--request", "../../x"], "REQUEST"),
    "an empty variable for the key": (["charge", "5", "--key", "--bell"], "--key: its value is missing"),
    "an empty variable for the key, then more": (["charge", "5", "-k", "-t", "T1"], "--key: its value is missing"),
    "an empty variable behind short options": (["charge", "5", "-yk", "--dry-run"], "--key: its value is missing"),
    "an empty variable for the terminal": (["charge", "-t", "--key", "K1", "5"], "--terminal: its value is missing"),
    "an empty variable before the end of options": (["charge", "-k", "--", "5"], "--key: its value is missing"),
    "an empty variable for the invoice": (["charge", "5", "--invoice", "-tT1"], "--invoice: its value is missing"),
    "an empty variable for a note": (["charge", "5", "--note", "--po=1"], "--note: its value is missing"),
    "an empty variable for the profile": (["-p", "-v", "charge", "5"], "--profile: its value is missing"),
    "an empty variable for a transaction": (["refund", "--transaction", "-y"], "--transaction: its value is missing"),
    "an empty variable for seconds": (["charge", "5", "--timeout", "--yes"], "--timeout: its value is missing"),
    "settle": (["resume", "k", "--settle", "9"], "--settle"),
    "by hand without a name": (["resume", "--not-charged"], "ID"),
    "by hand twice": (["resume", "k", "--not-charged", "--clear-terminal"], "--not-charged"),
    "no such key": (["resume", "nobody"], "nobody"),
    "limit": (["requests", "list", "--limit", "0"], "--limit"),
    "limit beyond 64 bits": (["requests", "list", "--limit", "9" * 20], "--limit"),
    "limit of a search beyond 64 bits": (["transactions", "list", "--limit", "9" * 20], "--limit"),
    "limit of events beyond 64 bits": (["events", "list", "--limit", "9" * 20], "--limit"),
    "account beyond 64 bits": (["charge", "5", "--account", "9" * 20], "--account"),
    "a profile's account beyond 64 bits": (
        ["profiles", "add", "x", "--environment", "simulator", "--account", "9" * 20], "--account"
    ),
    "account of a refund": (["refund", "5", "--transaction", "1", "--account", "-1"], "--account"),
    "a negative transaction": (["resume", "k", "--transaction", "-5"], "--transaction"),
    "a transaction beyond 64 bits": (["resume", "k", "--transaction", "9" * 20], "--transaction"),
    "entries since the year 1": (["requests", "list", "--since", "0001-01-01"], "--since"),
    "entries since the last year": (["requests", "list", "--since", "9999-12-31T23:59"], "--since"),
    "transactions since the year 1": (["transactions", "list", "--since", "0001-01-01"], "--since"),
    "transactions before the last year": (["transactions", "list", "--before", "9999-12-31"], "--before"),
    "before the last year at an hour": (["transactions", "list", "--before", "9999-12-31T23:00"], "--before"),
    "events since the year 1": (["events", "list", "--since", "0001-01-01"], "--since"),
    "takings of the first day": (["report", "--day", "0001-01-01"], "--day"),
    "takings of the last day": (["report", "--day", "9999-12-31"], "--day"),
    "the books of the last day": (["reconcile", "--day", "9999-12-31"], "--day"),
    "a day that is none": (["requests", "list", "--since", "2026-02-30"], "--since"),
    "alias that is no UUID": (["terminals", "alias", "T3", "x"], "x"),
    "settle without a reset": (["resume", "k", "--settle", "20"], "--clear-terminal"),
    "one secret, and stdin names others": (
        ["profiles", "set-secret", "till", "password", "--secrets-stdin"], "--secrets-stdin"
    ),
    "who closed a close that is shown": (["close", "--show", "1", "--by", "Bob"], "--by"),
    "confirm a close that is shown": (["close", "--show", "1", "--yes"], "--yes"),
    "lines of a log whose place is asked for": (["log", "--path", "--lines", "5"], "--lines"),
    "no lines of a log": (["log", "--lines", "0"], "--lines"),
}  # fmt: skip


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    """One till for all bad lines: none of them may leave anything behind."""
    with World(tmp_path_factory.mktemp("bad-input")) as world:
        till = world.till()
        yield till
        assert till.run("requests", "list").out == "", "a bad line left an entry"


def touched(run: Run) -> list[str]:
    """The API calls that it made."""
    return [call.name for call in run.process.calls]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_is_2_and_names_the_field(shared: Till, name: str) -> None:
    line, field = BAD[name]
    run = shared.run(*line)

    assert (run.code, run.out, touched(run)) == (2, "", []), run.err
    assert field.lower() in run.err.lower()
    assert "\x1b" not in run.err


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_with_json_is_still_one_object(shared: Till, name: str) -> None:
    run = shared.run("--json", *BAD[name][0])
    result = run.json

    assert (run.code, result["outcome"], result["exitCode"], result["error"]["code"]) == (2, "usage", 2, "usage")
    assert result["error"]["message"]


SAYS = {
    "a wrong amount": (["charge", "x", "-t", "T1", "--key", "order-1"], ("payment", "order-1", None, "T1")),
    "no amount": (["charge", "-k", "order-1"], ("payment", "order-1", None, None)),
    "a wrong key": (["charge", "5", "-k", "bad key", "-t", "T1"], ("payment", "bad key", "5.00", "T1")),
    "a wrong tax": (["charge", "5", "-k", "K1", "--tax", "-1", "-t", "T1"], ("payment", "K1", "5.00", "T1")),
    "a wrong account": (["charge", "5", "-k", "K1", "--account", "abc"], ("payment", "K1", "5.00", None)),
    "an unknown option": (["charge", "5", "--bogus", "-k", "K1", "-t", "T1"], ("payment", "K1", "5.00", "T1")),
    "an option for a value": (["charge", "5", "-k", "--bell"], ("payment", None, None, None)),
    "two formats": (["charge", "5", "-k", "K1", "-t", "T1", "-o", "ndjson"], ("payment", "K1", "5.00", "T1")),
    "an unknown reader": (["charge", "5", "-k", "K1", "-t", "NOPE"], ("payment", "K1", "5.00", "NOPE")),
    "a wrong part of a refund": (["refund", "5", "--transaction", "1", "--tax", "x"], ("refund", None, "5.00", None)),
    "no id of a void": (["void", "-k", "V1"], ("void", "V1", None, None)),
    "a wrong tip": (["tip", "1", "x", "-k", "P1"], ("tip", "P1", None, None)),
    "a wrong button": (["prompt", "Hi", "-b", "", "-k", "P1"], ("prompt", "P1", None, "T1")),
}  # fmt: skip


@pytest.mark.parametrize("name", SAYS)
def test_an_error_identifies_its_sale_by_the_line_s_values(till: Till, name: str) -> None:
    """A program that sends many lines cannot match an error with its sale by the message."""
    line, reported = SAYS[name]
    run = till.run(*line, "--json")
    result = run.json

    assert (result["kind"], result["key"], result["amount"], result["terminal"]["name"]) == reported, run.err
    assert (run.code, result["profile"], result["environment"]) == (2, "till", "labs")


def test_an_option_without_its_value_does_not_use_a_default(till: Till) -> None:
    result = till.run("--json", "charge", "5", "-k", "K1", "-t").json

    assert (result["kind"], result["key"], result["terminal"]["name"]) == ("payment", "K1", None)


def test_a_refused_cancel_names_its_reader(till: Till) -> None:
    run = till.run("cancel", "-t", "T1", "--json")

    assert (run.code, run.json["kind"], run.json["terminal"]["name"]) == (10, "cancel", "T1"), run.err


@pytest.mark.parametrize("words", ["-qojson", "-vo json", "-qvondjson", "-o json", "-ojson", "--output=json", "--json"])
def test_a_usage_error_has_the_line_s_format_however_it_is_written(till: Till, words: str) -> None:
    run = till.run("charge", "5", *words.split(), "--bogus")

    assert (run.code, run.json["error"]["code"], run.json["amount"]) == (2, "usage", "5.00"), run.err


def test_a_value_that_looks_like_a_format_is_not_one(till: Till) -> None:
    run = till.run("charge", "5", "-tojson", "--bogus")

    assert (run.code, run.out) == (2, ""), run.err


def test_combined_short_options_before_the_command_are_read_too(till: Till) -> None:
    run = till.run("-qo", "json", "charge", "x")

    assert (run.code, run.json["kind"]) == (2, "payment"), run.err


@pytest.mark.parametrize("line", [["--key=--json"], ["--key=-x"], ["-k", "-x"]])
def test_a_key_may_begin_with_a_dash(till: Till, line: list[str]) -> None:
    run = till.run("charge", "5", *line)

    assert run.code == 0, run.err


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("default_profile = ", "line 1"),
        ("[profiles.till-1]\nenvironment = \"labs\"\nlogin = 5\n", "line 3"),
        ("[profiles.till-1]\nenvironment = \"moon\"\nlogin = \"x\"\n", "environment"),
    ],
)  # fmt: skip
def test_a_broken_config_is_2_with_file_and_line(till: Till, text: str, fault: str) -> None:
    (till.config / "config.toml").write_text(text)
    run = till.run("charge", "5", "--json")

    assert (run.code, run.json["outcome"], touched(run)) == (2, "usage", [])
    assert "config.toml" in run.err
    assert fault in run.err


def test_a_file_in_place_of_the_config_directory_never_means_the_simulator(till: Till, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    till.environ = {"PJTERM_CONFIG_DIR": str(tmp_path / "file")}
    run = till.run("charge", "5")

    assert (run.code, run.out, touched(run)) == (2, "", [])


@pytest.mark.parametrize("below", ["", "below"])
def test_an_unwritable_state_directory_is_12_before_anything_is_sent(till: Till, tmp_path: Path, below: str) -> None:
    """Without a journal, no money command runs."""
    (tmp_path / "file").write_text("x")
    till.environ = {"PJTERM_STATE_DIR": str(tmp_path / "file" / below)}
    run = till.run("charge", "5", "--json")

    assert (run.code, run.error_code, touched(run)) == (12, "journal", []), run.err


@pytest.mark.parametrize("below", ["", "below"])
def test_without_a_place_for_the_simulator_it_is_12_too(till: Till, tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("x")
    till.environ = {"PJTERM_STATE_DIR": str(tmp_path / "file" / below)}
    run = till.run("charge", "5", "-p", "simulator", "--json")

    assert (run.code, run.json["outcome"]) == (12, "unavailable"), run.err


def test_short_options_without_a_value_are_those_that_can_be_combined() -> None:
    found = {"h"}
    left = [typer.main.get_command(tree(["no-such-command"]))]
    while left:
        command: Any = left.pop()
        left += getattr(command, "commands", {}).values()
        names = [name for p in command.params if p.param_type_name == "option" and p.is_flag for name in p.opts]
        found |= {name[1:] for name in names if not name.startswith("--")}

    assert found == set(SHORT_FLAGS)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (("prompt", "Gr\udcf6\udcdfe"), "text"), (("sign", "Gr\udcf6\udcdfe"), "terms"),
        (("charge", "5", "--note", "f\udcfcr"), "--note"), (("prompt", "Hi?", "-b", "Gr\udcfcn"), "--button"),
        (("charge", "5", "--by", "J\udcf6rg"), "--by"),
    ],
)  # fmt: skip
def test_a_word_in_another_encoding_is_called_so(till: Till, line: tuple[str, ...], named: str) -> None:
    """It was a control character, or not printable."""
    run = till.run(*line, "--terminal", "T1")

    assert (run.code, f"{named}: this is not UTF-8 text" in run.err) == (2, True), run.err


def test_where_a_signature_cannot_be_kept_is_found_before_it_is_looked_for(till: Till) -> None:
    run = till.run("signature", "order-1", "--save", "signature.jpg")

    assert (run.code, "--save: 'signature.jpg'" in run.err, till.journal.exists()) == (2, True, False), run.err
