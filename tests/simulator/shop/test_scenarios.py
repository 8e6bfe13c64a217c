"""The named scenarios, and valid and invalid scenario files."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from pjterm.errors import ConfigBroken, UsageFault
from pjterm.simulator.shop import scenario_files
from pjterm.simulator.shop.inventory import Account
from pjterm.simulator.shop.named import NAMED
from pjterm.simulator.shop.scenarios import Conduct, HookRule, HttpRule, Till
from tests.simulator.driver import T1, T2, Driver, wrong

NAMES = [
    "approved", "declined", "cancelled", "busy", "unreachable", "slow", "device-timeout", "late-result",
    "unknown-status", "reply-lost", "reply-lost-not-started", "http-500", "http-502-html", "truncated",
    "rate-limited", "webhook-lost", "webhook-twice", "webhook-late", "webhook-out-of-order",
    "webhook-bad-signature", "webhook-same-id", "declined-then-approved", "late-booking", "search-lag", "second-till",
    "reset-elsewhere", "proxy-page", "partial", "held", "numbers-as-text",
]  # fmt: skip


def test_the_documented_names_each_with_one_line() -> None:
    assert [s.name for s in NAMED] == NAMES
    assert all(s.says and "\n" not in s.says for s in NAMED)
    assert len({s.says for s in NAMED}) == len(NAMED)


FILE = """
says = "the second payment on T1 is declined; T2 is unplugged; prompts are answered No"
cards = "same"
settle_after = 60

[[request]]
terminal = "T1"
kinds = ["payment"]
nth = 2
customer = "declined"
code = "51"
acts = 1

[[request]]
terminal = "T2"
device = "unplugged"

[[request]]
kinds = ["prompt"]
button = "No"

[[http]]
call = "PUT /transactions/*"
fault = "http-500"
each = true

[[webhook]]
status = "COMPLETE"
fate = "lost"

