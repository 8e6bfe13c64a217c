"""An entry of the journal as a report for lists, `requests show` and `why`. Makes no API call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pjterm.cli.context import Context

if TYPE_CHECKING:
    from pjterm.core.entry import Entry
    from pjterm.core.model import Transaction
    from pjterm.ui.report import Report


def summary(context: Context, entry: Entry) -> Report:
    """A report without facts, for lists."""
    from pjterm.core.entry import recorded
    from pjterm.ui.report import report_of

    return report_of(entry, recorded(entry), [], None, base_url=context.url_of(entry))


def readers_of(entries: Iterable[Entry]) -> dict[int, str]:
    """The reader of each entry, by the entry's id; a bare UUID gets the name that other entries have for it."""
    known = sorted(entries, key=lambda e: e.started_at)
    names = {e.terminal.smart_terminal_id: e.terminal.name for e in known if e.terminal.name}
    named = ((e.id, e.terminal.name or names.get(i := e.terminal.smart_terminal_id) or i) for e in known)
    return {id_: name for id_, name in named if name}


def report_from_journal(context: Context, entry: Entry, *, all_attempts: bool = False) -> Report:
    """A report with facts: those of the last attempt, or of all."""
    from pjterm.cli.shared.originals import with_holder, with_what_came_later
    from pjterm.cli.shared.result import as_error
    from pjterm.core.entry import recorded
    from pjterm.core.evidence.states import replay
    from pjterm.core.model import Outcome
    from pjterm.core.verdicts.contradiction import TWICE
    from pjterm.core.verdicts.verdict import judge
    from pjterm.ui.report import report_of

    facts, known = context.journal.facts(entry, all_attempts=all_attempts), replay(context.journal.facts(entry))
    verdict, proven = recorded(entry), judge(entry.sale(), known, entry.kind)
    same = proven is not None and (proven.code in TWICE or proven.says == verdict.says)
    if verdict.outcome is Outcome.UNKNOWN and proven is not None and same:
        verdict = proven  # this one names what contradicts it, and what to type next
    if verdict.outcome is Outcome.OPEN and proven is not None and _is_its_own(context, entry, proven.transaction):
        verdict = proven  # the command that saw it ended, or could not write, before it wrote the outcome
    made = report_of(entry, verdict, facts, known, as_error(verdict, entry.kind), context.url_of(entry))
    return with_holder(context, with_what_came_later(context, made, entry), entry)


def _is_its_own(context: Context, entry: Entry, t: Transaction | None) -> bool:
    """Whether a transaction that decides an open entry is no other entry's; a void or tip changes another's."""
    if t is None or entry.kind.is_change:
        return t is not None
    owners = context.journal.owners_by_id(t.transaction_id, entry.scope.environment)
    return all(e.id == entry.id for e in owners)


def what(entry: Entry) -> str:
    """Describe the request briefly, with its key."""
    from pjterm.core.guards import describe

    return f"{describe(entry)} (key {entry.key})"


def is_elsewhere(context: Context, environment: str | None) -> bool:
    """Whether it was sent to another environment than the profile in use: a rehearsed sale is no paid order."""
    profile = context.profile_if_any
    return profile is None or environment != profile.environment.value
