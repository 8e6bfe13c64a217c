"""Closes of business days: numbered reports that are written once and never changed.

Each has a mark in the hash chain (see `close_marks`), and contains the chain's head at that time: a printed close
proves if the journal was cut off before it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pjterm.core.entry import Scope
from pjterm.core.times import precise
from pjterm.journal import chain, close_marks
from pjterm.journal.file import JournalFile
from pjterm.values import dataclass

Build = Callable[[int, Mapping[str, Any]], dict[str, Any]]
"""Makes the document of a close, given its number and the chain's head."""


@dataclass(frozen=True, slots=True)
class Close:
    """One close, as it was written."""

    number: int
    day: str
    document: dict[str, Any]


class Closes:
    """The closes of one journal."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file

    def all(self, scope: Scope) -> list[Close]:
        """Those of an environment and login, oldest first."""
        return self._file.read(
            _close, "SELECT * FROM closes WHERE environment = ? AND login = ? ORDER BY number", *_of(scope)
        )

    def add(self, scope: Scope, day: str, now: datetime, build: Build, known: int | None = None) -> Close | None:
        """Write the next close; `None` if the day was closed meanwhile, or any was after the one numbered `known`."""
        with self._file.writing() as db:
            where = "environment = ? AND login = ?"
            if db.execute(f"SELECT 1 FROM closes WHERE {where} AND day = ?", (*_of(scope), day)).fetchone():
                return None
            newest = db.execute(f"SELECT max(number) FROM closes WHERE {where}", _of(scope)).fetchone()[0] or 0
            if known is not None and newest != known:  # what it carries may be in the one written meanwhile
                return None
            link, hash_ = chain.last(db)
            document = build(newest + 1, {"link": link, "hash": hash_})
            text = json.dumps(document)
            values = (*_of(scope), newest + 1, day, precise(now), text)
            id_ = db.execute(
                "INSERT INTO closes (environment, login, number, day, closed_at, document) VALUES (?, ?, ?, ?, ?, ?)",
                values,
            ).lastrowid
            close_marks.add(db, id_, values)
            return Close(newest + 1, day, document)


def _close(row: sqlite3.Row) -> Close:
    return Close(int(row["number"]), str(row["day"]), json.loads(row["document"]))


def _of(scope: Scope) -> tuple[str, str]:
    return scope.environment, scope.login
