"""`facts.toml`: what a probe found out about PayJunction, kept beside `config.toml`. It holds no secret."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from pjterm.core.probe import QUESTIONS, Answer
from pjterm.settings import toml_file

NAME = "facts.toml"


def save(path: Path, answers: Iterable[Answer], made: datetime, environment: str) -> None:
    """Replace the file: the guesses of the simulator, what else was seen, and where each is from."""
    answers = list(answers)
    guesses = {q.name for q in QUESTIONS if q.guess}
    known = {a.name: a.value for a in answers if a.value is not None}
    toml_file.write(path, {
        "made": made.replace(microsecond=0),
        "environment": environment,
        "guesses": {name: value for name, value in known.items() if name in guesses},
        "observed": {name: value for name, value in known.items() if name not in guesses},
        "sources": {a.name: {"says": a.says, "requests": list(a.requests)} for a in answers},
    })  # fmt: skip


def guesses(directory: Path) -> dict[str, Any] | None:
    """The guesses that a probe has answered; `None` where there was none. Raises `ConfigBroken`."""
    found = read(directory).get("guesses")
    return found if isinstance(found, dict) else None


def read(directory: Path) -> dict[str, Any]:
    """All that the file says; nothing where there is none. Raises `ConfigBroken`."""
    return toml_file.read(directory / NAME).data
