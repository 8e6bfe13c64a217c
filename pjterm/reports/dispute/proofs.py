"""The pages that each prove one thing: the transaction, the receipt, the signature, the terms that were signed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pjterm.core import wire
from pjterm.core.card import approval_code
from pjterm.core.model import Transaction
from pjterm.core.parts import say_taken
from pjterm.reports.dispute.case import Dispute, card
from pjterm.reports.dispute.moments import local
from pjterm.reports.document import Block, Facts, Notice, Page, Paper, Picture

_METHODS = {"INSTANT": "a card that was stored before"}


def transaction_page(d: Dispute) -> Page:
    """What was booked, as it stands now."""
    t = d.transaction
    groups = ((None, _payment(d)), ("Card", _card_rows(t)), ("Checks", _checks(t)), ("Customer", _customer(t)))
    blocks = tuple(Facts(tuple(rows), heading) for heading, found in groups if (rows := list(found)))
    return Page("The transaction", f"As PayJunction has it, read on {local(d.made_at, d.zone)}.", blocks)


def _payment(d: Dispute) -> Iterator[tuple[str, str]]:
    t = d.transaction
    at = wire.utc_moment(t.raw.get("created"))
    yield "Transaction", str(t.transaction_id)
    yield from _said("Booked", None if at is None else local(at, d.zone))
    yield from _said("Total", say_taken(t))
    response = f"{t.message or ''} (code {t.code})".strip() if t.code else t.message
    yield from _said("Response", response)
    yield from _said("Approval code", approval_code(t.raw))
    yield from _said("Status", t.status)
    if wire.settled(t):
        yield "Settled", f"in batch {wire.settlement_id(t) or 'of unknown number'}"
    yield from _said("Invoice number", t.invoice_number)
    yield from _said("Purchase order", wire.purchase_order(t))
    yield from _said("Service", wire.text(t.raw.get("service")))
    yield from _said("Account", None if t.terminal_id is None else str(t.terminal_id))
    if d.sale is not None:
        yield "Sale key", d.sale.key
        yield from _said("Reader", None if d.taken_by is None else d.sale.terminal.name)


def _card_rows(t: Transaction) -> Iterator[tuple[str, str]]:
    method = wire.text(t.raw.get("method"))
    yield from _said("Card", card(t))
    yield from _said("Method", None if method is None else _METHODS.get(method, method))
    yield from _said("Signature", wire.text(t.raw.get("signatureStatus")))


def _checks(t: Transaction) -> Iterator[tuple[str, str]]:
    """What the processor compared (AVS)."""
    response = t.raw.get("response")
    processor = response.get("processor") if isinstance(response, Mapping) else None
    for name, label in (("avs", "Address (AVS)"), ("cvv", "Security code (CVV)")):
        said = processor.get(name) if isinstance(processor, Mapping) else None
        if not isinstance(said, Mapping):
            continue
        match = said.get("match")
        found = match.items() if isinstance(match, Mapping) else ()
        compared = (f"{k} {'matches' if v else 'differs'}" for k, v in found if isinstance(v, bool))
        words = [wire.text(said.get("status")), *compared]
        yield from _said(label, ", ".join(w for w in words if w))


def _customer(t: Transaction) -> Iterator[tuple[str, str]]:
    """Who paid, as the sale said; phone numbers stay out."""
    for name, label in (("billing", "Billed to"), ("shipping", "Shipped to")):
        said = t.raw.get(name)
        if not isinstance(said, Mapping):
            continue
        place = said.get("address")
        place = place if isinstance(place, Mapping) else {}
        names = _texts(said, "firstName", "middleName", "lastName")
        street = " ".join(_texts(place, "state", "zip"))
        lines = [" ".join(names), *_texts(said, "companyName"), *_texts(place, "address", "city"), street,
                 *_texts(place, "country"), *_texts(said, "email", "identifier")]  # fmt: skip
        yield from _said(label, ", ".join(line for line in lines if line))


def _texts(said: Mapping[str, Any], *names: str) -> list[str]:
    return [value for name in names if (value := wire.words(said.get(name)))]


def _said(label: str, value: str | None) -> Iterator[tuple[str, str]]:
    if value:
        yield label, value


def receipt_page(d: Dispute) -> Page:
    """What the customer was given."""
    if d.receipt is None:
        return Page("The receipt", "It could not be read from PayJunction.", ())
    lead = "The words of the receipt that PayJunction made for the customer."
    if d.was_changed:
        lead += " They are read as they are now: the amount was changed after the approval."
    return Page("The receipt", lead, (Paper(d.receipt, columns=True),))


def signature_page(d: Dispute) -> Iterator[Page]:
    """The signature of the receipt, where it has one."""
    if d.signature is None:
        return
    said, signature, at = d.signature.receipt, d.signature.said, d.signature.at
    by = signature.get("signedBy")
    rows = [
        *_said("Signed", None if at is None else local(at, d.zone)),
        *_said("Source", wire.text(signature.get("source"))),
        *_said("Device", " ".join(_texts(signature, "device", "deviceVersion"))),
        *_said("From address", wire.text(by.get("ipAddress")) if isinstance(by, Mapping) else None),
        *_said("Receipt terms", wire.words(said.get("terms"))),
    ]
    if isinstance(said.get("signatureUpToDate"), bool):
        current = said["signatureUpToDate"]
        rows.append(("Covers", "the terms as they are now" if current else "an earlier version of the terms"))
    picture = _picture(d.signature.image, f"Signature of transaction {d.transaction.transaction_id}")
    lead = "What the customer signed on the receipt."
    yield Page("The signature", lead, (picture, *([Facts(tuple(rows))] if rows else [])))


def _picture(image: bytes | None, caption: str) -> Block:
    if image is None:
        return Notice("The image could not be read from PayJunction.", caption)
    return Picture(image, caption)


def terms_pages(d: Dispute) -> Iterator[Page]:
    """What was signed apart from the receipt, one page each."""
    for s in d.signed:
        words: Block = Paper(tuple(s.terms.split("\n"))) if s.terms is not None else Notice(
            "The words of these terms are not in the journal.",
            "They were signed with an older pjterm. The digest below proves a text that is kept elsewhere.",
        )  # fmt: skip
        rows = (
            ("Signed", local(s.at, d.zone)), ("Reader", s.entry.terminal.name or "?"),
            ("Key", s.entry.key), ("Signature", s.entry.signature_id or "?"),
            ("Request digest", s.entry.fingerprint),
        )  # fmt: skip
        caption = f"Signature {s.entry.signature_id}"
        lead = "What the reader showed, and what the customer signed under it."
        yield Page("The terms that were signed", lead, (words, _picture(s.image, caption), Facts(rows)))
