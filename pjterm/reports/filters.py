"""What a search of transactions asks for: every filter of the article, checked before anything is sent.

Limits and words are the API's (TXLIST). Dates are what a person types in local time; they go out with
their offset, for the API takes no time without a zone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from pjterm.core.money import dollars, parse_money
from pjterm.errors import UsageFault

ACTIONS = ("CHARGE", "REFUND", "VERIFY")
STATUSES = ("CAPTURE", "DECLINED", "HOLD", "REJECT", "VOID")
SERVICES = ("API", "INVOICE", "MOBILE", "QUICKSHOP", "RECURRING", "SMART_TERMINAL", "VIRTUAL_TERMINAL")
FIRST_YEAR, LAST_YEAR = 1980, 2999
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


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


def parameters(given: Mapping[str, str | None]) -> dict[str, str]:
    """The API's parameters for the options given; raises `UsageFault` naming the option."""
    return {FILTERS[n].parameter: _checked(FILTERS[n], v) for n, v in given.items() if v is not None}


def _checked(f: Filter, value: str) -> str:
    if f.money:
        return dollars(parse_money(value, f.option, zero=True))
    if f.words:
        word = value.upper().replace("-", "_")
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


# -- dates -------------------------------------------------------------------------------------------


def local_day(text: str, what: str) -> date:
    """A day as a person types it, `2026-11-23`; one that does not exist is refused."""
    try:
        if _DAY.fullmatch(text):
            day = date.fromisoformat(text)
            check_near(day, what)
            return day
    except ValueError:
        pass
    raise UsageFault(f"{what}: {text!r} is no date like 2026-11-23")


def check_near(day: date, what: str) -> None:
    """Refuse a year that nothing was booked in: at the ends of the calendar no zone can be reckoned with."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise UsageFault(f"{what}: {day.year:04d} is not a year from {FIRST_YEAR} to {LAST_YEAR}")


def bounds(day: date, zone: tzinfo | None = None) -> tuple[datetime, datetime]:
    """Begin of a day and of the next one, in local time (or `zone`), offsets as they are on that day."""
    return _midnight(day, zone), _midnight(day + timedelta(days=1), zone)


def _midnight(day: date, zone: tzinfo | None) -> datetime:
    return _in_zone(datetime.combine(day, time()), zone)


def _in_zone(at: datetime, zone: tzinfo | None) -> datetime:
    return at.astimezone() if zone is None else at.replace(tzinfo=zone)


def moment(text: str, what: str, *, end: bool = False, zone: tzinfo | None = None) -> datetime:
    """A date or a date with time, local unless it has an offset; a bare date's `end` is its last second."""
    if _DAY.fullmatch(text):
        begin, following = bounds(local_day(text, what), zone)
        return following - timedelta(seconds=1) if end else begin
    try:
        at = datetime.fromisoformat(text) if text[:4].isdigit() and "T" in text.replace(" ", "T") else None
    except ValueError:
        at = None
    if at is None:
        raise UsageFault(f"{what}: {text!r} is no date like 2026-11-23 or 2026-11-23T18:00")
    check_near(at, what)
    return at if at.tzinfo is not None else _in_zone(at, zone)


def span(since: datetime | None, until: datetime | None) -> dict[str, str]:
    """The API's `startDate` and `endDate`, whole seconds with offset."""
    if since is not None and until is not None and until < since:
        raise UsageFault("--until: is before --since")
    found = {"startDate": since, "endDate": until}
    return {name: at.isoformat(timespec="seconds") for name, at in found.items() if at is not None}
