"""An outcome at a glance: money moved, done, nothing happened, running, not known; each with its sign and color.

A color is always a background with its own foreground, with a contrast of at least 4.5:1, so neither a dark nor a light
theme can make it unreadable. No color is ever alone: there is always the sign and the word.
"""

from __future__ import annotations

from enum import StrEnum

from pjterm.core.model import Outcome


class Tone(StrEnum):
    """An outcome at a glance."""

    MONEY = "money"
    DONE = "done"
    NOTHING = "nothing"
    RUNNING = "running"
    UNKNOWN = "unknown"


TONES = {
    Outcome.APPROVED: Tone.MONEY, Outcome.REFUNDED: Tone.MONEY, Outcome.VOIDED: Tone.MONEY,
    Outcome.ADJUSTED: Tone.MONEY,
    Outcome.SIGNED: Tone.DONE, Outcome.ANSWERED: Tone.DONE, Outcome.ENTERED: Tone.DONE, Outcome.READ: Tone.DONE,
    Outcome.OPEN: Tone.RUNNING, Outcome.UNKNOWN: Tone.UNKNOWN,
}  # fmt: skip
"""Every other outcome is `Tone.NOTHING`."""

SIGNS = {Tone.MONEY: "✓", Tone.DONE: "✓", Tone.NOTHING: "✗", Tone.RUNNING: "…", Tone.UNKNOWN: "?"}
COLORS = {
    Tone.MONEY: ("#ffffff", "#005f00"), Tone.NOTHING: ("#ffffff", "#870000"), Tone.DONE: ("#ffffff", "#005f87"),
    Tone.RUNNING: ("#000000", "#ffd75f"), Tone.UNKNOWN: ("#000000", "#ffd75f"),
}  # fmt: skip
"""Foreground and background, of the 256 colors that nearly every terminal has."""


def tone_of(outcome: Outcome) -> Tone:
    """The tone of an outcome."""
    return TONES.get(outcome, Tone.NOTHING)
