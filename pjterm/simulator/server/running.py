"""Whether a `simulator serve` runs on this directory: standard library only, quick to import."""

from __future__ import annotations

import http.client
import json
import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FILE = "simulator.json"
SERVICE = "pjterm-simulator"
PATIENCE = 0.5  # seconds that a local simulator has to answer


def find(directory: Path) -> str | None:
    """URL of the simulator that serves this directory right now, or None.

    The file alone proves nothing (a killed process leaves it behind): the simulator must answer with the process id
    in the file.
    """
    said = _recorded(directory)
    if said is None:
        return None
    return said[0] if _answers(*said) else None


def record(directory: Path, url: str) -> tuple[str, int] | None:
    """Record that this process serves the directory; return URL and process of another that still does."""
    before = _recorded(directory)
    _write(directory, url, os.getpid())
    return before if before is not None and _answers(*before) else None


def _write(directory: Path, url: str, pid: int) -> None:
    """Write the file whole or not at all."""
    handle, name = tempfile.mkstemp(dir=directory, prefix=".simulator-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"url": url, "pid": pid}, file)
    os.chmod(name, 0o600)  # mkstemp's own mode is still subject to the umask
    os.replace(name, directory / FILE)


def erase(directory: Path, before: tuple[str, int] | None = None) -> None:
    """Remove this process's record, and restore that of a simulator that served `before` and still does."""
    said = _recorded(directory)
    if said is None or said[1] != os.getpid():
        return
    if before is not None and _answers(*before):
        _write(directory, *before)
    else:
        (directory / FILE).unlink(missing_ok=True)


def _recorded(directory: Path) -> tuple[str, int] | None:
    try:
        said = json.loads((directory / FILE).read_text(encoding="utf-8"))
        url, pid = said["url"], said["pid"]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return (url, pid) if isinstance(url, str) and isinstance(pid, int) else None


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