[guesses]
main_status = 204
"""


@pytest.fixture
def shop(tmp_path: Path) -> Driver:
    (tmp_path / "shop.toml").write_text(FILE)
    return Driver(tmp_path / "world", str(tmp_path / "shop.toml"))


def test_a_file_selects_which_request_meets_what(shop: Driver) -> None:
    codes = []
    for _ in range(3):
        number = shop.paid()
        codes.append(shop.get(f"/transactions/{number}")["response"]["code"])
    shop.now += 1.0
    unplugged = shop.pay(terminal=T2)

    assert codes == ["00", "51", "00"]
    assert shop.poll(unplugged, 3.0) == {"status": "NO_CONNECTION"}


def test_a_file_says_what_the_customer_presses(shop: Driver) -> None:
    form = [("terminalId", "10001"), ("text", "?"), ("buttons[]", "Yes"), ("buttons[]", "No")]
    said = shop.post(f"/smartterminals/{T1}/request-prompt", form)

    assert shop.poll(said["requestId"], 3.0)["promptButton"] == "No"


def test_a_file_says_which_call_fails_and_when_batches_close(shop: Driver) -> None:
    number = shop.paid()
    shop.now += 60.0

    assert shop.get(f"/transactions/{number}")["settlement"]["settled"]
    assert wrong(shop.call("PUT", f"/transactions/{number}", {"status": "VOID"})) == [("status", "invalid")]
    assert shop.call("PUT", f"/transactions/{number}", {"note": "x"}).status == 500
    assert shop.call("POST", f"/smartterminals/{T1}/main").status == 204


def test_kinds_may_have_the_names_of_their_commands() -> None:
    read = scenario_files.read("x", '[[request]]\nkinds = ["charge", "sign", "prompt"]')

    assert read.rules[0].kinds == ("payment", "signature", "prompt")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("says = 1\nsays = 2\n", "line 2"),
        ("color = 1", "'color' is not a name known here"),
        ("says = 1", "says: 1 is not text"),
        ('cards = "none"', 'neither "another" nor "same"'),
        ("request = 1", r"\[\[request\]\]: 1 is not a list"),
        ("request = [1]", r"\[\[request\]\]: 1 is not a table"),
        ('[[request]]\nterminal = "T9"', "request 1: terminal 'T9' does not exist"),
        ('[[request]]\n[[request]]\nkinds = ["sale"]', "request 2: kind 'sale' does not exist"),
        ('[[request]]\nkinds = [["payment"]]', "kind .* does not exist"),
        ("[[request]]\nnth = 0", "nth: 0 is not a whole number from 1 to 1000000000"),
        ('[[request]]\ncustomer = "shouts"', "none of pays, declined, cancels, leaves"),
        ('[[request]]\nacts = "soon"', "acts: 'soon' is not a number of seconds"),
        ("[[request]]\nacts = -1", "not a number of seconds"),
        ("[[request]]\nacts = nan", "not a number of seconds"),
        ("[[request]]\npin_debit = 1", "1 is not true or false"),
        ('[[request]]\ntip = "-1"', "not an amount"),
        ("[[request]]\nspeed = 1", "'speed' is not a name"),
        ("[[http]]\neach = true", "http 1: fault is missing"),
        ('[[http]]\nfault = "fire"', "none of reply-lost"),
        ("[[webhook]]", "webhook 1: fate is missing"),
        ('[[http]]\nfault = "slow"\ncall = "get transactions"', "not written like POST /transactions"),
        ('[[http]]\nfault = "slow"\ncall = "POST /transactions/"', "not written like POST /transactions"),
        ('[[webhook]]\nfate = "lost"\nstatus = "COMPLETED"', "status 'COMPLETED' is never shown here"),
        ('[[request]]\nsecond = "shouts"', "none of pays, declined, cancels, leaves"),
        ("[[request]]\napproves = 7.0", "7.0 is not an amount"),
        ('[[request]]\nbrand = "visa"', "none of VISA"),
        ('[[request]]\ncode = "00"', "request 1: code: '00' is not the code of a decline, like 05 or 51"),
        ("[[request]]\ncode = 51", "code: 51 is not text"),
        ("[[till]]", "till 1: does is missing"),
        ('[[till]]\ndoes = "charge"\nterminal = "T9"', "till 1: terminal 'T9' does not exist"),
        ('[[account]]\ncloses = "5 pm"', "neither a time like 17:00 nor never"),
        ("[[account]]\n[[account]]", "the same terminal_id twice"),
        ('[[account]]\nkind = "CASH"', "neither CARD nor ACH"),
        ('numbers = "words"', 'neither "documented" nor "text"'),
        ("search_lag = -1", "search_lag: -1 is not a number of seconds"),
        ("[guesses]\nlimit_status = 5", "not a whole number from 200 to 599"),
        ("guesses = 3", "guesses: 3 is not a table"),
        ("x = " + "[" * 5000, "recursion"),
        ("\xff", "this is not UTF-8 text"),
        ("\xff\xfes\0", "UTF-16"),
    ],
)
def test_an_invalid_file_is_named_with_the_error(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(text.encode("latin-1"))

    with pytest.raises(ConfigBroken, match=says) as caught:
        scenario_files.load(str(path))
    assert str(path) in caught.value.message
    assert caught.value.exit_code == 2


def test_a_misspelled_name_suggests_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("seconds = 1")
    with pytest.raises(ConfigBroken) as caught:
        scenario_files.load(str(tmp_path / "bad.toml"))

    assert caught.value.hint == "each name and what it takes: pjterm schema scenario"


@pytest.mark.parametrize(
    "text",
    [*(f'[[http]]\nfault = "slow"\ncall = "{call}"' for call in ("* *", "* /*", "GET /", "P* /transactions*", "GET *")),
     '[[webhook]]\nfate = "lost"\nstatus = "WAKING"\n[[request]]\nword = "WAKING"'],
)  # fmt: skip
def test_a_file_may_name_any_call_and_any_status(text: str) -> None:
    assert scenario_files.read("own", text)


def test_a_byte_order_mark_is_not_part_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "marked.toml").write_bytes(b'\xef\xbb\xbfsays = "hush"')

    assert scenario_files.load(str(tmp_path / "marked.toml")).says == "hush"


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UsageFault) as caught:
        scenario_files.load("aproved")
    assert "approved, declined" in (caught.value.hint or "")


def test_a_directory_is_no_scenario(tmp_path: Path) -> None:
    with pytest.raises(ConfigBroken):
        scenario_files.load(str(tmp_path))


def test_the_docstring_s_example_is_a_scenario() -> None:
    """Every key of the documented format is read."""
    documented = scenario_files.__doc__ or ""
    text = "\n".join(line[4:] for line in documented.splitlines() if line.startswith("    "))
    scenario = scenario_files.read("documented", text)

    lists = (scenario.rules, scenario.http, scenario.hooks, scenario.tills, scenario.accounts)
    assert [len(entries) for entries in lists] == [1, 1, 1, 1, 1]
    assert scenario.guesses.limit_status == 403


@pytest.mark.parametrize("kind", [Conduct, Till, HttpRule, HookRule, Account])
def test_the_docstring_names_every_key(kind: type) -> None:
    documented = scenario_files.__doc__ or ""
    unnamed = [f.name for f in fields(kind) if not re.search(rf"^    {f.name} = ", documented, re.MULTILINE)]

    assert unnamed == []
