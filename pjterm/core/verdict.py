"""What is proven about a request, and by which transaction; `None` while nothing is.

In short: a result decides; for money the result is a transaction that is *this sale's* and its
`response.approved`; an end without a result is only `cancelled` when a second look agrees and, for money,
a search finds nothing; facts that contradict each other are `unknown`, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable

from pjterm.core import given_back, tips, wire
from pjterm.core.evidence import say_transaction
from pjterm.core.hints import command_line
from pjterm.core.model import RESULT_OUTCOME, Kind, Outcome, Result, Sale, Status, Transaction, Verdict, is_expected
from pjterm.core.money import dollars
from pjterm.core.partition import Partition, is_over_another_amount, partition
from pjterm.core.states import Progress, after_the_end
from pjterm.values import replace

CHARGED_TWICE = "charged-twice"
"""The code of a verdict that names two approved transactions of one sale."""
TWICE = (CHARGED_TWICE, given_back.GIVEN_BACK_TWICE)
"""Codes of verdicts that contradict an approval which stands."""
_APPROVED = {Kind.PAYMENT: Outcome.APPROVED, Kind.REFUND: Outcome.REFUNDED, Kind.VOID: Outcome.VOIDED}


def judge(sale: Sale, known: Progress, kind: Kind | None) -> Verdict | None:
    """The verdict that the facts prove so far.

    `kind` is `None` for a request that is not in our journal: it may be a payment, but there is no
    sale to compare its transaction with.
    """
    if known.operator is not None and known.operator.not_charged:
        proven = judge(sale, replace(known, operator=None), kind)
        if proven is not None and (proven.transaction is not None or proven.code == CHARGED_TWICE):
            return proven  # a late approval outranks a word
        return Verdict(Outcome.CANCELLED, known.operator.says)
    if known.not_taken is not None:
        return _booked_before(sale, known, kind) or Verdict(known.not_taken.outcome, known.not_taken.why)
    if len(known.results) > 1 and not _are_cards(known.results, kind):
        return _contradiction("two different results for one request", _ids(known.results))
    if kind is None:
        return _judge_foreign(known)
    if kind is Kind.VOID:
        return _judge_void(sale, known)
    if kind is Kind.TIP:
        return tips.judge(sale.amount, known.transactions.get(sale.original_id or 0))
    if kind.is_money:
        return _judge_money(sale, known, kind)
    if known.results:
        return _judge_answer(sale.expect, known.results[0], kind)
    return _judge_end(known, money=False)


def _booked_before(sale: Sale, known: Progress, kind: Kind | None) -> Verdict | None:
    """The last try was not taken, but an approval stands under the number: an earlier one's, or another till's."""
    if kind not in (Kind.PAYMENT, Kind.REFUND):
        return None
    found = judge(sale, replace(known, not_taken=None), kind)
    moved = found is not None and (found.outcome is _APPROVED[kind] or found.code == CHARGED_TWICE)
    return found if moved else None


def decide_by(t: Transaction, kind: Kind) -> Verdict:
    """The verdict of one transaction that somebody made sure is this sale's."""
    if t.approved:
        return _decided(t, kind)
    return Verdict(Outcome.DECLINED, say_transaction(t), t)


def undecided_id(sale: Sale, known: Progress) -> int | None:
    """A transaction that must be read before anything is decided."""
    return next(iter(partition(sale, known).undecided), None)


def _judge_money(sale: Sale, known: Progress, kind: Kind) -> Verdict | None:
    """The rules in their order: a contradiction outranks an approval, that outranks what is still to be read."""
    found = partition(sale, known)
    if known.operator is not None:  # a person has looked at those whose number is written otherwise
        found = replace(found, alike=())
    returned = given_back.returned(known.transactions.values())
    if contradiction := _contradiction_in(sale, found, returned) or _given_back_twice(sale, known, found.approved):
        return contradiction
    if found.approved:
        return _decided(next((t for t in found.approved if _counts(t, returned)), found.approved[0]), kind)
    if voided := [t for t in found.foreign if t.is_void and t.approved]:
        return Verdict(Outcome.VOIDED, f"approved for another amount, but voided since: {say_transaction(voided[-1])}",
                       voided[-1])  # fmt: skip
    if found.undecided or found.unsure:
        return None
    if found.declined:
        return declined(sale, known, found.declined[-1]) if decline_is_final(sale, known) else None
    if known.results:
        return None
    return _judge_end(known, money=True) if sale.original_id is None else _original_gone(sale, known)


