"""This till's own record: every sale under its key, and each fact seen about it (SQLite, mode 0600).

An entry is written and synced before the POST leaves; the request id right after the answer; each
fact as it is seen; the verdict when it is proven. Several processes use the file at once: guards and
the new entry are one `BEGIN IMMEDIATE` transaction. Where the file cannot be written, `JournalUnusable`
is raised, and no money command goes out. A file that is no database any more is set aside under a new
name, never deleted.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pjterm.core.entry import UNSETTLED, WITHOUT_RESULT, Entry, Scope
from pjterm.core.model import Kind, Outcome, Status, Terminal
from pjterm.core.times import moment, precise
from pjterm.errors import JournalUnusable
from pjterm.journal.owners import Owners
from pjterm.system.locks import FileLock

if TYPE_CHECKING:  # reading a list of entries needs no facts
    from pjterm.core.facts import Fact

SCHEMA = 2
_KEPT_FOR = timedelta(hours=24)  # typed numbers and track data; afterwards their last two characters
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
_UNSETTLED = "(outcome IS NULL OR outcome IN ('open', 'unknown'))"


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What is about to be asked, before it has an entry."""

    scope: Scope
    key: str
    kind: Kind
    profile: str
    terminal: Terminal
    fingerprint: str
    amount: Decimal | None = None
    invoice_number: str | None = None
    named: bool = False
    original_id: int | None = None
    expect: str | None = None
    total: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Resetting:
    """A POST /main that is about to leave: when, and by entry what stood there of an earlier one."""

    at: str
    before: Mapping[int, str | None]


