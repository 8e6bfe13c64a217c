"""The simulator as a real process that sends its webhooks to a relay, for charges that follow by relay."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COMMAND = str(Path(sys.executable).with_name("pjterm"))
SECRETS = {"secrets": {"simulator": ["simulator"]}}


def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PJTERM")}
    return kept | {"PJTERM_STATE_DIR": str(tmp_path / "state"), "PJTERM_CONFIG_DIR": str(tmp_path / "config")}


@contextmanager
def simulator(tmp_path: Path, webhooks: str, *options: str) -> Iterator[str]:
    url = f"{webhooks}/webhooks/simulator"
    command = [COMMAND, "simulator", "serve", "--port", "0", "--webhook-url", url, *options]
    with (tmp_path / "simulator.log").open("wb") as log:
        running = subprocess.Popen(command, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=log)
    assert running.stdout is not None
    ready = running.stdout.readline().decode()
    assert ready.startswith("simulator ready http://127.0.0.1:"), ready
    try:
        yield ready.split()[-1]
    finally:
        running.terminate()
        running.wait(10)
        running.stdout.close()
