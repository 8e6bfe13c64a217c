"""The POST itself, once per try, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from pjterm.api.client import SendResult
from pjterm.core import refunds
from pjterm.core.entry import NEVER_TAKEN, Entry
from pjterm.core.evidence.facts import NEVER_SENT, Accepted, Fact, Lost, NotTaken, Sent
from pjterm.core.evidence.states import replay
from pjterm.core.following.activity import Activity, Doing
from pjterm.core.model import Outcome, Verdict
from pjterm.core.sending import send_state
from pjterm.core.sending.send_state import SendState
from pjterm.errors import ApiRejected, LeaveNow
from pjterm.flow.recorder import Recorder
from pjterm.flow.results import FollowResult, Resolution
from pjterm.flow.signals import Signals
from pjterm.journal.store import Journal
from pjterm.values import dataclass, replace

if TYPE_CHECKING:
    from pjterm.flow.protocols import Follow, Reporter, Sends
    from pjterm.flow.records import Records


@dataclass(slots=True)
class Poster:
    """Sends, follows, and records how it ended."""

    api: Sends
    journal: Journal
    records: Callable[[], Records]
    recorder: Recorder
    follow: Follow
    reporter: Reporter
    signals: Signals
    now: Callable[[], datetime]
    wall: Callable[[], datetime]
    """The wall clock, which also counts the time that the machine slept."""

    def post(self, state: SendState, entry: Entry, before: list[Fact]) -> Resolution:
        """Send an entry already written; `before` are the facts of earlier tries whose answers were lost."""
        sent: Fact = Sent(entry.sent_at or entry.started_at)
        if before:
            self.recorder.keep(lambda: self.journal.owners.claim(entry.id))
            sent = Sent(self.now())
            self.recorder.note(entry, sent)
        facts = [*before, sent]
        self.reporter.on_activity(Activity(Doing.CHECKING), replay(facts))  # what was done about an earlier try is over
        self.reporter.on_fact(sent, replay(facts))
        if self.signals.wanted:  # a signal came between the entry and the POST: nothing needs to be sent
            return self._not_sent(entry, sent)
        try:
            done = self._send(state, entry)
        except LeaveNow as leave:
            verdict = Verdict(Outcome.OPEN, "you stopped watching before PayJunction answered")
            return Resolution(self.records().current(entry), verdict, [sent], signum=leave.signum)
        if before and isinstance(done.fact, NotTaken):  # an earlier try of this void may have been taken
            why = f"the first try's; this one was not taken: {done.fact.why}"
            done = SendResult(Lost(done.fact.at, why), done.error)
        self.records().note(entry, facts, done.fact)
        return self._after(state, entry, done, facts)

    def _send(self, state: SendState, entry: Entry) -> SendResult:
        terminal = entry.terminal
        path = state.spec.path(terminal.smart_terminal_id)
        form = state.spec.form(terminal.terminal_id, entry.invoice_number)
        with self.signals.may_leave(post=True):
            return self.api.send(path, form, state.deadline, self._again_until(state), state.spec.method)

    def _again_until(self, state: SendState) -> Callable[[], datetime]:
        return lambda: state.again_until(self.now(), self.wall())

    def _after(self, state: SendState, entry: Entry, done: SendResult, facts: list[Fact]) -> Resolution:
        if isinstance(done.fact, NotTaken):
            if isinstance(done.error, ApiRejected) and done.error.hint is None:
                done.error.hint = refunds.hint_when_refused(state.spec)
            result = FollowResult(_not_taken(state, done.fact), replay(facts), facts)
            return replace(self.records().conclude(entry, result), error=done.error)
        if not state.options.wait and isinstance(done.fact, Accepted) and not self.signals.wanted:
            return self._return_at_once(entry, facts)
        return self.records().conclude(entry, self.follow(send_state.plan(state, entry), entry, facts))

    def _not_sent(self, entry: Entry, sent: Fact) -> Resolution:
        fact = NotTaken(self.now(), Outcome.CANCELLED, NEVER_SENT)
        self.recorder.note(entry, fact)
        facts = [sent, fact]
        result = FollowResult(Verdict(fact.outcome, fact.why), replay(facts), facts, interrupted=True)
        return self.records().conclude(entry, result)

    def _return_at_once(self, entry: Entry, facts: list[Fact]) -> Resolution:
        """`--no-wait`: return once accepted; the entry stays open for others to follow."""
        self.recorder.keep(lambda: self.journal.owners.release(entry.id))
        return Resolution(self.records().current(entry), Verdict(Outcome.OPEN, "accepted"), facts, accepted_only=True)


def _not_taken(state: SendState, fact: NotTaken) -> Verdict:
    """The result of a POST that started nothing; if an earlier try was taken, its end still decides."""
    before = state.tried.entry if state.tried is not None else state.entry
    at_reader = state.spec.kind.is_money and state.spec.original is None
    if before is None or before.outcome is None or before.outcome in NEVER_TAKEN or not at_reader:
        return Verdict(fact.outcome, fact.why)
    from pjterm.core.verdicts.tries import still_stands  # rarely needed

    return still_stands(Verdict(before.outcome, before.says or ""), fact.why)
