"""Receipts of a transaction: JSON, HTML in both sizes, the signature's image, e-mail (RCPT, RCPTMAIL).

A declined transaction has none: 404 (guess). Mail is accepted but not sent.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from pjterm.simulator.api import drawing, views
from pjterm.simulator.api.desk import Desk
from pjterm.simulator.api.paging import page_of
from pjterm.simulator.api.replies import Reply, as_json, not_found
from pjterm.simulator.shop import ledger, webhooks
from pjterm.simulator.shop.inventory import ACCOUNT
from pjterm.simulator.shop.spelling import seconds_z

TERMS_VERSION = "1.0"  # of the merchant's receipt terms, like the documented "4.20" (RCPT)
TERMS = "I agree to pay the above total amount according to the card issuer agreement."
_ADDRESS = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+")
_LONGEST_ADDRESS = 128
_WIDTHS = {"thermal": "58mm", "fullpage": "8.5in"}
_LABELS = {"amountBase": "Amount", "amountTax": "Tax", "amountShipping": "Shipping", "amountTip": "Tip",
           "amountSurcharge": "Surcharge", "amountSurchargeTax": "Surcharge tax"}  # fmt: skip


def all_receipts(desk: Desk, number: str) -> Reply:
    """GET .../receipts: the signed ones."""
    record = _with_receipt(desk, number)
    return page_of(desk, [_view(desk, record, "latest")] if record["signed"] else [])


def one(desk: Desk, number: str, which: str) -> Reply:
    """GET .../receipts/{latest, unsigned or an id}."""
    record = _with_receipt(desk, number, which)
    return as_json(_view(desk, record, which))


def document(desk: Desk, number: str, which: str, paper: str) -> Reply:
    """GET .../thermal and .../fullpage: an HTML document, narrow or letter size."""
    record = _with_receipt(desk, number, which)
    page = _page(record, _WIDTHS[paper], signed=record["signed"] and which != "unsigned")
    return Reply(200, page.encode("utf-8", "replace"), "text/html")


def signature(desk: Desk, number: str, which: str) -> Reply:
    """GET .../signature: the image, or 404 for an unsigned transaction."""
    record = _with_receipt(desk, number, which)
    if not record["signed"] or which == "unsigned":
        raise not_found()
    return Reply(200, drawing.signature(f"transaction {record['transactionId']}"), "image/png")


def email(desk: Desk, number: str, which: str) -> Reply:
    """POST .../email: 204."""
    _with_receipt(desk, number, which)
    form = desk.form
    for name in ("to", "replyTo"):
        address = form.required(name)
        if address and (len(address) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(address)):
            form.wrong(name)
    form.flag("requestSignature")
    form.check()
    return Reply(204)


def capture(desk: Desk, number: str) -> Reply:
    """POST .../signature/capture: the drawing of a signature pad; the transaction is then SIGNED."""
    record = _with_receipt(desk, number)
    desk.form.required("signature")
    desk.form.check()
    if not record["signed"]:
        record |= {"signed": True, "signedAt": desk.m.now, "modified": desk.m.now}
        desk.books.book(record)
        webhooks.transaction_signed(desk.m, record["transactionId"])
    return as_json(views.whole(record, desk.version, desk.call.base))


def _with_receipt(desk: Desk, number: str, which: str = "latest") -> dict[str, Any]:
    """The transaction; its only receipt has the transaction's number as id (guess)."""
    record = desk.transaction(number)
    if record["code"] != "00" or which not in ("latest", "unsigned", str(record["transactionId"])):
        raise not_found()
    return record


def _view(desk: Desk, record: dict[str, Any], which: str) -> dict[str, Any]:
    here = f"{desk.call.base}/transactions/{record['transactionId']}/receipts/{which}"
    created, signed = seconds_z(record["created"]), record["signed"] and which != "unsigned"
    shown: dict[str, Any] = {"uri": here}
    if signed:
        shown["signatureStatus"] = "SIGNED"
    shown |= {"terms": TERMS_VERSION, "signatureUpToDate": True}
    if signed:
        signed_at = seconds_z(record.get("signedAt", record["created"]))
        shown["signature"] = {
            "signedBy": {"ipAddress": "127.0.0.1"}, "dateSigned": signed_at, "source": "EQUINOX",
            "device": "SIMULATOR", "deviceVersion": "1.0", "image": {"uri": f"{here}/signature"},
        }  # fmt: skip
    shown["documents"] = {paper: {"uri": f"{here}/{paper}"} for paper in _WIDTHS}
    shown["actions"] = {"email": {"uri": f"{here}/email"}}
    return shown | {"created": created, "lastModified": seconds_z(record["modified"])}


def _page(record: dict[str, Any], width: str, *, signed: bool) -> str:
    rows = "".join(f"<tr><td>{escape(k)}</td><td>{escape(v)}</td></tr>\n" for k, v in _lines(record))
    hand = "Signed electronically" if signed else "X______________________________"
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="UTF-8"><title>Receipt '
        f"{record['transactionId']}</title>\n<style>body {{ width: {width}; font-family: sans-serif; }} "
        "td + td { text-align: right; }</style></head>\n"
        f"<body>\n<h1>{escape(ACCOUNT.company)}</h1>\n<p>Simulated: no card was charged.</p>\n"
        f"<table>\n{rows}</table>\n<p>{escape(TERMS)}</p>\n<p>{hand}</p>\n</body>\n</html>\n"
    )


def _lines(record: dict[str, Any]) -> list[tuple[str, str]]:
    """The lines of the receipt, as label and text."""
    head = [
        ("Transaction", str(record["transactionId"])),
        ("Date", seconds_z(record["created"])),
        ("Type", record["action"] + (" VOID" if record["status"] == "VOID" else "")),
        ("Card", f"************{record['card'][-4:]}"),
        ("Result", f"{record['message']} ({record['code']})"),
    ]
    texts = [("Invoice", record.get("invoiceNumber")), ("PO", record.get("purchaseOrderNumber")),
             ("Note", record.get("note"))]  # fmt: skip
    head += [(label, text) for label, text in texts if text]
    head += [(_LABELS[name], f"${value}") for name, value in record["amounts"].items()]
    return [*head, ("Total", f"${ledger.total(record):.2f}")]
