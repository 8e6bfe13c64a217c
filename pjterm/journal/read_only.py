"""The journal where nothing can be written: what is known is told on a full disk, too, and every write fails."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

from pjterm.journal import schema
from pjterm.journal.traces import has_log


def as_it_lies(path: Path, connect: Callable[..., sqlite3.Connection]) -> sqlite3.Connection | None:
    """A connection that only reads a folded file; `None` where that is not all, or none of this version.

    SQLite makes files beside a journal before it reads it, unless it is told that nobody changes the file.
    """
    if has_log(path) or not path.is_file():
        return None
    db = connect(f"{path.absolute().as_uri()}?immutable=1", uri=True, isolation_level=None)
    db.row_factory = sqlite3.Row
    with contextlib.suppress(sqlite3.Error):
        if schema.version(db) == schema.VERSION:
            return db
    db.close()
    return None
