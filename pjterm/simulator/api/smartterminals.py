"""The Smart Terminal routes: devices, request-*, /main, the poll, signature images (PAY, SIG, PROMPT, POLL)."""

from __future__ import annotations

import re

from pjterm.simulator.api import drawing
from pjterm.simulator.api.desk import Desk
from pjterm.simulator.api.forms import Form
from pjterm.simulator.api.paging import page_of
from pjterm.simulator.api.replies import Refused, Reply, Wrong, as_json, not_found
from pjterm.simulator.api.transactions import check_surcharge
from pjterm.simulator.shop import device, outcome
from pjterm.simulator.shop.inventory import READERS, Account, Reader, reader

RETENTION_SECONDS = 86_400.0  # pollable until a day after completion (POLL)
_SIGNATURE = re.compile(r"[0-9a-f]{32}")
_MONEY = ("amountShipping", "amountSurcharge", "amountTax", "amountSurchargeTax")
_FLAGS = ("showReceiptPrompt", "showSignaturePrompt", "showDebitCreditPrompt", "allowTips",
          "interruptBusyTerminal")  # fmt: skip
_TEXTS = {"invoiceNumber": 32, "purchaseOrderNumber": 32, "note": 2048, "billingIdentifier": 64,
          "shippingIdentifier": 64, "billingEmail": 125, "shippingEmail": 128}  # fmt: skip
WRONG_MODEL = "Smart terminal type does not support payment requests on a surcharge-enabled terminal."  # SUR
TEXT_LIMIT = 10_000
BUTTON_LIMIT = 8


def devices(desk: Desk) -> Reply:
    """GET /smartterminals: there is no documented online or busy flag."""
    return page_of(desk, [r.view() for r in READERS])


def request(desk: Desk, terminal: str, kind: str) -> Reply:
    """POST /smartterminals/{id}/request-{kind}: 200 means accepted, and says nothing about the device (SIG, BUSY)."""
    at = _known(terminal)
    form = desk.form
    account = desk.account()
    kept = _READ[kind](form) | {"terminalId": str(account.terminal_id)}
    if kind == "payment":
        kept |= _hold(desk)
        check_surcharge(desk, account)
        _check_model(at, account)
    form.check()
    real = "refund" if kept.get("action") == "REFUND" else kind
    made = device.accept(desk.m, at, real, kept, form.several("buttons"), desk.version)
    return as_json({"requestPaymentId" if kind == "payment" else "requestId": made.id})


def _hold(desk: Desk) -> dict[str, str]:
    """Whether a reader knows `status` is a guess; if not, a HOLD is refused, because ignoring it would capture."""
    if "status" not in desk.form:
        return {}
    allowed = ("HOLD", "CAPTURE") if desk.m.setting.guesses.reader_takes_hold else ("CAPTURE",)
    return {"status": desk.form.choice("status", allowed)}


def _check_model(at: Reader, account: Account) -> None:
    if account.surcharge is not None and not at.surcharges:
        raise Refused(400, Wrong(WRONG_MODEL))


def _payment(form: Form) -> dict[str, str]:
    kept = {"amountBase": form.amount_base(), "action": form.choice("action", ("CHARGE", "REFUND"))}
    kept |= {name: form.money(name) for name in _MONEY}
    kept |= {name: form.flag(name) for name in _FLAGS}
    kept["keyed"] = form.choice("keyed", ("ALLOW",))
    kept |= {name: form.text(name, most) for name, most in _TEXTS.items()}
    off = {"amountSurcharge": ""} if "amountSurcharge" in form else {}
    return off | {name: value for name, value in kept.items() if value}


def _signature(form: Form) -> dict[str, str]:
    return {"terms": form.text("terms", TEXT_LIMIT, required=True)}


def _prompt(form: Form) -> dict[str, str]:
    kept = {"text": form.text("text", TEXT_LIMIT, required=True)}
    labels = form.several("buttons")
    if not labels:
        form.wrong("buttons", "This field is required.", "required")
    elif len(labels) > 3:
        form.wrong("buttons", "size must be between 1 and 3")
    for number, label in enumerate(labels[:3]):
        if not 1 <= len(label) <= BUTTON_LIMIT:
            form.wrong(f"buttons[{number}].<list element>", f"size must be between 1 and {BUTTON_LIMIT}")
    return kept


def _input(form: Form) -> dict[str, str]:
    return {"type": form.choice("type", ("PHONE",), required=True)}


def _read(_form: Form) -> dict[str, str]:
    return {}


_READ = {"payment": _payment, "signature": _signature, "prompt": _prompt, "input": _input, "read": _read}


def main(desk: Desk, terminal: str) -> Reply:
    """POST /smartterminals/{id}/main: back to the idle screen, whatever is running."""
    device.to_main(desk.m, _known(terminal))
    status = desk.m.setting.guesses.main_status
    return Reply(204) if status == 204 else as_json({}, status)


def poll(desk: Desk, request_id: str) -> Reply:
    """GET /smartterminals/requests/{id}; the reply does not repeat the id (POLL)."""
    found = desk.books.request(request_id.lower())
    if found is None or (found.ended is not None and desk.m.now > found.ended + RETENTION_SECONDS):
        raise not_found()
    return as_json({"status": found.status} | found.result)


def signature_image(desk: Desk, signature_id: str) -> Reply:
    """GET /smartterminals/signatures/{id}/image: a PNG (a guess: clients treat it as one)."""
    if not _SIGNATURE.fullmatch(signature_id) or not desk.books.signed(signature_id):
        raise not_found()
    written = desk.books.document(outcome.STROKES, signature_id) or {}
    return Reply(200, drawing.signature(signature_id, written.get("strokes", "")), "image/png")


def _known(terminal: str) -> Reader:
    """The reader of a path; an unknown one is 404 (guess)."""
    found = reader(terminal)
    if found is None:
        raise not_found()
    return found
