"""What is known of a disputed payment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

from pjterm.core import wire
from pjterm.core.card import card_of
from pjterm.core.entry import Entry
from pjterm.core.evidence.facts import Answered, Fact, LookedUp, Observed, Searched
from pjterm.core.model import Transaction
from pjterm.values import dataclass, replace

Chain = tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """Terms that a customer signed on a reader for this sale."""

    entry: Entry
    facts: Chain
    terms: str | None
    image: bytes | None

    @property
    def at(self) -> datetime:
        return self.entry.result_at or self.entry.started_at


@dataclass(frozen=True, slots=True)
class ReceiptSignature:
    """The signature that a receipt carries: its image, and what PayJunction says of it (RCPT)."""

    image: bytes | None
    receipt: Mapping[str, Any]

    @property
    def said(self) -> Mapping[str, Any]:
        """What PayJunction says of the signing."""
        found = self.receipt.get("signature")
        return found if isinstance(found, Mapping) else {}

    @property
    def at(self) -> datetime | None:
        return wire.utc_moment(self.said.get("dateSigned"))


@dataclass(frozen=True, slots=True)
class JournalState:
    """How far the journal's hash chain holds, as `journal verify` finds it."""

    entries: int
    facts: int
    links: int
    head: str
    """The hash of the last link, as `close` keeps it."""
    began: str | None = None
    accepted: tuple[str, ...] = ()
    """Times at which a person accepted a journal that was damaged."""
    damage: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dispute:
    """All that is known of a disputed payment."""

    transaction: Transaction
    made_at: datetime
    version: str
    environment: str
    zone: tzinfo | None = None
    case: str | None = None
    sale: Entry | None = None
    facts: Chain = ()
    changes: tuple[tuple[Entry, Chain], ...] = ()
    """Its refunds, voids and tips."""
    refunds: tuple[Transaction, ...] | None = ()
    """The refunds that name it, or its invoice number, at PayJunction; None if that could not be read."""
    signed: tuple[Signed, ...] = ()
    receipt: tuple[str, ...] | None = None
    signature: ReceiptSignature | None = None
    journal: JournalState | None = None
    missing: tuple[str, ...] = ()
    """What could not be read or does not hold, one sentence each."""

    @property
    def approved(self) -> Transaction | None:
        """The transaction as it was approved: tips and captures change it. None if the journal did not see it."""
        return first_approved(self.facts, self.transaction.transaction_id)

    @property
    def taken_by(self) -> Entry | None:
        """The sale, if its own request named the transaction: one found by its number may be another till's."""
        number = self.transaction.transaction_id
        named = any(
            (isinstance(f, Observed) and f.result.transaction_id == number)
            or (isinstance(f, Answered) and f.transaction.transaction_id == number)
            for f in self.facts
        )
        return self.sale if named else None

    @property
    def was_changed(self) -> bool:
        """Whether it is over another amount now than when it was approved."""
        first = self.approved
        return first is not None and wire.total(first) != wire.total(self.transaction)

    def entries(self) -> Iterator[tuple[Entry, Chain]]:
        """All that the journal has of it, oldest first: the sale, what was signed for it, and what changed it."""
        found = [] if self.sale is None else [(self.sale, self.facts)]
        found += [*((s.entry, s.facts) for s in self.signed), *self.changes]
        yield from sorted(found, key=lambda one: (one[0].started_at, one[0].id))


def first_approved(facts: Chain, transaction_id: int | None) -> Transaction | None:
    """A transaction as it was first read once it was approved."""
    for fact in facts:
        match fact:
            case Answered(transaction=t) | LookedUp(transaction=t):
                read: tuple[Transaction, ...] = (t,)
            case Searched():
                read = fact.found
            case _:
                read = ()
        for t in read:
            if t.transaction_id == transaction_id and t.approved and wire.says_all(t):
                return t
    return None


def card(t: Transaction) -> str | None:
    """The card, never more than four digits of it, even if the answer has more."""
    found = card_of(t.raw)
    if found is None:
        return None
    return str(replace(found, last_four=found.last_four[-4:] if found.last_four else None))
