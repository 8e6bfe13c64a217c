"""The world at one moment: the open books, the time, and how this simulator is set."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pjterm.simulator.shop.books import Books
from pjterm.simulator.shop.guesses import Guesses
from pjterm.simulator.shop.scenarios import PLAIN, Scenario


@dataclass(frozen=True, slots=True)
class Setting:
    """What the person who starts a simulator chooses."""

    speed: float = 1.0
    scenario: Scenario = field(default=PLAIN)
    seed: int | None = None
    allow_outbound: bool = False

    @property
    def guesses(self) -> Guesses:
        return self.scenario.guesses

    def scaled(self, seconds: float) -> float:
        """Seconds at speed 1 as seconds here."""
        return seconds / self.speed


@dataclass(frozen=True, slots=True)
class Moment:
    """Books, time and setting; handed to whatever happens."""

    books: Books
    now: float
    setting: Setting

    def at(self, when: float) -> Moment:
        """The same world at another time."""
        return replace(self, now=when)


def seconds_z(when: float) -> str:
    """A REST timestamp: UTC, whole seconds, `Z` (TXGET)."""
    return datetime.fromtimestamp(int(when), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def millis_z(when: float) -> str:
    """A webhook timestamp: UTC with milliseconds (STR)."""
    return datetime.fromtimestamp(when, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
