"""Counting afterwards: one search by the number of an approved sale shows whether it was charged twice.

Two tills with one key in the same second both search before either is paid, and a try that ended without a result
may be booked after the next one: no client of this API can prevent that. So charges are counted, and reported.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pjterm.core.entry import MOVED, Entry
from pjterm.core.evidence.facts import Accepted, Fact, Observed, Searched, SearchFailed
from pjterm.core.evidence.states import Progress, replay
from pjterm.core.model import Outcome, Sale, Status, Transaction, Verdict
from pjterm.core.steps import LookAround, LookUp, Search
from pjterm.core.verdicts.contradiction import CHARGED_TWICE, charged_twice, counts, returned
from pjterm.core.verdicts.found import READ_MOST
from pjterm.core.verdicts.partition import partition
from pjterm.values import dataclass

COUNTED_FOR = timedelta(minutes=15)
"""How long after its approval a sale is counted again by each command that names it."""
BOOKED_BY = timedelta(seconds=90)
"""How long after its approval an earlier try of the same key may still be booked (a guess: no page says)."""
COUNT_TIME = 2.0  # seconds to wait for each answer of a count


@dataclass(frozen=True, slots=True)
class AskEarlierTries:
    """Poll the requests of the earlier tries: they say what they booked, whatever a search shows."""


Question = LookUp | Search | LookAround | AskEarlierTries


def is_due(sale: Sale, known: Progress) -> bool:
    """Whether another till or an earlier try may have charged it too."""
    return sale.invoice_number is not None and (sale.repeatable or known.lost is not None)


def is_open(sale: Sale, known: Progress, own: Transaction) -> bool:
    """Whether no search has shown its own transaction yet, and with it whatever else has its number."""
    return is_due(sale, known) and own.transaction_id not in known.listed


def is_recent(entry: Entry, now: datetime) -> bool:
    """Whether it was approved, refunded or voided so recently that it is counted again."""
    if entry.outcome is Outcome.VOIDED and entry.transaction_id not in (None, entry.original_id):
        return now - (entry.finished_at or entry.started_at) <= COUNTED_FOR
    approved = entry.outcome in MOVED
    return approved and now - (entry.result_at or entry.started_at) <= COUNTED_FOR


def beyond(entry: Entry, sale: Sale, known: Progress, found: Verdict) -> Verdict | None:
    """What a count says beyond the entry: charged twice, or a charge that stands beside what moved no money.

    A charge that was voided or went back moves none; under a shared invoice the other one may be another sale's.
    """
    if found.code == CHARGED_TWICE or (found.outcome in MOVED and entry.outcome not in MOVED):
        return found
    own, back = known.transactions.get(entry.transaction_id or 0), returned(known.transactions.values())
    named = (*found.transaction_ids, 0 if found.transaction is None else found.transaction.transaction_id)
    read = (known.transactions[i] for i in named if i in known.transactions and i != entry.transaction_id)
    others = [t for t in read if counts(t, back)]
    if not others or (sale.shared and not entry.is_further_try):
        return None
    if entry.outcome not in MOVED or (own is not None and not counts(own, back)):
        by_hand = known.operator is not None and found.outcome not in MOVED  # an operator has seen what is over less
        return None if by_hand else found
    return None if own is None or found.outcome in MOVED else charged_twice(sale, (own, *others), known.polled)


def may_be_beside(entry: Entry, known: Progress) -> bool:
    """Whether a try of its key may be booked beside its transaction: an earlier one, or one that did not name it."""
    named = {known.answered, *(r.transaction_id for r in known.results)}
    unnamed = entry.sent_at is not None and entry.transaction_id not in named
    return entry.is_at_reader and (entry.is_further_try or unnamed)


def is_over(entry: Entry, sale: Sale, known: Progress) -> bool:
    """Whether counting is over: its own request named the voided transaction, so other charges are other sales'."""
    named = any(r.transaction_id == entry.transaction_id for r in known.results)
    return named and may_be_anothers(entry, sale)


