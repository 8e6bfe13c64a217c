"""What a search of transactions asks for: every filter of the article, checked before anything is sent.

Limits and words are the API's (TXLIST). Times go out with their offset, for the API takes none without a zone.
What comes back is compared, as far as it states the same values: a service may ignore a filter.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pjterm.core import wire
from pjterm.core.money import Money, dollars, parse_money
from pjterm.core.verdicts.found import resembles
from pjterm.errors import UsageFault
from pjterm.values import dataclass

ACTIONS = ("CHARGE", "REFUND", "VERIFY")
STATUSES = ("CAPTURE", "DECLINED", "HOLD", "REJECT", "VOID")
MEANT = {"PAYMENT": "CHARGE", "SALE": "CHARGE", "APPROVED": "CAPTURE", "HELD": "HOLD", "VOIDED": "VOID"}
"""Words that people read elsewhere, in a list or a result, and the API's word for the same."""
SERVICES = ("API", "INVOICE", "MOBILE", "QUICKSHOP", "RECURRING", "SMART_TERMINAL", "VIRTUAL_TERMINAL")


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: the option that gives it, the API's parameter, and what may be in it."""

    option: str
    parameter: str
    most: int = 0
    """Longest text; 0 where the words or digits decide."""
    words: tuple[str, ...] = ()
    digits: int = 0
    """Exactly so many digits; -1: any number of them."""
    money: bool = False


FILTERS = {
    "invoice": Filter("--invoice", "invoiceNumber", 32),
    "po": Filter("--po", "purchaseOrderNumber", 32),
    "status": Filter("--status", "status", words=STATUSES),
    "action": Filter("--action", "action", words=ACTIONS),
    "amount": Filter("--amount", "amountTotal", money=True),
    "last_four": Filter("--last-four", "lastFour", digits=4),
    "service": Filter("--service", "service", words=SERVICES),
    "settlement": Filter("--settlement", "settlementId", digits=-1),
    "schedule": Filter("--schedule", "scheduleId", 64),
    "account": Filter("--account", "terminalId", digits=-1),
    "transaction": Filter("--transaction", "transactionId", digits=-1),
    "billing_first_name": Filter("--billing-first-name", "billingFirstName", 16),
    "billing_last_name": Filter("--billing-last-name", "billingLastName", 32),
    "billing_identifier": Filter("--billing-identifier", "billingIdentifier", 64),
    "external_id": Filter("--external-id", "metadata[externalId]", 36),
    "external_data": Filter("--external-data", "metadata[externalData]", 36),
}
"""By the option's name in Python. The metadata ones are on the newest page of the article only."""
REFERENCES = ("invoiceNumber", "purchaseOrderNumber", "merchantNumber")
"""What is compared as a reference; names and metadata are not compared, for a part of one may be enough for the API."""


def parameters(given: Mapping[str, str | None]) -> dict[str, str]:
    """The API's parameters for the options given; raises `UsageFault` naming the option."""
    return {FILTERS[n].parameter: _checked(FILTERS[n], v) for n, v in given.items() if v is not None}


def _checked(f: Filter, value: str) -> str:
    if f.money:
        return dollars(parse_money(value, f.option, zero=True))
    if f.words:
        word = value.upper().replace("-", "_")
        word = MEANT.get(word, word)
        if word not in f.words:
            raise UsageFault(f"{f.option}: {value!r} is none of {', '.join(f.words)}")
        return word
    if f.digits:
        if not (value.isascii() and value.isdigit() and len(value) <= 18) or f.digits not in (-1, len(value)):
            what = "a number" if f.digits == -1 else f"{f.digits} digits"
            raise UsageFault(f"{f.option}: {value!r} is not {what}")
        return value
    if not 1 <= len(value) <= f.most or not value.isprintable():
        raise UsageFault(f"{f.option}: {value!r} must have 1 to {f.most} printable characters")
    return value


def fits(item: Any, wanted: Mapping[str, str]) -> bool:
    """Whether an item of a list states nothing else than was asked for."""
    stated: dict[str, Any] = item if isinstance(item, dict) else {}
    batch, vault = stated.get("settlement"), stated.get("vault")
    if isinstance(batch, dict):
        stated = {"settlementId": batch.get("settlementId")} | stated
        if "settlementId" in wanted and batch.get("settled") is (wanted["settlementId"] == "0"):
            return False
    if isinstance(vault, dict):
        stated = {"lastFour": vault.get("lastFour")} | stated
    return all(_agrees(name, stated.get(name), value) for name, value in wanted.items())


def _agrees(name: str, said: Any, wanted: str) -> bool:
    """Whether a stated value is the one that was asked for, in whatever spelling; an absent one is no other."""
    if name in REFERENCES:
        return resembles(wire.words(said), wanted)
    f = next((f for f in FILTERS.values() if f.parameter == name), None)
    if f is not None and f.money:
        return wire.money(said) in (None, Money(wanted))
    if f is not None and f.digits:
        return wire.number(said) in (None, int(wanted))
    return f is None or not f.words or (wire.text(said) or wanted).upper() == wanted


def span(since: datetime | None, last: datetime | None) -> dict[str, str]:
    """The API's `startDate` and `endDate`, both included, whole seconds with offset.

    No page says whether it keeps fractions of a second. To read one whole day, ask up to the start of the next, and
    drop what is later.
    """
    found = {"startDate": since, "endDate": last}
    return {name: at.isoformat(timespec="seconds") for name, at in found.items() if at is not None}
