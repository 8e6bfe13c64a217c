"""The check before a key is sent again, and the control search that every proof of absence needs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from pjterm.core.entry import Entry
from pjterm.core.evidence.facts import Controlled, Fact, Searched, SearchFailed
from pjterm.core.evidence.states import Progress, replay
from pjterm.core.following.activity import Activity, Doing
from pjterm.core.model import Outcome, Sale, Terminal, Transaction
from pjterm.core.sending import absence
from pjterm.core.sending.absence import Absence, Clear, Decided, Reopened, Unproven
from pjterm.core.steps import Control, LookAround, LookUp, Poll, Search, WaitUntil
from pjterm.errors import PjtermError
from pjterm.flow.ask import ask, ask_earlier_tries
from pjterm.flow.inbox import Inbox
from pjterm.flow.records import Records
from pjterm.journal.store import Journal
from pjterm.values import dataclass, replace

if TYPE_CHECKING:
    from pjterm.flow.protocols import Lookups, Reporter


EARLIER_TIME = 5.0
"""Seconds to wait for the answer about an earlier try."""


class Samples(Protocol):
    """A search without a filter."""

    def sample(self) -> tuple[Transaction, ...]:
        """The first page; raises named errors."""

    def quiet(self) -> float:
        """Seconds since another process made a call with this login, whatever the wall clock says."""


@dataclass(slots=True)
class Absences:
    """Checks whether an ended try was booked after all."""

    api: Lookups
    samples: Samples
    journal: Journal
    records: Records
    inbox: Inbox
    reporter: Reporter
    now: Callable[[], datetime]

    def look(self, entry: Entry, *, wait: bool) -> tuple[Clear | Decided | Reopened | Unproven, list[Fact], timedelta]:
        """The verdict on an entry's try, its facts, and how long it waited before the first question."""
        facts = self.records.facts(entry)
        state = self._begin(entry, facts, wait=wait)
        entry = replace(entry, request_id=state.known.request_id)  # another process may have sent it since it was read
        waited = max(state.began - self.now(), timedelta(0))
        if waited > timedelta(seconds=1):
            self.reporter.on_activity(Activity(Doing.HOLDING_BACK, state.began), Progress())
        asked_earlier = not entry.is_further_try
        while True:
            now = self.now()
            step = absence.decide(state, now)
            if not asked_earlier and not isinstance(step, WaitUntil):  # after the wait, in which they may be booked
                asked_earlier = True
                if (why := self._ask_earlier(entry, facts)) is not None:
                    return Unproven(why), facts, waited
                known = replay(facts)
                state = replace(state, known=known, sale=self.records.sale_of(entry, known))
                continue
            match step:
                case WaitUntil():
                    if self.inbox.pause((step.at - now).total_seconds()):
                        return Unproven("you stopped it"), facts, waited
                case Poll() | LookUp() | Search() | LookAround() | Control():
                    if isinstance(step, Control):
                        fact = self.control(entry, state.known)
                    else:
                        fact = ask(self.api, self.journal, step, entry, now)
                    self.records.learn(entry, facts, fact)
                    state = absence.observe(state, fact, now)
                    state = replace(state, sale=self.records.sale_of(entry, state.known))
                case _:
                    return step, facts, waited

    def _ask_earlier(self, entry: Entry, facts: list[Fact]) -> str | None:
        return ask_earlier_tries(self.api, self.journal, self.records, entry, facts, self.now(), EARLIER_TIME)

    def _begin(self, entry: Entry, facts: list[Fact], *, wait: bool) -> Absence:
        known = replay(facts)
        ended = known.ended_at or entry.finished_at or entry.started_at
        over_at = max(ended, known.reset_at or ended)
        over_at = min(over_at, self.now())  # it would be in the future if the clock was set back since
        least = absence.least_wait(self.records.lag_of(entry.scope)) if wait else timedelta(0)
        over_at = absence.over_since(over_at, self.now(), self.samples.quiet(), least)
        sale, declined = self.records.sale_of(entry, known), entry.outcome is Outcome.DECLINED
        return absence.begin(sale, entry.kind, known, self.now(), over_at, least, declined=declined)

    def control(self, entry: Entry, seen: Progress) -> Fact:
        """Search, in the same way, for something that certainly exists."""
        asked = self.now()
        known = self.journal.newest_approved(entry.scope, entry.id)
        if known is not None and known.transaction_id is not None:
            return self._control_by(known.sale(), known.transaction_id, asked)
        try:
            shown = self.samples.sample()
        except PjtermError as error:
            return SearchFailed(self.now(), error.message)
        news = (t for t in shown if t.transaction_id not in seen.transactions)
        if own := tuple(t for t in news if t.invoice_number == entry.invoice_number):
            return Searched(self.now(), own, asked)  # not a control, but the answer itself
        numbered = next((t for t in shown if t.invoice_number is not None), None)
        if not shown:
            return Controlled(self.now(), True, "the account has no transactions, as far as can be seen", asked)
        if numbered is None:
            return Controlled(self.now(), False, "none of the transactions shown has an invoice number", asked)
        sale = Sale("", entry.kind, Terminal(None, None, None), invoice_number=numbered.invoice_number)
        return self._control_by(sale, numbered.transaction_id, asked)

    def _control_by(self, sale: Sale, transaction_id: int, asked: datetime) -> Fact:
        seen = self.api.search(sale)
        if not isinstance(seen, Searched):
            return seen
        shows = transaction_id in [t.transaction_id for t in (*seen.found, *seen.perhaps)]
        word = "finds" if shows else "does not find"
        return Controlled(self.now(), shows, f"the same search {word} transaction {transaction_id}", asked)
