"""Whether a `simulator serve` of this directory runs: standard library only, quick to import."""

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
PATIENCE = 0.5  # seconds a local simulator has to answer


def find(directory: Path) -> str | None:
    """URL of the simulator that serves this directory right now, or None.

    The file alone proves nothing (a killed serve leaves it behind): the simulator is asked, and must
    name itself and the process the file names.
    """
    said = _recorded(directory)
    if said is None:
        return None
    return said[0] if _answers(*said) else None


def record(directory: Path, url: str) -> tuple[str, int] | None:
    """Say that this process serves the directory; answers URL and process of one that still does, if there is one."""
    before = _recorded(directory)
    _write(directory, url, os.getpid())
    return before if before is not None and _answers(*before) else None


def _write(directory: Path, url: str, pid: int) -> None:
    """Written whole or not at all."""
    handle, name = tempfile.mkstemp(dir=directory, prefix=".simulator-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"url": url, "pid": pid}, file)
    os.chmod(name, 0o600)  # mkstemp's own mode is still subject to the umask
    os.replace(name, directory / FILE)


def erase(directory: Path, before: tuple[str, int] | None = None) -> None:
    """Take the record away, if it is still this process's; one that served `before`, and still does, is back."""
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
