"""Where the real service is not documented: each guess in one place, with what was chosen.

A scenario file may switch any of them (`[guesses]`), so that an integration can be tried both ways.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guesses:
    """Answers to the open questions of the API, as this simulator gives them."""

    limit_status: int = 429
    """Status of a call over a limit: newer text says 429, older 403 (RATE, CODES)."""
    main_status: int = 200
    """Status of POST /main; every client ignores the body. 204 is as likely."""
    main_ends_connecting: bool = True
    """Whether /main also ends a request that still shows CONNECTING."""
    duplicate_without_invoice: bool = False
    """Whether two equal sales without invoice number on one card within 10 minutes are duplicates (DT)."""
    refund_voidable: bool = False
    """Whether an unsettled REFUND can be voided."""
    batch_closes_utc_hour: int = 4
    """Batches close at 8 PM (QUICK); the zone is not said: Pacific standard time, 04:00 UTC, is taken."""
    signature_by_default: bool = True
    """Whether the customer signs a payment when showSignaturePrompt is not sent."""
