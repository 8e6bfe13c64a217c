"""The hash chain: one link for each change, so that a row that was altered or removed is noticed.

A link holds the digest of a row as that change left it (an entry, or a fact), and a hash over the link before it.
The newest link of a row must fit the row; the hashes must follow one another; the head (see `head`) must be among
them. Links without a row are marks: where the chain began, and what a person accepted as damaged.

What a person typed or swiped enters as a hash with a salt, and the salt is deleted with the value: what is left
can neither be read nor guessed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pjterm.journal.faults import Damage
from pjterm.journal.head import Head

PERSONAL = ("input_value", "read_data")
LONG = " OR ".join(f"length({name}) > 2" for name in PERSONAL)
"""Whether a row holds more of them than the two characters that stay."""
_NOT_COVERED = ("salt",)
_AS_TEXT = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=repr)

TRACK = """
CREATE TEMP TABLE IF NOT EXISTS touched (entry_id INTEGER, fact_id INTEGER, UNIQUE (entry_id, fact_id));
CREATE TEMP TRIGGER IF NOT EXISTS entry_added AFTER INSERT ON main.entries BEGIN
    INSERT OR IGNORE INTO touched VALUES (new.id, 0); END;
CREATE TEMP TRIGGER IF NOT EXISTS entry_changed AFTER UPDATE ON main.entries BEGIN
    INSERT OR IGNORE INTO touched VALUES (new.id, 0); END;
CREATE TEMP TRIGGER IF NOT EXISTS fact_added AFTER INSERT ON main.facts BEGIN
    INSERT OR IGNORE INTO touched VALUES (0, new.id); END;
"""
"""Notes on this connection which rows a transaction changes, so that no statement can forget its link."""
_TOUCHED = (
    "SELECT touched.entry_id AS of_entry, facts.* FROM temp.touched LEFT JOIN facts ON facts.id = touched.fact_id"
)
"""What it noted, with the facts as they stand."""


@contextlib.contextmanager
def lossless(db: sqlite3.Connection) -> Iterator[None]:
    """Read text that is not UTF-8, too: a changed byte hides no other row. Sound rows have the same digest."""
    before, db.text_factory = db.text_factory, lambda data: data.decode(errors="surrogateescape")
    try:
        yield
    finally:
        db.text_factory = before


def entry_digest(row: sqlite3.Row) -> str:
    """The digest of an entry as it stands, columns of later versions included once they hold something."""
    values: dict[str, Any] = {
        name: value
        for name, value in zip(row.keys(), row, strict=True)
        if value is not None and name not in _NOT_COVERED
    }
    for name in PERSONAL:
        if name in values:
            values[name] = _digest([row["salt"], values[name]])
    return _digest(values)


def fact_digest(row: sqlite3.Row) -> str:
    """The digest of a fact."""
    return _digest([row["id"], row["entry_id"], row["attempt"], row["type"], row["fact"]])


def link_hash(before: str, link: Mapping[str, Any] | sqlite3.Row) -> str:
    """The hash of a link that follows the one with hash `before`."""
    return _digest([before, link["id"], link["entry_id"], link["fact_id"], link["digest"], link["mark"]])


def last(db: sqlite3.Connection) -> tuple[int, str]:
    """The number and the hash of the newest link; (0, "") before the first."""
    row = db.execute("SELECT id, hash FROM links ORDER BY id DESC LIMIT 1").fetchone()
    return (0, "") if row is None else (row["id"], row["hash"])


def at_head(db: sqlite3.Connection, head: Head) -> list[Damage]:
    """Whether the chain reaches its head, and is the one that the head is of."""
    if head.link == 0:
        return []
    row = db.execute("SELECT hash FROM links WHERE id = ?", (head.link,)).fetchone()
    if row is not None:
        return [] if row["hash"] == head.hash else [Damage(f"link {head.link}", "is not the one that was written last")]
    reached = last(db)[0]
    if reached >= head.link:
        return [Damage(f"link {head.link}", "was removed")]
    return [Damage("the end", f"is missing: the journal had {head.link} links and has {reached}")]


def link_changes(db: sqlite3.Connection) -> tuple[int, str]:
    """Add a link for each row that this transaction has changed; the number and the hash of the newest link then."""
    touched = db.execute(_TOUCHED).fetchall()
    if not touched:
        return last(db)
    reached = last(db)
    for entry_id in [row["of_entry"] for row in touched if row["of_entry"]]:
        reached = _link_entry(db, reached, entry_id)
    for fact in [row for row in touched if row["id"] is not None]:  # else it is gone again
        reached = _append(db, reached, fact_id=fact["id"], digest=fact_digest(fact))
    db.execute("DELETE FROM temp.touched")
    return reached


def add_mark(db: sqlite3.Connection, mark: Mapping[str, Any]) -> None:
    """Add a link that stands for no row."""
    _append(db, last(db), mark=json.dumps(mark, sort_keys=True))


def add_links(db: sqlite3.Connection, entry_ids: Iterable[int], fact_ids: Iterable[int]) -> tuple[int, str]:
    """Add a link for each of these rows as it stands; an entry that is not there is linked as gone."""
    reached = last(db)
    for id_ in entry_ids:
        reached = _link_entry(db, reached, id_)
    for id_ in fact_ids:
        row = db.execute("SELECT * FROM facts WHERE id = ?", (id_,)).fetchone()
        if row is not None:
            reached = _append(db, reached, fact_id=id_, digest=fact_digest(row))
    return reached


def _link_entry(db: sqlite3.Connection, after: tuple[int, str], entry_id: int) -> tuple[int, str]:
    row = _salted(db, entry_id)
    return _append(db, after, entry_id=entry_id, digest=None if row is None else entry_digest(row))


def relink_fact(db: sqlite3.Connection, fact_id: int) -> None:
    """Add a link for a fact as it stands; for one that is not there, a link that says so."""
    row = db.execute("SELECT * FROM facts WHERE id = ?", (fact_id,)).fetchone()
    _append(db, last(db), fact_id=fact_id, digest=None if row is None else fact_digest(row))


def _append(
    db: sqlite3.Connection,
    after: tuple[int, str],
    *,
    entry_id: int | None = None,
    fact_id: int | None = None,
    digest: str | None = None,
    mark: str | None = None,
) -> tuple[int, str]:
    number = after[0] + 1
    link = {"id": number, "entry_id": entry_id, "fact_id": fact_id, "digest": digest, "mark": mark}
    hash_ = link_hash(after[1], link)
    db.execute("INSERT INTO links VALUES (?, ?, ?, ?, ?, ?)", (*link.values(), hash_))
    return number, hash_


def _salted(db: sqlite3.Connection, entry_id: int) -> sqlite3.Row | None:
    """The current row of an entry, given a salt first if it holds a personal value."""
    row: sqlite3.Row | None = db.execute("SELECT * FROM entries WHERE id = ?", (entry_id,)).fetchone()
    if row is None or row["salt"] is not None or not any(row[name] for name in PERSONAL):
        return row
    which = f"WHERE id = ? AND salt IS NULL AND ({LONG})"
    if db.execute(f"SELECT 1 FROM entries {which}", (entry_id,)).fetchone():
        db.execute(f"UPDATE entries SET salt = ? {which}", (os.urandom(16).hex(), entry_id))
    salted: sqlite3.Row | None = db.execute("SELECT * FROM entries WHERE id = ?", (entry_id,)).fetchone()
    return salted


def _digest(value: Any) -> str:
    return hashlib.sha256(_AS_TEXT.encode(value).encode()).hexdigest()
