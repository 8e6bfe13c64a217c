"""One look at an entry that nobody follows: it may have ended meanwhile, or otherwise than was thought."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import assert_never

from pjterm.core import guards
from pjterm.core.entry import UNSETTLED, Entry, Scope
from pjterm.core.evidence import is_news
from pjterm.core.facts import Fact
from pjterm.core.look import Look, Question, next_question
from pjterm.core.model import Outcome, Verdict
from pjterm.core.states import replay
from pjterm.core.steps import LookUp, Poll, Search
from pjterm.core.verdict import judge, undecided_id
from pjterm.flow.records import Records
from pjterm.flow.runtime import Lookups, Recorder, Reporter
from pjterm.journal.store import Journal

LOOK_TIME = 5.0  # seconds: one look at what holds the reader


class Looks:
    """Looks at entries, and keeps what it learns."""

    def __init__(
        self,
        api: Lookups,
        journal: Journal,
        records: Records,
        recorder: Recorder,
        reporter: Reporter,
        now: Callable[[], datetime],
    ) -> None:
        self._api = api
        self._journal = journal
        self._records = records
        self._recorder = recorder
        self._reporter = reporter
        self._now = now

    def look(self, entry: Entry, known: list[Fact]) -> list[Fact]:
        """Ask about an entry once; the facts that were seen."""
        look, seen = Look(entry.sale(), entry.kind), list[Fact]()
        with self._api.hurried(LOOK_TIME):
            while (question := next_question(look, replay([*known, *seen]))) is not None:
                seen.append(self._ask(question, entry))
                look = look.after(question)
        return seen

    def _ask(self, question: Question, entry: Entry) -> Fact:
        match question:
            case Poll():
                assert entry.request_id is not None
                return self._api.poll(entry.request_id, entry.kind)
            case LookUp():
                return self._api.look_up(question.transaction_id)
            case Search():
                return self._api.search(entry.sale())
            case _:
                assert_never(question)

    def look_at_holder(self, entry: Entry) -> None:
        """Look at an entry that stands in the way; only what is proven is written down."""
        facts = self._records.facts(entry)
        for fact in self.look(entry, facts):
            if is_news(replay(facts), fact):
                self._recorder.note(entry, fact)
            facts.append(fact)
        verdict = self._verdict(entry, facts)
        if verdict is not None and verdict.outcome not in UNSETTLED:
            self._records.write(entry, verdict)

    def look_again(self, smart_terminal_id: str | None, scope: Scope) -> None:
        """Payments that a /main of ours ended lately: a card already in may have been charged after all."""
        now = self._now()
        since = now - guards.LATE_APPROVAL
        for entry in guards.may_answer_late(self._journal.reset_since(smart_terminal_id, since), now):
            if entry.scope == scope:
                self._look_again_at(entry)

    def _look_again_at(self, entry: Entry) -> None:
        facts = self._records.facts(entry)
        seen = self.look(entry, facts)
        verdict = self._verdict(entry, [*facts, *seen])
        undecided = undecided_id(entry.sale(), replay([*facts, *seen])) if verdict is None else None
        what = f"{guards.describe(entry)} (key {entry.key})"
        if undecided is not None:
            self._reporter.on_notice(
                f"ATTENTION: {what} was thought cancelled, but its invoice number is on transaction {undecided}, "
                f"undecided yet. See: pjterm transactions show {undecided}"
            )
        if verdict is None or verdict.outcome is Outcome.CANCELLED:
            return
        for fact in seen:
            self._recorder.note(entry, fact)
        self._records.write(entry, verdict)
        self._reporter.on_notice(
            f"ATTENTION: {what} was thought cancelled, but is now {verdict.outcome}: {verdict.says}. "
            f"See: pjterm why {entry.key}"
        )

    def _verdict(self, entry: Entry, facts: list[Fact]) -> Verdict | None:
        known = replay(facts)
        return judge(self._records.sale_of(entry, known), known, entry.kind)
