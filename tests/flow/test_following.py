"""Following one request: signals, webhooks, and a service that does not know it yet."""

from __future__ import annotations

import signal
from dataclasses import replace
from datetime import datetime

import pytest

from pjterm.core.entry import Entry
from pjterm.core.evidence.facts import (
    Accepted,
    Fact,
    LookedUp,
    LookUpFailed,
    Lost,
    Observed,
    PollFailed,
    Purged,
    Searched,
    SearchFailed,
    Sent,
    TerminalReset,
)
from pjterm.core.model import Kind, Outcome, Result, Sale, Terminal, Transaction
from pjterm.core.plan import Plan
from pjterm.core.request import RequestSpec
from pjterm.errors import LeaveNow
from pjterm.flow.inbox import Interrupted, Leave, RelayEvent
from pjterm.flow.results import FollowResult
from tests.core.make import REQUEST, at, booked
from tests.flow.stage import Says, Stage


def status(value: str, transaction_id: int | None = None) -> Says:
    return lambda now: Observed(now, "poll", value, Result(transaction_id=transaction_id), now)


def nothing(now: datetime) -> Fact:
    return Searched(now, (), now)


def nothing_around(now: datetime) -> Fact:
    return Searched(now, (), now, around=True)


def this_sale(entry: Entry, transaction_id: int = 7) -> Transaction:
    return booked(transaction_id, invoice_number=entry.invoice_number)


def follow(stage: Stage, entry: Entry, answer: Fact, seconds: float = 60.0) -> FollowResult:
    """Follow an entry after this answer to its POST."""
    return stage.flow.follow(stage.plan(entry, seconds), entry, [Sent(at(0)), answer])


ACCEPTED, LOST = Accepted(at(0.1), REQUEST), Lost(at(0.1), "reset")


# -- signals ----------------------------------------------------------------------------------------------


def test_the_first_ctrl_c_without_a_request_id_cancels_nothing_and_keeps_watching(stage: Stage, entry: Entry) -> None:
    stage.say(search=lambda now: Searched(now, (this_sale(entry),), now))
    stage.inbox.put(Interrupted())
    ended = follow(stage, entry, LOST)

    assert (ended.verdict.outcome, "reset" in stage.api.asked) == (Outcome.APPROVED, False)
    assert stage.reporter.notices == [
        "PayJunction has not named a request, so there is nothing to cancel yet; Ctrl-C again exits"
    ]


def test_ctrl_c_after_the_verdict_prints_nothing(stage: Stage, entry: Entry) -> None:
    paid = Searched(at(1), (this_sale(entry),), at(1))
    stage.say(search=lambda now: Searched(now, (this_sale(entry),), now))
    stage.inbox.put(Interrupted())
    ended = stage.flow.follow(stage.plan(entry), entry, [Sent(at(0)), LOST, paid])

    assert (ended.verdict.outcome, stage.reporter.notices) == (Outcome.APPROVED, [])


def test_a_second_ctrl_c_detaches(stage: Stage, entry: Entry) -> None:
    stage.say(poll=status("IN_PROGRESS"))
    stage.inbox.put(Interrupted())
    stage.inbox.put(Interrupted())
    ended = follow(stage, entry, ACCEPTED)

    assert (ended.verdict.outcome, ended.signum, stage.api.asked) == (Outcome.OPEN, signal.SIGINT, [])


def test_ctrl_c_on_a_request_with_an_unknown_reader_only_detaches(stage: Stage) -> None:
    stage.inbox.put(Interrupted())
    plan = Plan(Sale("", None, Terminal(None, None, None)), None, at(60))
    ended = stage.flow.follow(plan, None, [ACCEPTED])

    assert (ended.verdict.outcome, ended.signum, stage.api.asked) == (Outcome.OPEN, signal.SIGINT, [])


def test_detaching_interrupts_a_poll(stage: Stage, entry: Entry) -> None:
    stage.say(poll=[LeaveNow(signal.SIGTERM)])
    ended = follow(stage, entry, ACCEPTED)

    assert (ended.verdict.outcome, ended.signum) == (Outcome.OPEN, signal.SIGTERM)


def test_detaching_keeps_a_known_verdict(stage: Stage, entry: Entry) -> None:
    stage.say(
        poll=[status("IN_PROGRESS", 7), status("IN_PROGRESS", 7)], look_up=lambda now: LookedUp(now, this_sale(entry)),
        search=lambda now: Searched(now, (this_sale(entry),), now),
    )  # fmt: skip
    stage.time.coming.append((2.0, lambda: stage.inbox.put(Leave(signal.SIGTERM))))
    ended = follow(stage, entry, ACCEPTED)

    assert (ended.verdict.outcome, ended.signum) == (Outcome.APPROVED, signal.SIGTERM)


