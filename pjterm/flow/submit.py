"""Submit one request under its key: carries out, step by step, what `core.sending.decide` decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, assert_never

from pjterm.core import guards
from pjterm.core.entry import CHANGED, NEVER_RAN, Entry, NewEntry
from pjterm.core.evidence.facts import LookedUp, Searched
from pjterm.core.evidence.states import Progress, replay
from pjterm.core.guards import refusal
from pjterm.core.hints import command_line
from pjterm.core.model import KEPT_FOR, Kind, Outcome
from pjterm.core.sending import decide, send_guards, send_state
from pjterm.core.sending.decide import (
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
    WaitForService,
)
from pjterm.core.sending.send_guards import Others
from pjterm.core.sending.send_state import SendState, Tried
from pjterm.core.verdicts import provisional
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


LOOK_TIME = timedelta(seconds=2)
"""How long earlier sales of the reader are looked at before a new one, in all."""


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

    def run(self, state: SendState) -> Resolution:
        """Do what was requested, once, and return what is proven."""
        try:
            return self._run(state)
        except PjtermError as stop:
            if self.latest is None:
                raise
            self.reporter.on_notice(f"not tried again: {stop.message}")  # a try was sent, and its end is known
            if stop.hint is None:
                return self.latest
            verdict = replace(self.latest.verdict, hint=stop.hint)  # the same line with its key would pass the guard
            return replace(self.latest, verdict=verdict)

    def _run(self, state: SendState) -> Resolution:
        while True:
            now = self.now()
            step = decide.decide(state, now)
            if self.latest is not None and self.signals.wanted and not isinstance(step, Finish):
                return replace(self.latest, interrupted=True, signum=self.signals.leaving)  # before a further try
            done = self._perform(state, step, now)
            if isinstance(done, Resolution):
                return done
            state = done

    def _perform(self, state: SendState, step: Step, now: datetime) -> SendState | Resolution:
        """What is known after this step, or how the command ends."""
        match step:
            case AskReader():
                self.journal.check_writable()
                return replace(state, reader_asked=True, late=self._late_on_reader(state, now))
            case ReadKey():
                return state.key_was_read(self._by_key(state), self._elsewhere(state, now))
            case Report():
                self.signals.arm()
                reported = self.resolver().report(step.entry)
                return self._resolve(state, reported.entry) if reported.entry.is_unresolved else reported
            case Resolve():
                return self._resolve(state, step.entry)
            case SearchBefore():
                return self._search_before(state, now)
            case ProveAbsence():
                return self._prove_absence(state, step)
            case Answer():
                return self._answer(state, step, now)
            case LookAtOthers():
                paid = self._look_at_others(state, min(state.deadline, now + send_state.LOOKUP_PATIENCE))
                return replace(state, others_asked=True, late=state.late or paid)
            case Enter() if state.is_stale(self.wall()):
                return state.anew()
            case Enter():
                return self._enter(state, step.prior_ids)
            case AskUser():
                if not self.asker.confirm(step.finding.question or ""):
                    raise refusal(step.finding.answered_no())
                asked = self.now() - now  # --timeout begins with the answer
                return self._refunds_again(replace(state.answered_yes(step.finding), deadline=state.deadline + asked))
            case Refuse():
                raise refusal(step.finding)
            case Post():
                return self._post(state, step.entry)
            case WaitForReader():
                self.reporter.on_notice(f"the terminal is busy; trying again for {ceil(step.left.total_seconds())} s")
                self.inbox.pause(step.pause.total_seconds())
                return state.waited()
            case WaitForService():
                self.inbox.pause(step.pause.total_seconds())
                return state.waited()
            case Finish():
                return self._finish()
            case _:
                assert_never(step)

    def _resolve(self, state: SendState, entry: Entry) -> Resolution:
        self.reporter.on_notice(f"key {entry.key} was sent before; finding out what became of it; nothing is sent")
        plan = send_state.plan(state, entry)
        if state.options.wait or entry.request_id is None:
            return self.resolver().resolve(entry, plan)
        plan = replace(plan, deadline=self.now(), cancel_on_timeout=False)  # it was accepted, so one look is all
        done = self.resolver().resolve(entry, plan)
        still_open = done.verdict.outcome is Outcome.OPEN and not done.stopped
        return replace(done, accepted_only=True) if still_open else done

    # -- before the POST --------------------------------------------------------------------------------

    def _late_on_reader(self, state: SendState, now: datetime) -> Entry | None:
        """A sale like this one, where it was reported as ended and was paid after all.

        The newest one of the reader is asked. If that one never ran, as far as is known, so are the newest that did and
        those of which an earlier try may have, for 2 s in all.
        """
        if not state.spec.kind.is_money:
            return None
        reader, since = state.new.terminal.smart_terminal_id, now - KEPT_FOR
        newest = self.journal.newest_on(reader, since)
        asked = [newest]
        if newest is not None and newest.outcome in NEVER_RAN:
            before = self.journal.newest_on(reader, since, but=NEVER_RAN)
            asked += [before, *self.journal.tried_again_on(reader, since)]
        for entry in {entry.id: entry for entry in asked if entry is not None}.values():
            if entry.scope != state.new.scope or entry.key == state.new.key or self.now() >= now + LOOK_TIME:
                continue
            aged = self.journal.aged(entry, now)
            if provisional.is_provisional(aged, now) or provisional.came_late(aged, now):
                late = self.looks().paid_late(entry)
                if late is not None and provisional.late_approval(late, state.new.sale()) is not None:
                    return late
        return None

    def _search_before(self, state: SendState, now: datetime) -> SendState:
        wall = self.wall()
        before = self.booked_before().search(state, min(state.deadline, now + send_state.LOOKUP_PATIENCE))
        if _state(self._by_key(state)) != _state(state.entry):
            return state.from_the_key_on()  # another process sent under this key: the search may have found its sale
        return replace(state.searched(wall, self.wall()), before=before)

    def _refunds_again(self, state: SendState) -> SendState:
        """The refunds of the original, read again: another till may have refunded it while the question was asked."""
        original = state.spec.original
        if original is None or state.spec.kind is not Kind.REFUND:
            return state
        return replace(state, spec=replace(state.spec, earlier=self.given_back().refunds_now(original)))

    def _prove_absence(self, state: SendState, step: ProveAbsence) -> SendState | Resolution:
        """Look for a late booking of the earlier try; raises `NotProven` if that cannot be completed."""
        from pjterm.core.sending.absence import Clear, Decided, Reopened, Unproven  # with the look itself
        from pjterm.core.verdicts import tries

        if tries.none_was_taken(step.entry, self.journal.facts(step.entry, all_attempts=True)):
            return replace(state, never_sent=True)  # interrupted before; another till may have sold it since
        wall = self.wall()
        shown, facts, waited = self.absences().look(step.entry, wait=step.wait)
        match shown:
            case Clear():
                searched = state.searched(wall + waited, self.wall())
                return replace(searched, absent=shown.prior_ids, deadline=state.deadline + waited)
            case Decided():
                self.signals.arm()
                if self.latest is None:  # else the earlier try is this command's, whose end was not reported
                    self.looks().say_changed(step.entry, shown.verdict)
                unknown = shown.verdict.outcome is Outcome.UNKNOWN
                entry = self.records().reopened(step.entry) if unknown else step.entry
                known, booked = replay(facts), shown.verdict.transaction
                done = self.records().conclude(entry, FollowResult(shown.verdict, known, facts))
                unlisted = booked is not None and booked.transaction_id not in known.listed
                return self.counts().checked(done, anew=unlisted)  # a poll named it: another may be booked, too
            case Reopened():
                return self._resolve(state, self.records().reopened(step.entry))
            case Unproven() if self.latest is not None and self.signals.wanted:
                return state
            case Unproven():
                raise _not_proven(step.entry, replay(facts), shown.why)
            case _:
                assert_never(shown)

    def _answer(self, state: SendState, answer: Answer, now: datetime) -> Resolution:
        self.signals.arm()
        t = answer.transactions[0]
        fact = Searched(self.now(), answer.transactions, now) if answer.searched else LookedUp(self.now(), t)
        new = send_state.answered_under(state, t.invoice_number)
        entry = state.entry or self._changed_before(state.new)
        done = self.records().answered_before(new, entry, fact, f"{answer.says}; nothing was sent")
        return self.given_back().checked(done)

    def _changed_before(self, new: NewEntry) -> Entry | None:
        """The entry of the void or tip that this repeats without a key: a second entry would report it twice."""
        if new.named or new.original_id is None or not new.kind.is_change:
            return None
        about = self.journal.about(new.scope, new.original_id)
        done = [e for e in about if e.kind is new.kind and e.outcome in CHANGED]
        return done[-1] if done and done[-1].amount == new.amount else None

    def _look_at_others(self, state: SendState, until: datetime) -> Entry | None:
        """Look at each entry that may conflict; those that there was no time for still conflict.

        Returns one that was unknown and turns out to be paid, if the new sale is like it: it may be the same sale.
        """
        paid = None
        for entry in send_guards.to_be_asked(state, self._others(state)):
            if self.now() < until:
                seen = self.looks().look_at_holder(entry)
                late = provisional.came_late(seen, self.now())
                if late and provisional.late_approval(seen, state.new.sale()) is not None:
                    paid = seen
        return paid

    def _by_key(self, state: SendState) -> Entry | None:
        return self.journal.by_key(state.new.scope, state.new.key)

    def _elsewhere(self, state: SendState, now: datetime) -> list[Entry]:
        return [self.journal.aged(e, now) for e in self.journal.under_other_logins(state.new.scope, state.new.key)]

    def _others(self, state: SendState) -> Others:
        journal, original, number = self.journal, state.spec.original, state.spec.invoice_number
        return Others(
            tuple(journal.unresolved_on(state.new.terminal.smart_terminal_id)),
            () if number is None else tuple(journal.same_invoice(state.new.scope, number)),
            () if original is None else tuple(journal.about(state.new.scope, original.transaction_id)),
        )

    def _enter(self, state: SendState, prior: frozenset[int]) -> SendState:
        """Guards and entry in one transaction; questions are asked outside of it, then everything is checked again."""
        with self.journal.transaction(self.now()):
            now = self.now()
            before, after = (state.entry, *state.elsewhere), (self._by_key(state), *self._elsewhere(state, now))
            if [*map(_state, before)] != [*map(_state, after)]:
                return state.from_the_key_on()
            amount = send_guards.compared_amount(state)
            alike = [] if amount is None else self.journal.same_amount(state.new.scope, amount)
            alike = [self.journal.aged(e, now) for e in alike]
            stop = send_guards.first_stop(state, self._others(state), alike, now)
            if stop is not None:
                return state.stopped(stop)
            self.signals.arm()
            if state.entry is None:
                entry = self.journal.add(state.new, now, prior)
            else:
                entry = self.journal.try_again(state.entry, now, prior, state.new)
            self.entered()
            return state.entered(entry, now)

    # -- the POST ---------------------------------------------------------------------------------------

    def _post(self, state: SendState, entry: Entry) -> SendState:
        before = [] if self.latest is None or state.tried is None else self.latest.facts
        done = self.latest = self.poster.post(state, entry, before)
        if done.verdict.outcome is Outcome.BUSY:
            self._say_who_holds(done.entry)
        return state.ended(Tried(done.entry, done.verdict.outcome, done.stopped, send_state.again_in(done.error)))

    def _finish(self) -> Resolution:
        """The latest try is the result; an earlier sale whose count is still open is counted now."""
        done = self.latest
        assert done is not None
        if not (done.stopped or done.accepted_only):
            self.counts().catch_up(done.entry)
            done = self.counts().checked(done)
        return self.given_back().checked(done)

    def _say_who_holds(self, entry: Entry) -> None:
        """Name the request of this journal that holds the reader; the result names its key only."""
        holder = self.journal.holder_of(entry)
        if holder is not None:
            self.reporter.on_notice(f"busy with: {guards.describe(holder)} (key {holder.key})")


def _not_proven(entry: Entry, known: Progress, why: str) -> NotProven:
    from pjterm.core.verdicts import by_hand

    ended = "was declined" if entry.outcome is Outcome.DECLINED else "ended without a result"
    return NotProven(
        f"key {entry.key} was sent before and {ended}; whether it was booked after all could not be proven: {why}. "
        "Nothing was sent.",
        hint=f"look in the Virtual Terminal\n{by_hand.further(entry, known, cleared=True)}\n"
        f"else look again later: {command_line('resume', entry.key)}",
    )


def _state(entry: Entry | None) -> tuple[int, Outcome | None] | None:
    return None if entry is None else (entry.attempt, entry.outcome)
