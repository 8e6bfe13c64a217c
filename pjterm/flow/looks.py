"""One look at an entry that no process follows: it may have ended meanwhile, or differently than recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pjterm.core import guards
from pjterm.core.entry import UNRESOLVED, WITHOUT_RESULT, Entry
from pjterm.core.evidence.facts import Fact, LookedUp, LookUpFailed, Observed, PollFailed, SearchFailed
from pjterm.core.evidence.states import Progress, advance, replay
from pjterm.core.hints import command_line
from pjterm.core.model import Outcome, Sale, Verdict
from pjterm.core.verdicts import provisional, tries
from pjterm.core.verdicts.look import Look, next_question, without_proofs
from pjterm.core.verdicts.partition import may_be, partition
from pjterm.flow.ask import ask, ask_earlier_tries
from pjterm.flow.recorder import Recorder
from pjterm.flow.records import Records
from pjterm.journal.store import Journal
from pjterm.values import dataclass, replace

if TYPE_CHECKING:
    from pjterm.flow.protocols import Lookups, Reporter

LOOK_TIME = 5.0  # seconds: one look at what holds the reader
AGAIN_TIME = 2.0  # seconds: one look at what is known already


@dataclass(slots=True)
class Looks:
    """Looks at entries, and stores what it learns."""

    api: Lookups
    journal: Journal
    records: Records
    recorder: Recorder
    reporter: Reporter
    now: Callable[[], datetime]

    def look(self, entry: Entry, facts: list[Fact], seconds: float = LOOK_TIME, *, around: bool = False) -> list[Fact]:
        """Ask about an entry once, for this long at most; return what was seen, which is added to its facts.

        An unanswered question is asked once more: other tills of the login may briefly use up its limit.
        """
        if entry.is_further_try:
            ask_earlier_tries(self.api, self.journal, self.records, entry, facts, self.now(), seconds)
        seen = self._ask(entry, replay(facts), seconds, around=around)
        for fact in seen:
            self.records.learn(entry, facts, fact)
        return seen

    def _ask(self, entry: Entry, progress: Progress, seconds: float, *, around: bool) -> list[Fact]:
        look, seen = Look(entry.sale(), entry.kind, around), list[Fact]()
        entry = replace(entry, request_id=progress.request_id)  # its POST may have been answered since it was read
        unanswered: Fact | None = None
        until = self.now() + timedelta(seconds=seconds)
        while (question := next_question(look, progress)) is not None:
            left = (until - self.now()).total_seconds()
            if left <= 0:
                return seen if unanswered is None else [*seen, unanswered]
            with self.api.hurried(left):
                fact = ask(self.api, self.journal, question, entry, self.now(), until)
            answered = not isinstance(fact, PollFailed | LookUpFailed | SearchFailed)
            if not answered and unanswered is None:
                unanswered = fact
                continue
            seen.append(fact)
            progress = advance(progress, fact)
            look, unanswered = look.after(question, fact, answered=answered), None
        return seen

    def look_at_holder(self, entry: Entry) -> Entry:
        """The conflicting entry after one look; only a proven outcome is recorded.

        Of an unknown sale the user has only read that the customer may have been charged, so the answer is shown.
        """
        facts = without_proofs(self.records.facts(entry))
        self.look(entry, facts, around=True)
        verdict = self.records.verdict(entry, facts)
        if verdict is None or verdict.outcome in UNRESOLVED:
            return entry
        if entry.outcome is Outcome.UNKNOWN:
            self.reporter.on_notice(
                f"ATTENTION: the {guards.describe(entry)} (key {entry.key}) was not known, and is {verdict.outcome}: "
                f"{verdict.says}. See: {command_line('why', entry.key)}"
            )
        return self.records.write(entry, verdict)

    def paid_late(self, entry: Entry) -> Entry | None:
        """The entry after one more look, where it was reported as ended and was paid after all."""
        now = self.now()
        if provisional.is_provisional(self.journal.aged(entry, now), now):
            entry = self.look_again(entry)
        now = self.now()
        return entry if provisional.came_late(self.journal.aged(entry, now), now) else None

    def look_again(self, entry: Entry) -> Entry:
        """Check once more a sale that ended without money; return the entry after that.

        If there is no answer, the evidence says so, and the proven outcome stands.
        """
        lives = self.recorder.keep(lambda: self.journal.owners.lives_elsewhere(entry.id))
        facts, now = self.records.facts(entry), self.now()
        before, every = replay(facts), self.journal.facts(entry, all_attempts=True)
        if lives or tries.none_was_taken(entry, every):
            return entry
        around = provisional.is_of_last_day(self.journal.aged(entry, now), now) and before.operator is None
        seen = self.look(entry, facts, AGAIN_TIME, around=around)
        verdict, known = self.records.verdict(entry, facts), replay(facts)
        what = _reported(entry)
        runs = any(isinstance(f, Observed) for f in seen) and not known.has_ended
        if verdict is None and known.operator is None and runs:
            self.reporter.on_notice(f"ATTENTION: {what}, but the reader still works on it")
            return self.records.reopened(entry)
        unsure = _unsure(self.records.sale_of(entry, known), known, seen)
        if known.operator is not None:
            others = partition(self.records.sale_of(entry, known), known).contradicting
            paid = (t.transaction_id for t in others if t.approved and not t.is_void)
            unsure = tuple(i for i in (*unsure, *paid) if i not in before.transactions)  # the operator saw the others
            if unsure:
                see = f"pjterm transactions show {unsure[0]}"
                self.reporter.on_notice(f"ATTENTION: {what}, but {may_be(unsure)}. See: {see}")
        elif unsure and verdict is None:
            verdict = Verdict(Outcome.UNKNOWN, may_be(unsure), transaction_ids=unsure)
        if verdict is None or verdict.outcome in (entry.outcome, *WITHOUT_RESULT):
            return entry
        self.say_changed(entry, verdict)
        return self.records.write(entry, verdict, over=entry.outcome)

    def say_changed(self, entry: Entry, verdict: Verdict) -> None:
        """Say that what was reported of an entry is no longer true."""
        self.reporter.on_notice(
            f"ATTENTION: {_reported(entry)}, but is {verdict.outcome}: {verdict.says}. "
            f"See: {command_line('why', entry.key)}"
        )


def _reported(entry: Entry) -> str:
    return f"the {guards.describe(entry)} (key {entry.key}) was reported as {entry.outcome}"


def _unsure(sale: Sale, known: Progress, seen: Iterable[Fact]) -> tuple[int, ...]:
    """The transactions that may be the sale's according to searches and polls; a webhook alone does not count.

    A decline that this look has read is one, although the wider search showed it trimmed after that.
    """
    found = partition(sale, known)
    read = [f.transaction for f in seen if isinstance(f, LookedUp)]
    declined = {t.transaction_id for t in read if t.approved is False}
    shown = {*known.transactions, *known.polled, *known.beside} - declined
    return *found.unsure, *(i for i in found.undecided if i in shown)
