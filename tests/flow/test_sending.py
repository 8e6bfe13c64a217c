"""One POST and what becomes of it, where a signal, a lost journal or an earlier try has a part in it."""

from __future__ import annotations

import signal
from decimal import Decimal
from typing import Any

from pjterm.core.facts import Accepted, Lost, NotTaken, Sent
from pjterm.core.model import Kind, Outcome
from pjterm.core.request import RequestSpec
from pjterm.core.send_state import SendState
from pjterm.errors import LeaveNow
from pjterm.flow.inbox import Leave
from pjterm.flow.post import Poster
from pjterm.flow.runtime import Resolution
from tests.core.make import REQUEST
from tests.flow.stage import Stage

CHARGE = RequestSpec(Kind.PAYMENT, (("amountBase", "12.50"),), Decimal("12.50"))


def poster(stage: Stage) -> Poster:
    flow = stage.flow
    return Poster(
        stage.api, stage.journal, flow.records, flow.recorder, flow.follow, stage.reporter, stage.signals,
        stage.clock.now,
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


def test_who_leaves_before_the_answer_leaves_the_entry_open(stage: Stage) -> None:
    stage.say(send=[LeaveNow(signal.SIGTERM)])
    done, _ = post(stage)

    assert (done.verdict.outcome, done.signum, done.entry.outcome) == (Outcome.OPEN, signal.SIGTERM, None)


def test_no_wait_returns_once_it_is_accepted(stage: Stage) -> None:
    stage.say(send=lambda now: Accepted(now, REQUEST))
    done, _ = post(stage, wait=False)

    assert (done.accepted_only, done.entry.request_id, stage.api.asked) == (True, REQUEST, ["send"])


def test_a_second_try_that_was_not_taken_says_nothing_of_the_first(stage: Stage) -> None:
    """The first one's answer was lost: it may have been taken, whatever becomes of the second."""
    stage.say(send=lambda now: NotTaken(now, Outcome.UNAVAILABLE, "no route"))
    stage.inbox.put(Leave(signal.SIGTERM))
    now = stage.clock.now()
    done, _ = post(stage, before=[Sent(now), Lost(now, "reset")])

    assert (done.verdict.outcome, done.entry.outcome) == (Outcome.OPEN, Outcome.OPEN)
