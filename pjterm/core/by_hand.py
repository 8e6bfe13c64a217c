"""What an operator may decide about an unknown sale, and what a reset reader proves about it."""

from __future__ import annotations

from pjterm.core.entry import Entry
from pjterm.core.evidence import say_transaction
from pjterm.core.facts import Fact, LookedUp, Searched
from pjterm.core.guards import Finding
from pjterm.core.model import Kind, Transaction, Verdict
from pjterm.core.partition import speaks_for
from pjterm.core.states import AFTER_RESET, Progress, replay
from pjterm.core.verdict import decide_by, judge


def named(entry: Entry, looked: LookedUp, owned: frozenset[int]) -> Verdict | Finding:
    """The operator names the transaction; it must be this sale's by the same rule as ever."""
    t = looked.transaction
    sale = entry.sale(owned)
    if entry.original_id == t.transaction_id:  # only its being void says anything
        return judge(sale, replay([looked]), entry.kind) or _foreign(entry, t)
    if entry.kind is Kind.VOID or not speaks_for(t, sale, reported=True):
        return _foreign(entry, t)
    if t.approved is None:
        return Finding(
            "undecided",
            f"transaction {t.transaction_id} does not say whether it was approved; nothing was written down",
            f"look again later: pjterm resume {entry.key} --transaction {t.transaction_id}",
        )
    return decide_by(t, entry.kind)


def _foreign(entry: Entry, t: Transaction) -> Finding:
    return Finding(
        "foreign-transaction",
        f"transaction {t.transaction_id} is not this sale's: {say_transaction(t)}",
        f"it must have the action, amount, account and invoice number of {entry.key}; "
        f"see: pjterm requests show {entry.key}",
    )


def needs_control(entry: Entry, verdict: Verdict, known: Progress) -> bool:
    """Whether a reader that was reset, and a search late enough that found nothing, may prove that nothing came."""
    late_enough = (
        known.searched_at is not None
        and known.reset_at is not None
        and known.searched_at >= known.reset_at + AFTER_RESET  # a card that was in may still be charged
    )
    return entry.kind.is_money and not verdict.transaction_ids and late_enough


def cleared(control: Entry, seen: Fact) -> str | None:
    """Nothing found proves something only if the same search finds a sale that certainly exists.

    A restricted API user sees no transactions of others, or none at all.
    """
    if not isinstance(seen, Searched) or control.transaction_id not in [t.transaction_id for t in seen.found]:
        return None
    return f"nothing was booked; the same search does find transaction {control.transaction_id}"
