"""HTTP to a simulator over a real socket."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from pjterm.simulator.shop.inventory import APPLICATION_KEY, LOGIN, PASSWORD
from tests.warm import piped

HEADERS = {"X-PJ-Application-Key": APPLICATION_KEY, "Accept": "application/json"}


@contextmanager
def client(url: str) -> Iterator[httpx.Client]:
    """A client with the simulator's credentials."""
    with httpx.Client(base_url=url, auth=(LOGIN, PASSWORD), headers=HEADERS, trust_env=False, timeout=10.0) as made:
        yield made


class Serving:
    """A `serve` in its own process."""

    def __init__(self, directory: Path, **options: object) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self.process = piped([str(directory), json.dumps(options)], module="tests.simulator.alone", stderr=self._errors)
        assert self.process.stdout is not None
        # A start that hangs ends here, before the test run's own limit.
        watchdog = threading.Timer(30.0, self.process.kill)
        watchdog.start()
        self.url = self.process.stdout.readline().strip()
        watchdog.cancel()

    def end(self, *, kill: bool = False) -> tuple[int, str]:
        """SIGTERM (or SIGKILL); returns the exit code and the contents of stderr."""
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        code = self.process.wait(60)
        if self.process.stdout is not None:
            self.process.stdout.close()
        with self._errors as errors:
            errors.seek(0)
            return code, errors.read()

    def __enter__(self) -> Serving:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.end(kill=True)
