"""Transactions: how one is booked, what the duplicate check says, and how a reply shows it (TXGET)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from pjterm.simulator.shop import webhooks
from pjterm.simulator.shop.books import Request
from pjterm.simulator.shop.inventory import ACCOUNT
from pjterm.simulator.shop.issuer import APPROVAL_CODE, Answer, authorise
from pjterm.simulator.shop.moment import Moment, seconds_z

AMOUNTS = ("amountBase", "amountTax", "amountShipping", "amountTip", "amountSurcharge", "amountSurchargeTax")
TEXTS = ("invoiceNumber", "purchaseOrderNumber", "note")
PERSON = ("firstName", "middleName", "lastName", "companyName", "email", "phone", "phone2", "jobTitle",
          "identifier", "website")  # fmt: skip
ADDRESS = ("address", "city", "state", "country", "zip")
DUPLICATE_SECONDS = 600.0
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Card:
    """What was presented: the number tells cards apart and never leaves the books."""

    number: str
    pin_debit: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """A transaction to be booked: the parameters as sent, checked before."""

    action: str
    form: Mapping[str, str]
    card: Card
    service: str
    method: str
    decline: str | None = None
    """A code the issuer gives whatever the amount."""
    tip: str | None = None
    signed: bool = False
    original: int | None = None
    """The charge a linked refund is about."""


def book(m: Moment, order: Order, request: Request | None = None) -> dict[str, Any]:
    """Authorise, write down, and tell the bookkeeping webhooks. Returns the record."""
    amounts = _amounts(order)
    answer = _answer(m, order, amounts)
    record: dict[str, Any] = {
        "transactionId": m.books.next_transaction_id(),
        "terminalId": ACCOUNT.terminal_id,
        "action": order.action,
        "amounts": amounts,
        "status": _status(order, answer),
        "code": answer.code,
        "message": answer.message,
        "level3": answer.level3,
        "card": order.card.number,
        "pinDebit": order.card.pin_debit,
        "service": order.service,
        "method": order.method,
        "signed": order.signed and answer.approved,
        "original": order.original,
        "created": m.now,
        "modified": m.now,
        "captured": m.now,
        "billing": people(order.form, "billing"),
        "shipping": people(order.form, "shipping"),
        **{k: order.form[k] for k in TEXTS if order.form.get(k)},
        **{k: v for k, v in order.form.items() if k.startswith("metadata[")},
    }
    m.books.book(record)
    webhooks.transaction_booked(m, record["transactionId"], request)
    if record["signed"]:
        webhooks.transaction_signed(m, record["transactionId"])
    return record


def _amounts(order: Order) -> dict[str, str]:
    given = {k: f"{Decimal(order.form[k]):.2f}" for k in AMOUNTS if order.form.get(k)}
    if order.tip is not None:
        given["amountTip"] = f"{Decimal(order.tip):.2f}"
    return given


def _status(order: Order, answer: Answer) -> str:
    if not answer.approved:
        return "DECLINED"
    return order.form.get("status") or "CAPTURE"


def _answer(m: Moment, order: Order, amounts: dict[str, str]) -> Answer:
    if order.decline is not None:
        return Answer(order.decline)
    if _is_duplicate(m, order, amounts["amountBase"]):
        return Answer("DT")
    return authorise(order.action, Decimal(amounts["amountBase"]))


def _is_duplicate(m: Moment, order: Order, base: str) -> bool:
    """Same card, amount and invoice number within 10 minutes; refunds are not checked (guess)."""
    invoice = order.form.get("invoiceNumber") or None
    if order.action != "CHARGE" or (invoice is None and not m.setting.guesses.duplicate_without_invoice):
        return False
    earlier = m.books.transactions(since=m.now - DUPLICATE_SECONDS, invoice=invoice)
    return any(
        r["card"] == order.card.number
        and r["action"] == "CHARGE"
        and r["code"] == "00"
        and r["status"] != "VOID"
        and r["amounts"]["amountBase"] == base
        and r.get("invoiceNumber") == invoice
        for r in earlier
    )


def people(form: Mapping[str, str], side: str) -> dict[str, str]:
    """billingFirstName and the like, without the prefix and in the reply's spelling."""
    names = (*PERSON, *ADDRESS)
    sent = {n: form.get(f"{side}{n[0].upper()}{n[1:]}", "") for n in names}
    return {n: text for n, text in sent.items() if text}


