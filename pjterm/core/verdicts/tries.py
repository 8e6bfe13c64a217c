"""The tries of one key: where the latest was not taken, the one before it still decides."""

from __future__ import annotations

from collections.abc import Iterable

from pjterm.core.entry import NEVER_TAKEN, Entry
from pjterm.core.evidence.facts import Fact, Sent
from pjterm.core.evidence.states import replay
from pjterm.core.model import Outcome, Verdict
from pjterm.core.verdicts.verdict import judge
from pjterm.values import replace

NOT_TAKEN = "; this try was not taken: "


def still_stands(verdict: Verdict, why: str) -> Verdict:
    """The verdict on an earlier try, after one that was not taken."""
    first = verdict.says.partition(NOT_TAKEN)[0]
    return replace(verdict, says=f"{first}{NOT_TAKEN}{why}")


def none_was_taken(entry: Entry, facts: Iterable[Fact]) -> bool:
    """Whether no try of the key can have started anything, given the facts of all tries."""
    facts = tuple(facts)
    latest = facts[max((n for n, f in enumerate(facts) if isinstance(f, Sent)), default=0) :]
    return replay(latest).not_taken is not None and before_the_latest(entry, facts) is None


def before_the_latest(entry: Entry, facts: Iterable[Fact]) -> Verdict | None:
    """What the newest earlier try that was taken has come to, given the facts of all tries; None if none was."""
    tries: list[list[Fact]] = []
    for fact in facts:
        if isinstance(fact, Sent):
            tries.append([])
        if tries:
            tries[-1].append(fact)
    for seen in reversed(tries[:-1]):
        known = replay(seen)
        sale = replace(entry.sale(), prior_ids=entry.prior_ids - known.polled)  # what it named was its own
        found = judge(sale, known, entry.kind)
        if found is None:
            return Verdict(Outcome.UNKNOWN, "how an earlier try ended is not proven")
        if found.outcome not in NEVER_TAKEN:
            return found
    return None
