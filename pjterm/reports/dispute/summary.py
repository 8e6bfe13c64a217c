"""The first page: all of it in a few sentences, and where each is proven."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import tzinfo

from pjterm.core import parts, wire
from pjterm.core.card import approval_code, is_held, voided_by_itself
from pjterm.core.entry import Entry
from pjterm.core.evidence.facts import Fact, Sent
from pjterm.core.model import Kind, Outcome, Transaction
from pjterm.core.money import dollars
from pjterm.core.request import refund_of
from pjterm.core.verdicts.found import spells
from pjterm.reports.dispute.case import Dispute, card
from pjterm.reports.dispute.moments import local
from pjterm.reports.document import Block, Contents, Figure, Notice, Page, Paragraph

TITLE = "Evidence for a disputed card payment"
NEVER_REFUND = "Never refund after the debit."
WHY_NOT = "Once a chargeback was debited, a refund would send the money back twice."
_DONE = (Outcome.REFUNDED, Outcome.VOIDED, Outcome.ADJUSTED)


def summary_page(d: Dispute) -> Page:
    """What the file says, and which pages say it."""
    blocks: list[Block] = [_figure(d)]
    if d.missing:
        blocks.append(Notice("This file is incomplete.", "\n".join(f"- {says}" for says in d.missing)))
    blocks += [Paragraph("\n".join(_sentences(d))), Contents()]
    return Page(TITLE, "" if d.case is None else f"Case {d.case}", tuple(blocks))


def _figure(d: Dispute) -> Figure:
    t = d.transaction
    whole, at = wire.total(t), None if d.was_changed else wire.utc_moment(t.raw.get("created"))
    below = (parts.consists_of(parts.of(t)), card(t), None if at is None else local(at, d.zone))
    return Figure("?" if whole is None else f"${dollars(whole)}", "  ·  ".join(part for part in below if part))


def _sentences(d: Dispute) -> Iterator[str]:
    t, sale = d.transaction, d.taken_by
    at = wire.utc_moment(t.raw.get("created"))
    where = "" if sale is None or not sale.terminal.name else f" at reader {sale.terminal.name}"
    sold = "" if sale is None or not sale.by else f" Sold by {sale.by}."
    done = "held on" if _was_held(d) else "charged to" if t.approved else "to be charged to"
    yield f"{_then(d)} was {done} {_payer(t)}{where}{'' if at is None else f' on {local(at, d.zone)}'}.{sold}"
    yield f"{_approval(d)} {_captured(t, d.zone)}"
    if d.signature is not None:
        yield f"The customer signed the receipt{'' if (at := d.signature.at) is None else f' on {local(at, d.zone)}'}."
    elif d.receipt is not None:
        yield "PayJunction has no signature on its receipt."
    yield from (f"The customer signed terms on {local(s.at, d.zone)}." for s in d.signed)
    if d.was_changed:
        now = parts.say_taken(t) or "an amount that is not readable"
        yield f"The amount was changed after the approval: it is {now} now."
    yield from _changes(d)
    if d.sale is None:
        yield "The sale is not in this journal: what was sent, and what became of it, is known to PayJunction alone."
    elif sale is None:
        yield "It was found by its sale's number: which reader took it is not in this journal."


def _then(d: Dispute) -> str:
    """The amount that was approved; where nothing shows it, the one of today."""
    paid = parts.say_taken(d.approved or d.transaction) or "An amount that is not readable"
    tipped = any(e.kind is Kind.TIP and e.outcome in _DONE and _was_set(e, facts) for e, facts in d.changes)
    return f"{paid}, later changes included," if d.approved is None and tipped else paid


def _was_held(d: Dispute) -> bool:
    return is_held(d.transaction.raw) or (d.approved is not None and is_held(d.approved.raw))


def _approval(d: Dispute) -> str:
    """What PayJunction approved; a bank may approve less than was requested."""
    t, sale, first = d.transaction, d.sale, d.approved
    if not t.approved:
        return "Whether PayJunction approved it is not known."
    code = approval_code(t.raw)
    under = "" if code is None else f" with approval code {code}"
    if sale is None or sale.in_all is None or first is None or first.amount_base == sale.amount:
        return f"PayJunction approved it{under}."
    return f"${dollars(sale.in_all)} was requested, and PayJunction approved {parts.say_taken(first)}{under}."


def _payer(t: Transaction) -> str:
    found = card(t)
    return "a bank account" if found is None else f"the card {found}"


def _captured(t: Transaction, zone: tzinfo | None) -> str:
    if t.is_void:
        return "It was voided: nothing was collected."
    if is_held(t.raw):
        last = voided_by_itself(t.raw)
        until = "" if last is None else f" PayJunction voids it by itself on {local(last, zone)}."
        return f"It is held, and not captured.{until}"
    if not t.approved or t.status != "CAPTURE":
        return f"Its status at PayJunction is {t.status or 'not known'}."
    number = wire.settlement_id(t)
    return "It was captured." if number is None else f"It was captured, and settled in batch {number}."


def _changes(d: Dispute) -> Iterator[str]:
    """What was changed since, as the journal has it."""
    done = [e for e, facts in d.changes if e.outcome in _DONE and (e.kind is not Kind.TIP or _was_set(e, facts))]
    yield from (_change(e, local(e.result_at or e.started_at, d.zone)) for e in done)
    yield from (f"{says}." for says in other_refunds(d))
    back = [e for e, _ in d.changes if e.kind in (Kind.REFUND, Kind.VOID) and (e.is_unresolved or e in done)]
    if d.refunds == () and not back:
        ours = "" if d.sale is None else ", and this journal has no refund or void of it"
        yield f"PayJunction shows no refund that names it{ours}."


def other_refunds(d: Dispute) -> Iterator[str]:
    """The refunds that PayJunction shows and the journal's changes do not have."""
    known = {e.transaction_id for e, _ in d.changes if e.outcome in _DONE}
    for r in d.refunds or ():
        if r.transaction_id not in known:
            at = wire.utc_moment(r.raw.get("created"))
            when = "" if at is None else f" on {local(at, d.zone)}"
            names = spells(wire.purchase_order(r), refund_of(d.transaction.transaction_id))
            of = "as a refund of it" if names else "under its invoice number"
            yield f"PayJunction shows that {parts.say_taken(r)} was given back {of}{when} (refund {r.transaction_id})"


def _was_set(e: Entry, facts: Iterable[Fact]) -> bool:
    """A tip that was there already changed nothing, and one on a sale that was void by then was not added."""
    return e.outcome is Outcome.ADJUSTED and any(isinstance(fact, Sent) for fact in facts)


def _change(e: Entry, at: str) -> str:
    if e.kind is Kind.TIP:
        return f"Its tip was set to ${dollars(e.amount or parts.ZERO)} on {at}."
    if e.kind is Kind.VOID:
        return f"It was voided on {at}."
    booked = wire.transaction(e.transaction)
    what = (booked and parts.say_taken(booked)) or "An amount that is not readable"
    if e.outcome is Outcome.VOIDED:
        refund = f"A refund of {what[:1].lower()}{what[1:]}"
        return f"{refund} was taken back, so nothing of it went back (refund {e.transaction_id})."
    return f"{what} was given back on {at} (refund {e.transaction_id})."
