"""The absence of money is provisional: others reset readers, cards already in are processed, and bookings come late.

After a sale ended without money, every command that names it checks once more, and so does the next sale on its
reader for 15 minutes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pjterm.core.entry import MOVED, WITHOUT_RESULT, Entry
from pjterm.core.guards import Finding, Pass, describe
from pjterm.core.hints import command_line
from pjterm.core.model import KEPT_FOR, Kind, Outcome, Sale
from pjterm.core.verdicts.precedence import UNTIL_THEN

FOR = timedelta(minutes=15)


def is_long_over(entry: Entry, now: datetime) -> bool:
    """Whether it is proven to have ended without money, too long ago for a late booking."""
    return entry.outcome in WITHOUT_RESULT and (not entry.may_have_been_taken or now - _over_at(entry) > FOR)


def may_be_paid(entry: Entry) -> bool:
    """Whether a sale or refund ended without money: a command that names it takes one more look."""
    ended = entry.outcome in (Outcome.DECLINED, *WITHOUT_RESULT) and entry.may_have_been_taken
    return entry.kind.is_money and not entry.kind.is_change and ended


def is_provisional(entry: Entry, now: datetime) -> bool:
    """Whether it ended so recently that the next sale on its reader also checks it."""
    return may_be_paid(entry) and now - _over_at(entry) <= FOR


def is_of_last_day(entry: Entry, now: datetime) -> bool:
    """Whether it ended so recently that a search by account and time is small, and may show it without its number."""
    return now - _over_at(entry) <= KEPT_FOR


def came_late(entry: Entry, now: datetime) -> bool:
    """Whether it was found to be paid recently, after it had been recorded otherwise, and that was not shown yet."""
    late = entry.outcome in MOVED and UNTIL_THEN in (entry.says or "")
    return late and entry.shown_at is None and now - _over_at(entry) <= FOR


def late_approval(entry: Entry, sale: Sale) -> Finding | None:
    """A new sale like one that was paid, although it was reported as not paid or not known: it may be the same."""
    if entry.kind is not sale.kind or entry.amount != sale.amount:
        return None
    what = f"{describe(entry)} (key {entry.key})"
    paid, again = ("made", "Refund") if entry.kind is Kind.REFUND else ("paid", "Charge")
    return Finding(
        "late-approval",
        f"the {what} was not reported as {paid}, and was {entry.outcome} after all. Nothing was sent.",
        f"for a second one on purpose add --force; look first: {command_line('why', entry.key)}",
        Pass.FORCE,
        f"The {what} was {entry.outcome} after all. {again} it again?",
        entry,
    )


def _over_at(entry: Entry) -> datetime:
    return entry.finished_at or entry.started_at
