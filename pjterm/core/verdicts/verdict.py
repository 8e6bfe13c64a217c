"""What is proven about a request, and by which transaction; `None` while nothing is.

In short: a result decides; for money the result is a transaction that is *this sale's* and its
`response.approved`; an end without a result is only `cancelled` when a second look agrees and, for money,
a search finds nothing; facts that contradict each other are `unknown`, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable

from pjterm.core import tips, wire
from pjterm.core.evidence.chain import say_transaction
from pjterm.core.evidence.states import Progress, after_the_end
from pjterm.core.model import RESULT_OUTCOME, Kind, Outcome, Result, Sale, Status, Transaction, Verdict, is_expected
from pjterm.core.remembered import remembered
from pjterm.core.verdicts import contradiction
from pjterm.core.verdicts.decline import decline_is_final, declined
from pjterm.core.verdicts.partition import Partition, partition, unreadable
from pjterm.values import replace

_APPROVED = {Kind.PAYMENT: Outcome.APPROVED, Kind.REFUND: Outcome.REFUNDED, Kind.VOID: Outcome.VOIDED}


@remembered  # during a wait, poll after poll brings nothing new
def judge(sale: Sale, known: Progress, kind: Kind | None) -> Verdict | None:
    """The verdict that the facts prove so far.

    `kind` is `None` for a request that is not in our journal: it may be a payment, but there is no
    sale to compare its transaction with.
    """
    if known.operator is not None and known.operator.not_charged:
        proven = judge(sale, replace(known, operator=None), kind)
        twice = proven is not None and proven.code == contradiction.CHARGED_TWICE
        if proven is not None and (proven.transaction is not None or (twice and not are_others(sale, known, proven))):
            return proven  # a late approval outranks the operator's statement
        return Verdict(Outcome.CANCELLED, known.operator.says)
    if known.not_taken is not None:
        latest = Verdict(known.not_taken.outcome, known.not_taken.why)
        return _booked_before(sale, known, kind) or sale.before or latest
    if len(known.polled_results) > 1 and not _are_cards(known.polled_results, kind):
        return contradiction.unknown("two different results for one request", _ids(known.polled_results))
    if kind is None:
        return _judge_untracked(known)
    if kind is Kind.VOID:
        return _judge_void(sale, known)
    if kind is Kind.TIP:
        return tips.judge(sale.amount, _original(sale, known))
    if kind.is_money:
        return _judge_money(sale, known, kind)
    if known.polled_results:
        return _judge_answer(sale.expect, known.polled_results[0], kind)
    return _judge_end(known, money=False)


def _booked_before(sale: Sale, known: Progress, kind: Kind | None) -> Verdict | None:
    """The last try was not taken, but an approval has its number: an earlier try's, or another till's."""
    if kind not in (Kind.PAYMENT, Kind.REFUND):
        return None
    found = judge(sale, replace(known, not_taken=None), kind)
    moved = found is not None and (found.outcome is _APPROVED[kind] or found.code == contradiction.CHARGED_TWICE)
    return found if moved else None


def decide_by(t: Transaction, kind: Kind) -> Verdict:
    """The verdict of one transaction that the caller knows to be this sale's."""
    if t.approved:
        return _decided(t, kind)
    return Verdict(Outcome.DECLINED, say_transaction(t), t)


def undecided_id(sale: Sale, known: Progress) -> int | None:
    """A transaction that must be read before anything is decided."""
    return next(iter(partition(sale, known).undecided), None)


def _judge_money(sale: Sale, known: Progress, kind: Kind) -> Verdict | None:
    """The rules in order: a contradiction outranks an approval, which outranks what has yet to be read."""
    found = partition(sale, known)
    returned = contradiction.returned(known.transactions.values())
    against = None
    if known.operator is not None:  # the operator has looked at those whose number is spelled differently
        found = replace(found, alike=())
        named = known.transactions.get(known.operator.named or 0)
        found = found if named is None or not sale.shared else _told_apart(known, found, named)
        against = None if named is None else contradiction.beside_named(sale, named, found, returned)
    against = against or contradiction.within(sale, found, returned)
    against = against or contradiction.given_back_twice(_original(sale, known), found.approved)
    book = known.transactions.values()
    against = against or contradiction.given_back_too_much(_original(sale, known), found.approved, book)
    if against is not None:
        return against
    if found.approved:
        standing = [t for t in found.approved if contradiction.counts(t, returned)]
        return _decided((standing or found.approved)[0], kind)
    if voided := [t for t in found.contradicting if t.is_void and t.approved]:
        return Verdict(Outcome.VOIDED, f"approved for another amount, but voided since: {say_transaction(voided[-1])}",
                       voided[-1])  # fmt: skip
    if found.undecided or found.unsure:
        return None
    if found.declined:
        decline = found.declined[-1]
        return declined(sale, known, decline) if decline_is_final(sale, known, decline) else None
    if sale.original_id is not None:
        return _original_gone(sale, known)
    end = _judge_end(known, money=True)
    if end is not None and known.polled_results:
        why = f"the request ended with a result that is not this {kind}'s"
        return contradiction.unknown(why, _ids(known.polled_results))
    return end


def _told_apart(known: Progress, found: Partition, named: Transaction) -> Partition:
    """Several sales may share an invoice: the operator says which charge is this one's, beside those polls named."""
    own = {*known.polled, known.answered, named.transaction_id}
    approved, contradicting = (
        [t for t in ts if t.transaction_id in own] for ts in (found.approved, found.contradicting)
    )
    return replace(found, approved=tuple(approved), contradicting=tuple(contradicting))


