"""The log as a person reads it, and as a program does."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from pjterm.cli.app import run
from pjterm.cli.context import Context
from tests.terminal import Tty

LINE = "2026-11-27T08:21:23.965Z GET /terminals 200\n"
PROFILE = 'default_profile = "ny"\n[profiles.ny]\nenvironment = "simulator"\ntimezone = "America/New_York"\n'


@pytest.mark.parametrize(
    ("stdout", "shown"),
    [(Tty(), "2026-11-27 03:21:23.965 GET /terminals 200\n  a trace\n"), (io.StringIO(), f"{LINE}  a trace\n")],
    ids=["a terminal", "a pipe"],
)
def test_a_person_reads_its_times_in_the_zone_of_the_profile(tmp_path: Path, stdout: io.StringIO, shown: str) -> None:
    (tmp_path / "pjterm.log").write_text(f"{LINE}  a trace\n")
    (tmp_path / "config.toml").write_text(PROFILE)
    said = io.StringIO()

    class Here(Context):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self.environ = {"PJTERM_CONFIG_DIR": str(tmp_path), "PJTERM_STATE_DIR": str(tmp_path)}
            self.stdout, self.stderr = stdout, said

    code = run(["log"], Here)

    assert (code, stdout.getvalue()) == (0, shown)
    assert ("America/New_York" in said.getvalue()) is isinstance(stdout, Tty)
