"""A small world plays against the core: a reader, a gateway, a failing network, a user who interrupts.

The world knows the truth. Whatever hypothesis makes it do, in whatever order, the final verdict is compared
with the world's books.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pjterm.core.evidence.facts import (
    Accepted,
    Fact,
    LookedUp,
    LookUpFailed,
    Lost,
    Observed,
    PollFailed,
    Searched,
    SearchFailed,
    Sent,
    TerminalReset,
)
from pjterm.core.evidence.states import replay
from pjterm.core.following import decide, follow_state
from pjterm.core.following.follow_state import FollowState
from pjterm.core.model import Kind, Outcome, Result, Transaction, Verdict
from pjterm.core.plan import Plan, Until
from pjterm.core.steps import Finished, LookAround, LookUp, Poll, ResetTerminal, Search, WaitUntil
from tests.core.make import REQUEST, SALE, at, booked

DEADLINE = 60.0
EARLIER = booked(1)
"""An approved sale that already had the invoice number."""
OTHERS = booked(2, invoice_number="5")
THIS = replace(SALE, prior_ids=frozenset({1}))


@dataclass
class World:
    """The reader and the gateway. `shown` is what a poll would say now."""

    status: str = "CONNECTING"
    ran: bool = False
    card_in: bool = False
    transaction: Transaction | None = None
    shown_id: bool = False
    main_at: datetime | None = None
    books: list[Transaction] = field(default_factory=lambda: [EARLIER, OTHERS])
    history: list[tuple[str, int | None]] = field(default_factory=lambda: [("CONNECTING", None)])

    @property
    def shown(self) -> tuple[str, int | None]:
        return self.status, 7 if self.shown_id else None

    def becomes(self, status: str) -> None:
        self.status = status
        self.history.append(self.shown)

    def book(self, approved: bool) -> None:
        """The gateway answers; from now on a search shows the transaction, whatever the reader shows."""
        self.transaction = booked(7, approved)
        self.books.append(self.transaction)
        self.card_in = False

    def main(self, now: datetime) -> None:
        """POST /main: ends the running request; a card already in is still processed for up to 8 s (PM)."""
        self.main_at = now
        if self.status in ("CONNECTING", "IN_PROGRESS"):
            self.becomes("COMPLETE")

    def pass_to(self, now: datetime) -> None:
        """A card not processed within 8 s after /main never will be."""
        if self.main_at is not None and now >= self.main_at + timedelta(seconds=8):
            self.card_in = False


class Following(RuleBasedStateMachine):
    """Any interleaving of what the customer does, what arrives, what fails, and what is requested."""

    @initialize(lost=st.sampled_from([False, False, False, True]), early=st.booleans())
    def post(self, lost: bool, early: bool) -> None:
        self.world = World()
        self.now = at(0)
        answer: Fact = Lost(at(0), "reset") if lost else Accepted(at(0), REQUEST)
        until = Until.RESULT if early else Until.COMPLETE
        plan = Plan(THIS, Kind.PAYMENT, at(DEADLINE), until)
        self.lost = lost
        self.state: FollowState = follow_state.begin(plan, replay([Sent(at(0)), answer]), self.now)
        self.asked: dict[str, list[datetime]] = {"poll": [], "search": [], "around": []}
        self.last_polled: tuple[str, int | None] | None = None
        self.answered_late = False
        self.connecting_left = False
        self.resets = 0
        self.end: Verdict | None = None

    # -- the customer and the reader --------------------------------------------------------------------

    def runs(self) -> bool:
        return self.world.status == "IN_PROGRESS" and self.world.transaction is None

    @precondition(lambda self: self.world.status == "CONNECTING")
    @rule(word=st.sampled_from(["IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS", "BUSY", "NO_CONNECTION"]))
    def reader_answers(self, word: str) -> None:
        self.world.ran = word == "IN_PROGRESS"
        self.world.becomes(word)

    @precondition(lambda self: self.runs() and not self.world.card_in)
    @rule()
    def card_goes_in(self) -> None:
        self.world.card_in = True

    @precondition(lambda self: self.world.card_in)
    @rule(approved=st.booleans(), shown=st.booleans())
    def gateway_answers(self, approved: bool, shown: bool) -> None:
        self.world.book(approved)
        if shown:
            self.result_is_shown()

    @precondition(lambda self: self.world.transaction is not None and not self.world.shown_id)
    @rule()
    def result_is_shown(self) -> None:
        self.world.shown_id = True
        self.world.history.append(self.world.shown)

    @precondition(lambda self: self.world.status == "IN_PROGRESS" and not self.world.card_in)
    @rule()
    def device_is_done(self) -> None:
        """The customer cancelled, or a payment is over; a booked result may still not be shown."""
        self.world.becomes("COMPLETE")

    # -- pjterm, over a bad network ------------------------------------------------------------------------

    @rule(
        fault=st.sampled_from(["", "", "", "fails", "refused"]),
        before=st.booleans(),
        takes=st.sampled_from([0.01, 0.3, 9.0]),
    )
    def we_act(self, fault: str, before: bool, takes: float) -> None:
        """One step of pjterm; the answer reflects the moment of the question, or of its arrival."""
        if self.end is not None:
            return
        self.state = follow_state.tick(self.state, self.now)
        step = decide.decide(self.state, self.now)
        if isinstance(step, Finished):
            self.end = step.verdict
            self.judge_the_end(step.verdict)
        elif isinstance(step, WaitUntil):
            assert step.at > self.now, "a wait that is already over would spin"
            self.now = step.at
            self.world.pass_to(self.now)
        else:
            self.perform(step, fault, before, takes)

    def perform(
        self, step: Poll | LookUp | Search | LookAround | ResetTerminal, fault: str, before: bool, takes: float
    ) -> None:
        asked, world = self.now, self.world
        if isinstance(step, ResetTerminal):
            return self.reset(fault, takes)
        snapshot = (world.shown, tuple(world.books))
        self.now += timedelta(seconds=takes)
        world.pass_to(self.now)
        (status, shown_id), books = snapshot if before else (world.shown, tuple(world.books))
        refused = fault == "refused"
        fact: Fact
        match step:
            case Poll():
                assert not self.lost, "there is no id to poll"
                fact = PollFailed(self.now, fault, refused)
                if not fault:
                    fact = Observed(self.now, "poll", status, Result(transaction_id=shown_id), asked)
                    self.last_polled = (status, shown_id)
                    self.asked["poll"].append(asked)
                    self.answered_late |= asked >= self.state.deadline and status in ("CONNECTING", "IN_PROGRESS")
            case Search() | LookAround():  # without search permission the status decides, true or not
                around = isinstance(step, LookAround)
                fact = SearchFailed(self.now, fault)
                if not fault:
                    fact = Searched(self.now, books, asked, around=around)
                    self.asked["around" if around else "search"].append(asked)
            case LookUp():
                found = next((t for t in books if t.transaction_id == step.transaction_id), None)
                fact = LookUpFailed(self.now, step.transaction_id, "no", refused)
                if not fault and found is not None:
                    fact = LookedUp(self.now, found)
        self.state = follow_state.observe(self.state, fact, asked)
        return None

    def reset(self, fault: str, takes: float) -> None:
        """POST /main: only when requested, with our id, after a poll that said IN_PROGRESS without a result."""
        assert self.state.cancel_at is not None
        assert self.last_polled == ("IN_PROGRESS", None)
        assert self.asked["poll"][-1] >= self.state.cancel_at
        self.state = replace(self.state, reset_tried_at=self.now)
        asked = self.now
        self.now += timedelta(seconds=takes)
        fact: Fact = PollFailed(self.now, "/main not sent")
        if not fault:
            self.resets += 1
            self.world.main(self.now)
            fact = TerminalReset(self.now)
        self.state = follow_state.observe(self.state, fact, asked)

    # -- what else arrives -------------------------------------------------------------------------------------

    @precondition(lambda self: not self.lost)
    @rule(which=st.integers(0, 20))
    def webhook(self, which: int) -> None:
        """Any status there ever was: late, repeated, or out of order."""
        status, shown_id = self.world.history[which % len(self.world.history)]
        fact = Observed(self.now, "webhook", status, Result(transaction_id=shown_id))
        self.state = follow_state.observe(self.state, fact)

    @rule(word=st.sampled_from(["REBOOTING", "CANCELLED"]))
    def unknown_word(self, word: str) -> None:
        self.state = follow_state.observe(self.state, Observed(self.now, "webhook", word))

    @rule(seconds=st.sampled_from([0.1, 1.0, 5.0, 20.0, 70.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.world.pass_to(self.now)

    @precondition(lambda self: self.state.cancel_at is None)
    @rule()
    def ctrl_c(self) -> None:
        if not self.lost:
            self.state = replace(self.state, cancel_at=self.now)

    @rule()
    def relay_comes_or_goes(self) -> None:
        self.state = replace(self.state, relay_live=not self.state.relay_live)

    @precondition(lambda self: self.end is None and self.now > at(30))
    @rule()
    def terminated(self) -> None:
        self.state = replace(self.state, detach=True)

    # -- the truth --------------------------------------------------------------------------------------------

    @invariant()
    def a_verdict_is_true_at_every_moment(self) -> None:
        verdict = self.state.verdict
        if verdict is not None:
            self.compare(verdict)

    def compare(self, verdict: Verdict) -> None:
        truth = self.world.transaction
        match verdict.outcome:
            case Outcome.APPROVED:
                assert truth is not None
                assert truth.approved
                assert verdict.transaction == truth
            case Outcome.DECLINED:
                assert truth is not None
                assert truth.approved is False
            case Outcome.CANCELLED | Outcome.UNREACHABLE:
                assert truth is None, "something was booked"
                assert not self.world.card_in, "something may still be booked"
                self.proven_late_enough()
                assert verdict.outcome is Outcome.CANCELLED or not self.world.ran
            case Outcome.BUSY:
                assert self.world.status == "BUSY"
            case Outcome.UNKNOWN | Outcome.OPEN:
                pass
            case other:
                raise AssertionError(f"{other} is no verdict about this request")

    def proven_late_enough(self) -> None:
        """Whether poll and search answered and, after a reset, both were sent 8 s later."""
        reset_at = self.state.known.reset_at
        since = at(0) if reset_at is None else reset_at + timedelta(seconds=8)
        assert any(asked >= since for asked in self.asked["poll"])
        assert any(asked >= since for asked in self.asked["search"])
        assert any(asked >= since for asked in self.asked["around"])

    def judge_the_end(self, verdict: Verdict) -> None:
        self.compare(verdict)
        if verdict.outcome is Outcome.OPEN:
            waited_for_connecting = self.last_polled == ("CONNECTING", None) and self.state.cancel_at is not None
            assert self.state.detach or self.answered_late or waited_for_connecting
        assert self.resets <= 1, "one cancel request, one reset"

    def teardown(self) -> None:
        """From any state, over a network that works again, it ends, and the end is true."""
        if not hasattr(self, "world"):
            return
        for _ in range(500):
            if self.end is not None:
                return
            self.we_act("", True, 0.05)
        raise AssertionError(f"it never ends: {decide.decide(self.state, self.now)}")


SETTINGS = settings(
    stateful_step_count=40, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)  # fmt: skip


class FollowingForLong(Following):
    """The same with many more examples."""


TestFollowing = Following.TestCase
TestFollowing.settings = settings(SETTINGS, max_examples=60)
TestFollowingForLong = pytest.mark.exhaustive(FollowingForLong.TestCase)
TestFollowingForLong.settings = settings(SETTINGS, max_examples=500)
