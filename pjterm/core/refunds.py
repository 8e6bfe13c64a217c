"""Money back without the reader: the void of a transaction, and a refund linked to one (TXPUT, TXPOST).

A void is preferred: it costs no second fee, and the customer never sees the charge (REFUND). It works until the
batch settles, and never for PIN debit; the API is the judge of both. Voids and refunds of one transaction
may never give back more than it took: the guards here count this journal's, and the refunds of any till, which
carry a purchase order number that says what they refund. Refunds made elsewhere are not counted.
"""

from __future__ import annotations

from collections.abc import Iterable

from pjterm.core import parts, wire
from pjterm.core.entry import Entry
from pjterm.core.guards import Finding, Pass, transaction_taken
from pjterm.core.hints import PASS_YES
from pjterm.core.model import Kind, Outcome, Transaction
from pjterm.core.money import Money, dollars
from pjterm.core.request import RequestSpec, check_note, check_reference, refund_of
from pjterm.errors import UsageFault


def linked_refund(
    original: Transaction,
    amount: Money | None,
    *,
    earlier: tuple[Transaction, ...] = (),
    own_number: str | None = None,
    tip: Money | None = None,
    tax: Money | None = None,
    shipping: Money | None = None,
    surcharge: Money | None = None,
    invoice: str | None = None,
    note: str | None = None,
) -> RequestSpec:
    """A refund of a transaction; without `amount`, all that `earlier` refunds left of it.

    Every amount is stated, even zeros: PayJunction refunds each one that is not (REFUND), and so gives back a whole
    surcharge of its own. Refunds under `own_number` are this one, made before under the same key, so they take
    nothing from what is left.
    """
    given = parts.stated(amount or parts.ZERO, tip=tip, tax=tax, shipping=shipping, surcharge=surcharge)
    if amount is None:
        others = [r for r in earlier if r.gave_back and (own_number is None or r.invoice_number != own_number)]
        rest = parts.left(original, others)
        if rest is None:
            raise UsageFault(
                f"AMOUNT: transaction {original.transaction_id} does not say what it took; nothing was sent",
                hint=f"give the amount before --transaction; see: pjterm transactions show {original.transaction_id}",
            )
        given = rest
    took = parts.of(original)
    amounts = {**dict.fromkeys(took, parts.ZERO), **given}
    if original.raw.get("surcharge") and amounts[parts.SURCHARGE] == took[parts.SURCHARGE] > 0:
        del amounts[parts.SURCHARGE]  # PayJunction added it itself, and may take none but 0.00 there (SUR)
    fields = _fields(original.transaction_id, amounts, note)
    number = None if invoice is None else check_reference(invoice, "--invoice")
    return RequestSpec(
        Kind.REFUND, fields, given[parts.BASE], parts.total(given), number, original=original,
        whole=amount is None, earlier=earlier, target="/transactions",
    )  # fmt: skip


def all_left(transaction_id: int, *, invoice: str | None = None, note: str | None = None) -> RequestSpec:
    """A refund of all that is left of a transaction, before that was read: what its key stands for, without amounts."""
    number = None if invoice is None else check_reference(invoice, "--invoice")
    return RequestSpec(
        Kind.REFUND, _fields(transaction_id, {}, note), None, None, number, whole=True, target="/transactions"
    )


def _fields(transaction_id: int, amounts: parts.Parts, note: str | None) -> tuple[tuple[str, str], ...]:
    return (
        ("action", "REFUND"),
        ("transactionId", str(transaction_id)),
        *((name, dollars(value)) for name, value in amounts.items()),
        ("purchaseOrderNumber", refund_of(transaction_id)),
        *([("note", check_note(note))] if note else []),
    )


def earlier_refunds(found: Iterable[Transaction], entries: Iterable[Entry]) -> tuple[Transaction, ...]:
    """The refunds of a transaction: those that a search found, and those in the journal that it does not show yet."""
    booked = (wire.transaction(e.transaction) for e in entries if e.kind is Kind.REFUND)
    known = {t.transaction_id: t for t in booked if t is not None and t.action == "REFUND"}
    return tuple((known | {t.transaction_id: t for t in found}).values())


def void(original: Transaction, earlier: tuple[Transaction, ...] = ()) -> RequestSpec:
    """The void of a whole transaction. Repeating it is safe (guess)."""
    return RequestSpec(
        Kind.VOID, (("status", "VOID"),), wire.total(original), original=original, earlier=earlier,
        method="PUT", target=f"/transactions/{original.transaction_id}",
    )  # fmt: skip


