"""A difference between the records of a day, as a value."""

from __future__ import annotations

from enum import StrEnum

from pjterm.values import dataclass


class Kinds(StrEnum):
    """What kind of difference it is."""

    MONEY_WITHOUT_ENTRY = "money-without-entry"
    ENTRY_WITHOUT_MONEY = "entry-without-money"
    DOUBLE_CHARGE = "double-charge"
    STILL_OPEN = "still-open"
    EVENT_WITHOUT_TRANSACTION = "event-without-transaction"
    SETTLEMENT = "settlement-differs"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference, and what to type about it."""

    kind: Kinds
    says: str
    hint: str
    amount: str | None = None
    key: str | None = None
    terminal: str | None = None
    invoice_number: str | None = None
    transaction_ids: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()
    """The keys of all sales that it is about."""

    def is_about(self, word: str) -> bool:
        """Whether a sale key or a transaction id names one of them."""
        return word in self.keys or word in map(str, self.transaction_ids)