def _counts(t: Transaction, returned: frozenset[int]) -> bool:
    """Whether it charges somebody: it is neither void nor, after settlement, refunded whole."""
    return not t.is_void and t.transaction_id not in returned


def _contradiction_in(sale: Sale, found: Partition, returned: frozenset[int]) -> Verdict | None:
    """Two approvals, one that is not of the sale, or a linked refund that was booked for another amount."""
    approved = [t for t in found.approved if _counts(t, returned)]
    foreign = [t for t in found.foreign if _counts(t, returned)]
    named = (*foreign, *approved)
    twice = [*approved, *(t for t in found.alike if approved and _counts(t, returned))]
    if len(twice) > 1:
        return _charged_twice(sale, twice)
    if len(named) == 1 and is_over_another_amount(named[0], sale, reported=named[0].transaction_id in found.reported):
        return _other_amount(sale, named[0])
    if foreign and approved:  # over another amount: two tills used one key for two sales
        return _charged_twice(sale, named)
    if foreign:
        says = f"not this sale's: {'; '.join(map(say_transaction, foreign))}"
        verdict = _contradiction(says, [t.transaction_id for t in named])
        return replace(verdict, hint=_look(sale, foreign[0], "if it is this sale's"))
    return None


def _charged_twice(sale: Sale, approved: Iterable[Transaction]) -> Verdict:
    """The later one is the one to take back: the customer has the receipt of the first."""
    found = sorted(approved, key=lambda t: t.transaction_id)
    named = [t.transaction_id for t in found]
    done = "refunded" if sale.kind is Kind.REFUND else "charged"
    often = "twice" if len(named) == 2 else f"{len(named)} times"
    perhaps = ", unless one of them is another sale under the same invoice" if sale.shared else ""
    back = "\nthen: ".join(f"pjterm {_take_back(t)}" for t in found[1:])
    return Verdict(
        Outcome.UNKNOWN,
        f"{done} {often}: transactions {' and '.join(map(str, named))} are approved under its number{perhaps}",
        transaction_ids=tuple(named),
        hint=f"one of them is too many: {back}",
        code=CHARGED_TWICE,
    )


def _take_back(t: Transaction) -> str:
    """A void is free and works until the batch settles (REFUND)."""
    refund = t.action == "CHARGE" and tips.is_settled(t)
    return f"refund --transaction {t.transaction_id}" if refund else f"void {t.transaction_id}"


def _other_amount(sale: Sale, t: Transaction) -> Verdict:
    """It moved another amount than was requested, so it stays unknown until an operator has looked at it."""
    whole = wire.total(t)
    assert whole is not None
    assert sale.total is not None
    return Verdict(
        Outcome.UNKNOWN,
        f"a refund of ${dollars(sale.total)} was requested, but transaction {t.transaction_id} was booked for "
        f"${dollars(whole)}",
        t,
        (t.transaction_id,),
        hint=_look(sale, t, "to accept it as it is"),
        code="other-amount",
    )  # fmt: skip


def _look(sale: Sale, t: Transaction, when: str) -> str:
    """Where a person sees what it is, and how to take it for this sale's."""
    take = command_line(f"resume --transaction {t.transaction_id}", sale.key)
    return f"look: pjterm transactions show {t.transaction_id}\n{when}: {take}"


def _judge_void(sale: Sale, known: Progress) -> Verdict | None:
    """A void is proven by its original being void, whatever it was answered."""
    original = known.transactions.get(sale.original_id or 0)
    if original is None or not original.is_void:
        return None
    return _given_back_twice(sale, known, known.transactions.values()) or Verdict(
        Outcome.VOIDED, say_transaction(original), original
    )


def _given_back_twice(sale: Sale, known: Progress, refunds: Iterable[Transaction]) -> Verdict | None:
    """The original is void, and money went back by a refund of it, too."""
    original = known.transactions.get(sale.original_id or 0)
    return given_back.twice(original, (t for t in refunds if t is not original))


def _original_gone(sale: Sale, known: Progress) -> Verdict | None:
    """The original was voided meanwhile: all of it went back, so nothing is left to refund."""
    original = known.transactions.get(sale.original_id or 0)
    if original is None or not original.is_void:
        return None
    if (sale.amount if sale.total is None else sale.total) == wire.total(original):
        says = f"the unsettled charge was voided, so all of it goes back: {say_transaction(original)}"
        return Verdict(Outcome.REFUNDED, says, original)
    if known.searched_at is None:  # a refund of ours may have been booked before
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


