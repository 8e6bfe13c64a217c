"""What a receipt shows besides amounts: the card, the approval code, whether the money is held (TXGET)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pjterm.core import wire
from pjterm.core.text import harmless
from pjterm.values import dataclass

HELD_FOR = timedelta(days=6)
"""How long a hold lasts: PayJunction voids it on the seventh day (S-HOLD, S-CAP)."""
_BRANDS = {
    "VISA": "Visa", "MASTERCARD": "Mastercard", "AMERICAN_EXPRESS": "American Express", "DISCOVER": "Discover",
}  # fmt: skip
_SHORT = {"AMERICAN_EXPRESS": "Amex"}


@dataclass(frozen=True, slots=True)
class Card:
    """A card as the API names it: never more than its last four digits."""

    brand: str | None
    last_four: str | None

    def json(self) -> dict[str, str | None]:
        """The card in the result object."""
        return {"brand": self.brand, "lastFour": self.last_four}

    def __str__(self) -> str:
        """The card for people: `Visa ···· 1111`."""
        brand = "Card" if self.brand is None else brand_name(self.brand)
        return f"{brand} ···· {harmless(self.last_four)}" if self.last_four else brand


def brand_name(brand: str) -> str:
    """A brand for people: `Visa`, `Diners club`."""
    return _BRANDS.get(brand) or harmless(brand).replace("_", " ").capitalize()


def short_brand(brand: str) -> str:
    """A brand in a narrow table: `Amex`."""
    return _SHORT.get(brand) or brand_name(brand)


def card_of(transaction: Mapping[str, Any] | None) -> Card | None:
    """The card of a transaction; nothing for a bank account."""
    vault = None if transaction is None else transaction.get("vault")
    if not isinstance(vault, Mapping) or vault.get("type", "CARD") != "CARD":
        return None
    brand, last_four = wire.text(vault.get("accountType")), wire.words(vault.get("lastFour"))
    return Card(brand, last_four) if brand or last_four else None


def approval_code(transaction: Mapping[str, Any] | None) -> str | None:
    """The processor's approval code; declines have none."""
    response = None if transaction is None else transaction.get("response")
    processor = response.get("processor") if isinstance(response, Mapping) else None
    return wire.text(processor.get("approvalCode")) if isinstance(processor, Mapping) else None


def is_held(transaction: Mapping[str, Any] | None) -> bool:
    """Whether the money is only held on the card, and not captured yet."""
    return transaction is not None and (wire.text(transaction.get("status")) or "").upper() == "HOLD"


def created(transaction: Mapping[str, Any] | None) -> datetime | None:
    """When the API booked it, to be shown."""
    return None if transaction is None else wire.utc_moment(transaction.get("created"))


def moved_at(
    transaction: Mapping[str, Any] | None, sent_at: datetime | None, seen_at: datetime | None, now: datetime
) -> datetime | None:
    """When the money moved, which may have been seen later.

    PayJunction's clock and this machine's may differ: no booking precedes the request that it answers, or is yet to be.
    """
    booked = created(transaction)
    if booked is None or (seen_at is not None and booked > now):
        return seen_at
    return booked if sent_at is None else max(booked, sent_at)


def voided_by_itself(transaction: Mapping[str, Any] | None) -> datetime | None:
    """When PayJunction voids a hold that was not captured."""
    at = created(transaction)
    return None if at is None else at + HELD_FOR