def is_unsettled_charge(t: Transaction) -> bool:
    """Whether a void would most likely work: an approved charge whose batch is still open."""
    return t.took_money and t.status in ("CAPTURE", "HOLD") and wire.settled(t) is False


def voids_as_well(ask: RequestSpec) -> bool:
    """Whether PayJunction may void instead, with the same effect as this refund."""
    t = ask.original
    if t is None or not_refundable(t) is not None or ask.earlier:
        return False
    return is_unsettled_charge(t) and ask.total == wire.total(t)


def hint_when_refused(ask: RequestSpec) -> str | None:
    """What to type when the API refuses: for a void of a charge the refund of what is left, which always works.

    A void comes too late once the batch has closed (5 pm Pacific by default: S-AUTO), and never works for PIN
    debit; the refund works for both.
    """
    t = ask.original
    if t is None:
        return None
    if ask.kind is Kind.VOID and t.action == "CHARGE" and t.approved:
        return f"give the money back instead: pjterm refund --transaction {t.transaction_id}"
    if dict(ask.fields).get(parts.SURCHARGE, "0.00") != "0.00":
        return f"give back all but the surcharge: {_without_surcharge(ask, t)}{_or_void(ask, t)}"
    return f"see: pjterm transactions show {t.transaction_id}"


def _without_surcharge(ask: RequestSpec, t: Transaction) -> str:
    """A surcharge-enabled account accepts only a surcharge of 0.00 (SUR)."""
    given = dict(ask.fields)
    options = {"amountTip": "--tip", "amountTax": "--tax", "amountShipping": "--shipping"}
    more = "".join(f" {o} {given[n]}" for n, o in options.items() if given.get(n, "0.00") != "0.00")
    return f"pjterm refund {given[parts.BASE]}{more} --transaction {t.transaction_id}"


def _or_void(ask: RequestSpec, t: Transaction) -> str:
    if ask.earlier or not is_unsettled_charge(t):
        return ""
    return f"\nor all of it, before it settles: pjterm void {t.transaction_id}"


def say_before(ask: RequestSpec) -> str:
    """What the original took, what was given back, and what is not counted: for the notice and the question."""
    t = ask.original
    assert t is not None
    back = sum((wire.total(r) or parts.ZERO for r in ask.earlier if r.gave_back), parts.ZERO)
    gone = f"; ${dollars(back)} of it went back before" if back else ""
    return (
        f"transaction {t.transaction_id} took {parts.say_taken(t) or 'an unknown amount'}{gone}. Refunds made "
        "elsewhere (such as in the Virtual Terminal) are not counted"
    )


# -- guards ------------------------------------------------------------------------------------------


def findings(ask: RequestSpec, entries: Iterable[Entry], key: str, *, can_ask: bool) -> list[Finding]:
    """What stops a void or linked refund; `entries` are the journal's of its original."""
    t = ask.original
    assert t is not None
    others = [e for e in entries if e.key != key]
    found = [transaction_taken(e) for e in others if blocks(ask, e)]
    back = [e for e in others if e.kind is not Kind.TIP and not blocks(ask, e)]  # those have their own finding
    too_much = _too_much(ask, t, back)
    never = not_refundable(t) if ask.kind is Kind.REFUND else None
    if never is not None:
        found.append(never)
    elif too_much is not None:
        found.append(too_much)
    if ask.kind is Kind.VOID or can_ask:
        found.append(_confirm(ask, t))
    return found


def blocks(ask: RequestSpec, entry: Entry) -> bool:
    """Whether an entry about the same transaction must be resolved first; before a void, no other change must."""
    return entry.is_unresolved and not (ask.kind is Kind.VOID and entry.kind.is_change)


def given_back(t: Transaction, entries: Iterable[Entry], earlier: Iterable[Transaction] = ()) -> Money:
    """What voids and refunds of a transaction gave back, or may have given back.

    `earlier` refunds are as the API shows them; the journal's `entries` add what is not among them. A full void
    counts once, however many times it was sent.
    """
    shown = {r.transaction_id: r for r in earlier}
    back = sum((wire.total(r) or parts.ZERO for r in shown.values() if r.gave_back), parts.ZERO)
    went_whole = False
    for e in entries:
        if not (e.is_unresolved or _succeeded(e)) or (e.kind is Kind.REFUND and e.transaction_id in shown):
            continue
        whole = e.kind is Kind.VOID or e.transaction_id == t.transaction_id
        if e.outcome is Outcome.VOIDED and not whole:
            continue  # a refund that was itself voided since
        if not (whole and went_whole):
            back += (wire.total(t) if whole else _moved(e)) or parts.ZERO
        went_whole = went_whole or whole
    return back


