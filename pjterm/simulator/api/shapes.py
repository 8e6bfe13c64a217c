"""Schemas of the replies for the OpenAPI document, beside the code that makes the replies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pjterm.simulator.shop.ledger import ADDRESS, AMOUNTS, PERSON

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
ID: Schema = {"type": "string", "format": "uuid"}
MONEY: Schema = {"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$"}
TIME: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
DAY: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}


def one(*words: object) -> Schema:
    """One of these."""
    return {"enum": list(words)}


def several(schema: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": schema}


def shape(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """An object: the keys that are always there, and those that are left out if they have no value."""
    return {"type": "object", "properties": {**required, **(optional or {})}, "required": list(required)}


def page(item: Schema) -> Schema:
    """A page of a list."""
    return shape({"results": several(item)}, {"next": TEXT, "prev": TEXT})


def texts(*names: str) -> dict[str, Schema]:
    """Keys with text."""
    return dict.fromkeys(names, TEXT)


ERROR = shape({"errors": several(shape({"message": TEXT}, {"parameter": TEXT, "type": TEXT}))})
ACCOUNT = shape(
    {"terminalId": WHOLE, "type": one("CARD", "ACH"), "enabled": FLAG},
    {**texts("nickName", "nickname", "companyLegal", "companyDba", "merchantNumber"), "accountId": ID,
     "surcharge": shape({"enabled": FLAG}, {"percentage": NUMBER})},
)  # fmt: skip
READER = shape({"smartTerminalId": ID, "nickName": TEXT, "serialNumber": TEXT, "created": TIME})
STATUS = shape(
    {"status": TEXT},
    {"transactionId": WHOLE, **texts("signatureId", "promptButton", "inputValue", "trackData")},
)  # fmt: skip
_CONTACT = shape({}, {**texts(*PERSON), "address": shape({}, texts(*ADDRESS))})
_CHECKED = shape(
    {"status": one("REQUESTED", "NOT_REQUESTED")},
    {"requested": TEXT, "match": {"type": "object", "additionalProperties": True}},
)
_RESPONSE = shape({
    "approved": FLAG, "code": TEXT, "message": TEXT,
    "processor": shape({"authorized": FLAG, "avs": _CHECKED, "cvv": _CHECKED},
                       {"approvalCode": TEXT, "level3Eligible": FLAG}),
})  # fmt: skip
_VAULT = shape({"type": TEXT, "accountType": TEXT, "lastFour": TEXT})
TRANSACTION = shape(
    {"transactionId": WHOLE, "uri": TEXT, "terminalId": WHOLE, "action": one("CHARGE", "REFUND", "VERIFY"),
     "amountBase": MONEY, "amountTotal": MONEY, "method": TEXT,
     "status": one("CAPTURE", "DECLINED", "HOLD", "REJECT", "VOID"), "created": TIME, "lastModified": TIME,
     "response": _RESPONSE, "settlement": shape({"settled": FLAG}, {"settlementId": WHOLE}), "vault": _VAULT},
    {**dict.fromkeys(AMOUNTS, MONEY), **texts("invoiceNumber", "purchaseOrderNumber", "service", "signatureStatus"),
     "surcharge": shape({"percentage": NUMBER, "status": TEXT}), "billing": _CONTACT, "shipping": _CONTACT},
)  # fmt: skip
RECEIPT = shape(
    {"uri": TEXT, "terms": TEXT, "signatureUpToDate": FLAG,
     "documents": shape({"thermal": shape({"uri": TEXT}), "fullpage": shape({"uri": TEXT})}),
     "actions": shape({"email": shape({"uri": TEXT})}), "created": TIME, "lastModified": TIME},
    {"signatureStatus": TEXT, "signature": {"type": "object", "additionalProperties": True}},
)  # fmt: skip
SUBSCRIPTION = shape({"webhookId": ID, "events": several(TEXT), "url": TEXT, "created": TIME})
SETTLEMENT = shape(
    {"settlementId": WHOLE, "terminalId": WHOLE, "created": TIME, "amountNet": NUMBER,
     "status": one("PENDING", "COMPLETE")},
    {"breakdown": several(shape({"brand": TEXT, "action": TEXT, "status": TEXT, "count": WHOLE, "amount": NUMBER}))},
)  # fmt: skip
DEPOSIT = shape({
    "depositId": ID, "depositDate": DAY, **texts("merchantNumber", "merchantName"),
    **dict.fromkeys(("amountBatch", "amountFee", "amountChargeback", "amountOther", "amountNet"), NUMBER),
    "depositAccount": shape(texts("routingNumber", "lastFour")),
    "breakdown": several({"type": "object", "additionalProperties": True}),
})  # fmt: skip
CUSTOMER = shape(
    {"customerId": WHOLE, "uri": TEXT, "created": TIME, "lastModified": TIME}, texts(*PERSON, "custom1"),
)  # fmt: skip
VAULT = shape(
    {"vaultId": WHOLE, "uri": TEXT, "type": TEXT, "accountType": TEXT, "lastFour": TEXT, "created": TIME,
     "lastModified": TIME},
    {"customerId": WHOLE, "address": shape({}, texts(*ADDRESS))},
)  # fmt: skip
INVOICE = shape(
    {"invoiceId": ID, "amountBase": MONEY, "created": TIME, "lastModified": TIME, "hostedInvoiceUrl": TEXT,
     "status": one("OPEN", "VOID"), "terminalId": WHOLE},
    texts("customerEmail", "customerFirstName", "customerIdentifier", "customerLastName", "customerPhone",
          "invoiceNumber", "message"),
)  # fmt: skip
SCHEDULE = shape(
    {"scheduleId": WHOLE, "terminalId": WHOLE, "scheduleType": one("PERIODIC", "SPECIFIC_DATES"),
     "amountBase": MONEY, "amountTotal": MONEY, "vault": _VAULT, "status": TEXT, "startDate": DAY, "created": TIME,
     "lastModified": TIME},
    {**dict.fromkeys(AMOUNTS, MONEY), "interval": TEXT, "intervalCount": WHOLE, "intervalCap": WHOLE},
)  # fmt: skip
LEVEL3 = shape(
    {"items": several({"type": "object", "additionalProperties": True})},
    texts("amountDuty", "amountFreight", "summaryCommodityCode", "destinationZip", "shipFromZip"),
)  # fmt: skip
SCREEN = shape({
    "reader": one("T1", "T2"), "plugged": FLAG, "state": one("idle", "waiting", "done"),
    "kind": {"type": ["string", "null"]}, "amount": {"type": ["string", "null"]}, "text": {"type": ["string", "null"]},
    "buttons": several(TEXT), "asksTip": FLAG, "status": {"type": ["string", "null"]},
    "requestId": {"type": ["string", "null"]}, "result": {"type": ["string", "integer", "null"]},
    "total": {"type": ["string", "null"]}, "approved": {"type": ["boolean", "null"]},
    "planned": several(TEXT), "charged": {"type": ["string", "null"]},
})  # fmt: skip
CALL = shape({"method": TEXT, "path": TEXT, "status": WHOLE, "answered": FLAG, "ignored": several(TEXT)})
