"""The rules by which a history is played: pjterm's own, or with one of them left out.

Each rule must be necessary: `test_histories` leaves out one after the other, and a history must break.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from pjterm.core.entry import Entry, Scope
from pjterm.core.evidence.facts import Controlled, Fact
from pjterm.core.evidence.states import Progress
from pjterm.core.model import Sale
from pjterm.core.sending.absence import Clear, Decided, Reopened, Unproven
from pjterm.flow.absence import Absences
from pjterm.flow.assembly import Flow
from pjterm.flow.records import Records
from pjterm.journal.store import Journal


@dataclass(frozen=True, slots=True)
class Rules:
    """The parts of which a command is made."""

    flow: type[Flow] = Flow
    journal: type[Journal] = Journal


RULES = Rules()
"""The parts of pjterm itself."""


class _Credulous(Absences):
    """Believes a search that finds nothing, without a control."""

    def control(self, entry: Entry, seen: Progress) -> Fact:
        del seen
        return Controlled(self.now(), True, f"not asked for {entry.key}", self.now())


class _Hasty(Absences):
    """Sends the same key again at once after an end without a result."""

    def look(self, entry: Entry, *, wait: bool) -> tuple[Clear | Decided | Reopened | Unproven, list[Fact], timedelta]:
        del wait
        return Absences.look(self, entry, wait=False)


class _Uncounted(Records):
    """Counts no sale after its approval."""

    def sale_of(self, entry: Entry, known: Progress) -> Sale:
        return replace(Records.sale_of(self, entry, known), repeatable=False)


class WithoutControl(Flow):
    """Omits the control search."""

    def make_absences(self) -> Absences:
        return _made(_Credulous, self)


class WithoutWaiting(Flow):
    """Omits the 8 s before a key is sent again."""

    def make_absences(self) -> Absences:
        return _made(_Hasty, self)


class WithoutCounting(Flow):
    """Omits the count afterwards."""

    def make_records(self) -> Records:
        return _Uncounted(self.journal, self.recorder, self.reporter, self.clock.now)


class WithoutScope(Journal):
    """Does not look for the same key under another login of the environment."""

    def under_other_logins(self, scope: Scope, key: str) -> list[Entry]:
        del scope, key
        return []


def _made(kind: type[Absences], flow: Flow) -> Absences:
    return kind(flow.api, flow.api, flow.journal, flow.records, flow.inbox, flow.reporter, flow.clock.now)


MUTANTS = {
    "the control": Rules(WithoutControl),
    "the 8 seconds": Rules(WithoutWaiting),
    "the count afterwards": Rules(WithoutCounting),
    "the scope of a key": Rules(journal=WithoutScope),
}
"""Each variant by the rule that it omits."""
