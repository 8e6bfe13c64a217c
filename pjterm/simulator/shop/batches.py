"""Batches, settlements and deposits: when an account's batch closes, and what becomes of it.

An account's batch closes at an hour of Pacific local time (S-AUTO, S-BATCH), or by hand. Its captured
transactions are then settled: one settlement, PENDING until the banks have processed it, and then a deposit. A
transaction on HOLD stays open, and is voided on its seventh day (S-HOLD). A batch without a captured
transaction makes no settlement (guess).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from pjterm.simulator.shop import webhooks
from pjterm.simulator.shop.inventory import ACCOUNT, FIRST_SETTLEMENT_ID, Account
from pjterm.simulator.shop.ledger import is_captured, total
from pjterm.simulator.shop.moment import Moment
from pjterm.simulator.shop.spelling import seconds_z

SETTLEMENT, DEPOSIT = "settlement", "deposit"
HELD_DAYS = 6  # voided on the day after
NEW = 900.0  # seconds for which new books stay open: a test that charges and voids would else fail once a day
_PACIFIC = "America/Los_Angeles"
_SAME_DAY_CLOSE = "17:00"  # the bank processes a later close a day later
_Records = Sequence[dict[str, Any]]


# -- when -----------------------------------------------------------------------------------------


def next_close(account: Account, after: float) -> float | None:
    """When this account's batch closes next by the clock; None if it never does."""
    if account.closes == "never":
        return None
    hour, minute = (int(part) for part in account.closes.split(":"))
    begin = datetime.fromtimestamp(after, UTC).astimezone(ZoneInfo(_PACIFIC))
    close = begin.replace(hour=hour, minute=minute, second=0, microsecond=0)
    while close.timestamp() <= after:
        close += timedelta(days=1)  # the same local hour, even across a day of 23 or 25 hours
    return close.timestamp()


def next_due(m: Moment) -> tuple[float, Account] | None:
    """The account whose batch closes first, if that is due by now."""
    closes = [(due, a) for a in m.setting.accounts if (due := _due(m, a)) is not None and due <= m.now]
    return min(closes, key=lambda c: c[0], default=None)


def next_void(m: Moment) -> tuple[float, dict[str, Any]] | None:
    """The hold that is voided first, if that is due by now: at 5 pm Pacific, whenever its account's batch closes."""
    held = m.books.oldest_hold(m.now - HELD_DAYS * 86_400)
    due = None if held is None else next_close(ACCOUNT, held["created"] + HELD_DAYS * 86_400)
    return None if held is None or due is None or due > m.now else (due, held)


def _due(m: Moment, account: Account) -> float | None:
    after = m.setting.scenario.settle_after
    if after is not None:
        return min((r["captured"] + m.setting.scaled(after) for r in _captured(m, account)), default=None)
    planned = m.books.meta(_name(account))
    return _plan(m.at(m.now + NEW), account) if planned is None else float(planned) or None


def _plan(m: Moment, account: Account) -> float | None:
    """Store when the batch closes next; 0 stands for never."""
    due = next_close(account, m.now)
    m.books.set_meta(_name(account), repr(due or 0.0))
    return due


def _name(account: Account) -> str:
    return f"closes:{account.terminal_id}:{account.closes}"


def _captured(m: Moment, account: Account) -> _Records:
    return [r for r in m.books.open_batch(account.terminal_id) if is_captured(r)]


# -- the close ------------------------------------------------------------------------------------


def close(m: Moment, account: Account) -> int:
    """Close an account's batch now; return how many transactions were settled."""
    waiting = m.books.open_batch(account.terminal_id)
    inside = [r for r in waiting if r["status"] != "HOLD"]
    settled = [r for r in inside if is_captured(r)]
    if settled:
        _settle(m, account, inside)
    _plan(m, account)
    return len(settled)


def void(m: Moment, held: dict[str, Any]) -> None:
    """Void a hold that was not captured in time."""
    m.books.book(held | {"status": "VOID", "modified": m.now})


def skip(m: Moment, account: Account, until: float) -> bool:
    """Skip this account's due closes, however many, if its batch is empty; return whether it is."""
    if m.books.open_batch(account.terminal_id):
        return False
    _plan(m.at(until), account)
    return True


