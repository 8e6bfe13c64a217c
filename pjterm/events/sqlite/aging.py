"""Aging: private bodies are cut, old events removed, and finally their hashes forgotten.

Each step works on a few rows, so that deliveries never wait for it. Everything runs inside the caller's transaction.
"""

from __future__ import annotations

import sqlite3
from itertools import takewhile

from pjterm.events.sqlite.lookup import Lookup
from pjterm.events.sqlite.rows import CUT, PRIVATE
from pjterm.events.store import Due


def age(db: sqlite3.Connection, index: Lookup, due: Due, limit: int) -> int:
    """Do up to `limit` rows of each kind of work; return how many rows changed."""
    return _cut(db, due, limit) + _remove(db, index, due, limit) + _forget(db, index, due, limit)


def _cut(db: sqlite3.Connection, due: Due, limit: int) -> int:
    """Reduce private events to what is not private: profile, time, request, and the hash of the body.

    An event stamped in the future (the clock was wrong) ages from now on.
    """
    db.execute(f"UPDATE event SET received_ms = ? WHERE private = {PRIVATE} AND received_ms > ?", (due.now_ms,) * 2)
    old = f"SELECT cursor FROM event WHERE private = {PRIVATE} AND received_ms < ? ORDER BY cursor LIMIT ?"
    return db.execute(
        f"UPDATE event SET body = x'', headers = x'', private = {CUT} WHERE cursor IN ({old})", (due.cut_ms, limit)
    ).rowcount


def _remove(db: sqlite3.Connection, index: Lookup, due: Due, limit: int) -> int:
    """Remove events, oldest first; their hashes stay, so that a delivery repeated much later is still recognized."""
    if due.remove_ms is None:
        return 0
    oldest = db.execute("SELECT cursor, received_ms FROM event ORDER BY cursor LIMIT ?", (limit,)).fetchall()
    believed = believed_times([at for _, at in oldest], due.now_ms)
    for (cursor, at), real in zip(oldest, believed, strict=True):
        if at > due.now_ms == real:
            db.execute("UPDATE event SET received_ms = ? WHERE cursor = ?", (real, cursor))
    limit_ms = due.remove_ms
    going = list(takewhile(lambda one: one[1] < limit_ms, zip((c for c, _ in oldest), believed, strict=True)))
    if not going:
        return 0
    last = going[-1][0]
    db.execute("INSERT INTO gone SELECT cursor, received_ms, id_hash, body_hash FROM event WHERE cursor <= ?", (last,))
    index.remove_requests(last)
    db.execute("DELETE FROM event WHERE cursor <= ?", (last,))
    return len(going)


def believed_times(stamps: list[int], now_ms: int) -> list[int]:
    """When consecutive events arrived, given their stamps: none is later than now, or than the event after it.

    Otherwise one stamp of a wrong clock would keep its event, and all that follow it, forever.
    """
    believed: list[int] = []
    latest = now_ms
    for stamp in reversed(stamps):
        if stamp <= now_ms:
            latest = stamp
        believed.append(stamp if stamp <= now_ms else latest)
    return believed[::-1]


def _forget(db: sqlite3.Connection, index: Lookup, due: Due, limit: int) -> int:
    if due.forget_ms is None:
        return 0
    oldest = db.execute("SELECT cursor, received_ms FROM gone ORDER BY cursor LIMIT ?", (limit,)).fetchall()
    believed = believed_times([at for _, at in oldest], due.now_ms)
    going = [cursor for (cursor, _), at in zip(oldest, believed, strict=True) if at < due.forget_ms]
    index.remove_identities(going)
    db.executemany("DELETE FROM gone WHERE cursor = ?", [(cursor,) for cursor in going])
    return len(going)
