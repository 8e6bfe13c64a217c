"""The guesses about what is not documented of the real service, all in one place.

A scenario file may change any of them (`[guesses]`), so that an integration can be tried both ways.
"""

from __future__ import annotations

from collections.abc import Collection

from pjterm.values import dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class Guesses:
    """Answers to the open questions of the API, as this simulator gives them."""

    limit_status: int = 429
    """Status of a call beyond a rate limit: newer text says 429, older 403 (RATE, CODES)."""
    main_status: int = 200
    """Status of POST /main; every client ignores the body. 204 is just as likely."""
    main_ends_connecting: bool = True
    """Whether /main also ends a request that still shows CONNECTING."""
    unknown_transaction_status: int = 404
    """Status of GET /transactions/{id} for an unknown number; the message is known, the status is not."""
    duplicate_without_invoice: bool = False
    """Whether two equal sales on one card within 10 minutes are duplicates without an invoice number (DT)."""
    refund_voidable: bool = False
    """Whether an unsettled REFUND can be voided."""
    rebill_inherits: bool = True
    """Whether a charge by `transactionId` that states `amountBase` inherits the other amounts of the original,
    as a refund does (REFUND). Without any amount it always inherits all of them."""
    reader_takes_hold: bool = False
    """Whether request-payment knows `status=HOLD`. If not, it is refused here: ignored, it would be captured."""
    signature_by_default: bool = True
    """Whether the customer signs a payment if showSignaturePrompt is not sent."""
    avs_unavailable_declines: bool = False
    """The account's setting "reject if AVS is unavailable, international or not supported" (RESP)."""
    surcharge_follows_edits: bool = False
    """Whether the surcharge is computed again when a tip or another amount is changed before settlement."""
    settlement_completes_seconds: float = 3600.0
    """How long a settlement stays PENDING; then its money is deposited (SET1)."""
    underwritten: bool = True
    """Whether PayJunction underwrites the merchant: others have no deposits, 403 (DEPL)."""

    def over(self, found: Guesses, named: Collection[str]) -> Guesses:
        """These guesses, and `found` for those that were not chosen here: not `named`, and as they are by default."""
        plain = Guesses()
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return replace(found, **{n: v for n, v in values.items() if n in named or v != getattr(plain, n)})
