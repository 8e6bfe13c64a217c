"""The customers at the readers and what operators type, all from one random source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.world.reader import Customer, RedX, Stays, Tap, customer

AMOUNTS = ("5.00", "12.34", "20.00")
"""Few, so that sales look alike."""
Chance = dict[str, float]


def pick(rng: Random, weights: Chance) -> str:
    """One of these names, by weight."""
    return rng.choices(list(weights), list(weights.values()))[0]


CUSTOMERS: Chance = {
    "pays": 58, "declined": 8, "another card": 6, "red x": 8, "stays": 3, "slow": 4, "flips": 2, "partial": 1,
    "held": 1,
}  # fmt: skip
LATE: Chance = {
    "booked late": 8, "found late": 8, "silent": 6, "says no connection": 2, "says busy": 2, "ends early": 3,
}  # fmt: skip
"""Additional behavior of real services."""


def customers(rng: Random, late: float) -> Callable[[], Customer]:
    """Customers, one after the other; `late` scales how often real services' odd behavior occurs."""
    weights = {**CUSTOMERS, **{name: weight * late for name, weight in LATE.items()}}
    return lambda: _customer(rng, pick(rng, weights))


def _customer(rng: Random, name: str) -> Customer:
    after, bank, finishing = rng.uniform(0.3, 1.5), rng.uniform(0.1, 1.0), rng.uniform(0.1, 0.6)
    tap = Tap(after, bank=bank, card=rng.choice(("1111", "2222")))
    no = Tap(after, bank=bank, approved=False, code=rng.choice(("05", "51", "91")))
    match name:
        case "declined":
            return customer(no, finishing=finishing)
        case "another card":
            second = Tap(rng.uniform(0.5, 6.0), card="3333", bank=bank)
            return customer(no, second, finishing=finishing)
        case "red x":
            return customer(RedX(after))
        case "stays":
            return customer(Stays(rng.uniform(5.0, 40.0)))
        case "slow":
            return customer(Tap(rng.uniform(5.0, 30.0), bank=rng.uniform(1.0, 5.0)), finishing=rng.uniform(0.5, 8.0))
        case "flips":
            no = Tap(after, bank=bank, approved=False, flips=rng.uniform(0.2, 3.0))
            return customer(no, finishing=rng.uniform(0.3, 4.0))
        case "partial":
            return customer(Tap(after, base=400), finishing=finishing)
        case "held":
            return customer(Tap(after, held=True), finishing=finishing)
        case "booked late":
            shown = rng.choice((None, 0.0, 2.0))
            return customer(Tap(after, bank=bank, booked=rng.choice((2.0, 3.0, 7.0, 20.0, 90.0)), shown=shown))
        case "found late":
            return customer(Tap(after, bank=bank, found=rng.choice((1.0, 5.0, 12.0, 20.0))), finishing=finishing)
        case "silent":
            return customer(Tap(after, bank=bank, shown=None, found=rng.choice((0.0, 0.0, 4.0))), finishing=finishing)
        case "says no connection":
            return customer(tap, says="NO_CONNECTION")
        case "says busy":
            return customer(tap, says="BUSY")
        case "ends early":
            return customer(tap, ends_early=rng.uniform(0.1, 1.0))
        case _:
            return customer(tap, finishing=finishing)


@dataclass(slots=True)
class Sale:
    """One sale from its operator's point of view."""

    amount: str
    reader: str
    key: str | None = None
    invoice: str | None = None
    always: tuple[str, ...] = ()
    """Options on each of its lines."""

    def line(self, *more: str) -> tuple[str, ...]:
        """The line that charges it."""
        words = ["charge", self.amount, "-t", self.reader, "--json", *self.always, *more]
        if self.key is not None:
            words += ["-k", self.key]
        if self.invoice is not None:
            words += ["--invoice", self.invoice]
        return tuple(words)


FIRST: Chance = {
    "": 60, "--timeout 3": 8, "--timeout 8": 6, "--until result": 6, "--no-wait": 4, "--wait-busy 12": 6,
    "--cancel-on-timeout --timeout 4": 4, "--via relay": 3, "--force": 3, "--yes": 2,
}  # fmt: skip
"""Options on the first line that charges it."""
AGAIN: Chance = {
    "charge": 30, "charge --wait-busy 10": 4, "charge --timeout 3": 4, "charge --another-card": 5,
    "charge --until result": 2, "charge --force": 3, "charge -t T2": 2, "resume": 12, "resume --timeout 3": 4,
    "resume all": 4, "resume --clear-terminal --settle 10": 4, "resume --not-charged -y": 3,
    "resume --transaction": 3, "status": 5, "follow": 3, "why": 10, "cancel": 5, "cancel --any -y": 2, "void": 3,
    "refund": 1, "refund --transaction": 3, "prompt": 2,
}  # fmt: skip
"""What is typed about a sale after it was charged."""
