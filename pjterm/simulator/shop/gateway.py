"""The decision about a card: the duplicate check, the bank's answer, then AVS and CVV (RESP, AVS, S-DT)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pjterm.simulator.shop.issuer import Answer, authorise
from pjterm.simulator.shop.moment import Moment
from pjterm.values import dataclass

DUPLICATE_SECONDS = 600.0
AVS = ("ADDRESS", "ZIP", "ADDRESS_AND_ZIP", "ADDRESS_OR_ZIP", "BYPASS", "OFF")
CVV = ("ON", "OFF")
_NO_MATCH = "addressNoMatch"  # the labs trigger for an address that does not match
_UNAVAILABLE = {"99999": "AU", "99998": "AI", "999970009": "AN"}  # labs triggers, by ZIP code
_BAD_CVV = "555"


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision about a card, and what was checked."""

    answer: Answer
    avs: Mapping[str, Any] | None = None
    """`requested` and `match`, if the address was checked."""
    cvv: bool = False


def decide(m: Moment, action: str, card: str, amounts: Mapping[str, str], form: Mapping[str, str]) -> Decision:
    """Decide about a card. A charge that the bank approves can still fail on the address or the code."""
    if action == "CHARGE" and _is_duplicate(m, card, amounts["amountBase"], form.get("invoiceNumber") or None):
        return Decision(Answer("DT"))
    answer = authorise(action, Decimal(amounts["amountBase"]))
    avs, code = _avs(m, form)
    cvv = form.get("cvv") == "ON"
    if answer.approved and action != "REFUND":
        bad_cvv = cvv and form.get("cardCvv") == _BAD_CVV
        answer = Answer(code) if code else Answer("97") if bad_cvv else answer
    return Decision(answer, avs, cvv)


def _avs(m: Moment, form: Mapping[str, str]) -> tuple[dict[str, Any] | None, str | None]:
    """What was requested and what matched, and the code of a decline (AVS). Only the labs triggers do not match."""
    asked = form.get("avs", "")
    if asked in ("", "OFF"):
        return None, None
    unavailable = _UNAVAILABLE.get(form.get("billingZip", ""))
    address = form.get("billingAddress") != _NO_MATCH
    shown = {"requested": asked, "match": {"ZIP": unavailable is None, "ADDRESS": address and unavailable is None}}
    if asked == "BYPASS":
        return shown, None
    if unavailable is not None:
        return shown, unavailable if m.setting.guesses.avs_unavailable_declines else None
    return shown, "AA" if not address and asked in ("ADDRESS", "ADDRESS_AND_ZIP") else None


def _is_duplicate(m: Moment, card: str, base: str, invoice: str | None) -> bool:
    """Same card, amount and invoice number within 10 minutes; refunds are not checked (guess)."""
    if invoice is None and not m.setting.guesses.duplicate_without_invoice:
        return False
    return any(
        r["card"] == card
        and r["action"] == "CHARGE"
        and r["code"] == "00"
        and r["status"] != "VOID"
        and r["amounts"]["amountBase"] == base
        and r.get("invoiceNumber") == invoice
        for r in m.books.transactions(since=m.now - DUPLICATE_SECONDS, invoice=invoice)
    )