def decline_is_final(sale: Sale, known: Progress) -> bool:
    """Whether the request has ended, and a search sent after that end was answered; until then another card may follow.

    A linked refund has no reader. Of a request whose answer was lost the end is never seen: time decides there.
    """
    if sale.original_id is not None:
        return True
    if known.purged_at is not None:
        return known.searched_at is not None and known.searched_at >= known.purged_at
    return known.end_polled and after_the_end(known, known.searched_at)


def declined(sale: Sale, known: Progress, t: Transaction) -> Verdict | None:
    """The verdict of a decline that is final.

    DT says that a paid original exists. One that is this sale's counts as approved by itself; one of another sale is
    named here; while none is found nothing is proven.
    """
    words = f"{t.message or 'declined'}" + (f" (code {t.code})" if t.code else "")
    if t.code != "DT" or sale.invoice_number is None:
        return Verdict(Outcome.DECLINED, words, t)
    taken = sale.owned_elsewhere | sale.prior_ids
    others = [o for o in known.transactions.values() if o.transaction_id in taken]
    originals = [o for o in others if o.approved and not o.is_void and o.amount_base == sale.amount]
    if not originals:
        return None
    original = originals[-1].transaction_id
    key = dict(sale.owner_keys).get(original)
    look = f"pjterm transactions show {original}" if key is None else command_line("why", key)
    return Verdict(
        Outcome.DECLINED, words, t, (original,),
        hint=f"the gateway calls it a duplicate of the approved transaction {original}: it is paid already, "
        f"take no other card; see: {look}",
    )  # fmt: skip


def _judge_answer(expect: str | None, result: Result, kind: Kind) -> Verdict | None:
    value = {
        Kind.SIGNATURE: result.signature_id,
        Kind.PROMPT: result.prompt_button,
        Kind.INPUT: result.input_value,
        Kind.READ: result.read_data,
    }[kind]
    if value is None:
        return _contradiction(f"a {kind} request ended with a result of another kind", _ids([result]))
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
    if money and known.gap is not None:
        says = f"it ended without a result, but {known.gap}, so a booking may exist"
        return Verdict(Outcome.UNKNOWN, says, code="not-proven")
    return ended(known, money=money)


def ended(known: Progress, *, money: bool, searched: bool = True) -> Verdict:
    """What the status says of an end without a result."""
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


def _judge_foreign(known: Progress) -> Verdict | None:
    """A request somebody else made: its own results speak, but an end without one proves nothing."""
    if not known.results:
        if known.end is Status.BUSY and not known.in_progress_seen:
            return _judge_end(known, money=False)
        if known.end is not None and known.agreed_at is not None:
            return Verdict(
                Outcome.UNKNOWN,
                f"{known.end} without a result; the request is not in this journal, so no search can tell "
                "whether it was a payment",
            )
        return None
    result = known.results[-1]
    if result.transaction_id is None:
        return _judge_answer(None, result, _kind_of(result))
    if result.transaction_id not in known.polled:
        return None
    booked = [known.transactions.get(i) for i in _ids(known.results)]
    approved = [t for t in booked if t is not None and t.approved]
    if len(approved) > 1:
        return _contradiction("two approved transactions for one request", [t.transaction_id for t in approved])
    t = approved[0] if approved else booked[-1]
    if None in booked or t is None or t.approved is None:
        return None
    if not t.approved:
        ended = known.end_polled or known.purged_at is not None
        return Verdict(Outcome.DECLINED, f"{t.message or 'declined'} (code {t.code})", t) if ended else None
    return _decided(t, Kind.REFUND if t.action == "REFUND" else Kind.PAYMENT)


def _are_cards(results: tuple[Result, ...], kind: Kind | None) -> bool:
    """Whether these are transactions of several cards at one reader: a declined one, then another."""
    return (kind is None or kind.is_money) and all(r.transaction_id is not None for r in results)


def _kind_of(result: Result) -> Kind:
    if result.signature_id is not None:
        return Kind.SIGNATURE
    if result.prompt_button is not None:
        return Kind.PROMPT
    return Kind.INPUT if result.input_value is not None else Kind.READ


def _contradiction(why: str, ids: Iterable[int]) -> Verdict:
    named = tuple(dict.fromkeys(ids))
    says = f"the facts contradict each other: {why}"
    if named:
        says += f" (transactions {', '.join(map(str, named))})"
    return Verdict(Outcome.UNKNOWN, says, transaction_ids=named)


def _ids(results: Iterable[Result]) -> list[int]:
    return [r.transaction_id for r in results if r.transaction_id is not None]
