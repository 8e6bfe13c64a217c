"""The chain of evidence: which facts belong to it, and how each reads as one line."""

from __future__ import annotations

from operator import attrgetter
from typing import assert_never

from pjterm.core import wire
from pjterm.core.card import is_held
from pjterm.core.evidence.facts import (
    Accepted,
    Answered,
    Controlled,
    Evidence,
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
from pjterm.core.evidence.states import Progress, advance, after_the_end
from pjterm.core.model import Transaction
from pjterm.core.money import dollars
from pjterm.core.remembered import remembered
from pjterm.values import fields

_ALWAYS = (Sent, Accepted, Controlled, Answered, NotTaken, Lost, TerminalReset, OperatorSaid)
_FAILURES = (PollFailed, SearchFailed, LookUpFailed)
_ASKED = ("agreed_at", "searched_at", "looked_around_at")
_BUT_WHEN_ASKED = attrgetter(*(f.name for f in fields(Progress) if f.name not in _ASKED))


def is_news(known: Progress, fact: Fact, last_failure: Fact | None = None) -> bool:
    """Whether a fact belongs in the journal and the evidence, or only repeats what is there.

    A repeated poll is not news, except the one that agrees with an end for the first time or after a
    reset; a repeated search likewise. The same goes for failures: one line for a row of them.
    """
    if isinstance(fact, _ALWAYS):
        return True
    if isinstance(fact, _FAILURES):
        return type(last_failure) is not type(fact)
    after = advance(known, fact)
    return after is not known and _learned(after) != _learned(known)


@remembered  # of what is known, it was worked out when that became known
def _learned(known: Progress) -> tuple[object, ...]:
    """What is known, with times replaced by whether they are late enough to count."""
    late = [after_the_end(known, getattr(known, name)) for name in _ASKED]
    return _BUT_WHEN_ASKED(known), known.searched_at is None, late


@remembered  # every command about a sale shows its evidence
def evidence(fact: Fact) -> Evidence:
    """A fact as one line of the chain: when, from where, what it says."""
    return Evidence(fact.at, *_said(fact))


def _said(fact: Fact) -> tuple[str, str]:
    match fact:
        case Sent():
            return "post", "sent"
        case Accepted():
            return "post", f"accepted as {fact.request_id}"
        case Answered():
            return "post", f"answered with {say_transaction(fact.transaction)}"
        case NotTaken():
            return "post", f"not taken: {fact.why}"
        case Lost():
            return "post", f"answer lost: {fact.why}"
        case Observed():
            return fact.source, _say_status(fact)
        case PollFailed():
            return "poll", f"no answer: {fact.why}"
        case Purged():
            return "poll", "404: unknown, or purged a day after its end"
        case LookedUp():
            return "transaction", say_transaction(fact.transaction)
        case LookUpFailed():
            return "transaction", f"{fact.transaction_id} not readable: {fact.why}"
        case Searched():
            return "search", _say_search(fact)
        case Controlled():
            return "search", f"control: {fact.says}"
        case SearchFailed():
            return "search", f"failed: {fact.why}"
        case TerminalReset():
            return "post", f"terminal reset: {fact.why}"
        case OperatorSaid():
            return "operator", fact.says
        case _:
            assert_never(fact)


def _say_search(fact: Searched) -> str:
    how = "by account and time" if fact.around else "by invoice number"
    found = "; ".join(say_transaction(t) for t in fact.found)
    perhaps = "; ".join(f"perhaps {say_transaction(t)}" for t in fact.perhaps)
    says = "; ".join(part for part in (found, perhaps) if part) or "nothing found"
    return f"{how}: {says}" + (f" ({fact.gap})" if fact.gap else "")


def _say_status(seen: Observed) -> str:
    """Typed numbers and track data are mentioned, never shown: evidence ends up in logs."""
    result = seen.result
    parts = [seen.status]
    for name, value in (
        ("transactionId", result.transaction_id),
        ("signatureId", result.signature_id),
        ("promptButton", result.prompt_button),
        ("inputValue", "(kept)" if result.input_value else None),
        ("readData", "(kept)" if result.read_data else None),
    ):
        if value is not None:
            parts.append(f"{name}={value}")
    return " ".join(parts)


def say_transaction(t: Transaction) -> str:
    """A transaction in a few words: `10082 approved 12.50 code 00`."""
    word = {True: "approved", False: "declined", None: "undecided"}[t.approved]
    if t.is_void:
        word = "voided"
    elif t.approved and is_held(t.raw):
        word = "approved and held"
    parts = [str(t.transaction_id), word]
    if t.action and t.action != "CHARGE":
        parts.insert(1, t.action.lower())
    whole = wire.total(t)
    if whole is not None:
        parts.append(dollars(whole))
    if t.code:
        parts.append(f"code {t.code}")
    return " ".join(parts)
