"""What a transaction's response code means, who has to act, and whether the same card may be tried again.

The list is the API's, and each line names its page; what to tell the customer is ours. Codes of two digits
come from the card's bank, of two letters from PayJunction or the merchant's own settings (DECL).
"""

from __future__ import annotations

from enum import StrEnum

from pjterm.values import dataclass

SOURCES = {
    "RESP": "Transaction Response Codes (developer.payjunction.com)",
    "S-LIST": "Full List of Approval Codes and Decline Codes (support.payjunction.com)",
    "S-05": "the page on decline code 05 (support.payjunction.com)",
    "S-10": "the page on decline code 10 (support.payjunction.com)",
    "S-57": "the page on decline code 57 (support.payjunction.com)",
    "S-DT": "What Is a DT Duplicate Transaction Decline Code? (support.payjunction.com)",
    "S-BLOCK": "Why is a card blocked after being declined? (support.payjunction.com)",
    "S-OVR": "the page on overriding a decline (support.payjunction.com)",
    "PLUGIN": "the code of PayJunction's own shop plug-ins",
    "OURS": "nowhere; this is our reading",
}


class Again(StrEnum):
    """Whether the same card may be tried again."""

    DONE = "not needed"
    YES = "yes"
    ONCE = "once"
    LATER = "not now"
    NO = "no"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class ResponseCode:
    """One code: what it means, who can act, what to do, and what to tell the customer."""

    code: str
    means: str
    whose: str
    again: Again
    todo: str
    say: str
    source: str
    approved: bool = False


_ANOTHER = "Take another card."
_TRY_ANOTHER = "It was not approved. Do you have another card?"


def _code(
    code: str, means: str, whose: str, again: Again, todo: str = _ANOTHER, say: str = _TRY_ANOTHER, source: str = "RESP"
) -> ResponseCode:  # fmt: skip
    return ResponseCode(code, means, whose, again, todo, say, source)


