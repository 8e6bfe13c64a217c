"""One look at a request that no process follows: what is asked, each thing once, and in which order."""

from __future__ import annotations

from pjterm.core.model import Kind, Sale
from pjterm.core.states import Progress
from pjterm.core.steps import LookAround, LookUp, Poll, Search
from pjterm.core.verdict import undecided_id
from pjterm.values import dataclass, replace

Question = Poll | LookUp | Search | LookAround


@dataclass(frozen=True, slots=True)
class Look:
    """The sale that is looked at, and what was asked so far."""

    sale: Sale
    kind: Kind
    around: bool = False
    """Whether a booking may have come since its end, and be kept under another spelling of its number or none."""
    asked: tuple[Question, ...] = ()

    def after(self, question: Question, *, answered: bool) -> Look:
        """The look after one more question; an unanswered search is not followed by a wider one."""
        around = self.around and (answered or question != Search())
        return replace(self, around=around, asked=(*self.asked, question))


def next_question(look: Look, known: Progress) -> Question | None:
    """What is still to be asked: its status, its transaction, the original, a search by number, one by account."""
    questions: list[Question] = []
    if known.request_id is not None:
        questions.append(Poll())
    if known.request_id is None or Poll() in look.asked:
        ids = [*_unread(known), look.sale.original_id]
        questions += [LookUp(i) for i in ids if i is not None]
        if look.sale.invoice_number is not None and (known.request_id is None or known.end is not None):
            questions.append(Search())
        undecided = undecided_id(look.sale, known) if Search() in look.asked else None
        if undecided is not None:  # items of a search come trimmed (TXLIST)
            questions.append(LookUp(undecided))
        elif Search() in look.asked and look.around and known.end is not None and not _is_listed(known):
            questions.append(LookAround())
        questions += [LookUp(i) for i in _declined(known)]
    return next((q for q in questions if q not in look.asked), None)


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
