"""What is proven about a request, and by which transaction; `None` while nothing is.

The rules are the contract's section 4. In short: a result decides; for money the result is a
transaction that is *this sale's* and its `response.approved`; an end without a result is only
`cancelled` when a second look agrees and, for money, a search finds nothing; facts that contradict
each other are `unknown`, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pjterm.core import wire
from pjterm.core.model import RESULT_OUTCOME, Kind, Outcome, Result, Sale, Status, Transaction, Verdict
from pjterm.core.money import dollars
from pjterm.core.states import Progress, say_transaction, settled

_APPROVED = {Kind.PAYMENT: Outcome.APPROVED, Kind.REFUND: Outcome.REFUNDED, Kind.VOID: Outcome.VOIDED}


def speaks_for(t: Transaction, sale: Sale, *, reported: bool) -> bool:
    """Whether a transaction is this sale's: every field we sent equals, whatever a filter did.

    `reported` is true for the id that our own request carried; only there may the reply lack the
    invoice number. `amountTotal` is never compared: tips and surcharges change it.
    """
    if t.transaction_id in sale.owned_elsewhere or t.transaction_id in sale.prior_ids:
        return False
    if t.invoice_number is None and sale.invoice_number is not None:
        same_invoice = reported
    else:
        same_invoice = t.invoice_number == sale.invoice_number or sale.invoice_number is None
    return (
        same_invoice
        and t.action == sale.action
        and t.amount_base == sale.amount
        and t.terminal_id == sale.terminal.terminal_id
    )


def may_carry(t: Transaction, sale: Sale) -> bool:
    """Whether a find may be this sale's though it does not say our invoice number letter for letter.

    It says none, or one that is equal but for case and leading zeros, as a service that keeps numbers as numbers
    would say it ("numeric": PM).
    """
    said, ours = t.invoice_number, sale.invoice_number
    if ours is None or said == ours or (said is not None and _plain(said) != _plain(ours)):
        return False
    return (
        t.action in ("", sale.action)
        and t.amount_base in (None, sale.amount)
        and t.terminal_id in (None, sale.terminal.terminal_id)
    )


def _plain(number: str) -> str:
    return number.casefold().lstrip("0")


def judge(sale: Sale, known: Progress, kind: Kind | None) -> Verdict | None:
    """The verdict that the facts prove so far.

    `kind` is `None` for a request that is not in our journal: it may be a payment, but there is no
    sale to compare its transaction with.
    """
    if known.operator is not None and known.operator.not_charged:
        proven = judge(sale, replace(known, operator=None), kind)
        if proven is not None and proven.transaction is not None:  # a late approval outranks a word
            return proven
        return Verdict(Outcome.CANCELLED, known.operator.says)
    if known.not_taken is not None:
        return Verdict(known.not_taken.outcome, known.not_taken.why)
    if len(known.results) > 1:
        return _contradiction("two different results for one request", _ids(known.results))
    if kind is None:
        return _judge_foreign(known)
    if sale.original_id is not None:
        return _judge_linked(sale, sale.original_id, known, kind)
    if kind.is_money:
        return _judge_money(sale, known, kind)
    if known.results:
        return _judge_answer(sale.expect, known.results[0], kind)
    return _judge_end(known, money=False)


def decide_by(t: Transaction, kind: Kind) -> Verdict:
    """The verdict of one transaction that somebody made sure is this sale's."""
    if t.approved:
        return _decided(t, kind)
    return Verdict(Outcome.DECLINED, say_transaction(t), t)


def unread_id(known: Progress) -> int | None:
    """A transactionId that the request carried and that has not been read yet."""
    for result in known.results:
        if result.transaction_id is not None and result.transaction_id not in known.transactions:
            return result.transaction_id
    return None


def undecided_id(sale: Sale, known: Progress) -> int | None:
    """A transaction that may be this sale's and, as read so far, does not say all that a verdict needs.

    Items of a search may come trimmed (TXLIST), so one under our number is read whole before it counts.
    """
    reported = _reported(known)
    for t in known.transactions.values():
        ours = t.transaction_id in reported or t.invoice_number == sale.invoice_number is not None
        if not _says_all(t, sale) and ours and t.transaction_id not in sale.prior_ids | sale.owned_elsewhere:
            return t.transaction_id
    return None


