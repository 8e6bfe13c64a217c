"""What an integration says, held against what was booked: the bench's judgement, without running anything.

Exit 0 says paid, 8 and 9 that it does not know, 1 or a signal that it crashed, anything else not paid
(the contract's meaning). Not knowing is honest and passes, as long as there is not more than one charge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Said(StrEnum):
    """What the integration believes when it ends."""

    PAID = "paid"
    NOT_PAID = "not paid"
    UNKNOWN = "does not know"
    CRASHED = "crashed"
    HUNG = "did not end"


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that moved: an approved CHARGE that was not voided."""

    transaction_id: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether belief and books agree, what is true, and why it passed or not."""

    passed: bool
    truth: str
    why: str


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the bench's report. `calls` led there; `output` is the end of what it printed."""

    scenario: str
    passed: bool
    said: str
    truth: str
    charges: int
    seconds: float
    why: str
    calls: tuple[str, ...] = ()
    output: str = ""

    def view(self) -> dict[str, object]:
        """The contract's item; a failed one tells its calls in `why`."""
        told = f"; calls: {'; '.join(self.calls) or 'none'}"
        return {
            "scenario": self.scenario,
            "passed": self.passed,
            "said": self.said,
            "truth": self.truth,
            "charges": self.charges,
            "seconds": self.seconds,
            "why": self.why if self.passed else self.why + told,
        }


def said_by(exit_code: int | None) -> Said:
    """What an exit code claims; None: it had to be killed, negative: a signal ended it."""
    if exit_code is None:
        return Said.HUNG
    if exit_code == 1 or exit_code < 0:
        return Said.CRASHED
    if exit_code in (8, 9):
        return Said.UNKNOWN
    return Said.PAID if exit_code == 0 else Said.NOT_PAID


def judge(said: Said, charges: Sequence[Charge], amount: Decimal) -> Judgement:
    """Compare. `amount` is what the integration was told to charge."""
    truth = _truth(charges)
    booked = ", ".join(f"{c.transaction_id} of {c.amount:.2f}" for c in charges) or "nothing"
    fault = _fault(said, charges, amount)
    words = f"said {said}, booked {booked}"
    return Judgement(fault is None, truth, words if fault is None else f"{fault}: {words}")


def _truth(charges: Sequence[Charge]) -> str:
    match len(charges):
        case 0:
            return "not paid"
        case 1:
            return "paid"
        case several:
            return f"paid {several} times"


def _fault(said: Said, charges: Sequence[Charge], amount: Decimal) -> str | None:
    if len(charges) > 1:
        return "charged more than once"
    if any(c.amount != amount for c in charges):
        return f"charged another amount than {amount:.2f}"
    match said, bool(charges):
        case Said.CRASHED, _:
            return "crashed"
        case Said.HUNG, _:
            return "did not end in time"
        case Said.PAID, False:
            return "says paid, and no money moved"
        case Said.NOT_PAID, True:
            return "says not paid, and money moved"
        case _:
            return None
