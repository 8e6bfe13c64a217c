"""Which of two verdicts on a try stands: the stored one or a new one.

Several processes may follow one sale, and each knows only what it has seen itself; one that was stopped for a while
comes with what was true before.
"""

from __future__ import annotations

from pjterm.core.entry import MOVED, UNRESOLVED, WITHOUT_RESULT, Entry
from pjterm.core.model import Kind, Outcome, Verdict

UNTIL_THEN = "; until then recorded as "
"""Follows what an approval says if its sale had been recorded as not paid, or as unknown."""


def replaces(stored: Entry, new: Verdict, *, contradicts: bool = False, over: Outcome | None = None) -> bool:
    """Whether a new verdict replaces the stored one.

    An `unknown` that `contradicts` an approval, by a second one, replaces it. A count has weighed its verdict against
    the outcome `over`, and replaces that one.
    """
    was, transaction = stored.outcome, new.transaction
    if new.outcome is Outcome.DECLINED:
        return was not in (*MOVED, Outcome.VOIDED)
    if over is not None and was is over:
        return True
    if contradicts:
        return was is not Outcome.VOIDED or stored.kind is Kind.VOID
    if new.outcome in WITHOUT_RESULT or (new.outcome is Outcome.UNKNOWN and new.transaction_ids):
        return was in UNRESOLVED or was in WITHOUT_RESULT
    if new.outcome in UNRESOLVED:
        return was in UNRESOLVED
    if new.outcome in MOVED and transaction is not None:
        return was is not Outcome.VOIDED or stored.transaction_id != transaction.transaction_id
    return True


def keeps_time(stored: Entry, new: Verdict) -> bool:
    """Whether the time of the result stays the stored one: a result after an end without one has its own."""
    if stored.outcome is Outcome.DECLINED:
        return new.outcome not in (*MOVED, Outcome.UNKNOWN)
    return stored.outcome not in WITHOUT_RESULT or new.outcome in WITHOUT_RESULT


def says(stored: Entry, new: Verdict) -> str:
    """What the entry says from now on: of money that moved after all, also what had been recorded of it."""
    if new.outcome in MOVED and UNTIL_THEN in (stored.says or "") and UNTIL_THEN not in new.says:
        return f"{new.says}{UNTIL_THEN}{(stored.says or '').rpartition(UNTIL_THEN)[2]}"
    otherwise = stored.outcome in (Outcome.UNKNOWN, Outcome.DECLINED, *WITHOUT_RESULT)
    return f"{new.says}{UNTIL_THEN}{stored.outcome}" if otherwise and new.outcome in MOVED else new.says
