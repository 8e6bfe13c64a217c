"""How far a request has come, for the live view: its stages."""

from __future__ import annotations

from enum import StrEnum

from pjterm.core.following.activity import Doing
from pjterm.core.model import Kind
from pjterm.ui.progress import Header
from pjterm.ui.situation import Moment, declined_cards
from pjterm.values import dataclass


class Mark(StrEnum):
    """The state of a stage."""

    DONE = "done"
    NOW = "now"
    NEXT = "next"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its name and state."""

    name: str
    mark: Mark


_WAITING = {
    Kind.PAYMENT: ("waiting for card", "card"),
    Kind.REFUND: ("waiting for card", "card"),
    Kind.SIGNATURE: ("waiting for signature", "signature"),
    Kind.PROMPT: ("waiting for answer", "answer"),
    Kind.INPUT: ("waiting for number", "number"),
    Kind.READ: ("waiting for card", "card"),
}
_CHANGED = {Kind.VOID: "voided", Kind.REFUND: "refunded", Kind.TIP: "adjusted"}
_INSTEAD = {
    Doing.CANCELLING: ("cancelling", "ended"), Doing.PROVING: ("making sure", "ended"),
    Doing.LAST_LOOK: ("looking once more", "done"), Doing.SEARCHING: ("searching", "found"),
    Doing.UNCLEAR: ("searching", "found"),
}  # fmt: skip
"""What is done now in place of the current stage, and what that leads to."""
_SENT, _READER, _DONE = ("sending", "sent"), ("connecting", "reader ready"), ("finishing", "done")


def stages(header: Header, moment: Moment) -> tuple[Stage, ...]:
    """The stages of a request, done, under way and to come."""
    names, at = _names(header), _reached(header, moment)
    if moment.activity.doing is Doing.HOLDING_BACK:
        return (Stage("making sure", Mark.NOW), *(Stage(past, Mark.NEXT) for _, past in names))
    if moment.activity.doing is Doing.CHECKING and moment.known.sent_at is None:
        names[0] = ("checking", "sent")
    found = [Stage(past, Mark.DONE if n < at else Mark.NEXT) for n, (_, past) in enumerate(names)]
    if at < len(names):
        found[at] = Stage(names[at][0], Mark.NOW)
    lost = moment.known.request_id is None and moment.known.answered is None
    if moment.activity.doing is Doing.SEARCHING and lost:
        return (Stage("sent", Mark.DONE), Stage("answer lost", Mark.UNSURE), Stage("searching", Mark.NOW),
                Stage("found", Mark.NEXT))  # fmt: skip
    other = _INSTEAD.get(moment.activity.doing)
    if other is not None:
        return (*found[:at], Stage(other[0], Mark.NOW), Stage(other[1], Mark.NEXT))
    return tuple(found)


def _names(header: Header) -> list[tuple[str, str]]:
    """The stages of this kind of request, each with its name while it lasts and its name otherwise."""
    if not header.at_reader:
        return [_SENT, ("checking", _CHANGED.get(header.kind or Kind.CANCEL, "done"))]
    bank = [("bank", "bank")] if header.kind in (Kind.PAYMENT, Kind.REFUND) else []
    return [_SENT, _READER, _WAITING.get(header.kind or Kind.CANCEL, ("at the reader", "result")), *bank, _DONE]


def _reached(header: Header, moment: Moment) -> int:
    """Which stage is under way; as many as there are where all are done."""
    known, finishing = moment.known, moment.activity.doing is Doing.FINISHING
    last = len(_names(header)) - 1
    if not header.at_reader:
        return last + 1 if finishing else int(known.answered is not None or known.lost is not None)
    if finishing:
        return last + 1 if known.has_ended else last
    if known.polled_results and not declined_cards(known):
        return 3 if last == 4 else last
    if known.in_progress_seen:
        return 2
    return int(known.request_id is not None)
