"""Puts one question about an entry to the API."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, assert_never

from pjterm.core.entry import Entry
from pjterm.core.evidence.facts import Fact
from pjterm.core.evidence.states import doubted
from pjterm.core.steps import LookAround, LookUp, Poll, Search

if TYPE_CHECKING:
    from pjterm.flow.protocols import Lookups
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
