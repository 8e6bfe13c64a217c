"""The one loop: takes the steps that `core.follow` decides, and hands every fact on.

Loaded after the POST has left, for nothing before it needs any of this.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from pjterm.clock import Arrival, Heard, Interrupted, Leave, RelayIs
from pjterm.core import follow
from pjterm.core.entry import Entry
from pjterm.core.facts import (
    RESET_ELSEWHERE,
    Fact,
    LookedUp,
    LookUpFailed,
    Observed,
    PollFailed,
    Purged,
    SearchFailed,
    TerminalReset,
)
from pjterm.core.follow import Finished, LookUp, Poll, Pursuit, ResetTerminal, Search, WaitUntil
from pjterm.core.plan import Plan
from pjterm.core.states import Progress, is_news
from pjterm.core.verdict import speaks_for
from pjterm.errors import JournalUnusable, LeaveNow
from pjterm.watch import Ending, Watch

KEPT_FOR = timedelta(hours=24)
"""How long the API keeps a request after its end (POLL)."""
MISSING_MOST = 4
"""Polls in a row, about 2 s, after which a 404 is believed."""


@dataclass(slots=True)
class Following:
    """One following: the facts so far, and the signals that came."""

    watch: Watch
    entry: Entry | None
    facts: list[Fact]
    interrupted: bool = False
    signum: int | None = None
    proven_at: datetime | None = None
    last_failure: Fact | None = None
    hints: set[int] = field(default_factory=set)
    missing: int = 0

    def to_the_end(self, plan: Plan, known: Progress, cancel_at: datetime | None) -> Ending:
        """Take step after step, until following is over."""
        pursuit = follow.begin(plan, known, self.watch.clock.now())
        pursuit = self.own(replace(pursuit, cancel_at=cancel_at, relay_live=self.watch.relay_live))
        while True:
            try:
                pursuit = self._receive_all(pursuit)
                now = self.watch.clock.now()
                pursuit = follow.tick(pursuit, now)
                self._tell_verdict(pursuit)
                step = follow.decide(pursuit, now)
                if isinstance(step, Finished):
                    ending = (step.verdict, pursuit.known, self.facts, self.interrupted, self.signum)
                    return Ending(*ending, self.proven_at)
                pursuit = self._perform(pursuit, step, now)
            except LeaveNow as leave:
                self.signum = leave.signum
                pursuit = replace(pursuit, detach=True)

    def _perform(
        self, pursuit: Pursuit, step: Poll | LookUp | Search | ResetTerminal | WaitUntil, now: datetime
    ) -> Pursuit:
        plan, api = pursuit.plan, self.watch.api
        match step:
            case Poll():
                request_id = pursuit.known.request_id
                assert request_id is not None
                return self._see(pursuit, self._call(lambda: api.poll(request_id, plan.kind)), now)
            case LookUp():
                return self._see(pursuit, self._call(lambda: api.look_up(step.transaction_id)), now)
            case Search():
                return self._see(pursuit, self._call(lambda: api.search(plan.sale)), now)
            case ResetTerminal():
                smart_terminal_id = plan.sale.terminal.smart_terminal_id
                assert smart_terminal_id is not None
                pursuit = replace(pursuit, reset_tried_at=self.watch.clock.now())
                return self._see(pursuit, self.watch.reset(smart_terminal_id), now)
            case WaitUntil():
                arrival = self.watch.inbox.get(max(0.0, (step.at - now).total_seconds()))
                return pursuit if arrival is None else self._receive(pursuit, arrival)
            case _:
                assert_never(step)

    def _call(self, call: Callable[[], Fact]) -> Fact:
        """One read, which leaving cuts short."""
        with self.watch.signals.may_leave():
            return call()

    def _learn_of_reset(self, pursuit: Pursuit) -> Pursuit:
        """Another process may have reset the terminal: then "ended" proves nothing before 8 s passed."""
        entry, known = self.entry, pursuit.known
        if entry is None or known.end is None or known.results:
            return pursuit
        try:
            at = self.watch.journal.reload(entry).reset_at
        except JournalUnusable:
            return pursuit
        if at is None or (known.reset_at is not None and known.reset_at >= at):
            return pursuit
        reset = TerminalReset(at, RESET_ELSEWHERE)
        self.facts.append(reset)
        return follow.see(pursuit, reset)

    def _see(self, pursuit: Pursuit, fact: Fact, asked: datetime) -> Pursuit:
        """One fact: into the pursuit, the journal and the view."""
        fact = self._doubt_absence(pursuit.known, fact)
        asked = getattr(fact, "asked_at", None) or asked
        if is_news(pursuit.known, fact, self.last_failure):
            self.facts.append(fact)
            self.watch.note(self.entry, fact)
            told = follow.see(pursuit, fact, asked)
            self.watch.audience.saw(fact, told.known)
        self.last_failure = fact if isinstance(fact, PollFailed | SearchFailed | LookUpFailed) else None
        return self._learn_of_reset(self.own(follow.see(pursuit, fact, asked)))

    def _doubt_absence(self, known: Progress, fact: Fact) -> Fact:
        """A 404 for a request that was just accepted: a service of several parts may not know it yet."""
        self.missing = self.missing + 1 if isinstance(fact, Purged) else 0
        sent = known.sent_at
        if not self.missing or sent is None or fact.at - sent > KEPT_FOR or self.missing >= MISSING_MOST:
            return fact
        return PollFailed(fact.at, "404: the request is not known there (yet)")

    def own(self, pursuit: Pursuit) -> Pursuit:
        """Learn which of the transactions now known belong to other entries of the journal."""
        ids = pursuit.known.transactions.keys()
        if not ids or self.entry is None:
            return pursuit
        try:
            owned = self.watch.journal.owners_of(ids, self.entry.id, self.entry.scope.environment)
        except JournalUnusable:
            return pursuit
        if owned == pursuit.plan.sale.owned_elsewhere:
            return pursuit
        sale = replace(pursuit.plan.sale, owned_elsewhere=owned)
        return replace(pursuit, plan=replace(pursuit.plan, sale=sale))

    def _tell_verdict(self, pursuit: Pursuit) -> None:
        verdict = pursuit.verdict
        if verdict is not None and self.proven_at is None:
            self.proven_at = self.watch.clock.now()
            self.watch.audience.proven(verdict, pursuit.known)

    # -- what arrives ---------------------------------------------------------------------------------

    def _receive_all(self, pursuit: Pursuit) -> Pursuit:
        while (arrival := self.watch.inbox.get(0)) is not None:
            pursuit = self._receive(pursuit, arrival)
        return pursuit

    def _receive(self, pursuit: Pursuit, arrival: Arrival) -> Pursuit:
        match arrival:
            case Interrupted():
                return self._interrupt(pursuit)
            case Leave():
                self.signum = arrival.signum
                return replace(pursuit, detach=True)
            case RelayIs():
                self.watch.relay_is(arrival.live)
                return replace(pursuit, relay_live=arrival.live)
            case Heard():
                return self._hear(pursuit, arrival)
            case _:
                assert_never(arrival)

    def _interrupt(self, pursuit: Pursuit) -> Pursuit:
        if self.interrupted:
            self.signum = signal.SIGINT
            return replace(pursuit, detach=True)
        self.interrupted = True
        if pursuit.plan.sale.terminal.smart_terminal_id is None and pursuit.known.request_id is not None:
            self.signum = signal.SIGINT  # another till's request: its reader is not known, so we only leave
            return replace(pursuit, detach=True)
        if pursuit.known.request_id is None:
            self.watch.audience.notice("no request id to cancel; looking on (Ctrl-C again leaves)")
            return pursuit
        self.watch.audience.notice("cancelling; an approved payment wins (Ctrl-C again leaves)")
        return replace(pursuit, cancel_at=self.watch.clock.now())

    def _hear(self, pursuit: Pursuit, heard: Heard) -> Pursuit:
        """A webhook: ours is a fact, an unverified one a reason to poll, a foreign one at most a hint."""
        if heard.request_id == pursuit.known.request_id:
            if heard.verified:
                return self._see(pursuit, heard.fact, heard.fact.at)
            return replace(pursuit, polled_at=None)
        if not heard.verified or not isinstance(heard.fact, Observed) or pursuit.known.request_id is not None:
            return pursuit
        return self._follow_hint(pursuit, heard.fact.result.transaction_id)

    def _follow_hint(self, pursuit: Pursuit, transaction_id: int | None) -> Pursuit:
        """While our own answer is lost: a transaction of nobody's request counts only by the sale's rule."""
        if transaction_id is None or transaction_id in self.hints:
            return pursuit
        self.hints.add(transaction_id)
        now = self.watch.clock.now()
        fact = self._call(lambda: self.watch.api.look_up(transaction_id))
        if not isinstance(fact, LookedUp):
            self.hints.discard(transaction_id)
            return pursuit
        if not speaks_for(fact.transaction, pursuit.plan.sale, reported=False):
            return pursuit
        return self._see(pursuit, fact, now)
