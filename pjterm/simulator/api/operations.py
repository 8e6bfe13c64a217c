"""The calls of the simulated API and its control routes, for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping

from pjterm.simulator.api import shapes
from pjterm.simulator.api.contacts import ADDRESS, PERSON, SIDES
from pjterm.simulator.api.shapes import DAY, FLAG, ID, NUMBER, TEXT, WHOLE, Schema, one, page, several, shape, texts
from pjterm.simulator.shop.gateway import AVS, CVV
from pjterm.simulator.shop.keys import Key
from pjterm.simulator.shop.ledger import AMOUNTS, parameter
from pjterm.simulator.shop.webhooks import EVENTS
from pjterm.values import dataclass, field

AMOUNT: Schema = {"type": "string", "pattern": r"^[0-9]{1,7}(\.[0-9]{1,2})?$"}
BOOLEAN = one("true", "false")
MOMENT: Schema = {"type": "string", "format": "date-time"}
PAGING: dict[str, Schema] = {
    "offset": {"type": "integer", "minimum": 0},
    "limit": {"type": "integer", "minimum": 1, "maximum": 50},
}
PATH: dict[str, Schema] = {
    "which": {"type": "string", "description": "latest, unsigned or an id"}, "paper": one("thermal", "fullpage"),
    "kind": one("payment", "signature", "prompt", "input", "read"), "reader": one("T1", "T2"), "key": one(*Key),
}  # fmt: skip
"""The parameters of paths; any other name is an id."""
_MONEY = dict.fromkeys(AMOUNTS, AMOUNT)
_CONTACTS = {parameter(side, name): TEXT for side in SIDES for name in (*PERSON, *ADDRESS)}
_CARD = texts("cardNumber", "cardExpMonth", "cardExpYear", "cardCvv", "cardTrack", "vaultId", "transactionId")
_ACH = {
    **texts("achAccountNumber", "achRoutingNumber"), "achAccountType": one("CHECKING", "SAVINGS"),
    "achType": one("PPD", "CCD"),
}  # fmt: skip
_TEXTS = texts("invoiceNumber", "purchaseOrderNumber", "note")
_METADATA = texts("metadata[externalId]", "metadata[externalData]")
_READER = {"terminalId": WHOLE}
_PAYMENT = {
    **_READER, "amountBase": AMOUNT, "action": one("CHARGE", "REFUND"),
    **dict.fromkeys(("amountShipping", "amountSurcharge", "amountTax", "amountSurchargeTax"), AMOUNT),
    **dict.fromkeys(("showReceiptPrompt", "showSignaturePrompt", "showDebitCreditPrompt", "allowTips",
                     "interruptBusyTerminal"), BOOLEAN),
    "keyed": one("ALLOW"), **_TEXTS,
    **texts("billingIdentifier", "shippingIdentifier", "billingEmail", "shippingEmail"),
}  # fmt: skip
_ACTION = one("CHARGE", "REFUND", "VERIFY")
_SEARCH = {
    **PAGING, "action": _ACTION, "status": one("CAPTURE", "DECLINED", "HOLD", "REJECT", "VOID"), "amountTotal": AMOUNT,
    "startDate": MOMENT, "endDate": MOMENT, **_METADATA,
    **texts("service", "invoiceNumber", "purchaseOrderNumber", "billingFirstName", "billingLastName",
            "billingIdentifier", "lastFour", "settlementId", "terminalId", "transactionId"),
}  # fmt: skip
_BOOKING = {
    "action": _ACTION, "status": one("HOLD", "CAPTURE"), "terminalId": WHOLE, **_MONEY, **_CARD, **_ACH, **_TEXTS,
    **_METADATA, "avs": one(*AVS), "cvv": one(*CVV), **_CONTACTS,
}  # fmt: skip
_CHANGE = {
    "status": one("HOLD", "CAPTURE", "VOID"), **_MONEY, **texts("invoiceNumber", "purchaseOrderNumber"), **_METADATA,
    **_CONTACTS,
}  # fmt: skip
_LEVEL3 = {
    "items[]": several(TEXT),
    **texts("amountDuty", "amountFreight", "summaryCommodityCode", "destinationZip", "shipFromZip"),
}  # fmt: skip
_INVOICE = {
    "terminalId": WHOLE, "amountBase": AMOUNT, "notificationType": one("EMAIL", "TEXT", "BOTH", "NONE"),
    **texts("customerEmail", "customerFirstName", "customerIdentifier", "customerLastName", "customerPhone",
            "invoiceNumber", "message"),
    **_METADATA, **texts("transactionMetadata[externalId]", "transactionMetadata[externalData]"),
}  # fmt: skip
_SCHEDULE = {
    "scheduleType": one("PERIODIC", "SPECIFIC_DATES"), "terminalId": WHOLE, **_MONEY, **_CARD, **_ACH,
    "interval": one("DAY", "WEEK", "MONTH", "YEAR"), "intervalCount": WHOLE, "intervalCap": WHOLE, "startDate": DAY,
    "specificDate1": DAY, "bypassDuplicate": BOOLEAN,
}  # fmt: skip
_PRESS = {
    "value": TEXT, "within": {"type": "number", "minimum": 0, "maximum": 60}, "next": FLAG, "tip": AMOUNT,
    "code": {"type": "string", "pattern": "^(?!00)[0-9A-Z]{2}$"},
    "brand": one("VISA", "MASTERCARD", "DISCOVER", "AMERICAN_EXPRESS"), "entry": one("chip", "tap", "swipe", "keyed"),
}  # fmt: skip
_LINES = {"buttons[]": several({"type": "string", "minLength": 1, "maxLength": 8}), "text": TEXT}
_ASKED = {"request": shape({"requestId": ID}), "payment": shape({"requestPaymentId": ID})}


@dataclass(frozen=True, slots=True)
class Operation:
    """One call: what it does, its parameters (a form for POST and PUT), and what it returns."""

    call: str
    says: str
    gives: Schema | str | None = None
    """A schema of JSON, a media type, or nothing (204)."""
    takes: Mapping[str, Schema] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    or_empty: bool = False
    """Whether it may also return 204."""


_T, _C, _I, _S = "/transactions/{id}", "/customers/{id}", "/invoices/{id}", "/smartterminals/{id}"
OPERATIONS = (
    Operation("GET /smartterminals", "The readers", page(shapes.READER), PAGING),
    Operation("GET /smartterminals/requests/{id}", "What a request shows", shapes.STATUS),
    Operation("GET /smartterminals/signatures/{id}/image", "A signature", "image/png"),
    Operation(
        f"POST {_S}/request-payment", "Ask for a payment", _ASKED["payment"], _PAYMENT, ("terminalId", "amountBase")
    ),
    Operation(
        f"POST {_S}/request-signature",
        "Ask for a signature",
        _ASKED["request"],
        {**_READER, "terms": TEXT},
        ("terminalId", "terms"),
    ),
    Operation(
        f"POST {_S}/request-prompt",
        "Ask with buttons",
        _ASKED["request"],
        {**_READER, **_LINES},
        ("terminalId", "text", "buttons[]"),
    ),
    Operation(
        f"POST {_S}/request-input",
        "Ask for a phone number",
        _ASKED["request"],
        {**_READER, "type": one("PHONE")},
        ("terminalId", "type"),
    ),
    Operation(f"POST {_S}/request-read", "Read a card", _ASKED["request"], _READER, ("terminalId",)),
    Operation(f"POST {_S}/main", "Back to the idle screen", shape({}), or_empty=True),
    Operation("GET /transactions", "Search", page(shapes.TRANSACTION), _SEARCH),
    Operation("POST /transactions", "Charge a card or an account, or refund", shapes.TRANSACTION, _BOOKING),
    Operation(f"GET {_T}", "One transaction", shapes.TRANSACTION),
    Operation(f"PUT {_T}", "Change or void it", shapes.TRANSACTION, _CHANGE),
    Operation(
        f"POST {_T}/signature/capture",
        "A signature from a pad",
        shapes.TRANSACTION,
        {"signature": TEXT},
        ("signature",),
    ),
    Operation(f"GET {_T}/receipts", "Signed receipts", page(shapes.RECEIPT), PAGING),
    Operation(f"GET {_T}/receipts/{{which}}", "One receipt", shapes.RECEIPT),
    Operation(f"GET {_T}/receipts/{{which}}/{{paper}}", "It as a document", "text/html"),
    Operation(f"GET {_T}/receipts/{{which}}/signature", "Its signature", "image/png"),
    Operation(
        f"POST {_T}/receipts/{{which}}/email",
        "Send it",
        None,
        {"to": TEXT, "replyTo": TEXT, "requestSignature": BOOLEAN},
        ("to", "replyTo"),
    ),
    Operation(f"GET {_T}/level3", "Level 3 data", shapes.LEVEL3),
    Operation(f"POST {_T}/level3", "Add level 3 data", shapes.LEVEL3, _LEVEL3, ("items[]",)),
    Operation(f"DELETE {_T}/level3", "Remove it"),
    Operation(f"GET {_T}/notes", "Its note", page(shape({"noteId": WHOLE, "note": TEXT})), PAGING),
    Operation("GET /terminals", "The merchant accounts", page(shapes.ACCOUNT), PAGING),
    Operation("GET /merchants", "The merchant", page(shape({"id": ID, "name": TEXT})), PAGING),
    Operation("GET /webhooks", "Subscriptions", page(shapes.SUBSCRIPTION), PAGING),
    Operation(
        "POST /webhooks",
        "Subscribe",
        shapes.SUBSCRIPTION,
        {"event": one(*EVENTS), "url": TEXT, "secret": TEXT},
        ("event", "url"),
    ),
    Operation("PUT /webhooks/{id}", "Change a subscription", shapes.SUBSCRIPTION, {"url": TEXT, "secret": TEXT}),
    Operation("DELETE /webhooks/{id}", "Unsubscribe"),
    Operation("GET /settlements", "Settlements", page(shapes.SETTLEMENT), {**PAGING, "terminalId": WHOLE}),
    Operation("GET /settlements/{id}", "One settlement", shapes.SETTLEMENT),
    Operation("GET /deposits", "Deposits", page(shapes.DEPOSIT), {**PAGING, "merchantNumber": TEXT}),
    Operation("GET /deposits/{id}", "One deposit", shapes.DEPOSIT),
    Operation("POST /publishablekeys", "A key for a browser", shape({"keyValue": ID})),
    Operation(
        "GET /customers",
        "Customers",
        page(shapes.CUSTOMER),
        {**PAGING, **texts("firstName", "lastName", "companyName", "identifier")},
    ),
    Operation("POST /customers", "A new customer", shapes.CUSTOMER, texts(*PERSON, "custom1")),
    Operation(f"GET {_C}", "One customer", shapes.CUSTOMER),
    Operation(f"PUT {_C}", "Change a customer", shapes.CUSTOMER, texts(*PERSON, "custom1")),
    Operation(f"DELETE {_C}", "Remove a customer"),
    Operation(f"GET {_C}/vaults", "Stored cards", page(shapes.VAULT), PAGING),
    Operation(f"POST {_C}/vaults", "Store a card", shapes.VAULT, {**_CARD, **_ACH, **texts(*ADDRESS, "addressId")}),
    Operation(f"GET {_C}/vaults/{{vault}}", "A stored card", shapes.VAULT),
    Operation(f"DELETE {_C}/vaults/{{vault}}", "Forget a card"),
    Operation("GET /invoices", "Invoices", page(shapes.INVOICE), PAGING),
    Operation("POST /invoices", "A new invoice", shapes.INVOICE, _INVOICE, ("amountBase",)),
    Operation(f"GET {_I}", "One invoice", shapes.INVOICE),
    Operation(f"PUT {_I}", "Its metadata", shapes.INVOICE, _METADATA),
    Operation(f"POST {_I}/void", "Void it", shapes.INVOICE),
    Operation(f"POST {_I}/send-reminder", "Remind"),
    Operation("GET /schedules", "Schedules", page(shapes.SCHEDULE), {**PAGING, "status": TEXT}),
    Operation("POST /schedules", "A new schedule", shapes.SCHEDULE, _SCHEDULE, ("scheduleType", "amountBase")),
    Operation("GET /schedules/{id}", "One schedule", shapes.SCHEDULE),
    Operation("POST /schedules/{id}/activate", "Make it active", shapes.SCHEDULE),
)
_SCREENS = shape({"items": several(shapes.SCREEN)})
CONTROL = (
    Operation("GET /-/", "The readers in a browser", "text/html; charset=utf-8"),
    Operation("GET /-/readers", "What the readers show; as text/event-stream: live", _SCREENS),
    Operation("POST /-/readers/wait", "Readers wait for keys", _SCREENS, {"seconds": NUMBER}),
    Operation("POST /-/readers/act", "The scenario's customers are back", _SCREENS),
    Operation("POST /-/readers/{reader}/{key}", "Press a key", _SCREENS, _PRESS),
    Operation("GET /-/transactions", "All that is booked", shape({"items": several(shapes.TRANSACTION)})),
    Operation("GET /-/calls", "The last calls", shape({"items": several(shapes.CALL)})),
    Operation("POST /-/settle", "Close the batches", shape({"settled": WHOLE})),
    Operation("POST /-/clock", "Move the clock", None, {"forward": {"type": "number", "minimum": 0, "maximum": 1e9}}),
    Operation("POST /-/scenario", "Another scenario", None, {"name": TEXT, "toml": TEXT}),
    Operation("POST /-/webhooks", "Send webhooks there", shape({"url": TEXT, "secret": TEXT}), {"url": TEXT}, ("url",)),
    Operation("POST /-/reset", "An empty world"),
)
