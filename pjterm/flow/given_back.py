"""Checks what was given back: twice (a void and a refund of one transaction), or one of two charges of a sale."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from pjterm.core.entry import Entry
from pjterm.core.evidence.chain import is_news
from pjterm.core.evidence.facts import Controlled, Fact, LookedUp, SearchFailed
from pjterm.core.evidence.states import replay
from pjterm.core.model import Kind, Transaction, Verdict
from pjterm.core.request import refund_of
from pjterm.core.verdicts.contradiction import GIVEN_BACK_TWICE, may_be_given_back_twice
from pjterm.core.verdicts.count import COUNT_TIME
from pjterm.errors import PjtermError
from pjterm.flow.records import Records
from pjterm.flow.results import Resolution
from pjterm.values import dataclass, replace

if TYPE_CHECKING:
    from pjterm.flow.protocols import Lookups, Reporter


T = TypeVar("T")


class Refunds(Protocol):
    """Searching for refunds; raises named errors."""

    def refunds_of(self, transaction_id: int) -> Iterable[Transaction]:
        """The refunds of a transaction that pjterm made, on any till."""

    def shows(self, transaction_id: int) -> bool:
        """Whether a search shows a transaction at all."""

    def patiently(self, read: Callable[[], T]) -> T:
        """Repeat a read for a while."""


@dataclass(slots=True)
class GivenBack:
    """Checks whether money was also given back the other way."""

    api: Lookups
    refunds: Refunds
    records: Records
    reporter: Reporter
    now: Callable[[], datetime]

    def checked(self, done: Resolution) -> Resolution:
        """The resolution, or that the money was given back twice, which is recorded."""
        entry = done.entry
        if done.stopped or not may_be_given_back_twice(entry):
            return done
        facts = list(done.facts)
        for fact in self._ask(entry):
            self.records.learn(entry, facts, fact)
        found = self._twice(entry, facts)
        if found is None:
            return replace(done, facts=facts)
        return replace(done, entry=self.records.write(entry, found), verdict=found, facts=facts, replayed=False)

    def learn(self, entry: Entry, facts: list[Fact]) -> bool:
        """If a sale has several standing charges, add their refunds to its facts; return whether any was news."""
        known = replay(facts)
        charges = [t for t in known.transactions.values() if t.took_money]
        asked = [t.transaction_id for t in charges] if entry.kind is Kind.PAYMENT and len(charges) > 1 else []
        seen = [fact for number in asked for fact in self._refunds(number) if isinstance(fact, LookedUp)]
        news = [fact for fact in seen if is_news(known, fact)]
        for fact in news:
            self.records.learn(entry, facts, fact)
        return bool(news)

    def refunds_now(self, original: Transaction) -> tuple[Transaction, ...]:
        """The refunds of a transaction, read just before one more is sent; raises named errors."""
        return self.refunds.patiently(lambda: tuple(self.refunds.refunds_of(original.transaction_id)))

    def _ask(self, entry: Entry) -> list[Fact]:
        original = entry.original_id
        assert original is not None
        if entry.kind is Kind.VOID:
            return self._refunds(original) or [self._control(original)]
        with self.api.hurried(COUNT_TIME):
            seen = self.api.look_up(original)
        return [seen, *(f for f in self._refunds(original) if not _is_of(f, entry.transaction_id))]

    def _refunds(self, transaction_id: int) -> list[Fact]:
        with self.api.hurried(COUNT_TIME):
            try:
                return [LookedUp(self.now(), t) for t in self.refunds.refunds_of(transaction_id)]
            except PjtermError as error:
                return [SearchFailed(self.now(), error.message)]

    def _control(self, original: int) -> Fact:
        """No refund is shown, but would one be? The voided transaction certainly exists, so the search must show it."""
        asked = self.now()
        with self.api.hurried(COUNT_TIME):
            try:
                shows = self.refunds.shows(original)
            except PjtermError as error:
                return SearchFailed(self.now(), error.message)
        if not shows:
            self.reporter.on_notice(
                f"ATTENTION: whether transaction {original} was refunded, too, cannot be seen: this login's searches "
                f"do not show it. Look in the Virtual Terminal for the order number {refund_of(original)}."
            )
        word = "finds" if shows else "does not find"
        return Controlled(self.now(), shows, f"the same search {word} transaction {original}", asked)

    def _twice(self, entry: Entry, facts: list[Fact]) -> Verdict | None:
        found = self.records.verdict(entry, facts)
        return found if found is not None and found.code == GIVEN_BACK_TWICE else None


def _is_of(fact: Fact, transaction_id: int | None) -> bool:
    return isinstance(fact, LookedUp) and fact.transaction.transaction_id == transaction_id
