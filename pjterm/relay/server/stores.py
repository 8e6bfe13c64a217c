"""Which store `--store` names, and opening it."""

from __future__ import annotations

import re
from asyncio import AbstractEventLoop
from collections.abc import Callable, Sequence
from pathlib import Path

from pjterm.errors import UsageFault
from pjterm.events.sqlite.store import SqliteStore
from pjterm.events.store import Store
from pjterm.relay.server.log import Log
from pjterm.values import dataclass

DEFAULT_SIZE = 2_000_000_000
_SIZE = re.compile(r"([0-9]{1,15})(?:\.([0-9]))?\s*([KMGT]?)B?", re.IGNORECASE)
_UNITS = {"": 1, "K": 1_000, "M": 1_000_000, "G": 1_000_000_000, "T": 1_000_000_000_000}
_SMALLEST = 1_000_000


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """`url` is None for the file in the state directory; `max_bytes` of 0 is no limit. The last two are for NATS."""

    url: str | None = None
    max_bytes: int = DEFAULT_SIZE
    allow_unsynced: bool = False
    monitors: Sequence[str] = ()

    @property
    def is_shared(self) -> bool:
        """Whether the URL names a stream that several relays share."""
        return self.url is not None and self.url.startswith(("nats://", "tls://"))


def check(options: StoreOptions) -> None:
    """Raise `UsageFault` for options that contradict each other."""
    if not options.is_shared and (options.allow_unsynced or options.monitors):
        raise UsageFault("--allow-unsynced and --monitor go with --store nats://HOST:PORT/STREAM")


def store_file(options: StoreOptions, state_dir: Path) -> Path:
    """The file for events: from `sqlite:///PATH` (four slashes for an absolute path), else the default one.

    Only the default one's directory is made.
    """
    if options.url is None or options.is_shared:
        return state_dir / "events.sqlite"
    path = options.url.removeprefix("sqlite:///")
    if path == options.url or not path:
        raise UsageFault(f"--store: {options.url!r} is not sqlite:///PATH or nats://HOST:PORT/STREAM")
    file = Path(path).expanduser()
    if not file.parent.is_dir():  # the path is probably mistyped
        raise UsageFault(f"--store: there is no directory {str(file.parent)!r} to keep events in")
    return file


def read_size(text: str) -> int:
    """Bytes from `500MB`, `2 GB`, `1.5G` or a plain number; 0 is no limit."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise UsageFault(f"--max-size: invalid size {text!r}: use e.g. 500MB or 2GB", hint="0 sets no limit")
    unit = _UNITS[found[3].upper()]
    size = int(found[1]) * unit + int(found[2] or 0) * unit // 10
    if 0 < size < _SMALLEST:
        raise UsageFault(f"--max-size: {text} is too small: at least 1MB, or 0 for no limit")
    return size


def open_store(
    options: StoreOptions,
    state_dir: Path,
    *,
    loop: AbstractEventLoop,
    retention_days: float,
    verify: Callable[[str, bytes, bytes], bool],
    log: Log,
    say: Callable[[str], None],
) -> Store:
    """Open the store; raises `UsageFault` if the NATS client is needed and not installed.

    `verify` checks profile, body and headers of what a shared store delivers.
    """
    file, most = store_file(options, state_dir), options.max_bytes or None
    if not options.is_shared:
        return SqliteStore(file, max_bytes=most)
    try:
        from pjterm.events.jetstream.store import JetStreamStore
    except ModuleNotFoundError as error:
        raise UsageFault(
            "--store nats://: the NATS client is not installed", hint="pip install 'pjterm[fleet]'"
        ) from error
    assert options.url is not None
    return JetStreamStore(
        options.url, file, loop=loop, retention_days=retention_days, max_bytes=most, verify=verify,
        allow_unsynced=options.allow_unsynced, monitors=options.monitors, say=log, say_settings=say,
    )  # fmt: skip
