"""What the commands about settlements and deposits share: reading (SETL, SET1, DEPL, DEP1) and printing.

What cannot be read is reported, with exit 13.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.shared.printing import Shown, table_lines
from pjterm.core.wire import number
from pjterm.errors import NOT_FOUND, AnswerLost, ApiRejected, CheckFailed, UsageFault
from pjterm.reports.settlement import with_money


def listed(context: Context, path: str, wanted: dict[str, str], id_: str) -> Iterator[dict[str, Any]]:
    """All items of a list that fit, newest first; `id_` is the name of their id."""
    from pjterm.api.listing import everything
    from pjterm.reports.filters import fits

    found = everything(context.api, path, wanted, lambda item: _name(item, id_))
    return (with_money(item) if isinstance(item, dict) else {} for item in found if fits(item, wanted))


def _name(item: Any, id_: str) -> object:
    said = item.get(id_) if isinstance(item, dict) else None
    return str(said) if said else repr(item)


def rows_of(value: Any) -> list[dict[str, Any]]:
    """The rows of a breakdown that can be read."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def read_settlement(context: Context, typed: str, what: str) -> dict[str, Any]:
    """One settlement, by its number as typed."""
    if (id_ := number(typed)) is None:
        raise UsageFault(f"{what}: {typed!r} is not a settlement's number", hint="see: pjterm settlements list")
    with not_there(f"settlement {id_}", "pjterm settlements list"):
        return read_one(context, f"/settlements/{id_}")


@contextmanager
def not_there(what: str, see: str) -> Iterator[None]:
    """Name what the API does not have, with the command that lists what exists."""
    try:
        yield
    except ApiRejected as refused:
        if refused.http_status != NOT_FOUND:
            raise
        raise ApiRejected(
            f"PayJunction has no {what} for this login", hint=f"see: {see}", http_status=NOT_FOUND,
            pj_request_id=refused.pj_request_id, details=refused.details,
        ) from refused  # fmt: skip


def read_one(context: Context, path: str) -> dict[str, Any]:
    """One settlement or deposit."""

    def read() -> dict[str, Any]:
        found = context.api.document(path, "application/json").json()
        if not isinstance(found, dict):
            raise AnswerLost("the answer cannot be read: it is not an object")
        return with_money(found)

    return context.api.patiently(read)


def end_whole(context: Context, noun: str, items: Iterable[dict[str, Any]]) -> None:
    """Report which values of an item are unreadable, and exit with 13 if any is."""
    from pjterm.reports import settlement

    unsaid = settlement.unsaid if noun == "settlement" else settlement.deposit_unsaid
    incomplete = False
    for item in items:
        if missing := unsaid(item):
            incomplete = True
            context.warn(f"incomplete: {noun} {item.get(f'{noun}Id', '?')}: {', '.join(missing)} cannot be read")
    if incomplete:
        raise typer.Exit(CheckFailed.exit_code)


def table_below(context: Context, shown: Shown) -> list[str]:
    """A table under what it is about; nothing where it is empty."""
    return ["", *table_lines(context, shown, paints=False)] if shown.rows else []


def money(value: Any) -> str:
    """An amount, which these documents have as a JSON number."""
    from pjterm.core import wire
    from pjterm.core.money import dollars

    amount = wire.money(value)
    return "?" if amount is None else dollars(amount)
