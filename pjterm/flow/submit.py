"""Submit one request under its key: carries out, step by step, what `core.sending` decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, assert_never

from pjterm.core import guards, provisional, send_guards, send_state, sending
from pjterm.core.entry import Entry, NewEntry
from pjterm.core.facts import LookedUp, Searched
from pjterm.core.guards import refusal
from pjterm.core.hints import command_line
from pjterm.core.model import KEPT_FOR, Outcome
from pjterm.core.send_guards import Others
from pjterm.core.send_state import SendState
from pjterm.core.sending import (
    Answer,
    AskReader,
    AskUser,
    Enter,
    Finish,
    LookAtOthers,
    Post,
    ProveAbsence,
    ReadKey,
    Refuse,
    Report,
    Resolve,
    SearchBefore,
    Step,
    WaitForReader,
)
from pjterm.core.states import replay
from pjterm.errors import NotProven, PjtermError
from pjterm.flow.inbox import Inbox
from pjterm.flow.post import Poster
from pjterm.flow.results import FollowResult, Resolution
from pjterm.flow.signals import Signals
from pjterm.journal.store import Journal
from pjterm.values import dataclass, replace

if TYPE_CHECKING:
    from pjterm.flow.absence import Absences
    from pjterm.flow.booked_before import BookedBefore
    from pjterm.flow.counts import Counts
    from pjterm.flow.given_back import GivenBack
    from pjterm.flow.looks import Looks
    from pjterm.flow.protocols import Asker, Reporter
    from pjterm.flow.records import Records
    from pjterm.flow.resolve import Resolver


@dataclass(slots=True)
class Submission:
    """One command that sends. What a first POST does not need is created, and loaded, on first use."""

    booked_before: Callable[[], BookedBefore]
    journal: Journal
    records: Callable[[], Records]
    looks: Callable[[], Looks]
    absences: Callable[[], Absences]
    resolver: Callable[[], Resolver]
    poster: Poster
    counts: Callable[[], Counts]
    given_back: Callable[[], GivenBack]
    inbox: Inbox
    reporter: Reporter
    signals: Signals
    asker: Asker
    now: Callable[[], datetime]
    wall: Callable[[], datetime]
    """The wall clock, which also counts the time that the machine slept."""
    entered: Callable[[], None]
    """Called once the entry is written: from then on the POST may have left."""
    latest: Resolution | None = None
    """How the latest try of this command ended."""

    def run(self, s: SendState) -> Resolution:
        """Do what was requested, once, and return what is proven."""
        try:
            return self._run(s)
        except PjtermError as stop:
            if self.latest is None:
                raise
            self.reporter.on_notice(f"not tried again: {stop.message}")  # a try was sent, and its end is known
            return self.latest

    def _run(self, s: SendState) -> Resolution:
        while True:
            now = self.now()
            step = sending.decide(s, now)
            if self.latest is not None and self.signals.wanted and not isinstance(step, Finish):
                return replace(self.latest, interrupted=True, signum=self.signals.leaving)  # before a further try
            done = self._perform(s, step, now)
            if isinstance(done, Resolution):
                return done
            s = done

    def _perform(self, s: SendState, step: Step, now: datetime) -> SendState | Resolution:
        """What is known after this step, or how the command ends."""
        match step:
            case AskReader():
                self.journal.check_writable()
                return replace(s, reader_asked=True, late=self._late_on_reader(s, now))
            case ReadKey():
                return s.key_was_read(self._by_key(s), self._elsewhere(s, now))
            case Report():
                standing = self.resolver().report(step.entry)
                return self._resolve(s, standing.entry) if standing.entry.is_unresolved else standing
            case Resolve():
                return self._resolve(s, step.entry)
            case SearchBefore():
                wall = self.wall()
                before = self.booked_before().search(s, min(s.deadline, now + send_state.LOOKUP_PATIENCE))
                same = _state(self._by_key(s)) == _state(s.entry)  # else what it found may be the other process's sale
                return replace(s.searched(wall, self.wall()), before=before) if same else s.from_the_key_on()
            case ProveAbsence():
                return self._prove_absence(s, step)
            case Answer():
                return self._answer(s, step, now)
            case LookAtOthers():
                self._look_at_others(s, min(s.deadline, now + send_state.LOOKUP_PATIENCE))
                return replace(s, others_asked=True)
            case Enter() if s.is_stale(self.wall()):
                return s.anew()
            case Enter():
                return self._enter(s, step.prior_ids)
            case AskUser():
                if not self.asker.confirm(step.finding.question or ""):
                    raise refusal(step.finding.answered_no())
                return s.answered_yes(step.finding)
            case Refuse():
                raise refusal(step.finding)
            case Post():
                return self._post(s, step.entry)
            case WaitForReader():
                self.reporter.on_notice(f"the terminal is busy; trying again for {int(step.left.total_seconds())} s")
                self.inbox.pause(step.pause.total_seconds())
                return s.waited()
            case Finish():
                return self._finish()
            case _:
                assert_never(step)

    def _resolve(self, s: SendState, entry: Entry) -> Resolution:
        self.reporter.on_notice(f"key {entry.key} was sent before; finding out what became of it; nothing is sent")
        return self.resolver().resolve(entry, send_state.plan(s, entry))

    # -- before the POST --------------------------------------------------------------------------------

    def _late_on_reader(self, s: SendState, now: datetime) -> Entry | None:
        """The newest sale of the reader, where it was reported as ended and was paid after all."""
        if not s.spec.kind.is_money:
            return None
        newest = self.journal.newest_on(s.new.terminal.smart_terminal_id, now - KEPT_FOR)
        if newest is None or newest.scope != s.new.scope or newest.key == s.new.key:
            return None
        aged = self.journal.aged(newest, now)
        asked = provisional.is_provisional(aged, now) or provisional.may_be_late(aged, now)
        return self.looks().paid_late(newest) if asked else None

    def _prove_absence(self, s: SendState, step: ProveAbsence) -> SendState | Resolution:
        """Look for a late booking of the earlier try; raises `NotProven` if that cannot be completed."""
        from pjterm.core.absence import Clear, Decided, Reopened, Unproven  # with the look itself

        if step.entry.attempt == 1 and replay(self.records().facts(step.entry)).not_taken is not None:
            return replace(s, never_sent=True)  # interrupted before it was sent; another till may have sold it since
        wall = self.wall()
        shown, facts, waited = self.absences().look(step.entry, wait=step.wait)
        match shown:
            case Clear():
                searched = s.searched(wall + waited, self.wall())
                return replace(searched, absent=shown.prior_ids, deadline=s.deadline + waited)
            case Decided():
                unknown = shown.verdict.outcome is Outcome.UNKNOWN
                entry = self.records().reopened(step.entry) if unknown else step.entry
                return self.records().conclude(entry, FollowResult(shown.verdict, replay(facts), facts))
            case Reopened():
                return self._resolve(s, self.records().reopened(step.entry))
            case Unproven() if self.latest is not None and self.signals.wanted:
                return s
            case Unproven():
                raise _not_proven(step.entry, shown.why)
            case _:
                assert_never(shown)

    def _answer(self, s: SendState, answer: Answer, now: datetime) -> Resolution:
        t = answer.transactions[0]
        fact = Searched(self.now(), answer.transactions, now) if answer.searched else LookedUp(self.now(), t)
        new = send_state.answered_under(s, t.invoice_number)
        entry = s.entry or self._changed_before(s.new)
        done = self.records().answered_before(new, entry, fact, f"{answer.says}; nothing was sent")
        return self.given_back().checked(done)

    def _changed_before(self, new: NewEntry) -> Entry | None:
        """The entry of the void or tip that this repeats without a key: a second entry would report it twice."""
        if new.named or new.original_id is None or not new.kind.is_change:
            return None
        about = self.journal.about(new.scope, new.original_id)
        done = [e for e in about if e.kind is new.kind and e.outcome in (Outcome.VOIDED, Outcome.ADJUSTED)]
        return done[-1] if done and done[-1].amount == new.amount else None

    def _look_at_others(self, s: SendState, until: datetime) -> None:
        """Look at each entry that may conflict; those that there was no time for still conflict."""
        for entry in send_guards.to_be_asked(s, self._others(s)):
            if self.now() < until:
                self.looks().look_at_holder(entry)

    def _by_key(self, s: SendState) -> Entry | None:
        return self.journal.by_key(s.new.scope, s.new.key)

    def _elsewhere(self, s: SendState, now: datetime) -> list[Entry]:
        return [self.journal.aged(e, now) for e in self.journal.under_other_logins(s.new.scope, s.new.key)]

    def _others(self, s: SendState) -> Others:
        journal, original, number = self.journal, s.spec.original, s.spec.invoice_number
        return Others(
            tuple(journal.unresolved_on(s.new.terminal.smart_terminal_id)),
            () if number is None else tuple(journal.same_invoice(s.new.scope, number)),
            () if original is None else tuple(journal.about(s.new.scope, original.transaction_id)),
        )

    def _enter(self, s: SendState, prior: frozenset[int]) -> SendState:
        """Guards and entry in one transaction; questions are asked outside of it, then everything is checked again."""
        with self.journal.transaction(self.now()):
            now = self.now()
            before, after = (s.entry, *s.elsewhere), (self._by_key(s), *self._elsewhere(s, now))
            if [*map(_state, before)] != [*map(_state, after)]:
                return s.from_the_key_on()
            amount = send_guards.compared_amount(s)
            alike = [] if amount is None else self.journal.same_amount(s.new.scope, amount)
            alike = [self.journal.aged(e, now) for e in alike]
            stop = send_guards.first_stop(s, self._others(s), alike, now)
            if stop is not None:
                return s.stopped(stop)
            self.signals.arm()
            if s.entry is None:
                entry = self.journal.add(s.new, now, prior)
            else:
                entry = self.journal.try_again(s.entry, now, prior, s.new)
            self.entered()
            return s.entered(entry, now)

    # -- the POST ---------------------------------------------------------------------------------------

    def _post(self, s: SendState, entry: Entry) -> SendState:
        before = [] if self.latest is None or s.tried is None else self.latest.facts
        done = self.latest = self.poster.post(s, entry, before)
        if done.verdict.outcome is Outcome.BUSY:
            self._say_who_holds(done.entry)
        return s.ended(done.entry, done.verdict.outcome, stopped=done.stopped)

    def _finish(self) -> Resolution:
        """The latest try is the result; an earlier sale whose count is still open is counted now."""
        done = self.latest
        assert done is not None
        if not (done.stopped or done.accepted_only):
            self.counts().catch_up(done.entry)
        return self.given_back().checked(done)

    def _say_who_holds(self, entry: Entry) -> None:
        """Name this journal's entries on the reader; if there are none, the result says that another program has it."""
        others = self.journal.unresolved_on(entry.terminal.smart_terminal_id)
        ours = [e for e in others if e.key != entry.key]
        if ours:
            said = "; ".join(f"{guards.describe(e)} (key {e.key})" for e in ours)
            self.reporter.on_notice(f"busy with: {said}")


def _not_proven(entry: Entry, why: str) -> NotProven:
    return NotProven(
        f"key {entry.key} was sent before and ended without a result; whether it was booked after all could not be "
        f"proven: {why}. Nothing was sent.",
        hint="look in the Virtual Terminal\n"
        f"if it was not charged: {command_line('resume', entry.key, '--not-charged')}\n"
        f"else look again later: {command_line('resume', entry.key)}",
    )


def _state(entry: Entry | None) -> tuple[int, Outcome | None] | None:
    return None if entry is None else (entry.attempt, entry.outcome)
