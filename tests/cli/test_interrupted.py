"""Ctrl-C at a question of a command that sent nothing: the next line says so."""

from __future__ import annotations

import io
import json
import signal
from pathlib import Path
from typing import Any

import pytest

from pjterm.cli.app import run
from pjterm.cli.context import Context
from tests.cli.memory import Stage
from tests.cli.proxy import Loss
from tests.terminal import Tty

UUID = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"


@pytest.mark.parametrize("line", [["profiles", "add"], ["-p", "simulator", "cancel", "--any", "-t", "T1"]])
def test_ctrl_c_at_a_question_prints_a_message_on_its_own_line(tmp_path: Path, line: list[str]) -> None:
    screen = Tty()

    class Left(Context):
        """A user who presses Ctrl-C at any question."""

        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self.environ = {"PJTERM_CONFIG_DIR": str(tmp_path), "PJTERM_STATE_DIR": str(tmp_path / "state")}
            self.stdin, self.stderr = Tty(), screen

        def ask(self, question: str) -> str:
            raise KeyboardInterrupt

        def confirm(self, question: str) -> bool:
            raise KeyboardInterrupt

    code = run(line, Left)

    assert (code, screen.getvalue()) == (130, "\npjterm: interrupted\n  Nothing was sent by this command.\n")


@pytest.mark.parametrize(
    ("line", "outcome"),
    [("charge 5", "cancelled"), ("charge 5 -t kiosk", "cancelled"), ("prompt -- -k", "cancelled"),
     ("charge 5 -k K1", "open"), ("charge 5 -qkK1", "open"), ("-q charge --key=K1 5", "open"),
     ("refund 5", "cancelled"), ("refund --transaction K1", "open"), ("void K1", "open"), ("tip K1 2", "open"),
     ("charge 5 -tkiosk", "cancelled"), ("why K1", "open"), ("requests show K1", "open"), ("receipt K1", "open"),
     ("dispute K1", "open"), ("transactions show K1", "open"), ("signature K1", "open"), ("charge 5 -ykK1", "open"),
     ("resume", "open"), ("resume K1", "open"), ("cancel", "open"), ("follow K1", "open"), ("status K1", "open")],
)  # fmt: skip
def test_a_sale_that_may_have_been_sent_is_never_called_cancelled(line: str, outcome: str) -> None:
    """Even if the command is interrupted before it reads anything about the sale."""
    said = io.StringIO()

    class Early(Context):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self.stdout, self.stderr = said, io.StringIO()

        @property
        def clock(self) -> Any:
            raise KeyboardInterrupt

        profile = journal = signals = clock

    code = run(["--json", *line.split()], Early)

    assert (code, json.loads(said.getvalue())["outcome"]) == (130, outcome)


def test_a_wrong_line_is_reported_on_its_own_screen(tmp_path: Path) -> None:
    """Several lines run in one process, as in these tests."""
    screens = []

    class Shown(Context):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self.environ = {"PJTERM_CONFIG_DIR": str(tmp_path), "PJTERM_STATE_DIR": str(tmp_path / "state")}
            self.stdout, self.stderr = io.StringIO(), io.StringIO()
            screens.append(self.stderr)

    codes = [run(["profiles", "list"], Shown), run(["profiles", "list", "--xyzzy"], Shown)]

    assert (codes, [("--xyzzy" in s.getvalue()) for s in screens]) == ([0, 2], [False, True])


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "line",
    ["cancel --any --yes", "webhooks create --url https://hooks.example.com/webhooks/till-1",
     f"webhooks delete {UUID} --yes", f"webhooks update {UUID} --url https://hooks.example.com/webhooks/till-1",
     "receipt 10001 --email a@example.com --reply-to b@example.com"],
)  # fmt: skip
def test_a_request_without_an_answer_is_never_said_not_to_have_been_sent(
    stage: Stage, line: str, signum: signal.Signals
) -> None:
    """By then the reader may be reset, the subscription created or deleted, or the mail sent."""
    shop, till = stage.open()
    with shop.losing(lambda method, _: None if method == "GET" else Loss.STALL):
        command = till.start(*line.split(), "--json")
        shop.world.wait(2.0)
        command.process.signal(signum)
        left = command.end()

    assert (left.code, left.json["outcome"]) == (128 + signum, "open")
    assert "may have taken effect" in left.json["error"]["hint"]
    assert "Nothing was sent" not in left.err


@pytest.mark.parametrize("line", [["profiles", "add"], ["-p", "simulator", "cancel", "--any", "-t", "T1"]])
def test_after_ctrl_d_at_a_question_what_is_said_stands_below_it(tmp_path: Path, line: list[str]) -> None:
    """Behind the question stood a piece of the live view that had been there before."""
    screen = Tty()

    class Ended(Context):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self.environ = {"PJTERM_CONFIG_DIR": str(tmp_path), "PJTERM_STATE_DIR": str(tmp_path / "state")}
            self.stdin, self.stderr = Tty(), screen

    run(line, Ended)
    question, says, _ = screen.getvalue().partition("pjterm: ")

    assert (says, question[-1:]) == ("pjterm: ", "\n"), question
