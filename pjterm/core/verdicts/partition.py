"""Which of the known transactions belong to a sale: approved, declined, not its own, or undecided."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from pjterm.core import wire
from pjterm.core.evidence.states import Progress
from pjterm.core.model import Kind, Sale, Transaction
from pjterm.core.remembered import remembered
from pjterm.core.request import REFUND_OF, refund_of
from pjterm.core.verdicts.found import READ_MOST, fits, resembles, spells
from pjterm.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class Partition:
    """The known transactions of one sale, by what each says about it. Others are left out."""

    reported: tuple[int, ...] = ()
    """The ids that the answers to our own request named."""
    approved: tuple[Transaction, ...] = ()
    declined: tuple[Transaction, ...] = ()
    """Also for less than was asked for: a gateway may decline a card that has only a part of it (code 10, S-10)."""
    contradicting: tuple[Transaction, ...] = ()
    """Those that contradict the sale: named by its request, or approved under its number, but not of it."""
    undecided: tuple[int, ...] = ()
    """Those that may be the sale's but do not yet state all that a verdict needs."""
    unsure: tuple[int, ...] = ()
    """Those that were read and may still be the sale's, or another's."""
    alike: tuple[Transaction, ...] = ()
    """Those that were read, and are approved under another spelling of our number."""


@remembered  # needed three times between two facts, most of which bring nothing new
def partition(sale: Sale, known: Progress) -> Partition:
    """Sort what is known. The original of a linked refund is not one of its own transactions."""
    reported, proven = _reported(sale, known), known.polled | {known.answered}
    if not known.transactions:
        return Partition(reported, undecided=(*reported, *_beside(sale, known)))
    others = {sale.original_id, *denied(sale, known)}
    book = [t for t in known.transactions.values() if t.transaction_id not in others]
    speaking = [t for t in book if speaks_for(t, sale, reported=t.transaction_id in proven)]
    named = _only_named(sale, known, reported)
    doubtful = [t for t in speaking if sale.contested or t.transaction_id in named]
    contested = [t for t in doubtful if t.transaction_id not in proven]
    own = [t for t in speaking if t not in contested]
    for_less = [t for t in book if t.transaction_id in proven and _is_declined_for_less(t, sale)]
    unread = [i for i in reported if i not in known.transactions]
    mine = [t for t in book if _may_be_own(t, sale, reported)]
    trimmed = [t.transaction_id for t in mine if not _says_all(t, sale) or t.transaction_id in known.stale]
    perhaps = [t for t in book if t not in speaking and _is_perhaps_own(t, sale, known)]
    perhaps_read = [t for t in perhaps if t.transaction_id in known.read]
    alike = tuple(t for t in book if t not in speaking and t.approved and _is_alike(t, sale, known, proven))
    over_another = [t for t in alike if t not in perhaps_read and not t.is_void]
    return Partition(
        reported=reported,
        approved=tuple(t for t in own if t.approved and _says_all(t, sale)),
        declined=tuple(t for t in book if t in for_less or (t in own and _is_own_decline(t, sale, known, reported))),
        contradicting=tuple(t for t in book if t not in (*speaking, *for_less) and _contradicts(t, sale, proven)),
        undecided=(*unread, *trimmed, *_ids(t for t in perhaps if t not in perhaps_read), *_beside(sale, known)),
        unsure=_ids((*contested, *perhaps_read, *over_another)),
        alike=alike,
    )


def denied(sale: Sale, known: Progress) -> frozenset[int]:
    """Transactions that an operator ruled out.

    One counts again if our own request names it, or if its number is exactly the sale's; under a shared invoice only
    if it did not have that number yet when it was ruled out.
    """
    named = known.polled | {known.answered}

    def is_own(then: Transaction) -> bool:
        now = known.transactions.get(then.transaction_id, then)
        if then.transaction_id in named and not is_a_strangers(now, sale):
            return True
        if sale.invoice_number is not None and not sale.shared and spells(now.invoice_number, sale.invoice_number):
            return True
        is_news = not (sale.shared and speaks_for(then, sale, reported=False))
        return speaks_for(now, sale, reported=False) and is_news

    return frozenset(then.transaction_id for then in known.denied if not is_own(then))


def may_be(ids: Sequence[int]) -> str:
    """Transactions that may be this sale's or another's, in words: `transactions 7 and 8 may be this sale's`."""
    *others, last = map(str, ids)
    named = f"transactions {', '.join(others)} and {last}" if others else f"transaction {last}"
    return f"{named} may be this sale's"


def unreadable(known: Progress) -> str | None:
    """Why a search proves nothing, if it leaves numbers out and showed more transactions than are read."""
    read = [known.transactions[i] for i in known.beside[:READ_MOST] if i in known.read]
    if len(known.beside) <= READ_MOST or all(t.invoice_number is None for t in read):
        return None
    return f"{len(known.beside)} transactions that it shows do not say their invoice number"


def _beside(sale: Sale, known: Progress) -> tuple[int, ...]:
    """Those over another amount that a search by our number showed, to read: the bank may approve only a part."""
    done = known.read | _other_sales(sale)
    return tuple(i for i in known.beside[:READ_MOST] if i not in done)


def _other_sales(sale: Sale) -> frozenset[int]:
    """Those that need not be read; what was declined under a number of the sale's own may be approved by now."""
    return sale.owned_elsewhere | (sale.prior_ids if sale.shared else frozenset())


def _ids(found: Iterable[Transaction]) -> tuple[int, ...]:
    return tuple(t.transaction_id for t in found)


