"""The log: whatever servers send, each line that begins with a time was written by pjterm."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pjterm.system.log import LIMIT, Log

OWN = re.compile(r"[0-9-]{10}T[0-9:.]{12}Z [0-9]+ ")
FORGED = "2026-11-26T12:00:00.000Z 1 POST /transactions 200 1 ms"


@pytest.mark.parametrize("break_", ["\n", "\r", "\r\n", "\x85", "\x0b", "\x0c", "\x1c", "\u2028", "\u2029"], ids=ascii)
def test_text_from_a_server_begins_no_line(tmp_path: Path, break_: str) -> None:
    log = Log(tmp_path)
    log.line(f"GET /transactions 200 1 ms abc{break_}{FORGED}")
    log.line("GET /transactions 200 1 ms def")
    lines = log.path.read_text("utf-8").splitlines()

    assert sum(bool(OWN.match(line)) for line in lines) == 2


@pytest.mark.parametrize("control", ["\x1b[2J", "\x9b2J", "\x07", "\u202e", "\x00"], ids=ascii)
def test_terminal_control_characters_are_replaced(tmp_path: Path, control: str) -> None:
    log = Log(tmp_path)
    log.line(f"GET / 200 1 ms {control}")

    assert log.path.read_text("utf-8").rstrip("\n").isprintable()


def test_a_traceback_is_indented_below_its_time(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.line('BUG Traceback:\n  File "x.py"\nValueError: é\n')

    assert log.path.read_text("utf-8").splitlines()[1:] == ['    File "x.py"', "  ValueError: é"]


def test_secrets_with_control_characters_are_removed_too(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.hide("hush\u2028hush")
    log.line("ValueError: hush\u2028hush")

    assert log.path.read_text("utf-8").endswith(" ValueError: ***\n")


def test_an_unwritable_log_stops_no_command(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    Log(tmp_path / "file").line("x")
    Log(tmp_path / "file" / "below").line("x")

    assert (tmp_path / "file").read_text() == "x"


def test_a_long_log_is_rotated_once(tmp_path: Path) -> None:
    log = Log(tmp_path)
    for text in ("first", "x" * LIMIT, "last"):
        log.line(text)

    assert "first" in log.path.with_suffix(".log.1").read_text()
    assert log.path.read_text().endswith("last\n")
