"""What the other commands print: lists under `items`, single things under `item`."""

from __future__ import annotations

from pjterm.schemas.parts import (
    ANY_OBJECT,
    COUNT,
    DAY,
    FLAG,
    MONEY,
    NUMBER,
    PRECISE,
    TEXT,
    ZONED,
    Schema,
    by_name,
    item,
    items,
    listed,
    maybe,
    one_of,
    record,
    said,
)
from pjterm.schemas.result import ENVIRONMENT, RESULT

API_OBJECT = said(ANY_OBJECT, "As PayJunction returned it.")
_BATCH = said(
    {"type": "object", "patternProperties": {"^amount": {"not": {"type": "number"}}}},
    "As PayJunction returned it, but with amounts as strings with two decimals.",
)

_PROFILE = record({
    "name": TEXT, "environment": ENVIRONMENT, "login": maybe(TEXT), "baseUrl": maybe(TEXT), "terminal": maybe(TEXT),
    "account": maybe({"type": "integer"}), "relay": listed(TEXT), "maxAmount": maybe(TEXT),
    "confirmAbove": maybe(TEXT), "terms": maybe(TEXT), "replyTo": maybe(TEXT), "by": maybe(TEXT),
    "timezone": maybe(TEXT), "dayStarts": TEXT, "accessible": FLAG, "bell": FLAG, "aliases": by_name(TEXT),
    "secrets": maybe(TEXT), "default": FLAG,
})  # fmt: skip
_CODE = record({
    "code": TEXT, "means": TEXT, "approved": FLAG, "whoseMove": TEXT, "sameCardAgain": TEXT, "todo": TEXT,
    "say": said(TEXT, "What to tell the customer."), "source": TEXT,
    "see": said(maybe(TEXT), "The command that explains the exit code of the same number."),
})  # fmt: skip
_EXIT = record({
    "exitCode": {"type": "integer"}, "outcomes": listed(TEXT), "means": TEXT, "whoseMove": TEXT,
    "sameCardAgain": maybe(TEXT), "todo": TEXT, "say": said(maybe(TEXT), "What to tell the customer."), "source": TEXT,
    "see": said(maybe(TEXT), "The command that explains the response code of the same number."),
})  # fmt: skip
_JOURNAL = record(
    {"path": TEXT, "whole": FLAG, "entries": COUNT, "facts": COUNT, "links": COUNT, "beganAt": maybe(PRECISE),
     "takenOver": maybe({"type": ["object", "string", "integer"]}),
     "accepted": listed(record({"at": PRECISE, "found": listed(TEXT)})), "damage": listed(TEXT)},
    {"setAside": maybe(TEXT)},
)  # fmt: skip
_SPAN = {"day": maybe(DAY), "begin": maybe(ZONED), "end": maybe(ZONED), "timezone": maybe(TEXT)}
_UNREADABLE = record({"transactionId": maybe({"type": "integer"}), "says": TEXT})
_WHOLE = {"incomplete": said(FLAG, "Something could not be read."), "unreadable": listed(_UNREADABLE)}
_TAKINGS = record({
    "terminal": maybe(TEXT), "brand": maybe(TEXT), "outcome": TEXT, "count": COUNT, "amountBase": MONEY,
    "amountTip": MONEY, "amountTax": MONEY, "amountShipping": MONEY, "amountSurcharge": MONEY, "amountOther": MONEY,
    "amountTotal": MONEY, "amount": MONEY, "by": maybe(TEXT),
})  # fmt: skip
_TOTALS = record(dict.fromkeys(("charged", "refunded", "held", "declined", "net"), MONEY))
_STANDING = {"transactionId": {"type": "integer"}, "action": TEXT, "outcome": TEXT, "amountTotal": MONEY}
_CARRIED = record({
    **_STANDING, "day": DAY, "before": maybe(record({"outcome": TEXT, "amountTotal": MONEY})), "difference": MONEY,
})  # fmt: skip
_CLOSE = record({
    "number": COUNT, **_SPAN, "closedAt": TEXT, "profile": TEXT, "environment": ENVIRONMENT, "by": maybe(TEXT),
    "incomplete": FLAG, "differences": listed(TEXT), "items": listed(_TAKINGS), "totals": record(dict.fromkeys(
        ("charged", "refunded", "held", "declined", "net", "carried", "netWithCarried"), MONEY)),
    "carried": listed(_CARRIED), "transactions": listed(record(_STANDING)),
    "head": said(record({"link": COUNT, "hash": TEXT}), "How far the journal's hash chain reached."),
}, {"accepted": said(listed(TEXT), "What looked charged twice but is two sales, according to --over.")})  # fmt: skip
_DIFFERENCE = record({
    "difference": TEXT, "says": TEXT, "hint": maybe(TEXT), "amount": maybe(MONEY), "key": maybe(TEXT),
    "terminal": maybe(TEXT), "invoiceNumber": maybe(TEXT), "transactionIds": listed({"type": "integer"}),
})  # fmt: skip
_RECONCILED = {
    **_SPAN, "settlement": maybe(_BATCH),
    "sources": record({
        "entries": COUNT, "transactions": COUNT, "events": maybe(COUNT),
        "eventsRemoved": said(maybe(COUNT), "Older events that the relay has removed."),
    }), **_WHOLE,
    "held": listed({"type": ["object", "integer", "string"]}),
}  # fmt: skip
_BENCH = record({
    "scenario": TEXT, "passed": FLAG, "said": said(TEXT, "What the exit code claimed."),
    "truth": said(TEXT, "What was booked."), "charges": COUNT, "seconds": maybe(NUMBER), "why": TEXT,
    "hint": maybe(TEXT), "stderr": listed(TEXT), "skipped": said(FLAG, "Not run, because the control failed."),
})  # fmt: skip
_VALUE: Schema = {"type": ["boolean", "integer", "number", "string", "null"]}
_ANSWER = record({
    "name": TEXT, "answer": _VALUE, "assumed": said(_VALUE, "What the simulator assumes, if anything."),
    "differs": FLAG, "says": TEXT, "requests": said(listed(TEXT), "The X-Pj-Request-Ids of the calls that show it."),
})  # fmt: skip
_CHECK = record({"name": TEXT, "status": one_of("ok", "note", "bad"), "detail": TEXT, "hint": maybe(TEXT)})
_RECEIPT = record({
    "transactionId": {"type": "integer"}, "paper": maybe(one_of("thermal", "fullpage")), "text": maybe(TEXT),
    "file": maybe(TEXT), "emailedTo": maybe(TEXT),
})  # fmt: skip
_SIGNATURE = record({
    "id": TEXT, "of": one_of("transaction", "signature"), "file": maybe(TEXT), "bytes": COUNT, "width": maybe(COUNT),
    "height": maybe(COUNT),
})  # fmt: skip
_DISPUTE = record({
    "transactionId": {"type": "integer"}, "key": maybe(TEXT), "case": maybe(TEXT), "file": TEXT, "bytes": COUNT,
    "pages": COUNT, "incomplete": said(FLAG, "Something could not be read, or the journal was changed."),
    "missing": listed(TEXT),
})  # fmt: skip
_SCRIPT = record({"shell": TEXT, "script": TEXT})
_INSTALLED = record({"shell": TEXT, "path": TEXT, "changed": FLAG, "activate": maybe(TEXT)})

