"""Books what a customer did: a transaction, a signature, a label, typed digits."""

from __future__ import annotations

from collections.abc import Mapping

from pjterm.simulator.shop import ledger
from pjterm.simulator.shop.inventory import reader
from pjterm.simulator.shop.moment import Moment
from pjterm.simulator.shop.rows import Request
from pjterm.simulator.shop.scenarios import Brand, CardEntry, Conduct, Customer

STROKES = "strokes"  # the kind of a signature's document
READ_FIELD = "trackData"  # the name of request-read's result is not documented (guess)


def produce(m: Moment, request: Request, conduct: Conduct) -> None:
    """Book what the customer did; when it is shown is decided elsewhere."""
    match request.kind:
        case "payment" | "refund":
            record = ledger.book(m, _order(m, request, conduct), request)
            request.outcome = {"transactionId": record["transactionId"]}
        case "signature":
            request.outcome = {"signatureId": m.books.bytes16().hex()}
            m.books.sign(request.outcome["signatureId"], m.now)
            m.books.keep(STROKES, request.outcome["signatureId"], {"strokes": conduct.strokes})
        case "prompt":
            label = conduct.button if conduct.button in request.buttons else request.buttons[0]
            request.outcome = {"promptButton": label}
        case "input":
            request.outcome = {"inputValue": conduct.input_value}
        case _:
            request.outcome = {READ_FIELD: conduct.read_data}


def _order(m: Moment, request: Request, conduct: Conduct) -> ledger.Order:
    """What is booked; only a charge is held, approved in part, or given a tip."""
    form, charges = request.form, request.kind == "payment"
    asked = form.get("showSignaturePrompt")
    return ledger.Order(
        action="CHARGE" if charges else "REFUND",
        form=form | ({"status": "HOLD"} if charges and conduct.held else {}),
        card=ledger.Card(_card_number(m, request, conduct.brand), conduct.pin_debit, conduct.brand),
        service="SMART_TERMINAL",
        method=_method(form, conduct),
        account=m.setting.account(form["terminalId"]),
        decline=conduct.code if conduct.customer is Customer.DECLINED else None,
        tip=conduct.tip if charges and form.get("allowTips") == "true" else None,
        signed=asked == "true" or (not asked and m.setting.guesses.signature_by_default),
        approves=conduct.approves if charges else None,
        elsewhere=request.elsewhere,
    )


def _method(form: Mapping[str, str], conduct: Conduct) -> str:
    """The API's `method`. `keyed=ALLOW` is a permission: without it no card is keyed, with it one may be (PAY)."""
    if conduct.entry is CardEntry.KEYED and form.get("keyed") != "ALLOW":
        return CardEntry.CHIP.upper()
    return conduct.entry.upper()


_FIRST_DIGITS = {Brand.VISA: "44443333", Brand.MASTERCARD: "54443333", Brand.DISCOVER: "60113333",
                 Brand.AMERICAN_EXPRESS: "3744333"}  # fmt: skip


def _card_number(m: Moment, request: Request, brand: Brand) -> str:
    at = reader(request.reader)
    if m.setting.scenario.same_card and brand is Brand.VISA and at is not None:
        return at.card
    return f"{_FIRST_DIGITS[brand]}{m.books.count('cards'):08d}"
