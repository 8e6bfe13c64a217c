"""`reconcile`: a day as the journal, the API and the relay have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import options as o
from pjterm.cli.shared import period
from pjterm.cli.shared.printing import CsvOption
from pjterm.cli.streams import write_result
from pjterm.errors import CheckFailed, UsageFault
from pjterm.values import replace

if TYPE_CHECKING:
    from pjterm.cli.shared.reconciliation import Compared
    from pjterm.reports.difference import Difference
    from pjterm.reports.transaction_line import Line


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    command(app, "reconcile")(reconcile)


def reconcile(
    context: Context,
    day: period.DayOption = None,
    settlement: Annotated[str | None, o.option("--settlement", "ID", "A settlement instead of a day.")] = None,
    as_csv: CsvOption = False,
) -> None:
    """Compare the journal with PayJunction.

    The entries, the API's transactions and the relay's events of a day are compared, or a settlement. It shows
    money without an entry, entries without their money, probable double charges, and what is still open. Exit 13
    when there is any difference, or something that cannot be read. What is held, not captured, is named. A
    settlement is compared with its transactions and the journal, to the cent. Nothing happens at any reader, nothing
    is changed.

    Examples:

      pjterm reconcile

      pjterm reconcile --day 2026-11-23 --csv > differences.csv

      pjterm reconcile --settlement 501
    """
    from pjterm.cli.shared.printing import choose_csv
    from pjterm.cli.shared.reconciliation import compare_period, compare_settlement
    from pjterm.cli.shared.settlements import end_whole, read_settlement

    choose_csv(context, as_csv)
    if settlement is not None:
        if day is not None:
            raise UsageFault("--settlement: leave out --day")
        batch = read_settlement(context, settlement, "--settlement")
        end_whole(context, "settlement", [batch])
        _name_account(context, batch)
        found, about = compare_settlement(context, batch), None
    else:
        batch, about = None, period.chosen_day(context, day)
        found = compare_period(context, about)
    here = [replace(d, hint=context.addressed(d.hint)) for d in found.differences]
    _print(context, about, batch, replace(found, differences=here))
    found.books.end(context)
    if found.differences:
        raise typer.Exit(CheckFailed.exit_code)


def _name_account(context: Context, batch: dict[str, Any]) -> None:
    """A batch of another account consists of what others sold: this journal may know none of it."""
    from pjterm.core.wire import number

    ours, theirs = context.profile.account, number(batch["terminalId"])
    if ours is not None and theirs != ours:
        which = f"settlement {batch['settlementId']} is of account {theirs}"
        context.warn(f"{which}; profile {context.profile.name} sells for {ours}")


def _print(context: Context, about: period.Period | None, batch: dict[str, Any] | None, found: Compared) -> None:
    from pjterm.cli.shared.printing import print_list

    columns = ("DIFFERENCE", "AMOUNT", "TRANSACTIONS", "KEY", "TERMINAL", "INVOICE", "WHAT", "NEXT")
    rows = [
        (d.kind.value, d.amount, " ".join(map(str, d.transaction_ids)), d.key, d.terminal, d.invoice_number,
         d.says, d.hint.replace("\n", "; "))
        for d in found.differences
    ]  # fmt: skip
    sources = {
        "entries": found.entries, "transactions": len(found.lines), "events": found.events,
        "eventsRemoved": found.removed,
    }  # fmt: skip
    if context.for_person:
        _print_paragraphs(context, found.differences)
    else:
        held = [{"transactionId": x.transaction.transaction_id, "amountTotal": _dollars(x)} for x in found.held]
        times = {"day": None, "begin": None, "end": None, "timezone": None} if about is None else about.json()
        more = {**times, "settlement": batch, "sources": sources, **found.books.json(), "held": held}
        print_list(context, "reconcile", [_item(d) for d in found.differences], columns, rows, more=more)
    for x in found.held:
        context.notice(f"held, not captured: transaction {x.transaction.transaction_id}, ${_dollars(x)}; PayJunction "
                       "voids it on the 7th day")  # fmt: skip
    what = about if batch is None else f"settlement {batch['settlementId']} ({batch.get('status')})"
    _sum_up(context, str(what), found)


def _sum_up(context: Context, about: str, found: Compared) -> None:
    from pjterm.core.text import counted

    events = "" if found.events is None else f", {counted(found.events, 'webhook transaction')}"
    if found.removed:
        events += f" ({counted(found.removed, 'older event is', 'older events are')} no longer kept)"
    context.notice(
        f"{about}: {counted(found.entries, 'entry')}, {counted(len(found.lines), 'transaction')}{events}: "
        f"{counted(len(found.differences), 'difference')}"
    )


def _print_paragraphs(context: Context, found: list[Difference]) -> None:
    """For a person: one paragraph a difference, what to type under it."""
    from pjterm.cli.shared.printing import terminal_width
    from pjterm.core.text import harmless
    from pjterm.ui.fitting import fold_commands, packed
    from pjterm.ui.paint import signed
    from pjterm.ui.tones import SIGNS, Tone

    width, encoding = terminal_width(context), context.stdout_encoding
    sign = signed(SIGNS[Tone.NOTHING], Tone.NOTHING, encoding, context.environ)
    for d in found:
        first, *more = packed([d.kind.value, *([f"${d.amount}"] if d.amount else [])], "  ", width - 2)
        texts = [*more, *(harmless(text) for text in (d.says, *f"next: {d.hint}".split("\n")))]
        under = [row for text in texts for row in fold_commands(f"  {text}", width, cut=False)]
        write_result(context.stdout, "".join(f"{row}\n" for row in (f"{sign} {first}", *under)))


def _dollars(x: Line) -> str:
    from pjterm.core.money import dollars

    assert x.total is not None
    return dollars(x.total)


def _item(d: Difference) -> dict[str, Any]:
    return {
        "difference": d.kind.value, "says": d.says, "hint": d.hint, "amount": d.amount, "key": d.key,
        "terminal": d.terminal, "invoiceNumber": d.invoice_number, "transactionIds": list(d.transaction_ids),
    }  # fmt: skip