@pytest.mark.parametrize("connecting", [True, False])
def test_a_cancel_resets_the_reader_only_after_a_poll_shows_in_progress(
    stage: Stage, entry: Entry, connecting: bool
) -> None:
    stage.say(
        poll=status("CONNECTING") if connecting else [status("IN_PROGRESS"), status("COMPLETE")],
        reset=lambda now: TerminalReset(now), search=nothing, look_around=nothing_around,
    )  # fmt: skip
    ended = stage.flow.follow(stage.plan(entry), entry, [Sent(at(0)), ACCEPTED], cancel_at=stage.clock.now())

    assert ended.verdict.outcome is (Outcome.OPEN if connecting else Outcome.CANCELLED)
    assert ("reset" in stage.api.asked) is not connecting


# -- webhooks ---------------------------------------------------------------------------------------------


def hook(transaction_id: int | None, request_id: str = REQUEST, *, verified: bool = True) -> RelayEvent:
    fact = Observed(at(0.2), "webhook", "COMPLETE", Result(transaction_id=transaction_id))
    return RelayEvent(request_id, fact, verified)


def test_an_unverified_webhook_is_only_a_reason_to_poll(stage: Stage, entry: Entry) -> None:
    stage.say(poll=[status("IN_PROGRESS"), LeaveNow(signal.SIGTERM)])
    stage.time.coming.append((0.1, lambda: stage.inbox.put(hook(7, verified=False))))
    ended = follow(stage, entry, ACCEPTED)

    assert (ended.known.results, [f for f in ended.facts if getattr(f, "source", "") == "webhook"]) == ((), [])


def test_a_webhook_of_an_unknown_request_is_a_hint_while_our_answer_is_lost(stage: Stage, entry: Entry) -> None:
    stage.say(search=nothing, look_up=lambda now: LookedUp(now, this_sale(entry)))
    stage.inbox.put(hook(7, "another"))

    assert follow(stage, entry, LOST).verdict.outcome is Outcome.APPROVED


@pytest.mark.parametrize("verified", [True, False])
def test_a_hint_at_another_sale_decides_nothing(stage: Stage, entry: Entry, verified: bool) -> None:
    another = replace(this_sale(entry), invoice_number="1")
    stage.say(search=nothing, look_up=lambda now: LookedUp(now, another))
    stage.inbox.put(hook(7, "another", verified=verified))
    stage.inbox.put(hook(None, "another", verified=verified))

    assert follow(stage, entry, LOST, seconds=5.0).verdict.outcome is Outcome.UNKNOWN
    assert stage.api.asked.count("look_up") == (1 if verified else 0)


def test_a_hint_whose_lookup_failed_is_looked_up_again_when_it_is_repeated(stage: Stage, entry: Entry) -> None:
    stage.say(
        search=nothing,
        look_up=[lambda now: LookUpFailed(now, 7, "502"), lambda now: LookedUp(now, this_sale(entry))],
    )  # fmt: skip
    stage.inbox.put(hook(7, "another"))
    stage.inbox.put(hook(7, "another"))

    assert follow(stage, entry, LOST).verdict.outcome is Outcome.APPROVED


# -- a service that does not know the request yet -----------------------------------------------------------


def test_a_request_that_is_not_known_yet_is_polled_again(stage: Stage, entry: Entry) -> None:
    stage.say(
        poll=[Purged, Purged, status("COMPLETE", 7)], look_up=lambda now: LookedUp(now, this_sale(entry)),
        search=lambda now: Searched(now, (this_sale(entry),), now),
    )  # fmt: skip

    assert follow(stage, entry, ACCEPTED).verdict.outcome is Outcome.APPROVED


def test_a_request_that_stays_unknown_to_the_service_is_searched_for(stage: Stage, entry: Entry) -> None:
    stage.say(poll=Purged, search=nothing)
    ended = follow(stage, entry, ACCEPTED)

    assert (ended.verdict.outcome, stage.api.asked) == (Outcome.UNKNOWN, ["poll"] * 4 + ["search"])


def test_a_request_without_any_answer_is_unknown(stage: Stage, entry: Entry) -> None:
    stage.say(poll=lambda now: PollFailed(now, "502"), search=nothing)

    assert follow(stage, entry, ACCEPTED, seconds=5.0).verdict.outcome is Outcome.UNKNOWN


