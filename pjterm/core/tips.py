"""The tip of a transaction, added or changed before it settles (TXPUT).

The amount that is sent is the whole tip, so repeating it is safe, and whether it arrived is read from the transaction.
PayJunction recommends a new transaction for a tip above 20 % of what was charged (S-TIP).
"""

from __future__ import annotations

from collections.abc import Iterable

from pjterm.core import parts, wire
from pjterm.core.entry import Entry
from pjterm.core.guards import Finding, Pass, transaction_taken
from pjterm.core.model import Kind, Outcome, Transaction, Verdict
from pjterm.core.money import Money, dollars
from pjterm.core.request import RequestSpec

LARGE_SHARE = Money("0.20")
"""A tip above this share of the other amounts is large (S-TIP)."""


def tip(original: Transaction, amount: Money, earlier: tuple[Transaction, ...] = ()) -> RequestSpec:
    """Set a transaction's tip to `amount`, whatever it was; `earlier` are its refunds so far."""
    return RequestSpec(
        Kind.TIP, ((parts.TIP, dollars(amount)),), amount, amount, original=original, earlier=earlier, method="PUT",
        target=f"/transactions/{original.transaction_id}",
    )  # fmt: skip


def tip_of(t: Transaction) -> Money | None:
    """Its tip; None if it does not state everything."""
    return parts.of(t)[parts.TIP] if wire.says_all(t) else None


def judge(amount: Money | None, original: Transaction | None) -> Verdict | None:
    """What the transaction, read after the tip was sent, proves about the tip."""
    if original is None or (shown := tip_of(original)) is None:
        return None
    if original.is_void:
        says = f"transaction {original.transaction_id} is void, so there is no tip on it"
        return Verdict(Outcome.VOIDED, says, original)
    if shown == amount:
        says = f"the tip of transaction {original.transaction_id} is ${dollars(shown)}"
        return Verdict(Outcome.ADJUSTED, f"{says}: {parts.say_taken(original)} in all", original)
    if wire.settled(original):
        says = f"transaction {original.transaction_id} settled with a tip of ${dollars(shown)}; this one was not added"
        return Verdict(Outcome.CANCELLED, says, original)
    return None


def is_last(e: Entry, about: Iterable[Entry]) -> bool:
    """Whether no later tip replaced it, or may have; `about` are the journal's entries about the transaction."""
    later = (x for x in about if x.kind is Kind.TIP and x.started_at > e.started_at)
    return not any(x.is_unresolved or x.outcome is Outcome.ADJUSTED for x in later)


def is_there(spec: RequestSpec) -> bool:
    """Whether the charge has this tip already, so that nothing needs to be sent."""
    t = spec.original
    return t is not None and _fixed(t) is None and tip_of(t) == spec.amount


# -- guards ------------------------------------------------------------------------------------------


def findings(spec: RequestSpec, entries: Iterable[Entry], key: str) -> list[Finding]:
    """What stops a tip; `entries` are the journal's voids, refunds and tips of the transaction."""
    t = spec.original
    assert t is not None
    assert spec.amount is not None
    found = [transaction_taken(e) for e in entries if e.key != key and e.is_unresolved and e.kind is not Kind.TIP]
    never = _fixed(t) or _refunded(t, spec.earlier)
    if never is not None:
        found.append(never)
    elif (too_much := _too_much(t, spec.amount)) is not None:
        found.append(too_much)
    return found


def _fixed(t: Transaction) -> Finding | None:
    """A transaction whose tip cannot be changed, anymore or at all."""
    number = t.transaction_id
    if t.is_void:
        return _never(t, "void-already", f"transaction {number} is void: there is nothing to add a tip to")
    if t.approved is False:
        return _never(t, "not-charged", f"transaction {number} was declined: there is nothing to add a tip to")
    if t.approved is None or tip_of(t) is None:
        return _never(t, "undecided", f"transaction {number} does not say yet whether it was approved, for how much")
    if t.action != "CHARGE":
        return _never(t, "not-charged", f"transaction {number} is a {t.action.lower()}, not a charge")
    if wire.settled(t):
        return _never(t, "settled", f"transaction {number} has settled: its amounts cannot be changed anymore")
    return None


def _never(t: Transaction, code: str, says: str) -> Finding:
    return Finding(code, f"{says}; nothing was sent", f"see: pjterm transactions show {t.transaction_id}")


def _refunded(t: Transaction, earlier: Iterable[Transaction]) -> Finding | None:
    back = [r for r in earlier if r.gave_back]
    if not back:
        return None
    gone = sum((wire.total(r) or parts.ZERO for r in back), parts.ZERO)
    says = f"${dollars(gone)} of transaction {t.transaction_id} was refunded, so its tip stays as it is"
    return _never(t, "refunded", says)


def is_large(amount: Money, t: Transaction) -> bool:
    """Whether a tip is above the share that is added without `--force`."""
    return amount > _others(t) * LARGE_SHARE


def _others(t: Transaction) -> Money:
    return (wire.total(t) or parts.ZERO) - (tip_of(t) or parts.ZERO)


def _too_much(t: Transaction, amount: Money) -> Finding | None:
    if not is_large(amount, t):
        return None
    return Finding(
        "large-tip",
        f"a tip of ${dollars(amount)} is above 20 % of the other amounts of transaction {t.transaction_id} "
        f"(${dollars(_others(t))}); nothing was sent",
        "PayJunction recommends a new charge for it; to add it all the same: --force",
        Pass.FORCE,
    )
