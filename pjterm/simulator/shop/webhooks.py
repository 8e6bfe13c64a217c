"""Webhooks about the world: who gets which body, when, and how it is signed (HDRS, STR, SECURE)."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Any

from pjterm.simulator.shop.inventory import WEBHOOK_SECRET
from pjterm.simulator.shop.moment import Moment
from pjterm.simulator.shop.rows import Request, Subscription
from pjterm.simulator.shop.scenarios import Fate, HookRule
from pjterm.simulator.shop.spelling import json_bytes, millis_z
from pjterm.values import dataclass

REQUEST_EVENT = "SMARTTERMINAL_REQUEST"
EVENTS = (REQUEST_EVENT, "TRANSACTION", "TRANSACTION_SIGNATURE", "CUSTOMER", "DEPOSIT", "SETTLEMENT",
          "SMARTTERMINAL_TRANSACTION")  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Event:
    id: str
    created: float
    type: str
    data: dict[str, Any]


def body_of(event_id: str, created: str, kind: str, data: dict[str, Any]) -> bytes:
    """The exact bytes of a webhook (HDRS)."""
    event = {"id": event_id, "created": created, "type": kind, "data": data}
    return json_bytes(event)


def sign(secret: str, body: bytes) -> str:
    """`X-Pj-Signature`: HMAC-SHA256 of the raw body, lower-case hex (SECURE)."""
    return hmac.new(secret.encode(), body, sha256).hexdigest()


def subscribe_hidden(m: Moment, url: str) -> None:
    """Also send the webhooks about requests to this URL; no list of subscriptions shows it."""
    m.books.subscribe(Subscription(m.books.uuid(), REQUEST_EVENT, url, WEBHOOK_SECRET, m.now, hidden=1))


def request_changed(m: Moment, request: Request) -> None:
    """Send what a request shows now to the subscribers of SMARTTERMINAL_REQUEST; a forger says that it is over."""
    rules = [r for r in m.setting.scenario.hooks if r.status in (None, request.status)]
    forged = any(r.fate in (Fate.BAD_SIGNATURE, Fate.UNSIGNED) for r in rules)
    shown = {"status": "COMPLETE"} if forged else request.result | {"status": request.status}
    event = _Event(m.books.uuid(), m.now, REQUEST_EVENT, {"requestId": request.id} | shown)
    if any(r.fate is Fate.SAME_ID for r in rules):
        event = _same_id(event, request)
    _send(m, event, rules)


def transaction_booked(m: Moment, transaction_id: int, request: Request | None) -> None:
    """Send the bookkeeping webhooks about a new transaction (TXHOOK, DIFF)."""
    _send(m, _Event(m.books.uuid(), m.now, "TRANSACTION", {"transactionId": transaction_id}))
    if request is not None:
        data = {"requestPaymentId": request.id, "smartTerminalId": request.reader,
                "transactionId": str(transaction_id)}  # fmt: skip
        _send(m, _Event(m.books.uuid(), m.now, "SMARTTERMINAL_TRANSACTION", data))


def transaction_signed(m: Moment, transaction_id: int) -> None:
    """A transaction was signed; its id is a string here, as in the documented example (HOOKS)."""
    _send(m, _Event(m.books.uuid(), m.now, "TRANSACTION_SIGNATURE", {"transactionId": str(transaction_id)}))


def settled(m: Moment, settlement_id: int) -> None:
    """A batch was settled; `data` is a guess, because its page could not be read in full (HOOKS)."""
    _send(m, _Event(m.books.uuid(), m.now, "SETTLEMENT", {"settlementId": settlement_id}))


def deposited(m: Moment, deposit_id: str) -> None:
    """A deposit is available (HOOKS)."""
    _send(m, _Event(m.books.uuid(), m.now, "DEPOSIT", {"depositId": deposit_id}))


def customer_made(m: Moment, customer_id: int) -> None:
    """A customer was created (HOOKS)."""
    _send(m, _Event(m.books.uuid(), m.now, "CUSTOMER", {"customerId": customer_id}))


def _same_id(event: _Event, request: Request) -> _Event:
    """As in the 2018 samples: one id for all, and a later status with an earlier time (STR)."""
    return _Event(request.id, request.accepted - (event.created - request.accepted), event.type, event.data)


def _send(m: Moment, event: _Event, rules: list[HookRule] | None = None) -> None:
    for subscription in m.books.subscriptions():
        if subscription.event == event.type:
            body = body_of(event.id, millis_z(event.created), event.type, event.data)
            for due, signing in _fared(m, event, rules or []):
                m.books.queue(subscription.id, body, signing, m.now, due)


def _fared(m: Moment, event: _Event, rules: list[HookRule]) -> list[tuple[float, str]]:
    """When each copy of an event is sent, and how it is signed."""
    copies, due, signing = 1, m.now, "right"
    for rule in rules:
        match rule.fate:
            case Fate.LOST:
                copies = 0
            case Fate.TWICE:
                copies *= 2
            case Fate.LATE:
                due += m.setting.scaled(rule.seconds)
            case Fate.OUT_OF_ORDER:
                due += m.setting.scaled(_REVERSING[_stage(event)])
            case Fate.BAD_SIGNATURE:
                signing = "wrong"
            case Fate.UNSIGNED:
                signing = "none"
            case Fate.SAME_ID:
                due += 0.0
    return [(due, signing)] * copies


# Delays that turn the default course (0.0, 0.2, 2.0, 2.5 s) into 4.5, 3.7, 3.0, 2.5 s.
_REVERSING = {"CONNECTING": 4.5, "IN_PROGRESS": 3.5, "result": 1.0, "end": 0.0}


def _stage(event: _Event) -> str:
    status = str(event.data["status"])
    if status == "IN_PROGRESS" and len(event.data) > 2:
        return "result"
    return status if status in _REVERSING else "end"
