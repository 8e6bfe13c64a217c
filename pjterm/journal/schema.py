"""The tables of the journal, and their migration from older versions."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from pjterm.core.times import precise
from pjterm.journal import chain

VERSION = 4
CHAINED = 3
"""From this version on a journal has a hash chain, and a head beside it."""
_TABLES = """
CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    environment TEXT NOT NULL, login TEXT NOT NULL, key TEXT NOT NULL,
    kind TEXT NOT NULL, profile TEXT NOT NULL,
    terminal_name TEXT, smart_terminal_id TEXT, terminal_id INTEGER,
    fingerprint TEXT NOT NULL, created_at TEXT NOT NULL, started_at TEXT NOT NULL,
    amount TEXT, invoice_number TEXT, named INTEGER NOT NULL DEFAULT 0, attempt INTEGER NOT NULL DEFAULT 1,
    prior_ids TEXT NOT NULL DEFAULT '[]', original_id INTEGER, expect TEXT,
    request_id TEXT, status TEXT, outcome TEXT, says TEXT,
    transaction_id INTEGER, signature_id TEXT, prompt_button TEXT, input_value TEXT, read_data TEXT,
    transaction_json TEXT, signature_file TEXT,
    sent_at TEXT, result_at TEXT, finished_at TEXT, reset_at TEXT, printed_at TEXT,
    total TEXT, salt TEXT, operator TEXT,
    UNIQUE (environment, login, key)
);
CREATE INDEX entries_key ON entries (key);
CREATE INDEX entries_request ON entries (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX entries_transaction ON entries (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE INDEX entries_original ON entries (original_id) WHERE original_id IS NOT NULL;
CREATE INDEX entries_amount ON entries (environment, login, amount, started_at);
CREATE INDEX entries_untold ON entries (environment, login, amount)
    WHERE printed_at IS NULL AND outcome IN ('approved', 'refunded');
CREATE INDEX entries_started ON entries (started_at);
CREATE INDEX entries_unsettled ON entries (smart_terminal_id)
    WHERE outcome IS NULL OR outcome IN ('open', 'unknown');
CREATE INDEX entries_open ON entries (started_at)
    WHERE outcome IS NULL OR outcome IN ('open', 'unknown');
CREATE INDEX entries_control ON entries (environment, login, started_at)
    WHERE outcome IN ('approved', 'refunded');
CREATE INDEX entries_reset ON entries (reset_at) WHERE reset_at IS NOT NULL;
CREATE INDEX entries_private ON entries (started_at)
    WHERE length(input_value) > 2 OR length(read_data) > 2;
CREATE INDEX entries_real ON entries (id) WHERE environment <> 'simulator';
CREATE TABLE facts (
    id INTEGER PRIMARY KEY, entry_id INTEGER NOT NULL REFERENCES entries, attempt INTEGER NOT NULL,
    type TEXT NOT NULL, fact TEXT NOT NULL
);
CREATE INDEX facts_entry ON facts (entry_id, attempt);
"""
_LINKS = """
CREATE TABLE links (
    id INTEGER PRIMARY KEY, entry_id INTEGER, fact_id INTEGER, digest TEXT, mark TEXT, hash TEXT NOT NULL
);
"""
_CLOSES = """
CREATE TABLE IF NOT EXISTS closes (
    id INTEGER PRIMARY KEY, environment TEXT NOT NULL, login TEXT NOT NULL, number INTEGER NOT NULL,
    day TEXT NOT NULL, closed_at TEXT NOT NULL, document TEXT NOT NULL,
    UNIQUE (environment, login, number), UNIQUE (environment, login, day)
);
"""


def version(db: sqlite3.Connection) -> int:
    """The version of the file's tables; 0 if there are none."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def is_foreign(db: sqlite3.Connection) -> bool:
    """Whether it has tables but no version. One statement reads both: another process may be creating them."""
    found = db.execute("SELECT user_version, (SELECT count(*) FROM sqlite_master) FROM pragma_user_version").fetchone()
    return bool(found[0] == 0 and found[1] > 0)


def prepare(db: sqlite3.Connection, now: datetime) -> None:
    """Create or migrate the tables, and record where the hash chain begins.

    All in one transaction, so that of two processes that start at once only one does it.
    """
    db.execute("BEGIN IMMEDIATE")
    try:
        found = version(db)
        if found == 0:
            _run(db, _TABLES)
        if found == 1:
            db.execute("ALTER TABLE entries ADD COLUMN total TEXT")
        if found in (1, 2):
            db.execute("ALTER TABLE entries ADD COLUMN salt TEXT")
        if found in (1, 2, 3):  # an empty column changes no digest
            db.execute("ALTER TABLE entries ADD COLUMN operator TEXT")
        if found < CHAINED:
            _run(db, _LINKS)
            _begin_chain(db, now, found)
        _run(db, _CLOSES)
        db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute("COMMIT")
    finally:
        take_back(db)


def take_back(db: sqlite3.Connection) -> None:
    """Undo what is not committed, if SQLite has not done so by itself: it does on a full disk."""
    if db.in_transaction:
        db.execute("ROLLBACK")


def _begin_chain(db: sqlite3.Connection, now: datetime, found: int) -> None:
    """Accept what an older pjterm wrote as it is: no chain covers it."""
    entries = [row[0] for row in db.execute("SELECT id FROM entries ORDER BY id")]
    facts = [row[0] for row in db.execute("SELECT id FROM facts ORDER BY id")]
    mark = {"began": precise(now)} | ({"takenOver": {"entries": len(entries), "facts": len(facts)}} if found else {})
    chain.add_mark(db, mark)
    chain.add_links(db, entries, facts)


def _run(db: sqlite3.Connection, statements: str) -> None:
    for statement in statements.split(";"):
        if statement.strip():
            db.execute(statement)
