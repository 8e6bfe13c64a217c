"""The file for a chargeback: which pages it has, and what stands on them.

A bank's clerk reads it, who knows nothing of pjterm: the first page says all in a few sentences, each further one
proves one thing. It says only what PayJunction answered and what the journal holds, and names what it does not have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

from pjterm.core import wire
from pjterm.core.card import approval_code, card_of
from pjterm.core.entry import Entry
from pjterm.core.facts import Fact
from pjterm.core.model import Kind, Outcome, Transaction
from pjterm.core.parts import say_taken
from pjterm.reports import printable
from pjterm.reports.dispute_record import JournalState, evidence_page, local, record_page, sent_page
from pjterm.reports.document import (
    Block,
    Contents,
    Document,
    Facts,
    Figure,
    Notice,
    Page,
    Paper,
    Picture,
    Words,
    fit,
    texts,
)
from pjterm.reports.masking import Mask, mask
from pjterm.reports.transaction_line import when
from pjterm.values import dataclass, field, replace

TITLE = "Evidence for a disputed card payment"
NEVER_REFUND = "Never refund after the debit."
WHY_NOT = "Once a chargeback was debited, a refund would send the money back twice."
_MASKED = "Phone numbers, and card numbers beyond the last four digits, are left out; brackets stand in their place."
_METHODS = {"INSTANT": "a card that was stored before"}


@dataclass(frozen=True, slots=True)
class Signed:
    """Terms that a customer signed on a reader for this sale."""

    entry: Entry
    facts: tuple[Fact, ...]
    terms: str | None
    image: bytes | None


@dataclass(frozen=True, slots=True)
class ReceiptSignature:
    """The signature that a receipt carries: its image, and what PayJunction says of it (RCPT)."""

    image: bytes | None
    receipt: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Dispute:
    """All that is known of a disputed payment."""

    transaction: Transaction
    made_at: datetime
    version: str
    environment: str
    zone: tzinfo | None = None
    case: str | None = None
    sale: Entry | None = None
    facts: tuple[Fact, ...] = ()
    changes: tuple[tuple[Entry, tuple[Fact, ...]], ...] = ()
    """Its refunds, voids and tips."""
    signed: tuple[Signed, ...] = ()
    receipt: tuple[str, ...] | None = None
    signature: ReceiptSignature | None = None
    journal: JournalState | None = None
    missing: tuple[str, ...] = field(default=())
    """What could not be read or does not hold, one sentence each."""

    def entries(self) -> Iterator[tuple[Entry, tuple[Fact, ...]]]:
        """All that the journal has of it: the sale, what was signed for it, and what changed it."""
        if self.sale is not None:
            yield self.sale, self.facts
        yield from ((s.entry, s.facts) for s in self.signed)
        yield from self.changes


def document(d: Dispute) -> Document:
    """The whole file, with no text in it that must not leave or cannot be shown."""
    pages = [
        _summary(d), _transaction(d), _receipt(d), *_signature(d), *_terms(d), *sent_page(d.entries(), d.zone),
        *evidence_page(d.entries(), d.zone), record_page(d.journal, d.made_at, d.version, d.zone),
    ]  # fmt: skip
    case = "" if d.case is None else f"Case {d.case}  ·  "
    test = "" if d.environment == "production" else f"  ·  {_test(d.environment)}"
    head = f"{case}Transaction {d.transaction.transaction_id}{test}"
    whole = Document(TITLE, head, f"Made {local(d.made_at, d.zone)}", tuple(pages))
    return _fitted(whole, _mask(d))


def _fitted(whole: Document, masked: Mask) -> Document:
    """Each page says where it leaves something out or shows it otherwise."""
    plain = fit(whole, printable.printable)
    shown = fit(whole, lambda text: printable.printable(masked(text)))
    pages = []
    for page, unmasked in zip(shown.pages, plain.pages, strict=True):
        notes = [_MASKED] * (page != unmasked) + [printable.NOTE] * any(map(printable.is_marked, texts(page)))
        pages.append(replace(page, blocks=(*page.blocks, *(Words(note, small=True) for note in notes))))
    return replace(shown, pages=tuple(pages))


def _mask(d: Dispute) -> Mask:
    t = d.transaction
    contacts = [c for c in (t.raw.get("billing"), t.raw.get("shipping")) if isinstance(c, Mapping)]
    phones = [contact.get(name) for contact in contacts for name in ("phone", "phone2")]
    own = [e.invoice_number for e, _ in d.entries() if not e.named]
    booked = [i for e, _ in d.entries() for i in (e.transaction_id, e.original_id)]
    return mask(phones, [t.transaction_id, d.case, *own, *booked])


def _test(environment: str) -> str:
    return "SIMULATED: no card was charged" if environment == "simulator" else "TEST ENVIRONMENT: no real payment"


# -- pages --------------------------------------------------------------------------------------------------------


def _summary(d: Dispute) -> Page:
    t = d.transaction
    at = when(t.raw.get("created"))
    below = "  ·  ".join(part for part in (_card(t), None if at is None else local(at, d.zone)) if part)
    blocks: list[Block] = [Figure(say_taken(t) or "amount not readable", below)]
    if d.missing:
        blocks.append(Notice("This file is incomplete.", "\n".join(f"- {says}" for says in d.missing)))
    blocks += [Words("\n".join(_sentences(d))), Contents(), Notice(f"To the merchant: {NEVER_REFUND}", WHY_NOT)]
    lead = "" if d.case is None else f"Case {d.case}"
    return Page(TITLE, lead, tuple(blocks))


def _card(t: Transaction) -> str | None:
    """The card, never more than four digits of it, whatever the answer says."""
    card = card_of(t.raw)
    if card is None:
        return None
    return str(replace(card, last_four=card.last_four[-4:] if card.last_four else None))


def _sentences(d: Dispute) -> Iterator[str]:
    t, sale = d.transaction, d.sale
    taken, card = say_taken(t), _card(t) or "a card or account"
    at = when(t.raw.get("created"))
    where = "" if sale is None or not sale.terminal.name else f" at reader {sale.terminal.name}"
    sold = "" if sale is None or not sale.by else f" Sold by {sale.by}."
    yield f"{card} paid {taken}{where}{'' if at is None else f' on {local(at, d.zone)}'}.{sold}"
    code = approval_code(t.raw)
    yield f"PayJunction approved it{'' if code is None else f' with approval code {code}'}. {_captured(t)}"
    if d.signature is not None:
        yield "The customer signed the receipt."
    elif d.receipt is not None:
        yield "PayJunction has no signature on its receipt."
    yield from (f"The customer signed terms on {local(_signed_at(s), d.zone)}." for s in d.signed)
    yield from _given_back(d)
    if sale is None:
        yield "The sale is not in this journal: what was sent, and what became of it, is known to PayJunction alone."


def _captured(t: Transaction) -> str:
    if t.is_void:
        return "It was voided: nothing was collected."
    if t.status == "HOLD":
        return "It is held, and not captured."
    batch = t.raw.get("settlement")
    number = wire.number(batch.get("settlementId")) if isinstance(batch, Mapping) else None
    return "It is captured." if number is None else f"It is captured, and settled in batch {number}."


def _given_back(d: Dispute) -> Iterator[str]:
    """What was changed since, as the journal has it."""
    done = [e for e, _ in d.changes if e.outcome in (Outcome.REFUNDED, Outcome.VOIDED, Outcome.ADJUSTED)]
    for e in done:
        at = local(e.result_at or e.started_at, d.zone)
        if e.kind is Kind.TIP:
            yield f"Its tip was set on {at}."
        elif e.outcome is Outcome.VOIDED:
            yield f"It was voided on {at}."
        else:
            booked = wire.transaction(e.transaction)
            what = (booked and say_taken(booked)) or "an amount that is not readable"
            yield f"{what} was given back on {at} (refund {e.transaction_id})."
    if d.sale is not None and not any(e.kind in (Kind.REFUND, Kind.VOID) for e in done):
        yield "This journal has no refund or void of it."


def _transaction(d: Dispute) -> Page:
    t = d.transaction
    groups = ((None, _payment(d)), ("Card", _card_rows(t)), ("Checks", _checks(t)), ("Customer", _customer(t)))
    blocks = tuple(Facts(tuple(rows), heading) for heading, found in groups if (rows := list(found)))
    return Page("The transaction", f"As PayJunction has it, read on {local(d.made_at, d.zone)}.", blocks)


def _payment(d: Dispute) -> Iterator[tuple[str, str]]:
    t = d.transaction
    at, settled = when(t.raw.get("created")), t.raw.get("settlement")
    yield "Transaction", str(t.transaction_id)
    yield from _said("Booked", None if at is None else local(at, d.zone))
    yield from _said("Total", say_taken(t))
    response = f"{t.message or ''} (code {t.code})".strip() if t.code else t.message
    yield from _said("Response", response)
    yield from _said("Approval code", approval_code(t.raw))
    yield from _said("Status", t.status)
    if isinstance(settled, Mapping) and settled.get("settled") is True:
        yield "Settled", f"in batch {wire.number(settled.get('settlementId')) or 'of unknown number'}"
    yield from _said("Invoice number", t.invoice_number)
    yield from _said("Purchase order", wire.purchase_order(t))
    yield from _said("Service", wire.text(t.raw.get("service")))
    yield from _said("Account", None if t.terminal_id is None else str(t.terminal_id))
    if d.sale is not None:
        yield "Sale key", d.sale.key
        yield from _said("Reader", d.sale.terminal.name)


def _card_rows(t: Transaction) -> Iterator[tuple[str, str]]:
    method = wire.text(t.raw.get("method"))
    yield from _said("Card", _card(t))
    yield from _said("Read by", None if method is None else _METHODS.get(method, method))
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
        words = [wire.text(said.get("status")), *(f"{k} {'matches' if v is True else 'differs'}" for k, v in found)]
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


def _receipt(d: Dispute) -> Page:
    if d.receipt is None:
        return Page("The receipt", "It could not be read from PayJunction.", ())
    lead = "The words of the receipt that PayJunction made for the customer."
    return Page("The receipt", lead, (Paper(d.receipt, columns=True),))


def _signature(d: Dispute) -> Iterator[Page]:
    if d.signature is None:
        return
    said = d.signature.receipt
    signature = said.get("signature")
    signature = signature if isinstance(signature, Mapping) else {}
    at, by = when(signature.get("dateSigned")), signature.get("signedBy")
    rows = [
        *_said("Signed", None if at is None else local(at, d.zone)),
        *_said("Source", wire.text(signature.get("source"))),
        *_said("Device", " ".join(_texts(signature, "device", "deviceVersion"))),
        *_said("From address", wire.text(by.get("ipAddress")) if isinstance(by, Mapping) else None),
        *_said("Receipt terms", wire.words(said.get("terms"))),
    ]
    if isinstance(said.get("signatureUpToDate"), bool):
        current = said["signatureUpToDate"]
        rows.append(("Covers", "these terms" if current else "an earlier version of the terms"))
    picture = _picture(d.signature.image, f"Signature of transaction {d.transaction.transaction_id}")
    lead = "What the customer signed on the receipt."
    yield Page("The signature", lead, (picture, *([Facts(tuple(rows))] if rows else [])))


def _picture(image: bytes | None, caption: str) -> Block:
    if image is None:
        return Notice("The image could not be read from PayJunction.", caption)
    return Picture(image, caption)


def _terms(d: Dispute) -> Iterator[Page]:
    for s in d.signed:
        words: Block = Paper(tuple(s.terms.split("\n"))) if s.terms is not None else Notice(
            "The words of these terms are not in the journal.",
            "They were signed with an older pjterm. The digest below proves a text that is kept elsewhere.",
        )  # fmt: skip
        rows = (
            ("Signed", local(_signed_at(s), d.zone)), ("Reader", s.entry.terminal.name or "?"),
            ("Key", s.entry.key), ("Signature", s.entry.signature_id or "?"),
            ("Digest (SHA-256)", s.entry.fingerprint),
        )  # fmt: skip
        caption = f"Signature {s.entry.signature_id}"
        lead = "What the reader showed, and what the customer signed under it."
        yield Page("The terms that were signed", lead, (words, _picture(s.image, caption), Facts(rows)))


def _signed_at(s: Signed) -> datetime:
    return s.entry.result_at or s.entry.started_at
