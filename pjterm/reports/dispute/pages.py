"""All pages of the file, without text that must not be handed out or cannot be shown."""

from __future__ import annotations

from collections.abc import Mapping

from pjterm.reports import printable
from pjterm.reports.dispute.case import Dispute
from pjterm.reports.dispute.moments import local
from pjterm.reports.dispute.proofs import receipt_page, signature_page, terms_pages, transaction_page
from pjterm.reports.dispute.record import evidence_page, record_page, sent_page
from pjterm.reports.dispute.summary import TITLE, summary_page
from pjterm.reports.document import Document, Paragraph, fit, texts
from pjterm.reports.masking import Mask, mask
from pjterm.values import replace

_MASKED = "Phone numbers, and card numbers beyond the last four digits, are left out; brackets stand in their place."


def dispute_file(d: Dispute) -> Document:
    """The whole file."""
    pages = [
        summary_page(d), transaction_page(d), receipt_page(d), *signature_page(d), *terms_pages(d),
        *sent_page(d.entries(), d.zone), *evidence_page(d.entries(), d.zone), record_page(d),
    ]  # fmt: skip
    case = "" if d.case is None else f"Case {d.case}  ·  "
    test = "" if d.environment == "production" else f"  ·  {_test(d.environment)}"
    head = f"{case}Transaction {d.transaction.transaction_id}{test}"
    whole = Document(TITLE, head, f"Made {local(d.made_at, d.zone)}", tuple(pages))
    return _fitted(whole, _mask(d))


def _fitted(whole: Document, masked: Mask) -> Document:
    """Each page notes what it leaves out or shows differently."""
    plain = fit(whole, printable.printable)
    shown = fit(whole, lambda text: printable.printable(masked(text)))
    pages = []
    for page, unmasked in zip(shown.pages, plain.pages, strict=True):
        notes = [_MASKED] * (page != unmasked) + [printable.NOTE] * any(map(printable.is_marked, texts(page)))
        pages.append(replace(page, blocks=(*page.blocks, *(Paragraph(note, small=True) for note in notes))))
    return replace(shown, pages=tuple(pages))


def _mask(d: Dispute) -> Mask:
    """Ids of ours may look like card numbers, as does one invoice number in ten; one that was typed may be one."""
    t = d.transaction
    contacts = [c for c in (t.raw.get("billing"), t.raw.get("shipping")) if isinstance(c, Mapping)]
    phones = [contact.get(name) for contact in contacts for name in ("phone", "phone2")]
    own = [e.invoice_number for e, _ in d.entries() if not e.is_shared]
    booked = [i for e, _ in d.entries() for i in (e.transaction_id, e.original_id)]
    return mask(phones, [t.transaction_id, d.case, *own, *booked])


def _test(environment: str) -> str:
    return "SIMULATED: no card was charged" if environment == "simulator" else "TEST ENVIRONMENT: no real payment"
