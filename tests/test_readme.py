"""README and topics are true: their blocks run, their paths exist, their tables match the code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import typer

from pjterm.cli.app import tree
from pjterm.cli.catalog import ROWS
from pjterm.core.exit_codes import EXIT
from pjterm.core.model import Outcome
from pjterm.ui.report import Report
from tests import warm

TOP = Path(__file__).resolve().parents[1]
README = (TOP / "README.md").read_text("utf-8")
TOPICS = {f.stem: f.read_text("utf-8") for f in sorted((TOP / "pjterm" / "help").glob("*.md"))}
DOCUMENTS = {"README": README, **TOPICS}
BLOCKS = [
    (name, info, text)
    for name, document in DOCUMENTS.items()
    for info, text in re.findall(r"^```([^\n]*)\n(.*?)^```$", document, re.MULTILINE | re.DOTALL)
]
RUNNABLE = {
    f"{name}: {text.splitlines()[0][:40]}": text for name, info, text in BLOCKS if info == "bash runnable"
}  # fmt: skip
PROMISED = (
    "keys", "exit-codes", "cancel", "json", "config", "relay", "fleet", "simulator", "integrating", "guesses",
    "security", "disputes", "day",
)  # fmt: skip
AT_ONCE = 4
SPEED = "40"  # the shop's speed; rate limits are never scaled
RUN = "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/pjterm charge 12.50 --terminal T1"
TEST = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest"


# -- the blocks that can run ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ran:
    """The result of one block."""

    code: int
    out: str
    err: str


def run_block(text: str, home: Path) -> Ran:
    """Run a block as a newcomer would: from nothing if it starts a shop, otherwise against a fast one."""
    programs = home / "bin"
    programs.mkdir(parents=True)
    warm.program(programs)
    environ = {name: value for name, value in warm.environ().items() if not name.startswith("PJTERM_")}
    environ |= {
        "HOME": str(home),
        "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PJTERM_CONFIG_DIR": str(home / "config"),
        "PJTERM_STATE_DIR": str(home / "state"),
        "TMPDIR": str(home),
    }
    with nullcontext() if "pjterm simulator serve" in text else quick_shop(environ):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            env=environ, cwd=home, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


@contextmanager
def quick_shop(environ: dict[str, str]) -> Iterator[None]:
    """A simulator that the commands of this environment find."""
    shop = warm.piped(["simulator", "serve", "--port", "0", "--speed", SPEED], stderr=subprocess.DEVNULL, env=environ)
    assert shop.stdout is not None
    try:
        assert shop.stdout.readline().startswith("simulator ready ")
        yield
    finally:
        shop.terminate()
        shop.wait(60)
        shop.stdout.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Ran]]]:
    """All blocks, run several at a time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {name: pool.submit(run_block, text, tmp_path_factory.mktemp("block")) for name, text in RUNNABLE.items()}


@pytest.mark.parametrize("name", RUNNABLE)
def test_each_runnable_block_runs(running: dict[str, Future[Ran]], name: str) -> None:
    ran = running[name].result()

    assert ran.code == 0, f"{RUNNABLE[name]}\n{ran.out}\n{ran.err}"


def out_of(running: dict[str, Future[Ran]], begins: str) -> list[str]:
    """The output of the README's block with this beginning."""
    return next(f for name, f in running.items() if name.startswith(f"README: {begins}")).result().out.splitlines()


def test_the_first_walk_prints_one_id_twice(running: dict[str, Future[Ran]]) -> None:
    first, again, label, signature, *why = out_of(running, "pjterm charge 12.50")

    assert first == again
    assert label == "Yes"
    assert re.fullmatch(r"[0-9a-f]{32}", signature)
    assert why[1].startswith("APPROVED: $12.50")


def test_the_shell_function_distinguishes_paid_from_declined(running: dict[str, Future[Ran]]) -> None:
    paid, declined = out_of(running, "charge()")

    assert paid.startswith("paid, transaction 1")
    assert declined == "not paid: declined, or voided since"


# -- the text ----------------------------------------------------------------------------------------------------


def test_the_two_commands_are_quoted_exactly() -> None:
    lines = [line.strip() for line in README.splitlines()]

    assert lines.count(RUN) == 1
    assert lines.count(TEST) == 1


def test_the_table_of_exit_codes_matches_the_codes() -> None:
    table = re.search(r"<!-- exits: begin -->\n(.*?)<!-- exits: end -->", TOPICS["exit-codes"], re.DOTALL)
    assert table is not None
    documented: dict[str, int] = {}
    for code, outcomes in re.findall(r"^\| (\d+) \| (.+?) \|", table[1], re.MULTILINE):
        documented |= {outcome: int(code) for outcome in outcomes.split(", ")}

    assert documented == {outcome.value: code for outcome, code in EXIT.items()}


def test_the_result_object_has_the_keys_of_a_real_one() -> None:
    shown = json.loads(next(text for name, info, text in BLOCKS if (name, info) == ("json", "json")))
    real = Report(None, Outcome.APPROVED, 0).json()

    assert list(shown) == list(real)
    assert list(shown["terminal"]) == list(real["terminal"])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_and_paths_exist(name: str) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", DOCUMENTS[name])
    paths = re.findall(r"`((?:pjterm|tests|completions|\.ci|\.github)/[\w/.-]*)`", DOCUMENTS[name])

    assert [p for p in {*targets, *paths} if not (TOP / p).exists()] == []


def test_the_readme_is_short_and_says_where_to_read_on() -> None:
    named = set(re.findall(r"`([a-z-]+)`", " ".join(re.findall(r"^\| `pjterm help .*$", README, re.MULTILINE))))
    named |= set(re.findall(r"pjterm help ([a-z-]+)", README))

    assert README.count("\n") <= 170
    assert set(TOPICS) - named == set()


def test_every_listed_topic_exists_and_has_a_title() -> None:
    assert [name for name in PROMISED if name not in TOPICS] == []
    assert [name for name, text in TOPICS.items() if not re.match(r"# \S", text)] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_in_the_text_exists_with_its_options(name: str) -> None:
    blocks = [text for document, info, text in BLOCKS if document == name and "sh" in info]
    lines = [line.split("  #")[0] for text in blocks for line in text.splitlines()]
    lines += re.findall(r"`(pjterm [^`]+)`", DOCUMENTS[name])
    said = [(line, words) for line in lines for words in re.findall(r"pjterm ([a-z][^|;&#)>]*)", line)]
    wrong = [line for line, words in said if strange(whole_tree(), words)]

    assert wrong == []


@pytest.mark.parametrize("name", TOPICS)
def test_every_topic_in_the_text_exists(name: str) -> None:
    named = set(re.findall(r"pjterm help ([a-z-]+)", TOPICS[name]))

    assert named - TOPICS.keys() - ROWS.keys() - {"topics", "options"} == set()


@cache
def whole_tree() -> object:
    return typer.main.get_command(tree([]))


def strange(command: object, said: str) -> list[str]:
    """The words of a command line that the tree does not know."""
    known = {"-p", "-o", "-t", "-k", "-b", "-v", "-h", "--help", "--version"}
    words = said.split()
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]  # type: ignore[attr-defined]
    if isinstance(getattr(command, "commands", None), dict) and words and re.fullmatch(r"[a-z-]+", words[0]):
        return [words[0]]
    if "--" in words:
        words = words[: words.index("--")]
    names = {n for p in command.params for n in (*p.opts, *p.secondary_opts)}  # type: ignore[attr-defined]
    return [w for w in words if re.fullmatch(r"--?[a-z][a-z-]*", w) and w not in names | known]
