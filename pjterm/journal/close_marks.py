"""The marks of closes in the hash chain: a close that was changed or removed is noticed."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pjterm.journal import chain
from pjterm.journal.faults import Damage, misfit
from pjterm.journal.rows import close_of, is_readable


def add(db: sqlite3.Connection, id_: int | None, values: tuple[Any, ...]) -> None:
    """Add the mark of a close just written."""
    chain.add_mark(db, {"close": id_, "digest": _digest(values)})


def check(db: sqlite3.Connection, marks: Iterable[Mapping[str, Any]]) -> Iterator[Damage]:
    """Each close that does not match its mark."""
    expected = {mark["close"]: mark.get("digest") for mark in marks if _is_of_close(mark)}
    for row in db.execute("SELECT * FROM closes ORDER BY id"):
        about, digest = f"close {row['number']} ({row['day']})", expected.pop(row["id"], None)
        if digest != _digest(tuple(row)[1:]):
            yield misfit(about, digest, readable=is_readable(row, close_of), close_id=row["id"])
    for id_, digest in expected.items():
        if digest is not None:
            yield Damage(f"close with id {id_}", "was removed by another program")


def mark_again(db: sqlite3.Connection, marks: Iterable[Mapping[str, Any]]) -> None:
    """Accept the closes as they are now."""
    known = {mark["close"] for mark in marks if _is_of_close(mark)}
    rows = {row["id"]: _digest(tuple(row)[1:]) for row in db.execute("SELECT * FROM closes")}
    for id_ in sorted(known | rows.keys()):
        chain.add_mark(db, {"close": id_, "digest": rows.get(id_)})


def _is_of_close(mark: Mapping[str, Any]) -> bool:
    return isinstance(mark.get("close"), int)


def _digest(values: tuple[Any, ...]) -> str:
    """The digest of a row, whatever another program wrote into it."""
    return hashlib.sha256(json.dumps(values, default=repr).encode()).hexdigest()
