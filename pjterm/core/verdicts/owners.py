"""Which entry a transaction belongs to: by a verdict, never by similarity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pjterm.core.entry import OWNING, Entry
from pjterm.core.evidence.facts import Answered, Fact, LookedUp, Lost, Observed, OperatorSaid, Searched
from pjterm.core.evidence.states import Progress
from pjterm.core.model import Sale, Transaction
from pjterm.core.verdicts.partition import speaks_for
from pjterm.core.verdicts.provisional import FOR
from pjterm.values import replace


def owns(entry: Entry, t: Transaction) -> bool:
    """Whether a transaction is this entry's, which its verdict or its own request names.

    While the entry is still unresolved, the transaction must also be its sale's: a service may name another sale's.
    """
    if entry.transaction_id != t.transaction_id or entry.original_id == t.transaction_id:
        return False
    return entry.outcome in OWNING or (entry.is_unresolved and speaks_for(t, entry.sale(), reported=True))


def sale_of(entry: Entry, known: Progress, claims: Iterable[Entry], *, contested: bool) -> Sale:
    """The sale of an entry, given who claims its transactions."""
    others = [e for e in claims if e.id != entry.id]
    owners = {i: e.key for i, t in known.transactions.items() for e in others if owns(e, t)}
    sale = entry.sale(frozenset(owners), contested=contested)
    return replace(sale, owner_keys=tuple(owners.items()))


def is_contested(entry: Entry, known: Progress, under_invoice: Iterable[Entry]) -> bool:
    """Whether a transaction under its invoice may be another sale's, given the entries that share the invoice."""
    return _is_paid_anew(entry, known) or any(_contests(e, entry) for e in under_invoice)


def _contests(other: Entry, entry: Entry) -> bool:
    """Whether a transaction under their invoice may be the other's: that is unresolved, or may have been booked late.

    What one from long before this sale has booked was shown by the search before this sale was sent. One from long
    after it counts: its late booking may be found here first.
    """
    if other.id == entry.id or other.kind is not entry.kind:
        return False
    last = other.started_at if other.is_unresolved else other.finished_at or other.started_at
    if entry.started_at - last > FOR:
        return False
    done = other.outcome in OWNING and not other.is_further_try
    return other.is_unresolved or (other.may_have_been_taken and not done)


def _is_paid_anew(entry: Entry, known: Progress) -> bool:
    """Whether another sale may have paid its invoice since: its only request named a transaction that is void."""
    own = [t for i, t in known.transactions.items() if i in known.polled or i == known.answered]
    return entry.is_shared and entry.attempt == 1 and any(t.is_void for t in own)


def changed_since(sale: Sale, transactions: Mapping[int, Transaction]) -> frozenset[int]:
    """Ids from before its POST that are approved now: declined then, or of another sale under the same invoice."""
    prior = (transactions.get(i) for i in sale.prior_ids)
    return frozenset(t.transaction_id for t in prior if t is not None and t.approved and not t.is_void)


def own_declines(facts: Iterable[Fact]) -> frozenset[int]:
    """What the tries of a sale with a shared invoice number have shown as declined and as its own.

    That is only what its own requests named, unless the answer to one of them was lost.
    """
    facts = list(facts)
    shown = _declines(facts)
    if any(isinstance(f, Lost) for f in facts):
        return shown
    return shown & _named(facts)


def is_only_found(entry: Entry, facts: Iterable[Fact]) -> bool:
    """Whether only a search shows its transaction, under an invoice that other sales may have, too."""
    facts = [f for f in facts if not (isinstance(f, Observed) and f.source == "webhook")]  # anyone may send those
    by_hand = {f.named for f in facts if isinstance(f, OperatorSaid)}
    return entry.is_shared and entry.is_at_reader and entry.transaction_id not in _named(facts) | by_hand


def _named(facts: Iterable[Fact]) -> frozenset[int | None]:
    """What the answers to its requests, polls and webhooks have named."""
    answers = [f.transaction.transaction_id for f in facts if isinstance(f, Answered)]
    return frozenset({*answers, *(f.result.transaction_id for f in facts if isinstance(f, Observed))})


def _declines(facts: Iterable[Fact]) -> frozenset[int]:
    shown: list[Transaction] = []
    for fact in facts:
        match fact:
            case LookedUp():
                shown.append(fact.transaction)
            case Searched():
                shown += fact.found
            case _:
                continue
    return frozenset(t.transaction_id for t in shown if t.approved is False)
