"""The exit code of each outcome (`pjterm help exit-codes`)."""

from __future__ import annotations

from pjterm.core.model import Kind, Outcome

EXIT: dict[Outcome, int] = {
    Outcome.APPROVED: 0,
    Outcome.SIGNED: 0,
    Outcome.ANSWERED: 0,
    Outcome.ENTERED: 0,
    Outcome.READ: 0,
    Outcome.VOIDED: 0,
    Outcome.REFUNDED: 0,
    Outcome.ADJUSTED: 0,
    Outcome.FAILED: 1,
    Outcome.USAGE: 2,
    Outcome.DECLINED: 3,
    Outcome.AUTH: 4,
    Outcome.CANCELLED: 5,
    Outcome.BUSY: 6,
    Outcome.UNREACHABLE: 7,
    Outcome.OPEN: 8,
    Outcome.UNKNOWN: 9,
    Outcome.REFUSED: 10,
    Outcome.REJECTED: 11,
    Outcome.UNAVAILABLE: 12,
    Outcome.DIFFERENT: 13,
}


def exit_code(outcome: Outcome, kind: Kind | None, *, expected: bool = True) -> int:
    """The exit code of an outcome; a charge that was voided since is not a success (3), a void is (0).

    `expected` is false for a prompt's answer other than the one `--expect` names: an answer, and 3.
    """
    if outcome is Outcome.ANSWERED and not expected:
        return EXIT[Outcome.DECLINED]
    if outcome is Outcome.VOIDED and kind is not Kind.VOID:
        return EXIT[Outcome.DECLINED]
    return EXIT[outcome]


def signal_exit(signum: int) -> int:
    """The exit code of a process that a signal ended: 130, 143, 129."""
    return 128 + signum
