"""One POST and its result when a signal, a lost journal or an earlier try interferes."""

from __future__ import annotations

import signal
from decimal import Decimal
from typing import Any

from pjterm.core.evidence.facts import Accepted, Fact, LookedUp, Lost, NotTaken, Observed, Searched, Sent
from pjterm.core.guards import Limits
from pjterm.core.model import Outcome, Result, Verdict
from pjterm.core.sending.send_state import SendState
from pjterm.errors import LeaveNow
from pjterm.flow.inbox import Leave
from pjterm.flow.post import Poster
from pjterm.flow.results import Resolution
from pjterm.values import replace
from tests.core.make import REQUEST, at, booked
from tests.flow.stage import CHARGE, Stage


def poster(stage: Stage) -> Poster:
    flow = stage.flow
    return Poster(
        stage.api, stage.journal, lambda: flow.records, flow.recorder, flow.follow, stage.reporter, stage.signals,
        stage.clock.now, stage.clock.wall,
    )  # fmt: skip


def post(stage: Stage, before: list[Any] | None = None, **options: Any) -> tuple[Resolution, SendState]:
    entry, state = stage.entry(CHARGE), stage.state(CHARGE, **options)
    stage.signals.arm()
    return poster(stage).post(state, entry, before or []), state


def test_ctrl_c_between_the_entry_and_the_post_sends_nothing(stage: Stage) -> None:
    stage.signals.arm()
    stage.signals.receive(signal.SIGINT)
    done, _ = post(stage)

    assert (done.entry.outcome, done.interrupted, stage.api.asked) == (Outcome.CANCELLED, True, [])


def test_detaching_before_the_answer_leaves_the_entry_open(stage: Stage) -> None:
    stage.say(send=[LeaveNow(signal.SIGTERM)])
    done, _ = post(stage)

    assert (done.verdict.outcome, done.signum, done.entry.outcome) == (Outcome.OPEN, signal.SIGTERM, None)


def test_no_wait_returns_once_the_request_is_accepted(stage: Stage) -> None:
    stage.say(send=lambda now: Accepted(now, REQUEST))
    done, _ = post(stage, wait=False)

    assert (done.accepted_only, done.entry.request_id, stage.api.asked) == (True, REQUEST, ["send"])


def test_a_refused_second_try_proves_nothing_about_the_first(stage: Stage) -> None:
    """The first answer was lost: that try may have been taken, whatever happens to the second."""
    stage.say(send=lambda now: NotTaken(now, Outcome.UNAVAILABLE, "no route"))
    stage.inbox.put(Leave(signal.SIGTERM))
    now = stage.clock.now()
    done, _ = post(stage, before=[Sent(now), Lost(now, "reset")])

    assert (done.verdict.outcome, done.entry.outcome) == (Outcome.OPEN, Outcome.OPEN)


class NeverAsked:
    """Fails the test when a question is asked."""

    def confirm(self, question: str) -> bool:
        raise AssertionError(question)


def test_a_key_whose_earlier_try_still_runs_is_followed_and_not_resent(stage: Stage) -> None:
    """The reader was called unreachable but is processing the request by now."""
    entry = stage.entry(CHARGE)
    gone: list[Fact] = [Observed(at(n), "poll", "NO_CONNECTION", asked_at=at(n)) for n in (1, 2)]
    for fact in (Accepted(at(0.5), REQUEST), *gone):
        stage.journal.note(entry, fact)
    stage.journal.record(entry, Verdict(Outcome.UNREACHABLE, "gone"), at(2))
    stage.time.pass_by(3.0)
    paid = booked(7, invoice_number=entry.invoice_number)
    stage.say(
        poll=[lambda now: Observed(now, "poll", "IN_PROGRESS", asked_at=now),
              lambda now: Observed(now, "poll", "COMPLETE", Result(7), now)],
        look_up=lambda now: LookedUp(now, paid), search=lambda now: Searched(now, (paid,), now),
        look_around=lambda now: Searched(now, (), now, around=True),
    )  # fmt: skip
    done = stage.flow.submission(NeverAsked(), lambda: None).run(stage.state(CHARGE))

    assert (done.entry.outcome, done.entry.attempt, "send" in stage.api.asked) == (Outcome.APPROVED, 1, False)


class AnswersLate:
    """Answers yes after a while."""

    def __init__(self, stage: Stage, seconds: float) -> None:
        self._stage, self._seconds = stage, seconds

    def confirm(self, question: str) -> bool:
        del question
        self._stage.time.pass_by(self._seconds)
        return True


def test_the_time_spent_at_a_question_does_not_count_against_the_timeout(stage: Stage) -> None:
    """Otherwise the reader would ask for a card and the command would exit at once."""
    state = stage.state(replace(CHARGE, total=Decimal("12.50")), timeout=10.0)
    unnamed = replace(state.new, named=False)
    state = replace(state, new=unnamed, limits=Limits(confirm_above=Decimal("0")), can_ask=True)
    paid = booked(7, invoice_number=state.new.invoice_number)
    stage.say(
        send=lambda now: Accepted(now, REQUEST),
        poll=[*[lambda now: Observed(now, "poll", "IN_PROGRESS", asked_at=now)] * 4,
              lambda now: Observed(now, "poll", "COMPLETE", Result(7), now)],
        look_up=lambda now: LookedUp(now, paid), search=lambda now: Searched(now, (), now),
        look_around=lambda now: Searched(now, (), now, around=True),
    )  # fmt: skip
    done = stage.flow.submission(AnswersLate(stage, 60.0), lambda: None).run(state)

    assert done.entry.outcome is Outcome.APPROVED
