"""A void and a refund of one transaction give back more than it took.

Each is refused while the other is known. But two tills may send both in one second, and a search may lag: no client of
this API can prevent that. So whoever sends one of them asks for the other afterwards, and says what went back twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pjterm.core import wire
from pjterm.core.entry import Entry
from pjterm.core.model import Kind, Outcome, Transaction, Verdict
from pjterm.core.parts import ZERO, say_taken
from pjterm.core.request import refund_of

GIVEN_BACK_TWICE = "given-back-twice"
"""The code of a verdict that names a void transaction and a refund of it."""


def twice(original: Transaction | None, refunds: Iterable[Transaction]) -> Verdict | None:
    """What to do where both went through: the void stands for good, so the refund is the one to take back."""
    back = [t for t in refunds if t.action == "REFUND" and t.approved and not t.is_void]
    if original is None or not original.is_void or not back:
        return None
    named = " and ".join(f"{t.transaction_id} of {say_taken(t)}" for t in back)
    void = "\nthen: ".join(f"pjterm void {t.transaction_id}" for t in back)
    return Verdict(
        Outcome.UNKNOWN,
        f"given back twice: transaction {original.transaction_id} is void, and its refund {named} is approved, too",
        transaction_ids=(original.transaction_id, *(t.transaction_id for t in back)),
        hint=f"the refund is too much: {void}",
        code=GIVEN_BACK_TWICE,
    )


def stand(transactions: Iterable[Transaction]) -> list[Transaction]:
    """The charges that took money, and are not void."""
    return [t for t in transactions if t.action == "CHARGE" and t.approved and not t.is_void]


def returned(book: Collection[Transaction]) -> frozenset[int]:
    """The charges of which refunds gave back all: after settlement, when a void comes too late (REFUND)."""
    back = [t for t in book if t.action == "REFUND" and t.approved and not t.is_void]
    return frozenset(t.transaction_id for t in stand(book) if back and _all_went_back(t, back))


def _all_went_back(t: Transaction, refunds: list[Transaction]) -> bool:
    own = [r for r in refunds if wire.purchase_order(r) == refund_of(t.transaction_id)]
    took = wire.total(t)
    return bool(own) and took is not None and sum((wire.total(r) or ZERO for r in own), ZERO) >= took


def may_be_twice(entry: Entry) -> bool:
    """Whether it gave money back, and another command may have given it back, too."""
    if entry.original_id is None:
        return False
    if entry.kind is Kind.VOID:
        return entry.outcome is Outcome.VOIDED
    return entry.outcome is Outcome.REFUNDED and entry.transaction_id not in (None, entry.original_id)
