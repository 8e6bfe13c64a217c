"""Charges of a day that look like one sale charged twice: by their invoice number, else by card and amount."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise

from pjterm.core import wire
from pjterm.core.entry import Entry
from pjterm.core.evidence.chain import say_transaction
from pjterm.core.hints import by_key, command_line, option
from pjterm.core.money import dollars
from pjterm.reports.difference import Difference, Kinds
from pjterm.reports.transaction_line import Line, ids_of, lines_by_number

TWICE_WITHIN = timedelta(minutes=10)
"""The gateway's own window for a duplicate (DT)."""


def double_charges(
    charges: list[Line], owned: Mapping[int, Entry], close: str | None = None, begin: datetime | None = None
) -> list[Difference]:
    """Charges that look like one sale, the last of them after `begin`; a row of three is one.

    `close` is the line that closes their day: it can accept them as two.
    """
    numbered = [g for g in lines_by_number(charges).values() if len(g) > 1]
    group_of = {id_: n for n, group in enumerate(numbered) for id_ in ids_of(group)}
    alike = [g for g in _by_card(charges) if not all(_was_meant(owned, *pair) for pair in pairwise(ids_of(g)))]
    more = [g for g in alike if None in (within := {group_of.get(id_) for id_ in ids_of(g)}) or len(within) > 1]
    of_day = [g for g in (*numbered, *more) if begin is None or (g[-1].created or begin) >= begin]
    return [_double(group, owned, close) for group in of_day]


def _was_meant(owned: Mapping[int, Entry], earlier: int, later: int) -> bool:
    """Whether the later one is a sale of its own: it was given a key after the earlier one was shown."""
    first, second = owned.get(earlier), owned.get(later)
    if first is None or second is None or not second.named:
        return False
    return first.named or (first.shown_at is not None and first.shown_at <= second.started_at)


def _by_card(charges: list[Line]) -> list[list[Line]]:
    groups: dict[tuple[str, object], list[Line]] = {}
    for x in charges:
        if x.card is not None:
            groups.setdefault((x.card, x.transaction.amount_base), []).append(x)
    return [row for g in groups.values() for row in _rows(g) if len(row) > 1]


def _rows(charges: list[Line]) -> list[list[Line]]:
    """Split where more than ten minutes lie between."""
    rows = [charges[:1]]
    for before, x in pairwise(charges):
        assert before.created is not None
        assert x.created is not None
        if x.created - before.created <= TWICE_WITHIN:
            rows[-1].append(x)
        else:
            rows.append([x])
    return rows


def _double(group: list[Line], owned: Mapping[int, Entry], close: str | None) -> Difference:
    last, ids = group[-1], ids_of(group)
    keys = {id_: owned[id_].key for id_ in ids if id_ in owned}
    charges = (say_transaction(x.transaction) + _by_key(keys.get(x.transaction.transaction_id)) for x in group)
    key = keys.get(ids[-1])
    return Difference(
        Kinds.DOUBLE_CHARGE, f"probably charged twice: {'; '.join(charges)}",
        _what_to_do(key, ids[-1], close, settled=wire.settled(last.transaction) is True),
        None if last.total is None else dollars(last.total), key,
        invoice_number=group[0].transaction.invoice_number, transaction_ids=ids, keys=tuple(keys.values()),
    )  # fmt: skip


def _what_to_do(key: str | None, number: int, close: str | None, *, settled: bool) -> str:
    """What settled cannot be voided anymore. A bare number of a sale without a key could be another sale's key."""
    name = by_key(key) if key else f"tx:{number}"
    back = command_line(f"refund {option('--transaction', name)}") if settled else command_line("void", name)
    if close is None:
        return f"if it is one sale: {back}"
    return f"if these are two sales: {close} {option('--over', key or number)}\nelse: {back}"


def _by_key(key: str | None) -> str:
    return "" if key is None else f" (key {key})"
