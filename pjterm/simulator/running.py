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
    url, pid = said
    answer = _ask(url)
    return url if answer.get("service") == SERVICE and answer.get("pid") == pid else None


def record(directory: Path, url: str) -> None:
    """Say that this process serves the directory; written whole or not at all."""
    directory.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=directory, prefix=".simulator-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"url": url, "pid": os.getpid()}, file)
    os.replace(name, directory / FILE)


def erase(directory: Path) -> None:
    """Take the record away, if it is still this process's."""
    said = _recorded(directory)
    if said is not None and said[1] == os.getpid():
        (directory / FILE).unlink(missing_ok=True)


def _recorded(directory: Path) -> tuple[str, int] | None:
    try:
        said = json.loads((directory / FILE).read_text(encoding="utf-8"))
        url, pid = said["url"], said["pid"]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return (url, pid) if isinstance(url, str) and isinstance(pid, int) else None


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