_BANK, _CUSTOMER, _YOU, _NETWORK = "the card's bank", "the customer", "you", "the network"
_SETTINGS = "your account's settings"
CODES = {c.code: c for c in (
    ResponseCode("00", "approved", "nobody", Again.DONE, "Nothing; the total is what was charged.", "Thank you.",
                 "RESP", approved=True),
    ResponseCode("85", "approved (an older form of 00)", "nobody", Again.DONE,
                 "Nothing; the total is what was charged.", "Thank you.", "S-LIST", approved=True),
    _code("01", "call the issuer", _BANK, Again.LATER, _ANOTHER,
          "Your bank wants to hear from you. Do you have another card?", "S-LIST"),
    _code("04", "pick up card", _BANK, Again.NEVER, "Hand the card back and take another one; do not discuss it.",
          _TRY_ANOTHER, "S-BLOCK"),
    _code("05", "do not honor; the bank gives no reason", _BANK, Again.LATER,
          "Take another card, or wait 24 hours with this one: an earlier retry can cost the right to contest a "
          "later chargeback.", "Please call the number on the back of the card, or use another one.", "S-05"),
    _code("10", "partial approval, which is not supported", _CUSTOMER, Again.YES,
          "Run exactly the card's balance and take the rest another way; one cent more declines again.",
          "The card's balance is too low. Your bank can tell you the exact amount.", "S-10"),
    _code("12", "invalid transaction", _BANK, Again.NEVER, source="S-BLOCK"),
    _code("13", "invalid amount", _YOU, Again.YES, "Check the amount and run it again."),
    _code("14", "invalid card number", _CUSTOMER, Again.ONCE, "Have the card inserted or tapped instead of keyed.",
          "Please insert or tap the card."),
    _code("15", "no such issuer", _BANK, Again.NEVER, source="S-BLOCK"),
    _code("19", "enter again", _NETWORK, Again.ONCE, "Run it once more.", "It did not go through. Once more, please."),
    _code("51", "insufficient funds", _CUSTOMER, Again.LATER, "Take another card or a smaller amount.",
          "It was not approved. Another card, or a smaller amount?"),
    _code("54", "expired card", _CUSTOMER, Again.NO, "Check the date on the card; take another one."),
    _code("55", "wrong PIN", _CUSTOMER, Again.YES, "Have the PIN entered again; too many tries end in code 75.",
          "The PIN was wrong. Once more, please."),
    _code("57", "service not allowed for this card", _BANK, Again.NEVER,
          "Take another card, unless the bank itself says otherwise.",
          "Your bank does not allow this with the card. Another one, please.", "S-57"),
    _code("61", "over the withdrawal limit", _CUSTOMER, Again.LATER, "Take another card or a smaller amount."),
    _code("62", "restricted for this kind of business", _BANK, Again.NO),
    _code("63", "restricted", _BANK, Again.NO),
    _code("65", "over the activity limit", _CUSTOMER, Again.LATER, "Take another card or a smaller amount."),
    _code("75", "too many wrong PINs", _CUSTOMER, Again.NO, "Take another card, or this one as credit."),
    _code("78", "no such account", _BANK, Again.NO),
    _code("91", "the bank did not reply", _NETWORK, Again.YES,
          "Look first whether it went through; then run it again after some minutes.",
          "The bank is not answering. We can try again in a moment."),
    _code("97", "security code mismatch", _CUSTOMER, Again.ONCE, "Have the code on the card read again.",
          "Please read me the code again."),
    _code("RC", "authorization revoked by the customer", _CUSTOMER, Again.NEVER,
          "Stop any schedule for this card; take another one.", _TRY_ANOTHER, "S-BLOCK"),
    _code("AA", "address does not match", _YOU, Again.YES,
          "Ask for the billing address and ZIP and key it again; the bank holds the money 1 to 3 business days.",
          "What is the billing address of the card?"),
    _code("AI", "address check not supported abroad, and the account requires it", _SETTINGS, Again.YES,
          "Change the setting, or key it with other rules."),
    _code("AN", "address check not supported, and the account requires it", _SETTINGS, Again.YES,
          "Change the setting, or key it with other rules."),
    _code("AU", "address check unavailable, and the account requires it", _NETWORK, Again.YES,
          "Run it again once the bank's address check is back."),
    *(_code(code, f"address check: {what}", _YOU, Again.YES, "Ask for the billing address and ZIP and key it again.",
            "What is the billing address of the card?", "PLUGIN")
      for code, what in (("AW", "the system is down (our reading)"), ("AX", "ZIP and address (our reading)"),
                         ("AY", "either of both (our reading)"), ("AZ", "ZIP (our reading)"))),
    *(_code(code, "a security code rule of the account", _YOU, Again.ONCE, "Have the code on the card read again.",
            "Please read me the code again.", "PLUGIN") for code in ("CN", "CV")),
    _code("DT", "duplicate: same card, amount and invoice within 10 minutes", _YOU, Again.NO,
          "Look for the first sale; it is paid. For a second one wait 10 minutes or give another invoice number.",
          "It is paid already.", "S-DT"),
    _code("FA", "the card is on PayJunction's block list, after a 04, 12, 15, 57 or RC", _BANK, Again.NEVER,
          "Take another card; each retry of this one costs a fee.", _TRY_ANOTHER, "S-BLOCK"),
    *(_code(code, "a fraud filter of the account", _SETTINGS, Again.NO, "Take another card, and tell the office.",
            _TRY_ANOTHER, "PLUGIN") for code in ("FB", "FF", "FG")),
)}  # fmt: skip


def explained(code: str | None) -> ResponseCode | None:
    """The entry of a code; None for one that no page names."""
    return CODES.get((code or "").strip().upper())


def in_one_line(code: str | None) -> str:
    """A decline in one line: what to do, and whether the same card may be tried again."""
    found = explained(code)
    if found is None:
        return "Take another card; no page explains this code."
    if found.again is Again.NEVER:
        return f"Never run this card again, not even tomorrow. {found.todo}"
    return found.todo
