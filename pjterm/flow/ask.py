"""Puts questions about an entry to the API."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, assert_never

from pjterm.core.entry import Entry
from pjterm.core.evidence.facts import Fact, Observed, PollFailed
from pjterm.core.evidence.states import doubted, replay
from pjterm.core.steps import LookAround, LookUp, Poll, Search
from pjterm.core.verdicts import count

if TYPE_CHECKING:
    from pjterm.flow.protocols import Lookups
    from pjterm.flow.records import Records
    from pjterm.journal.store import Journal


def ask(
    api: Lookups, journal: Journal, question: Poll | LookUp | Search | LookAround, entry: Entry, now: datetime,
    until: datetime | None = None,
) -> Fact:  # fmt: skip
    """Put one question about an entry, whose times the wall clock may have been set since.

    A search begins at the earliest time at which it can have been sent; a 404 counts from the latest.
    """
    match question:
        case Poll():
            assert entry.request_id is not None
            return doubted(api.poll(entry.request_id, entry.kind), journal.aged(entry, now).sent_at)
        case LookUp():
            return api.look_up(question.transaction_id)
        case Search():
            return api.search(journal.begun(entry).sale(), until)
        case LookAround():
            return api.look_around(journal.begun(entry).sale(), until)
        case _:
            assert_never(question)


def ask_earlier_tries(
    api: Lookups, journal: Journal, records: Records, entry: Entry, facts: list[Fact], now: datetime, seconds: float
) -> str | None:  # fmt: skip
    """Poll the requests of a key's earlier tries, and add to its facts what they have booked, whatever a search shows.

    Returns why that proves nothing: one of them runs, or is not answered, also when asked once more; then no further
    one is asked.
    """
    sale, started_at, why = records.sale_of(entry, replay(facts)), journal.aged(entry, now).started_at, None
    every = journal.facts(entry, all_attempts=True)
    known = (sale.prior_ids - {t.transaction_id for t in replay(every).denied}) | sale.owned_elsewhere
    for request_id in count.earlier_requests(entry, every):
        with api.hurried(seconds):
            fact = doubted(api.poll(request_id, entry.kind), started_at)
            if isinstance(fact, PollFailed):
                fact = doubted(api.poll(request_id, entry.kind), started_at)
        if isinstance(fact, PollFailed):
            return f"an earlier try's request is not answered: {fact.why}"
        if not isinstance(fact, Observed):
            continue
        if fact.says_it_runs:
            why = "an earlier try of this key still runs"
        if fact.result.transaction_id not in (None, *known):
            records.learn(entry, facts, fact)
    return why
