"""Existing entries: another process works on them, the operator decides, the journal fails."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pjterm.core.entry import Entry
from pjterm.core.evidence.facts import (
    Accepted,
    Fact,
    LookedUp,
    Lost,
    NotTaken,
    Observed,
    PollFailed,
    Searched,
    SearchFailed,
    Sent,
    TerminalReset,
)
from pjterm.core.evidence.states import replay
from pjterm.core.guards import Finding
from pjterm.core.model import Kind, Outcome, Result, Transaction, Verdict
from pjterm.core.verdicts import by_hand
from pjterm.errors import GuardRefused, JournalUnusable
from pjterm.flow.inbox import InboxItem, Interrupted, Leave
from pjterm.flow.relay_line import RelayLine
from pjterm.flow.results import FollowResult
from tests.core.make import REQUEST, at, booked
from tests.flow.stage import CHARGE, Stage


def recorded(
    stage: Stage, entry: Entry, outcome: Outcome, *facts: Fact, transaction: Transaction | None = None
) -> Entry:  # fmt: skip
    for fact in facts:
        stage.journal.note(entry, fact)
    return stage.journal.record(entry, Verdict(outcome, "so it was", transaction), stage.clock.now())


ELSEWHERE: list[tuple[InboxItem, bool, int | None]] = [(Interrupted(), True, None), (Leave(15), False, 15)]


@pytest.mark.parametrize(("arrival", "interrupted", "signum"), ELSEWHERE)
def test_a_signal_only_detaches_from_another_process_s_request(
    stage: Stage, entry: Entry, arrival: InboxItem, interrupted: bool, signum: int | None
) -> None:
    stage.owners.elsewhere = True
    stage.time.coming.append((1.0, lambda: stage.inbox.put(arrival)))
    left = stage.flow.resolver.resolve(entry, stage.plan(entry))

    assert (left.verdict.outcome, left.interrupted, left.signum) == (Outcome.OPEN, interrupted, signum)
    assert stage.api.asked == []


def test_a_sale_that_was_voided_later_is_voided(stage: Stage, entry: Entry) -> None:
    void = booked(7, invoice_number=entry.invoice_number, status="VOID")
    entry = recorded(stage, entry, Outcome.APPROVED, transaction=booked(7))
    stage.say(look_up=lambda now: LookedUp(now, void), search=lambda now: Searched(now, (void,)))
    seen = stage.flow.resolver.report(entry)

    assert (seen.verdict.outcome, seen.entry.outcome) == (Outcome.VOIDED, Outcome.VOIDED)


def test_a_reader_that_runs_a_request_called_unreachable_reopens_it(stage: Stage, entry: Entry) -> None:
    gone = [Observed(at(n), "poll", "NO_CONNECTION", Result(), at(n)) for n in (1, 2)]
    entry = recorded(stage, entry, Outcome.UNREACHABLE, Accepted(at(0.5), REQUEST), *gone)
    stage.time.pass_by(5.0)
    stage.say(poll=lambda now: Observed(now, "poll", "IN_PROGRESS", Result(), now))
    seen = stage.flow.looks.look_again(stage.journal.reload(entry))

    assert (seen.outcome, stage.reporter.notices[0].startswith("ATTENTION:")) == (None, True)


def test_an_undecided_transaction_under_its_number_makes_an_ended_sale_unknown(stage: Stage, entry: Entry) -> None:
    trimmed = booked(7, None, invoice_number=entry.invoice_number, status=None, code=None)
    ended = [Observed(at(n), "poll", "COMPLETE", Result(), at(n)) for n in (1, 2)]
    entry = recorded(stage, entry, Outcome.CANCELLED, Accepted(at(0.5), REQUEST), *ended)
    stage.say(
        poll=lambda now: Observed(now, "poll", "COMPLETE", Result(), now),
        search=lambda now: Searched(now, (trimmed,), now), look_up=lambda now: LookedUp(now, trimmed),
    )  # fmt: skip
    seen = stage.flow.looks.look_again(stage.journal.reload(entry))

    said = stage.reporter.notices[0]
    assert (seen.outcome, "transaction 7 may be this sale's" in said) == (Outcome.UNKNOWN, True)


def test_a_try_stopped_before_its_post_is_not_looked_up(stage: Stage, entry: Entry) -> None:
    entry = recorded(stage, entry, Outcome.CANCELLED, NotTaken(at(1), Outcome.CANCELLED, "you stopped it"))

    assert (stage.flow.looks.look_again(entry), stage.api.asked) == (entry, [])


# -- what another process did meanwhile ---------------------------------------------------------------------------


@pytest.mark.parametrize("seen", [Outcome.OPEN, Outcome.UNKNOWN])
def test_an_outcome_proven_by_another_process_is_reported_although_this_one_saw_less(
    stage: Stage, entry: Entry, seen: Outcome
) -> None:
    recorded(stage, entry, Outcome.APPROVED)
    done = stage.flow.records.conclude(entry, FollowResult(Verdict(seen, "so far"), replay([]), []))

    assert (done.verdict.outcome, done.entry.outcome) == (Outcome.APPROVED, Outcome.APPROVED)


@pytest.mark.parametrize("outcome", [None, Outcome.DECLINED])
def test_a_result_of_an_earlier_try_reports_the_current_one(
    stage: Stage, entry: Entry, outcome: Outcome | None
) -> None:
    ended = recorded(stage, entry, Outcome.CANCELLED)
    again = stage.journal.try_again(ended, stage.clock.now(), frozenset())
    if outcome is not None:
        recorded(stage, again, outcome)
    done = stage.flow.records.conclude(entry, FollowResult(Verdict(Outcome.CANCELLED, "ended"), replay([]), []))

    assert (done.verdict.outcome, done.entry.attempt) == (outcome or Outcome.OPEN, 2)


def test_an_answer_recorded_just_before_its_process_ended_is_not_lost(stage: Stage, entry: Entry) -> None:
    stage.owners.last = lambda: stage.journal.note(entry, Accepted(at(2), REQUEST))
    known = replay(stage.flow.records.resumed(entry))

    assert (known.request_id, known.lost) == (REQUEST, None)
    assert Lost not in map(type, stage.journal.facts(entry))


def test_a_request_recorded_just_before_its_process_ended_is_polled_before_a_reset(stage: Stage, entry: Entry) -> None:
    stage.say(
        poll=lambda now: Observed(now, "poll", "COMPLETE", Result(), now), search=lambda now: Searched(now, (), now),
        look_around=lambda now: Searched(now, (), now, around=True),
    )  # fmt: skip
    stage.owners.last = lambda: stage.journal.note(entry, Accepted(at(2), REQUEST))
    stage.flow.by_hand().clear_terminal(entry, stage.plan(entry), 10.0)

    assert (stage.api.asked[0], "reset" in stage.api.asked) == ("poll", False)


# -- by hand --------------------------------------------------------------------------------------------------


def test_an_entry_with_a_verdict_is_not_resolved_by_hand(stage: Stage, entry: Entry) -> None:
    entry = recorded(stage, entry, Outcome.APPROVED)

    with pytest.raises(GuardRefused, match="resolved already"):
        stage.flow.by_hand().name_transaction(entry, 7, lambda _: True)


def test_a_failed_reset_leaves_the_entry_unchanged(stage: Stage, entry: Entry) -> None:
    entry = recorded(stage, entry, Outcome.UNKNOWN, Lost(at(1), "reset"))
    stage.say(reset=lambda now: PollFailed(now, "no route"))

    done = stage.flow.by_hand().clear_terminal(entry, stage.plan(entry), 10.0)

    assert (done.verdict.outcome, stage.journal.reload(entry).outcome) == (Outcome.UNKNOWN, Outcome.UNKNOWN)


@pytest.mark.parametrize(
    ("control", "said"),
    [(lambda now: SearchFailed(now, "502"), Outcome.UNKNOWN), (lambda now: Searched(now, (), now), Outcome.UNKNOWN),
     (lambda now: Searched(now, (booked(5),), now), Outcome.CANCELLED)],
    ids=["not answered", "blind", "sees"],
)  # fmt: skip
def test_finding_nothing_after_a_reset_counts_only_with_a_control(
    stage: Stage, entry: Entry, control: Callable[..., Any], said: Outcome
) -> None:
    entry = recorded(stage, entry, Outcome.UNKNOWN, Lost(at(1), "reset"))
    new = replace(stage.state(CHARGE).new, key="earlier", invoice_number="9")
    earlier = stage.journal.add(new, stage.clock.now())
    stage.journal.record(earlier, Verdict(Outcome.APPROVED, "", booked(5)), stage.clock.now())
    stage.say(
        reset=lambda now: TerminalReset(now), search=lambda now: Searched(now, (), now), control=control,
        look_around=lambda now: Searched(now, (), now, around=True),
    )  # fmt: skip
    stage.flow.by_hand().clear_terminal(entry, stage.plan(entry), 10.0)

    assert (stage.journal.reload(entry).outcome, stage.api.asked[-1]) == (said, "control")


def test_without_the_login_that_sent_it_only_the_operator_can_decide(stage: Stage, entry: Entry) -> None:
    entry = recorded(stage, entry, Outcome.UNKNOWN, Lost(at(1), "reset"))
    done = stage.flow.by_hand().not_charged(entry, can_look=False)

    assert (done.entry.outcome, stage.api.asked) == (Outcome.CANCELLED, [])


# -- the journal fails -----------------------------------------------------------------------------------------


def lose(stage: Stage) -> None:
    """Make the journal neither readable nor writable."""
    stage.journal.close()
    stage.journal.path.unlink()
    os.mkdir(stage.journal.path)


def test_a_verdict_is_reported_although_the_journal_fails_after_the_post(stage: Stage, entry: Entry) -> None:
    lose(stage)
    paid = booked(7, invoice_number=entry.invoice_number)
    facts: list[Any] = [LookedUp(stage.clock.now(), paid)]
    verdict = Verdict(Outcome.APPROVED, "paid", paid)
    done = stage.flow.records.conclude(entry, FollowResult(verdict, replay(facts), facts))

    assert (done.entry.outcome, done.entry.transaction_id) == (Outcome.APPROVED, 7)
    assert [n.endswith("going on without it") for n in stage.reporter.notices] == [True]
    assert stage.flow.records.current(entry) == entry
    assert stage.flow.records.sale_of(entry, replay(facts)).owned_elsewhere == frozenset()
    stage.flow.counts.catch_up(done.entry)
    with pytest.raises(JournalUnusable):
        stage.flow.resets.reset_any("reader")


def test_an_end_without_a_transaction_is_reported_although_the_journal_fails(stage: Stage, entry: Entry) -> None:
    lose(stage)
    done = stage.flow.records.conclude(entry, FollowResult(Verdict(Outcome.OPEN, "it goes on"), replay([]), []))

    assert (done.entry.outcome, done.entry.transaction_id) == (Outcome.OPEN, None)


def test_a_running_request_is_reset_and_followed_although_the_journal_fails(stage: Stage, entry: Entry) -> None:
    lose(stage)
    stage.say(
        reset=lambda now: TerminalReset(now), search=lambda now: Searched(now, (), now),
        look_around=lambda now: Searched(now, (), now, around=True),
        poll=[lambda now: Observed(now, "poll", "IN_PROGRESS", Result(), now),
              lambda now: Observed(now, "poll", "COMPLETE", Result(), now)],
    )  # fmt: skip
    stage.inbox.put(Interrupted())
    ended = stage.flow.follow(stage.plan(entry), entry, [Sent(at(0)), Accepted(at(0), REQUEST)])

    assert (ended.verdict.outcome, stage.api.asked[:2]) == (Outcome.CANCELLED, ["poll", "reset"])


# -- the relay -------------------------------------------------------------------------------------------------


def test_a_silent_relay_is_reported_once_and_so_is_its_return(stage: Stage) -> None:
    line = RelayLine(None, stage.reporter.on_notice)
    for live in (True, False, False, True, True):
        line.changed(live=live)

    assert stage.reporter.notices == [
        "the relay does not answer; polling until it does", "the relay is back",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"terminal_id": 9}, "foreign-transaction"), ({"amount_base": Decimal("7.00")}, "other-amount"),
     ({"approved": None}, "undecided"), ({"action": "REFUND"}, "foreign-transaction")],
    ids=["account", "amount", "undecided", "action"],
)  # fmt: skip
def test_an_operator_may_name_only_a_transaction_of_this_sale(
    stage: Stage, entry: Entry, changes: dict[str, Any], code: str
) -> None:
    entry = recorded(stage, entry, Outcome.UNKNOWN, Lost(at(1), "reset"))
    t = booked(7, **{"invoice_number": entry.invoice_number, **changes})
    found = by_hand.named(entry, LookedUp(at(2), t), entry.sale())

    assert (type(found), getattr(found, "code", None)) == (Finding, code)


@pytest.mark.parametrize("approved", [True, False])
def test_the_transaction_named_by_the_operator_decides(entry: Entry, approved: bool) -> None:
    t = booked(7, approved, invoice_number=entry.invoice_number)
    found = by_hand.named(entry, LookedUp(at(2), t), entry.sale())

    assert found.outcome is (Outcome.APPROVED if approved else Outcome.DECLINED)  # type: ignore[union-attr]


@pytest.mark.parametrize(("status", "code"), [("VOID", None), ("CAPTURE", "foreign-transaction")])
def test_the_original_decides_a_refund_only_if_it_was_voided(entry: Entry, status: str, code: str | None) -> None:
    refund = replace(entry, kind=Kind.REFUND, original_id=7, total=entry.amount)
    original = booked(7, status=status, raw={"amountTotal": "12.50"})
    found = by_hand.named(refund, LookedUp(at(2), original), refund.sale())

    assert getattr(found, "outcome", None) is (Outcome.REFUNDED if code is None else None)
    assert getattr(found, "code", None) == code


@pytest.mark.parametrize(("searched_at", "proves"), [(21.9, False), (22.0, True)])
def test_a_search_proves_nothing_before_the_observed_lag_has_passed(
    entry: Entry, searched_at: float, proves: bool
) -> None:
    known = replay([Lost(at(1), "reset"), TerminalReset(at(2)), Searched(at(searched_at + 0.1), (), at(searched_at))])
    nothing = Verdict(Outcome.UNKNOWN, "nothing was found so far")

    assert by_hand.needs_control(entry, entry.sale(), nothing, known, timedelta(seconds=20)) is proves
