"""The tables of the world in one open transaction, and their rows as values."""

from __future__ import annotations

import json
import secrets
import sqlite3
import uuid
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from pjterm.simulator.shop import rows
from pjterm.simulator.shop.inventory import FIRST_TRANSACTION_ID
from pjterm.simulator.shop.rows import Delivery, Request, Subscription


class Books:
    """The tables, inside one open transaction."""

    def __init__(self, db: sqlite3.Connection, seed: int | None) -> None:
        self._db = db
        self._seed = seed

    # -- identities ---------------------------------------------------------------------------

    def bytes16(self) -> bytes:
        """Sixteen new bytes: random, or the next of the seed's sequence (kept across restarts)."""
        if self._seed is None:
            return secrets.token_bytes(16)
        return sha256(f"{self._seed}:{self.count('identities')}".encode()).digest()[:16]

    def uuid(self) -> str:
        """A new UUID in the API's spelling."""
        return str(uuid.UUID(bytes=self.bytes16(), version=4))

    def count(self, name: str) -> int:
        """The next number of a named counter, from 1."""
        number = int(self.meta(name) or "0") + 1
        self.set_meta(name, str(number))
        return number

    def meta(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def first_time(self, mark: str) -> bool:
        """Whether this mark is new; it is stored."""
        cursor = self._db.execute("INSERT OR IGNORE INTO marks VALUES (?)", (mark,))
        return cursor.rowcount == 1

    def begin_scenario(self) -> None:
        """Forget which rules and faults have been used; requests, transactions, cards and ids stay."""
        self._db.execute("DELETE FROM marks WHERE name LIKE 'fault:%'")
        self._db.execute("DELETE FROM meta WHERE name LIKE 'rule:%'")

    def clear(self) -> None:
        """Forget everything; readers are plugged in, and do not wait for keys."""
        for table in ("meta", "requests", "transactions", "signatures", "subscriptions", "deliveries", "marks",
                      "documents"):  # fmt: skip
            self._db.execute(f"DELETE FROM {table}")
        self._db.execute("UPDATE readers SET plugged = 1, manual_until = 0")

    # -- readers ------------------------------------------------------------------------------

    def plugged(self, reader: str) -> bool:
        return bool(self._db.execute("SELECT plugged FROM readers WHERE id = ?", (reader,)).fetchone()[0])

    def plug(self, reader: str, plugged: bool) -> None:
        self._db.execute("UPDATE readers SET plugged = ? WHERE id = ?", (plugged, reader))

    def manual_until(self, reader: str) -> float:
        """Until when this reader waits for keys instead of the scenario's customer."""
        row = self._db.execute("SELECT manual_until FROM readers WHERE id = ?", (reader,)).fetchone()
        return float(row[0])

    def set_manual(self, until: float) -> None:
        self._db.execute("UPDATE readers SET manual_until = ?", (until,))

    # -- requests -----------------------------------------------------------------------------

    def save(self, request: Request) -> None:
        """Write a request; it is due at its next step."""
        due = request.steps[0][0] if request.steps else None
        self._db.execute(
            "INSERT OR REPLACE INTO requests VALUES (?, ?, ?, ?, ?, ?, ?)",
            (request.id, request.reader, request.accepted, due, request.holds, request.ended,
             rows.text(request)),
        )  # fmt: skip

    def request(self, request_id: str) -> Request | None:
        row = self._db.execute("SELECT data FROM requests WHERE id = ?", (request_id,)).fetchone()
        return None if row is None else rows.request(row[0])

    def next_due(self, until: float) -> Request | None:
        """The request whose next step is due first, if that is not after `until`."""
        row = self._db.execute(
            "SELECT data FROM requests WHERE due IS NOT NULL AND due <= ? ORDER BY due, accepted LIMIT 1",
            (until,),
        ).fetchone()
        return None if row is None else rows.request(row[0])

    def open_on(self, reader: str) -> list[Request]:
        """Requests of a reader that have not ended, oldest first (abandoned ones included)."""
        found = self._db.execute(
            "SELECT data FROM requests WHERE reader = ? AND ended IS NULL ORDER BY accepted", (reader,)
        )
        return [rows.request(row[0]) for row in found]

    def all_on(self, reader: str) -> list[Request]:
        """Every stored request of a reader, oldest first."""
        found = self._db.execute("SELECT data FROM requests WHERE reader = ? ORDER BY accepted", (reader,))
        return [rows.request(row[0]) for row in found]

    def last_on(self, reader: str) -> Request | None:
        """The newest request of a reader."""
        row = self._db.execute(
            "SELECT data FROM requests WHERE reader = ? ORDER BY accepted DESC LIMIT 1", (reader,)
        ).fetchone()
        return None if row is None else rows.request(row[0])

    def purge(self, before: float) -> None:
        """Forget requests that ended earlier (retention: POLL)."""
        self._db.execute("DELETE FROM requests WHERE ended < ? AND due IS NULL", (before,))

    # -- transactions and signatures ----------------------------------------------------------

    def next_transaction_id(self) -> int:
        row = self._db.execute("SELECT max(id) FROM transactions").fetchone()
        return FIRST_TRANSACTION_ID if row[0] is None else int(row[0]) + 1

    def book(self, record: dict[str, Any]) -> None:
        """Write a transaction, new or changed."""
        self._db.execute(
            "INSERT OR REPLACE INTO transactions VALUES (?, ?, ?, ?, ?, ?)",
            (record["transactionId"], record["created"], record.get("invoiceNumber"), json.dumps(record),
             record["terminalId"], record["batch"]),
        )  # fmt: skip

    def transaction(self, transaction_id: int) -> dict[str, Any] | None:
        row = self._db.execute("SELECT data FROM transactions WHERE id = ?", (transaction_id,)).fetchone()
        return None if row is None else rows.transaction(row[0])

    def transactions(self, *, since: float | None = None, until: float | None = None,
                     invoice: str | None = None) -> Iterator[dict[str, Any]]:  # fmt: skip
        """Transactions, newest first."""
        found = self._db.execute(
            "SELECT data FROM transactions WHERE (:since IS NULL OR created >= :since)"
            " AND (:until IS NULL OR created <= :until) AND (:invoice IS NULL OR invoice = :invoice) ORDER BY id DESC",
            {"since": since, "until": until, "invoice": invoice},
        )
        return (rows.transaction(row[0]) for row in found)

    def open_batch(self, account: int) -> list[dict[str, Any]]:
        """Transactions of an account that are in no batch yet, oldest first."""
        found = self._db.execute(
            "SELECT data FROM transactions WHERE account = ? AND batch IS NULL ORDER BY id", (account,)
        )
        return [rows.transaction(row[0]) for row in found]

    def oldest_hold(self, until: float) -> dict[str, Any] | None:
        """The oldest transaction on hold, if it was made by then."""
        row = self._db.execute(
            "SELECT data FROM transactions INDEXED BY transactions_batch WHERE batch IS NULL AND created <= ?"
            " AND json_extract(data, '$.status') = 'HOLD' ORDER BY created LIMIT 1", (until,),
        ).fetchone()  # fmt: skip
        return None if row is None else rows.transaction(row[0])

    def sign(self, signature_id: str, now: float) -> None:
        self._db.execute("INSERT INTO signatures VALUES (?, ?)", (signature_id, now))

    def signed(self, signature_id: str) -> bool:
        row = self._db.execute("SELECT 1 FROM signatures WHERE id = ?", (signature_id,)).fetchone()
        return row is not None

    # -- documents: what is kept as it is shown (settlements, deposits, customers, invoices) ---

    def keep(self, kind: str, name: str | int, data: dict[str, Any], due: float | None = None) -> None:
        """Write a document, new or changed. `due` is when something happens to it by itself."""
        self._db.execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET due = excluded.due, data = excluded.data",
            (kind, str(name), due, json.dumps(data)),
        )

    def document(self, kind: str, name: str | int) -> dict[str, Any] | None:
        row = self._db.execute("SELECT data FROM documents WHERE kind = ? AND id = ?", (kind, str(name))).fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def documents(self, kind: str) -> list[dict[str, Any]]:
        """All of a kind, newest first."""
        found = self._db.execute("SELECT data FROM documents WHERE kind = ? ORDER BY rowid DESC", (kind,))
        return [json.loads(row[0]) for row in found]

    def named_documents(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        """All of a kind with their names, ordered by name."""
        found = self._db.execute("SELECT id, data FROM documents WHERE kind = ? ORDER BY id", (kind,))
        return [(str(name), json.loads(data)) for name, data in found]

    def discard(self, kind: str, name: str | int) -> None:
        self._db.execute("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, str(name)))

    def due_document(self, kind: str, until: float) -> tuple[float, dict[str, Any]] | None:
        """The document of a kind that is due first, with its time, if that is not after `until`."""
        row = self._db.execute(
            "SELECT due, data FROM documents WHERE kind = ? AND due <= ? ORDER BY due LIMIT 1", (kind, until)
        ).fetchone()
        return None if row is None else (float(row[0]), json.loads(row[1]))

    # -- webhooks -----------------------------------------------------------------------------

    def subscribe(self, s: Subscription) -> None:
        """Write a subscription, new or changed."""
        self._db.execute(
            "INSERT OR REPLACE INTO subscriptions VALUES (?, ?, ?, ?, ?, ?)",
            (s.id, s.event, s.url, s.secret, s.created, s.hidden),
        )

    def unsubscribe(self, subscription_id: str) -> None:
        """Remove a subscription and what was still queued for it."""
        self._db.execute("DELETE FROM subscriptions WHERE id = ?", (subscription_id,))
        self._db.execute("DELETE FROM deliveries WHERE subscription = ?", (subscription_id,))

    def subscriptions(self) -> list[Subscription]:
        """All subscriptions, oldest first."""
        found = self._db.execute(
            "SELECT id, event, url, secret, created, hidden FROM subscriptions ORDER BY created, rowid"
        )
        return [Subscription(*row) for row in found]

    def queue(self, subscription_id: str, body: bytes, signing: str, created: float, due: float) -> None:
        self._db.execute(
            "INSERT INTO deliveries (subscription, body, signing, created, attempts, due) VALUES (?, ?, ?, ?, 0, ?)",
            (subscription_id, body, signing, created, due),
        )

    def deliveries(self, until: float) -> list[Delivery]:
        """Deliveries due by then, in the order in which they became due."""
        found = self._db.execute(
            "SELECT id, subscription, body, signing, created, attempts, due FROM deliveries"
            " WHERE due <= ? ORDER BY due, id LIMIT 200", (until,),
        )  # fmt: skip
        return [Delivery(*row) for row in found]

    def postpone(self, delivery: Delivery, attempts: int, due: float) -> None:
        """Send it again later. A number may be another's after a reset, which is why the time of birth counts, too."""
        self._db.execute(
            "UPDATE deliveries SET attempts = ?, due = ? WHERE id = ? AND created = ?",
            (attempts, due, delivery.id, delivery.created),
        )

    def delivered(self, delivery: Delivery) -> None:
        """Take it out of the queue, unless its number is another's meanwhile."""
        self._db.execute("DELETE FROM deliveries WHERE id = ? AND created = ?", (delivery.id, delivery.created))

    def wake_at(self) -> float | None:
        """When the next step or delivery is due."""
        row = self._db.execute(
            "SELECT min(due) FROM (SELECT min(due) AS due FROM requests WHERE due IS NOT NULL"
            " UNION ALL SELECT min(due) FROM deliveries"
            " UNION ALL SELECT min(due) FROM documents WHERE due IS NOT NULL)"
        ).fetchone()
        return None if row[0] is None else float(row[0])