def test_polls_that_are_refused_end_in_searches(stage: Stage, entry: Entry) -> None:
    stage.say(
        poll=lambda now: PollFailed(now, "403", refused=True),
        search=[nothing, nothing, lambda now: Searched(now, (this_sale(entry),), now)],
    )  # fmt: skip

    assert follow(stage, entry, ACCEPTED).verdict.outcome is Outcome.APPROVED


def test_an_end_that_cannot_be_confirmed_by_a_search_in_time_is_unknown(stage: Stage, entry: Entry) -> None:
    stage.say(poll=status("COMPLETE"), search=lambda now: SearchFailed(now, "502"))

    assert follow(stage, entry, ACCEPTED, seconds=5.0).verdict.outcome is Outcome.UNKNOWN


def test_without_search_permission_the_poll_decides_the_end(stage: Stage, entry: Entry) -> None:
    stage.say(poll=status("COMPLETE"), search=lambda now: SearchFailed(now, "403", refused=True))
    ended = follow(stage, entry, ACCEPTED)

    assert (ended.verdict.outcome, "may not search" in ended.verdict.says) == (Outcome.CANCELLED, True)


# -- what cannot be proven ----------------------------------------------------------------------------------


def test_a_purged_request_whose_search_fails_is_unknown(stage: Stage, entry: Entry) -> None:
    stage.say(poll=Purged, search=lambda now: SearchFailed(now, "502"))
    ended = follow(stage, entry, ACCEPTED, seconds=5.0)

    assert (ended.verdict.outcome, "the search failed" in ended.verdict.says) == (Outcome.UNKNOWN, True)


@pytest.mark.parametrize("kind", [Kind.PROMPT, Kind.SIGNATURE])
def test_a_purged_prompt_is_unknown_at_once(stage: Stage, kind: Kind) -> None:
    entry = stage.entry(RequestSpec(kind, (("text", "?"),)))
    stage.say(poll=Purged)
    ended = follow(stage, entry, ACCEPTED)

    assert (ended.verdict.outcome, set(stage.api.asked)) == (Outcome.UNKNOWN, {"poll"})


@pytest.mark.parametrize("polled", [True, False])
def test_a_prompt_that_was_lost_or_cannot_be_polled_has_nothing_to_search_for(stage: Stage, polled: bool) -> None:
    entry = stage.entry(RequestSpec(Kind.PROMPT, (("text", "?"),)))
    stage.say(poll=lambda now: PollFailed(now, "403", refused=True))
    ended = follow(stage, entry, ACCEPTED if polled else LOST)

    assert (ended.verdict.outcome, "nothing to search for" in ended.verdict.says) == (Outcome.UNKNOWN, True)


def test_polls_and_searches_that_show_nothing_until_the_deadline_are_unknown(stage: Stage, entry: Entry) -> None:
    stage.say(poll=lambda now: PollFailed(now, "403", refused=True), search=nothing)
    ended = follow(stage, entry, ACCEPTED, seconds=6.0)

    assert (ended.verdict.outcome, "refuses to say" in ended.verdict.says) == (Outcome.UNKNOWN, True)


def test_without_search_permission_a_decline_is_read_again_after_the_end(stage: Stage, entry: Entry) -> None:
    no = booked(7, False, invoice_number=entry.invoice_number)
    stage.say(
        poll=[status("IN_PROGRESS", 7), status("COMPLETE", 7)], look_up=lambda now: LookedUp(now, no),
        search=lambda now: SearchFailed(now, "403", refused=True),
    )  # fmt: skip
    ended = follow(stage, entry, ACCEPTED)

    assert (ended.verdict.outcome, stage.api.asked.count("look_up")) == (Outcome.DECLINED, 2)


def test_a_decline_whose_search_keeps_failing_is_unknown(stage: Stage, entry: Entry) -> None:
    no = booked(7, False, invoice_number=entry.invoice_number)
    stage.say(
        poll=[status("IN_PROGRESS", 7), status("COMPLETE", 7)], look_up=lambda now: LookedUp(now, no),
        search=lambda now: SearchFailed(now, "502"),
    )  # fmt: skip

    assert follow(stage, entry, ACCEPTED, seconds=5.0).verdict.outcome is Outcome.UNKNOWN


def test_a_transaction_that_stays_incomplete_when_read_is_unknown(stage: Stage, entry: Entry) -> None:
    unsaid = booked(7, None, invoice_number=entry.invoice_number, status=None, code=None)
    stage.say(poll=status("COMPLETE", 7), look_up=lambda now: LookedUp(now, unsaid), search=nothing)

    assert follow(stage, entry, ACCEPTED, seconds=5.0).verdict.outcome is Outcome.UNKNOWN