def _moved(e: Entry) -> Money | None:
    booked = wire.transaction(e.transaction)
    if booked is None:
        return e.in_all
    return wire.total(booked)


def _too_much(ask: RequestSpec, t: Transaction, entries: list[Entry]) -> Finding | None:
    """Refused: more than the transaction took, or nothing is left of it."""
    counted = [e for e in entries if not (ask.kind is Kind.VOID and e.kind is Kind.VOID)]
    back, took = given_back(t, counted, ask.earlier), wire.total(t)
    this = ask.total if ask.total is not None else ask.amount
    if took is None or this is None or (this > 0 and back + this <= took):
        return None
    left = max(took - back, parts.ZERO)
    maybe = ", or may have" if any(e.is_unresolved for e in counted) else ""
    already = f", of which ${dollars(back)} went back already{maybe}{_by_whom(counted, ask)}" if back else ""
    what = f"a {ask.kind} of ${dollars(this)} is more than is left" if this > 0 else "nothing is left"
    rest = f"give back what is left (${dollars(left)}): pjterm refund --transaction {t.transaction_id}"
    return Finding(
        "more-than-taken" if this > 0 else "nothing-left",
        f"{what} of transaction {t.transaction_id}: it took {parts.say_taken(t)}{already}; nothing was sent",
        rest if left else f"see: pjterm transactions show {t.transaction_id}",
    )


def _by_whom(entries: list[Entry], ask: RequestSpec) -> str:
    """The keys and transactions that gave it back."""
    keys = [e.key for e in entries if e.is_unresolved or _succeeded(e)]
    own = {e.transaction_id for e in entries}
    elsewhere = [str(r.transaction_id) for r in ask.earlier if r.gave_back and r.transaction_id not in own]
    names = [*keys, *(f"transaction {number}" for number in elsewhere)]
    return f" ({', '.join(names)})" if names else ""


def _succeeded(e: Entry) -> bool:
    return e.outcome in (Outcome.REFUNDED, Outcome.VOIDED)


def not_refundable(t: Transaction) -> Finding | None:
    """A transaction that took no money, or gave all of it back."""
    see = f"see: pjterm transactions show {t.transaction_id}"
    if t.is_void:
        says = f"transaction {t.transaction_id} is void: nothing was collected, so there is nothing to refund"
        return Finding("void-already", says, see)
    if t.approved is False:
        code = f" (code {t.code})" if t.code else ""
        says = f"transaction {t.transaction_id} was declined{code}: nothing was charged, so there is nothing to refund"
        return Finding("not-charged", says, f"{see}\nto find the charge: pjterm transactions list")
    if t.is_returned:
        says = f"transaction {t.transaction_id} was returned by the bank: nothing was collected, nothing to refund"
        return Finding("not-charged", says, see)
    if t.approved is None:
        says = f"transaction {t.transaction_id} does not say yet whether it was approved; nothing was sent"
        return Finding("undecided", says, f"try again in a moment; {see}")
    if t.action not in ("CHARGE", ""):
        what = "a refund itself" if t.action == "REFUND" else f"a {t.action}"
        says = f"transaction {t.transaction_id} is {what}, not a charge; nothing was sent"
        return Finding("not-charged", says, "name the charge to refund; to find it: pjterm transactions list")
    if t.status == "HOLD":
        says = f"transaction {t.transaction_id} is held on the card, not captured, so there is nothing to refund"
        return Finding("held", f"{says}; nothing was sent", f"{see}\nto release it: pjterm void {t.transaction_id}")
    return None


def _confirm(ask: RequestSpec, t: Transaction) -> Finding:
    number = t.transaction_id
    if ask.kind is Kind.VOID:
        taken = parts.say_taken(t)
        amount = f" of {taken}" if taken else ""
        says = f"voiding transaction {number}{amount} requires confirmation"
        what = "the refund" if t.action == "REFUND" else "transaction"
        question = f"Void {what} {number}{amount}?"
    else:
        amount = f"${dollars(ask.total or parts.ZERO)}"
        says = f"refunding {amount} of transaction {number} requires confirmation"
        question = ask_after(say_before(ask), f"Refund {amount} of it?")
    return Finding("confirm", says, PASS_YES, Pass.YES, question)


def ask_after(said: str, question: str) -> str:
    """A question, preceded by what the user must know to answer it."""
    return f"{said[0].upper()}{said[1:]}. {question}"
