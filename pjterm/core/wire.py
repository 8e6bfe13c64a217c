"""Parsing the API's answers: JSON in, values of `model` out; unknown fields are ignored.

Nothing here raises on what came from outside: an answer that cannot be understood reads as `None`,
and the caller decides what that means (for a POST it means the answer is lost).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from pjterm.core.ids import is_request_id
from pjterm.core.model import Kind, Result, Transaction
from pjterm.core.money import CENT, Money
from pjterm.core.remembered import remembered
from pjterm.errors import Detail

_DIGITS_MOST = 12  # of an amount; an exponent of a billion would exhaust memory when printed
_OF_FRACTIONS = Decimal("0.000001")  # below what any price has, above what sums of binary fractions are off by
_GROUPED = r"-?[0-9]{1,3}(,[0-9]{3})+\.[0-9]{2}"
_LIMIT = r"(?i)\blimits?\b"
_RATE_LIMIT = (
    r"(?is)\btoo many (requests|calls)\b|\b(rate|requests?|calls?)\b.*\blimits?\b|\blimits?\b.*\b(requests?|calls?)\b"
)
_NOT_TRACK_DATA = frozenset(
    {"status", "requestId", "requestPaymentId", "transactionId", "paymentId", "signatureId", "promptButton",
     "inputValue", "smartTerminalId", "created", "lastModified"}
)  # fmt: skip


def request_id(body: Any) -> str | None:
    """The id a request-* POST answered with: `requestPaymentId` (PAY) or `requestId` (SIG, PROMPT, …)."""
    if not isinstance(body, dict):
        return None
    for name in ("requestPaymentId", "requestId"):
        value = body.get(name)
        if isinstance(value, str) and is_request_id(value):
            return value
    return None


def number(value: Any) -> int | None:
    """An id as a number or as a string of digits: the API's own samples have both."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if 0 < value < 10**18 else None  # what the journal's columns hold
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
        return int(value) or None
    return None


def text(value: Any) -> str | None:
    """A non-empty string, or None.

    Lone surrogates, which no file can hold, become question marks, and so does NUL, at which SQLite ends a text.
    """
    if not isinstance(value, str) or not value:
        return None
    said = value.replace("\0", "?")
    return said if said.isascii() else said.encode(errors="replace").decode()


def words(value: Any) -> str | None:
    """A text, or a whole number as its digits: clients have seen both for the same field."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else text(value)


def money(value: Any) -> Money | None:
    """An amount, written as a string with two decimals (or a number, where the API does so).

    `1,234.50` is accepted, too; `12,50` is ambiguous, so it is not. A number is the cents that it stands for: services
    that add binary fractions answer 20.299999999999997.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    said = str(value)
    try:
        amount = Decimal(said.replace(",", "") if "," in said and re.fullmatch(_GROUPED, said) else said)
    except InvalidOperation:
        return None
    if not amount.is_finite() or not -2 * _DIGITS_MOST < amount.adjusted() < _DIGITS_MOST:
        return None
    cents = amount.quantize(CENT) + 0  # without a sign, where it is zero
    return cents if abs(amount - cents) < _OF_FRACTIONS else amount


def status(body: Any, kind: Kind | None = None) -> tuple[str, Result] | None:
    """Status and result from a poll's answer or a webhook's `data`.

    A result that is there but cannot be parsed makes all of it unreadable: it must never pass for an end
    without a result.
    """
    word = text(body.get("status")) if isinstance(body, dict) else None
    if word is None or any(_is_unreadable(body[name], read) for name, read in _RESULTS.items() if name in body):
        return None
    result = Result(
        transaction_id=number(body.get("transactionId")),
        signature_id=words(body.get("signatureId")),
        prompt_button=words(body.get("promptButton")),
        input_value=words(body.get("inputValue")),
        read_data=_track_data(body) if kind is Kind.READ else None,
    )
    return word, result


_RESULTS: dict[str, Callable[[Any], object]] = {
    "transactionId": number, "signatureId": words, "promptButton": words, "inputValue": words,
}  # fmt: skip


def _is_unreadable(value: Any, read: Callable[[Any], object]) -> bool:
    return value is not None and value != "" and read(value) is None


