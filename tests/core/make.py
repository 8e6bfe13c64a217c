"""Values for the tests of the core: one sale, its facts, and times counted in seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from pjterm.core.evidence.facts import LookedUp, Observed, Searched
from pjterm.core.model import Kind, Result, Sale, Terminal, Transaction

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
REQUEST = "6d1b6c6e-2f52-4f63-9d5b-1d3a0c9f6a11"
DEVICE = "88888888-4444-4444-4444-cccccccccccc"
NUMBER = "123456789012345678"
TILL = Terminal("T1", DEVICE, 10001)
SALE = Sale("order-1", Kind.PAYMENT, TILL, Decimal("12.50"), NUMBER)


def at(seconds: float) -> datetime:
    """A time, in seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def booked(transaction_id: int = 7, approved: bool | None = True, **changes: Any) -> Transaction:
    """A transaction of the sale, with these changes."""
    values: dict[str, Any] = {
        "action": "CHARGE", "amount_base": Decimal("12.50"), "terminal_id": 10001, "invoice_number": NUMBER,
        "status": "CAPTURE" if approved else "DECLINED", "code": "00" if approved else "05",
        "message": "Approved" if approved else "Declined (do not honor)",
    }  # fmt: skip
    return Transaction(transaction_id=transaction_id, approved=approved, **{**values, **changes})


def polled(status: str, when: float, transaction_id: int | None = None, **result: Any) -> Observed:
    """A poll's answer; the poll was sent 0.05 s before."""
    found = Result(transaction_id=transaction_id, **result)
    return Observed(at(when), "poll", status, found, at(when - 0.05))


def hooked(status: str, when: float, transaction_id: int | None = None, **result: Any) -> Observed:
    """A verified webhook."""
    return Observed(at(when), "webhook", status, Result(transaction_id=transaction_id, **result))


def looked_up(when: float, transaction: Transaction) -> LookedUp:
    return LookedUp(at(when), transaction)


def searched(when: float, *found: Transaction) -> Searched:
    """A search's answer; the search was sent 0.05 s before."""
    return Searched(at(when), found, at(when - 0.05))


def looked_around(when: float, *found: Transaction) -> Searched:
    """The answer to a search by account and time, sent 0.05 s before."""
    return Searched(at(when), found, at(when - 0.05), around=True)


def nothing_found(when: float) -> tuple[Searched, Searched]:
    """Both searches, without a result."""
    return searched(when), looked_around(when)
