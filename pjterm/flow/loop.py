"""The loop: takes the steps that `core.following.decide` chooses, and passes every fact on.

Loaded after the POST has left, because nothing before it needs this.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, assert_never

from pjterm.core.entry import Entry
from pjterm.core.evidence.chain import is_news
from pjterm.core.evidence.facts import (
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
from pjterm.core.evidence.states import Progress, doubted, replay
from pjterm.core.following import decide, follow_state
from pjterm.core.following.activity import Activity, activity
from pjterm.core.following.follow_state import FollowState
from pjterm.core.model import Outcome, Verdict
from pjterm.core.plan import Plan
from pjterm.core.steps import Finished, LookAround, LookUp, Poll, ResetTerminal, Search, WaitUntil
from pjterm.core.verdicts.count import COUNT_TIME
from pjterm.core.verdicts.partition import speaks_for
from pjterm.errors import JournalUnusable, LeaveNow
from pjterm.flow.inbox import Inbox, InboxItem, Interrupted, Leave, RelayEvent, RelayIs
from pjterm.flow.recorder import Recorder
from pjterm.flow.records import Records
from pjterm.flow.relay_line import RelayLine
from pjterm.flow.resets import Resets
from pjterm.flow.results import FollowResult
from pjterm.flow.signals import Signals
from pjterm.journal.store import Journal
from pjterm.system.clock import Clock
from pjterm.values import dataclass, field, replace

if TYPE_CHECKING:
    from pjterm.flow.protocols import Lookups, Reporter

PAGES_TIME = timedelta(seconds=3)
"""How long after the deadline a search may still ask for a further page."""
LAST_LOOK = 5.0
"""Seconds to wait for an answer past the deadline."""
LAST_LOOKS = 7.0
"""Seconds for all such answers together; one that is asked for after that has `AT_LEAST`."""
AT_LEAST = 1.0
AT_ONCE = 20
"""Arrivals taken between two steps: a relay that says more than that ends no deadline."""
HINTS_MOST = 50
"""Transactions of other requests that are read while our own answer is lost; the search goes on beside."""
MISSING_MOST = 4
"""Polls in a row, about 2 s, after which a 404 is believed."""


@dataclass(slots=True)
class Following:
    """One request being followed: what the loop uses, the facts so far, and the signals received."""

    api: Lookups
    resets: Resets
    journal: Journal
    records: Records
    recorder: Recorder
    clock: Clock
    inbox: Inbox
    reporter: Reporter
    signals: Signals
    relay: RelayLine
    entry: Entry | None
    facts: list[Fact]
    interrupted: bool = False
    signum: int | None = None
    proven_at: datetime | None = None
    last_failure: Fact | None = None
    hints: set[int] = field(default_factory=set)
    hinted: int = 0
    missing: int = 0
    doing: Activity | None = None

    def run(self, plan: Plan, cancel_at: datetime | None) -> FollowResult:
        """Follow the request to its end, its deadline, or until the user stops watching."""
        known = replay(self.facts)
        self.relay.listen(known.request_id, plan.kind)
        try:
            return self.to_the_end(plan, known, cancel_at)
        finally:
            self.relay.stop()

    def to_the_end(self, plan: Plan, known: Progress, cancel_at: datetime | None) -> FollowResult:
        """Take step after step, until following is over."""
        state = follow_state.begin(plan, known, self.clock.now())
        state = self.own(replace(state, cancel_at=cancel_at, relay_live=self.relay.live))
        while True:
            try:
                state = self._receive_all(state)
                now = self.clock.now()
                state = follow_state.tick(state, now)
                self._report_activity(state, now)
                self._report_verdict(state)
                step = decide.decide(state, now)
                if isinstance(step, Finished):
                    return FollowResult(
                        step.verdict, state.known, self.facts, self.interrupted, self.signum, self.proven_at
                    )
                state = self._perform(state, step, now)
            except LeaveNow as leave:
                self.signum = leave.signum
                state = replace(state, detach=True)

    def _perform(
        self, state: FollowState, step: Poll | LookUp | Search | LookAround | ResetTerminal | WaitUntil, now: datetime
    ) -> FollowState:
        plan, api = state.plan, self.api
        match step:
            case Poll():
                request_id = state.known.request_id
                assert request_id is not None
                return self._see(state, self._call(state, lambda: api.poll(request_id, plan.kind)), now)
            case LookUp():
                return self._see(state, self._call(state, lambda: api.look_up(step.transaction_id)), now)
            case Search():
                until = max(state.deadline, now) + PAGES_TIME
                return self._see(state, self._call(state, lambda: api.search(plan.sale, until)), now)
            case LookAround():
                until = max(state.deadline, now) + PAGES_TIME
                return self._see(state, self._call(state, lambda: api.look_around(plan.sale, until)), now)
            case ResetTerminal():
                smart_terminal_id = plan.sale.terminal.smart_terminal_id
                assert smart_terminal_id is not None
                state = replace(state, reset_tried_at=self.clock.now())
                with self._hurry(state):
                    done = self.resets.reset(smart_terminal_id)
                return self._see(state, done, now)
            case WaitUntil():
                arrival = self.inbox.get(max(0.0, (step.at - now).total_seconds()))
                return state if arrival is None else self._receive(state, arrival)
            case _:
                assert_never(step)

    def _call(self, state: FollowState, call: Callable[[], Fact]) -> Fact:
        """One read, interrupted if the command must exit."""
        with self.signals.may_leave(), self._hurry(state):
            return call()

    def _hurry(self, state: FollowState) -> AbstractContextManager[None]:
        """Once the verdict is known, no answer is waited for long, nor any of them much longer than the deadline."""
        if self.proven_at is not None:
            return self.api.hurried(COUNT_TIME)
        left = (state.deadline - self.clock.now()).total_seconds()
        return self.api.hurried(max(AT_LEAST, min(max(left, LAST_LOOK), left + LAST_LOOKS)))

    def _learn_of_reset(self, state: FollowState) -> FollowState:
        """Another process may have reset the reader: then its end proves nothing until 8 s have passed."""
        entry, known = self.entry, state.known
        if entry is None or known.end is None:
            return state
        try:
            at = self.journal.reload(entry).reset_at
        except JournalUnusable:
            return state
        if at is None or (known.reset_at is not None and known.reset_at >= at) or at > self.clock.now():
            return state  # it may be our own, from before the clock was set back
        reset = TerminalReset(at, RESET_ELSEWHERE)
        self.facts.append(reset)
        return follow_state.observe(state, reset)

    def _see(self, state: FollowState, fact: Fact, asked: datetime) -> FollowState:
        """Add one fact to the state, the journal and the view."""
        fact = self._doubt_absence(state.known, fact)
        asked = getattr(fact, "asked_at", None) or asked
        newer = follow_state.observe(state, fact, asked)
        if is_news(state.known, fact, self.last_failure):
            self.facts.append(fact)
            self.recorder.note(self.entry, fact)
            self.reporter.on_fact(fact, newer.known)
        self.last_failure = fact if isinstance(fact, PollFailed | SearchFailed | LookUpFailed) else None
        return self._learn_of_reset(self.own(newer))

    def _doubt_absence(self, known: Progress, fact: Fact) -> Fact:
        """A 404 for a request that was just accepted proves nothing: a distributed service may not know it yet."""
        self.missing = self.missing + 1 if isinstance(fact, Purged) else 0
        return fact if self.missing >= MISSING_MOST else doubted(fact, known.sent_at)

    def own(self, state: FollowState) -> FollowState:
        """Learn which of the transactions now known belong to other entries of the journal."""
        if not state.known.transactions or self.entry is None:
            return state
        sale = self.records.sale_of(self.entry, state.known)
        if sale == state.plan.sale:
            return state
        return replace(state, plan=replace(state.plan, sale=sale))

    def _report_activity(self, state: FollowState, now: datetime) -> None:
        doing = activity(state, now, interrupted=self.interrupted, failing=self.last_failure is not None)
        if doing != self.doing:
            self.doing = doing
            self.reporter.on_activity(doing, state.known)

    def _report_verdict(self, state: FollowState) -> None:
        verdict = state.verdict
        if verdict is not None and self.proven_at is None:
            self.proven_at = self.clock.now()
            self.reporter.on_verdict(self._with_holder(verdict), state.known)
            if state.runs_in_vain:
                self.reporter.on_notice("an earlier try of this key was booked: ending this one at the reader")
            if state.unseen_until is not None:
                self.reporter.on_notice(
                    "this may be an earlier try of the key, booked late. If the reader still asks for a card, "
                    "press its red X: the customer would pay twice"
                )

    def _with_holder(self, verdict: Verdict) -> Verdict:
        entry = self.entry
        if entry is None or verdict.outcome is not Outcome.BUSY:
            return verdict
        holder = self.recorder.keep(lambda: self.journal.holder_of(entry))
        return verdict if holder is None else replace(verdict, held_by=holder.key)

    # -- what arrives ---------------------------------------------------------------------------------

    def _receive_all(self, state: FollowState) -> FollowState:
        for _ in range(AT_ONCE):
            if (arrival := self.inbox.get(0)) is None:
                break
            state = self._receive(state, arrival)
        return state

    def _receive(self, state: FollowState, arrival: InboxItem) -> FollowState:
        match arrival:
            case Interrupted():
                return self._interrupt(state)
            case Leave():
                self.signum = arrival.signum
                return replace(state, detach=True)
            case RelayIs():
                self.relay.changed(live=arrival.live)
                return replace(state, relay_live=arrival.live)
            case RelayEvent():
                return self._hear(state, arrival)
            case _:
                assert_never(arrival)

    def _interrupt(self, state: FollowState) -> FollowState:
        if self.interrupted:
            self.signum = signal.SIGINT
            return replace(state, detach=True)
        self.interrupted = True
        if state.plan.sale.terminal.smart_terminal_id is None and state.known.request_id is not None:
            self.signum = signal.SIGINT  # another till's request: its reader is not known, so only detach
            return replace(state, detach=True)
        if state.known.request_id is not None:
            return replace(state, cancel_at=self.clock.now())  # the activities that follow report it
        if state.verdict is None:
            self.reporter.on_notice(
                "PayJunction has not named a request, so there is nothing to cancel yet; Ctrl-C again exits"
            )
        return state

    def _hear(self, state: FollowState, heard: RelayEvent) -> FollowState:
        """A webhook: for our request it is a fact, if unverified a reason to poll; for another one at most a hint."""
        if heard.request_id == state.known.request_id:
            if heard.verified:
                return self._see(state, heard.fact, heard.fact.at)
            return replace(state, hinted=True)
        if not heard.verified or not isinstance(heard.fact, Observed) or state.known.request_id is not None:
            return state
        return self._follow_hint(state, heard.fact.result.transaction_id)

    def _follow_hint(self, state: FollowState, transaction_id: int | None) -> FollowState:
        """If our own answer was lost, a transaction of an unknown request counts only by the sale's rule."""
        now = self.clock.now()
        if transaction_id is None or transaction_id in self.hints or self.hinted >= HINTS_MOST:
            return state
        self.hinted += 1
        fact = self._call(state, lambda: self.api.look_up(transaction_id))
        if not isinstance(fact, LookedUp):
            return state
        self.hints.add(transaction_id)
        if not speaks_for(fact.transaction, state.plan.sale, reported=False):
            return state
        return self._see(state, fact, now)
