"""Opens the journal on a full or read-only disk: reads work, and every write fails."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

from pjterm.journal import schema
from pjterm.journal.traces import has_log


def as_it_lies(path: Path, connect: Callable[..., sqlite3.Connection]) -> sqlite3.Connection | None:
    """A read-only connection; `None` if there is a log beside the file, or the file is of another version.

    Without `immutable`, SQLite would first create files next to the journal, which is what cannot be done here.
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
