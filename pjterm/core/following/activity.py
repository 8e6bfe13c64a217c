"""What is being done about a request right now, and until when: what a progress display shows."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from pjterm.core.evidence.states import AFTER_RESET
from pjterm.values import dataclass

if TYPE_CHECKING:  # loaded once the POST has left, and this before
    from pjterm.core.following.follow_state import FollowState


class Doing(StrEnum):
    """What a command does about a request."""

    CHECKING = "checking"
    """Nothing of it was sent yet, or it leaves just now."""
    HOLDING_BACK = "holding back"
    """An earlier try ended without a result; it is checked once more before the next one is sent."""
    WATCHING = "watching"
    """Another process on this machine works on it; the journal is watched."""
    FOLLOWING = "following"
    """Sent; polls and webhooks say how it goes on."""
    READING = "reading"
    """A transaction was named, and is read."""
    SEARCHING = "searching"
    """The answer was lost, the request forgotten, or it is a duplicate: the sale is searched for."""
    UNCLEAR = "unclear"
    """Its status says neither that it runs nor that it ended; it is polled and searched for."""
    PROVING = "proving"
    """It ended without a result, and that is being confirmed."""
    CANCELLING = "cancelling"
    """The reader is to be sent to its idle screen."""
    LAST_LOOK = "last look"
    """Time is up; one more poll decides between open and unknown."""
    FINISHING = "finishing"
    """The verdict is known; the reader is not idle yet."""


class CtrlC(StrEnum):
    """What the next Ctrl-C does."""

    CANCELS = "cancels"
    EXITS = "exits"
    TWICE_EXITS = "twice exits"
    """The first one cannot cancel anything, because the request's id is not known, or because it has ended."""


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing that is done, until when at the latest, and what Ctrl-C does meanwhile."""

    doing: Doing
    until: datetime | None = None
    ctrl_c: CtrlC = CtrlC.EXITS
    failing: bool = False
    """Whether the latest question was not answered."""


def activity(state: FollowState, now: datetime, *, interrupted: bool = False, failing: bool = False) -> Activity:
    """What following does at this moment."""
    doing, until = _doing(state, now)
    return Activity(doing, until, _ctrl_c(state, interrupted), failing)


def _doing(state: FollowState, now: datetime) -> tuple[Doing, datetime | None]:
    known, deadline = state.known, state.deadline
    if state.runs_in_vain:
        return Doing.CANCELLING, None
    if state.unseen_until is not None:
        return Doing.SEARCHING, state.unseen_until
    if state.verdict is not None:
        return Doing.FINISHING, state.plan.deadline
    if any(i in state.found.undecided for i in known.polled):
        return Doing.READING, deadline
    if known.purged_at is not None:
        return Doing.SEARCHING, None  # once
    if known.request_id is None:
        return Doing.SEARCHING, deadline
    if known.has_ended and any(t.code == "DT" for t in state.found.declined[-1:]):
        return Doing.SEARCHING, deadline
    if known.has_ended:
        late = known.reset_at is not None and (state.plan.kind is None or state.plan.kind.is_money)
        return Doing.PROVING, known.reset_at + AFTER_RESET if late and known.reset_at is not None else None
    if state.cancel_at is not None:
        return Doing.CANCELLING, deadline
    if state.is_silent and now < deadline:
        return Doing.UNCLEAR, deadline
    return (Doing.FOLLOWING if now < deadline else Doing.LAST_LOOK), deadline


def _ctrl_c(state: FollowState, interrupted: bool) -> CtrlC:
    if state.cancel_at is not None or interrupted:
        return CtrlC.EXITS
    if state.known.request_id is None or state.known.has_ended or state.known.purged_at is not None:
        return CtrlC.TWICE_EXITS
    return CtrlC.CANCELS if state.plan.sale.terminal.smart_terminal_id is not None else CtrlC.EXITS
