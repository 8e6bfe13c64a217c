"""The rules that a history is played by: pjterm's own, or with one of them left out.

A rule that nobody would miss is no rule: `test_histories` leaves out one after the other, and a history must break.
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
    """Which parts a command is put together from."""

    flow: type[Flow] = Flow
    journal: type[Journal] = Journal


RULES = Rules()
"""Those of pjterm."""


class _Credulous(Absences):
    """A search that finds nothing is believed without a control."""

    def control(self, entry: Entry, seen: Progress) -> Fact:
        del seen
        return Controlled(self.now(), True, f"not asked for {entry.key}", self.now())


class _Hasty(Absences):
    """The same key is sent again at once after an end without a result."""

    def look(self, entry: Entry, *, wait: bool) -> tuple[Clear | Decided | Reopened | Unproven, list[Fact], timedelta]:
        del wait
        return Absences.look(self, entry, wait=False)


class _Uncounted(Records):
    """No sale is counted after its approval."""

    def sale_of(self, entry: Entry, known: Progress) -> Sale:
        return replace(Records.sale_of(self, entry, known), repeatable=False)


class WithoutControl(Flow):
    """The control search is left out."""

    def make_absences(self) -> Absences:
        return _made(_Credulous, self)


class WithoutWaiting(Flow):
    """The 8 s before a key is sent again are left out."""

    def make_absences(self) -> Absences:
        return _made(_Hasty, self)


class WithoutCounting(Flow):
    """The count afterwards is left out."""

    def make_records(self) -> Records:
        return _Uncounted(self.journal, self.recorder, self.reporter, self.clock.now)


class WithoutScope(Journal):
    """The same key under another login of the environment is not looked for."""

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
"""By the rule that each leaves out."""
