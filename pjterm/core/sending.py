"""What the sending of one request needs next: what is known in, one step out; `flow.submit` carries it out.

The order is the whole point. (1) The key: a result is reported, an open entry is resolved, and neither sends
anything. (2) A search where the invoice number may have been used elsewhere. (3) One look at whatever holds
the reader or the original. (4) The guards and the new entry, in one transaction of the journal. (5) The POST,
once. Of two processes with one key, the second finds the first one's entry at (4) and goes back to (1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from pjterm.core import guards
from pjterm.core.entry import Entry, NewEntry
from pjterm.core.guards import Before, Finding, KeyUse
from pjterm.core.model import Kind, Outcome, Transaction
from pjterm.core.send_state import SendState, Tried

BUSY_PAUSE = timedelta(seconds=2)
"""Between two tries of `--wait-busy`."""
VOID_TRIES = 3
"""Of one void whose answers were lost: repeating it is safe (guess)."""


# -- steps ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AskReader:
    """Ask once more about payments that a reset of this reader ended lately."""


@dataclass(frozen=True, slots=True)
class ReadKey:
    """Read what the journal has under this key."""


@dataclass(frozen=True, slots=True)
class Report:
    """Tell how this entry ended; nothing is sent."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Resolve:
    """Find out what became of this entry; nothing is sent."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class SearchBefore:
    """Search for the invoice number: somebody else may have used it, or a try of ours was booked late."""


@dataclass(frozen=True, slots=True)
class Answer:
    """It was done before: this transaction answers the key; nothing is sent."""

    transaction: Transaction
    searched: bool


@dataclass(frozen=True, slots=True)
class LookAtOthers:
    """One look at each entry that holds the reader, the invoice or the original."""


@dataclass(frozen=True, slots=True)
class Enter:
    """Ask the guards and write the entry, in one transaction."""

    prior_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class AskUser:
    """Put the question of this finding."""

    finding: Finding


@dataclass(frozen=True, slots=True)
class Refuse:
    """A guard stops it."""

    finding: Finding


@dataclass(frozen=True, slots=True)
class Post:
    """Send it, follow it, and write down how it ended."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class WaitForReader:
    """The reader is busy: wait, then try again."""

    pause: timedelta
    left: timedelta


@dataclass(frozen=True, slots=True)
class Finish:
    """The latest try is the result."""


Step = (
    AskReader | ReadKey | Report | Resolve | SearchBefore | Answer | LookAtOthers | Enter | AskUser | Refuse | Post
    | WaitForReader | Finish
)  # fmt: skip


# -- the decision -----------------------------------------------------------------------------------------


def decide(s: SendState, now: datetime) -> Step:
    """The next step."""
    if s.tried is not None:
        return _after_try(s, s.tried, now)
    if s.stop is not None:
        return AskUser(s.stop) if s.stop.question is not None and s.can_ask else Refuse(s.stop)
    if s.ready is not None:
        return Post(s.ready)
    if not s.reader_asked:
        return AskReader()
    if not s.key_read:
        return ReadKey()
    return _by_the_key(s, s.entry) or _before_the_entry(s)


def _by_the_key(s: SendState, entry: Entry | None) -> Step | None:
    """What the same key again means; nothing where a new try is allowed."""
    if entry is None:
        return None
    match guards.use_of_key(entry, s.new.fingerprint, another_card=s.options.another_card):
        case KeyUse.DIFFERS:
            return Refuse(guards.key_differs(entry))
        case KeyUse.SETTLE:
            return Resolve(entry)
        case KeyUse.REPORT:
            return Report(entry)
        case KeyUse.RETRY:
            return None
        case other:
            assert_never(other)


def _before_the_entry(s: SendState) -> Step:
    original = s.spec.original
    if s.spec.kind is Kind.VOID and original is not None and original.is_void:
        return Answer(original, searched=False)
    if s.before is None and _must_search(s.entry, s.new):
        return SearchBefore()
    before = s.before or Before()
    if before.finding is not None:
        return Refuse(before.finding)
    if before.answer is not None:
        return Answer(before.answer, searched=True)
    if s.options.another_card and s.tried is None and (stop := guards.no_decline(s.entry, s.new.key)) is not None:
        return Refuse(stop)
    if not s.others_asked and s.spec.kind.is_money:
        return LookAtOthers()
    earlier = None if s.entry is None else s.entry.transaction_id
    return Enter(before.prior_ids | ({earlier} if earlier is not None else frozenset()))


def _must_search(entry: Entry | None, new: NewEntry) -> bool:
    """A number that somebody else may have used, or that a try of ours may have booked late.

    Another till may have taken a named sale over after our try was never taken. A try whose answer was lost
    may have been taken as well, whatever the operator said of it.
    """
    if new.invoice_number is None or not new.kind.is_money:
        return False
    if entry is None or new.named:
        return new.named
    never_taken = entry.outcome in (Outcome.UNAVAILABLE, Outcome.REJECTED, Outcome.AUTH)
    return not never_taken or entry.attempt > 1 or entry.original_id is not None


def _after_try(s: SendState, tried: Tried, now: datetime) -> Step:
    """A lost void is sent again, a busy reader is waited for; anything else is the result."""
    if tried.stopped:
        return Finish()
    lost_void = s.spec.kind is Kind.VOID and tried.outcome is Outcome.UNKNOWN
    if lost_void and s.tries < VOID_TRIES and now < s.deadline:
        return Post(tried.entry)
    left = min(s.busy_until or s.deadline, s.deadline) - now
    if tried.outcome is Outcome.BUSY and left > BUSY_PAUSE:
        return WaitForReader(BUSY_PAUSE, left)
    return Finish()