def is_settled(m: Moment, record: Mapping[str, Any]) -> bool:
    """Whether the batch of this transaction has closed; HOLD, VOID and declines never settle."""
    if record["status"] != "CAPTURE" or record["code"] != "00":
        return False
    return bool(record.get("settled")) or m.now >= _closes(m, float(record["captured"]))


def _closes(m: Moment, captured: float) -> float:
    scenario = m.setting.scenario
    if scenario.settle_after is not None:
        return captured + m.setting.scaled(scenario.settle_after)
    begin = datetime.fromtimestamp(captured, UTC)
    close = begin.replace(hour=m.setting.guesses.batch_closes_utc_hour, minute=0, second=0, microsecond=0)
    return (close if close > begin else close + timedelta(days=1)).timestamp()


def settlement_id(m: Moment, record: Mapping[str, Any]) -> int:
    """Number of the batch: 0 while unsettled, else one a day."""
    return int(_closes(m, float(record["captured"])) // 86400) if is_settled(m, record) else 0


def total(record: Mapping[str, Any]) -> Decimal:
    """All amounts together, tip and surcharge included."""
    return sum((Decimal(v) for v in record["amounts"].values()), Decimal(0)).quantize(_CENT)


def view(m: Moment, record: Mapping[str, Any], version: str, base: str) -> dict[str, Any]:
    """The reply of GET /transactions/{id}; optional amounts and texts are absent when not used."""
    shown = brief(m, record, version, base)
    return shown | {side: _person_view(record[side]) for side in ("billing", "shipping")}


def brief(m: Moment, record: Mapping[str, Any], version: str, base: str) -> dict[str, Any]:
    """The item of a search: without the contact blocks."""
    number = record["transactionId"]
    shown: dict[str, Any] = {"transactionId": number, "uri": f"{base}/transactions/{number}"}
    shown |= {"terminalId": record["terminalId"], "action": record["action"], **record["amounts"]}
    shown["amountTotal"] = f"{total(record):.2f}"
    if version >= "2023-05-16" and "amountSurcharge" in record["amounts"]:
        shown["surcharge"] = {"percentage": 0.0, "status": "APPLIED"}
    shown |= {k: record[k] for k in TEXTS if k in record}
    shown["method"] = record["method"]
    if version >= "2020-04-21":
        shown["service"] = record["service"]
    shown |= {"status": record["status"], "signatureStatus": "SIGNED" if record["signed"] else "NOT_SIGNED"}
    shown |= {"created": seconds_z(record["created"]), "lastModified": seconds_z(record["modified"])}
    shown |= {"response": _response(record), "settlement": _settlement(m, record)}
    kind = "DEBIT" if record["pinDebit"] else "VISA"
    shown["vault"] = {"type": "CARD", "accountType": kind, "lastFour": record["card"][-4:]}
    return shown


def _response(record: Mapping[str, Any]) -> dict[str, Any]:
    approved = record["code"] == "00"
    processor: dict[str, Any] = {"authorized": approved and record["action"] != "REFUND"}
    if approved:
        processor["approvalCode"] = APPROVAL_CODE
    processor["level3Eligible"] = record["level3"]
    processor["avs"] = {"status": "NOT_REQUESTED", "requested": "OFF"}
    processor["cvv"] = {"status": "NOT_REQUESTED"}
    decision = {"approved": approved, "code": record["code"], "message": record["message"]}
    return decision | {"processor": processor}


def _settlement(m: Moment, record: Mapping[str, Any]) -> dict[str, Any]:
    number = settlement_id(m, record)
    return {"settled": True, "settlementId": number} if number else {"settled": False}


def _person_view(given: Mapping[str, str]) -> dict[str, Any]:
    person: dict[str, Any] = {n: given.get(n, "") for n in PERSON}
    return person | {"address": {n: given.get(n, "") for n in ADDRESS}}
