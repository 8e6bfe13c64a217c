"""Counts a sale that was approved: whether it was charged twice, by another till or by an earlier try."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from pjterm.core import guards
from pjterm.core.entry import MOVED, Entry
from pjterm.core.evidence.facts import Fact, LookUpFailed, Observed, Searched, SearchFailed
from pjterm.core.evidence.states import replay
from pjterm.core.hints import command_line
from pjterm.core.model import Verdict
from pjterm.core.verdicts import count
from pjterm.core.verdicts.contradiction import CHARGED_TWICE
from pjterm.core.verdicts.partition import may_be, unreadable
from pjterm.core.verdicts.verdict import judge
from pjterm.errors import JournalUnusable
from pjterm.flow.ask import ask, ask_earlier_tries
from pjterm.flow.given_back import GivenBack
from pjterm.flow.recorder import Recorder
from pjterm.flow.records import Records
from pjterm.flow.results import Resolution
from pjterm.journal.store import Journal
from pjterm.values import dataclass, replace

if TYPE_CHECKING:
    from pjterm.flow.protocols import Lookups, Reporter


@dataclass(slots=True)
class Counts:
    """Counts sales of one login."""

    api: Lookups
    journal: Journal
    records: Records
    recorder: Recorder
    given_back: GivenBack
    reporter: Reporter
    now: Callable[[], datetime]

    def count(self, entry: Entry, facts: list[Fact]) -> Verdict | None:
        """Count a sale, adding to its facts; returns, and records, a verdict that outranks the entry's."""
        asked: tuple[count.Question, ...] = ()
        refunds_asked = False
        while True:
            known = replay(facts)
            sale = self.records.sale_of(entry, known)
            if count.is_over(entry, sale, known):
                return None
            found = judge(sale, known, entry.kind)
            says = None if found is None else count.beyond(entry, sale, known, found)
            if says is not None and not count.may_be_anothers(entry, sale):
                if not refunds_asked and self.given_back.learn(entry, facts):
                    refunds_asked = True  # what went back may be one of the two, or another sale's: judged anew
                    continue
                self.records.write(entry, says, over=entry.outcome)
                return says
            question = count.next_question(entry, sale, known, asked) if count.is_due(sale, known) else None
            if question is None:
                if asked:
                    self._say_what_is_unsure(entry, facts, count.left_unsure(entry, sale, known), unreadable(known))
                return None
            asked = (*asked, question)
            if isinstance(question, count.AskEarlierTries):
                self.recorder.keep(partial(self._ask_earlier, entry, facts))
                continue
            with self.api.hurried(count.COUNT_TIME):
                fact = ask(self.api, self.journal, question, entry, self.now())
            if count.is_closed(entry, facts) or not count.is_closed(entry, [*facts, fact]):
                self.records.learn(entry, facts, fact)
            else:  # stored although it shows nothing new, because it closes the count
                self.recorder.note(entry, fact)
                facts.append(fact)
            if isinstance(fact, SearchFailed | LookUpFailed):
                return None

    def _ask_earlier(self, entry: Entry, facts: list[Fact]) -> None:
        ask_earlier_tries(self.api, self.journal, self.records, entry, facts, self.now(), count.COUNT_TIME)

    def _say_what_is_unsure(self, entry: Entry, facts: list[Fact], unsure: tuple[int, ...], gap: str | None) -> None:
        why = may_be(unsure) if unsure else gap
        if why is not None:
            self.records.learn(entry, facts, SearchFailed(self.now(), why))
        if unsure:
            self.reporter.on_notice(f"ATTENTION: {why}, too. See: pjterm transactions show {unsure[0]}")

    def checked(self, done: Resolution, *, anew: bool = False) -> Resolution:
        """The resolution, or charged twice in its place: following cannot see that for a further try.

        `anew`: also where an earlier command has seen the transaction, after which another till may have been paid.
        """
        entry, facts = done.entry, list(done.facts)
        if done.verdict.outcome not in MOVED or done.stopped:
            return done
        if not anew and not entry.is_further_try:
            return done
        twice = self.count(entry, facts)
        return done if twice is None else replace(done, entry=self.records.current(entry), verdict=twice, facts=facts)

    def catch_up(self, but: Entry) -> None:
        """Count the newest sale of this login whose count is not closed yet.

        One under the invoice of a sale that has just ended unpaid is left to the next command: what its search shows
        may be that sale's, whose word is given.
        """
        try:
            since = self.now() - count.COUNTED_FOR
            for entry in self.journal.approved_since(but.scope, since):
                if entry.id == but.id or count.is_closed(entry, self.journal.facts(entry, only=(Searched, Observed))):
                    continue  # true of most, and these few facts are read quickly
                if entry.invoice_number == but.invoice_number and but.outcome not in MOVED:
                    continue
                facts = self.records.facts(entry)
                if count.is_left(entry, replay(facts), facts):
                    self._say(entry, self.count(entry, facts))
                    return
        except JournalUnusable:
            return  # a command that names that sale counts it

    def _say(self, entry: Entry, found: Verdict | None) -> None:
        if found is not None:
            twice = found.code == CHARGED_TWICE
            says = f"was {found.says}" if twice else f"went back, and is charged by another transaction: {found.says}"
            self.reporter.on_notice(
                f"ATTENTION: {guards.describe(entry)} (key {entry.key}) {says}. See: {command_line('why', entry.key)}"
            )
