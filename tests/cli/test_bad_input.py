"""What is refused at the shell before anything is opened or sent: exit 2, the field named, no traceback.

One simulator stands by for the whole file and must not see a single POST.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cli.till import COMMAND, Run, Shop, Till

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
    "cancel a path": (["cancel", "--request", "../../x"], "REQUEST"),
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
}  # fmt: skip


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Run]]:
    """Each bad line run once, every second one with --json, four at a time."""
    root = tmp_path_factory.mktemp("bad-input")
    with Shop(root / "shop") as shop, ThreadPoolExecutor(4) as pool:
        tills = [Till(root / f"till-{n}", shop.url) for n in range(len(BAD))]
        made = {
            name: pool.submit(till.run, *(["--json"] if n % 2 else []), *args)
            for n, (till, (name, (args, _))) in enumerate(zip(tills, BAD.items(), strict=True))
        }
        runs = {name: future.result() for name, future in made.items()}
        assert shop.posts == [], "a bad line sent something"
        assert [t.root for t in tills if (t.state / "journal.sqlite").exists() and _entries(t)] == []
        yield runs


def _entries(till: Till) -> bool:
    return till.run("requests", "list").out != ""


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_is_2_and_names_the_field(refused: dict[str, Run], name: str) -> None:
    run = refused[name]

    assert run.code == 2, run.err
    assert BAD[name][1].lower() in run.err.lower()
    assert "Traceback" not in run.err
    assert "\x1b" not in run.err


@pytest.mark.parametrize("name", [name for n, name in enumerate(BAD) if n % 2])
def test_a_bad_line_with_json_is_one_object_all_the_same(refused: dict[str, Run], name: str) -> None:
    result = refused[name].json

    assert (result["outcome"], result["exitCode"], result["error"]["code"]) == ("usage", 2, "usage")
    assert result["error"]["message"]


@pytest.mark.parametrize("name", [name for n, name in enumerate(BAD) if not n % 2])
def test_a_bad_line_puts_nothing_on_stdout(refused: dict[str, Run], name: str) -> None:
    assert refused[name].out == ""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("default_profile = ", "line 1"),
        ("[profiles.till-1]\nenvironment = \"labs\"\nlogin = 5\n", "line 3"),
        ("[profiles.till-1]\nenvironment = \"moon\"\nlogin = \"x\"\n", "environment"),
    ],
)  # fmt: skip
def test_a_broken_config_is_2_with_file_and_line(
    shop_and_till: tuple[Shop, Till], text: str, fault: str
) -> None:
    shop, till = shop_and_till
    (till.config / "config.toml").write_text(text)
    run = till.run("charge", "5", "--json")

    assert (run.code, run.json["outcome"]) == (2, "usage")
    assert "config.toml" in run.err
    assert fault in run.err
    assert shop.calls == []


def test_a_config_directory_that_is_a_file_never_means_the_simulator(
    shop_and_till: tuple[Shop, Till], tmp_path: Path
) -> None:
    shop, till = shop_and_till
    (tmp_path / "file").write_text("x")
    run = till.run("charge", "5", PJTERM_CONFIG_DIR=str(tmp_path / "file"))

    assert (run.code, run.out) == (2, "")
    assert shop.calls == []


def test_a_state_directory_that_cannot_be_written_is_12_before_anything_is_sent(
    shop_and_till: tuple[Shop, Till], tmp_path: Path
) -> None:
    """No journal, no money command."""
    shop, till = shop_and_till
    (tmp_path / "file").write_text("x")
    runs = [
        till.run("charge", "5", "--json", PJTERM_STATE_DIR=str(place))
        for place in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/nowhere"))
    ]

    assert [run.code for run in runs] == [12] * 3, [run.err for run in runs]
    assert [run.json["error"]["code"] for run in runs] == ["journal"] * 3
    assert shop.posts == []


def test_without_a_place_for_the_simulator_it_is_12_too(shop_and_till: tuple[Shop, Till], tmp_path: Path) -> None:
    _, till = shop_and_till
    (tmp_path / "file").write_text("x")
    runs = [
        till.run("charge", "5", "-p", "simulator", "--json", PJTERM_STATE_DIR=str(place))
        for place in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/nowhere"))
    ]

    assert [(run.code, run.json["outcome"]) for run in runs] == [(12, "unavailable")] * 3, [run.err for run in runs]


@pytest.mark.parametrize("words", [("charge", "5"), ("requests",)])
def test_a_zone_that_is_none_is_named_before_anything_is_sent(
    shop_and_till: tuple[Shop, Till], words: tuple[str, ...]
) -> None:
    shop, till = shop_and_till
    run = till.run(*words, TZ="UTC+25")

    assert (run.code, shop.posts) == (2, []), run.err
    assert "TZ: 'UTC+25'" in run.err


@pytest.mark.parametrize("words", ["--version", "--help", "charge --help", "charge --version", "terminals --help"])
def test_a_full_disk_under_the_help_is_12_and_no_bug(
    shop_and_till: tuple[Shop, Till], words: str
) -> None:
    _, till = shop_and_till
    full = till.start("-c", f"{COMMAND} {words} >/dev/full", command=("bash",)).end()

    assert full.code == 12, full.err
    assert "written" in full.err
    assert "bug" not in full.err
    assert "Traceback" not in full.err
