"""`transactions show|list`: what the API has booked, from any till or program."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command, group
from pjterm.cli.shared import options as o
from pjterm.cli.shared.printing import CsvOption
from pjterm.cli.shared.typed_names import transaction_named
from pjterm.errors import UsageFault

if TYPE_CHECKING:
    from pjterm.cli.shared.books import SearchResult
    from pjterm.cli.shared.printing import Shown
    from pjterm.core.calendar import Calendar
    from pjterm.reports.transaction_line import Line
    from pjterm.reports.whole import Unread

COLUMNS = ("TRANSACTION", "CREATED", "ACTION", "RESULT", "AMOUNT", "CARD", "INVOICE")


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    transactions = group("What PayJunction has booked.", default=list_transactions)
    command(transactions, "list")(list_transactions)
    command(transactions, "show")(show)
    app.add_typer(transactions, name="transactions")


def list_transactions(
    context: Context,
    today: Annotated[bool, o.flag("--today", "Only today's (the default without any filter).")] = False,
    since: Annotated[str | None, o.option("--since", "DATE", "Created on or after.")] = None,
    before: Annotated[str | None, o.option("--before", "DATE", "Created before.")] = None,
    limit: o.LimitOption = None,
    invoice: Annotated[str | None, o.option("--invoice", "TEXT", "Invoice number.")] = None,
    po: Annotated[str | None, o.option("--po", "TEXT", "Purchase order number.")] = None,
    status: Annotated[str | None, o.option("--status", "WORD", "CAPTURE, DECLINED, HOLD, REJECT or VOID.")] = None,
    action: Annotated[str | None, o.option("--action", "WORD", "CHARGE, REFUND or VERIFY.")] = None,
    amount: Annotated[str | None, o.option("--amount", "AMOUNT", "Total, tip and all.")] = None,
    last_four: Annotated[str | None, o.option("--last-four", "DIGITS", "Of the card.")] = None,
    service: Annotated[str | None, o.option("--service", "WORD", "SMART_TERMINAL, VIRTUAL_TERMINAL, API, …")] = None,
    settlement: Annotated[str | None, o.option("--settlement", "ID", "0: all that is unsettled.")] = None,
    schedule: Annotated[str | None, o.option("--schedule", "ID", "Of a recurring payment.")] = None,
    account: Annotated[str | None, o.option("--account", "N", "Merchant account (terminalId).")] = None,
    transaction: Annotated[str | None, o.option("--transaction", "ID", "One transaction.")] = None,
    billing_first_name: Annotated[str | None, o.option("--billing-first-name", "TEXT", "As billed.")] = None,
    billing_last_name: Annotated[str | None, o.option("--billing-last-name", "TEXT", "As billed.")] = None,
    billing_identifier: Annotated[
        str | None, o.option("--billing-identifier", "TEXT", "Your own id of the customer.")
    ] = None,
    external_id: Annotated[str | None, o.option("--external-id", "TEXT", "metadata[externalId]")] = None,
    external_data: Annotated[str | None, o.option("--external-data", "TEXT", "metadata[externalData]")] = None,
    as_csv: CsvOption = False,
) -> None:
    """Search the transactions of the merchant, newest first, over all pages.

    Nothing happens at any reader. Without a filter today's are listed. A date is a business day (the profile's
    timezone and day_starts). Where something cannot be read, it is named, exit 13.

    Examples:

      pjterm transactions list

      pjterm transactions list --since 2026-11-01 --before 2026-12-01

      pjterm transactions list --status DECLINED --since 2026-11-01

      pjterm transactions list --invoice 1042 --json
    """
    from pjterm.cli.shared.books import read_books
    from pjterm.cli.shared.printing import choose_csv
    from pjterm.reports import filters

    wanted = filters.parameters({
        "invoice": invoice, "po": po, "status": status, "action": action, "amount": amount,
        "last_four": last_four, "service": service, "settlement": settlement, "schedule": schedule,
        "account": account, "transaction": transaction, "billing_first_name": billing_first_name,
        "billing_last_name": billing_last_name, "billing_identifier": billing_identifier,
        "external_id": external_id, "external_data": external_data,
    })  # fmt: skip
    choose_csv(context, as_csv)
    unfiltered = not wanted and since is None and before is None
    begin, end = _span(context, today, since, before, unfiltered=unfiltered)
    books = read_books(
        context, wanted | filters.span(begin, end), limit, lambda found: _fits(found, begin, end, wanted)
    )
    _print(context, books, "no transactions today" if unfiltered else "no transactions match")
    books.end(context)


def _fits(found: Line | Unread, begin: datetime | None, end: datetime | None, wanted: dict[str, str]) -> bool:
    """Whether a result is of this time and what was asked for: a service may ignore a filter, or mean another date."""
    from pjterm.reports import filters
    from pjterm.reports.transaction_line import Line

    if not isinstance(found, Line):
        return True
    created = found.created
    early = begin is not None and created is not None and created < begin
    late = end is not None and created is not None and created >= end
    return not early and not late and filters.fits(found.transaction.raw, wanted)


def _span(
    context: Context, today: bool, since: str | None, before: str | None, *, unfiltered: bool
) -> tuple[datetime | None, datetime | None]:
    """Between which moments a transaction must have been created, as far as the options say; `None` is any."""
    from pjterm.cli.shared.period import moments

    if today and (since is not None or before is not None):
        raise UsageFault("--today: leave out --since and --before")
    if today or unfiltered:
        return context.calendar.begin(context.calendar.day_of(context.clock.now())), None
    return moments(context, since, before)


def _print(context: Context, books: SearchResult, empty: str) -> None:
    from pjterm.cli.shared.printing import print_list

    rows = (_row(item, context.calendar) for item in books.items)
    shown = _shown(context, books.items) if context.for_person else None
    print_list(context, "transactions", books.items, COLUMNS, rows, more=books.json(), shown=shown, empty=empty)


def _row(item: Any, calendar: Calendar) -> tuple[Any, ...]:
    from pjterm.core.money import dollars
    from pjterm.reports.transaction_line import line
    from pjterm.ui.moments import day_and_clock

    found = line(item)
    if found is None:
        return ("?", None, None, None, None, None, None)
    t = found.transaction
    word = found.word if t.approved is not False else f"{found.word} {t.code or ''}".rstrip()
    total = None if found.total is None else dollars(found.total)
    created = None if found.created is None else day_and_clock(found.created, calendar.zone)
    return (t.transaction_id, created, t.action.lower(), word, total, found.card,
            t.invoice_number)  # fmt: skip


def _shown(context: Context, items: list[Any]) -> Shown:
    """The list for a person: the day only where it is not today, and how each ended from afar."""
    from pjterm.cli.shared.printing import Shown
    from pjterm.reports.transaction_line import line
    from pjterm.ui.moments import short, zone_short
    from pjterm.ui.tones import Tone

    tones = {"approved": Tone.MONEY, "held": Tone.RUNNING, "undecided": Tone.UNKNOWN}
    zone, now = context.zone, context.clock.now()
    lines = [line(item) for item in items]
    times = [None if x is None or x.created is None else short(x.created, now, zone) for x in lines]
    whole = (_row(item, context.calendar) for item in items)
    cards = [_card(x) for x in lines]
    rows = [(row[0], time, *row[2:5], card, row[6]) for row, time, card in zip(whole, times, cards, strict=True)]
    columns = ("ID", f"TIME {zone_short(now, zone)}", "ACTION", "OUTCOME", "TOTAL", "CARD", "INVOICE")
    found = [tones.get(x.word, Tone.NOTHING) if x is not None else Tone.UNKNOWN for x in lines]
    return Shown(columns, rows, ("TOTAL",), found)


def _card(x: Line | None) -> str | None:
    """A card in a table: `Visa 1111`."""
    from pjterm.core.card import short_brand

    if x is None or x.card is None or x.brand is None:
        return None if x is None else x.card
    return x.card.replace(x.brand, short_brand(x.brand), 1)


def show(context: Context, transaction: Annotated[str, o.argument("ID", o.ANY_ID)]) -> None:
    """Show one transaction as the API has it now.

    Nothing happens at any reader.

    Examples:

      pjterm transactions show 10001

      pjterm transactions show 10001 --json
    """
    from pjterm.cli.shared.printing import print_item

    number = transaction_named(context, transaction, "ID", as_claimed=True)
    item = context.api.read_transaction(number).raw
    print_item(context, "transactions", item, _lines(item, context.calendar))


def _lines(item: dict[str, Any], calendar: Calendar) -> list[str]:
    """The verdict first, then all that the API said, one value a line."""
    from pjterm.cli.shared.item_lines import item_lines

    row = _row(item, calendar)
    head = "  ".join(str(cell) for cell in row[:6] if cell)
    return [head, *item_lines(item, calendar, "  ")]
