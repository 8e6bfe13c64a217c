"""`settlements` and `deposits`: the batches that PayJunction settled, and what it paid into the bank."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command, group
from pjterm.cli.shared import options as o
from pjterm.cli.shared.printing import CsvOption, Shown, check_csv
from pjterm.cli.shared.settlements import end_whole, listed, not_there, read_one, read_settlement
from pjterm.errors import NOT_ALLOWED, AuthFailed, UsageFault

LimitOption = Annotated[
    int | None, typer.Option("--limit", metavar="N", min=1, max=o.MOST, help="The newest N only; default: all.")
]
MINOR = ("FEES", "CHARGEBACKS", "OTHER")
NOT_UNDERWRITTEN = "only merchants that PayJunction underwrites have deposits; see: pjterm settlements list"


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    settlements = group("The batches that were settled.", default=list_settlements)
    command(settlements, "list")(list_settlements)
    command(settlements, "show")(show_settlement)
    app.add_typer(settlements, name="settlements")
    deposits = group("What was paid into the bank.", default=list_deposits)
    command(deposits, "list")(list_deposits)
    command(deposits, "show")(show_deposit)
    app.add_typer(deposits, name="deposits")


def list_settlements(
    context: Context, account: o.AccountOption = None, limit: LimitOption = None, as_csv: CsvOption = False
) -> None:
    """List the settlements of the merchant, newest first.

    Nothing happens at any reader. A batch closes at 5 pm Pacific unless the account says otherwise.

    Examples:

      pjterm settlements list --limit 7

      pjterm settlements list --csv > settlements.csv
    """
    check_csv(context, as_csv)
    wanted = {} if account is None else {"terminalId": str(account)}
    items = list(islice(listed(context, "/settlements/", wanted, "settlementId"), limit))
    columns = ("SETTLEMENT", "SETTLED", "ACCOUNT", "NET", "STATUS")
    rows = [
        (i.get("settlementId"), _local(context, i.get("created")), i.get("terminalId"), _money(i.get("amountNet")),
         i.get("status"))
        for i in items
    ]  # fmt: skip
    _print(context, "settlements", items, columns, rows, as_csv, short=_short_settlements(context, items))
    end_whole(context, "settlement", items)


def _short_settlements(context: Context, items: list[dict[str, Any]]) -> Shown:
    """The list for a person; which account only where there are several."""
    from pjterm.cli.shared.printing import Shown
    from pjterm.reports.transaction_line import when
    from pjterm.ui.moments import short, zone_short

    now, zone = context.clock.now(), context.zone
    several = len({i.get("terminalId") for i in items}) > 1
    columns = ("ID", f"SETTLED {zone_short(now, zone)}", *(["ACCOUNT"] if several else []), "NET", "STATUS")
    times = ("?" if (at := when(i.get("created"))) is None else short(at, now, zone) for i in items)
    rows = [
        (i.get("settlementId"), time, *([i.get("terminalId")] if several else []), _money(i.get("amountNet")),
         i.get("status"))
        for i, time in zip(items, times, strict=True)
    ]  # fmt: skip
    return Shown(columns, rows, ("NET",))


def show_settlement(
    context: Context, settlement: Annotated[str, typer.Argument(metavar="ID", help="The settlement's number.")]
) -> None:
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
    yield "  ".join(str(cell) for cell in (*head, f"net ${_money(item.get('amountNet'))}") if cell)
    rows = [row for row in item.get("breakdown") or [] if isinstance(row, dict)]
    if context.stdout_is_terminal:
        yield from _breakdown(context, rows)
        return
    for row in rows:
        what = f"{row.get('brand')} {row.get('action')} {row.get('status')}"
        yield f"  {what:<32}{row.get('count')!s:>6}{_money(row.get('amount')):>14}"


def _breakdown(context: Context, rows: list[dict[str, Any]]) -> list[str]:
    """What it consists of, as a table for a person."""
    from pjterm.core.card import short_brand

    table = [
        (short_brand(str(r.get("brand"))), str(r.get("action")).lower(), str(r.get("status")).lower(), r.get("count"),
         _money(r.get("amount")))
        for r in rows
    ]  # fmt: skip
    return _below(context, Shown(("BRAND", "ACTION", "STATUS", "QTY", "AMOUNT"), table, ("QTY", "AMOUNT")))


def _below(context: Context, shown: Shown) -> list[str]:
    """A table under what it is about; nothing where it is empty."""
    from pjterm.cli.shared.printing import table_lines

    return ["", *table_lines(context, shown, paints=False)] if shown.rows else []


def list_deposits(
    context: Context,
    merchant: Annotated[
        str | None, typer.Option("--merchant", metavar="NUMBER", help="Of this merchantNumber (pjterm accounts).")
    ] = None,
    limit: LimitOption = None,
    as_csv: CsvOption = False,
) -> None:
    """List what PayJunction paid into the bank, newest first.

    Nothing happens at any reader. Only merchants that PayJunction underwrites have deposits.

    Examples:

      pjterm deposits list

      pjterm deposits list --csv > deposits.csv
    """
    check_csv(context, as_csv)
    if merchant is not None and not (merchant.isascii() and merchant.isalnum() and len(merchant) <= 32):
        raise UsageFault(f"--merchant: invalid merchant number {merchant!r}", hint="see: pjterm accounts --json")
    wanted = {} if merchant is None else {"merchantNumber": merchant}
    with _underwritten():
        items = list(islice(listed(context, "/deposits/", wanted, "depositId"), limit))
    columns = ("DEPOSIT", "DATE", "MERCHANT", "BATCHES", "FEES", "CHARGEBACKS", "OTHER", "NET")
    names = ("amountBatch", "amountFee", "amountChargeback", "amountOther", "amountNet")
    rows = [
        (i.get("depositId"), i.get("depositDate"), i.get("merchantNumber"), *(_money(i.get(name)) for name in names))
        for i in items
    ]
    _print(context, "deposits", items, columns, rows, as_csv)
    end_whole(context, "deposit", items)


def show_deposit(
    context: Context, deposit: Annotated[str, typer.Argument(metavar="ID", help="The deposit's id, a UUID.")]
) -> None:
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
    print_item(context, "deposits", item, _deposit_lines(context, item))
    end_whole(context, "deposit", [item])


def _deposit_lines(context: Context, item: dict[str, Any]) -> Iterable[str]:
    """What it says of the whole, and what each brand has brought or cost."""
    from pjterm.cli.shared.item_lines import item_lines
    from pjterm.core.card import short_brand

    fields = {n: _money(v) if n.startswith("amount") else v for n, v in item.items() if n != "breakdown"}
    yield from item_lines(fields, context.calendar)
    parts = (part for part in item.get("breakdown") or [] if isinstance(part, dict))
    rows = [
        (str(part.get("type")).lower().replace("_", " "), short_brand(str(row.get("accountType"))),
         _money(row.get("amount")))
        for part in parts for row in part.get("details") or [] if isinstance(row, dict)
    ]  # fmt: skip
    yield from _below(context, Shown(("TYPE", "BRAND", "AMOUNT"), rows, ("AMOUNT",)))


@contextmanager
def _underwritten() -> Iterator[None]:
    try:
        yield
    except AuthFailed as refused:
        if refused.http_status == NOT_ALLOWED:
            refused.hint = NOT_UNDERWRITTEN
        raise


def _print(
    context: Context, noun: str, items: list[dict[str, Any]], columns: tuple[str, ...],
    rows: Iterable[tuple[Any, ...]], as_csv: bool, short: Shown | None = None,
) -> None:  # fmt: skip
    from pjterm.cli.shared.printing import print_csv, print_list

    rows = list(rows)
    if as_csv:
        print_csv(context, columns, rows)
    else:
        print_list(context, noun, items, columns, rows, shown=short or _shown(columns, rows), empty=f"no {noun} yet")


def _shown(columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Shown:
    """For a person: without the columns of amounts that are all zero."""
    kept = [n for n, name in enumerate(columns) if name not in MINOR or any(row[n] != "0.00" for row in rows)]
    shown = [tuple(row[n] for n in kept) for row in rows]
    return Shown(tuple(columns[n] for n in kept), shown, ("NET", "BATCHES", *MINOR))


def _local(context: Context, value: Any) -> str:
    """A time of the API as people here read it."""
    from pjterm.reports.transaction_line import when
    from pjterm.ui.moments import day_and_clock

    at = when(value)
    return "?" if at is None else day_and_clock(at, context.calendar.zone)


def _money(value: Any) -> str:
    """An amount, which these documents have as a JSON number."""
    from pjterm.core.money import dollars
    from pjterm.core.wire import money

    amount = money(value)
    return "?" if amount is None else dollars(amount)
