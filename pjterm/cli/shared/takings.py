"""Takings as JSON items and as rows of a table, for reports and closes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pjterm.core.money import dollars
from pjterm.reports.takings import AMOUNTS, Takings

_EXTRAS = tuple(name for name in AMOUNTS if name != "amountBase")
_WORDS = {"approved": "charged", "refunded": "refunded", "held": "held", "declined": "declined"}


def items_of(taken: Takings) -> list[dict[str, Any]]:
    """One item for each reader, brand and outcome."""
    return [
        {
            "terminal": r.terminal, "brand": r.brand or None, "outcome": r.outcome, "count": r.sum.count,
            **{name: dollars(r.sum.of(name)) for name in AMOUNTS}, "amountTotal": dollars(r.sum.total),
            "amount": dollars(r.sum.total), "by": r.by,
        }
        for r in taken.rows
    ]  # fmt: skip


def totals_of(taken: Takings) -> dict[str, str]:
    """The totals; the net leaves out what is held or declined."""
    return {word: dollars(taken.of(outcome).total) for outcome, word in _WORDS.items()} | {"net": dollars(taken.net)}


def shown_keys(items: Iterable[Mapping[str, Any]], *, by_operator: bool, everything: bool) -> list[str]:
    """The keys to show: the amounts that occur, and always the base and the total."""
    items = list(items)
    used = [name for name in AMOUNTS if everything or name == "amountBase" or any(i[name] != "0.00" for i in items)]
    return [*(["by"] if by_operator else []), "terminal", "brand", "outcome", "count", *used, "amountTotal"]


def titles(names: Iterable[str]) -> tuple[str, ...]:
    """Their titles in a table."""
    return tuple(name.removeprefix("amount").upper() for name in names)


_SHORT = {"terminal": "READER", "count": "QTY", "amountShipping": "SHIP", "amountSurcharge": "SURCH"}
_IN_ALL = {"netWithCarried": "in all"}


def for_person(
    names: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> tuple[tuple[str, ...], list[tuple[Any, ...]], tuple[str, ...]]:
    """Titles, rows, and what is aligned to the right: short enough for all five amounts in 80 columns.

    Zero amounts stay blank, except for the base and the total; zero totals are left out, except for charges and the
    net.
    """
    from pjterm.core.card import short_brand

    def cell(name: str, value: Any) -> Any:
        match name:
            case "brand" if value:
                return short_brand(value)
            case "outcome":
                return _IN_ALL.get(value, value)
            case _:
                return None if value == "0.00" and name in _EXTRAS else value

    columns = tuple(_SHORT.get(name, title) for name, title in zip(names, titles(names), strict=True))
    outcome, count = names.index("outcome"), names.index("count")
    kept = (row for row in rows if row[count] != "" or row[-1] != "0.00" or row[outcome] in ("charged", "net"))
    shown = [tuple(map(cell, names, row)) for row in kept]
    return columns, shown, columns[names.index("count") :]


def with_totals(names: Sequence[str], rows: list[tuple[Any, ...]], totals: Mapping[str, str]) -> list[tuple[Any, ...]]:
    """The rows, and below them the totals in the last column."""
    at = names.index("outcome")
    blank = len(names) - at - 2
    return [*rows, *((*[""] * at, word, *[""] * blank, amount) for word, amount in totals.items())]
