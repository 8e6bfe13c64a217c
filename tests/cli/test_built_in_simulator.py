"""The simulator inside a command's own process."""

from __future__ import annotations

import io
from pathlib import Path

from pjterm.api.rate_limit import Pace
from pjterm.cli.context import Context


class Noting(Context):
    """A command that records for which host it keeps the pace."""

    host = ""

    def make_pace(self, host: str, login: str) -> Pace:
        self.host = host
        return super().make_pace(host, login)


def test_commands_without_a_profile_keep_one_pace_and_leave_one_file(tmp_path: Path) -> None:
    """Their simulators share the books, and each listens on its own port."""
    environ = {"PJTERM_STATE_DIR": str(tmp_path / "state"), "PJTERM_CONFIG_DIR": str(tmp_path / "config")}
    hosts = set()
    for _ in range(2):
        command = Noting(stdout=io.StringIO(), stderr=io.StringIO(), environ=environ)
        command.api.ask("GET", "/terminals")
        command.close()
        hosts.add(command.host)

    assert (hosts, len([*(tmp_path / "state").glob("pace-*")])) == ({"simulator"}, 1)
