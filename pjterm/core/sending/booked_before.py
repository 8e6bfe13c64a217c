"""What a search before the POST shows: the sale itself, done already, or another one under its invoice number."""

from __future__ import annotations

from collections.abc import Iterable

from pjterm.core.guards import Finding, Pass
from pjterm.core.model import Kind, Sale, Transaction
from pjterm.core.parts import say_taken
from pjterm.core.sending.send_state import Before
from pjterm.core.verdicts.contradiction import is_less
from pjterm.core.verdicts.found import fits, resembles
from pjterm.core.verdicts.partition import refunds_another, speaks_for


def judge(sale: Sale, found: Iterable[Transaction], *, by_invoice: bool, forced: bool) -> Before:
    """Judge the transactions that already have the invoice number (`by_invoice`: the user named it).

    `found` have our number, perhaps in another spelling, or none. Declined ones are only remembered, and so are voided
    ones unless the key itself was sold and then voided; one that does not say whether it was approved may be the sale
    in progress.
    """
    carried = [t for t in found if _may_carry(t, sale)]
    known = sale.prior_ids | sale.owned_elsewhere
    undecided = [t for t in carried if not t.is_whole and not t.is_void and t.transaction_id not in known]
    if undecided:
        return Before(finding=_undecided(sale, undecided[0]))
    prior = frozenset(t.transaction_id for t in carried)
    booked = [t for t in carried if t.approved and t.action == sale.action]
    live = [t for t in booked if not t.is_void]
    ours = [t for t in booked if speaks_for(t, sale, reported=False)]
    alike = [t for t in booked if t not in ours and _fits(t, sale) and t.transaction_id not in known]
    numbered = [t for t in live if t.invoice_number is not None]
    if by_invoice:
        perhaps = _perhaps_paid(sale.kind, f"invoice {sale.invoice_number}", [t for t in alike if t in live])
        stop = _invoice_taken(sale, numbered) if numbered else perhaps
        return Before(finding=None if forced else stop, prior_ids=prior)
    others = [t for t in numbered if t not in ours and not _fits(t, sale)]
    if standing := [t for t in ours if t in live]:  # another amount, or another spelling, beside it is a second charge
        return Before(answer=(*standing, *others, *(t for t in alike if t in numbered)), prior_ids=prior)
    if others:
        return Before(finding=_other_amounts(sale, others), prior_ids=prior)
    perhaps = _perhaps_paid(sale.kind, f"key {sale.key}", alike)
    if perhaps is not None and not (forced and perhaps.passed_by is Pass.FORCE):
        return Before(finding=perhaps, prior_ids=prior)
    return Before(answer=tuple(ours[-1:]), prior_ids=prior)


def _may_carry(t: Transaction, sale: Sale) -> bool:
    """Whether it has the sale's number, as sent or in another spelling; or none, but everything else is the sale's."""
    return fits(t, sale) if t.invoice_number is None else resembles(t.invoice_number, sale.invoice_number)


def _perhaps_paid(kind: Kind | None, name: str, alike: list[Transaction]) -> Finding | None:
    """One that matches the sale in all but its number; the user can tell, and another key has another number."""
    if not alike:
        return None
    t = next((t for t in alike if t.invoice_number is not None), alike[0])
    nameless = t.invoice_number is None
    why = "does not say its invoice number" if nameless else "says its invoice number in another spelling"
    way = "add --force" if nameless else "use another --key"
    taken = say_taken(t)
    amount = "" if taken is None else f" over {taken}"
    void = ", which is void," if t.is_void else ""
    return Finding(
        "perhaps-paid",
        f"transaction {t.transaction_id}{amount}{void} may be the {kind} of {name}: it {why}",
        f"if it is another sale, {way}; look first: pjterm transactions show {t.transaction_id}",
        Pass.FORCE if nameless else Pass.NOTHING,
    )


def _undecided(sale: Sale, t: Transaction) -> Finding:
    return Finding(
        "undecided",
        f"transaction {t.transaction_id} carries the invoice number of key {sale.key} and does not say yet whether it "
        "was approved",
        f"in a moment run the same command again; to look: pjterm transactions show {t.transaction_id}",
    )


def _invoice_taken(sale: Sale, live: list[Transaction]) -> Finding:
    same = [t for t in live if t.amount_base == sale.amount]
    t = (same or live)[0]
    taken = say_taken(t)
    amount = "" if taken is None else f" over {taken}"
    by = "has the approved refund" if sale.kind is Kind.REFUND else "is already paid by the approved transaction"
    return Finding(
        "invoice-taken",
        f"invoice {sale.invoice_number} {by} {t.transaction_id}{amount}",
        f"for a second {sale.kind} on purpose add --force; look first: pjterm transactions show {t.transaction_id}",
        Pass.FORCE,
    )


def _other_amounts(sale: Sale, others: list[Transaction]) -> Finding:
    named = " and ".join(f"{t.transaction_id} over {say_taken(t) or 'another amount'}" for t in others)
    word = "transaction" if len(others) == 1 else "transactions"
    part = "".join(
        f"if the bank approved only a part of this sale, take that back first: pjterm void {t.transaction_id}\n"
        for t in others if is_less(t, sale)
    )  # fmt: skip
    return Finding(
        "key-taken",
        f"key {sale.key} already names the approved {word} {named}",
        f"{part}for another sale use another --key; look: pjterm transactions show {others[0].transaction_id}",
    )


def _fits(t: Transaction, sale: Sale) -> bool:
    return fits(t, sale) and not refunds_another(t, sale)
