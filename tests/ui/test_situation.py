"""What the sentence and the line about Ctrl-C say of a request: true for its kind, and at every moment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pjterm.core.evidence.facts import Fact, TerminalReset
from pjterm.core.evidence.states import replay
from pjterm.core.following.activity import Activity, CtrlC, Doing
from pjterm.core.model import Kind
from pjterm.ui.situation import Moment, hint, sentence
from tests.ui import scenes

RESET = (*scenes.AT_READER, TerminalReset(scenes.at(3)), scenes.polled(4.0, "COMPLETE"))


@pytest.mark.parametrize(
    ("facts", "doing", "ctrl_c"),
    [
        (scenes.AT_READER, Doing.CANCELLING, CtrlC.EXITS), (RESET, Doing.PROVING, CtrlC.EXITS),
        (scenes.CONNECTING[:1], Doing.SEARCHING, CtrlC.TWICE_EXITS),
    ],
)  # fmt: skip
def test_a_refund_is_never_called_a_payment_or_a_charge(facts: tuple[Fact, ...], doing: Doing, ctrl_c: CtrlC) -> None:
    """It said that a card may still be charged, of one that would get money back."""
    header = replace(scenes.HEADER, kind=Kind.REFUND)
    moment = Moment(replay(facts), Activity(doing, scenes.at(8), ctrl_c))
    says = f"{sentence(header, moment, scenes.at(5))} {hint(header, moment)}"

    assert "refund" in says
    assert [word for word in ("payment", "charge", "sale") if word in says] == []


@pytest.mark.parametrize(
    ("kind", "result"),
    [
        (Kind.PROMPT, {"prompt_button": "Yes"}), (Kind.INPUT, {"input_value": "8006010230"}),
        (Kind.SIGNATURE, {"signature_id": 7}), (Kind.READ, {"read_data": "4711"}),
        (Kind.PAYMENT, {"transaction_id": 10045}),
    ],
)  # fmt: skip
def test_what_has_come_is_not_asked_for_any_more(kind: Kind, result: dict[str, Any]) -> None:
    """For a moment the customer was to press a button, below the step that had the answer."""
    known = replay((*scenes.AT_READER, scenes.polled(3.8, "IN_PROGRESS", **result)))
    moment = Moment(known, Activity(Doing.FOLLOWING, scenes.at(300), CtrlC.CANCELS))
    header = replace(scenes.HEADER, kind=kind)

    assert sentence(header, moment, scenes.at(4)) in ("The reader is finishing.", "Reading what the bank said…")
    assert hint(header, moment) == "Ctrl-C cancels"
