"""`settlements`: the batches that PayJunction settled."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command, group
from pjterm.cli.shared import options as o
from pjterm.cli.shared.printing import CsvOption, Shown, choose_csv, print_list
from pjterm.cli.shared.settlements import (
    end_whole,
    listed,
    money,
    read_settlement,
    rows_of,
    table_below,
)


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    settlements = group("The batches that were settled.", default=list_settlements)
    command(settlements, "list")(list_settlements)
    command(settlements, "show")(show_settlement)
    app.add_typer(settlements, name="settlements")


def list_settlements(
    context: Context, account: o.AccountOption = None, limit: o.LimitOption = None, as_csv: CsvOption = False
) -> None:
    """List the settlements of the merchant, newest first.

    Nothing happens at any reader. A batch closes at 5 pm Pacific unless the account says otherwise.

    Examples:

      pjterm settlements list --limit 7

      pjterm settlements list --csv > settlements.csv
    """
    choose_csv(context, as_csv)
    wanted = {} if account is None else {"terminalId": str(account)}
    items = list(islice(listed(context, "/settlements/", wanted, "settlementId"), limit))
    columns = ("SETTLEMENT", "SETTLED", "ACCOUNT", "NET", "STATUS")
    rows = [
        (i.get("settlementId"), _local(context, i.get("created")), i.get("terminalId"), money(i.get("amountNet")),
         i.get("status"))
        for i in items
    ]  # fmt: skip
    empty = "no settlements yet" if account is None else "no settlements match"
    print_list(context, "settlements", items, columns, rows, shown=_shown(context, items), empty=empty)
    end_whole(context, "settlement", items)


def _shown(context: Context, items: list[dict[str, Any]]) -> Shown:
    """The list for a person; which account only where there are several."""
    from pjterm.core import wire
    from pjterm.ui.moments import short, zone_short

    now, zone = context.clock.now(), context.zone
    several = len({str(i.get("terminalId")) for i in items}) > 1
    columns = ("ID", f"SETTLED {zone_short(now, zone)}", *(["ACCOUNT"] if several else []), "NET", "STATUS")
    times = ("?" if (at := wire.utc_moment(i.get("created"))) is None else short(at, now, zone) for i in items)
    rows = [
        (i.get("settlementId"), time, *([i.get("terminalId")] if several else []), money(i.get("amountNet")),
         i.get("status"))
        for i, time in zip(items, times, strict=True)
    ]  # fmt: skip
    return Shown(columns, rows, ("NET",))


def show_settlement(context: Context, settlement: Annotated[str, o.argument("ID", "The settlement's number.")]) -> None:
    """Show one settlement: its net, and what it consists of by brand.

    Nothing happens at any reader. To compare it with its transactions: pjterm reconcile --settlement ID

    Example:

      pjterm settlements show 501
    """
    from pjterm.cli.shared.printing import print_item

    item = read_settlement(context, settlement, "ID")
    print_item(context, "settlements", item, _lines(context, item))
    end_whole(context, "settlement", [item])


def _lines(context: Context, item: dict[str, Any]) -> Iterable[str]:
    head = (f"settlement {item.get('settlementId')}", _local(context, item.get("created")), item.get("status"))
    yield "  ".join(str(cell) for cell in (*head, f"net ${money(item.get('amountNet'))}") if cell)
    rows = rows_of(item.get("breakdown"))
    if context.stdout_is_terminal:
        yield from _breakdown(context, rows)
        return
    for row in rows:
        what = f"{row.get('brand')} {row.get('action')} {row.get('status')}"
        yield f"  {what:<32}{row.get('count')!s:>6}{money(row.get('amount')):>14}"


def _breakdown(context: Context, rows: list[dict[str, Any]]) -> list[str]:
    """What it consists of, as a table for a person."""
    from pjterm.core.card import short_brand

    table = [
        (short_brand(str(r.get("brand"))), str(r.get("action")).lower(), str(r.get("status")).lower(), r.get("count"),
         money(r.get("amount")))
        for r in rows
    ]  # fmt: skip
    return table_below(context, Shown(("BRAND", "ACTION", "STATUS", "QTY", "AMOUNT"), table, ("QTY", "AMOUNT")))


def _local(context: Context, value: Any) -> str:
    """A time of the API as people here read it."""
    from pjterm.core import wire
    from pjterm.ui.moments import day_and_clock

    at = wire.utc_moment(value)
    return "?" if at is None else day_and_clock(at, context.calendar.zone)
