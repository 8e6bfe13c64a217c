"""The transaction routes: show, book (re-bill, linked refund, keyed card), change, void (TXPOST, TXPUT)."""

from __future__ import annotations

import re
from decimal import Decimal
from hashlib import sha256
from typing import Any

from pjterm.simulator.api.desk import Desk
from pjterm.simulator.api.replies import Reply, as_json
from pjterm.simulator.api.search import ACTIONS
from pjterm.simulator.shop import ledger
from pjterm.simulator.shop.inventory import ACCOUNT

SETTLED = "Status can not be updated because the Transaction has been settled."  # REFUND
_CARD = re.compile(r"[0-9]{12,19}")
_OPTIONAL_MONEY = ("amountTax", "amountShipping", "amountTip", "amountSurcharge", "amountSurchargeTax")
_TEXTS = {"invoiceNumber": 32, "purchaseOrderNumber": 32, "note": 2048}
_CONTACT = ("billing", "shipping")
_CONTACT_LIMIT = 128


def show(desk: Desk, number: str) -> Reply:
    """GET /transactions/{id}."""
    return _shown(desk, desk.transaction(number))


def _shown(desk: Desk, record: dict[str, Any]) -> Reply:
    return as_json(ledger.view(desk.m, record, desk.version, desk.call.base))


# -- POST -----------------------------------------------------------------------------------------


def book(desk: Desk) -> Reply:
    """POST /transactions: 200 also when declined (TXPOST)."""
    form = desk.form
    action = form.choice("action", ACTIONS) or "CHARGE"
    form.account(ACCOUNT.terminal_id, required=False)
    form.choice("status", ("HOLD", "CAPTURE"))
    kept = _optional(desk)
    original = _original(desk)
    if action == "REFUND" and original is not None:
        return _linked_refund(desk, original, kept)
    kept["amountBase"] = _base(desk, action, original)
    card = ledger.Card(original["card"] if original is not None else _keyed(desk))
    form.check()
    order = ledger.Order(action, kept, card, "API", "KEYED" if original is None else original["method"])
    return _shown(desk, ledger.book(desk.m, order))


def _optional(desk: Desk) -> dict[str, str]:
    form = desk.form
    kept = {name: form.money(name) for name in _OPTIONAL_MONEY}
    kept |= {name: form.text(name, most) for name, most in _TEXTS.items()}
    kept |= {name: form.text(name, _CONTACT_LIMIT) for name in form.with_prefix(*_CONTACT)}
    kept |= {name: form.text(name, 36) for name in form.with_prefix("metadata[")}
    return {name: value for name, value in (kept | {"status": form.get("status")}).items() if value}


def _original(desk: Desk) -> dict[str, Any] | None:
    """The earlier transaction named by `transactionId`; vaults, tokens and schedules do not exist here."""
    form = desk.form
    for name in ("vaultId", "tokenId", "scheduleId"):
        if form.get(name):
            form.wrong(name)
    number = form.get("transactionId")
    if not number:
        return None
    found = desk.books.transaction(int(number)) if re.fullmatch(r"[0-9]{1,18}", number) else None
    if found is None:
        form.wrong("transactionId", f"Transaction Id {number[:40]} does not exist.")
        form.check()
    return found


def _base(desk: Desk, action: str, original: dict[str, Any] | None) -> str:
    """A verification may be of 0; a re-bill without amount takes the original's."""
    form = desk.form
    if not form.get("amountBase") and original is not None:
        return str(original["amounts"]["amountBase"])
    return (form.money("amountBase") or "0.00") if action == "VERIFY" else form.amount_base()


def _keyed(desk: Desk) -> str:
    form = desk.form
    number = form.required("cardNumber").replace(" ", "")
    if number and not _CARD.fullmatch(number):
        form.wrong("cardNumber")
    for name, least, most in (("cardExpMonth", 1, 12), ("cardExpYear", 0, 2099)):
        form.required(name)
        value = form.number(name, most)
        if value is not None and value < least:
            form.wrong(name)
    # Enough to tell cards apart and to show the last four; a real number typed in is not kept.
    return f"{sha256(number.encode()).hexdigest()[:12]}-{number[-4:]}"


