"""The source of the money of a POST /transactions: a card, a bank account, or an earlier transaction (TXPOST)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from pjterm.simulator.api.desk import Desk
from pjterm.simulator.api.replies import not_simulated
from pjterm.simulator.shop.ledger import Card
from pjterm.values import dataclass

VAULT = "vault"
_NUMBER = re.compile(r"[0-9]{1,18}")
_CARD = re.compile(r"[0-9]{12,19}")
_TRACK = re.compile(r"[%;]B?([0-9]{12,19})[\^=]")
_EXPIRES = re.compile(r"([0-9]{2}|20[0-9]{2})?")  # two digits: an old client's tests on labs
_SOURCES = ("transactionId", "vaultId", "cardNumber", "cardTrack", "achAccountNumber")
_BRANDS = {"3": "AMERICAN_EXPRESS", "4": "VISA", "5": "MASTERCARD", "6": "DISCOVER"}
INSTANT, KEYED, SWIPE = "INSTANT", "KEYED", "SWIPE"


@dataclass(frozen=True, slots=True)
class Source:
    """What is charged, and the `method` of the reply: INSTANT for a stored account (recorded), SWIPE is a guess."""

    card: Card
    method: str


def original(desk: Desk) -> dict[str, Any] | None:
    """The earlier transaction that `transactionId` names; the error for an unknown one shows the number as parsed."""
    number = desk.form.get("transactionId")
    if not number:
        return None
    if not _NUMBER.fullmatch(number):
        desk.form.wrong("transactionId", "Transaction Id is invalid.")
        desk.form.check()
    found = desk.books.transaction(int(number))
    if found is None:
        desk.form.wrong("transactionId", f"Transaction Id {int(number)} does not exist.")
        desk.form.check()
    return found


def source(desk: Desk, earlier: Mapping[str, Any] | None) -> Source:
    """The one source of the call; an earlier transaction outranks a vault, which a client sends beside it (guess)."""
    form = desk.form
    given = [name for name in _SOURCES if form.get(name)]
    for name in given[1:] if given != ["transactionId", "vaultId"] else ():
        form.wrong(name)
    for name in ("tokenId", "scheduleId", "plaidAccessToken"):
        if form.get(name):
            raise not_simulated(name)
    stored = _vault(desk) if form.get("vaultId") else None
    if earlier is not None:
        return Source(of_record(earlier).card, INSTANT)
    if stored is not None:
        return Source(stored, INSTANT)
    if form.get("cardTrack"):
        return Source(_swiped(desk), SWIPE)
    if form.get("achAccountNumber") or form.get("achRoutingNumber"):
        return Source(bank_account(desk), KEYED)
    return Source(keyed(desk), KEYED)


def of_record(record: Mapping[str, Any]) -> Source:
    """The card or account of a transaction."""
    card = Card(record["card"], record["pinDebit"], record["brand"], record["kind"])
    return Source(card, record["method"])


def keyed(desk: Desk) -> Card:
    """A card typed in. Expired cards are accepted, because existing clients send them to labs (guess)."""
    form = desk.form
    number = form.required("cardNumber", "Card Number is required.").replace(" ", "")
    if number and not (_CARD.fullmatch(number) and _luhn(number)):
        form.wrong("cardNumber", "Card Number is not a valid card number.")
    form.required("cardExpMonth")
    if form.number("cardExpMonth", 12) == 0:
        form.wrong("cardExpMonth")
    if not _EXPIRES.fullmatch(form.required("cardExpYear")):
        form.wrong("cardExpYear")
    return _card(number)


def _swiped(desk: Desk) -> Card:
    found = _TRACK.search(desk.form.get("cardTrack"))
    if found is None:
        desk.form.wrong("cardTrack")
    return _card("" if found is None else found[1])


def _card(number: str) -> Card:
    """Enough to tell cards apart and to show the last four digits; a real number typed in is not stored."""
    kept = f"{sha256(number.encode()).hexdigest()[:12]}-{number[-4:]}"
    return Card(kept, brand=_BRANDS.get(number[:1], "OTHER"))


def bank_account(desk: Desk) -> Card:
    """ACH: routing and account number, checked as in the documented example (ERR)."""
    form = desk.form
    number = form.required("achAccountNumber", "Account Number is required.")
    if number and not (number.isascii() and number.isdigit() and len(number) <= 17):
        form.wrong("achAccountNumber", "Account Number can only contain numbers.")
    routing = form.required("achRoutingNumber", "Routing Number is required.")
    if routing and not re.fullmatch(r"[0-9]{9}", routing):
        form.wrong("achRoutingNumber", "Routing Number is invalid.")
    for name, words, most in (("achAccountType", "Account Type", ("CHECKING", "SAVINGS")),
                              ("achType", "Type", ("PPD", "CCD"))):  # fmt: skip
        if form.required(name, f"{words} is required.") not in ("", *most):
            form.wrong(name, f"{words} is invalid.")
    kept = f"{sha256(number.encode()).hexdigest()[:12]}-{number[-4:]}"
    return Card(kept, brand=form.get("achAccountType"), kind="ACH")


def _vault(desk: Desk) -> Card | None:
    found = desk.books.document(VAULT, desk.form.get("vaultId"))
    if found is None:
        desk.form.wrong("vaultId", "Vault does not exist.")
        return None
    return Card(found["card"], brand=found["accountType"], kind=found["type"])


def _luhn(number: str) -> bool:
    """Whether the check digit is right; a number that fails it is 400, not a decline."""
    digits = [int(d) for d in reversed(number)]
    doubled = (d * 2 - 9 * (d > 4) for d in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