def may_be_anothers(entry: Entry, sale: Sale) -> bool:
    """Whether it was voided under a shared invoice: other charges there may be other sales', and prove nothing."""
    return entry.outcome is Outcome.VOIDED and sale.shared and not entry.is_further_try


def is_left(entry: Entry, known: Progress, facts: Iterable[Fact]) -> bool:
    """Whether the next command still has to count it; not if the API refuses to show transactions.

    Beside a void only another try of the key can stand: what else has its number is another till's, who was told.
    """
    facts = tuple(facts)
    refused = any(isinstance(f, SearchFailed) and f.refused for f in facts)
    if refused or entry.transaction is None or (entry.outcome is Outcome.VOIDED and not may_be_beside(entry, known)):
        return False
    return is_due(entry.sale(), known) and not is_closed(entry, facts)


def is_asked_for(entry: Entry, facts: Iterable[Fact], now: datetime) -> bool:
    """Whether a command that names it counts it: always for a while, and then until it has been counted."""
    facts = tuple(facts)
    known = replay(facts)
    return is_due(entry.sale(), known) and (is_recent(entry, now) or is_left(entry, known, facts))


def is_closed(entry: Entry, facts: Iterable[Fact]) -> bool:
    """Whether a search has shown its own transaction, and one was made after any late booking of another try."""
    facts = tuple(facts)
    own = [s for s in facts if isinstance(s, Searched) and not s.around]
    late = entry.result_at is not None and any((s.asked_at or s.at) >= entry.result_at + BOOKED_BY for s in own)
    shown = any(t.transaction_id == entry.transaction_id for s in own for t in (*s.found, *s.perhaps))
    return shown and (late or not may_be_beside(entry, replay(facts)))


def next_question(entry: Entry, sale: Sale, known: Progress, asked: tuple[Question, ...]) -> Question | None:
    """What a count asks next: the search, and then each transaction that the search shows incompletely.

    Where another try may be booked beside it, the search must also show its own transaction, and each number: else the
    service may store numbers in another spelling, or show none, and the earlier tries are asked.
    """
    if Search() not in asked:
        return Search()
    blind = is_blind(entry, sale, known)
    if blind and LookAround() not in asked:
        return LookAround()
    undecided = sorted(partition(sale, known).undecided, key=lambda i: i not in known.listed)  # webhooks may be forged
    if undecided:
        left = LookUp(undecided[0])
        return left if left not in asked and len(asked) <= READ_MOST else None
    return AskEarlierTries() if entry.is_further_try and AskEarlierTries() not in asked else None


def is_blind(entry: Entry, sale: Sale, known: Progress) -> bool:
    """Whether searches cannot tell if another try was booked, too."""
    shown = entry.transaction_id in known.listed
    return may_be_beside(entry, known) and (not shown or bool(partition(sale, known).unsure))


def left_unsure(entry: Entry, sale: Sale, known: Progress) -> tuple[int, ...]:
    """Charges that stand and may be another try's, or another sale's under the same invoice."""
    found = partition(sale, known)
    unsure = found.unsure if may_be_beside(entry, known) or may_be_anothers(entry, sale) else ()
    anothers = [t.transaction_id for t in found.approved] if may_be_anothers(entry, sale) else []
    by_hand = None if known.operator is None else known.operator.named
    if sale.shared and by_hand is not None:  # an operator has seen those that were booked by then
        anothers += [t.transaction_id for t in (*found.approved, *found.contradicting) if t.transaction_id > by_hand]
    return tuple(i for i in (*unsure, *anothers) if i != entry.transaction_id and known.transactions[i].took_money)


def earlier_requests(entry: Entry, facts: Iterable[Fact]) -> tuple[str, ...]:
    """The requests of its latest earlier tries, given the facts of all tries; one that was busy never ran."""
    earlier, latest = dict[str, bool](), ""
    for fact in facts:
        if isinstance(fact, Accepted):
            latest = fact.request_id
            earlier[latest] = True
        elif isinstance(fact, Observed) and fact.source == "poll" and latest:
            earlier[latest] = fact.status != Status.BUSY
    return tuple(i for i, ran in earlier.items() if ran and i != entry.request_id)[-READ_MOST:]