def _track_data(body: dict[str, Any]) -> str | None:
    """Track data of request-read: no source names the field, so any unknown text is taken for it (guess)."""
    found = [text(v) for k, v in body.items() if k not in _NOT_TRACK_DATA]
    return "\n".join(v for v in found if v) or None


@remembered  # a result is shown several times: as a line, as JSON, by its amount, by its card
def transaction(body: Any) -> Transaction | None:
    """A transaction (TXGET), or nothing where the id is missing."""
    if not isinstance(body, dict):
        return None
    transaction_id = number(body.get("transactionId"))
    if transaction_id is None:
        return None
    response = body.get("response")
    response = response if isinstance(response, dict) else {}
    approved = response.get("approved")
    return Transaction(
        transaction_id=transaction_id,
        action=(text(body.get("action")) or "").upper(),
        amount_base=money(body.get("amountBase")),
        terminal_id=number(body.get("terminalId")),
        invoice_number=_invoice(body.get("invoiceNumber")),
        status=(text(body.get("status")) or "").upper(),
        approved=approved if isinstance(approved, bool) else None,
        code=text(response.get("code")),
        message=text(response.get("message")),
        created=moment(body.get("created")),
        raw=body,
    )


YEARS = range(1980, 3000)
"""Plausible years; times near the ends of the calendar cannot be converted to every zone."""


def moment(value: Any, zone: tzinfo | None = None) -> datetime | None:
    """A time as the API writes it, in UTC; one without a zone is in `zone`, if that is given. A mere date is none."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) and len(value) > len("2026-11-23") else None
    except ValueError:
        return None
    if at is None or at.year not in YEARS or (at.tzinfo is None and zone is None):
        return None
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)


def utc_moment(value: Any) -> datetime | None:
    """A time of the API, taken for UTC where it has no zone, as all of them are (TXGET)."""
    return moment(value, UTC)


def total(t: Transaction) -> Money | None:
    """The total of a transaction, tip and surcharge included: `amountTotal`, else the base."""
    whole = stated_total(t)
    return t.amount_base if whole is None else whole


def stated_total(t: Transaction) -> Money | None:
    """Its `amountTotal`; items of a search may come without (TXLIST)."""
    return money(t.raw.get("amountTotal"))


def says_all(t: Transaction) -> bool:
    """Whether it states its outcome and its total."""
    return t.is_whole and stated_total(t) is not None


def settled(t: Transaction) -> bool | None:
    """Whether its batch has closed, so that its amounts are final (TXPUT); None if it does not say."""
    settlement = t.raw.get("settlement")
    said = settlement.get("settled") if isinstance(settlement, dict) else None
    return said if isinstance(said, bool) else None


def settlement_id(t: Transaction) -> int | None:
    """The settlement that it says it is in; items of a search may not say it."""
    settlement = t.raw.get("settlement")
    return number(settlement.get("settlementId")) if isinstance(settlement, dict) else None


def purchase_order(t: Transaction) -> str | None:
    """Its purchase order number."""
    return _invoice(t.raw.get("purchaseOrderNumber"))


def _invoice(value: Any) -> str | None:
    """An invoice number; clients also send it as a number, so its digits are taken as long as they are exact."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return words(value)


def details(body: Any) -> tuple[Detail, ...]:
    """The entries of the API's error body (ERR); anything of another shape gives none."""
    entries = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(entries, list):
        return ()
    return tuple(
        Detail(text(e.get("message")) or "", text(e.get("parameter")), text(e.get("type")))
        for e in entries[:50]
        if isinstance(e, dict)
    )


def speaks_of_a_limit(found: tuple[Detail, ...]) -> bool:
    """Whether a 403 is an older rate limit answer rather than a missing permission (CODES, ERR).

    "Max … limit … reached" is a resource limit, which waiting does not cure, and a login may be "limited"; rate limits
    mention a rate, requests or "too many" of them (a guess: no source has the text).
    """
    return any(re.search(_RATE_LIMIT, d.message) for d in found)


def names_a_limit(found: tuple[Detail, ...]) -> bool:
    """Whether a 403 is about a limit of any kind."""
    return any(re.search(_LIMIT, d.message) for d in found)
