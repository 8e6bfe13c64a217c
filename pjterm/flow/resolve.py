"""Resolve entries of the journal: report what is proven, find out what is not, cancel a running request.

Used when a key is repeated, and by `resume`, `follow`, `status` and `cancel`. While another process works on an
entry, the journal is watched instead of asking the API twice; if that process dies, this one continues.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pjterm.core import wire
from pjterm.core.card import is_held
from pjterm.core.entry import MOVED, Entry, recorded
from pjterm.core.evidence.facts import Controlled, Fact, LookedUp, LookUpFailed, OperatorSaid
from pjterm.core.evidence.states import replay
from pjterm.core.following.activity import Activity, Doing
from pjterm.core.model import Outcome, Transaction, Verdict
from pjterm.core.plan import Plan
from pjterm.core.steps import Search
from pjterm.core.verdicts import by_hand, count, provisional
from pjterm.core.verdicts.contradiction import CHARGED_TWICE
from pjterm.core.verdicts.look import without_proofs
from pjterm.errors import LeaveNow
from pjterm.flow.ask import ask
from pjterm.flow.counts import Counts
from pjterm.flow.given_back import GivenBack
from pjterm.flow.inbox import Inbox, Interrupted, Leave
from pjterm.flow.looks import AGAIN_TIME, Looks
from pjterm.flow.recorder import Recorder
from pjterm.flow.records import Records
from pjterm.flow.results import FollowResult, Resolution
from pjterm.flow.signals import Signals
from pjterm.journal.store import Journal
from pjterm.values import dataclass, replace

if TYPE_CHECKING:
    from pjterm.flow.protocols import Follow, Lookups, Reporter

JOURNAL_LOOK = 0.1  # seconds between looks at an entry that another process works on


@dataclass(slots=True)
class Resolver:
    """Works on entries of one login, or of another one that is gone."""

    api: Lookups
    journal: Journal
    records: Records
    looks: Looks
    recorder: Recorder
    follow: Follow
    inbox: Inbox
    reporter: Reporter
    signals: Signals
    counts: Counts
    given_back: GivenBack
    now: Callable[[], datetime]

    def report(self, entry: Entry, *, replayed: bool = True) -> Resolution:
        """Report a resolved entry, after one check if it may have been paid or voided since.

        What is known is reported whatever signal comes: after one, nothing more is asked.
        """
        if provisional.may_be_paid(entry) and not self.signals.wanted:
            entry, before = self.looks.look_again(entry), entry
            replayed = replayed and entry.outcome is before.outcome
        facts = self.records.facts(entry)
        may_be_void = entry.transaction_id not in (None, entry.original_id)
        if entry.outcome in MOVED and may_be_void and not self.signals.wanted:
            assert entry.transaction_id is not None
            seen = self._now_booked(entry.transaction_id)
            if isinstance(seen, LookedUp) and seen.transaction.is_void:
                self.recorder.note(entry, seen)
                facts.append(seen)
                entry = self.records.write(entry, Verdict(Outcome.VOIDED, "voided since", seen.transaction))
                replayed = False
            elif isinstance(seen, LookedUp) and _was_changed(entry, seen.transaction):
                self.recorder.note(entry, seen)
                facts.append(seen)
                entry = self.records.write(entry, Verdict(recorded(entry).outcome, entry.says or "", seen.transaction))
        now = self.now()
        due = count.is_asked_for(self.journal.aged(entry, now), facts, now) and not self.signals.wanted
        found = self.counts.count(entry, facts) if due else None
        if found is not None:
            return Resolution(self.records.current(entry), found, facts)
        done = Resolution(entry, recorded(entry), facts, replayed=replayed)
        return done if self.signals.wanted else self.given_back.checked(done)

    def _now_booked(self, transaction_id: int) -> Fact | None:
        """A transaction as it is now, which may be void since; nothing if a signal cuts the reading short."""
        until = self.now() + timedelta(seconds=AGAIN_TIME)
        try:
            with self.signals.may_leave():
                with self.api.hurried(AGAIN_TIME):
                    seen = self.api.look_up(transaction_id)
                left = (until - self.now()).total_seconds()
                if isinstance(seen, LookUpFailed) and left > 0 and not self.signals.wanted:
                    with self.api.hurried(left):  # other tills of the login may briefly use up its limit
                        seen = self.api.look_up(transaction_id)
                return seen
        except LeaveNow:
            if self.signals.leaving is None:  # it ends a command that has yet to send something
                raise
            return None

    def resolve(self, entry: Entry, plan: Plan) -> Resolution:
        """Follow an entry to its verdict, or to the plan's deadline."""
        self.signals.arm()
        known_before = not entry.is_unresolved
        left = self._wait_for_owner(entry, plan.deadline)
        if left is not None:
            return left
        entry = self.journal.reload(entry)
        if not entry.is_unresolved:
            reported = self.report(entry, replayed=known_before)
            if not reported.entry.is_unresolved:
                return reported
            entry = reported.entry
        self.recorder.keep(lambda: self.journal.owners.claim(entry.id))
        facts = self.read_anew(entry, without_proofs(self.records.resumed(entry)))
        said = replay(facts).operator is not None  # that would end the following before anything was asked
        if said and by_hand.runs(self.looks.look(entry, facts, around=True)):
            facts = [f for f in facts if not isinstance(f, OperatorSaid)]  # what it comes to is open
        plan = replace(plan, sale=self.records.sale_of(entry, replay(facts)), again=entry.is_further_try)
        seen, listed = self.records.verdict(entry, facts), replay(facts).listed
        done = self.records.conclude(entry, self.followed(plan, entry, facts))
        anew = done.entry.transaction_id in listed or (seen is not None and seen.outcome in MOVED)
        return self.given_back.checked(self.counts.checked(done, anew=anew))

    def read_anew(self, entry: Entry, facts: list[Fact]) -> list[Fact]:
        """Read contradicting transactions again, and search for more of them.

        One may have been voided, refunded or corrected by now, and another try may have been booked beside them.
        """
        known = replay(facts)
        if entry.outcome is not Outcome.UNKNOWN or not known.transactions:
            return facts
        self.reporter.on_activity(Activity(Doing.READING), known)
        for transaction_id in known.transactions:
            seen = self.api.look_up(transaction_id)
            if isinstance(seen, LookedUp):
                self.records.note(entry, facts, seen)
        before = self.records.verdict(entry, facts)
        twice = before is not None and before.code == CHARGED_TWICE
        if not twice and entry.is_at_reader and count.is_due(entry.sale(), known):
            self.records.learn(entry, facts, ask(self.api, self.journal, Search(), entry, self.now()))
        self.given_back.learn(entry, facts)
        found = self.records.verdict(entry, facts)
        if found is not None and found.outcome is Outcome.VOIDED:
            self.counts.count(entry, facts)  # another charge of the sale may still stand
        return facts

    def cancel(self, entry: Entry, plan: Plan) -> Resolution:
        """Cancel a running request, even if another process is following it: compare, act, and prove it."""
        self.signals.arm()
        facts = self.records.facts(entry)
        if not entry.is_unresolved and not replay(facts).operator:
            return self.report(entry)
        said = [f for f in facts if not isinstance(f, OperatorSaid)]  # a statement ends nothing at the reader
        asked = without_proofs(said)
        result = self.followed(replace(plan, cancels=True), entry, asked, cancel_at=self.now())
        if not entry.is_unresolved and result.verdict.transaction is None:
            return result.resolution(entry, result.verdict)
        return self.records.conclude(entry, result)

    def followed(
        self, plan: Plan, entry: Entry, facts: list[Fact], *, cancel_at: datetime | None = None
    ) -> FollowResult:
        """Follow it, perhaps with another login than its own.

        What that finds is proven, and what it does not find may be hidden from it: absence counts only where the same
        search finds what the entry's own login has certainly booked.
        """
        if self.api.login != entry.scope.login and entry.is_at_reader:
            control = self.journal.newest_approved(entry.scope, entry.id)
            with self.api.hurried(AGAIN_TIME):
                says = None if control is None else by_hand.cleared(control, self.api.search(control.sale()))
            if says is None:
                self.api.hidden = "this login may not see what the login that sent it has booked"
            else:
                self.records.note(entry, facts, Controlled(self.now(), True, says))
        try:
            return self.follow(plan, entry, facts, cancel_at=cancel_at)
        finally:
            self.api.hidden = None

    # -- other processes ----------------------------------------------------------------------------------

    def _wait_for_owner(self, entry: Entry, deadline: datetime) -> Resolution | None:
        """While another live process works on it, watch the journal; None once it is ours to resolve."""
        facts = self.journal.facts(entry)
        shown = len(facts)
        if self._lives_elsewhere(entry):
            self.reporter.on_activity(Activity(Doing.WATCHING, deadline), replay(facts))
        while self._lives_elsewhere(entry) and self.now() < deadline:
            entry = self.journal.reload(entry)
            facts = self.journal.facts(entry)
            for n in range(shown, len(facts)):
                self.reporter.on_fact(facts[n], replay(facts[: n + 1]))
            shown = len(facts)
            arrival = self.inbox.get(JOURNAL_LOOK)
            if isinstance(arrival, Leave | Interrupted):
                return _stopped_watching(entry, facts, arrival)
        return None

    def _lives_elsewhere(self, entry: Entry) -> bool:
        """If the journal cannot be written, no other process works on it either."""
        return bool(self.recorder.keep(lambda: self.journal.owners.lives_elsewhere(entry.id)))


def _stopped_watching(entry: Entry, facts: list[Fact], arrival: Leave | Interrupted) -> Resolution:
    """Ctrl-C here only stops our watching; the other process handles its own signals."""
    signum = arrival.signum if isinstance(arrival, Leave) else None
    verdict = Verdict(Outcome.OPEN, "another pjterm works on it; you stopped watching")
    return Resolution(entry, verdict, facts, None, signum is None, signum)


def _was_changed(entry: Entry, now: Transaction) -> bool:
    """Whether an approved transaction has changed since it was recorded: captured, or with another tip.

    One over another base is another sale's, or for a person to judge.
    """
    then = wire.transaction(entry.transaction)
    if then is None or not (now.approved and wire.says_all(now)) or now.amount_base != then.amount_base:
        return False
    return is_held(now.raw) != is_held(then.raw) or wire.total(now) != wire.total(then)
