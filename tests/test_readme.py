"""The README tells the truth: its commands run, its paths are there, its tables equal the code's."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer

from pjterm.cli.app import tree
from pjterm.core.model import EXIT, Outcome
from pjterm.ui.report import Report

TOP = Path(__file__).resolve().parents[1]
README = (TOP / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```([^\n]*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
RUNNABLE = [text for info, text in BLOCKS if info == "bash runnable"]
SPEED = "40"  # the shop's, not the limits', which are never scaled
RUN = "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/pjterm charge 12.50 --terminal T1"
TEST = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest"


# -- the blocks that can run ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ran:
    """How one block ended."""

    code: int
    out: str
    err: str


def run_block(text: str, home: Path) -> Ran:
    """Run a block as a newcomer would, against a quick shop of its own."""
    programs = home / "bin"
    programs.mkdir(parents=True)
    (programs / "pjterm").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pjterm "$@"\n')
    (programs / "pjterm").chmod(0o755)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PJTERM_")}
    environ |= {
        "HOME": str(home),
        "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PJTERM_CONFIG_DIR": str(home / "config"),
        "PJTERM_STATE_DIR": str(home / "state"),
        "TMPDIR": str(home),
    }
    shop = [sys.executable, "-m", "pjterm", "simulator", "serve", "--port", "0", "--speed", SPEED]
    with subprocess.Popen(shop, env=environ, stdout=subprocess.PIPE, text=True) as simulator:
        try:
            assert simulator.stdout is not None
            assert simulator.stdout.readline().startswith("simulator ready ")
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", text],
                env=environ, cwd=home, capture_output=True, text=True, timeout=120,
            )  # fmt: skip
        finally:
            simulator.terminate()
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Future[Ran]]]:
    """All blocks, run at the same time."""
    homes = [tmp_path_factory.mktemp("readme") for _ in RUNNABLE]
    with ThreadPoolExecutor(len(RUNNABLE)) as pool:
        yield [pool.submit(run_block, text, home) for text, home in zip(RUNNABLE, homes, strict=True)]


@pytest.mark.parametrize("number", range(len(RUNNABLE)), ids=[text.split("\n")[0][:40] for text in RUNNABLE])
def test_what_can_be_run_runs(running: list[Future[Ran]], number: int) -> None:
    ran = running[number].result()

    assert ran.code == 0, f"{RUNNABLE[number]}\n{ran.out}\n{ran.err}"


def test_the_first_walk_prints_one_id_twice(running: list[Future[Ran]]) -> None:
    first, again, label, signature, *why = running[0].result().out.splitlines()

    assert first == again
    assert label == "Yes"
    assert re.fullmatch(r"[0-9a-f]{32}", signature)
    assert why[0].startswith("payment of 12.50 on T1 (key order-1): APPROVED")


def test_the_shell_function_tells_paid_from_declined(running: list[Future[Ran]]) -> None:
    paid, declined = running[1].result().out.splitlines()

    assert paid.startswith("paid, transaction 1")
    assert declined.startswith("declined")


# -- what it says ------------------------------------------------------------------------------------------------


def test_it_gives_the_two_commands_as_they_are() -> None:
    lines = [line.strip() for line in README.splitlines()]

    assert lines.count(RUN) == 1
    assert lines.count(TEST) == 1


def test_the_table_of_exit_codes_equals_the_codes() -> None:
    table = re.search(r"<!-- exits: begin -->\n(.*?)<!-- exits: end -->", README, re.DOTALL)
    assert table is not None
    told: dict[str, int] = {}
    for code, outcomes in re.findall(r"^\| (\d+) \| (.+?) \|", table[1], re.MULTILINE):
        told |= {outcome: int(code) for outcome in outcomes.split(", ")}

    assert told == {outcome.value: code for outcome, code in EXIT.items()}


def test_the_result_object_has_the_keys_of_the_real_one() -> None:
    shown = json.loads(next(text for info, text in BLOCKS if info == "json"))
    real = Report(None, Outcome.APPROVED, 0).json()

    assert list(shown) == list(real)
    assert list(shown["terminal"]) == list(real["terminal"])


def test_links_and_paths_are_there() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    paths = re.findall(r"`((?:pjterm|tests|completions|\.ci)/[\w/.-]*)`", README)

    assert targets
    assert paths
    assert [p for p in {*targets, *paths} if not (TOP / p).exists()] == []


def test_links_inside_lead_to_a_heading() -> None:
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in README.splitlines()
        if line.startswith("#")
    }

    assert [a for a in re.findall(r"\]\(#([^)]+)\)", README) if a not in headings] == []


def test_every_command_it_names_is_there_with_its_options() -> None:
    root = typer.main.get_command(tree([]))
    lines = [line.split("  #")[0] for info, text in BLOCKS for line in text.splitlines() if "sh" in info]
    lines += re.findall(r"`(pjterm [^`]+)`", README)
    wrong = [line for line in lines for said in re.findall(r"pjterm ([a-z][^|;&#)>]*)", line) if strange(root, said)]

    assert wrong == []


def strange(command: object, said: str) -> list[str]:
    """Which words of a command line the tree does not know."""
    known = {"-p", "-o", "-t", "-k", "-b", "-v", "--help", "--version"}
    words = said.split()
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]  # type: ignore[attr-defined]
    if isinstance(getattr(command, "commands", None), dict) and words and re.fullmatch(r"[a-z-]+", words[0]):
        return [words[0]]
    if "--" in words:
        words = words[: words.index("--")]
    names = {n for p in command.params for n in (*p.opts, *p.secondary_opts)}  # type: ignore[attr-defined]
    return [w for w in words if re.fullmatch(r"--?[a-z][a-z-]*", w) and w not in names | known]