def _settle(m: Moment, account: Account, inside: _Records) -> None:
    number = FIRST_SETTLEMENT_ID - 1 + m.books.count("settlements")
    for record in inside:
        m.books.book(record | {"batch": number})
    rows = breakdown([r for r in inside if r["action"] != "VERIFY"])
    shown = {"settlementId": number, "terminalId": account.terminal_id, "created": seconds_z(m.now),
             "amountNet": net(rows), "status": "PENDING", "breakdown": rows}  # fmt: skip
    m.books.keep(SETTLEMENT, number, shown, m.now + m.setting.guesses.settlement_completes_seconds)
    webhooks.settled(m, number)


_SHOWN = {"CAPTURE": "CAPTURED"}
_Row = dict[str, Any]


def breakdown(records: _Records) -> list[_Row]:
    """One row per brand, action and status, in that order; amounts are JSON numbers (SET1)."""

    def key(r: Mapping[str, Any]) -> tuple[str, str, str]:
        return r["brand"], r["action"], _SHOWN.get(r["status"], r["status"])

    rows = []
    for (brand, action, status), group in groupby(sorted(records, key=key), key):
        totals = [total(r) for r in group]
        rows.append({"brand": brand, "action": action, "status": status, "count": len(totals),
                     "amount": float(sum(totals, Decimal(0)))})  # fmt: skip
    return rows


def net(rows: Sequence[_Row]) -> float:
    """Captured charges less captured refunds; voids and declines do not count (as the sample adds up)."""
    signs = {("CHARGE", "CAPTURED"): 1, ("REFUND", "CAPTURED"): -1}
    parts = (Decimal(str(r["amount"])) * signs.get((r["action"], r["status"]), 0) for r in rows)
    return float(sum(parts, Decimal(0)))


# -- the deposit ----------------------------------------------------------------------------------


def complete(m: Moment, settlement: dict[str, Any]) -> None:
    """The banks have processed a settlement: it is COMPLETE, and its money is deposited."""
    m.books.keep(SETTLEMENT, settlement["settlementId"], settlement | {"status": "COMPLETE"})
    account = next((a for a in m.setting.accounts if a.terminal_id == settlement["terminalId"]), None)
    if account is None or not m.setting.guesses.underwritten:
        return
    day = _deposit_day(account, settlement["created"]).isoformat()
    same = (d for d in m.books.documents(DEPOSIT) if d["depositDate"] == day)
    before = next((d for d in same if d["merchantNumber"] == account.merchant_number), None)
    deposit = _deposit(account, day, settlement, before or {"depositId": m.books.uuid()})
    m.books.keep(DEPOSIT, deposit["depositId"], deposit)
    if before is None:
        webhooks.deposited(m, deposit["depositId"])


def _deposit_day(account: Account, created: str) -> date:
    """The next banking day, one later for a late close; not on weekends (guess), holidays are not known here."""
    day = datetime.fromisoformat(created).astimezone(ZoneInfo(_PACIFIC)).date()
    for _ in range(1 if account.closes <= _SAME_DAY_CLOSE else 2):
        day += timedelta(days=1)
        while day.weekday() >= 5:
            day += timedelta(days=1)
    return day


def _deposit(account: Account, day: str, settlement: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """A deposit with this settlement added to what it had before (DEP1)."""
    brands = {d["accountType"]: Decimal(str(d["amount"])) for b in before.get("breakdown", []) for d in b["details"]}
    for brand, rows in groupby(settlement["breakdown"], lambda r: str(r["brand"])):
        brands[brand] = brands.get(brand, Decimal(0)) + Decimal(str(net(list(rows))))
    amount = float(sum(brands.values(), Decimal(0)))
    details = [{"accountType": brand, "amount": float(brands[brand])} for brand in sorted(brands)]
    return {
        "depositId": before["depositId"], "depositDate": day, "merchantNumber": account.merchant_number,
        "merchantName": f"{account.company} LLC", "amountBatch": amount, "amountFee": 0.0, "amountChargeback": 0.0,
        "amountOther": 0.0, "amountNet": amount,
        "depositAccount": {"routingNumber": "104000016", "lastFour": "5790"},
        "breakdown": [{"type": "BATCH", "amount": amount, "details": details}],
    }  # fmt: skip
