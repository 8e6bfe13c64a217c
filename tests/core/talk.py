"""Conversations with `core.following.decide`: facts go in, and its next decision is compared."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from pjterm.core.evidence.facts import Accepted, Fact, Lost, Sent
from pjterm.core.evidence.states import replay
from pjterm.core.following import decide, follow_state
from pjterm.core.following.follow_state import FollowState
from pjterm.core.model import Kind, Outcome, Sale
from pjterm.core.plan import Plan, Until
from pjterm.core.steps import Finished, Poll, Step, WaitUntil
from tests.core.make import REQUEST, SALE, at


class Talk:
    """One followed request; times are seconds after the POST."""

    def __init__(
        self, *, sale: Sale = SALE, kind: Kind | None = Kind.PAYMENT, timeout: float = 300.0,
        until: Until = Until.COMPLETE, lost: bool = False, cancel_on_timeout: bool = False,
    ) -> None:  # fmt: skip
        answer: Fact = Lost(at(0), "reset by peer") if lost else Accepted(at(0), REQUEST)
        plan = Plan(sale, kind, at(timeout), until, cancel_on_timeout)
        self.state: FollowState = follow_state.begin(plan, replay([Sent(at(0)), answer]), at(0))
        self.now: datetime = at(0)

    def tell(self, *facts: Fact) -> Talk:
        """Facts arrive; their questions were sent just now."""
        for fact in facts:
            self.now = max(self.now, fact.at)
            asked = getattr(fact, "asked_at", None) or fact.at
            self.state = follow_state.observe(self.state, fact, asked)
        return self

    def request(self, **changes: Any) -> Talk:
        """Something the user requests, or the relay's state: `detach=True`, `cancel_at=at(3)`."""
        self.state = replace(self.state, **changes)
        return self

    def next(self, seconds: float | None = None) -> Step:
        """What it decides, now or later."""
        if seconds is not None:
            self.now = max(self.now, at(seconds))
        self.state = follow_state.tick(self.state, self.now)
        return decide.decide(self.state, self.now)

    def patiently(self, seconds: float | None = None) -> Step:
        """What it does after any wait that it asks for."""
        step = self.next(seconds)
        while isinstance(step, WaitUntil):
            assert step.at > self.now, "a wait that is already over would spin"
            self.now = step.at
            self.state = follow_state.tick(self.state, self.now)
            step = decide.decide(self.state, self.now)
        return step

    def ends(self, seconds: float | None = None) -> Outcome:
        """The outcome it finishes with, after any wait."""
        step = self.patiently(seconds)
        assert isinstance(step, Finished), step
        return step.verdict.outcome

    def polls(self, seconds: float | None = None) -> bool:
        """Whether its next step, after waiting, is a poll."""
        return isinstance(self.patiently(seconds), Poll)