def _is_perhaps_own(t: Transaction, sale: Sale, known: Progress) -> bool:
    """A search showed it as perhaps ours, and reading it did not show another number."""
    another = t.transaction_id in known.read and not resembles(t.invoice_number, sale.invoice_number)
    return t.transaction_id in known.perhaps and fits(t, sale) and not another and not _is_taken(t, sale)


def _is_alike(t: Transaction, sale: Sale, known: Progress, proven: Collection[int | None]) -> bool:
    """Whether it was read, and has our number in another spelling."""
    number, other = t.invoice_number, t.transaction_id not in proven and t.amount_base != sale.amount
    if t.transaction_id not in known.read or number in (None, sale.invoice_number) or _is_taken(t, sale):
        return False
    ours = t.transaction_id in known.perhaps if fits(t, sale) else other and t.action == sale.action
    return ours and resembles(number, sale.invoice_number)


def speaks_for(t: Transaction, sale: Sale, *, reported: bool) -> bool:
    """Whether a transaction is this sale's: every field that we sent is equal; the search's filter is not trusted.

    `reported` is true for the id that a poll of our own request named; only there may the reply lack the
    invoice number, or spell it differently. `amountTotal` is never compared: tips and surcharges change it.
    """
    if _is_taken(t, sale) or refunds_another(t, sale):
        return False
    same_invoice = t.invoice_number == sale.invoice_number or sale.invoice_number is None
    if reported and not same_invoice:
        same_invoice = resembles(t.invoice_number, sale.invoice_number)
    return (
        same_invoice
        and t.action == sale.action
        and t.amount_base == sale.amount
        and t.terminal_id == sale.terminal.terminal_id
    )


def may_be_named(t: Transaction, sale: Sale) -> bool:
    """Whether an operator may say that it is the sale's: all but its amount is as requested."""
    return speaks_for(t, replace(sale, amount=t.amount_base), reported=True)


def refunds_another(t: Transaction, sale: Sale) -> bool:
    """Whether its order number says that it refunds another transaction than this refund does."""
    said = wire.purchase_order(t)
    if t.action != "REFUND" or sale.kind is not Kind.REFUND or said is None or not said.startswith(REFUND_OF):
        return False
    return sale.original_id is None or not spells(said, refund_of(sale.original_id))


def is_a_strangers(t: Transaction, sale: Sale) -> bool:
    """Whether it is another sale's, though our own request named it: another entry's, or nothing of it is ours."""
    alike = t.amount_base == sale.amount or resembles(t.invoice_number, sale.invoice_number)
    return t.transaction_id in sale.owned_elsewhere or not alike


def is_over_another_amount(t: Transaction, sale: Sale, *, reported: bool) -> bool:
    """Whether it is this linked refund except for its amounts."""
    whole = wire.stated_total(t)
    ours = speaks_for(t, replace(sale, amount=t.amount_base), reported=reported)
    linked = sale.original_id is not None and sale.total is not None
    return linked and whole not in (None, sale.total) and ours and bool(t.approved) and not t.is_void


def _is_own_decline(t: Transaction, sale: Sale, known: Progress, reported: tuple[int, ...]) -> bool:
    """Whether it is declined; under a shared invoice, one that only a search shows is another sale's."""
    named = known.request_id is None or t.transaction_id in reported
    return t.approved is False and (named or not sale.shared)


def _is_declined_for_less(t: Transaction, sale: Sale) -> bool:
    """Whether it is this sale's decline except that the card had only a part of the amount."""
    less = t.amount_base is not None and sale.amount is not None and t.amount_base < sale.amount
    return less and t.approved is False and speaks_for(t, replace(sale, amount=t.amount_base), reported=True)


def _says_all(t: Transaction, sale: Sale) -> bool:
    """Whether it says all that a verdict needs; of a linked refund also its total."""
    linked = sale.original_id is not None and sale.total is not None
    return wire.says_all(t) if linked else t.is_whole


def _only_named(sale: Sale, known: Progress, reported: tuple[int, ...]) -> frozenset[int]:
    """Those that only webhooks have named so far, where another sale may have the same invoice: a poll shows whose."""
    over = known.request_id is None or known.end_polled or known.purged_at is not None
    found = known.listed if over else frozenset()
    return frozenset(reported) - found if sale.shared else frozenset()


def _reported(sale: Sale, known: Progress) -> tuple[int, ...]:
    """The ids that the answers to our own request named."""
    named = [known.answered, *(r.transaction_id for r in known.results)]
    return tuple(dict.fromkeys(i for i in named if i is not None and i != sale.original_id))


def _is_taken(t: Transaction, sale: Sale) -> bool:
    return t.transaction_id in sale.owned_elsewhere or t.transaction_id in sale.prior_ids


def _may_be_own(t: Transaction, sale: Sale, reported: tuple[int, ...]) -> bool:
    """Items of a search may come trimmed (TXLIST), so one under our number is read whole before it counts."""
    ours = t.transaction_id in (*reported, *sale.prior_ids) or t.invoice_number == sale.invoice_number is not None
    return ours and t.transaction_id not in _other_sales(sale)


def _contradicts(t: Transaction, sale: Sale, proven: Collection[int | None]) -> bool:
    """The one a poll of our request names, or an approved one under our number, whole and yet not of this sale."""
    ours_by_number = t.invoice_number is not None and t.invoice_number == sale.invoice_number
    approved_under_it = ours_by_number and t.approved and t.action == sale.action and not _is_taken(t, sale)
    return t.is_whole and bool(t.transaction_id in proven or approved_under_it)
