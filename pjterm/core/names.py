"""What a typed word names: a sale key, a transaction id or a request id; one rule for every command.

`key:order-1042`, `tx:10082` and `req:UUID` say which it is. Without a prefix, a sale key that the journal has comes
first. A word that is such a key and the id of a transaction that the journal records for another sale means two
things, so it is refused. What the journal does not have is recognized by its shape: digits are a transaction id, a UUID
is a request id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

from pjterm.core.entry import Entry, preferred
from pjterm.core.guards import describe
from pjterm.core.ids import PREFIXES, is_request_id, is_uuid
from pjterm.errors import UsageFault
from pjterm.values import dataclass

_NUMBER = r"[0-9]{1,18}"  # as `wire.number` reads one


class Sort(StrEnum):
    """What kind of name a prefix announces."""

    KEY, TRANSACTION, REQUEST = PREFIXES


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was typed for an argument or option (`what`); `sort` where its prefix says what it is."""

    text: str
    what: str
    sort: Sort | None = None

    def may_be(self, sort: Sort) -> bool:
        """Whether it has no prefix of another kind."""
        return self.sort in (None, sort)

    @property
    def number(self) -> int | None:
        """The transaction id that it may be."""
        return (int(self.text) or None) if self.may_be(Sort.TRANSACTION) and re.fullmatch(_NUMBER, self.text) else None


def read_word(typed: str, what: str) -> Word:
    """Parse a word as typed; raises `UsageFault` if it has a prefix that does not fit."""
    sort = next((s for s in Sort if typed.startswith(s)), None)
    word = Word(typed.removeprefix(sort or ""), what, sort)
    if sort is Sort.TRANSACTION and word.number is None:
        raise UsageFault(f"{what}: {typed!r} is not a transaction id; use e.g. tx:10082")
    if sort is Sort.REQUEST and not is_request_id(word.text):
        raise UsageFault(f"{what}: {typed!r} is not a request id; use req: and letters, digits and dashes")
    return word


@dataclass(frozen=True, slots=True)
class Named:
    """What a word names: an entry of the journal, or an id."""

    entry: Entry | None = None
    """The sale's."""
    transaction_id: int | None = None
    """Where the word is a transaction's id itself, whether or not the journal has it."""
    request_id: str | None = None
    """Where the word is the id of a request that the journal does not have."""
    change: Entry | None = None
    """The newest void, refund or other change of the transaction, where the journal does not have its sale."""


def named(word: Word, entries: Sequence[Entry], environment: str | None = None) -> Named:
    """What it names, given the `entries` that have it as key, request, transaction or original, preferred ones first.

    Each environment counts its transactions for itself. Raises `UsageFault` where it names two things, or nothing.
    """
    by_key = [e for e in entries if word.may_be(Sort.KEY) and e.key == word.text]
    keyed = next(iter(preferred(by_key, lambda e: e is by_key[0])), None)
    where = environment if keyed is None else keyed.scope.environment
    recorded = [e for e in entries if where in (None, e.scope.environment) and _is_about(e, word.number)]
    if keyed is not None:
        if recorded and keyed not in recorded:
            raise _ambiguous(word, keyed, _owner(recorded, word.number) or recorded[-1])
        return Named(keyed)
    if word.number is not None:
        sale = _owner(recorded, word.number)
        return Named(sale, word.number, change=recorded[-1] if recorded and sale is None else None)
    sent = [e for e in entries if word.may_be(Sort.REQUEST) and e.request_id in (word.text, word.text.lower())]
    if sent:
        return Named(sent[0])
    if word.may_be(Sort.REQUEST) and is_uuid(word.text):
        return Named(request_id=word.text)
    raise _nothing(word)


def transaction_of(entry: Entry) -> int | None:
    """The transaction that an entry is about: its own, or the one that it changes."""
    return entry.original_id if entry.kind.is_change else entry.transaction_id


def _is_about(e: Entry, number: int | None) -> bool:
    return number is not None and number in (e.transaction_id, e.original_id)


def _owner(recorded: Iterable[Entry], number: int | None) -> Entry | None:
    """The entry that booked it, rather than one that changes or refunds it."""
    return next((e for e in recorded if e.transaction_id == number != e.original_id), None)


def _ambiguous(word: Word, keyed: Entry, other: Entry) -> UsageFault:
    return UsageFault(
        f"{word.what}: {word.text} is the key of a {describe(keyed)}, and the transaction of another entry, "
        f"a {describe(other)} (key {other.key})",
        hint=f"say which: {Sort.KEY}{word.text} or {Sort.TRANSACTION}{word.text}",
    )


def _nothing(word: Word) -> UsageFault:
    says = "is not a sale key in this journal"
    if word.sort is None:
        says = "is no sale key in this journal, and no transaction id (digits) or request id (UUID) either"
    if word.sort is Sort.REQUEST:
        says = "is no request id (UUID), and this journal has no such request either"
    return UsageFault(
        f"{word.what}: {word.text!r} {says}", hint="see: pjterm requests list\nor: pjterm transactions list"
    )