def _says_all(t: Transaction, sale: Sale) -> bool:
    """Whether it says all that a verdict needs; of a linked refund also what it is booked over in all."""
    return t.is_whole and (sale.total is None or sale.original_id is None or wire.stated_total(t) is not None)


def _reported(known: Progress) -> set[int]:
    return {r.transaction_id for r in known.results if r.transaction_id is not None}


def _judge_money(sale: Sale, known: Progress, kind: Kind) -> Verdict | None:
    reported = _reported(known)
    book = known.transactions.values()
    own = [t for t in book if speaks_for(t, sale, reported=t.transaction_id in reported)]
    approved = [t for t in own if t.approved]
    foreign = _foreign(sale, book, reported, own)
    if len(approved) > 1:
        return _contradiction("two approved transactions for one sale", [t.transaction_id for t in approved])
    if foreign:
        ids = [t.transaction_id for t in (*foreign, *approved)]
        return _contradiction(f"not this sale's: {'; '.join(map(say_transaction, foreign))}", ids)
    if approved:
        return _decided(approved[0], kind)
    if reported - known.transactions.keys():
        return None
    declined = [t for t in own if t.approved is False]
    if declined and undecided_id(sale, known) is None:
        return _declined(sale, known, declined[-1])
    if known.results or undecided_id(sale, known) is not None:
        return None
    return _judge_end(known, money=True)


def _judge_linked(sale: Sale, original_id: int, known: Progress, kind: Kind) -> Verdict | None:
    """A void or refund of one transaction, without a device: the transactions themselves are all there is.

    A void is proven by the original. A refund is proven by a REFUND of this amount under our own number,
    or by the original, where somebody voided it meanwhile. One that was booked over another amount than was
    asked for moved money that nobody meant to move: it proves nothing until an operator has looked.
    """
    original = known.transactions.get(original_id)
    if kind is Kind.VOID:
        gone = original is not None and original.is_void
        return Verdict(Outcome.VOIDED, say_transaction(original), original) if original and gone else None
    reported = {known.answered} - {None, original_id}
    book = [t for t in known.transactions.values() if t.transaction_id != original_id]
    own = [t for t in book if speaks_for(t, sale, reported=t.transaction_id in reported)]
    approved = [t for t in own if t.approved]
    foreign = _foreign(sale, book, {i for i in reported if i is not None}, own)
    if len(approved) > 1:
        return _contradiction("two approved refunds for one", [t.transaction_id for t in approved])
    for t in (*foreign, *approved):
        if len(foreign) + len(approved) == 1 and _is_over_another_amount(t, sale, t.transaction_id in reported):
            return _other_amount(sale, t)
    if foreign:
        ids = [t.transaction_id for t in (*foreign, *approved)]
        return _contradiction(f"not this refund: {'; '.join(map(say_transaction, foreign))}", ids)
    if approved:
        return _decided(approved[0], kind) if _says_all(approved[0], sale) else None
    declined = [t for t in own if t.approved is False]
    if declined:
        return _declined(sale, known, declined[-1])
    return _original_gone(sale, known, original) if original is not None and original.is_void else None


def _is_over_another_amount(t: Transaction, sale: Sale, reported: bool) -> bool:
    """Whether it is this refund in all but the amounts that it was booked over."""
    whole = wire.stated_total(t)
    ours = speaks_for(t, replace(sale, amount=t.amount_base), reported=reported)
    return sale.total is not None and whole not in (None, sale.total) and ours and bool(t.approved) and not t.is_void


def _other_amount(sale: Sale, t: Transaction) -> Verdict:
    whole = wire.total(t)
    assert whole is not None
    assert sale.total is not None
    key = f"-- {sale.key}" if sale.key.startswith("-") else sale.key
    return Verdict(
        Outcome.UNKNOWN,
        f"a refund of ${dollars(sale.total)} was asked for, but transaction {t.transaction_id} was booked over "
        f"${dollars(whole)}",
        t,
        (t.transaction_id,),
        hint=f"look: pjterm transactions show {t.transaction_id}   (to take it as it is: "
        f"pjterm resume --transaction {t.transaction_id} {key})",
        code="other-amount",
    )  # fmt: skip


