"""What a search shows of a sale: we compare field by field, whatever its filter did.

Services trim an invoice number, truncate it, write it as a number, with commas or in another case, or leave it out;
they ignore a filter, or stop after a page. So a result with another spelling of our number may be ours, and finding
nothing counts only if the search demonstrably showed everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from pjterm.core.model import Sale, Transaction
from pjterm.values import dataclass

MARGIN = timedelta(minutes=10)
"""How much the service's clock may differ from its `Date`."""
READ_MOST = 5
"""Further transactions that one search reads by their id, because its items come trimmed (TXLIST)."""
_CUT_LEAST = 6
"""Characters of our number that a truncated one must have at least."""


@dataclass(frozen=True, slots=True)
class Found:
    """The results of one search that may be about a sale."""

    own: tuple[Transaction, ...] = ()
    """Those under exactly the sale's number."""
    perhaps: tuple[Transaction, ...] = ()
    """Those that may be the sale although they do not say its number."""
    filtered: bool = True
    """Whether every result fits what was asked for."""
    beside: tuple[Transaction, ...] = ()
    """Those over another amount that may carry the sale's number although they do not say it as sent."""


def by_number(items: Iterable[Transaction], sale: Sale, since: datetime | None) -> Found:
    """What a search by the sale's number shows; `since` is when its POST left, by the service's clock."""
    items = tuple(items)
    own = tuple(t for t in items if t.invoice_number == sale.invoice_number)
    perhaps = tuple(t for t in items if t not in own and fits(t, sale) and _not_before(t, since))
    filtered = all(resembles(t.invoice_number, sale.invoice_number) for t in items)
    others = [t for t in items if t not in own and t not in perhaps and _not_before(t, since)]
    numbers = any(t.invoice_number is not None for t in items)
    beside = tuple(t for t in others if _may_carry(t, sale, filtered=filtered, numbers=numbers))
    return Found(own, perhaps, filtered, beside)


def by_account(items: Iterable[Transaction], sale: Sale, since: datetime | None) -> Found:
    """What a search by account and time, without the number, shows."""
    items = tuple(items)
    own = tuple(t for t in items if t.invoice_number == sale.invoice_number)
    alike = [t for t in items if t not in own and resembles(t.invoice_number, sale.invoice_number)]
    perhaps = tuple(t for t in alike if fits(t, sale) and _not_before(t, since))
    odd = [t for t in items if t.terminal_id not in (None, sale.terminal.terminal_id) or not _not_before(t, since)]
    return Found(own, perhaps, not odd)


def _may_carry(t: Transaction, sale: Sale, *, filtered: bool, numbers: bool) -> bool:
    """Whether it may carry the sale's number over another amount.

    Many sales have no number, or one that begins alike. So no number counts only if no result has one (`numbers`),
    and a truncated one only if every result fits the filter (`filtered`).
    """
    ours, said = _plain(sale.invoice_number or ""), t.invoice_number
    if t.amount_base in (None, sale.amount) or t.action not in ("", sale.action):
        return False
    return not numbers if said is None else filtered or ours in (_plain(said), _as_double(said))


def fits(t: Transaction, sale: Sale) -> bool:
    """Whether its action, amount and account are the sale's, as far as it states them."""
    return (
        t.action in ("", sale.action)
        and t.amount_base in (None, sale.amount)
        and t.terminal_id in (None, sale.terminal.terminal_id)
    )


def resembles(said: str | None, ours: str | None) -> bool:
    """Whether a number may be ours, spelled differently: trimmed, cut, as a number, with commas, in another case."""
    if said is None or ours is None or said == ours:
        return True
    one, other = _plain(said), _plain(ours)
    if one == other:
        return True
    return len(one) >= _CUT_LEAST and (other.startswith(one) or _as_double(said) == other)


def spells(said: str | None, ours: str) -> bool:
    """Whether a number says all of ours, in whatever case and with whatever separators."""
    return said is not None and _plain(said) == _plain(ours)


def _plain(number: str) -> str:
    """A number without what services add or drop."""
    return re.sub(r"[\s,.'_-]", "", number).casefold().lstrip("0")


def _as_double(number: str) -> str | None:
    """`1.23456789012345E14` as its digits."""
    try:
        return str(int(float(number)))
    except (ValueError, OverflowError):
        return None


def _not_before(t: Transaction, since: datetime | None) -> bool:
    return since is None or t.created is None or t.created >= since - MARGIN
