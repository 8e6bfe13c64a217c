"""The transaction routes: show, book, change, void (TXGET, TXPOST, TXPUT)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pjterm.simulator.api import contacts, sources, views
from pjterm.simulator.api.desk import Desk
from pjterm.simulator.api.forms import NOTHING
from pjterm.simulator.api.paging import page_of
from pjterm.simulator.api.replies import Reply, as_json
from pjterm.simulator.api.search import ACTIONS
from pjterm.simulator.shop import ledger
from pjterm.simulator.shop.gateway import AVS, CVV
from pjterm.simulator.shop.inventory import Account

SETTLED = "Status can not be updated because the Transaction has been settled."  # REFUND
NO_SURCHARGE = "amountSurcharge is not allowed on a surcharge-enabled terminal."  # SUR
OPTIONAL_MONEY = tuple(name for name in ledger.AMOUNTS if name != "amountBase")
_TEXTS = {"invoiceNumber": 32, "purchaseOrderNumber": 32, "note": 2048}
_METADATA = ("metadata[externalId]", "metadata[externalData]")


def show(desk: Desk, number: str) -> Reply:
    """GET /transactions/{id}."""
    return shown(desk, desk.transaction(number))


def notes(desk: Desk, number: str) -> Reply:
    """GET /transactions/{id}/notes: the note sent with it, which its own reply does not have (shape: guess)."""
    note = desk.transaction(number).get("note")
    return page_of(desk, [{"noteId": 1, "note": note}] if note else [])


def shown(desk: Desk, record: Mapping[str, Any]) -> Reply:
    """A transaction as a reply."""
    return as_json(views.whole(record, desk.version, desk.call.base))


# -- POST -----------------------------------------------------------------------------------------


def book(desk: Desk) -> Reply:
    """POST /transactions: 200 even if declined (TXPOST)."""
    form = desk.form
    action = form.choice("action", ACTIONS) or "CHARGE"
    account = desk.account(required=False)
    kept = _optional(desk)
    original = sources.original(desk)
    if action == "REFUND" and original is not None:
        return _linked_refund(desk, original, kept)
    check_surcharge(desk, account)
    kept |= _base(desk, action, account, original)
    source = sources.source(desk, original)
    form.check()
    order = ledger.Order(action, kept, source.card, "API", source.method, account)
    return shown(desk, ledger.book(desk.m, order))


def _optional(desk: Desk) -> dict[str, str]:
    form = desk.form
    kept = {name: form.money(name) for name in OPTIONAL_MONEY}
    kept |= {name: form.text(name, most) for name, most in _TEXTS.items()}
    kept |= {name: form.ascii(name, 36) for name in _METADATA}
    kept |= {"status": form.choice("status", ("HOLD", "CAPTURE")), "avs": form.choice("avs", AVS)}
    kept |= {"cvv": form.choice("cvv", CVV), "cardCvv": form.text("cardCvv", 4)}
    off = {"amountSurcharge": ""} if "amountSurcharge" in form else {}
    return off | {name: value for name, value in kept.items() if value} | contacts.given(form)


def check_surcharge(desk: Desk, account: Account) -> None:
    """A surcharge-enabled account computes it; only 0.00 or blank may be sent, which turns it off (SUR)."""
    value = desk.form.money("amountSurcharge")
    if account.surcharge is not None and value and Decimal(value) != 0:
        desk.form.wrong("amountSurcharge", NO_SURCHARGE)


def _base(desk: Desk, action: str, account: Account, original: dict[str, Any] | None) -> dict[str, str]:
    """What is charged. A verification may be of 0; a re-bill inherits what it does not state (L2)."""
    form = desk.form
    if action == "VERIFY":
        return {"amountBase": form.money("amountBase") or "0.00"}
    if original is None:
        return {"amountBase": form.amount_base()}
    earlier = {n: v for n, v in original["amounts"].items() if n not in form}
    if account.surcharge is not None:
        earlier.pop("amountSurcharge", None)  # such an account adds its own
    if "amountBase" in form:
        inherited = earlier if desk.m.setting.guesses.rebill_inherits else {}
        return inherited | {"amountBase": form.amount_base()}
    if not Decimal(earlier["amountBase"]):  # a verification's
        form.wrong("amountBase", NOTHING)
    return earlier


def _linked_refund(desk: Desk, original: dict[str, Any], kept: dict[str, str]) -> Reply:
    """Amounts that are not stated are refunded, too (REFUND); at most what is left of the charge, from its account."""
    form = desk.form
    _check_refundable(desk, original)
    account = desk.m.setting.account(original["terminalId"])
    check_surcharge(desk, account)
    if "amountBase" in form:
        kept["amountBase"] = form.amount_base()
    form.check()
    amounts = {name: kept[name] for name in ledger.AMOUNTS if kept.get(name)}
    inherited = {name: value for name, value in original["amounts"].items() if name not in form}
    _check_left(desk, original, sum((Decimal(value) for value in (inherited | amounts).values()), Decimal(0)))
    form.check()
    source = sources.of_record(original)
    order = ledger.Order(
        "REFUND", inherited | kept, source.card, "API", source.method, account,
        original=original["transactionId"],
    )  # fmt: skip
    return shown(desk, ledger.book(desk.m, order))


def _check_refundable(desk: Desk, original: Mapping[str, Any]) -> None:
    if original["action"] != "CHARGE" or original["code"] != "00" or original["status"] == "VOID":
        desk.form.wrong("transactionId", "Transaction can not be refunded.")
        desk.form.check()


def _check_left(desk: Desk, original: Mapping[str, Any], asked: Decimal, refund: int | None = None) -> None:
    """A refund gives back at most what the charge took, tip included, less the other refunds linked to it."""
    number = original["transactionId"]
    earlier = (r for r in desk.books.transactions(since=original["created"]) if r["original"] == number)
    others = (r for r in earlier if r["status"] not in ("VOID", "DECLINED") and r["transactionId"] != refund)
    left = ledger.total(original) - sum(map(ledger.total, others), Decimal(0))
    if asked > left:
        desk.form.wrong("amountBase", f"Amount Base must not be greater than {left:.2f}, what can be refunded.")


# -- PUT ------------------------------------------------------------------------------------------


def change(desk: Desk, number: str) -> Reply:
    """PUT /transactions/{id}: only what is sent changes; amounts and status before settlement (TXPUT)."""
    record, form = desk.transaction(number), desk.form
    status = form.choice("status", ("HOLD", "CAPTURE", "VOID"))
    account = desk.m.setting.account(record["terminalId"])
    amounts = {n: form.money(n) for n in OPTIONAL_MONEY if n in form}
    if form.get("amountBase"):
        amounts["amountBase"] = form.amount_base()
    texts = {n: form.text(n, most) for n, most in _TEXTS.items() if n != "note" and n in form}  # a note never changes
    texts |= {n: form.ascii(n, 36) for n in _METADATA if n in form}
    contact = contacts.given(form)
    check_surcharge(desk, account)
    form.check()
    _may_change(desk, record, status, amounts)
    form.check()
    record["status"] = status or record["status"]
    if status == "CAPTURE":
        record["captured"] = desk.m.now
    _set_amounts(desk, record, amounts, account)
    if amounts and record["original"] and (original := desk.books.transaction(record["original"])) is not None:
        _check_left(desk, original, ledger.total(record), record["transactionId"])
        form.check()
    _set_texts(record, texts, contact)
    desk.books.book(record | {"modified": desk.m.now})
    return shown(desk, record | {"modified": desk.m.now})


def _may_change(desk: Desk, record: dict[str, Any], status: str, amounts: dict[str, str]) -> None:
    form, settled = desk.form, ledger.is_settled(record)
    closed = settled or record["status"] in ("DECLINED", "VOID")
    present = record["amounts"]
    changed = [n for n, v in amounts.items() if Decimal(v or 0) != Decimal(present.get(n, 0))]
    for name in changed if closed else ():
        words = f"Amount {name.removeprefix('amount')}"
        form.wrong(name, f"{words} can not be updated because the Transaction has been settled." if settled else
                   f"{words} can not be updated for this Transaction.")  # fmt: skip
    if status and record["status"] != status:
        if settled:
            form.wrong("status", SETTLED)
        elif closed or (status == "VOID" and not _voidable(desk, record)):
            form.wrong("status", f"Status can not be updated to {status} for this Transaction.")


def _voidable(desk: Desk, record: dict[str, Any]) -> bool:
    """PIN debit is never voidable (REFUND); whether an unsettled refund is, is a guess."""
    return not record["pinDebit"] and (record["action"] != "REFUND" or desk.m.setting.guesses.refund_voidable)


def _set_amounts(desk: Desk, record: dict[str, Any], amounts: Mapping[str, str], account: Account) -> None:
    """Change these amounts and keep the others; the surcharge follows only if the guess says so."""
    if not amounts:
        return
    kept = ledger.spelled(record["amounts"] | amounts)
    if record["surcharge"] and "amountSurcharge" in kept and desk.m.setting.guesses.surcharge_follows_edits:
        card = sources.of_record(record).card
        kept = ledger.surcharged(kept, account, card, record["action"], {})
    record["amounts"] = kept
    record["surcharge"] = record["surcharge"] if "amountSurcharge" in kept else None


def _set_texts(record: dict[str, Any], texts: Mapping[str, str], contact: Mapping[str, str]) -> None:
    for name, value in texts.items():
        record.pop(name, None)
        if value:
            record[name] = value
    for side in contacts.SIDES:
        cleared = {n for n in (*ledger.PERSON, *ledger.ADDRESS) if contact.get(ledger.parameter(side, n)) == ""}
        kept = {n: v for n, v in record[side].items() if n not in cleared}
        record[side] = kept | ledger.people(contact, side)
