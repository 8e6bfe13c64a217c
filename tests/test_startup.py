"""What each path must not load, measured in real processes: half of what users notice is the start.

Each forbidden module has its cost beside it (milliseconds of a cold import on the machine where this was
written); `python -m tests.bench` measures the milliseconds themselves.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest

from pjterm.cli import frame
from pjterm.cli.commands import ask, charge, refund
from pjterm.cli.shared import options
from tests.cli.till import COMMAND, Shop, Till

PARSER = {"typer"}  # 50
CLIENT = {"httpx", "httpcore"}  # 35 and 17
SERVER = {"aiohttp", "asyncio"}  # 90 and 42
SCREEN = {"rich"}  # 40
KEYRING = {"keyring"}  # 70
DIRECTORIES = {"platformdirs"}  # 6
METADATA = {"importlib.metadata"}  # 34
DATABASE = {"sqlite3"}  # 5
CODEC = {"encodings.idna", "stringprep"}  # 3
SIMULATOR = {"pjterm.simulator"}
RELAY = {"pjterm.relay"}
AFTER_THE_POST = {
    "pjterm.cli.did_you_mean", "pjterm.cli.failure", "pjterm.cli.shared.result", "pjterm.cli.usage",
    "pjterm.core.evidence.chain", "pjterm.core.evidence.lag", "pjterm.core.following.decide",
    "pjterm.core.following.follow_state", "pjterm.core.following.schedule", "pjterm.core.names",
    "pjterm.core.sending.absence", "pjterm.core.sending.booked_before", "pjterm.core.verdicts.by_hand",
    "pjterm.core.verdicts.contradiction", "pjterm.core.verdicts.count", "pjterm.core.verdicts.look",
    "pjterm.core.verdicts.owners", "pjterm.core.verdicts.partition", "pjterm.core.verdicts.verdict",
    "pjterm.flow.absence", "pjterm.flow.ask", "pjterm.flow.booked_before", "pjterm.flow.by_hand",
    "pjterm.flow.counts", "pjterm.flow.given_back", "pjterm.flow.looks", "pjterm.flow.loop",
    "pjterm.flow.protocols", "pjterm.flow.records", "pjterm.flow.relay_line", "pjterm.flow.resets",
    "pjterm.flow.resolve", "pjterm.journal.audit", "pjterm.journal.close_marks", "pjterm.journal.closes",
    "pjterm.journal.read_only", "pjterm.journal.repair", "pjterm.ui.stages",
}  # fmt: skip
OTHERS = {"fpdf", "PIL", "pydantic", "uvicorn", "nats", "hypothesis"}
ONCE_CONNECTED = SERVER | SCREEN | KEYRING | DIRECTORIES | METADATA | CODEC | SIMULATOR | RELAY | OTHERS
NEVER_LOCALLY = ONCE_CONNECTED | CLIENT

LINES: dict[str, tuple[list[str], set[str]]] = {
    "--version": (["--version"], PARSER | NEVER_LOCALLY | DATABASE | {"inspect", "json", "pathlib"}),
    "charge --help": (["charge", "--help"], NEVER_LOCALLY | DATABASE),
    "--help": (["--help"], NEVER_LOCALLY | DATABASE),
    "requests list": (["requests", "list"], NEVER_LOCALLY),
    "requests show": (["requests", "show", "first"], NEVER_LOCALLY),
    "why of a sale that is counted once more": (["why", "first"], ONCE_CONNECTED),
    "why": (["why", "asked"], NEVER_LOCALLY),
    "profiles list": (["profiles", "list"], NEVER_LOCALLY | DATABASE),
    "a mistyped amount": (["charge", "5.005"], NEVER_LOCALLY | DATABASE),
    "charge": (["charge", "7", "--json"], ONCE_CONNECTED),
    "terminals": (["terminals"], ONCE_CONNECTED | DATABASE),
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    """Exit code and stderr of each line, with the modules that it loaded."""
    root = tmp_path_factory.mktemp("startup")
    with Shop(root / "shop") as shop, ThreadPoolExecutor(3) as pool:
        till = Till(root / "till", shop.url)
        till.run("charge", "5", "-k", "first")
        till.run("prompt", "Hello?", "-k", "asked")
        futures = {name: pool.submit(_loaded, till, args) for name, (args, _) in LINES.items()}
        return {name: future.result() for name, future in futures.items()}


def _loaded(till: Till, args: list[str]) -> tuple[int, str]:
    """`-X importtime` names every loaded module and changes nothing else."""
    command = [sys.executable, "-X", "importtime", COMMAND, *args]
    done = subprocess.run(command, env=till.environ(), capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stderr


def named(said: str) -> set[str]:
    """The modules in the output of `-X importtime`."""
    lines = [line for line in said.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.mark.parametrize("name", LINES)
def test_a_path_does_not_load_what_it_does_not_use(loaded: dict[str, tuple[int, str]], name: str) -> None:
    modules = named(loaded[name][1])
    forbidden = LINES[name][1]

    assert "pjterm" in modules
    assert sorted(m for m in modules if m in forbidden or m.split(".")[0] in forbidden) == []


def test_the_lines_do_what_they_should(loaded: dict[str, tuple[int, str]]) -> None:
    assert {name: 2 if name == "a mistyped amount" else 0 for name in LINES} == {
        name: code for name, (code, _) in loaded.items()
    }


def test_only_the_module_of_the_typed_command_is_loaded(loaded: dict[str, tuple[int, str]]) -> None:
    modules = named(loaded["requests list"][1])
    commands = {
        "pjterm.cli.commands.charge",
        "pjterm.cli.commands.ask",
        "pjterm.cli.commands.cancel",
        "pjterm.cli.commands.profiles",
    }

    assert modules & commands == set()


def test_modules_for_a_verdict_are_loaded_after_the_post(loaded: dict[str, tuple[int, str]]) -> None:
    before, _, after = loaded["charge"][1].partition("Sending the request")

    assert {m for m in AFTER_THE_POST if find_spec(m) is None} == set()
    assert named(before) & AFTER_THE_POST == set()
    assert {"pjterm.cli.shared.result", "pjterm.flow.loop"} <= named(after)


def test_the_options_of_a_sale_are_not_compiled_at_each_start() -> None:
    """Typer evaluates annotations; as text they cost it four of the 600 million steps to the POST."""
    read = (
        frame._version, options.Sending, options.Extras, charge.charge, refund.refund, refund.void, ask.sign,
        ask.prompt, ask.input_, ask.read,
    )  # fmt: skip
    text = {(o.__name__, name) for o in read for name, kind in o.__annotations__.items() if isinstance(kind, str)}

    assert text == set()


def test_the_system_s_directories_are_looked_up_only_if_none_is_given(tmp_path: Path) -> None:
    """The one path that needs platformdirs, with its own home directory."""
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    command = [sys.executable, "-X", "importtime", COMMAND, "requests", "list"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0
    assert "platformdirs" in done.stderr
