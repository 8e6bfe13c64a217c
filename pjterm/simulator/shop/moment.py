"""The world at one moment: the open books, the time, and this simulator's setting."""

from __future__ import annotations

from pjterm.simulator.shop.books import Books
from pjterm.simulator.shop.guesses import Guesses
from pjterm.simulator.shop.inventory import ACCOUNT, Account
from pjterm.simulator.shop.scenarios import PLAIN, Scenario
from pjterm.values import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Setting:
    """The options of a simulator."""

    speed: float = 1.0
    scenario: Scenario = field(default=PLAIN)
    seed: int | None = None
    allow_outbound: bool = False
    facts: Guesses | None = None
    """What a probe of the real service has found."""

    @property
    def guesses(self) -> Guesses:
        own = self.scenario.guesses
        return own if self.facts is None else own.over(self.facts, self.scenario.named_guesses)

    @property
    def accounts(self) -> tuple[Account, ...]:
        return self.scenario.accounts

    def account(self, number: str | int) -> Account:
        """The account of an already checked `terminalId`; the default one if it is gone meanwhile."""
        return next((a for a in self.accounts if str(a.terminal_id) == str(number)), ACCOUNT)

    def scaled(self, seconds: float) -> float:
        """Convert seconds at speed 1 to seconds at this speed."""
        return seconds / self.speed


@dataclass(frozen=True, slots=True)
class Moment:
    """Books, time and setting: the argument of everything that happens."""

    books: Books
    now: float
    setting: Setting

    def at(self, when: float) -> Moment:
        """The same world at another time."""
        return replace(self, now=when)
