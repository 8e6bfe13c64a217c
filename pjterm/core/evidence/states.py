"""The life of a request as one table: facts in, what is known out.

    (nothing) --POST--> CONNECTING --> IN_PROGRESS --> IN_PROGRESS + result --> COMPLETE + result
                             |              |
                             |              `--> COMPLETE        customer, operator or device ended it
                             |--> BUSY                           this request will never run
                             `--> NO_CONNECTION                  the reader was not reached

The theory. Facts about one request come from five places (the POST's answer, polls, webhooks,
transaction look-ups, searches) in any order, doubled, late, or never. What is kept is therefore
built only from operations that do not care about order:

- the status is the highest rank seen: CONNECTING < IN_PROGRESS < an end state. It never goes back.
- results are a set. Two different ones for one request are a contradiction, and stay one. An answer (a label, a
  number, a signature) that only a webhook reports does not count until a poll reports it; a transaction is always read.
- transactions are a map by id; the newest look-up of an id counts (a void changes `status`), but one
  that was trimmed never replaces a whole one.
- an end state has a time, and "agreed" is a poll *sent after* that time which says the same.
  NO_CONNECTION after IN_PROGRESS is silence and ends nothing. An end that only a webhook has said is none while a
  later poll says that the request runs; then it is the next poll that says it which has seen it.
- an unknown status is noted and otherwise ignored, but a result it carries is kept.

`advance` is the table. It never raises on a fact from outside: a late, repeated or unknown fact is
normal. Nothing here knows the clock; facts carry their times.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import assert_never

from pjterm.core import wire
from pjterm.core.evidence.facts import (
    Accepted,
    Answered,
    Controlled,
    Fact,
    LookedUp,
    LookUpFailed,
    Lost,
    NotTaken,
    Observed,
    OperatorSaid,
    PollFailed,
    Purged,
    Searched,
    SearchFailed,
    Sent,
    TerminalReset,
)
from pjterm.core.model import KEPT_FOR, Result, Status, Transaction
from pjterm.core.remembered import remembered
from pjterm.values import dataclass, field, replace

AFTER_RESET = timedelta(seconds=8)
"""After POST /main a card already in is still processed (PM): what is asked sooner proves nothing."""

_RUMORS_MOST = 10
"""The most results of webhooks that are kept: anyone may send them, and polls decide."""
_WORDS_MOST = 20

_RANK = {Status.CONNECTING: 1, Status.IN_PROGRESS: 2}  # an end state ranks 3
_STATUSES: dict[str, Status] = {status.value: status for status in Status}


@dataclass(frozen=True, slots=True)
class Progress:
    """All that is known of one request. Grows by `advance`; two equal sets of facts give equal knowledge."""

    sent_at: datetime | None = None
    request_id: str | None = None
    answered: int | None = None
    """The transaction that a POST or PUT of /transactions was answered with."""
    not_taken: NotTaken | None = None
    lost: Lost | None = None
    status: Status | None = None
    in_progress_seen: bool = False
    results: tuple[Result, ...] = ()
    polled: frozenset[int] = frozenset()
    """The transactions that polls have named: what only a webhook named must say our invoice number."""
    end: Status | None = None
    ended_at: datetime | None = None
    end_polled: bool = False
    """Whether a poll has said that it ended: no webhook decides that alone."""
    runs_on: bool = False
    """Whether a later poll says that it runs, though a webhook said that it ended."""
    agreed_at: datetime | None = None
    """When the latest poll was sent that agrees with `end` and was sent after `ended_at`."""
    transactions: Mapping[int, Transaction] = field(default_factory=lambda: MappingProxyType({}))
    read: frozenset[int] = frozenset()
    """Transactions that were read by their id."""
    stale: frozenset[int] = frozenset()
    """Declined ones that a later search has not shown, or not whole: they may read otherwise by now."""
    perhaps: frozenset[int] = frozenset()
    """Transactions that a search showed as perhaps ours."""
    beside: tuple[int, ...] = ()
    """Transactions over another amount that the latest search by our number showed, and that may carry it."""
    listed: frozenset[int] = frozenset()
    """Transactions that a search by our number has shown."""
    searched_at: datetime | None = None
    """When the latest answered search by our number was sent."""
    looked_around_at: datetime | None = None
    """Likewise, by account and time."""
    gap: str | None = None
    """Why the latest of these searches may not show everything."""
    reset_at: datetime | None = None
    purged_at: datetime | None = None
    operator: OperatorSaid | None = None
    denied: tuple[Transaction, ...] = ()
    """Those in sight of which an operator said that nothing was charged, as they were then."""
    gap_told: bool = False
    """Whether the operator who said so was told that a search may not show everything."""
    beside_told: tuple[int, ...] = ()
    """What was beside when the operator said so."""
    unknown_statuses: tuple[str, ...] = ()

    @property
    def is_forgotten(self) -> bool:
        """Whether the API no longer knows it, so long after it was sent that it must have ended (POLL: a day after)."""
        return self.purged_at is not None and not _is_young(self.sent_at, self.purged_at)

    @property
    def has_ended(self) -> bool:
        """Whether it has ended, as far as anything says that no later poll denies."""
        return self.end is not None and not self.runs_on

    @property
    def polled_results(self) -> tuple[Result, ...]:
        """The results that polls have reported; the others are transactions that only webhooks have named."""
        return tuple(r for r in self.results if r.transaction_id is None or r.transaction_id in self.polled)

    @property
    def result(self) -> Result:
        """The result that polls have said, while there is one and no other contradicts it."""
        results = self.polled_results
        return results[0] if len(results) == 1 else Result()


def status_of(word: str) -> Status | None:
    """A documented status, or nothing for a word PayJunction may yet invent (POLL: ignore quietly)."""
    return _STATUSES.get(word)


_NOTHING = Progress()


@remembered  # one command replays the same facts a dozen times
def advance(known: Progress, fact: Fact) -> Progress:
    """What is known after one more fact; the same object if it brings nothing new."""
    match fact:
        case Sent():
            return replace(known, sent_at=fact.at, not_taken=None)
        case Accepted():
            return replace(known, request_id=known.request_id or fact.request_id)
        case Answered():
            return replace(_read(known, fact.transaction), answered=fact.transaction.transaction_id)
        case NotTaken():
            return replace(known, not_taken=fact)
        case Lost():
            return replace(known, lost=known.lost or fact)
        case Observed():
            return _observe(known, fact)
        case Purged():
            return replace(known, purged_at=known.purged_at or fact.at)
        case LookedUp():
            return _read(known, fact.transaction)
        case Searched():
            return _search(known, fact)
        case TerminalReset():
            return replace(known, reset_at=_later(known.reset_at, fact.at))
        case OperatorSaid():
            return _hear(known, fact)
        case Controlled() | PollFailed() | LookUpFailed() | SearchFailed():
            return known
        case _:
            assert_never(fact)


def replay(facts: Iterable[Fact]) -> Progress:
    """What is known after all of these facts, in the order given."""
    known = _NOTHING
    for fact in facts:
        known = advance(known, fact)
    return known


def _observe(known: Progress, seen: Observed) -> Progress:
    """One status. An answer in a webhook waits for the next poll; a transaction that it names is read."""
    named, polled = seen.result.transaction_id, seen.source != "webhook"
    if polled or (named is not None and len(known.results) < _RUMORS_MOST):
        known = _keep_result(known, seen.result)
    if polled and named is not None and named not in known.polled:
        known = replace(known, polled=known.polled | {named})
    status = status_of(seen.status)
    match status:
        case None:
            if seen.status in known.unknown_statuses or len(known.unknown_statuses) >= _WORDS_MOST:
                return known
            return replace(known, unknown_statuses=(*known.unknown_statuses, seen.status))
        case Status.CONNECTING:
            return _deny_end(_raise(known, Status.CONNECTING), seen)
        case Status.IN_PROGRESS:
            known = _raise(known, Status.IN_PROGRESS)
            known = known if known.in_progress_seen else replace(known, in_progress_seen=True)
            return _deny_end(_forget_no_connection(known), seen)
        case Status.COMPLETE | Status.BUSY | Status.NO_CONNECTION:
            return _end(known, status, seen)
        case _:
            assert_never(status)


def _keep_result(known: Progress, result: Result) -> Progress:
    if not result or result in known.results:
        return known
    return replace(known, results=(*known.results, result))


def _raise(known: Progress, status: Status) -> Progress:
    """The higher of two statuses."""
    if known.status is not None and _RANK.get(known.status, 3) >= _RANK[status]:
        return known
    return replace(known, status=status)


def _forget_no_connection(known: Progress) -> Progress:
    """The reader was reached after all: NO_CONNECTION was not an end."""
    if known.end is not Status.NO_CONNECTION:
        return known
    return replace(known, end=None, ended_at=None, end_polled=False, agreed_at=None, runs_on=False,
                   status=Status.IN_PROGRESS)  # fmt: skip


def _deny_end(known: Progress, seen: Observed) -> Progress:
    """A poll that was sent after a webhook had said the end, and says that it runs, is believed."""
    asked, since = seen.asked_at, known.ended_at
    if known.end_polled or asked is None or since is None or asked < since:
        return known
    return replace(known, runs_on=True)


def _end(known: Progress, status: Status, seen: Observed) -> Progress:
    known = _note_end(known, status, seen)
    says_it = known.end is not None and (known.end is status or status is not Status.NO_CONNECTION)
    polled = says_it and seen.source == "poll"
    return replace(known, end_polled=True) if polled and not known.end_polled else known


def _note_end(known: Progress, status: Status, seen: Observed) -> Progress:
    if status is Status.NO_CONNECTION and (known.in_progress_seen or known.end is not None):
        return known if known.end is not status else _agree(known, seen)
    if known.end is status and not (known.runs_on and seen.source == "poll"):
        return _agree(known, seen)
    is_first = known.end in (None, Status.NO_CONNECTION) or (seen.source == "poll" and not known.end_polled)
    if is_first or (status is Status.COMPLETE and seen.source == "poll"):
        known = replace(known, end_polled=False, runs_on=False)
        return replace(known, status=status, end=status, ended_at=seen.at, agreed_at=None)
    return replace(known, ended_at=seen.at, agreed_at=None)  # BUSY after COMPLETE: ask again


def _agree(known: Progress, seen: Observed) -> Progress:
    """Only a poll that was sent after the end was first seen is a second, fresh witness."""
    asked, since = seen.asked_at, known.ended_at
    if seen.source != "poll" or asked is None or since is None or asked < since:
        return known
    return replace(known, agreed_at=_later(known.agreed_at, asked))


def _read(known: Progress, t: Transaction) -> Progress:
    book, stale = _book(known.transactions, known.stale, (t,), searched=False)
    return replace(known, transactions=book, read=known.read | {t.transaction_id}, stale=stale - {t.transaction_id})


def _search(known: Progress, fact: Searched) -> Progress:
    asked, both, stale = fact.asked_at or fact.at, (*fact.found, *fact.perhaps), known.stale
    perhaps = known.perhaps | {t.transaction_id for t in fact.perhaps}
    if fact.around:
        book, stale = _book(known.transactions, stale, both)
        at = _later(known.looked_around_at, asked)
        return replace(known, looked_around_at=at, perhaps=perhaps, gap=fact.gap, transactions=book, stale=stale)
    shown = {t.transaction_id for t in both}
    if after_the_end(known, asked):
        stale |= {i for i, t in known.transactions.items() if t.approved is False and i not in shown}
    book, stale = _book(known.transactions, stale, both)
    return replace(
        known, searched_at=_later(known.searched_at, asked), listed=known.listed | shown, beside=fact.beside,
        perhaps=perhaps, gap=fact.gap, transactions=book, stale=stale,
    )  # fmt: skip


def _book(
    before: Mapping[int, Transaction], stale: frozenset[int], found: tuple[Transaction, ...], *, searched: bool = True
) -> tuple[Mapping[int, Transaction], frozenset[int]]:
    """The newest reading of an id counts, unless it has fewer fields: list items come trimmed (TXLIST)."""
    if not found:
        return before, stale
    book = dict(before)
    for t in found:
        earlier = book.get(t.transaction_id)
        if searched and earlier is not None and earlier.is_whole and _rank_of(earlier) > _rank_of(t):
            continue  # the search lags
        if earlier is not None and earlier.approved is False and not t.is_whole:
            stale |= {t.transaction_id}
        if earlier is None or not earlier.is_whole or t.is_whole:
            if earlier is not None and wire.stated_total(t) is None and wire.stated_total(earlier) is not None:
                t = replace(t, raw={**t.raw, "amountTotal": earlier.raw["amountTotal"]})
            book[t.transaction_id] = t
    return MappingProxyType(book), stale


def _rank_of(t: Transaction) -> int:
    """How far it has come: what was declined may be approved, and what was approved voided, but never the reverse."""
    return 2 if t.is_void else int(bool(t.approved))


def _hear(known: Progress, said: OperatorSaid) -> Progress:
    """A statement covers what was in sight; what was declined then may be approved later."""
    seen = known.transactions.values() if said.not_charged else ()
    denied = (*known.denied, *(t for t in seen if t.approved is not False))
    known = replace(known, operator=said, denied=tuple(t for t in denied if t.transaction_id != said.named))
    return replace(known, gap_told=known.gap is not None, beside_told=known.beside) if said.not_charged else known


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None or other > one else one


def doubted(fact: Fact, sent_at: datetime | None) -> Fact:
    """A 404 for a request of the last day proves nothing: PayJunction keeps each for a day after its end (POLL)."""
    if isinstance(fact, Purged) and _is_young(sent_at, fact.at):
        return PollFailed(fact.at, "404: the request is not known there (yet)")
    return fact


def _is_young(sent_at: datetime | None, now: datetime) -> bool:
    return sent_at is not None and now - sent_at <= KEPT_FOR


def after_the_end(known: Progress, asked_at: datetime | None) -> bool:
    """Whether an answer requested at that time can show how the request ended."""
    if asked_at is None or known.ended_at is None or asked_at < known.ended_at:
        return False
    return known.reset_at is None or asked_at >= known.reset_at + AFTER_RESET
