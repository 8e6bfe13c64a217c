"""Runs a relay as its own process for the tests: `python -m tests.relay.launch '{"state_dir": …}'`.

Prints the ready line. `files` limits the size of any file the process may write
(RLIMIT_FSIZE): a full disk.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from pjterm.errors import PjtermError
from pjterm.relay.server.secret_source import SecretSource
from pjterm.relay.server.serve import ServeOptions, run
from pjterm.relay.server.stores import StoreOptions


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
        run(_options(given), _source(given), announce=lambda url, _port: print(f"relay ready {url}", flush=True))  # noqa: T201
    except PjtermError as error:
        print(f"{type(error).__name__}: {error.message} ({error.hint})", file=sys.stderr)  # noqa: T201
        return error.exit_code
    return 0


def _enough() -> None:
    if sys.platform == "win32":
        raise NotImplementedError
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _options(given: dict[str, Any]) -> ServeOptions:
    store = StoreOptions(
        given.get("store"), given.get("max_bytes", 0), given.get("allow_unsynced", False), given.get("monitors", ())
    )
    return ServeOptions(
        state_dir=Path(given["state_dir"]),
        host=given.get("host", "127.0.0.1"),
        port=given.get("port", 0),
        store=store,
        forwards=given.get("forwards", ()),
        retention_days=given.get("retention_days", 30),
    )


def _source(given: dict[str, Any]) -> SecretSource:
    """The secrets as given, or read again from a JSON file whenever the relay asks."""

    def read() -> dict[str, tuple[bytes, ...]]:
        if (path := given.get("secrets_file")) is not None:
            return _encoded(json.loads(Path(path).read_text()))
        return _encoded(given.get("secrets", {"labs": ["pjterm-test-secret"]}))

    lax, production = given.get("allow_unsigned", False), frozenset(given.get("production", ()))
    return SecretSource(read, allow_unsigned=lax, production=lambda: production)


def _encoded(secrets: object) -> dict[str, tuple[bytes, ...]]:
    assert isinstance(secrets, dict)
    return {name: tuple(text.encode() for text in texts) for name, texts in secrets.items()}


if __name__ == "__main__":
    raise SystemExit(main())
