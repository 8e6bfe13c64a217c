"""Runs a relay as its own process for the tests: `python -m tests.relay.launch '{"state_dir": …}'`.

Prints the ready line of the contract. `files` bounds the size of any file the process may write
(RLIMIT_FSIZE): a disk that is full.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from pjterm.errors import PjtermError
from pjterm.relay.server.secret_source import Secrets
from pjterm.relay.server.serve import run


def main() -> int:
    given = json.loads(sys.argv[1])
    if sys.platform == "win32":
        raise NotImplementedError
    if (most := given.get("files")) is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
        signal.signal(signal.SIGUSR1, lambda *_: _enough())
    if (most := given.get("open_files")) is not None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        run(
            host=given.get("host", "127.0.0.1"),
            port=given.get("port", 0),
            store=given.get("store"),
            forwards=given.get("forwards", ()),
            allow_unsigned=given.get("allow_unsigned", False),
            retention_days=given.get("retention_days", 30),
            secrets=_secrets(given),
            state_dir=Path(given["state_dir"]),
            announce=lambda url, _port: print(f"relay ready {url}", flush=True),  # noqa: T201
            production=frozenset(given.get("production", ())),
            allow_unsynced=given.get("allow_unsynced", False),
            monitors=given.get("monitors", ()),
        )
    except PjtermError as error:
        print(f"{type(error).__name__}: {error.message} ({error.hint})", file=sys.stderr)  # noqa: T201
        return error.exit_code
    return 0


def _enough() -> None:
    if sys.platform == "win32":
        raise NotImplementedError
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _secrets(given: dict[str, object]) -> Secrets | Callable[[], Secrets]:
    """The secrets as given, or read anew from a JSON file whenever the relay asks."""
    if (path := given.get("secrets_file")) is None:
        return _encoded(given.get("secrets", {"labs": ["pjterm-test-secret"]}))
    return lambda: _encoded(json.loads(Path(str(path)).read_text()))


def _encoded(secrets: object) -> dict[str, tuple[bytes, ...]]:
    assert isinstance(secrets, dict)
    return {name: tuple(text.encode() for text in texts) for name, texts in secrets.items()}


if __name__ == "__main__":
    raise SystemExit(main())
