"""Whether a `simulator serve` runs on this directory: standard library only, quick to import."""

from __future__ import annotations

import http.client
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FILE = "simulator.json"
SERVICE = "pjterm-simulator"
PATIENCE = 0.5  # seconds that a local simulator has to answer


_Named = tuple[str, int]
"""URL and process of a simulator."""


def find(directory: Path) -> str | None:
    """URL of the simulator that serves this directory right now, the newest of several, or None.

    The file alone proves nothing (a killed process leaves it behind): the simulator must answer with the process id
    in the file.
    """
    return next((url for url, pid in _recorded(directory) if _answers(url, pid)), None)


def record(directory: Path, url: str) -> None:
    """Record that this process serves the directory, before others that still do."""
    others = [r for r in _recorded(directory) if _answers(*r)]
    _write(directory, [(url, os.getpid()), *others])


def erase(directory: Path) -> None:
    """Remove this process's record; others that still serve the directory stay in the file."""
    said = _recorded(directory)
    if os.getpid() not in [pid for _, pid in said]:
        return
    others = [r for r in said if r[1] != os.getpid() and _answers(*r)]
    if others:
        _write(directory, others)
    else:
        (directory / FILE).unlink(missing_ok=True)


def _write(directory: Path, named: Sequence[_Named]) -> None:
    """Write the file whole or not at all."""
    newest, *others = [{"url": url, "pid": pid} for url, pid in named]
    handle, name = tempfile.mkstemp(dir=directory, prefix=".simulator-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(newest | ({"others": others} if others else {}), file)
    os.chmod(name, 0o600)  # mkstemp's own mode is still subject to the umask
    os.replace(name, directory / FILE)


def _recorded(directory: Path) -> list[_Named]:
    """Whom the file names, newest first."""
    try:
        newest = json.loads((directory / FILE).read_text(encoding="utf-8"))
        named = [(said["url"], said["pid"]) for said in (newest, *newest.get("others", []))]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return []
    return [(url, pid) for url, pid in named if isinstance(url, str) and isinstance(pid, int)]


def _answers(url: str, pid: int) -> bool:
    answer = _ask(url)
    return answer.get("service") == SERVICE and answer.get("pid") == pid


def _ask(url: str) -> dict[str, Any]:
    try:
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname != "127.0.0.1" or parts.port is None:
            return {}
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)
        try:
            connection.request("GET", "/healthz")
            said = json.loads(connection.getresponse().read(4096))
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
