"""The next step in sending one request: what is known in, one step out; `flow.submit` takes it.

The order is the whole point. (1) The key: a result is reported, an open entry is resolved, and neither sends
anything. (2) A search, if the invoice number may have been used elsewhere. (3) One look at whatever holds
the reader or the original. (4) The guards and the new entry, in one transaction of the journal. (5) The POST,
once. Of two processes with one key, the second finds the first one's entry at (4) and goes back to (1).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pjterm.core import guards, tips
from pjterm.core.entry import WITHOUT_RESULT, Entry, NewEntry
from pjterm.core.guards import Finding
from pjterm.core.model import Kind, Outcome, Transaction
from pjterm.core.request import RequestSpec
from pjterm.core.sending.send_state import Before, SendState, Tried
from pjterm.core.typed import Typed, differs_only_in_reader, may_be_moved, same_form, what_differs
from pjterm.core.verdicts import provisional
from pjterm.values import dataclass

BUSY_PAUSE = timedelta(seconds=2)
"""Between two tries of `--wait-busy`. The last comes as that time ends, but this long after the POST before it."""
CHANGE_TRIES = 3
"""Tries of one void or tip whose answers were lost: repeating it is safe (guess)."""


# -- steps ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AskReader:
    """Check once more the newest sale of this reader that may have been taken, if it recently ended without money."""


@dataclass(frozen=True, slots=True)
class ReadKey:
    """Read what the journal has under this key."""


@dataclass(frozen=True, slots=True)
class Report:
    """Report how this entry ended; nothing is sent."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Resolve:
    """Find out what became of this entry; nothing is sent."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class SearchBefore:
    """Search for the invoice number: another sale may have used it, or a try of ours was booked late."""


@dataclass(frozen=True, slots=True)
class ProveAbsence:
    """Look for a late booking of the key's earlier try; `wait` for it first."""

    entry: Entry
    wait: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """It was done before, by this transaction (two: it was charged twice); nothing is sent."""

    transactions: tuple[Transaction, ...]
    searched: bool
    says: str


@dataclass(frozen=True, slots=True)
class LookAtOthers:
    """One look at each entry that holds the reader, the invoice or the original."""


@dataclass(frozen=True, slots=True)
class Enter:
    """Ask the guards and write the entry, in one transaction."""

    prior_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class AskUser:
    """Ask the question of this finding."""

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
class WaitForService:
    """The service took no request for now: wait, then search again and try again."""

    pause: timedelta


@dataclass(frozen=True, slots=True)
class Finish:
    """The latest try is the result."""


Step = (
    AskReader | ReadKey | Report | Resolve | SearchBefore | ProveAbsence | Answer | LookAtOthers | Enter | AskUser
    | Refuse | Post | WaitForReader | WaitForService | Finish
)  # fmt: skip


# -- the decision -----------------------------------------------------------------------------------------


def decide(state: SendState, now: datetime) -> Step:
    """The next step."""
    if state.tried is not None:
        return _after_try(state, state.tried, now)
    if state.stop is not None:
        return AskUser(state.stop) if state.stop.question is not None and state.can_ask else Refuse(state.stop)
    if state.ready is not None:
        return Post(state.ready)
    if not state.key_read:
        return ReadKey()
    spoken = by_the_key(state.typed, state.entry, state.elsewhere, now, another_card=state.options.another_card)
    return spoken or _before_the_entry(state)


def by_the_key(
    typed: Typed, entry: Entry | None, elsewhere: Iterable[Entry], now: datetime, *, another_card: bool = False
) -> Refuse | Report | Resolve | None:
    """What to do when a key is used again; None if a new try is allowed (after a decline, only for `another_card`)."""
    for other in elsewhere:
        if not provisional.is_long_over(other, now):
            return Refuse(guards.key_elsewhere(other))
    if entry is None:
        return None
    differs = what_differs(typed, entry)
    if differs is None and not may_be_moved(entry) and differs_only_in_reader(typed, entry):
        differs = f"its reader is {entry.terminal.label}"
    if differs is not None:
        return Refuse(guards.key_differs(entry, differs))
    if entry.is_unresolved:
        return Resolve(entry)
    again = entry.outcome in WITHOUT_RESULT or (another_card and entry.outcome is Outcome.DECLINED)
    return None if again else Report(entry)


