"""What is read from files: `config.toml`, and the simulator's scenarios. Unknown names are errors."""

from __future__ import annotations

from pjterm.schemas.parts import FLAG, TEXT, Schema, by_name, listed, one_of, record, said

AMOUNT: Schema = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]{1,2})?$"}
DECLINE: Schema = {"type": "string", "pattern": r"^(?!00)[0-9A-Z]{2}$"}
SECONDS: Schema = {"type": "number", "minimum": 0, "maximum": 1e7}
STATUS: Schema = {"type": "integer", "minimum": 200, "maximum": 599}
HH_MM: Schema = {"type": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]$"}
_COMMANDS = ("charge", "refund", "sign", "prompt", "input")
_DEFAULTS = said({"type": "object", "additionalProperties": True}, "Defaults of this command's options.")


def closed(properties: dict[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    """A table without unknown names."""
    table = record({n: properties[n] for n in required}, {n: s for n, s in properties.items() if n not in required})
    return table | {"additionalProperties": False}


PROFILE = closed(
    {
        "environment": one_of("labs", "production", "simulator"),
        "login": TEXT,
        "terminal": said(TEXT, "The usual reader."),
        "account": said({"type": "integer", "minimum": 1}, "The merchant account (terminalId)."),
        "relay": {"anyOf": [TEXT, listed(TEXT)]},
        "max_amount": said(AMOUNT, "Larger amounts are refused; no option overrides this."),
        "confirm_above": said(AMOUNT, "Larger amounts require confirmation, or --yes."),
        "terms": TEXT,
        "reply_to": TEXT,
        "by": said(TEXT, "The seller."),
        "timezone": said(TEXT, "An IANA name."),
        "day_starts": HH_MM,
        "accessible": FLAG,
        "bell": FLAG,
        "base_url": TEXT,
        "aliases": said(by_name(TEXT), "Names for readers' UUIDs."),
        "secrets": said(TEXT, "Where the secrets are; written by pjterm."),
        **dict.fromkeys(_COMMANDS, _DEFAULTS),
    },
    required=("environment",),
)
CONFIG = closed({"default_profile": TEXT, "profiles": by_name(PROFILE)})

_TO_PLAY: Schema = {"type": "string", "pattern": r"^[0-9]{1,6}(\.[0-9]{1,2})?$"}
_CLOSES: Schema = {"type": "string", "pattern": r"^(never|([01][0-9]|2[0-3]):[0-5][0-9])$"}
_STROKES: Schema = {"type": "string", "pattern": r"^[0-9]{1,3},[0-9]{1,3}([ ;][0-9]{1,3},[0-9]{1,3})*$",
                    "maxLength": 60_000}  # fmt: skip
_CALL: Schema = {"type": "string", "pattern": r"^[A-Z*]+ [/*](\S*[^\s/])?$"}
_COUNT: Schema = {"type": "integer", "minimum": 1, "maximum": 10**9}
_CUSTOMER = ("pays", "declined", "cancels", "leaves")
CONDUCT: dict[str, Schema] = {
    "device": said(one_of("ready", "busy", "unplugged"), "The reader's state when the request arrives."),
    "customer": said(one_of(*_CUSTOMER), "What the customer does."),
    "code": said(DECLINE, "The bank's code if the card is declined."),
    "connecting": said(SECONDS, "How long CONNECTING lasts."),
    "acts": said(SECONDS, "When the customer acts, in seconds after acceptance."),
    "completes": said(SECONDS, "From then to COMPLETE."),
    "gives_up": said(SECONDS, "When an unplugged reader becomes NO_CONNECTION."),
    "times_out": said(SECONDS, "When a reader that nobody touches ends the request."),
    "late": said(SECONDS, "How long after a bare COMPLETE the result appears; the sale is already booked."),
    "word": said(TEXT, "A status that no page documents, before IN_PROGRESS."),
    "word_lasts": said(SECONDS, "How long it shows."),
    "card_in": said(SECONDS, "How long before the act the card is in, too late for /main."),
    "main_hides": said(FLAG, "With the card in, /main gives a bare COMPLETE and the result comes later."),
    "button": said(TEXT, "The label pressed; default: the first."),
    "input_value": said(TEXT, "What is typed."),
    "read_data": said(TEXT, "The data of a swiped card."),
    "strokes": said(_STROKES, "How a signature is written: 10,20 30,40;50,60 70,80 on a field of 320 x 100."),
    "tip": said(_TO_PLAY, "Given if allowTips asks."),
    "pin_debit": said(FLAG, "Such a charge can never be voided."),
    "second": said(one_of(*_CUSTOMER), "After a decline: what a second card does, on the same request."),
    "second_acts": said(SECONDS, "From the first card to the second."),
    "entry": said(one_of("chip", "tap", "swipe", "keyed"), "How the card is read."),
    "brand": one_of("VISA", "MASTERCARD", "DISCOVER", "AMERICAN_EXPRESS"),
    "approves": said(_TO_PLAY, "The bank approves only this amount."),
    "held": said(FLAG, "Authorized but not captured: status HOLD."),
    "booked": said(SECONDS, "How long after a bare COMPLETE the sale is booked; until then no search finds it."),
    "silent": said(FLAG, "With booked: polls and webhooks never show the transaction."),
}
_READER = one_of("T1", "T2")
_NTH = said(_COUNT, "Only the nth one that fits; default: each.")
REQUEST = closed({
    "terminal": _READER, "nth": _NTH,
    "kinds": listed(one_of("payment", "charge", "refund", "signature", "sign", "prompt", "input", "read")), **CONDUCT,
})  # fmt: skip
HTTP = closed({
    "call": said(_CALL, "METHOD /path, with * for anything."),
    "fault": one_of("reply-lost", "reply-lost-not-started", "http-500", "http-502-html", "truncated", "rate-limited",
                    "proxy-page", "slow"),
    "each": said(FLAG, "Every call that fits, not only the first of each distinct one."),
    "seconds": said(SECONDS, "With slow: how long the response takes."),
}, required=("fault",))  # fmt: skip
WEBHOOK = closed({
    "fate": one_of("lost", "twice", "late", "out-of-order", "bad-signature", "unsigned", "same-id"),
    "status": said(TEXT, "Only webhooks of this status; default: all of a request."),
    "seconds": said(SECONDS, "With late: by how much."),
}, required=("fate",))  # fmt: skip
TILL = closed({
    "does": said(one_of("charge", "reset"), "Once a payment is accepted: charge takes the reader, reset resets it."),
    "terminal": _READER, "nth": _NTH, "after": said(SECONDS, "From the acceptance."),
    "amount": said(_TO_PLAY, "What it charges; default: the same amount."),
}, required=("does",))  # fmt: skip
ACCOUNT = closed({
    "terminal_id": _COUNT, "nick_name": TEXT, "kind": one_of("CARD", "ACH"),
    "enabled": FLAG, "surcharge": _TO_PLAY, "closes": _CLOSES,
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
    "says": said(TEXT, "The real event that it stands for."),
    "cards": said(one_of("another", "same"), "Whether each customer brings another card."),
    "settle_after": said(SECONDS, "From a batch's first sale to its close; default: at the account's hour."),
    "search_lag": said(SECONDS, "How long after its booking a search finds a transaction."),
    "numbers": said(one_of("documented", "text"), "text: ids as JSON strings, amounts as JSON numbers."),
    "again": said(FLAG, "The bench runs a command that says not paid a second time."),
    "request": said(listed(REQUEST), "What happens at the reader; the first one that fits is used."),
    "http": said(listed(HTTP), "What becomes of a call; the first one that fits is used."),
    "webhook": said(listed(WEBHOOK), "What becomes of webhooks; all that fit apply together."),
    "till": said(listed(TILL), "What another till does."),
    "account": said(listed(ACCOUNT), "The merchant accounts; default: 10001."),
    "guesses": said(GUESSES, "Where the real API may differ: pjterm help guesses."),
})  # fmt: skip
FACTS = closed({
    "made": said({}, "When, with its zone."), "environment": one_of("labs", "simulator"),
    "host": said(TEXT, "The host that was probed."), "guesses": GUESSES,
    "observed": by_name({"type": ["boolean", "integer", "number", "string"]}),
    "sources": by_name(record({"says": TEXT, "requests": listed(TEXT)}, {"at": said({}, "When it was answered.")})),
}, required=("guesses",))  # fmt: skip
