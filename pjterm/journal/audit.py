"""Checks the whole journal against its hash chain: what was changed, removed, added from outside, or cut off."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from pjterm.core.evidence.fact_codec import read
from pjterm.core.evidence.facts import Fact
from pjterm.journal import chain, close_marks
from pjterm.journal.faults import Damage, misfit
from pjterm.journal.head import Head
from pjterm.journal.rows import entry_of, is_readable
from pjterm.values import dataclass, field


@dataclass(slots=True)
class Audit:
    """What the chain proves: how long it is, where it began, and what does not fit it."""

    links: int = 0
    hash: str = ""
    """The hash of the last link, which depends on the whole chain."""
    entries: int = 0
    facts: int = 0
    marks: list[dict[str, Any]] = field(default_factory=list)
    damage: list[Damage] = field(default_factory=list)


def read_through(db: sqlite3.Connection, head: Head | None) -> Audit:
    """Read every link and every row; takes a second for some hundred thousand of them."""
    try:
        return _read_through(db, head)
    except (sqlite3.OperationalError, UnicodeDecodeError):  # text that is not UTF-8, as a bad sector leaves it
        with chain.lossless(db):
            return _read_through(db, head)


def _read_through(db: sqlite3.Connection, head: Head | None) -> Audit:
    found = Audit()
    found.damage += _structure(db)
    newest = _links(db, head, found)
    for row in db.execute("SELECT * FROM entries"):
        found.entries += 1
        digest = newest.pop((row["id"], None), "")
        if digest != chain.entry_digest(row):
            readable, key = is_readable(row, entry_of), str(row["key"])
            found.damage.append(misfit(f"entry {row['id']}", digest, readable=readable, key=key, entry_id=row["id"]))
    for row in db.execute("SELECT * FROM facts"):
        found.facts += 1
        digest = newest.pop((None, row["id"]), "")
        if digest != chain.fact_digest(row):
            readable, about = is_readable(row, _fact_of), f"fact {row['id']} of entry {row['entry_id']}"
            of = {"entry_id": row["entry_id"], "fact_id": row["id"]}
            found.damage.append(misfit(about, digest, readable=readable, **of))
    found.damage += _gone(newest)
    found.damage += close_marks.check(db, found.marks)
    return found


def _fact_of(row: sqlite3.Row) -> Fact:
    return read(row["type"], row["fact"])


def _structure(db: sqlite3.Connection) -> Iterator[Damage]:
    """What SQLite itself finds wrong, in the tables or in the indexes that lookups go by."""
    for row in db.execute("PRAGMA integrity_check(5)"):
        if row[0] != "ok":
            yield Damage("the file", f"is inconsistent: {' '.join(str(row[0]).split())}")


def _links(db: sqlite3.Connection, head: Head | None, found: Audit) -> dict[tuple[int | None, int | None], str | None]:
    """Follow the links; the newest digest of each row, by entry or fact."""
    newest: dict[tuple[int | None, int | None], str | None] = {}
    number, before = 0, ""
    broken: list[Damage] = []
    for link in db.execute("SELECT * FROM links ORDER BY id"):
        if link["id"] != number + 1:
            gone = f"link {number + 1}" if link["id"] == number + 2 else f"links {number + 1} to {link['id'] - 1}"
            broken.append(Damage(gone, "removed by another program"))
        elif chain.link_hash(before, link) != link["hash"]:
            broken.append(Damage(f"link {link['id']}", "was changed by another program"))
        number, before = link["id"], link["hash"]
        if link["mark"] is not None:
            mark = _mark(link["mark"])
            found.marks.append(mark)
            accepted = mark.get("found") if "accepted" in mark else None
            if isinstance(accepted, list):  # what was wrong then is named in the mark; what was done since is not
                broken = [d for d in broken if str(d) not in accepted]
        else:
            newest[link["entry_id"], link["fact_id"]] = link["digest"]
    found.links, found.hash = number, before
    found.damage += broken
    found.damage += [Damage("the head", "is missing")] if head is None else chain.at_head(db, head)
    return newest


def _mark(text: str) -> dict[str, Any]:
    try:
        mark = json.loads(text)
    except ValueError:
        return {}
    return mark if isinstance(mark, dict) else {}


def _gone(newest: dict[tuple[int | None, int | None], str | None]) -> Iterator[Damage]:
    for (entry_id, fact_id), digest in newest.items():
        if digest is not None:
            about = f"entry {entry_id}" if fact_id is None else f"fact {fact_id}"
            yield Damage(about, "was removed by another program", entry_id=entry_id, fact_id=fact_id)
