"""One entry of the journal: a sale under its key, as far as it has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from pjterm.core import wire
from pjterm.core.model import Kind, Outcome, Sale, Terminal, Verdict
from pjterm.core.money import Money
from pjterm.core.request import derived_numbers
from pjterm.values import dataclass, field

UNRESOLVED = (None, Outcome.OPEN, Outcome.UNKNOWN)
"""Outcomes that are not final (`None`: being worked on)."""

NEVER_TAKEN = (Outcome.UNAVAILABLE, Outcome.REJECTED, Outcome.AUTH)
"""Outcomes of a POST that provably started nothing."""

WITHOUT_RESULT = (Outcome.CANCELLED, Outcome.BUSY, Outcome.UNREACHABLE, *NEVER_TAKEN)
"""Outcomes after which the same key may try again: proven without result, or never taken."""

NEVER_RAN = (Outcome.BUSY, Outcome.UNREACHABLE, *NEVER_TAKEN)
"""Outcomes of a request that its reader never worked on, as far as its status says."""

MOVED = (Outcome.APPROVED, Outcome.REFUNDED)
"""Outcomes by which money has moved."""

CHANGED = (Outcome.VOIDED, Outcome.ADJUSTED)
"""Outcomes of a change to an earlier transaction: a void or a tip."""

OWNING = (*MOVED, Outcome.DECLINED, Outcome.VOIDED)
"""Outcomes by which an entry owns its transaction; without them, one that its request named is only a claim."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Keys belong to an environment and a login."""

    environment: str
    login: str


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What is about to be requested, before it has an entry."""

    scope: Scope
    key: str
    kind: Kind
    profile: str
    terminal: Terminal
    fingerprint: str
    amount: Money | None = None
    invoice_number: str | None = None
    named: bool = False
    original_id: int | None = None
    expect: str | None = None
    total: Money | None = None
    """All amounts that are asked for together."""
    by: str | None = None
    """The seller, as given to this machine."""
    terms: str | None = None
    """What is to be signed."""

    def sale(self) -> Sale:
        """The sale it will be, to judge facts by."""
        return Sale(
            self.key, self.kind, self.terminal, self.amount, self.invoice_number,
            original_id=self.original_id, total=self.total, expect=self.expect, repeatable=self.named,
        )  # fmt: skip

    @property
    def where(self) -> str:
        """The reader, or the transaction that it is about."""
        if self.original_id is not None:
            return f"transaction {self.original_id}"
        return self.terminal.label or "?"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the journal knows of one key. Times are aware UTC; `outcome` is `None` while it is open."""

    id: int
    scope: Scope
    key: str
    kind: Kind
    profile: str
    terminal: Terminal
    fingerprint: str
    started_at: datetime
    amount: Money | None = None
    invoice_number: str | None = None
    named: bool = False
    """Whether the user gave `--key` or `--invoice`, so that it is not an accidental near duplicate."""
    attempt: int = 1
    prior_ids: frozenset[int] = frozenset()
    original_id: int | None = None
    total: Money | None = None
    """All amounts that were asked for together."""
    expect: str | None = None
    request_id: str | None = None
    status: str | None = None
    outcome: Outcome | None = None
    says: str | None = None
    transaction_id: int | None = None
    signature_id: str | None = None
    prompt_button: str | None = None
    input_value: str | None = field(default=None, repr=False)
    read_data: str | None = field(default=None, repr=False)
    transaction: dict[str, Any] | None = field(default=None, repr=False)
    signature_file: str | None = None
    sent_at: datetime | None = None
    result_at: datetime | None = None
    finished_at: datetime | None = None
    reset_at: datetime | None = None
    shown_at: datetime | None = None
    by: str | None = None

    @property
    def in_all(self) -> Money | None:
        """The total that was requested, for display; an entry of an old journal has the base alone."""
        return self.amount if self.total is None else self.total

    @property
    def is_unresolved(self) -> bool:
        """Whether it is open or unknown."""
        return self.outcome in UNRESOLVED

    @property
    def may_have_been_taken(self) -> bool:
        """Whether any POST of it may have started anything; the outcome is that of the latest try only."""
        return self.outcome not in NEVER_TAKEN or self.attempt > 1

    @property
    def is_at_reader(self) -> bool:
        """Whether it requested money at a reader."""
        return self.kind.is_money and self.original_id is None

    @property
    def is_further_try(self) -> bool:
        """Whether an earlier try under this key requested money at a reader."""
        return self.attempt > 1 and self.is_at_reader

    @property
    def is_shared(self) -> bool:
        """Whether other sales may have the same invoice number, because the user chose it."""
        number = self.invoice_number
        return number is not None and number not in derived_numbers(self.scope.login, self.key)

    def sale(self, owned_elsewhere: frozenset[int] = frozenset(), *, contested: bool = False) -> Sale:
        """The sale this entry is about, to judge facts by."""
        return Sale(
            key=self.key,
            kind=self.kind,
            terminal=self.terminal,
            amount=self.amount,
            invoice_number=self.invoice_number,
            sent_at=self.sent_at or self.started_at,
            prior_ids=self.prior_ids,
            owned_elsewhere=owned_elsewhere,
            shared=self.is_shared,
            contested=contested,
            original_id=self.original_id,
            total=self.total,
            expect=self.expect,
            repeatable=self.named or self.attempt > 1,
        )


def preferred(found: Sequence[Entry], is_mine: Callable[[Entry], bool]) -> Sequence[Entry]:
    """Of the entries that a name matches, those of this login; all if there are none.

    If this login's ended without money, entries of another login under the same key come first: one may be paid. If it
    was never taken, so do those that were taken: this login's says nothing about the sale.
    """
    mine = [e for e in found if is_mine(e)]
    if not mine or any(e.outcome not in WITHOUT_RESULT for e in mine):
        return mine or found
    keys = {(e.scope.environment, e.key) for e in mine}
    others = [e for e in found if e not in mine and (e.scope.environment, e.key) in keys]
    if not any(e.may_have_been_taken for e in mine):
        return [e for e in others if e.may_have_been_taken] or mine
    return [e for e in others if e.outcome not in WITHOUT_RESULT] or mine


def recorded(entry: Entry) -> Verdict:
    """The verdict on an entry as the journal has it; one without a result shows no transaction."""
    booked = None if entry.outcome in WITHOUT_RESULT else wire.transaction(entry.transaction)
    return Verdict(entry.outcome or Outcome.OPEN, entry.says or "", booked)
