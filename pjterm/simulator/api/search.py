"""GET /transactions: every documented filter, newest first, in pages (TXLIST)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any

from pjterm.simulator.api import views
from pjterm.simulator.api.desk import Desk
from pjterm.simulator.api.paging import page
from pjterm.simulator.api.replies import Reply
from pjterm.simulator.shop import ledger
from pjterm.values import dataclass

ACTIONS = ("CHARGE", "REFUND", "VERIFY")
STATUSES = ("CAPTURE", "DECLINED", "HOLD", "REJECT", "VOID")
SERVICES = ("API", "INVOICE", "MOBILE", "QUICKSHOP", "RECURRING", "SMART_TERMINAL", "VIRTUAL_TERMINAL")
_METADATA = ("metadata[externalId]", "metadata[externalData]")
_Test = Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class _Query:
    since: float | None
    until: float | None
    invoice: str | None
    tests: tuple[_Test, ...]


def search(desk: Desk) -> Reply:
    """One page of the transactions that fit all filters."""
    query = _read(desk)
    offset, limit = desk.paging()
    rows = desk.books.transactions(since=query.since, until=query.until, invoice=query.invoice)
    seen = desk.m.now - desk.m.setting.scaled(desk.m.setting.scenario.search_lag)
    fitting = (r for r in rows if r["created"] <= seen and all(test(r) for test in query.tests))
    found = list(islice(fitting, offset, offset + limit + 1))
    shown = [views.brief(r, desk.version, desk.call.base) for r in found[:limit]]
    return page(desk, shown, len(found) > limit)


def _read(desk: Desk) -> _Query:
    form = desk.form
    tests: list[_Test] = []

    def equal(value: str, of: Callable[[Mapping[str, Any]], Any]) -> None:
        if value:
            tests.append(lambda r: str(of(r)) == value)

    equal(form.choice("action", ACTIONS), lambda r: r["action"])
    equal(form.choice("status", STATUSES), lambda r: r["status"])
    equal(form.choice("service", SERVICES), lambda r: r["service"])
    equal(form.text("purchaseOrderNumber", 32), lambda r: r.get("purchaseOrderNumber"))
    equal(form.text("billingFirstName", 16), lambda r: r["billing"].get("firstName"))
    equal(form.text("billingLastName", 32), lambda r: r["billing"].get("lastName"))
    equal(form.text("billingIdentifier", 64), lambda r: r["billing"].get("identifier"))
    equal(_digits(desk, "lastFour", 4), lambda r: r["card"][-4:])
    equal(_digits(desk, "settlementId"), lambda r: ledger.settlement_id(r))
    equal(_digits(desk, "terminalId"), lambda r: r["terminalId"])
    equal(_digits(desk, "transactionId"), lambda r: r["transactionId"])
    equal(form.get("scheduleId"), lambda _: "")
    for name in _METADATA:
        equal(form.ascii(name, 36), lambda r, name=name: r.get(name))  # type: ignore[misc]
    if amount := form.money("amountTotal"):
        tests.append(lambda r: ledger.total(r) == Decimal(amount))
    since, until = form.moment("startDate"), form.moment("endDate")
    if until is not None:  # by the whole second that a reply shows
        tests.append(lambda r: int(r["created"]) <= until)
    invoice = form.text("invoiceNumber", 32) or None
    form.check()
    return _Query(since, None if until is None else until + 1.0, invoice, tuple(tests))


def _digits(desk: Desk, name: str, length: int | None = None) -> str:
    value = desk.form.get(name)
    if value and (not (value.isascii() and value.isdigit()) or (length is not None and len(value) != length)):
        desk.form.wrong(name)
    return value