def _before_the_entry(state: SendState) -> Step:
    """The questions and refusals in order; if none is left, the entry is written."""
    if state.entry is not None and (step := _by_what_was_sent(state, state.entry)) is not None:
        return step
    if not state.reader_asked:
        return AskReader()
    if state.spec.original is not None and (done := _done(state.spec, state.spec.original)) is not None:
        return done
    if state.entry is not None and (step := _before_a_further_try(state, state.entry)) is not None:
        return step
    if state.before is None and _must_search(state):
        return SearchBefore()
    before = state.before or Before()
    if (found := _by_what_was_found(state, before)) is not None:
        return found
    if not state.others_asked and state.spec.kind.is_money:
        return LookAtOthers()
    earlier = None if state.entry is None else state.entry.transaction_id
    seen = before.prior_ids | (state.absent or frozenset())
    return Enter(seen | ({earlier} if earlier is not None else frozenset()))


def _by_what_was_sent(state: SendState, entry: Entry) -> Step | None:
    if not state.prepared:  # it ended without a result just now: that is the answer
        return Report(entry)
    if state.typed.spec is None and not same_form(state.spec, entry):
        return Refuse(guards.key_differs(entry, "something that was sent differs (such as --note)"))
    return None


def _done(spec: RequestSpec, original: Transaction) -> Answer | None:
    """The answer if the transaction is already what a void or a tip would make it."""
    if spec.kind is Kind.VOID and original.is_void:
        says = "is void already"
    elif spec.kind is Kind.TIP and tips.is_there(spec):
        says = "has this tip already"
    else:
        return None
    return Answer((original,), searched=False, says=f"transaction {original.transaction_id} {says}")


def _before_a_further_try(state: SendState, entry: Entry) -> Step | None:
    if state.options.another_card and (stop := guards.no_decline(entry, state.new.key)) is not None:
        return Refuse(stop)
    if state.absent is None and not state.never_sent and _may_be_booked(entry, state.new):
        return ProveAbsence(entry, wait=state.tries == 0 and not state.options.another_card)
    return None


def _by_what_was_found(state: SendState, before: Before) -> Step | None:
    if before.finding is not None:
        return Refuse(before.finding)
    if before.answer:
        named = " and ".join(str(t.transaction_id) for t in before.answer)
        return Answer(before.answer, searched=True, says=f"key {state.new.key} was done already: transaction {named}")
    no_earlier_try = state.options.another_card and state.entry is None
    stop = guards.no_decline(None, state.new.key) if no_earlier_try else None
    return None if stop is None else Refuse(stop)


def _may_be_booked(entry: Entry, new: NewEntry) -> bool:
    """Whether a try of this key that ended without a result (or with a decline) may have been booked after all."""
    return new.kind.is_money and new.invoice_number is not None and entry.may_have_been_taken


def _must_search(state: SendState) -> bool:
    """Whether the number may be in use: another till with this key, another sale with this invoice."""
    if state.new.invoice_number is None or not state.new.kind.is_money:
        return False
    if state.absent is not None:  # the number was searched just now
        return state.spec.invoice_number is not None
    again = state.entry is not None and (state.entry.attempt > 1 or state.entry.original_id is not None)
    return state.new.named or state.never_sent or again


def _after_try(state: SendState, tried: Tried, now: datetime) -> Step:
    """Send a lost void or tip again, wait for a busy reader or service; anything else is the result.

    `Post` itself tries again what was not taken, but only for as long as the search before it is fresh.
    """
    if tried.stopped:
        return Finish()
    lost_change = state.spec.kind.is_change and tried.outcome is Outcome.UNKNOWN
    if lost_change and state.tries < CHANGE_TRIES and now < state.deadline:
        return Post(tried.entry)
    pause = tried.again_in if state.searched_at is not None else None
    if pause is not None and now + pause < state.may_post_until(now):
        return WaitForService(pause)
    until = min(state.busy_until or state.deadline, state.deadline)
    sent_at = tried.entry.sent_at or tried.entry.started_at
    if tried.outcome is Outcome.BUSY and now < until and until >= min(now, sent_at) + BUSY_PAUSE:
        return WaitForReader(min(BUSY_PAUSE, until - now), until - now)
    return Finish()
