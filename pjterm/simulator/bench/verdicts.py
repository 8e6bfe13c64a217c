"""Compares what an integration claims with what was booked: the bench's judgment, without running anything.

Exit code 0 claims paid, 8 and 9 unknown, anything else not paid; but 1, 126, 127 and signals are crashes.
Unknown is honest and passes, as long as there is at most one charge. A command that requested no
payment proves nothing, whatever it claims.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from pjterm.values import dataclass

CONTROL = "approved"
NOT_TESTED = "not tested"
LAST_LINES = 5
_CRASHES = (1, 126, 127)  # the last two are a shell's words for "cannot execute" and "not found"
_SIGNALS = 128  # a shell adds the signal's number


class Said(StrEnum):
    """What the integration claims when it ends."""

    PAID = "paid"
    NOT_PAID = "not paid"
    UNKNOWN = "does not know"
    CRASHED = "crashed"
    HUNG = "did not end"


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that was charged or held: an approved CHARGE that was neither voided nor refunded in full."""

    transaction_id: int
    amount: Decimal
    """All of it, less what was refunded."""
    held: bool = False


@dataclass(frozen=True, slots=True)
class Truth:
    """What the books say at the end."""

    charges: tuple[Charge, ...] = ()
    """What the command's customers have paid, without another till's sales."""
    others_ended: bool = False
    """Whether another till's payment was ended before its customer could pay, or was voided."""
    given_away: bool = False
    """Whether money was refunded that none of these charges took."""


@dataclass(frozen=True, slots=True)
class Judgment:
    """Whether claim and books agree, what is true, and why it passed or not."""

    passed: bool
    truth: str
    why: str


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the bench's report."""

    scenario: str
    passed: bool
    said: str
    truth: str
    charges: int
    seconds: float
    why: str
    hint: str = ""
    """What to change, if the bench can tell."""
    calls: tuple[str, ...] = ()
    """Descriptions of the command's API calls."""
    stdout: str = ""
    """The end of the command's output."""
    stderr: str = ""
    skipped: bool = False
    """Whether it was not run, because the control failed."""

    @property
    def last_words(self) -> list[str]:
        """The last lines on the command's stderr."""
        return [line.rstrip() for line in self.stderr.splitlines() if line.strip()][-LAST_LINES:]

    def view(self) -> dict[str, object]:
        """The item of the report as JSON; a failed one includes its calls."""
        calls = "" if self.skipped else f"; calls: {'; '.join(self.calls) or 'none'}"
        return {
            "scenario": self.scenario,
            "passed": self.passed,
            "said": self.said,
            "truth": self.truth,
            "charges": self.charges,
            "seconds": self.seconds,
            "why": self.why if self.passed else self.why + calls,
            "hint": self.hint or None,
            "stderr": self.last_words,
            "skipped": self.skipped,
        }


def not_run(scenario: str) -> Item:
    """The line of a scenario that nothing was tried in."""
    return Item(scenario, False, "not run", "not run", 0, 0.0, "not run: the control failed", skipped=True)


def said_by(exit_code: int | None) -> Said:
    """What an exit code claims; None if it had to be killed, negative if a signal ended it."""
    if exit_code is None:
        return Said.HUNG
    if exit_code < 0 or exit_code in _CRASHES or exit_code > _SIGNALS:
        return Said.CRASHED
    if exit_code in (8, 9):
        return Said.UNKNOWN
    return Said.PAID if exit_code == 0 else Said.NOT_PAID


def ended_by(exit_code: int | None) -> str:
    """Describe how a run ended: a shell's 137 stands for a signal."""
    if exit_code is None:
        return "had to be killed"
    name = _signal(-exit_code if exit_code < 0 else exit_code - _SIGNALS)
    return f"killed by {name}" if name else f"exit {exit_code}"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return ""


def judge(
    said: Said, truth: Truth, amount: Decimal, *, ended: str = "", tested: bool = True, control: bool = False
) -> Judgment:
    """Compare. `amount` is what the command was to charge; `tested`, whether it requested a payment at all.

    In the control everything goes well, so a working integration is paid and says so.
    """
    charges = truth.charges
    booked = ", ".join(f"{c.transaction_id} of {c.amount:.2f}{' (held)' * c.held}" for c in charges) or "nothing"
    fault = _fault(said, truth, amount)
    if not tested and said not in (Said.CRASHED, Said.HUNG):
        fault = f"{NOT_TESTED}, no payment was requested"
    elif control and fault is None and said is not Said.PAID:
        fault = "where all goes well the command must exit 0"
    how = ended if ended and said in (Said.CRASHED, Said.HUNG) else f"said {said}"
    words = f"{how}, booked {booked}"
    return Judgment(fault is None, _in_words(charges, amount), words if fault is None else f"{fault}: {words}")


def inconclusive(items: Sequence[Item]) -> bool:
    """Whether the control failed, so that nothing else was run."""
    return bool(items) and items[0].scenario == CONTROL and not items[0].passed


def _in_words(charges: Sequence[Charge], amount: Decimal) -> str:
    match charges:
        case []:
            return "not paid"
        case [only]:
            part = "" if only.amount == amount else f" {only.amount:.2f}"
            return ("held" if only.held else "paid") + part
        case several:
            return f"paid {len(several)} times"


def _fault(said: Said, truth: Truth, amount: Decimal) -> str | None:
    charges = truth.charges
    if len(charges) > 1:
        return "charged more than once"
    if truth.others_ended:
        return "ended another till's payment"
    if truth.given_away:
        return "gave money back that its sale did not take"
    match said, bool(charges):
        case Said.CRASHED, _:
            return "crashed"
        case Said.HUNG, _:
            return "did not end in time"
        case Said.PAID, False:
            return "says paid, and no money moved"
        case Said.PAID, True if charges[0].amount != amount:
            return f"says paid, and it was not {amount:.2f}"
        case Said.NOT_PAID, True:
            return "says not paid, and money moved"
        case _:
            return None
