"""What a journal keeps for only a day: typed numbers and track data, of which the last two characters stay."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from pjterm.core.times import precise
from pjterm.journal import chain

KEPT_FOR = timedelta(hours=24)
_CUT = "UPDATE entries SET input_value = substr(input_value, -2), read_data = substr(read_data, -2), salt = NULL"
_DUE = f"WHERE ({chain.LONG}) AND started_at < ?"


def is_due(db: sqlite3.Connection, now: datetime) -> bool:
    """Whether anything is to be shortened; if not, no lock is taken."""
    found = db.execute(f"SELECT 1 FROM entries {_DUE} LIMIT 1", (precise(now - KEPT_FOR),)).fetchone()
    return found is not None


def shorten_typed(db: sqlite3.Connection, now: datetime) -> None:
    """After a day only the last two characters of typed numbers and track data stay, and no salt."""
    if is_due(db, now):
        db.execute(f"{_CUT} {_DUE}", (precise(now - KEPT_FOR),))


def shorten_all(db: sqlite3.Connection) -> set[int]:
    """Shorten them whenever they were typed; the ids of the entries."""
    found = {row["id"] for row in db.execute(f"SELECT id FROM entries WHERE {chain.LONG}")}
    db.executemany(f"{_CUT} WHERE id = ?", [(id_,) for id_ in found])
    return found
