"""One look at a request that no process follows: which questions are asked, each once, and in which order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from pjterm.core.evidence.facts import Fact, Observed, Searched
from pjterm.core.evidence.states import Progress, advance
from pjterm.core.model import Kind, Sale
from pjterm.core.steps import LookAround, LookUp, Poll, Search
from pjterm.core.verdicts.verdict import undecided_id
from pjterm.values import dataclass, replace

Question = Poll | LookUp | Search | LookAround
BEFORE_ANY_END = datetime(1900, 1, 1, tzinfo=UTC)
"""When an outdated search counts as sent; not when its request was sent: clocks may have been set back since."""


@dataclass(frozen=True, slots=True)
class Look:
    """The sale that is looked at, and what was asked so far."""

    sale: Sale
    kind: Kind
    around: bool = False
    """Whether it may have been booked since its end, with its number in another spelling, or without one."""
    asked: tuple[Question, ...] = ()
    runs: bool = False
    """Whether the poll says that it still runs: then a search shows nothing yet."""

    def after(self, question: Question, fact: Fact, *, answered: bool) -> Look:
        """The look after one more question; an unanswered search is not followed by a wider one."""
        around = self.around and (answered or question != Search())
        runs = self.runs or (isinstance(fact, Observed) and fact.says_it_runs)
        return replace(self, around=around, asked=(*self.asked, question), runs=runs)


def next_question(look: Look, known: Progress) -> Question | None:
    """The next question: its status, its transaction, the original, a search by number, one by account."""
    questions: list[Question] = []
    last: Question | None = None
    if known.request_id is not None:
        questions.append(Poll())
    if known.request_id is None or Poll() in look.asked:
        ids = [*_unread(known), look.sale.original_id]
        questions += [LookUp(i) for i in ids if i is not None]
        if look.sale.invoice_number is not None and not look.runs:
            questions.append(Search())
        undecided = undecided_id(look.sale, known) if Search() in look.asked else None
        if undecided is not None:
            searched = look.asked.index(Search())  # its items come trimmed (TXLIST), also of what was read before it
            last = LookUp(undecided) if LookUp(undecided) not in look.asked[searched:] else None
        elif Search() in look.asked and look.around and known.end is not None and not _is_listed(known):
            questions.append(LookAround())
        questions += [LookUp(i) for i in _declined(known)]
    return next((q for q in questions if q not in look.asked), last)


def _unread(known: Progress) -> list[int]:
    """Transactions that the request named and that were not read yet."""
    named = [r.transaction_id for r in known.results]
    return [i for i in named if i is not None and i not in known.transactions]


def _is_listed(known: Progress) -> bool:
    """Whether a search by number shows the transaction that the request named, and so would show a second booking."""
    return any(r.transaction_id in known.listed for r in known.results)


def _declined(known: Progress) -> list[int]:
    """Those of them that were declined: they may be approved since, and not every login may search."""
    named = [known.transactions.get(r.transaction_id or 0) for r in known.results]
    return [t.transaction_id for t in named if t is not None and t.approved is False]


# -- a second look -------------------------------------------------------------------------------------------


def without_proofs(facts: Iterable[Fact]) -> list[Fact]:
    """The facts as a later command may use them: earlier polls and searches no longer prove that no money moved.

    What they showed stands. A search that showed another sale's payment is as outdated as one that showed nothing.
    """
    known, kept = Progress(), list[Fact]()
    for fact in facts:
        after = advance(known, fact)
        agrees = isinstance(fact, Observed) and not fact.result and after.agreed_at not in (None, known.agreed_at)
        if agrees or _shows_no_money(fact):
            continue
        fact = replace(fact, asked_at=BEFORE_ANY_END) if isinstance(fact, Searched) else fact
        known = advance(known, fact)
        kept.append(fact)
    return kept


def _shows_no_money(fact: Fact) -> bool:
    """Whether it is a search that showed nothing but declines, if anything."""
    return isinstance(fact, Searched) and all(t.approved is False for t in (*fact.found, *fact.perhaps))
