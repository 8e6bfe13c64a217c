"""How long a search lags behind: from when a transaction was known to when a search first showed it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pjterm.core.evidence.facts import Answered, Fact, LookedUp, Observed, Searched

LONGEST_LAG = timedelta(seconds=60)
"""More than this is not a lag: there was no search in between."""


def lag(transaction_id: int, facts: Iterable[Fact]) -> timedelta:
    """The lag that the facts of one sale have shown; zero unless a search missed what was already known."""
    known_at: datetime | None = None
    missed = False
    for fact in facts:
        if isinstance(fact, Searched) and not fact.around:
            asked = fact.asked_at or fact.at
            shown = transaction_id in [t.transaction_id for t in (*fact.found, *fact.perhaps)]
            if shown:
                return min(asked - known_at, LONGEST_LAG) if known_at is not None and missed else timedelta()
            missed = missed or (known_at is not None and asked >= known_at)
        elif known_at is None and _names(fact, transaction_id):
            known_at = fact.at
    return timedelta()


def _names(fact: Fact, transaction_id: int) -> bool:
    if isinstance(fact, Observed):
        return fact.result.transaction_id == transaction_id
    return isinstance(fact, LookedUp | Answered) and fact.transaction.transaction_id == transaction_id
