"""The tables of the journal, and how an older file becomes one of this version."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from pjterm.errors import JournalUnusable

VERSION = 2
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
    total TEXT,
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


def prepare(db: sqlite3.Connection, path: Path) -> None:
    """Create the tables, safely when two processes start at once; a newer version's file is refused."""
    if _version(db) == VERSION:
        return
    db.execute("BEGIN IMMEDIATE")
    version = _version(db)
    if version > VERSION:
        db.execute("ROLLBACK")
        raise JournalUnusable(
            f"the journal {path} was written by a newer pjterm (schema {version})",
            hint="update pjterm, or set PJTERM_STATE_DIR to another directory",
        )
    if version == 0:
        for statement in _TABLES.split(";"):
            if statement.strip():
                db.execute(statement)
    elif version == 1:
        db.execute("ALTER TABLE entries ADD COLUMN total TEXT")
    if version < VERSION:
        db.execute(f"PRAGMA user_version = {VERSION}")
    db.execute("COMMIT")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
