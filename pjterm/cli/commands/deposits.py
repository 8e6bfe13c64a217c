"""`deposits`: what PayJunction paid into the bank."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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
    not_there,
    read_one,
    rows_of,
    table_below,
)
from pjterm.errors import NOT_ALLOWED, AuthFailed, UsageFault

COLUMNS = ("DEPOSIT", "DATE", "MERCHANT", "BATCHES", "FEES", "CHARGEBACKS", "OTHER", "NET")
MINOR = ("FEES", "CHARGEBACKS", "OTHER")
NOT_UNDERWRITTEN = "only merchants that PayJunction underwrites have deposits; see: pjterm settlements list"


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    deposits = group("What was paid into the bank.", default=list_deposits)
    command(deposits, "list")(list_deposits)
    command(deposits, "show")(show_deposit)
    app.add_typer(deposits, name="deposits")


def list_deposits(
    context: Context,
    merchant: Annotated[
        str | None, o.option("--merchant", "NUMBER", "Of this merchantNumber (pjterm accounts).")
    ] = None,
    limit: o.LimitOption = None,
    as_csv: CsvOption = False,
) -> None:
    """List what PayJunction paid into the bank, newest first.

    Nothing happens at any reader. Only merchants that PayJunction underwrites have deposits.

    Examples:

      pjterm deposits list

      pjterm deposits list --csv > deposits.csv
    """
    choose_csv(context, as_csv)
    if merchant is not None and not (merchant.isascii() and merchant.isalnum() and len(merchant) <= 32):
        raise UsageFault(f"--merchant: invalid merchant number {merchant!r}", hint="see: pjterm accounts --json")
    wanted = {} if merchant is None else {"merchantNumber": merchant}
    with _underwritten():
        items = list(islice(listed(context, "/deposits/", wanted, "depositId"), limit))
    names = ("amountBatch", "amountFee", "amountChargeback", "amountOther", "amountNet")
    rows = [
        (i.get("depositId"), i.get("depositDate"), i.get("merchantNumber"), *(money(i.get(name)) for name in names))
        for i in items
    ]
    empty = "no deposits yet" if merchant is None else "no deposits match"
    print_list(context, "deposits", items, COLUMNS, rows, shown=_shown(rows), empty=empty)
    end_whole(context, "deposit", items)


def _shown(rows: list[tuple[Any, ...]]) -> Shown:
    """For a person: without the columns of amounts that are all zero."""
    kept = [n for n, name in enumerate(COLUMNS) if name not in MINOR or any(row[n] != "0.00" for row in rows)]
    shown = [tuple(row[n] for n in kept) for row in rows]
    return Shown(tuple(COLUMNS[n] for n in kept), shown, ("NET", "BATCHES", *MINOR))


def show_deposit(context: Context, deposit: Annotated[str, o.argument("ID", "The deposit's id, a UUID.")]) -> None:
    """Show one deposit: batches, fees, chargebacks and the net, by brand.

    Nothing happens at any reader.

    Example:

      pjterm deposits show 1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed
    """
    from pjterm.cli.shared.printing import print_item
    from pjterm.core.ids import is_uuid

    if not is_uuid(deposit):
        raise UsageFault(f"ID: {deposit!r} is not a deposit's id (a UUID)", hint="see: pjterm deposits list")
    with _underwritten(), not_there(f"deposit {deposit}", "pjterm deposits list"):
        item = read_one(context, f"/deposits/{deposit.lower()}")
    print_item(context, "deposits", item, _lines(context, item))
    end_whole(context, "deposit", [item])


def _lines(context: Context, item: dict[str, Any]) -> Iterable[str]:
    """What it says of the whole, and what each brand has brought or cost."""
    from pjterm.cli.shared.item_lines import item_lines
    from pjterm.core.card import short_brand

    fields = {n: money(v) if n.startswith("amount") else v for n, v in item.items() if n != "breakdown"}
    yield from item_lines(fields, context.calendar)
    rows = [
        (str(part.get("type")).lower().replace("_", " "), short_brand(str(row.get("accountType"))),
         money(row.get("amount")))
        for part in rows_of(item.get("breakdown")) for row in rows_of(part.get("details"))
    ]  # fmt: skip
    yield from table_below(context, Shown(("TYPE", "BRAND", "AMOUNT"), rows, ("AMOUNT",)))


@contextmanager
def _underwritten() -> Iterator[None]:
    try:
        yield
    except AuthFailed as refused:
        if refused.http_status == NOT_ALLOWED:
            refused.hint = NOT_UNDERWRITTEN
        raise
