"""The simulator as a real process that sends its webhooks to a relay, for charges that follow a relay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import warm
from tests.warm import piped

COMMAND = warm.COMMAND
SECRETS = {"secrets": {"simulator": ["simulator"]}}


def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in warm.environ().items() if not name.startswith(("PJTERM", "PYTHON"))}
    return kept | {"PJTERM_STATE_DIR": str(tmp_path / "state"), "PJTERM_CONFIG_DIR": str(tmp_path / "config")}


@contextmanager
def simulator(tmp_path: Path, webhooks: str, *options: str) -> Iterator[str]:
    url = f"{webhooks}/webhooks/simulator"
    args = ["simulator", "serve", "--port", "0", "--webhook-url", url, *options]
    with (tmp_path / "simulator.log").open("wb") as log:
        running = piped(args, env=environment(tmp_path), stderr=log)
    assert running.stdout is not None
    ready = running.stdout.readline()
    assert ready.startswith("simulator ready http://127.0.0.1:"), ready
    try:
        yield ready.split()[-1]
    finally:
        running.terminate()
        running.wait(60)
        running.stdout.close()
