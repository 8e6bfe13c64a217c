"""The absence of money is provisional: others reset readers, cards already in are processed, and bookings come late.

After a sale ended without money, every command that names it checks once more, and so does the next sale on its
reader for 15 minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pjterm.core.entry import MOVED, NEVER_TAKEN, WITHOUT_RESULT, Entry
from pjterm.core.facts import Fact, Observed, Searched
from pjterm.core.guards import Finding, Pass, describe
from pjterm.core.hints import command_line
from pjterm.core.model import Outcome, Sale
from pjterm.core.partition import partition
from pjterm.core.states import Progress, advance
from pjterm.core.verdict import judge
from pjterm.values import replace

FOR = timedelta(minutes=15)


def is_long_over(entry: Entry, now: datetime) -> bool:
    """Whether it is proven without money, and long enough ago that no late booking is to be expected."""
    ended = entry.outcome in (*NEVER_TAKEN, *WITHOUT_RESULT)
    return ended and (not entry.may_have_been_taken or now - _over_at(entry) > FOR)


def may_be_paid(entry: Entry) -> bool:
    """Whether a sale at a reader ended without money: a command that names it takes one more look."""
    ended = entry.outcome in (Outcome.DECLINED, *NEVER_TAKEN, *WITHOUT_RESULT) and entry.may_have_been_taken
    return entry.kind.is_money and entry.original_id is None and ended


def is_provisional(entry: Entry, now: datetime) -> bool:
    """Whether it ended so lately that the next sale on its reader asks about it, too."""
    return may_be_paid(entry) and now - _over_at(entry) <= FOR


def came_late(entry: Entry, facts: Iterable[Fact], now: datetime) -> bool:
    """Whether it was approved after it had been proven to end without money, and that was not shown yet."""
    if entry.outcome not in MOVED or entry.shown_at is not None or now - _over_at(entry) > FOR:
        return False
    before = Progress()
    for fact in facts:
        known = advance(before, fact)
        own = known.transactions.get(entry.transaction_id or 0)
        if own is not None and own.approved is not False:
            break
        before = known
    if before.request_id is None and partition(entry.sale(), before).declined:
        return True  # of a lost answer no end is seen: it may have been reported as declined
    verdict = judge(entry.sale(), before, entry.kind)
    return verdict is not None and verdict.outcome in (Outcome.DECLINED, *WITHOUT_RESULT)


def without_proofs(facts: Iterable[Fact]) -> list[Fact]:
    """The facts as a later command may use them: earlier polls and searches no longer prove that no money moved.

    What they showed stands. A search that showed another sale's payment is as outdated as one that showed nothing.
    """
    known, kept = Progress(), list[Fact]()
    for fact in facts:
        after = advance(known, fact)
        agrees = isinstance(fact, Observed) and not fact.result and after.agreed_at not in (None, known.agreed_at)
        if agrees or _shows_no_money(fact):
            continue
        fact = replace(fact, asked_at=known.sent_at) if isinstance(fact, Searched) else fact  # before any end
        known = advance(known, fact)
        kept.append(fact)
    return kept


def _shows_no_money(fact: Fact) -> bool:
    """Whether it is a search that showed nothing but declines, if anything."""
    return isinstance(fact, Searched) and all(t.approved is False for t in (*fact.found, *fact.perhaps))


def late_approval(entry: Entry, sale: Sale) -> Finding | None:
    """A new sale like one that was reported as not paid, and was paid after all: it may be the same sale."""
    if entry.kind is not sale.kind or entry.amount != sale.amount:
        return None
    what = f"{describe(entry)} (key {entry.key})"
    return Finding(
        "late-approval",
        f"the {what} was reported as not paid, and was {entry.outcome} after all. Nothing was sent.",
        f"for a second one on purpose add --force; look first: {command_line('why', entry.key)}",
        Pass.FORCE,
        f"The {what} was {entry.outcome} after all. Charge it again?",
        entry,
    )


def _over_at(entry: Entry) -> datetime:
    return entry.finished_at or entry.started_at
