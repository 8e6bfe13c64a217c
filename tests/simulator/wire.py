"""HTTP to a simulator over a real socket."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from pjterm.simulator.shop.inventory import APPLICATION_KEY, LOGIN, PASSWORD

HEADERS = {"X-PJ-Application-Key": APPLICATION_KEY, "Accept": "application/json"}

# What `pjterm simulator serve` does, without the command line around it.
SERVE = """
import json, sys
from pathlib import Path
from pjterm.simulator.server import serve
serve.run(port=0, directory=Path(sys.argv[1]), announce=lambda url, port: print(url, flush=True),
          warn=lambda text: print(text, file=sys.stderr), **json.loads(sys.argv[2]))
"""


@contextmanager
def client(url: str) -> Iterator[httpx.Client]:
    """A client with the simulator's credentials."""
    with httpx.Client(
        base_url=url, auth=(LOGIN, PASSWORD), headers=HEADERS, trust_env=False, timeout=10.0
    ) as made:
        yield made


class Serving:
    """A `serve` in a process of its own."""

    def __init__(self, directory: Path, **options: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(directory), json.dumps(options)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        # A start that hangs ends here, not in the test run's own limit.
        watchdog = threading.Timer(30.0, self.process.kill)
        watchdog.start()
        self.url = self.process.stdout.readline().strip()
        watchdog.cancel()

    def end(self, *, kill: bool = False) -> tuple[int, str]:
        """SIGTERM (or SIGKILL); answers exit code and what stood on stderr."""
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said

    def __enter__(self) -> Serving:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.end(kill=True)
