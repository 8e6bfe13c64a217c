"""Money back without the reader: the void of a transaction, and a refund linked to one (TXPUT, TXPOST).

A void is preferred: no second fee, and the customer never sees the charge (REFUND). It works until the
batch settles, and never for PIN debit; the API is the judge of both. What the guards here count is only
this journal's own: voids and refunds of one transaction may never give back more than it took.
"""

from __future__ import annotations

from collections.abc import Iterable

from pjterm.core import wire
from pjterm.core.entry import Entry
from pjterm.core.guards import Finding, Pass, describe
from pjterm.core.model import Kind, Outcome, Transaction
from pjterm.core.money import Money, dollars
from pjterm.core.request import RequestSpec, check_note, check_reference
from pjterm.core.states import say_transaction
from pjterm.errors import UsageFault


def linked_refund(
    original: Transaction,
    amount: Money | None,
    *,
    tax: Money | None = None,
    shipping: Money | None = None,
    surcharge: Money | None = None,
    invoice: str | None = None,
    po: str | None = None,
    note: str | None = None,
) -> RequestSpec:
    """A refund of a transaction; without `amount` all that it took, tip and surcharge included.

    The amount is always sent as `amountBase`, also the full one, so that what was booked can be compared
    with what was asked. (That the API then takes the base as the whole is a guess.)
    """
    base = amount if amount is not None else wire.total(original)
    if base is None:
        raise UsageFault(
            f"AMOUNT: transaction {original.transaction_id} does not say what it took; nothing was sent",
            hint=f"say how much: pjterm refund AMOUNT --transaction {original.transaction_id}",
        )
    fields = [("action", "REFUND"), ("transactionId", str(original.transaction_id)),
              ("amountBase", dollars(base))]  # fmt: skip
    total = base
    for name, extra in (("amountTax", tax), ("amountShipping", shipping), ("amountSurcharge", surcharge)):
        if extra is not None:
            fields.append((name, dollars(extra)))
            total += extra
    if po is not None:
        fields.append(("purchaseOrderNumber", check_reference(po, "--po")))
    if note:
        fields.append(("note", check_note(note)))
    number = None if invoice is None else check_reference(invoice, "--invoice")
    return RequestSpec(Kind.REFUND, tuple(fields), base, total, number, original=original, target="/transactions")


def void(original: Transaction) -> RequestSpec:
    """The void of a transaction, whole. Repeating it is safe (guess, fact sheet 7.4)."""
    return RequestSpec(
        Kind.VOID, (("status", "VOID"),), wire.total(original), original=original,
        method="PUT", target=f"/transactions/{original.transaction_id}",
    )  # fmt: skip


def is_unsettled_charge(t: Transaction) -> bool:
    """Whether a void would most likely do: an approved charge whose batch is still open."""
    settlement = t.raw.get("settlement")
    open_ = isinstance(settlement, dict) and settlement.get("settled") is False
    return t.action == "CHARGE" and t.approved is True and t.status in ("CAPTURE", "HOLD") and open_


def hint_when_refused(ask: RequestSpec) -> str | None:
    """What to type when the API refuses: for a void of a charge the refund, which works at any time."""
    t = ask.original
    if t is None or ask.kind is not Kind.VOID or t.action != "CHARGE" or not t.approved:
        return None
    return f"give the money back instead: pjterm refund --transaction {t.transaction_id}"


# -- guards ------------------------------------------------------------------------------------------


def findings(ask: RequestSpec, entries: Iterable[Entry], key: str, *, can_ask: bool) -> list[Finding]:
    """What stops a void or linked refund; `entries` are the journal's voids and refunds of its original."""
    t = ask.original
    assert t is not None
    others = [e for e in entries if e.key != key]
    found = [_unsettled(e) for e in others if blocks(ask, e)]
    too_much = _too_much(ask, t, [e for e in others if not blocks(ask, e)])  # those have their own finding
    if ask.kind is Kind.REFUND and t.is_void:
        found.append(_void_already(t))
    elif too_much is not None:
        found.append(too_much)
    if ask.kind is Kind.VOID or can_ask:
        found.append(_confirm(ask, t))
    return found


def blocks(ask: RequestSpec, entry: Entry) -> bool:
    """Whether an entry about the same transaction must be settled first; a void stands in no void's way."""
    return entry.is_unsettled and not (ask.kind is Kind.VOID and entry.kind is Kind.VOID)


def given_back(t: Transaction, entries: Iterable[Entry]) -> Money:
    """What the journal's voids and refunds of a transaction gave back, or may have given back.

    Whole it goes back once, however often its void was sent.
    """
    back, went_whole = Money("0.00"), False
    for e in entries:
        if not (e.is_unsettled or e.outcome in (Outcome.REFUNDED, Outcome.VOIDED)):
            continue
        whole = e.kind is Kind.VOID or e.transaction_id == t.transaction_id
        if e.outcome is Outcome.VOIDED and not whole:
            continue  # a refund that was itself voided since
        if not (whole and went_whole):
            back += (wire.total(t) if whole else _moved(e)) or Money("0.00")
        went_whole = went_whole or whole
    return back


def _moved(e: Entry) -> Money | None:
    booked = wire.transaction(e.transaction)
    return e.amount if booked is None else wire.total(booked)


def _too_much(ask: RequestSpec, t: Transaction, entries: list[Entry]) -> Finding | None:
    """Together more than the transaction took. A single refund that is too large is the API's to refuse."""
    counted = [e for e in entries if not (ask.kind is Kind.VOID and e.kind is Kind.VOID)]
    back, took = given_back(t, counted), wire.total(t)
    this = ask.total if ask.total is not None else ask.amount
    if took is None or this is None or back == 0 or back + this <= took:
        return None
    left = max(took - back, Money("0.00"))
    other = f"what is left: pjterm refund {dollars(left)} --transaction {t.transaction_id}"
    return Finding(
        "more-than-taken",
        f"transaction {t.transaction_id} took {dollars(took)}, of which {dollars(back)} went back already "
        f"(or may have): {', '.join(e.key for e in counted if e.is_unsettled or _succeeded(e))}",
        other if left else f"nothing is left; see: pjterm transactions show {t.transaction_id}",
    )


def _succeeded(e: Entry) -> bool:
    return e.outcome in (Outcome.REFUNDED, Outcome.VOIDED)


def _unsettled(e: Entry) -> Finding:
    word = "unknown" if e.outcome is Outcome.UNKNOWN else "open"
    return Finding(
        "transaction-taken",
        f"an earlier {describe(e)} is still {word} (key {e.key})",
        f"settle it first: pjterm resume {e.key}   (or pass with --over {e.key})",
        Pass.OVER,
        entry=e,
    )


def _void_already(t: Transaction) -> Finding:
    return Finding(
        "void-already",
        f"transaction {t.transaction_id} is void: all of it went back, and nothing is left to refund",
        f"see: pjterm transactions show {t.transaction_id}",
    )


def _confirm(ask: RequestSpec, t: Transaction) -> Finding:
    amount = f" {dollars(ask.total or ask.amount)}" if ask.amount is not None else ""
    verb = "Void" if ask.kind is Kind.VOID else f"Refund{amount} of"
    return Finding(
        "confirm",
        f"a {ask.kind}{amount} of transaction {t.transaction_id} needs a yes",
        "say it with --yes",
        Pass.YES,
        f"{verb} transaction {say_transaction(t)}?",
    )
