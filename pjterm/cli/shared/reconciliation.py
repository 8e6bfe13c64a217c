"""Compares three records of a period: this journal, the API's transactions, the relay's events."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pjterm.cli.context import Context
from pjterm.cli.shared.books import SearchResult, owners_of, read_books
from pjterm.core.hints import command_line
from pjterm.errors import PjtermError
from pjterm.values import dataclass

if TYPE_CHECKING:
    from pjterm.cli.shared.period import Period
    from pjterm.core.entry import Entry
    from pjterm.reports.difference import Difference
    from pjterm.reports.transaction_line import Line

MARGIN = timedelta(hours=1)  # around the day: an entry and its transaction may be on different sides of its start


@dataclass(frozen=True, slots=True)
class Compared:
    """What the comparison found: differences, what is held, and how many records there were."""

    books: SearchResult
    lines: list[Line]
    """Those of the period, oldest first."""
    differences: list[Difference]
    entries: int
    events: int | None
    removed: int | None = None
    """Older events that the relay has removed; some may have been in this period."""

    @property
    def held(self) -> list[Line]:
        """Approved, but not captured: money is held."""
        return [x for x in self.lines if x.moved and x.word == "held"]


def compare_period(context: Context, about: Period, close: str | None = None) -> Compared:
    """Read all three, and compare them; `close` is the line that is about to close this day."""
    from pjterm.reports import reconcile as core

    entries = _entries(context, about)
    books = read_books(context, about.asked(MARGIN))
    received = _received(context, about)
    known = {*books.by_id(), *books.unread_ids()}
    ids = frozenset[int]() if received is None else received.ids
    for number in sorted(core.needed(entries, ids) - known):
        books.look_up(context, number, may_be_absent=True)  # which is a difference
    days = core.BothSides(
        about.begin, about.end, tuple(entries), books.by_id(), ids,
        owners_of(context, books.by_id()), books.unread_ids(), _last_tips(context, entries),
        None if about.day is None else close or command_line(f"close --day {about.day}"),
    )  # fmt: skip
    found = books, days.of_day(), core.compare(days), len(entries)
    return Compared(*found, None) if received is None else Compared(*found, len(received.ids), received.removed)


def compare_settlement(context: Context, settlement: dict[str, Any]) -> Compared:
    """Compare one batch: its totals, its transactions, and the entries that booked them."""
    from pjterm.core import wire
    from pjterm.reports import reconcile as core
    from pjterm.reports import settlement as batch

    number = wire.number(settlement["settlementId"])
    books = read_books(context, {"settlementId": str(number)})
    for x in [x for x in books.lines if wire.settlement_id(x.transaction) is None]:  # trimmed
        books.lines.remove(x)
        books.look_up(context, x.transaction.transaction_id)
    inside = {x.transaction.transaction_id: x for x in books.lines if wire.settlement_id(x.transaction) == number}
    lines = [inside[id_] for id_ in sorted(inside)]
    owners = owners_of(context, inside)
    entries = tuple(e for e in owners.values() if e.scope == context.scope)
    begin = min((x.created for x in lines if x.created), default=context.clock.now())
    end = max((x.created for x in lines if x.created), default=begin) + timedelta(seconds=1)
    found = core.compare(core.BothSides(begin, end, entries, inside, owners=owners, unread=books.unread_ids()))
    return Compared(books, lines, [*batch.differences(settlement, lines), *found], len(entries), None)


def _entries(context: Context, about: Period) -> list[Entry]:
    """Money entries of this login that began in the period, and older ones that are not resolved."""
    recent = context.as_recorded(context.journal.newest(10**9, since=about.begin))
    older = [e for e in context.journal.unresolved() if e.started_at < about.begin]
    mine = [e for e in (*older, *reversed(recent)) if e.scope == context.scope and e.started_at < about.end]
    return [e for e in mine if e.kind.is_money]


def booked_in(context: Context, about: Period) -> set[int]:
    """The transactions that entries of this period own."""
    return {e.transaction_id for e in _entries(context, about) if e.transaction_id is not None}


def _last_tips(context: Context, entries: list[Entry]) -> frozenset[int]:
    """Tips that no later tip replaced, on any day."""
    from pjterm.core.model import Kind
    from pjterm.core.tips import is_last

    about = context.journal.about
    tips = ((e, e.original_id) for e in entries if e.kind is Kind.TIP)
    return frozenset(e.id for e, id_ in tips if id_ is not None and is_last(e, about(context.scope, id_)))


@dataclass(frozen=True, slots=True)
class _Received:
    """The transactions that webhooks named, and how many older events were removed."""

    ids: frozenset[int]
    removed: int


def _received(context: Context, about: Period) -> _Received | None:
    """What verified webhooks of this profile named in the period; `None` without any events.

    Events that retention has removed are counted if the period begins before the oldest event.
    """
    from pjterm.cli.shared import event_source
    from pjterm.core.wire import number

    ids, first = set(), None
    try:
        for item in event_source.items(context, {"profile": context.profile.name}, 0, None):
            event, at = item.get("event"), datetime.fromisoformat(item["receivedAt"])
            first = first or at
            data = event.get("data") if isinstance(event, dict) else None
            if item.get("verified") and about.has(at) and isinstance(data, dict):
                ids.add(number(data.get("transactionId")))
        removed = event_source.removed(context) if first is None or about.begin < first else 0
    except PjtermError as error:
        context.notice(f"without the relay's events: {error.message}")
        return None
    return _Received(frozenset(i for i in ids if i is not None), removed)
