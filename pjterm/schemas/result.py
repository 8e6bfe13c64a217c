"""A request at a reader: its result, the lines of `-o ndjson`, errors, and what `--dry-run` shows."""

from __future__ import annotations

from pjterm.schemas.parts import (
    ANY_OBJECT,
    EXIT_CODE,
    FLAG,
    MONEY,
    TEXT,
    TIME,
    by_name,
    items,
    just,
    listed,
    maybe,
    one_of,
    record,
    said,
)

KINDS = ("payment", "refund", "signature", "prompt", "input", "read", "void", "tip", "cancel")
OUTCOMES = (
    "approved", "signed", "answered", "entered", "read", "voided", "refunded", "adjusted", "open", "failed", "usage",
    "declined", "auth", "cancelled", "busy", "unreachable", "unknown", "refused", "rejected", "unavailable",
    "different",
)  # fmt: skip
SOURCES = ("post", "poll", "webhook", "transaction", "search", "operator")
ENVIRONMENT = one_of("labs", "production", "simulator")

ERROR = record({
    "code": said(TEXT, "A stable word for programs."),
    "message": TEXT,
    "hint": said(maybe(TEXT), "The next thing to type."),
    "httpStatus": maybe({"type": "integer"}),
    "pjRequestId": said(maybe(TEXT), "PayJunction's own id of the call, for their support."),
    "details": listed(record({"parameter": maybe(TEXT), "type": maybe(TEXT), "message": TEXT})),
})  # fmt: skip
EVIDENCE = record({"at": TIME, "source": one_of(*SOURCES), "says": TEXT})
TERMINAL = record({"name": maybe(TEXT), "smartTerminalId": maybe(TEXT), "terminalId": maybe({"type": "integer"})})
FIELDS = {
    "transactionId": maybe({"type": "integer"}), "signatureId": maybe(TEXT), "promptButton": maybe(TEXT),
    "inputValue": maybe(TEXT), "readData": maybe(TEXT),
}  # fmt: skip

_REPORT = {
    "type": just("result"),
    "key": said(maybe(TEXT), "The sale key."),
    "kind": maybe(one_of(*KINDS)),
    "outcome": one_of(*OUTCOMES),
    "exitCode": EXIT_CODE,
    "profile": maybe(TEXT),
    "environment": maybe(ENVIRONMENT),
    "baseUrl": said(maybe(TEXT), "Where requests went, if not to PayJunction's own host."),
    "terminal": TERMINAL,
    "amount": said(maybe(MONEY), "The base amount requested."),
    "amountTotal": said(maybe(MONEY), "What was charged, tip and surcharge included."),
    "amountTip": maybe(MONEY),
    "card": maybe(record({"brand": maybe(TEXT), "lastFour": maybe(TEXT)})),
    "approvalCode": maybe(TEXT),
    "invoiceNumber": maybe(TEXT),
    "requestId": maybe(TEXT),
    "status": said(maybe(TEXT), "The last status of the request, in the API's spelling."),
    **FIELDS,
    "transaction": said(maybe(ANY_OBJECT), "As GET /transactions/{id} returned it."),
    "signatureFile": maybe(TEXT),
    "by": said(maybe(TEXT), "The seller according to --by; never sent."),
    "startedAt": maybe(TIME),
    "resultAt": maybe(TIME),
    "finishedAt": maybe(TIME),
    "replayed": said(FLAG, "The result was known before this command, which then sent nothing."),
    "error": maybe(ERROR),
}
RESULT = record({
    "schema": just("pjterm.result/1"), **_REPORT,
    "evidence": said(listed(EVIDENCE), "How it is known, in order."),
})  # fmt: skip
SUMMARY = record({"schema": just("pjterm.summary/1"), **_REPORT})

REQUEST = record({
    "type": just("request"), "key": maybe(TEXT), "kind": maybe(one_of(*KINDS)), "profile": maybe(TEXT),
    "environment": maybe(ENVIRONMENT), "terminal": TERMINAL, "amount": maybe(MONEY), "requestId": maybe(TEXT),
})  # fmt: skip
STATUS = record({"type": just("status"), "at": TIME, "source": one_of(*SOURCES), "status": TEXT}, FIELDS)
DRYRUN = record({
    "schema": just("pjterm.dryrun/1"), "method": one_of("POST", "PUT"), "url": TEXT,
    "form": by_name({"type": ["string", "array"]}), "profile": TEXT, "environment": ENVIRONMENT, "key": maybe(TEXT),
})  # fmt: skip

REQUESTS = items("requests", SUMMARY)
RESUME = items("resume", RESULT)
PING = items("ping", record({
    "name": TEXT, "smartTerminalId": TEXT, "status": one_of("ready", "busy", "unreachable"),
    "seconds": maybe({"type": "number", "minimum": 0}), "says": TEXT,
}))  # fmt: skip
