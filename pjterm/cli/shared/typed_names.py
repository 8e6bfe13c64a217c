"""What a typed word names: an entry of the journal, a transaction, or a request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pjterm.cli.context import Context
from pjterm.cli.shared.logins import check_login
from pjterm.core.entry import OWNING
from pjterm.core.hints import command_line, typed_line, with_id
from pjterm.core.ids import is_request_id
from pjterm.core.model import Outcome
from pjterm.errors import GuardRefused, JournalDamaged, PjtermError, Unavailable, UsageFault

if TYPE_CHECKING:
    from pjterm.core.entry import Entry, Scope
    from pjterm.core.names import Named, Word


def check_request_id(text: str) -> None:
    """Check a request id, because it goes into a path: letters, digits and dashes only."""
    if not is_request_id(text):
        raise UsageFault(f"--request: {text!r} is not a request id (letters, digits and dashes)")


def name(context: Context, typed: str, what: str = "ID") -> Named:
    """What a word names to this login: an entry of the journal or an id; `names` has the rule."""
    from pjterm.core import names

    word, scope = names.read_word(typed, what), context.scope
    return names.named(word, _recorded(context, word, scope), scope.environment)


def find_entry(context: Context, typed: str) -> Entry:
    """The entry that a word names to this login."""
    return _entry(name(context, typed), typed)


def find_anywhere(context: Context, typed: str) -> Entry:
    """The entry of any login that a word names; the profile in use comes first, but reading needs none."""
    from pjterm.core import names
    from pjterm.core.entry import preferred

    word, in_use = names.read_word(typed, "ID"), profile_in_use(context)
    found = _recorded(context, word, None)
    return _entry(names.named(word, preferred(found, lambda e: e.profile == in_use)), typed)


def _recorded(context: Context, word: Word, scope: Scope | None) -> Sequence[Entry]:
    """What the journal has of a word; where that cannot be read, the error names what needs no journal."""
    try:
        return context.as_recorded(context.journal.find(word.text, scope, word.number))
    except JournalDamaged as damaged:
        if word.number is not None:
            damaged.hint = f"without the journal: pjterm transactions show tx:{word.number}\n{damaged.hint}"
        raise


def _entry(found: Named, typed: str) -> Entry:
    entry = found.entry or found.change
    if entry is None:
        hint = "see: pjterm requests list"
        if found.transaction_id is not None:
            hint = f"see: pjterm transactions show {found.transaction_id}"
        raise UsageFault(f"ID: the journal does not have {typed!r}", hint=hint)
    return entry


def transaction_named(
    context: Context, typed: str, what: str, verb: str | None = None, *, as_claimed: bool = False
) -> int:
    """The transaction that a word names: by its id, by its sale's key, or by the request that booked it.

    An entry must be proven to own it: another sale's receipt is not this one's. Only a look at the transaction itself
    takes it `as_claimed`. With a `verb` (void, refund) money is about to move.
    """
    from pjterm.core import names
    from pjterm.core.verdicts import owners

    word = names.read_word(typed, what)
    if word.sort is names.Sort.TRANSACTION and word.number is not None:
        return word.number  # needs no journal
    found = name(context, typed, what)
    if found.transaction_id is not None:
        return found.transaction_id
    if found.entry is None:
        assert found.request_id is not None
        return _booked_by(context, found.request_id)
    check_login(context, found.entry)
    entry = found.entry if verb is None else _as_it_stands(context, found.entry)
    number = names.transaction_of(entry)
    owned = entry.outcome in OWNING or (entry.kind.is_change and not (verb is not None and entry.is_unresolved))
    if number is None or not (owned or as_claimed):
        raise _no_transaction(entry, number, verb)
    if verb is not None and owners.is_only_found(entry, context.journal.facts(entry, all_attempts=True)):
        line = typed_line(with_id(context.typed, typed, number))
        raise _perhaps_anothers(
            entry, number, f"to {verb} it" + (", name it by that id" if line is None else f": {line}")
        )
    if verb is not None and entry.outcome is Outcome.DECLINED:
        raise GuardRefused(
            f"{entry.key} was declined: nothing was charged, so there is nothing to {verb}. Nothing was sent.",
            hint=f"see: {command_line('why', entry.key)}", code="not-charged",
        )  # fmt: skip
    return number


def _as_it_stands(context: Context, entry: Entry) -> Entry:
    """The entry, checked once more if it ended without money: another card may have been approved since."""
    from pjterm.cli.shared.session import ask_again
    from pjterm.core.verdicts import provisional

    return ask_again(context, entry) if provisional.may_be_paid(entry) else entry


def _booked_by(context: Context, request_id: str) -> int:
    """The transaction of a request that is not in this journal, by one answered poll."""
    from pjterm.core.evidence.facts import Fact, Observed, PollFailed

    def poll() -> Fact:
        seen = context.api.poll(request_id, None)
        if isinstance(seen, PollFailed):  # the till that sent it may be polling it, too
            raise Unavailable(f"request {request_id} could not be read: {seen.why}", hint="try again")
        return seen

    seen = context.api.patiently(poll)
    if isinstance(seen, Observed) and seen.result.transaction_id is not None:
        return seen.result.transaction_id
    says = f"it is {seen.status}" if isinstance(seen, Observed) else "PayJunction does not have it (anymore)"
    raise GuardRefused(
        f"request {request_id} has no transaction: {says}", hint="see: pjterm transactions list",
        code="no-transaction",
    )  # fmt: skip


def _no_transaction(entry: Entry, number: int | None, verb: str | None) -> GuardRefused:
    hint = f"see: {command_line('why', entry.key)}"
    if entry.is_unresolved and entry.kind.is_money:
        hint = f"resolve it first: {command_line('resume', entry.key)}"
    to_do = "" if verb is None else f" to {verb}"
    says = f"{entry.key} has no transaction{to_do}: it is {entry.outcome or 'open'}"
    if number is not None:
        says = f"{entry.key} is {entry.outcome or 'open'}: it is not proven yet that transaction {number} is its own"
        hint += f"\nor name the transaction itself, after a look: pjterm transactions show {number}"
    return GuardRefused(says, hint=hint, code="no-transaction")


def _perhaps_anothers(entry: Entry, number: int, by_its_id: str) -> GuardRefused:
    return GuardRefused(
        f"transaction {number} was found under invoice {entry.invoice_number}, but the request of {entry.key} did not "
        f"name it: another sale under that invoice may have booked it. Nothing was sent.",
        hint=f"look first: pjterm transactions show {number}\n{by_its_id}",
        code="no-transaction",
    )


def profile_in_use(context: Context) -> str | None:
    try:
        return context.profile.name
    except PjtermError:
        if context.names_profile():
            raise
        return None
