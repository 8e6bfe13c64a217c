"""Schedules: stored and shown (SCHPOST, SCHGET, SCHLIST, SCHACT). No schedule ever charges anything here."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from pjterm.simulator.api import sources
from pjterm.simulator.api.desk import Desk
from pjterm.simulator.api.paging import page_of
from pjterm.simulator.api.replies import Reply, as_json, not_found
from pjterm.simulator.api.transactions import OPTIONAL_MONEY, check_surcharge
from pjterm.simulator.shop import ledger
from pjterm.simulator.shop.spelling import seconds_z

SCHEDULE = "schedule"
_STATUSES = ("ACTIVE", "DELINQUENT", "DELETED", "COMPLETED", "PAUSED")


def schedules(desk: Desk) -> Reply:
    """GET /schedules, by status if one is given."""
    wanted = desk.form.choice("status", _STATUSES)
    desk.form.check()
    return page_of(desk, [s for s in desk.books.documents(SCHEDULE) if wanted in ("", s["status"])])


def create(desk: Desk) -> Reply:
    """POST /schedules."""
    form = desk.form
    account = desk.account(required=False)
    kind = form.choice("scheduleType", ("PERIODIC", "SPECIFIC_DATES"), required=True)
    base, earlier = form.amount_base(), sources.original(desk)
    card = sources.source(desk, earlier).card
    amounts = {"amountBase": base} | {name: form.money(name) for name in OPTIONAL_MONEY}
    check_surcharge(desk, account)
    form.choice("bypassDuplicate", ("true", "false"))
    when = _periodic(desk) if kind == "PERIODIC" else _dates(desk)
    form.check()
    number, now = desk.books.count("schedules"), seconds_z(desk.m.now)
    off = {"amountSurcharge": ""} if "amountSurcharge" in form else {}
    money = ledger.surcharged(ledger.spelled(amounts), account, card, "CHARGE", off)
    start = when.pop("startDate")
    made: dict[str, Any] = {"scheduleId": number, "terminalId": account.terminal_id, "scheduleType": kind, **when}
    made |= money | {"amountTotal": f"{sum(map(Decimal, money.values())):.2f}"}
    made["vault"] = {"accountType": card.brand, "lastFour": card.number[-4:], "type": card.kind}
    made |= {"status": "ACTIVE", "startDate": start, "created": now, "lastModified": now}
    desk.books.keep(SCHEDULE, number, made)
    return as_json(made)


def _periodic(desk: Desk) -> dict[str, Any]:
    form = desk.form
    interval = form.choice("interval", ("DAY", "WEEK", "MONTH", "YEAR"), required=True)
    count, cap = form.number("intervalCount", 1000) or 1, form.number("intervalCap", 100_000)
    shown: dict[str, Any] = {"interval": interval, "intervalCount": count, "startDate": _day(desk, "startDate")}
    return shown | ({"intervalCap": cap} if cap is not None else {})


def _dates(desk: Desk) -> dict[str, Any]:
    return {"startDate": _day(desk, "specificDate1")}


def _day(desk: Desk, name: str) -> str:
    value = desk.form.required(name)
    if value and not _is_day(value):
        desk.form.wrong(name)
    return value


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def show(desk: Desk, number: str) -> Reply:
    """GET /schedules/{id}."""
    return as_json(_known(desk, number))


def activate(desk: Desk, number: str) -> Reply:
    """POST /schedules/{id}/activate: the schedule is ACTIVE."""
    found = _known(desk, number) | {"status": "ACTIVE", "lastModified": seconds_z(desk.m.now)}
    desk.books.keep(SCHEDULE, number, found)
    return as_json(found)


def _known(desk: Desk, number: str) -> dict[str, Any]:
    found = desk.books.document(SCHEDULE, number)
    if found is None:
        raise not_found()
    return found
