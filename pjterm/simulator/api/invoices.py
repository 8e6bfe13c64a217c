"""Invoices without a customer: create, show, void, remind, metadata (INVPOST, INVGET, INVVOID, INVREM).

Mail and text messages are accepted but not sent, so an invoice is never paid.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from pjterm.simulator.api.desk import Desk
from pjterm.simulator.api.paging import page_of
from pjterm.simulator.api.replies import Refused, Reply, Wrong, as_json, not_found
from pjterm.simulator.shop.spelling import seconds_z

INVOICE = "invoice"
_TEXTS = {"customerEmail": 255, "customerFirstName": 16, "customerIdentifier": 64, "customerLastName": 32,
          "customerPhone": 10, "invoiceNumber": 32, "message": 2048}  # fmt: skip
_WANTED = {"EMAIL": ("customerEmail",), "TEXT": ("customerPhone",), "BOTH": ("customerEmail", "customerPhone"),
           "NONE": ()}  # fmt: skip
_METADATA = tuple(f"{side}[{name}]" for side in ("metadata", "transactionMetadata")
                  for name in ("externalId", "externalData"))  # fmt: skip


def invoices(desk: Desk) -> Reply:
    """GET /invoices."""
    return page_of(desk, [_shown(i) for i in desk.books.documents(INVOICE)])


def create(desk: Desk) -> Reply:
    """POST /invoices: notificationType decides what is required; the keys of a reply are sorted (INVGET)."""
    form = desk.form
    account = desk.account(required=False)
    kind = form.choice("notificationType", _WANTED) or "EMAIL"
    fields = {n: form.text(n, most) for n, most in _TEXTS.items() if form.get(n)}
    for name in _WANTED.get(kind, ()):
        form.required(name)
    if not re.fullmatch(r"([0-9]{10})?", form.get("customerPhone")):
        form.wrong("customerPhone")
    base = form.amount_base()
    metadata = _metadata(desk)
    form.check()
    number, now = desk.books.uuid(), seconds_z(desk.m.now)
    made = {"amountBase": f"{Decimal(base or 0):.2f}", "created": now, "lastModified": now, "invoiceId": number,
            "hostedInvoiceUrl": f"https://www.payjunction.com/trinity/invoice#/{number}",
            "status": "OPEN", "terminalId": account.terminal_id, **fields}  # fmt: skip
    desk.books.keep(INVOICE, number, made | metadata)
    return as_json(_shown(made))


def show(desk: Desk, invoice_id: str) -> Reply:
    """GET /invoices/{id}."""
    return as_json(_shown(_known(desk, invoice_id)))


def change(desk: Desk, invoice_id: str) -> Reply:
    """PUT /invoices/{id}: metadata, at any time; nothing else can be changed (INV)."""
    found, metadata = _known(desk, invoice_id), _metadata(desk)
    desk.form.check()
    desk.books.keep(INVOICE, found["invoiceId"], found | metadata | {"lastModified": seconds_z(desk.m.now)})
    return show(desk, invoice_id)


def void(desk: Desk, invoice_id: str) -> Reply:
    """POST /invoices/{id}/void: only if it is open (status of the refusal: guess)."""
    found = _known(desk, invoice_id)
    if found["status"] != "OPEN":
        raise Refused(400, Wrong(f"Unable to void invoice because status is already {found['status']}."))
    desk.books.keep(INVOICE, found["invoiceId"], found | {"status": "VOID", "lastModified": seconds_z(desk.m.now)})
    return show(desk, invoice_id)


def remind(desk: Desk, invoice_id: str) -> Reply:
    """POST /invoices/{id}/send-reminder: 204, only if it is open."""
    if _known(desk, invoice_id)["status"] != "OPEN":
        raise Refused(400, Wrong("Unable to send reminder because invoice is not open."))
    return Reply(204)


def _metadata(desk: Desk) -> dict[str, str]:
    return {n: desk.form.ascii(n, 36) for n in _METADATA if n in desk.form}


def _shown(invoice: dict[str, Any]) -> dict[str, Any]:
    return {n: invoice[n] for n in sorted(invoice) if n not in _METADATA}


def _known(desk: Desk, invoice_id: str) -> dict[str, Any]:
    found = desk.books.document(INVOICE, invoice_id.lower())
    if found is None:
        raise not_found()
    return found