def _linked_refund(desk: Desk, original: dict[str, Any], kept: dict[str, str]) -> Reply:
    """Every amount that is not stated is refunded, too (REFUND); at most what the charge still holds."""
    form, left = desk.form, _refundable(desk, original)
    if form.get("amountBase"):
        kept["amountBase"] = form.amount_base()
    form.check()
    amounts = {name: kept[name] for name in ledger.AMOUNTS if name in kept}
    inherited = {name: value for name, value in original["amounts"].items() if name not in form}
    asked = sum((Decimal(value) for value in (inherited | amounts).values()), Decimal(0))
    if asked > left:
        form.wrong("amountBase", f"Amount Base must not be greater than {left:.2f}, what can be refunded.")
    form.check()
    order = ledger.Order(
        "REFUND", {"amountBase": "0.00"} | inherited | kept, ledger.Card(original["card"], original["pinDebit"]),
        "API", original["method"], original=original["transactionId"],
    )  # fmt: skip
    return _shown(desk, ledger.book(desk.m, order))


def _refundable(desk: Desk, original: dict[str, Any]) -> Decimal:
    """What the charge took, tip and all, less the refunds linked to it before."""
    if original["action"] != "CHARGE" or original["code"] != "00" or original["status"] == "VOID":
        desk.form.wrong("transactionId", "Transaction can not be refunded.")
        desk.form.check()
    number = original["transactionId"]
    earlier = (r for r in desk.books.transactions(since=original["created"]) if r["original"] == number)
    back = sum((ledger.total(r) for r in earlier if r["status"] not in ("VOID", "DECLINED")), Decimal(0))
    return ledger.total(original) - back


# -- PUT ------------------------------------------------------------------------------------------


def change(desk: Desk, number: str) -> Reply:
    """PUT /transactions/{id}: only what is sent changes; amounts and status before settlement (TXPUT)."""
    record, form = desk.transaction(number), desk.form
    status = form.choice("status", ("HOLD", "CAPTURE", "VOID"))
    amounts = {n: form.money(n) for n in _OPTIONAL_MONEY if n in form}
    if form.get("amountBase"):
        amounts["amountBase"] = form.amount_base()
    texts = {n: form.text(n, most) for n, most in _TEXTS.items() if n in form}
    contact = {n: form.text(n, _CONTACT_LIMIT) for n in form.with_prefix(*_CONTACT)}
    _may_change(desk, record, status, amounts)
    form.check()
    if status == "VOID":
        return _voided(desk, record)
    _write(desk, record, status, amounts, texts, contact)
    return _shown(desk, record)


def _may_change(desk: Desk, record: dict[str, Any], status: str, amounts: dict[str, str]) -> None:
    form = desk.form
    settled = ledger.is_settled(desk.m, record)
    for name in amounts if settled or record["status"] in ("DECLINED", "VOID") else ():
        form.wrong(name)
    if status and record["status"] != status:
        if settled:
            form.wrong("status", SETTLED)
        elif record["status"] in ("DECLINED", "VOID") or (status == "VOID" and not _voidable(desk, record)):
            form.wrong("status", f"Status can not be updated to {status} for this Transaction.")


def _voidable(desk: Desk, record: dict[str, Any]) -> bool:
    """PIN debit never is (REFUND); whether an unsettled refund is, is a guess."""
    return not record["pinDebit"] and (record["action"] != "REFUND" or desk.m.setting.guesses.refund_voidable)


def _voided(desk: Desk, record: dict[str, Any]) -> Reply:
    if record["status"] != "VOID":
        record |= {"status": "VOID", "modified": desk.m.now}
        desk.books.book(record)
    return _shown(desk, record)


def _write(desk: Desk, record: dict[str, Any], status: str, amounts: dict[str, str],
           texts: dict[str, str], contact: dict[str, str]) -> None:  # fmt: skip
    if status == "CAPTURE" and record["status"] == "HOLD":
        record["captured"] = desk.m.now
    record["status"] = status or record["status"]
    for name, value in amounts.items():
        record["amounts"].pop(name, None)
        if value:
            record["amounts"][name] = f"{Decimal(value):.2f}"
    for name, value in texts.items():
        record.pop(name, None)
        if value:
            record[name] = value
    for side in _CONTACT:
        record[side] |= ledger.people(contact, side)
    desk.books.book(record | {"modified": desk.m.now})
