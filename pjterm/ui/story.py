"""The story of a request: what happened, in plain sentences, in the order in which it became known.

The facts themselves, with their sources, are for `why --raw` and JSON. Typed numbers and track data are never shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from itertools import zip_longest
from typing import assert_never

from pjterm.core.card import is_held
from pjterm.core.entry import Entry
from pjterm.core.evidence.facts import (
    NEVER_SENT,
    Accepted,
    Answered,
    Controlled,
    Fact,
    LookedUp,
    LookUpFailed,
    Lost,
    NotTaken,
    Observed,
    OperatorSaid,
    PollFailed,
    Purged,
    Searched,
    SearchFailed,
    Sent,
    TerminalReset,
)
from pjterm.core.model import Kind, Result, Status, Transaction
from pjterm.core.money import dollars
from pjterm.core.parts import say_taken
from pjterm.core.text import harmless
from pjterm.ui.moments import clock

_SHOWN = {
    Kind.PAYMENT: "The reader asked for the card.", Kind.REFUND: "The reader asked for the card.",
    Kind.SIGNATURE: "The reader showed the terms.", Kind.PROMPT: "The reader asked the question.",
    Kind.INPUT: "The reader asked for the number.", Kind.READ: "The reader asked for the card.",
}  # fmt: skip
_ENDED = {
    Status.BUSY: "The reader was busy with something else, and took nothing.",
    Status.NO_CONNECTION: "The reader could not be reached.",
    Status.COMPLETE: "The reader finished.",
}
NOT_SEEN = "nothing was ever seen of it"


def story(facts: Iterable[Fact], kind: Kind, zone: tzinfo | None = None, refunds: Iterable[Entry] = ()) -> list[str]:
    """The lines of the story, without repetitions; `refunds` are those that gave it back since."""
    found: list[str] = []
    day: object = None
    moments = [*_without_repeats(facts, kind), *((e.result_at or e.started_at, _refunded(e)) for e in refunds)]
    for at, sentence in sorted(moments, key=lambda moment: moment[0]) if refunds else moments:
        date = at.astimezone(zone).date()
        if date != day:
            found, day = [*found, _date_line(at, zone)], date
        found.append(f"  {clock(at, zone)}  {harmless(sentence)}")
    return found


def _without_repeats(facts: Iterable[Fact], kind: Kind) -> Iterator[tuple[datetime, str]]:
    said: set[str] = set()
    tries = 0
    in_order = list(facts)
    for fact, after in zip_longest(in_order, in_order[1:]):
        if isinstance(fact, Sent):
            if isinstance(after, NotTaken) and after.why == NEVER_SENT:  # it is noted before the first byte leaves
                continue
            tries, said = tries + 1, set()
        for sentence in _sentences(fact, kind, tries):
            if sentence not in said:
                said.add(sentence)
                yield fact.at, sentence


def _refunded(e: Entry) -> str:
    named = "" if e.transaction_id is None else f": refund {e.transaction_id}"
    return f"{'It' if e.in_all is None else f'${dollars(e.in_all)}'} went back under key {e.key}{named}."


def _date_line(at: datetime, zone: tzinfo | None) -> str:
    from pjterm.ui.moments import zone_name

    local = at.astimezone(zone)
    return f"{local:%b} {local.day}, {local.year}, {zone_name(at, zone)}"


def _sentences(fact: Fact, kind: Kind, tries: int) -> Iterator[str]:
    match fact:
        case Sent():
            yield "The request was sent." if tries < 2 else f"Sent again (try {tries})."
        case Accepted():
            yield "PayJunction took the request."
        case Answered():
            yield f"PayJunction answered: {_transaction(fact.transaction)}."
        case NotTaken() if fact.why == NEVER_SENT:
            yield "It was interrupted in time: nothing left this machine."
        case NotTaken():
            yield f"PayJunction did not take it: {fact.why}."
        case Lost():
            yield f"The answer was lost ({fact.why}); it may have been taken all the same."
        case Observed():
            yield from _observed(fact, kind)
        case PollFailed():
            yield f"PayJunction did not say how it stands ({fact.why})."
        case Purged():
            yield "PayJunction no longer has the request (it keeps one for a day after its end)."
        case LookedUp():
            yield f"The transaction was read: {_transaction(fact.transaction)}."
        case LookUpFailed():
            yield f"Transaction {fact.transaction_id} could not be read ({fact.why})."
        case Searched():
            yield _searched(fact)
        case Controlled():
            yield ("The search was proven to show everything." if fact.shows
                   else "The search was proven not to show everything.")  # fmt: skip
        case SearchFailed():
            yield f"The search failed ({fact.why})."
        case TerminalReset():
            yield "The reader was put back on its idle screen."
        case OperatorSaid():
            yield f"You said {fact.says.removeprefix('the operator says ')}."
        case _:
            assert_never(fact)


def _observed(seen: Observed, kind: Kind) -> Iterator[str]:
    if seen.status == Status.IN_PROGRESS:
        yield _SHOWN.get(kind, "The reader showed it.")
    yield from _result(seen.result)
    if (said := _ENDED.get(Status(seen.status)) if seen.status in tuple(Status) else None) is not None:
        yield said


def _result(result: Result) -> Iterator[str]:
    if result.transaction_id is not None:
        yield f"The reader named transaction {result.transaction_id}."
    if result.signature_id is not None:
        yield f"The customer signed (signature {result.signature_id})."
    if result.prompt_button is not None:
        yield f'The customer pressed "{result.prompt_button}".'
    if result.input_value is not None:
        yield "The customer typed the number."
    if result.read_data is not None:
        yield "The card was read."


def _searched(fact: Searched) -> str:
    how = "by account and time" if fact.around else "by invoice number"
    if fact.found:
        return f"A search {how} found: {'; '.join(map(_transaction, fact.found))}."
    if fact.perhaps:
        return f"A search {how} found what may be it: {'; '.join(map(_transaction, fact.perhaps))}."
    return f"A search {how} found nothing{f' ({fact.gap})' if fact.gap else ''}."


def _transaction(t: Transaction) -> str:
    """`transaction 10082, approved, $21.00 ($20.00 + $1.00 tip)`."""
    word = "voided" if t.is_void else {True: "approved", False: "declined", None: "undecided"}[t.approved]
    word += " and held" if word == "approved" and is_held(t.raw) else ""
    what = "refund" if t.action == "REFUND" else "transaction"
    taken = say_taken(t)
    code = f" (code {t.code})" if t.code and t.approved is False else ""
    return f"{what} {t.transaction_id}, {word}{code}" + ("" if taken is None else f", {taken}")
