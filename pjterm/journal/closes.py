"""Closes of business days: numbered reports that are written once and never changed.

Each has a mark in the hash chain (see `close_marks`), and contains the chain's head at that time: a printed close
proves if the journal was cut off before it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pjterm.core.entry import Scope
from pjterm.core.times import precise
from pjterm.journal import chain, close_marks
from pjterm.journal.file import JournalFile
from pjterm.journal.rows import Close, close_of

Build = Callable[[int, Mapping[str, Any]], dict[str, Any]]
"""Makes the document of a close, given its number and the chain's head."""


class Closes:
    """The closes of a profile in one journal: its login's, and those from before its login was replaced."""

    _WHERE = "environment = ? AND (login = ? OR json_extract(document, '$.profile') = ?)"

    def __init__(self, file: JournalFile, scope: Scope, profile: str) -> None:
        self._file = file
        self._scope = scope
        self._whose = (scope.environment, scope.login, profile)

    def all(self) -> list[Close]:
        """All of them, oldest first."""
        return self._file.read(close_of, f"SELECT * FROM closes WHERE {self._WHERE} ORDER BY number", *self._whose)

    def add(self, day: str, now: datetime, build: Build, known: int | None = None) -> Close | None:
        """Write the next close; `None` if the day was closed meanwhile, or any was after the one numbered `known`."""
        with self._file.writing() as db:
            if db.execute(f"SELECT 1 FROM closes WHERE {self._WHERE} AND day = ?", (*self._whose, day)).fetchone():
                return None
            newest = db.execute(f"SELECT max(number) FROM closes WHERE {self._WHERE}", self._whose).fetchone()[0] or 0
            if known is not None and newest != known:  # what it carries may be in the one written meanwhile
                return None
            link, hash_ = chain.last(db)
            document = build(newest + 1, {"link": link, "hash": hash_})
            text = json.dumps(document)
            values = (self._scope.environment, self._scope.login, newest + 1, day, precise(now), text)
            id_ = db.execute(
                "INSERT INTO closes (environment, login, number, day, closed_at, document) VALUES (?, ?, ?, ?, ?, ?)",
                values,
            ).lastrowid
            close_marks.add(db, id_, values)
            return Close(newest + 1, day, document)
