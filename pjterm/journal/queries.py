"""Queries on the journal."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from pjterm.core import guards, wire
from pjterm.core.entry import NEVER_RAN, NEVER_TAKEN, Entry, Scope, preferred
from pjterm.core.evidence.facts import NEVER_SENT
from pjterm.core.model import Outcome
from pjterm.core.times import moment, precise, shifted
from pjterm.journal.faults import Damage, damaged
from pjterm.journal.file import JournalFile
from pjterm.journal.rows import IS_UNRESOLVED, entry_of
from pjterm.journal.traces import set_aside
from pjterm.values import replace

if TYPE_CHECKING:
    from pjterm.core.evidence.facts import Fact
    from pjterm.core.jump import Jump

T = TypeVar("T")
_FROM_THE_FIRST = "+environment = ? AND +login = ?"
"""No index has this order: without the `+`, SQLite would visit every entry of the login, and sort them all."""

_SENT_LAST = "(SELECT max(id) FROM facts WHERE entry_id = entries.id AND type = 'Sent') DESC, id DESC"
"""The latest first, however the clock was set meanwhile."""


class Queries:
    """The reading half of the journal."""

    def __init__(
        self,
        file: JournalFile,
        ahead: Callable[[], timedelta] = timedelta,
        jump: Callable[[], Jump | None] = lambda: None,
    ) -> None:
        self.file = file
        self._ahead = ahead
        self._jump = jump

    def aged(self, entry: Entry, now: datetime) -> Entry:
        """The entry as guards compare it with `now`, even if the wall clock was set since."""
        jump = self._jump()
        return entry if jump is None else jump.aged(entry, now)

    def begun(self, entry: Entry) -> Entry:
        """The entry as searches that begin at its POST need it, even if the wall clock was set back since."""
        jump, at = self._jump(), entry.sent_at or entry.started_at
        return entry if jump is None else replace(entry, sent_at=jump.earliest(at))

    def by_key(self, scope: Scope, key: str) -> Entry | None:
        """The entry of a key, within its environment and login."""
        found = self._many("environment = ? AND login = ? AND key = ?", scope.environment, scope.login, key)
        return found[0] if found else None

    def oldest_numbered(self, scope: Scope) -> Entry | None:
        """The first entry of this login that has an invoice number."""
        where = f"{_FROM_THE_FIRST} AND invoice_number IS NOT NULL ORDER BY id LIMIT 1"
        found = self._many(where, scope.environment, scope.login)
        return found[0] if found else None

    def under_other_logins(self, scope: Scope, key: str) -> list[Entry]:
        """The entries of a key in this environment that another login sent."""
        return self._many("environment = ? AND login <> ? AND key = ?", scope.environment, scope.login, key)

    def find(self, name: str, scope: Scope | None = None, number: int | None = None) -> Sequence[Entry]:
        """Entries with this key, request id or transaction `number` (their own, or the one they change or refund).

        Oldest first; only the `preferred` ones if a scope is given. A request id may be typed in capitals.
        """
        found = self._many(
            "key = ? OR request_id IN (?, ?) OR transaction_id = ? OR original_id = ? ORDER BY id",
            name, name, name.lower(), number, number,
        )  # fmt: skip
        return found if scope is None else preferred(found, lambda e: e.scope == scope)

    def reload(self, entry: Entry) -> Entry:
        """The entry as it stands now."""
        return self._one(entry.id)

    def unresolved_on(self, smart_terminal_id: str | None) -> list[Entry]:
        """Open and unknown entries of a device, oldest first, of any login."""
        return self._many(f"smart_terminal_id = ? AND {IS_UNRESOLVED} ORDER BY id", smart_terminal_id)

    def unresolved(self) -> list[Entry]:
        """All open and unknown entries, oldest first."""
        return self._many(f"{IS_UNRESOLVED} ORDER BY started_at, id")

    def same_amount(self, scope: Scope, amount: Decimal) -> list[Entry]:
        """Entries of this login with this amount that the near-duplicate rule may apply to.

        The newest 200 (also those entered last, for the clock may have been set back), and, of any age, those that
        were approved and never shown.
        """
        alike = "SELECT id FROM entries WHERE environment = ? AND login = ? AND amount = ?"
        return self._many(
            f"id IN (SELECT id FROM ({alike} ORDER BY started_at DESC LIMIT 200)"
            f" UNION SELECT id FROM ({alike} ORDER BY id DESC LIMIT 200)"
            f" UNION {alike} AND printed_at IS NULL AND outcome IN ('approved', 'refunded')) ORDER BY started_at DESC",
            *(scope.environment, scope.login, str(amount)) * 3,
        )

    def same_invoice(self, scope: Scope, number: str) -> list[Entry]:
        """Entries of this login under this invoice number, oldest first."""
        where = f"{_FROM_THE_FIRST} AND invoice_number = ? ORDER BY id"
        return self._many(where, scope.environment, scope.login, number)

    def under_invoice(self, environment: str, number: str) -> list[Entry]:
        """Entries under this invoice number, of any login: logins are rotated, and see each other's sales."""
        return self._many("+environment = ? AND invoice_number = ? ORDER BY id", environment, number)

    def newest_on(
        self, smart_terminal_id: str | None, since: datetime, but: Collection[Outcome] = NEVER_TAKEN
    ) -> Entry | None:
        """The sale or refund sent last to a device since then, of any login, however the clock was set meanwhile.

        Leaves out those whose latest try ended as one of `but`, and a first try interrupted before it was sent.
        """
        found = self._many(
            "started_at >= ? AND smart_terminal_id = ? AND kind IN ('payment', 'refund')"
            f" AND coalesce(outcome, '') NOT IN ({', '.join('?' * len(but))}) AND NOT (attempt = 1 AND says IS ?)"
            f" ORDER BY {_SENT_LAST} LIMIT 1",
            self._text(self._since(since)), smart_terminal_id, *(o.value for o in but), NEVER_SENT,
        )  # fmt: skip
        return found[0] if found else None

    def holder_of(self, entry: Entry) -> Entry | None:
        """The request of this journal that held the reader when the entry was sent, as far as known."""
        there = self._many(
            "smart_terminal_id = ? ORDER BY started_at DESC, id DESC LIMIT 20", entry.terminal.smart_terminal_id
        )
        return next((e for e in there if guards.held(entry, e)), None)

    def tried_again_on(self, smart_terminal_id: str | None, since: datetime) -> list[Entry]:
        """Sales and refunds of a device whose latest try never ran: an earlier one may have. The last two."""
        return self._many(
            "started_at >= ? AND smart_terminal_id = ? AND kind IN ('payment', 'refund') AND attempt > 1"
            f" AND outcome IN ({', '.join('?' * len(NEVER_RAN))}) ORDER BY {_SENT_LAST} LIMIT 2",
            self._text(self._since(since)), smart_terminal_id, *(o.value for o in NEVER_RAN),
        )  # fmt: skip

    def owners_by_id(self, transaction_id: int, environment: str) -> list[Entry]:
        """Entries that name this transaction as their sale's; a void of it, or a refund that voided it, does not.

        Each environment counts its transactions for itself: the simulator's 10001 is not that of labs.
        """
        return self._many(
            "transaction_id = ? AND environment = ? AND original_id IS NOT transaction_id",
            transaction_id, environment,
        )  # fmt: skip

    def about(self, scope: Scope, original_id: int) -> list[Entry]:
        """Voids, tips and linked refunds of one transaction, oldest first."""
        return self._many(
            "environment = ? AND original_id = ? ORDER BY id",
            scope.environment, original_id,
        )  # fmt: skip

    def signed_on(self, smart_terminal_id: str | None, since: datetime, before: datetime) -> list[Entry]:
        """Terms that were signed on a device in a time, oldest first."""
        return self._many(
            "started_at >= ? AND started_at < ? AND smart_terminal_id = ? AND kind = 'signature' AND outcome = 'signed'"
            " ORDER BY started_at, id",
            self._text(since), self._text(before), smart_terminal_id,
        )  # fmt: skip

    def newest_approved(self, scope: Scope, but: int) -> Entry | None:
        """The newest approved sale of this login: the control of a search that found nothing."""
        found = self._many(
            "environment = ? AND login = ? AND outcome IN ('approved', 'refunded') AND id <> ?"
            " AND invoice_number IS NOT NULL AND sent_at IS NOT NULL ORDER BY started_at DESC LIMIT 1",
            scope.environment, scope.login, but,
        )  # fmt: skip
        return found[0] if found else None

    def approved_since(self, scope: Scope, since: datetime) -> list[Entry]:
        """Sales and refunds of this login that were sent after `since` and approved, voided or not, the last first."""
        return self._many(
            "environment = ? AND login = ? AND outcome IN ('approved', 'refunded', 'voided') AND started_at >= ?"
            f" ORDER BY {_SENT_LAST} LIMIT 20",
            scope.environment, scope.login, self._text(self._since(since)),
        )  # fmt: skip

    def taken_at(self, scope: Scope) -> list[datetime]:
        """When each sale and refund of this login was booked, according to its transaction."""
        return self.file.read(
            lambda row: wire.moment(row[1]) or moment(row[0]) - self._ahead(),
            "SELECT coalesce(result_at, started_at), json_extract(transaction_json, '$.created') FROM entries"
            " WHERE environment = ? AND login = ? AND outcome IN ('approved', 'refunded')",
            scope.environment, scope.login,
        )  # fmt: skip

    def newest(self, limit: int, *, open_only: bool = False, since: datetime | None = None) -> list[Entry]:
        """Entries, newest first."""
        where = IS_UNRESOLVED if open_only else "1"
        after = self._text(since) if since is not None else ""
        order = "ORDER BY started_at DESC, id DESC LIMIT ?"
        return self._many(f"{where} AND started_at >= ? {order}", after, limit)

    def facts(self, entry: Entry, *, all_attempts: bool = False, only: Collection[type[Fact]] = ()) -> list[Fact]:
        """The facts of the entry's latest try (or of all), as they were seen; only those of some types, if given."""
        from pjterm.core.evidence.fact_codec import read

        def fact_of(row: sqlite3.Row) -> Fact:
            return read(row["type"], row["fact"], input_value=entry.input_value, read_data=entry.read_data)

        types = f" AND type IN ({', '.join('?' * len(only))})" if only else ""
        found = self.file.read(
            fact_of, f"SELECT type, fact FROM facts WHERE entry_id = ? AND attempt >= ?{types} ORDER BY id",
            entry.id, 0 if all_attempts else entry.attempt, *(t.__name__ for t in only),
        )  # fmt: skip
        return self._as_of_now(found)

    def holds_real_entries(self) -> bool:
        """Whether an entry of a profile other than the simulator's was ever stored here.

        A journal that was set aside as damaged counts as yes; a missing one is an error, not a no.
        """
        if set_aside(self.file.path):
            return True
        if not self.file.place.was_begun():
            return False
        return bool(self.file.rows("SELECT 1 FROM entries WHERE environment <> 'simulator' LIMIT 1"))

    def _since(self, begin: datetime) -> datetime:
        jump = self._jump()
        return begin if jump is None else jump.since(begin)

    def _one(self, entry_id: int) -> Entry:
        found = self._many("id = ?", entry_id)
        if not found:
            raise damaged(self.file.path, [Damage(f"entry {entry_id}", "was removed by another program")])
        return found[0]

    def _many(self, where: str, *values: Any) -> list[Entry]:
        found = self.file.read(entry_of, f"SELECT * FROM entries WHERE {where}", *values)
        return self._as_of_now(found)

    def _as_of_now(self, found: list[T]) -> list[T]:
        """Convert stored wall times to this process's clock."""
        ahead = self._ahead() if found else None
        return [shifted(value, -ahead) for value in found] if ahead else found

    def _text(self, at: datetime) -> str:
        """A time of this process's clock as stored wall time."""
        return precise(at + self._ahead())
