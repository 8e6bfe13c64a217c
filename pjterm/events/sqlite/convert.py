"""Converts a store made by an earlier pjterm, keeping every event."""

from __future__ import annotations

import json
import sqlite3

from pjterm.events.webhook import is_private


def convert(db: sqlite3.Connection) -> None:
    """From format 1 to 2: mark private events, and add the table of removed events' hashes."""
    db.create_function("holds_private", 2, _holds_private, deterministic=True)
    db.executescript(
        "BEGIN IMMEDIATE;"
        "ALTER TABLE event ADD COLUMN private INTEGER NOT NULL DEFAULT 0;"
        "UPDATE event SET private = 1 WHERE holds_private(type, body);"
        "CREATE INDEX event_private ON event (cursor) WHERE private = 1;"
        "CREATE TABLE gone (cursor INTEGER PRIMARY KEY, received_ms INTEGER NOT NULL,"
        " id_hash INTEGER NOT NULL, body_hash INTEGER NOT NULL);"
        "PRAGMA user_version = 2; COMMIT;"
    )


def _holds_private(kind: str, body: bytes) -> bool:
    """An event that cannot be parsed counts as private."""
    try:
        return is_private(kind, json.loads(body)["data"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return True
