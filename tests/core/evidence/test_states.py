"""The state table, checked exhaustively: every order of the facts that one payment can meet, up to a length.

The rules below are written a second time, over the bare facts, so that table and test check each other.
Facts come five seconds apart, so a question two places after a reset is late enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import reduce
from itertools import combinations_with_replacement, permutations

import pytest

from pjterm.core.evidence.facts import Accepted, Fact, LookedUp, Lost, Observed, Purged, Searched, Sent, TerminalReset
from pjterm.core.evidence.states import Progress, advance, replay, status_of
from pjterm.core.model import Kind, Outcome, Status, Transaction, Verdict
from pjterm.core.verdicts.verdict import judge
from tests.core.make import REQUEST, SALE, at, booked, hooked, looked_around, looked_up, nothing_found, polled, searched

ANOTHER_SALE = booked(9, amount_base=Decimal("99.00"))
TRIMMED = booked(7, None, code=None)
START = replay([Sent(at(-1)), Accepted(at(-0.5), REQUEST)])
STEP = 5.0

LETTERS: dict[str, Callable[[float], Fact]] = {
    "connecting": lambda t: hooked("CONNECTING", t),
    "in progress": lambda t: polled("IN_PROGRESS", t),
    "result": lambda t: polled("IN_PROGRESS", t, 7),
    "complete": lambda t: polled("COMPLETE", t),
    "complete, by webhook": lambda t: hooked("COMPLETE", t),
    "complete with result": lambda t: hooked("COMPLETE", t, 7),
    "busy": lambda t: polled("BUSY", t),
    "no connection": lambda t: polled("NO_CONNECTION", t),
    "unknown": lambda t: polled("REBOOTING", t),
    "unknown with result": lambda t: polled("REBOOTING", t, 7),
    "looked up": lambda t: looked_up(t, booked(7)),
    "another, declined": lambda t: looked_up(t, booked(8, False)),
    "of another sale": lambda t: looked_up(t, ANOTHER_SALE),
    "nothing found": lambda t: searched(t),
    "nothing around": lambda t: looked_around(t),
    "found": lambda t: searched(t, booked(7)),
    "found, trimmed": lambda t: searched(t, TRIMMED),
    "found, of another sale": lambda t: searched(t, ANOTHER_SALE),
    "lost": lambda t: Lost(at(t), "reset"),
    "reset": lambda t: TerminalReset(at(t)),
    "purged": lambda t: Purged(at(t)),
}
CORE = (
    "in progress", "result", "complete", "busy", "no connection", "looked up", "nothing found", "nothing around",
    "reset",
)  # fmt: skip


Walk = tuple[tuple[str, ...], tuple[Fact, ...], Progress, Progress]


def every_order(letters: Sequence[str], length: int) -> Iterator[Walk]:
    """Each order of these letters up to the length: its names, its facts, and the knowledge before and after."""
    stack: list[tuple[tuple[str, ...], tuple[Fact, ...], Progress]] = [((), (), START)]
    while stack:
        names, facts, known = stack.pop()
        for name in letters:
            fact = LETTERS[name](len(facts) * STEP)
            after = advance(known, fact)
            longer = (*names, name), (*facts, fact), after
            yield (*longer[:2], known, after)
            if len(longer[0]) < length:
                stack.append(longer)


# -- the rules, over the bare facts -------------------------------------------------------------------


def statuses(facts: Sequence[Fact]) -> list[Observed]:
    return [f for f in facts if isinstance(f, Observed)]


def reported(facts: Sequence[Fact]) -> set[int]:
    return {f.result.transaction_id for f in statuses(facts) if f.result.transaction_id is not None}


def readings(facts: Sequence[Fact]) -> list[Transaction]:
    found = [f.transaction for f in facts if isinstance(f, LookedUp)]
    return found + [t for f in facts if isinstance(f, Searched) for t in f.found]


def may_be_cancelled(facts: Sequence[Fact]) -> bool:
    """Whether the status showed an end and there is no other evidence."""
    return is_proven_bare(facts, ("COMPLETE", "BUSY"))


def is_proven_bare(facts: Sequence[Fact], words: tuple[str, ...]) -> bool:
    """No trace of a transaction; an end, a later poll that agrees, and both searches later, 8 s after any reset."""
    ends = [f for f in statuses(facts) if f.status in words]
    if reported(facts) or readings(facts) or not ends:
        return False
    late = [f.at + timedelta(seconds=8) for f in facts if isinstance(f, TerminalReset)]
    after = max([ends[0].at, *late])
    polls = [f for f in ends if f.source == "poll" and f.asked_at is not None and f.asked_at >= after]
    searches = [f for f in facts if isinstance(f, Searched) and f.asked_at is not None and f.asked_at >= after]
    return bool(polls) and {f.around for f in searches} == {True, False}


def must_be_approved(facts: Sequence[Fact]) -> bool:
    """Whether transaction 7 was read as approved and there is no other evidence."""
    return booked(7) in readings(facts) and ANOTHER_SALE not in readings(facts)


def complaint(facts: Sequence[Fact], before: Progress, known: Progress, verdict: Verdict | None) -> str | None:
    """What is wrong with a verdict, if anything."""
    seen = [f.status for f in statuses(facts)]
    if {r.transaction_id for r in known.results} != reported(facts):
        return "a result was lost"
    if _rank(known) < _rank(before) and before.end is not Status.NO_CONNECTION:
        return "the status went back"
    if must_be_approved(facts) != (verdict is not None and verdict.outcome is Outcome.APPROVED):
        return "approved is not what response.approved of this sale says"
    if verdict is None:
        return None
    match verdict.outcome:
        case Outcome.CANCELLED if not may_be_cancelled(facts):
            return "cancelled without proof"
        case Outcome.UNREACHABLE if "IN_PROGRESS" in seen or not is_proven_bare(facts, ("NO_CONNECTION",)):
            return "unreachable though it was reached, or without proof"
        case Outcome.BUSY if "IN_PROGRESS" in seen or not is_proven_bare(facts, ("BUSY",)):
            return "busy though it ran, or without proof"
        case Outcome.DECLINED if not any(t.approved is False for t in readings(facts)):
            return "declined without a declined transaction"
        case Outcome.UNKNOWN if ANOTHER_SALE not in readings(facts):
            return "called a contradiction where there is none"
    return None


def _rank(known: Progress) -> int:
    return {None: 0, Status.CONNECTING: 1, Status.IN_PROGRESS: 2}.get(known.status, 3)


@pytest.mark.parametrize(
    ("letters", "length"), [(tuple(LETTERS), 3), (CORE, 4), pytest.param(CORE, 5, marks=pytest.mark.exhaustive)]
)
def test_no_order_of_facts_breaks_a_rule(letters: tuple[str, ...], length: int) -> None:
    wrong = []
    for names, facts, before, known in every_order(letters, length):
        words = complaint(facts, before, known, judge(SALE, known, Kind.PAYMENT))
        if words is not None:
            wrong.append(f"{words}: {', then '.join(names)}")

    assert wrong[:10] == []


@pytest.mark.parametrize("length", [5, pytest.param(8, marks=pytest.mark.exhaustive)])
def test_every_order_of_events_around_a_cancel_keeps_the_rules(length: int) -> None:
    """Eight facts, each once: two polls, a search, a reset, and a late approval. All orders of all eight are 40,320."""
    names = ("complete", "complete, by webhook", "complete", "nothing found", "reset", "in progress",
             "result", "looked up")  # fmt: skip
    wrong = []
    for order in set(permutations(names, length)):
        known = START
        facts: tuple[Fact, ...] = ()
        for n, name in enumerate(order):
            before, fact = known, LETTERS[name](n * STEP)
            known, facts = advance(known, fact), (*facts, fact)
            words = complaint(facts, before, known, judge(SALE, known, Kind.PAYMENT))
            if words is not None:
                wrong.append(f"{words}: {', then '.join(order[: n + 1])}")

    assert wrong[:10] == []


def without_times(known: Progress) -> tuple[object, ...]:
    """What is known, without the times."""
    agreed = known.agreed_at is not None
    return (
        known.status, known.end, known.in_progress_seen, frozenset(known.results), dict(known.transactions),
        frozenset(known.unknown_statuses), known.searched_at is None, known.reset_at is None,
        known.purged_at is None, known.lost is None, agreed and known.end is None,
    )  # fmt: skip


def facts_of(names: Sequence[str]) -> list[Fact]:
    return [LETTERS[name](n * STEP) for n, name in enumerate(names)]


def test_knowledge_does_not_depend_on_the_order_of_facts() -> None:
    """Any three facts, in any order, leave the same status, end, results and transactions."""
    for names in combinations_with_replacement(LETTERS, 3):
        pictures = []
        for order in set(permutations(names)):
            known = reduce(advance, facts_of(order), START)
            pictures.append((without_times(known), order))

        assert [p for p in pictures if p[0] != pictures[0][0]] == [], names


def test_a_repeated_fact_changes_nothing() -> None:
    for name, letter in LETTERS.items():
        known = advance(START, letter(0.0))

        assert without_times(advance(known, letter(0.0))) == without_times(known), name


@pytest.mark.parametrize("letter", ["connecting", "in progress", "result"])
def test_a_poll_without_news_leaves_the_value_unchanged(letter: str) -> None:
    """What was derived from it then need not be derived again."""
    known = advance(START, LETTERS[letter](1))

    assert advance(known, LETTERS[letter](2)) is known


def test_a_late_result_after_a_bare_complete_upgrades_the_verdict() -> None:
    facts: list[Fact] = [polled("COMPLETE", 1), polled("COMPLETE", 2), *nothing_found(3)]
    known = reduce(advance, facts, START)
    cancelled = judge(SALE, known, Kind.PAYMENT)
    facts = [hooked("COMPLETE", 4, 7), looked_up(5, booked(7))]
    late = reduce(advance, facts, known)
    approved = judge(SALE, late, Kind.PAYMENT)

    assert cancelled is not None
    assert cancelled.outcome is Outcome.CANCELLED
    assert approved is not None
    assert approved.outcome is Outcome.APPROVED


def test_no_connection_after_in_progress_is_treated_as_silence() -> None:
    known = reduce(advance, [polled("IN_PROGRESS", 1), polled("NO_CONNECTION", 2), polled("NO_CONNECTION", 3)], START)

    assert (known.end, known.status) == (None, Status.IN_PROGRESS)


@pytest.mark.parametrize("status", ["complete", "CANCELLED", "", "COMPLETE ", "TIMED_OUT"])
def test_an_undocumented_status_is_recorded_but_not_interpreted(status: str) -> None:
    known = advance(START, replace(polled("COMPLETE", 1), status=status))

    assert status_of(status) is None
    assert (known.end, known.unknown_statuses) == (None, (status,))


def test_a_webhook_does_not_confirm_an_end() -> None:
    known = reduce(advance, [hooked("COMPLETE", 1), hooked("COMPLETE", 2)], START)

    assert known.agreed_at is None


def test_a_poll_sent_before_the_end_was_seen_does_not_confirm_it() -> None:
    known = reduce(advance, [hooked("COMPLETE", 1.0), polled("COMPLETE", 1.01)], START)

    assert known.agreed_at is None
