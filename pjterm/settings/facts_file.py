"""`facts.toml`: what a probe found out about PayJunction, beside `config.toml`. It holds no secret."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from pjterm.core.probe import QUESTIONS, ProbeAnswer
from pjterm.errors import ConfigBroken
from pjterm.settings import toml_file

NAME = "facts.toml"


def save(path: Path, answers: Iterable[ProbeAnswer], made: datetime, environment: str, host: str) -> None:
    """Replace the file: the guesses of the simulator, what else was seen, and where each is from.

    Earlier answers of this host stay unless they were answered again.
    """
    answers = [a for a in answers if a.value is not None]
    guesses = {q.name for q in QUESTIONS if q.guess}
    before = _before(path, host)
    toml_file.write(path, {
        "made": made.replace(microsecond=0),
        "environment": environment,
        "host": host,
        "guesses": {**before["guesses"], **{a.name: a.value for a in answers if a.name in guesses}},
        "observed": {**before["observed"], **{a.name: a.value for a in answers if a.name not in guesses}},
        "sources": {**before["sources"], **{
            a.name: {"at": made.replace(microsecond=0), "says": a.says, "requests": list(a.requests)} for a in answers
        }},
    })  # fmt: skip


def _before(path: Path, host: str) -> dict[str, dict[str, Any]]:
    try:
        data = toml_file.read(path).data
    except ConfigBroken:  # it is rewritten
        data = {}
    tables = {name: data.get(name) for name in ("guesses", "observed", "sources")}
    usable = data.get("host") == host and all(isinstance(table, dict) for table in tables.values())
    return {name: dict(table or {}) if usable else {} for name, table in tables.items()}


def guesses(directory: Path) -> dict[str, Any] | None:
    """The guesses that a probe has answered; `None` if there was no probe. Raises `ConfigBroken`."""
    document = toml_file.read(directory / NAME)
    found = document.data.get("guesses")
    if found is not None and not isinstance(found, dict):
        raise document.broken(("guesses",), "must be a table [guesses]", "make it again: pjterm probe")
    return found


def read(directory: Path) -> dict[str, Any]:
    """Everything in the file; empty if there is none. Raises `ConfigBroken`."""
    return toml_file.read(directory / NAME).data
