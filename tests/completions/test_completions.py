"""TAB in real shells: what is offered, what is not, and that no Python starts for it."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

from pjterm.cli.command_tree import read_tree
from pjterm.completions import SHELLS, script
from pjterm.completions.tree import Branch, offered_options, walk
from tests.completions.shells import Till, Typing, bash_offers, bash_typing, fish_offers, zsh_typing

COMPLETIONS = Path(__file__).resolve().parents[2] / "completions"
CONFIG = """\
default_profile = "till-1"

[profiles.till-1]
environment = "labs"
login = "shop"
terminal = "Counter"
  [profiles.till-1.aliases]
  T1 = "88888888-4444-4444-4444-cccccccccccc"
  "Front desk" = "88888888-4444-4444-4444-dddddddddddd"

[profiles.bar]
environment = "simulator"
"""


@functools.cache
def root() -> Branch:
    """The current command tree, read when a test needs it."""
    return read_tree()


WORDS = [
    ("pjterm cha", ["charge"]),
    ("pjterm charge --until ", ["result", "complete"]),
    ("pjterm charge 5 --via r", ["relay"]),
    ("pjterm charge -o ", ["text", "json", "ndjson"]),
    ("pjterm -o json prof", ["profiles"]),
    ("pjterm -p any profiles add x --environment ", ["labs", "production", "simulator"]),
    ("pjterm profiles set-secret x ", ["password", "app_key", "webhook_secret", "relay_token"]),
    ("pjterm completions show p", ["powershell"]),
    ("pjterm requests ", ["list", "show"]),
    (
        "pjterm simulator serve --scenario web",
        [
            "webhook-lost",
            "webhook-twice",
            "webhook-late",
            "webhook-out-of-order",
            "webhook-bad-signature",
            "webhook-same-id",
        ],
    ),
    ("pjterm transactions list --status ", ["CAPTURE", "DECLINED", "HOLD", "REJECT", "VOID"]),
    ("pjterm events tail --type T", ["TRANSACTION", "TRANSACTION_SIGNATURE"]),
    ("pjterm charge --terminal T1 --over x 5 --dry", ["--dry-run"]),
    ("pjterm charge ", []),
    ("pjterm why ", []),
    ("pjterm why -- --", []),
]
"""Lines, and everything that may be offered at their end."""


@pytest.fixture
def quiet_till(tmp_path: Path) -> Till:
    """A till whose `pjterm` only records that it was started."""
    return Till(tmp_path, real=False)


@pytest.fixture
def till(tmp_path: Path) -> Till:
    """A till with the real program and two profiles."""
    made = Till(tmp_path, real=True)
    made.configure(CONFIG)
    return made


@pytest.fixture
def zsh(quiet_till: Till) -> Iterator[Typing]:
    """zsh in a terminal."""
    typing = zsh_typing(quiet_till)
    yield typing
    typing.close()


# -- the files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", SHELLS)
def test_the_files_match_the_command_tree(shell: str) -> None:
    """Regenerate them with: python -m pjterm.cli.commands.completions completions"""
    kept = (COMPLETIONS / SHELLS[shell]).read_text("utf-8")

    assert script(shell, root()) == kept, (
        "completions/ is stale; run: python -m pjterm.cli.commands.completions completions"
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_and_option_is_in_every_script(shell: str) -> None:
    text = script(shell, root())

    for path, branch in walk(root()):
        assert all(name in text for name in path.split())
        assert all(name.lstrip("-") in text for option in branch.options for name in option.names)


def test_no_script_offers_hidden_commands() -> None:
    completions = next(c for c in root().commands if c.name == "completions")

    assert [c.name for c in completions.commands] == ["install", "show"]


# -- bash and fish, all commands ------------------------------------------------------------------------------


def test_bash_offers_each_command_s_options_and_starts_nothing(quiet_till: Till) -> None:
    lines = {f"pjterm {path} --".replace("  ", " "): set(offered_options(b)) for path, b in walk(root())}

    offered = bash_offers(quiet_till, list(lines))

    assert {line: set(words) for line, words in offered.items()} == lines
    assert quiet_till.asked() == []


def test_bash_offers_words_where_they_belong(quiet_till: Till) -> None:
    lines = [line for line, _ in WORDS]

    assert bash_offers(quiet_till, ["pjterm ", *lines]) == {"pjterm ": [c.name for c in root().commands], **dict(WORDS)}
    assert quiet_till.asked() == []


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.exhaustive)])
def test_fish_offers_each_command_s_options_and_starts_nothing(quiet_till: Till, every: int) -> None:
    """The short suite checks a fourth of the commands: fish takes 50 ms for each."""
    lines = {
        f"pjterm {path} --".replace("  ", " "): {n for o in b.options for n in o.long}
        for path, b in list(walk(root()))[::every]
    }

    offered = fish_offers(quiet_till, list(lines))

    assert {line: set(words) for line, words in offered.items()} == lines
    assert quiet_till.asked() == []


def test_fish_offers_words_where_they_belong(quiet_till: Till) -> None:
    offered = fish_offers(quiet_till, ["pjterm ", *[line for line, _ in WORDS]])

    assert {line: sorted(words) for line, words in offered.items()} == {
        line: sorted(words) for line, words in [("pjterm ", [c.name for c in root().commands]), *WORDS]
    }
    assert quiet_till.asked() == []


def test_bash_in_a_terminal_completes_an_option_with_an_equals_sign(quiet_till: Till) -> None:
    """readline splits `--output=js` into three words; the user must not notice."""
    typing = bash_typing(quiet_till)
    try:
        assert typing.after_tab("pjterm charge 5 --output=js")[0] == "pjterm charge 5 --output=json "
        assert typing.after_tab("pjterm charge 5 --unti")[0] == "pjterm charge 5 --until "
        assert typing.after_tab("pjterm can")[0] == "pjterm cancel "
    finally:
        typing.close()


def test_bash_completes_files_for_a_path(quiet_till: Till) -> None:
    (quiet_till.root / "return policy.txt").write_text("No returns.")
    typing = bash_typing(quiet_till)
    try:
        line, _ = typing.after_tab("pjterm sign --terms-file retu")
    finally:
        typing.close()

    assert line == "pjterm sign --terms-file return\\ policy.txt "


# -- zsh, in a terminal ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.exhaustive)])
def test_zsh_lists_each_command_s_options_and_starts_nothing(zsh: Typing, quiet_till: Till, every: int) -> None:
    for path, branch in list(walk(root()))[::every]:
        _, shown = zsh.after_tab(f"pjterm {path} --".replace("  ", " "))
        missing = [n for option in branch.options for n in option.long if n not in shown]
        assert not missing, f"{path}: {missing} in {shown}"
    assert quiet_till.asked() == []


def test_zsh_completes_words_where_they_belong(zsh: Typing, quiet_till: Till) -> None:
    typed = {
        "pjterm cha": "pjterm charge ",
        "pjterm charge --until r": "pjterm charge --until result ",
        "pjterm charge --output=nd": "pjterm charge --output=ndjson ",
        "pjterm -o json prof": "pjterm -o json profiles ",
        "pjterm profiles add x --environment pr": "pjterm profiles add x --environment production ",
        "pjterm -p any profiles set-secret x app": "pjterm -p any profiles set-secret x app_key ",
        "pjterm charge 5 --dry": "pjterm charge 5 --dry-run ",
        "pjterm completions show po": "pjterm completions show powershell ",
        "pjterm charge x": "pjterm charge x",
    }

    assert {line: zsh.after_tab(line)[0] for line in typed} == typed
    assert quiet_till.asked() == []


# -- names from the config ----------------------------------------------------------------------------------


def test_bash_asks_for_profiles_and_terminals(till: Till) -> None:
    lines = [
        "pjterm -p ", "pjterm profiles use b", "pjterm charge 5 -t ", "pjterm charge -p bar 5 --terminal ",
        "pjterm --profile=bar charge -t ", "pjterm terminals unalias Fr", "pjterm charge -t Front\\ d",
        'pjterm charge -t "Fro', "pjterm profiles add t",
    ]  # fmt: skip

    offered = bash_offers(till, lines)

    assert list(offered.values()) == [
        ["till-1", "bar"], ["bar"], ["T1", "Front\\ desk", "Counter"], ["T1", "T2"], ["T1", "T2"],
        ["Front\\ desk"], [], ["Front desk"], [],
    ]  # fmt: skip


def test_fish_asks_for_profiles_and_terminals(till: Till) -> None:
    lines = ["pjterm -p ", "pjterm profiles use b", "pjterm charge 5 -t ", "pjterm -p bar charge 5 --terminal "]

    assert [sorted(words) for words in fish_offers(till, lines).values()] == [
        ["bar", "till-1"], ["bar"], ["Counter", "Front desk", "T1"], ["T1", "T2"],
    ]  # fmt: skip


def test_zsh_asks_for_profiles_and_terminals(till: Till) -> None:
    typing = zsh_typing(till)
    try:
        assert typing.after_tab("pjterm -p b")[0] == "pjterm -p bar "
        assert typing.after_tab("pjterm profiles use t")[0] == "pjterm profiles use till-1 "
        assert typing.after_tab("pjterm charge 5 -t Fr")[0] == "pjterm charge 5 -t Front\\ desk "
        assert "T2" in typing.after_tab("pjterm -p bar charge 5 -t ")[1]
    finally:
        typing.close()


def test_a_broken_config_offers_no_names_and_prints_nothing(till: Till) -> None:
    till.configure("default_profile = \n")

    assert bash_offers(till, ["pjterm -p "]) == {"pjterm -p ": []}
