"""What is read from files: `config.toml`, and scenarios of the simulator. Names that are not known are mistakes."""

from __future__ import annotations

from pjterm.schemas.parts import (
    FLAG,
    TEXT,
    Schema,
    by_name,
    listed,
    one_of,
    record,
    said,
)

AMOUNT: Schema = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]{1,2})?$"}
SECONDS: Schema = {"type": "number", "minimum": 0, "maximum": 1e7}
STATUS: Schema = {"type": "integer", "minimum": 200, "maximum": 599}
HH_MM: Schema = {"type": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]$"}
_COMMANDS = ("charge", "refund", "sign", "prompt", "input")
_DEFAULTS = said({"type": "object", "additionalProperties": True}, "Defaults of this command's options.")


def closed(properties: dict[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    """A table whose names are all known."""
    table = record({n: properties[n] for n in required}, {n: s for n, s in properties.items() if n not in required})
    return table | {"additionalProperties": False}


PROFILE = closed(
    {
        "environment": one_of("labs", "production", "simulator"),
        "login": TEXT,
        "terminal": said(TEXT, "The usual reader."),
        "account": said({"type": "integer", "minimum": 1}, "The merchant account (terminalId)."),
        "relay": {"anyOf": [TEXT, listed(TEXT)]},
        "max_amount": said(AMOUNT, "Above it: refused; no option overrides it."),
        "confirm_above": said(AMOUNT, "Above it: a question, or --yes."),
        "terms": TEXT,
        "reply_to": TEXT,
        "by": said(TEXT, "Who sells."),
        "timezone": said(TEXT, "An IANA name."),
        "day_starts": HH_MM,
        "accessible": FLAG,
        "bell": FLAG,
        "base_url": TEXT,
        "aliases": said(by_name(TEXT), "Names for readers, by their UUIDs."),
        "secrets": said(TEXT, "Where the secrets are; written by pjterm."),
        **dict.fromkeys(_COMMANDS, _DEFAULTS),
    },
    required=("environment",),
)
CONFIG = closed({"default_profile": TEXT, "profiles": by_name(PROFILE)})

_CUSTOMER = ("pays", "declined", "cancels", "leaves")
CONDUCT: dict[str, Schema] = {
    "device": one_of("ready", "busy", "unplugged"), "customer": one_of(*_CUSTOMER), "code": TEXT,
    "connecting": SECONDS, "acts": SECONDS, "completes": SECONDS, "gives_up": SECONDS, "times_out": SECONDS,
    "late": SECONDS, "word": TEXT, "word_lasts": SECONDS, "card_in": SECONDS, "main_hides": FLAG,
    "button": TEXT, "input_value": TEXT, "read_data": TEXT, "strokes": TEXT, "tip": AMOUNT, "pin_debit": FLAG,
    "second": one_of(*_CUSTOMER), "second_acts": SECONDS, "entry": one_of("chip", "tap", "swipe", "keyed"),
    "brand": one_of("VISA", "MASTERCARD", "DISCOVER", "AMERICAN_EXPRESS"), "approves": AMOUNT, "held": FLAG,
    "booked": SECONDS, "silent": FLAG,
}  # fmt: skip
_READER = one_of("T1", "T2")
_NTH: Schema = {"type": "integer", "minimum": 1}
REQUEST = closed({
    "terminal": _READER, "nth": _NTH,
    "kinds": listed(one_of("payment", "charge", "refund", "signature", "sign", "prompt", "input", "read")), **CONDUCT,
})  # fmt: skip
HTTP = closed({
    "call": said(TEXT, "METHOD /path, with * for anything."),
    "fault": one_of("reply-lost", "reply-lost-not-started", "http-500", "http-502-html", "truncated", "rate-limited",
                    "proxy-page", "slow"),
    "each": FLAG, "seconds": SECONDS,
}, required=("fault",))  # fmt: skip
WEBHOOK = closed({
    "fate": one_of("lost", "twice", "late", "out-of-order", "bad-signature", "unsigned", "same-id"),
    "status": TEXT, "seconds": SECONDS,
}, required=("fate",))  # fmt: skip
TILL = closed({
    "does": one_of("charge", "reset"), "terminal": _READER, "nth": _NTH, "after": SECONDS, "amount": AMOUNT,
}, required=("does",))  # fmt: skip
ACCOUNT = closed({
    "terminal_id": {"type": "integer", "minimum": 1}, "nick_name": TEXT, "kind": one_of("CARD", "ACH"),
    "enabled": FLAG, "surcharge": AMOUNT, "closes": {"type": "string", "pattern": r"^(never|[0-2][0-9]:[0-5][0-9])$"},
    "company": TEXT, "merchant_number": TEXT,
})  # fmt: skip
GUESSES = closed({
    "limit_status": STATUS, "main_status": STATUS, "unknown_transaction_status": STATUS,
    "settlement_completes_seconds": SECONDS,
    **dict.fromkeys(
        ("main_ends_connecting", "duplicate_without_invoice", "refund_voidable", "rebill_inherits",
         "reader_takes_hold", "signature_by_default", "avs_unavailable_declines", "surcharge_follows_edits",
         "underwritten"), FLAG,
    ),
})  # fmt: skip
SCENARIO = closed({
    "says": said(TEXT, "The real event that it stands for."), "cards": one_of("another", "same"),
    "settle_after": SECONDS, "search_lag": SECONDS, "numbers": one_of("documented", "text"), "again": FLAG,
    "request": listed(REQUEST), "http": listed(HTTP), "webhook": listed(WEBHOOK), "till": listed(TILL),
    "account": listed(ACCOUNT), "guesses": GUESSES,
})  # fmt: skip
FACTS = closed({
    "made": said({}, "When, with its zone."), "environment": one_of("labs", "simulator"),
    "host": said(TEXT, "Who was asked."), "guesses": GUESSES,
    "observed": by_name({"type": ["boolean", "integer", "number", "string"]}),
    "sources": by_name(record({"says": TEXT, "requests": listed(TEXT)}, {"at": said({}, "When it was answered.")})),
}, required=("guesses",))  # fmt: skip