def are_others(sale: Sale, known: Progress, twice: Verdict) -> bool:
    """Whether several sales may share the invoice, and this one's requests named none of its charges."""
    return sale.shared and not {*known.polled, known.answered}.intersection(twice.transaction_ids)


def _judge_void(sale: Sale, known: Progress) -> Verdict | None:
    """A void is proven by its original being void, whatever the answer was."""
    original = _original(sale, known)
    if original is None or not original.is_void:
        return None
    return contradiction.given_back_twice(original, known.transactions.values()) or Verdict(
        Outcome.VOIDED, say_transaction(original), original
    )


def _original(sale: Sale, known: Progress) -> Transaction | None:
    """The transaction that is to be changed or refunded, as last read."""
    return known.transactions.get(sale.original_id or 0)


def _original_gone(sale: Sale, known: Progress) -> Verdict | None:
    """The original was voided meanwhile: all of it went back, so nothing is left to refund."""
    original = _original(sale, known)
    if original is None or not original.is_void:
        return None
    if (sale.amount if sale.total is None else sale.total) == wire.total(original):
        if known.lost is not None and known.answered is None:  # our own refund may be booked, and a search lags
            return None
        says = f"the unsettled charge was voided, so all of it goes back: {say_transaction(original)}"
        return Verdict(Outcome.REFUNDED, says, original)
    if known.searched_at is None:  # our refund may have been booked first
        return None
    return Verdict(
        Outcome.VOIDED,
        f"the whole charge is void, so nothing is left to refund: {say_transaction(original)}",
        original,
    )


def _decided(t: Transaction, kind: Kind) -> Verdict:
    if t.is_void:
        return Verdict(Outcome.VOIDED, f"approved, but voided since: {say_transaction(t)}", t)
    return Verdict(_APPROVED[kind], say_transaction(t), t)


def _judge_answer(expect: str | None, result: Result, kind: Kind) -> Verdict | None:
    value = {
        Kind.SIGNATURE: result.signature_id,
        Kind.PROMPT: result.prompt_button,
        Kind.INPUT: result.input_value,
        Kind.READ: result.read_data,
    }[kind]
    if value is None:
        return contradiction.unknown(f"a {kind} request ended with a result of another kind", _ids([result]))
    if expect is not None and not is_expected(expect, value):
        return Verdict(Outcome.ANSWERED, f"answered {value}, expected {expect}")
    says = {Kind.SIGNATURE: f"signed as {value}", Kind.PROMPT: f"answered {value}"}.get(kind, "received")
    return Verdict(RESULT_OUTCOME[kind], says)


def _judge_end(known: Progress, *, money: bool) -> Verdict | None:
    """An end without a result: one fresh poll agrees and, for money, two searches sent later show nothing."""
    if known.end is None or not agreed(known, money=money):
        return None
    if money and not (after_the_end(known, known.searched_at) and after_the_end(known, known.looked_around_at)):
        return None
    if money and (gap := known.gap or unreadable(known)) is not None:
        says = f"it ended without a result, but {gap}, so a booking may exist"
        return Verdict(Outcome.UNKNOWN, says, code="not-proven")
    return ended(known, money=money)


def ended(known: Progress, *, money: bool, searched: bool = True) -> Verdict:
    """The verdict on an end without a result, by its status."""
    nothing = ", and nothing was booked" if money and searched else ""
    match known.end:
        case Status.BUSY if not known.in_progress_seen:
            return Verdict(Outcome.BUSY, "the terminal works on something else; this request will never run")
        case Status.NO_CONNECTION:
            return Verdict(Outcome.UNREACHABLE, f"the reader was not reached{nothing}")
        case _:
            return Verdict(Outcome.CANCELLED, f"ended without a result{nothing}")


def agreed(known: Progress, *, money: bool) -> bool:
    """Whether a fresh poll agrees with the end; for money after a reset, one sent late enough."""
    return after_the_end(known, known.agreed_at) if money else known.agreed_at is not None


def _judge_untracked(known: Progress) -> Verdict | None:
    """An untracked request: its own results count, but an end without one proves nothing."""
    if not known.polled_results:
        return _judge_untracked_end(known)
    result = known.polled_results[-1]
    if result.transaction_id is None:
        assert result.kind is not None
        return _judge_answer(None, result, result.kind)
    return _judge_cards(known)


def _judge_untracked_end(known: Progress) -> Verdict | None:
    if known.end is Status.BUSY and not known.in_progress_seen:
        return _judge_end(known, money=False)
    if known.end is None or known.agreed_at is None:
        return None
    return Verdict(
        Outcome.UNKNOWN,
        f"{known.end} without a result; the request is not in this journal, so no search can tell "
        "whether it was a payment",
    )


def _judge_cards(known: Progress) -> Verdict | None:
    """The transactions that its results name, one per card: an approved one decides, else the last decline."""
    booked = [known.transactions.get(i) for i in _ids(known.polled_results)]
    approved = [t for t in booked if t is not None and t.approved]
    if len(approved) > 1:
        return contradiction.unknown("two approved transactions for one request", [t.transaction_id for t in approved])
    t = approved[0] if approved else booked[-1]
    if None in booked or t is None or t.approved is None:
        return None
    if not t.approved:
        ended = known.end_polled or known.purged_at is not None
        return Verdict(Outcome.DECLINED, f"{t.message or 'declined'} (code {t.code})", t) if ended else None
    return _decided(t, t.kind)


def _are_cards(results: tuple[Result, ...], kind: Kind | None) -> bool:
    """Whether these are transactions of several cards at one reader: a declined one, then another."""
    return (kind is None or kind.is_money) and all(r.transaction_id is not None for r in results)


def _ids(results: Iterable[Result]) -> list[int]:
    return [r.transaction_id for r in results if r.transaction_id is not None]
