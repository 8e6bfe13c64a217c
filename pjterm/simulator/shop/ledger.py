"""Transactions: how one is booked, and its total (TXPOST)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pjterm.simulator.shop import webhooks
from pjterm.simulator.shop.gateway import Decision, decide
from pjterm.simulator.shop.inventory import ACCOUNT, Account
from pjterm.simulator.shop.issuer import Answer
from pjterm.simulator.shop.moment import Moment
from pjterm.simulator.shop.rows import Request
from pjterm.values import dataclass

AMOUNTS = ("amountBase", "amountTax", "amountShipping", "amountTip", "amountSurcharge", "amountSurchargeTax",
           "amountFreight", "amountReject")  # fmt: skip
SURCHARGED = ("amountBase", "amountTax", "amountShipping", "amountTip")
"""What a surcharge is computed from: 3 % of all four in the documented sample (TXGET)."""
TEXTS = ("invoiceNumber", "purchaseOrderNumber", "note")
PERSON = ("firstName", "middleName", "lastName", "companyName", "email", "phone", "phone2", "jobTitle",
          "identifier", "website")  # fmt: skip
ADDRESS = ("address", "city", "state", "country", "zip")
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Card:
    """The card presented: its number tells cards apart and never leaves the books."""

    number: str
    pin_debit: bool = False
    brand: str = "VISA"
    kind: str = "CARD"
    """CARD, or ACH for a bank account."""


@dataclass(frozen=True, slots=True)
class Order:
    """A transaction to book: the parameters as sent, already checked."""

    action: str
    form: Mapping[str, str]
    card: Card
    service: str
    method: str
    account: Account = ACCOUNT
    decline: str | None = None
    """A code that the issuer returns whatever the amount."""
    tip: str | None = None
    signed: bool = False
    original: int | None = None
    """The charge that a linked refund is for."""
    approves: str | None = None
    """The bank authorizes only this much."""
    elsewhere: bool = False
    """Whether it is another till's in the scenario, not the program's under test."""


def book(m: Moment, order: Order, request: Request | None = None) -> dict[str, Any]:
    """Authorize, book, and send the bookkeeping webhooks. Returns the record."""
    asked = _amounts(order)
    decision = _decision(m, order, asked)
    answer = decision.answer
    amounts = _amounts(order, order.approves) if answer.approved else asked
    record: dict[str, Any] = {
        "transactionId": m.books.next_transaction_id(),
        "terminalId": order.account.terminal_id,
        "action": order.action,
        "amounts": amounts,
        "surcharge": _percentage(order, amounts),
        "status": (order.form.get("status") or "CAPTURE") if answer.approved else "DECLINED",
        "code": answer.code,
        "message": answer.message,
        "level3": answer.level3,
        "avs": decision.avs,
        "cvv": decision.cvv,
        "card": order.card.number,
        "brand": order.card.brand,
        "kind": order.card.kind,
        "pinDebit": order.card.pin_debit,
        "service": order.service,
        "method": order.method,
        "signed": order.signed and answer.approved,
        "original": order.original,
        "elsewhere": order.elsewhere,
        "batch": None,
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


def _decision(m: Moment, order: Order, amounts: Mapping[str, str]) -> Decision:
    if order.decline is not None:
        return Decision(Answer(order.decline))
    return decide(m, order.action, order.card.number, amounts, order.form)


def _amounts(order: Order, most: str | None = None) -> dict[str, str]:
    """The amounts of an order, of whose base the bank authorizes `most`, if it says so."""
    given = {name: order.form.get(name, "") for name in AMOUNTS}
    if most is not None:
        given["amountBase"] = str(min(Decimal(most), Decimal(given["amountBase"])))
    if order.tip is not None:
        given["amountTip"] = order.tip
    return surcharged(spelled(given), order.account, order.card, order.action, order.form)


def spelled(given: Mapping[str, str]) -> dict[str, str]:
    """Amounts in the reply's spelling and order; a zero amount has no key (guess)."""
    kept = {n: Decimal(given[n]) for n in AMOUNTS if given.get(n)}
    return {n: f"{v:.2f}" for n, v in kept.items() if v or n == "amountBase"}


def surcharged(
    amounts: dict[str, str], account: Account, card: Card, action: str, form: Mapping[str, str]
) -> dict[str, str]:
    """The amounts with the account's surcharge, if any: credit cards only; a stated 0.00 or blank is "off" (SUR)."""
    off = "amountSurcharge" in form or card.pin_debit or card.kind != "CARD" or action != "CHARGE"
    if account.surcharge is None or off:
        return amounts
    base = sum((Decimal(amounts[n]) for n in SURCHARGED if n in amounts), Decimal(0))
    part = (base * account.surcharge / 100).quantize(_CENT, ROUND_HALF_UP)
    return spelled(amounts | {"amountSurcharge": str(part)})


def _percentage(order: Order, amounts: Mapping[str, str]) -> str | None:
    """The percentage that a reply states, if the gateway has added a surcharge."""
    added = order.account.surcharge is not None and "amountSurcharge" in amounts
    return str(order.account.surcharge) if added else None


def people(form: Mapping[str, str], side: str) -> dict[str, str]:
    """billingFirstName and the like, without the prefix and in the reply's spelling."""
    names = (*PERSON, *ADDRESS)
    sent = {n: form.get(parameter(side, n), "") for n in names}
    return {n: text for n, text in sent.items() if text}


def parameter(side: str, name: str) -> str:
    """`billing` and `firstName` as the parameter `billingFirstName`."""
    return f"{side}{name[0].upper()}{name[1:]}"


def is_settled(record: Mapping[str, Any]) -> bool:
    """Whether the batch of this transaction has closed; HOLD, VOID, declines and verifications never settle."""
    return settlement_id(record) != 0


def settlement_id(record: Mapping[str, Any]) -> int:
    """The settlement's number; 0 while there is none."""
    return int(record["batch"] or 0) if is_captured(record) else 0


def is_captured(record: Mapping[str, Any]) -> bool:
    """Whether it moves money when its batch closes; a verification moves none (TXPOST)."""
    captured: bool = record["status"] == "CAPTURE" and record["code"] == "00"
    return captured and record["action"] != "VERIFY"


def total(record: Mapping[str, Any]) -> Decimal:
    """All amounts together, tip and surcharge included."""
    return sum((Decimal(v) for v in record["amounts"].values()), Decimal(0)).quantize(_CENT)