def _original_gone(sale: Sale, known: Progress, original: Transaction) -> Verdict | None:
    """The charge is void: a refund of all of it is done that way, one of a part has nothing left."""
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


def _foreign(
    sale: Sale, book: Iterable[Transaction], reported: set[int], own: list[Transaction]
) -> list[Transaction]:
    """Transactions that contradict us: the one our request names, or an approved one under our number."""
    owned = sale.prior_ids | sale.owned_elsewhere
    wrong = []
    for t in book:
        ours_by_number = t.invoice_number is not None and t.invoice_number == sale.invoice_number
        suspicious = t.transaction_id in reported or (
            ours_by_number and t.approved and t.action == sale.action and t.transaction_id not in owned
        )
        if suspicious and t.is_whole and t not in own:
            wrong.append(t)
    return wrong


def _decided(t: Transaction, kind: Kind) -> Verdict:
    if t.is_void:
        return Verdict(Outcome.VOIDED, f"approved, but voided since: {say_transaction(t)}", t)
    return Verdict(_APPROVED[kind], say_transaction(t), t)


def _declined(sale: Sale, known: Progress, t: Transaction) -> Verdict | None:
    """A decline is an answer. DT names the approved original, which a search must have looked for."""
    words = f"{t.message or 'declined'}" + (f" (code {t.code})" if t.code else "")
    if t.code != "DT" or sale.invoice_number is None:
        return Verdict(Outcome.DECLINED, words, t)
    if known.searched_at is None:
        return None
    others = [o for o in known.transactions.values() if o.transaction_id != t.transaction_id]
    originals = [o for o in others if o.approved and not o.is_void and o.amount_base == sale.amount]
    if not originals:
        return Verdict(Outcome.DECLINED, words, t)
    original = originals[-1].transaction_id
    return Verdict(
        Outcome.DECLINED, words, t, (original,),
        hint=f"the gateway calls it a duplicate of the approved transaction {original}: it is paid already, "
        f"take no other card (pjterm transactions show {original})",
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
    if expect is not None and value != expect:
        return Verdict(Outcome.DECLINED, f"answered {value}, expected {expect}")
    says = {Kind.SIGNATURE: f"signed as {value}", Kind.PROMPT: f"answered {value}"}.get(kind, "received")
    return Verdict(RESULT_OUTCOME[kind], says)


def _judge_end(known: Progress, *, money: bool) -> Verdict | None:
    """An end without a result. Silence proves nothing: the witnesses are named one by one."""
    match known.end:
        case Status.BUSY if not known.in_progress_seen:
            return Verdict(Outcome.BUSY, "the terminal works on something else; this request will never run")
        case Status.NO_CONNECTION:
            found_nothing = not money or settled(known, known.searched_at)
            if settled(known, known.agreed_at) and found_nothing:
                return Verdict(Outcome.UNREACHABLE, "the reader was not reached, and nothing was booked")
        case Status.COMPLETE | Status.BUSY:
            if agreed(known, money=money) and (not money or settled(known, known.searched_at)):
                return Verdict(Outcome.CANCELLED, "ended without a result" + (", nothing booked" * money))
        case _:
            pass
    return None


def agreed(known: Progress, *, money: bool) -> bool:
    """Whether a fresh poll agrees with the end; for money after a reset, one sent late enough."""
    return settled(known, known.agreed_at) if money else known.agreed_at is not None


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
    result = known.results[0]
    if result.transaction_id is None:
        return _judge_answer(None, result, _kind_of(result))
    t = known.transactions.get(result.transaction_id)
    if t is None or t.approved is None:
        return None
    if not t.approved:
        return Verdict(Outcome.DECLINED, f"{t.message or 'declined'} (code {t.code})", t)
    return _decided(t, Kind.REFUND if t.action == "REFUND" else Kind.PAYMENT)


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


def describe(sale: Sale) -> str:
    """A sale in a few words for messages: `payment of 12.50 on T1`."""
    amount = "" if sale.amount is None else f" of {dollars(sale.amount)}"
    where = sale.terminal.name or sale.terminal.smart_terminal_id
    if sale.original_id is not None:
        return f"{sale.kind}{amount} of transaction {sale.original_id}"
    return f"{sale.kind}{amount}" + (f" on {where}" if where else "")