class Journal:
    """The journal of one state directory. Opens its file on first use; `notice` is told of repairs.

    With `now`, what is kept for a day only is shortened by whoever opens the file, also to read.
    """

    def __init__(
        self,
        directory: Path,
        *,
        notice: Callable[[str], None] = lambda _: None,
        now: Callable[[], datetime] | None = None,
        owners: Owners | None = None,
        connect: Callable[..., sqlite3.Connection] = sqlite3.connect,
    ) -> None:
        self.path = directory / "journal.sqlite"
        self.owners = owners or Owners(directory / "journal.owners")
        self._connect = connect
        self._notice = notice
        self._now = now
        self._db: sqlite3.Connection | None = None

    # -- writing ------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def transaction(self, now: datetime) -> Iterator[Journal]:
        """Reads and writes inside are one: of two processes the second sees what the first wrote."""
        with self._writing() as db:
            self._shorten(db, now)
            yield self

    def add(self, new_entry: NewEntry, now: datetime, prior_ids: frozenset[int] = frozenset()) -> Entry:
        """Write the entry of a first try, with the fact that its POST is about to leave."""
        values = {
            "environment": new_entry.scope.environment, "login": new_entry.scope.login, "key": new_entry.key,
            "kind": new_entry.kind.value, "profile": new_entry.profile, "terminal_name": new_entry.terminal.name,
            "smart_terminal_id": new_entry.terminal.smart_terminal_id,
            "terminal_id": new_entry.terminal.terminal_id, "fingerprint": new_entry.fingerprint,
            "created_at": precise(now), "started_at": precise(now),
            "amount": _text(new_entry.amount), "total": _text(new_entry.total),
            "invoice_number": new_entry.invoice_number, "named": int(new_entry.named),
            "prior_ids": json.dumps(sorted(prior_ids)), "original_id": new_entry.original_id,
            "expect": new_entry.expect, "sent_at": precise(now),
        }  # fmt: skip
        with self._writing() as db:
            names = ", ".join(values)
            marks = ", ".join(f":{name}" for name in values)
            entry_id = db.execute(f"INSERT INTO entries ({names}) VALUES ({marks})", values).lastrowid
            assert entry_id is not None
            _add_fact(db, entry_id, 1, _sent(now))
            self.owners.claim(entry_id)
            return self._one(db, "id = ?", entry_id)

    def try_again(
        self,
        entry: Entry,
        now: datetime,
        prior_ids: frozenset[int],
        *,
        fresh: bool,
        amount: Decimal | None = None,
        total: Decimal | None = None,
    ) -> Entry:
        """A new try under the same key and invoice number; `fresh` starts the clock of guards anew.

        A refund of all that is left may be about other amounts by now.
        """
        at = precise(now)
        started = at if fresh else precise(entry.started_at)
        prior = json.dumps(sorted(entry.prior_ids | prior_ids))
        with self._writing() as db:
            db.execute(
                "UPDATE entries SET attempt = attempt + 1, prior_ids = ?, started_at = ?, sent_at = ?,"
                " request_id = NULL, status = NULL, outcome = NULL, says = NULL, transaction_id = NULL,"
                " transaction_json = NULL, result_at = NULL, finished_at = NULL, reset_at = NULL,"
                " printed_at = NULL, amount = coalesce(?, amount), total = coalesce(?, total) WHERE id = ?",
                (prior, started, at, _text(amount), _text(total), entry.id),
            )
            _add_fact(db, entry.id, entry.attempt + 1, _sent(now))
            self.owners.claim(entry.id)
            return self._one(db, "id = ?", entry.id)

    def adopt(self, new_entry: NewEntry, now: datetime, facts: Iterable[Fact]) -> Entry:
        """Write an entry for a sale that a search found before any POST of ours."""
        with self._writing() as db:
            there = self.by_key(new_entry.scope, new_entry.key)
            if there is not None:  # another process with this key found the same just now
                return there
            entry = self.add(new_entry, now)
            db.execute("UPDATE entries SET sent_at = NULL WHERE id = ?", (entry.id,))
            db.execute("DELETE FROM facts WHERE entry_id = ?", (entry.id,))
            for fact in facts:
                _add_fact(db, entry.id, 1, fact)
            return self._one(db, "id = ?", entry.id)

    def note(self, entry: Entry, fact: Fact) -> None:
        """Keep one fact, synced, and what it changes in the entry, unless a newer try has begun meanwhile."""
        with self._writing() as db:
            _add_fact(db, entry.id, entry.attempt, fact)
            changes = _changes(fact)
            if entry.kind is Kind.VOID:  # it is about its original, whatever an answer names
                changes.pop("transaction_id", None)
            if changes:
                sets = ", ".join(f"{name} = coalesce(?, {name})" for name in changes)
                which = (entry.id, entry.attempt)
                db.execute(f"UPDATE entries SET {sets} WHERE id = ? AND attempt = ?", (*changes.values(), *which))

    def settle(
        self,
        entry: Entry,
        outcome: Outcome | None,
        says: str,
        now: datetime,
        *,
        proven_at: datetime | None = None,
        transaction_id: int | None = None,
        transaction: dict[str, Any] | None = None,
    ) -> Entry:
        """Write down how it stands: a verdict, `open` or `unknown`. A proven one is not unlearnt.

        `open` and `unknown` never replace a proven outcome that another process wrote meanwhile, an end
        without result never replaces a result, and a decline never an approval. What is said of an earlier
        try changes nothing of a newer one. The entry is returned as it then stands.
        """
        at = precise(now)
        keep = ""
        if outcome in UNSETTLED:
            keep = f" AND {_UNSETTLED}"
        elif outcome in WITHOUT_RESULT:
            words = ", ".join(f"'{o.value}'" for o in WITHOUT_RESULT)
            keep = f" AND ({_UNSETTLED} OR outcome IN ({words}))"
        elif outcome is Outcome.DECLINED:
            keep = " AND outcome IS NOT 'approved' AND outcome IS NOT 'refunded' AND outcome IS NOT 'voided'"
        with self._writing() as db:
            db.execute(
                "UPDATE entries SET outcome = ?, says = ?, transaction_id = coalesce(?, transaction_id),"
                " transaction_json = coalesce(?, transaction_json), result_at = coalesce(result_at, ?),"
                f" finished_at = ? WHERE id = ? AND attempt = ?{keep}",
                (None if outcome is None else outcome.value, says, transaction_id,
                 None if transaction is None else json.dumps(transaction),
                 None if outcome in UNSETTLED else precise(proven_at or now), at, entry.id, entry.attempt),
            )  # fmt: skip
            return self._one(db, "id = ?", entry.id)

    def begin_reset(self, smart_terminal_id: str, at: datetime) -> Resetting:
        """Before a POST /main: what is unsettled on this device may end by it, whatever becomes of its answer."""
        with self._writing() as db:
            rows = db.execute(
                f"SELECT id, reset_at FROM entries WHERE smart_terminal_id = ? AND {_UNSETTLED}", (smart_terminal_id,)
            ).fetchall()
            resetting = Resetting(precise(at), {row["id"]: row["reset_at"] for row in rows})
            self._set_reset(db, resetting.before, dict.fromkeys(resetting.before, resetting.at))
        return resetting

    def end_reset(self, resetting: Resetting, done_at: datetime | None) -> None:
        """After it: when it was done, or `None` where it is certain that it was not."""
        done = None if done_at is None else precise(done_at)
        with self._writing() as db:
            began = dict.fromkeys(resetting.before, resetting.at)
            self._set_reset(db, began, {id_: done or was for id_, was in resetting.before.items()})

    def _set_reset(
        self, db: sqlite3.Connection, before: Mapping[int, str | None], after: Mapping[int, str | None]
    ) -> None:
        """Change the times of a reset where nobody else has done so meanwhile."""
        for id_, was in before.items():
            change = "UPDATE entries SET reset_at = ? WHERE id = ? AND reset_at IS ?"
            db.execute(change, (after[id_], id_, was))

    def printed(self, entry_id: int, now: datetime) -> None:
        """A command has told somebody the verdict."""
        with self._writing() as db:
            db.execute(
                "UPDATE entries SET printed_at = coalesce(printed_at, ?) WHERE id = ?",
                (precise(now), entry_id),
            )

    def saved_signature(self, entry_id: int, path: str) -> None:
        """Remember where the image of a signature was saved."""
        with self._writing() as db:
            db.execute("UPDATE entries SET signature_file = ? WHERE id = ?", (path, entry_id))

    # -- reading ------------------------------------------------------------------------------------

    def by_key(self, scope: Scope, key: str) -> Entry | None:
        """The entry of a key, within its environment and login."""
        found = self._many("environment = ? AND login = ? AND key = ?", scope.environment, scope.login, key)
        return found[0] if found else None

    def find(self, name: str, scope: Scope | None = None) -> list[Entry]:
        """Entries that a person may mean by a key or a request id, the scope's own first."""
        found = self._many("key = ? OR request_id = ?", name, name)
        mine = [e for e in found if scope is None or e.scope == scope]
        return mine or found

    def reload(self, entry: Entry) -> Entry:
        """The entry as it stands now."""
        return self._many("id = ?", entry.id)[0]

    def unsettled_on(self, smart_terminal_id: str | None) -> list[Entry]:
        """Open and unknown entries of a device, oldest first, whatever login wrote them."""
        return self._many(f"smart_terminal_id = ? AND {_UNSETTLED} ORDER BY id", smart_terminal_id)

    def unsettled(self) -> list[Entry]:
        """All open and unknown entries, oldest first."""
        return self._many(f"{_UNSETTLED} ORDER BY started_at, id")

    def same_amount(self, scope: Scope, amount: Decimal) -> list[Entry]:
        """Entries of this login over this amount that the near-duplicate rule may be about.

        The newest 200, and however old those that were approved and never told to anybody.
        """
        alike = "environment = ? AND login = ? AND amount = ?"
        return self._many(
            f"id IN (SELECT id FROM (SELECT id FROM entries WHERE {alike} ORDER BY started_at DESC LIMIT 200)"
            f" UNION SELECT id FROM entries WHERE {alike} AND printed_at IS NULL"
            " AND outcome IN ('approved', 'refunded')) ORDER BY started_at DESC",
            *(scope.environment, scope.login, str(amount)) * 2,
        )

    def same_invoice(self, scope: Scope, number: str) -> list[Entry]:
        """Entries of this login under this invoice number, oldest first."""
        return self._many(
            "environment = ? AND login = ? AND invoice_number = ? ORDER BY id", scope.environment, scope.login, number
        )

    def reset_since(self, smart_terminal_id: str | None, since: datetime) -> list[Entry]:
        """Entries of a device that a POST /main of ours ended after `since`."""
        return self._many("reset_at >= ? AND smart_terminal_id = ?", precise(since), smart_terminal_id)

    def owners_of(self, ids: Iterable[int], but: int | None, environment: str) -> frozenset[int]:
        """Those of these transaction ids that entries other than `but` own.

        Each environment counts its transactions for itself: the simulator's 10001 is not that of labs.
        """
        return frozenset(i for i in ids if any(e.id != but for e in self.owners_by_id(i, environment)))

    def owners_by_id(self, transaction_id: int, environment: str) -> list[Entry]:
        """Entries whose sale this transaction is; a void of it, or a refund that voided it, owns it not."""
        return self._many(
            "transaction_id = ? AND environment = ? AND original_id IS NOT transaction_id",
            transaction_id, environment,
        )  # fmt: skip

    def about(self, scope: Scope, original_id: int) -> list[Entry]:
        """Voids and linked refunds of one transaction, oldest first."""
        return self._many(
            "environment = ? AND login = ? AND original_id = ? ORDER BY id",
            scope.environment, scope.login, original_id,
        )  # fmt: skip

    def newest_approved(self, scope: Scope, but: int) -> Entry | None:
        """The newest approved sale of this login: the control of a search that found nothing."""
        found = self._many(
            "environment = ? AND login = ? AND outcome IN ('approved', 'refunded') AND id <> ?"
            " AND invoice_number IS NOT NULL AND sent_at IS NOT NULL ORDER BY started_at DESC LIMIT 1",
            scope.environment, scope.login, but,
        )  # fmt: skip
        return found[0] if found else None

    def newest(
        self, limit: int, *, open_only: bool = False, since: datetime | None = None
    ) -> list[Entry]:  # fmt: skip
        """Entries, newest first."""
        where = _UNSETTLED if open_only else "1"
        after = precise(since) if since is not None else ""
        order = "ORDER BY started_at DESC, id DESC LIMIT ?"
        return self._many(f"{where} AND started_at >= ? {order}", after, limit)

    def facts(self, entry: Entry, *, all_attempts: bool = False) -> list[Fact]:
        """The facts of the entry's latest try (or of all), in the order they were seen."""
        from pjterm.core import fact_codec

        rows = self._rows(
            "SELECT type, fact FROM facts WHERE entry_id = ? AND attempt >= ? ORDER BY id",
            entry.id, 0 if all_attempts else entry.attempt,
        )  # fmt: skip
        return [
            fact_codec.read(row["type"], row["fact"], input_value=entry.input_value, read_data=entry.read_data)
            for row in rows
        ]

    def holds_real_entries(self) -> bool:
        """Whether an entry of a profile that is not the simulator was ever kept here."""
        if not self.path.exists():
            return False
        return bool(self._rows("SELECT 1 FROM entries WHERE environment <> 'simulator' LIMIT 1"))

    def close(self) -> None:
        """Close the file."""
        if self._db is not None:
            self._db.close()
            self._db = None

    # -- the file -----------------------------------------------------------------------------------

    def check_writable(self) -> None:
        """Raise `JournalUnusable` now rather than after a POST: takes and gives back the write lock."""
        with self._writing():
            pass

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        db = self._read()
        if db.in_transaction:  # inside `transaction`: its end commits
            yield db
            return
        try:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
        except sqlite3.Error as error:
            if db.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
            raise self._unusable(error) from error

    def _read(self) -> sqlite3.Connection:
        if self._db is None:
            try:
                self._db = self._open()
            except sqlite3.DatabaseError as error:
                if not _is_corrupt(error):
                    raise self._unusable(error) from error
                self._db = self._open_anew()
            except OSError as error:
                raise self._unusable(error) from error
        return self._db

    def _open_anew(self) -> sqlite3.Connection:
        """Set a broken file aside and begin a new one.

        Under a lock: of two processes that find it broken, the second must not set the new one aside.
        """
        try:
            with FileLock(self.path.with_name("journal.lock")):
                try:
                    return self._open()
                except sqlite3.DatabaseError as error:
                    if not _is_corrupt(error):
                        raise
                self._set_aside()
                return self._open()
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from error

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.path.exists():  # SQLite would create it with the umask's mode
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        db = self._connect(self.path, timeout=10, isolation_level=None)
        try:
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            if db.execute("PRAGMA user_version").fetchone()[0] != SCHEMA:
                self._migrate(db)
            db.execute("SELECT 1 FROM entries LIMIT 1").fetchone()
            if self._now is not None:
                self._shorten(db, self._now())
        except BaseException:
            db.close()
            raise
        return db

    def _migrate(self, db: sqlite3.Connection) -> None:
        """Create the tables, or bring them up to date, safely when two processes start at once."""
        db.execute("BEGIN IMMEDIATE")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA:
            db.execute("ROLLBACK")
            raise JournalUnusable(
                f"the journal {self.path} was written by a newer pjterm (schema {version})",
                hint="update pjterm, or set PJTERM_STATE_DIR to another directory",
            )
        if version == 0:
            for statement in _TABLES.split(";"):
                if statement.strip():
                    db.execute(statement)
        elif version == 1:
            db.execute("ALTER TABLE entries ADD COLUMN total TEXT")
        if version < SCHEMA:
            db.execute(f"PRAGMA user_version = {SCHEMA}")
        db.execute("COMMIT")

    def _set_aside(self) -> None:
        """Keep a broken file under another name: somebody may still read money out of it."""
        stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        aside = self.path.with_name(f"journal.broken-{stamp}-{os.getpid()}.sqlite")
        for suffix in ("", "-wal", "-shm"):
            part = self.path.with_name(self.path.name + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
        self._notice(
            f"the journal was no readable database; it was set aside as {aside} and a new one begun. "
            "Look at recent sales before charging again: pjterm transactions list"
        )

    def _shorten(self, db: sqlite3.Connection, now: datetime) -> None:
        """After a day only the last two characters of typed numbers and track data stay."""
        which = "WHERE (length(input_value) > 2 OR length(read_data) > 2) AND started_at < ?"
        before = (precise(now - _KEPT_FOR),)
        if db.execute(f"SELECT 1 FROM entries {which} LIMIT 1", before).fetchone():  # else nobody need wait for a lock
            change = "UPDATE entries SET input_value = substr(input_value, -2), read_data = substr(read_data, -2)"
            db.execute(f"{change} {which}", before)

    def _many(self, where: str, *values: Any) -> list[Entry]:
        return [_entry(row) for row in self._rows(f"SELECT * FROM entries WHERE {where}", *values)]

    def _rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        try:
            return self._read().execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def _one(self, db: sqlite3.Connection, where: str, value: Any) -> Entry:
        return _entry(db.execute(f"SELECT * FROM entries WHERE {where}", (value,)).fetchone())

    def _unusable(self, error: Exception) -> JournalUnusable:
        if isinstance(error, JournalUnusable):
            return error
        return JournalUnusable(
            f"the journal {self.path} cannot be used: {error}",
            hint="free space or mend its rights, then run the same command again "
            "(PJTERM_STATE_DIR names another directory)",
        )


def _is_corrupt(error: sqlite3.DatabaseError) -> bool:
    name = getattr(error, "sqlite_errorname", "")
    return name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or "no such table" in str(error)


def _add_fact(db: sqlite3.Connection, entry_id: int, attempt: int, fact: Fact) -> None:
    from pjterm.core import fact_codec

    kind, text = fact_codec.write(fact)
    insert = "INSERT INTO facts (entry_id, attempt, type, fact) VALUES (?, ?, ?, ?)"
    db.execute(insert, (entry_id, attempt, kind, text))


def _sent(now: datetime) -> Fact:
    from pjterm.core.facts import Sent

    return Sent(now)


def _changes(fact: Fact) -> dict[str, Any]:
    """The columns that one fact fills; a `None` leaves what is there."""
    from pjterm.core.facts import Accepted, Answered, Observed, TerminalReset

    match fact:
        case Accepted():
            return {"request_id": fact.request_id}
        case Answered():
            return {"transaction_id": fact.transaction.transaction_id}
        case Observed():
            r = fact.result
            return {
                "status": fact.status if fact.status in Status.__members__ else None,
                "transaction_id": r.transaction_id, "signature_id": r.signature_id,
                "prompt_button": r.prompt_button, "input_value": r.input_value, "read_data": r.read_data,
            }  # fmt: skip
        case TerminalReset():
            return {"reset_at": precise(fact.at)}
        case _:
            return {}


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _entry(row: sqlite3.Row) -> Entry:
    def at(name: str) -> datetime | None:
        return None if row[name] is None else moment(row[name])

    created, started = at("created_at"), at("started_at")
    assert created is not None
    assert started is not None
    return Entry(
        id=row["id"],
        scope=Scope(row["environment"], row["login"]),
        key=row["key"],
        kind=Kind(row["kind"]),
        profile=row["profile"],
        terminal=Terminal(row["terminal_name"], row["smart_terminal_id"], row["terminal_id"]),
        fingerprint=row["fingerprint"],
        created_at=created,
        started_at=started,
        amount=_decimal(row["amount"]),
        total=_decimal(row["total"]),
        invoice_number=row["invoice_number"],
        named=bool(row["named"]),
        attempt=row["attempt"],
        prior_ids=frozenset(json.loads(row["prior_ids"])),
        original_id=row["original_id"],
        expect=row["expect"],
        request_id=row["request_id"],
        status=row["status"],
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
        says=row["says"],
        transaction_id=row["transaction_id"],
        signature_id=row["signature_id"],
        prompt_button=row["prompt_button"],
        input_value=row["input_value"],
        read_data=row["read_data"],
        transaction=None if row["transaction_json"] is None else json.loads(row["transaction_json"]),
        signature_file=row["signature_file"],
        sent_at=at("sent_at"),
        result_at=at("result_at"),
        finished_at=at("finished_at"),
        reset_at=at("reset_at"),
        shown_at=at("printed_at"),
    )