LISTS: dict[str, tuple[str, Schema]] = {
    "accounts": ("Merchant accounts", items("accounts", API_OBJECT)),
    "completions": ("Names for completion", items("completions", TEXT)),
    "deposits": ("Deposits", items("deposits", _BATCH)),
    "doctor": ("Checks", items("doctor", _CHECK)),
    "explain": ("Response codes", items("explain", _CODE)),
    "help": ("Topics", items("help", record({"name": TEXT, "title": TEXT}))),
    "probe": ("Answers from labs", items("probe", _ANSWER)),
    "profiles": ("Profiles", items("profiles", _PROFILE)),
    "reconcile": ("Differences", items("reconcile", _DIFFERENCE, _RECONCILED)),
    "report": ("Takings", items("report", _TAKINGS, {**_SPAN, **_WHOLE, "totals": _TOTALS})),
    "scenarios": ("Scenarios by name", items("scenarios", record({"name": TEXT, "says": TEXT}))),
    "schema": ("Schemas by name", items("schema", record({"name": TEXT, "title": TEXT}))),
    "settlements": ("Settlements", items("settlements", _BATCH)),
    "terminals": ("Readers", items("terminals", API_OBJECT)),
    "transactions": ("Transactions", items("transactions", API_OBJECT, _WHOLE)),
    "verify": ("The bench's report", items("verify", _BENCH)),
}
ITEMS: dict[str, tuple[str, Schema]] = {
    "completion": ("A completion script", item("completions", _SCRIPT, _INSTALLED)),
    "deposit": ("A deposit", item("deposits", _BATCH)),
    "close": ("The close of a day", item("close", _CLOSE)),
    "dispute": ("The file for a chargeback", item("dispute", _DISPUTE)),
    "code": ("A code", item("explain", _CODE, _EXIT)),
    "topic": ("A topic", item("help", record({"name": TEXT, "text": TEXT}))),
    "journal": ("The journal's state", item("journal", _JOURNAL, record({"path": TEXT}))),
    "log": ("The log", item("log", record({"path": TEXT, "lines": maybe(listed(TEXT))}))),
    "profile": ("A profile", item("profiles", _PROFILE, record({"name": TEXT, "removed": FLAG}))),
    "receipt": ("A receipt", item("receipt", _RECEIPT)),
    "entry": ("A request", item("requests", RESULT)),
    "settlement": ("A settlement", item("settlements", _BATCH)),
    "signature": ("A signature", item("signature", _SIGNATURE)),
    "transaction": ("A transaction", item("transactions", API_OBJECT)),
    "version": ("The version", item("version", record({"version": TEXT}))),
    "why": ("A sale and its evidence", item("why", RESULT)),
}
