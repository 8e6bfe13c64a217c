"""`reconcile` and `report`: a day as the journal, the API and the relay have it; and its takings."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared.lookups import read_all
from pjterm.cli.streams import write_result
from pjterm.errors import ApiRejected, AuthFailed, Difference, PjtermError, UsageFault

if TYPE_CHECKING:
    from pjterm.core.entry import Entry
    from pjterm.reports.reconcile import Difference as Found
    from pjterm.reports.transaction_line import Line

MARGIN = timedelta(hours=1)  # around the day: an entry and its transaction may lie on both sides of midnight
READ_PATIENCE = timedelta(seconds=20)

DayOption = Annotated[
    str | None, typer.Option("--day", metavar="DATE", help="Which day, in local time; default: today.")
]
CsvOption = Annotated[bool, typer.Option("--csv", help="CSV on stdout, with a header.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    command(app, "reconcile")(reconcile)
    command(app, "report")(report)


# -- reconcile ---------------------------------------------------------------------------------------


def reconcile(context: Context, day: DayOption = None, as_csv: CsvOption = False) -> None:
    """Compare the journal, the API's transactions and the relay's events of a day.

    Told are: money without an entry, entries without their money, probable double charges, and what is
    still open. Exit 13 when there is any difference. Nothing happens at any reader, nothing is changed.

    Examples:

      pjterm reconcile

      pjterm reconcile --day 2026-11-23 --csv > differences.csv
    """
    from pjterm.reports import reconcile as core

    chosen, begin, end = _day(context, day, as_csv)
    entries = _entries(context, begin, end)
    lines = _lines(context, begin - MARGIN, end + MARGIN)
    heard = _heard(context, begin, end)
    for id_ in sorted(core.needed(entries, heard or ()) - lines.keys()):
        found = _look_up(context, id_)
        if found is not None:
            lines[id_] = found
    books = core.Books(begin, end, tuple(entries), lines, heard or frozenset(), _owners(context, lines))
    differences = core.compare(books)
    sources = {"entries": len(entries), "transactions": len(books.of_day()),
               "events": None if heard is None else len(heard)}  # fmt: skip
    _print_differences(context, chosen, differences, sources, as_csv)
    if differences:
        raise typer.Exit(Difference.exit_code)


def _entries(context: Context, begin: datetime, end: datetime) -> list[Entry]:
    """Entries of this login that began on the day, and older ones that nobody has settled."""
    recent = context.journal.newest(10**9, since=begin)
    older = [e for e in context.journal.unsettled() if e.started_at < begin]
    mine = [e for e in (*older, *reversed(recent)) if e.scope == context.scope and e.started_at < end]
    return [e for e in mine if e.kind.is_money]


def _lines(context: Context, begin: datetime, end: datetime) -> dict[int, Line]:
    from pjterm.reports import filters
    from pjterm.reports.transaction_line import line

    items = read_all(context, filters.span(begin.astimezone(), end.astimezone()))
    found = [x for x in map(line, items) if x is not None]
    return {x.transaction.transaction_id: x for x in found}


def _look_up(context: Context, id_: int) -> Line | None:
    from pjterm.reports.transaction_line import line

    until = context.clock.now() + READ_PATIENCE
    try:
        return line(context.api.retrying(lambda: context.api.transaction(id_), until).raw)
    except (ApiRejected, AuthFailed):  # 404, or one this API user may not see
        return None


def _owners(context: Context, lines: Iterable[int]) -> dict[int, Entry]:
    environment = context.scope.environment
    found = ((i, context.journal.owners_by_id(i, environment)) for i in lines)
    return {i: entries[0] for i, entries in found if entries}


def _heard(context: Context, begin: datetime, end: datetime) -> frozenset[int] | None:
    """Transactions that verified webhooks of this profile named on the day; `None` without any events."""
    from pjterm.cli.shared import event_source
    from pjterm.core.wire import number

    ids = set()
    try:
        for item in event_source.items(context, {"profile": context.profile.name}, 0, None):
            event, at = item.get("event"), datetime.fromisoformat(item["receivedAt"])
            data = event.get("data") if isinstance(event, dict) else None
            if item.get("verified") and begin <= at < end and isinstance(data, dict):
                ids.add(number(data.get("transactionId")))
    except PjtermError as error:
        context.notice(f"without the relay's events: {error.message}")
        return None
    return frozenset(i for i in ids if i is not None)


def _print_differences(
    context: Context, day: date, found: list[Found], sources: dict[str, int | None], as_csv: bool
) -> None:
    from pjterm.cli.shared.printing import print_list
    from pjterm.core.text import one_line

    items = [_item(d) for d in found]
    columns = ("DIFFERENCE", "AMOUNT", "TRANSACTIONS", "KEY", "TERMINAL", "INVOICE", "WHAT", "NEXT")
    rows = [
        (d.kind.value, d.amount, " ".join(map(str, d.transaction_ids)), d.key, d.terminal, d.invoice_number,
         d.says, d.hint)
        for d in found
    ]  # fmt: skip
    if as_csv:
        print_csv(context, [c.lower() for c in columns], rows)
    elif context.format == "json":
        told = {"schema": "pjterm.reconcile/1", "day": day.isoformat(), "sources": sources, "items": items}
        write_result(context.stdout, one_line(told) + "\n")
    elif context.stdout_is_terminal and context.format == "text":
        _tell(context, found)
    else:
        print_list(context, "reconcile", items, columns, rows)
    what = f"{day}: {sources['entries']} entries, {sources['transactions']} transactions"
    heard = "" if sources["events"] is None else f", {sources['events']} heard of"
    context.notice(f"{what}{heard}: {len(found) or 'no'} difference{'' if len(found) == 1 else 's'}")


def _tell(context: Context, found: list[Found]) -> None:
    """For a person: one paragraph a difference, what to type under it."""
    from pjterm.core.text import harmless

    for d in found:
        write_result(context.stdout, harmless(f"{d.kind.value:<26}{d.amount or '':>12}  {d.says}") + "\n")
        write_result(context.stdout, harmless(f"{'':<26}{'':>12}  -> {d.hint}") + "\n")


def _item(d: Found) -> dict[str, Any]:
    return {
        "difference": d.kind.value, "says": d.says, "hint": d.hint, "amount": d.amount, "key": d.key,
        "terminal": d.terminal, "invoiceNumber": d.invoice_number, "transactionIds": list(d.transaction_ids),
    }  # fmt: skip


# -- report ------------------------------------------------------------------------------------------


def report(context: Context, day: DayOption = None, as_csv: CsvOption = False) -> None:
    """Tell a day's takings by terminal and outcome, what was refunded, and the net.

    The API's transactions are counted, whoever made them, tips and surcharges included; the journal says on
    which reader. Nothing happens at any reader.

    Examples:

      pjterm report

      pjterm report --day 2026-11-23 --csv > takings.csv
    """
    from pjterm.core.money import dollars
    from pjterm.reports.takings import takings

    chosen, begin, end = _day(context, day, as_csv)
    lines = [x for x in _lines(context, begin, end).values() if x.created and begin <= x.created < end]
    told = takings(lines, _readers(context, lines))
    items = [{"terminal": r.terminal, "outcome": r.outcome, "count": r.count, "amount": dollars(r.amount)}
             for r in told.rows]  # fmt: skip
    charged = told.total("approved") + told.total("held")
    totals = {"charged": dollars(charged), "refunded": dollars(told.total("refunded")),
              "net": dollars(told.net)}  # fmt: skip
    _print_report(context, chosen, items, totals, as_csv)


def _readers(context: Context, lines: Iterable[Line]) -> dict[int, str]:
    """On which reader a transaction was made; a linked refund counts where it was typed: at none."""
    owners = _owners(context, [x.transaction.transaction_id for x in lines])
    named = {i: e.terminal.name or e.terminal.smart_terminal_id for i, e in owners.items()}
    return {i: name for i, name in named.items() if name}


def _print_report(
    context: Context, day: date, items: list[dict[str, Any]], totals: dict[str, str], as_csv: bool
) -> None:
    from pjterm.cli.shared.printing import print_list
    from pjterm.core.text import one_line

    columns = ("TERMINAL", "OUTCOME", "COUNT", "AMOUNT")
    rows = [tuple(item.values()) for item in items]
    if as_csv:
        print_csv(context, [c.lower() for c in columns], rows)
        return
    if context.format == "json":
        told = {"schema": "pjterm.report/1", "day": day.isoformat(), "items": items, "totals": totals}
        write_result(context.stdout, one_line(told) + "\n")
        return
    if context.format == "text":
        rows += [("", name, "", amount) for name, amount in totals.items()]
    print_list(context, "report", items, columns, rows, right=("COUNT", "AMOUNT"))
    context.notice(f"{day}, {context.profile.name} ({context.profile.environment.value})")


# -- both --------------------------------------------------------------------------------------------


def _day(context: Context, text: str | None, as_csv: bool) -> tuple[date, datetime, datetime]:
    from pjterm.reports import filters

    if as_csv and context.format != "text":
        raise UsageFault("--csv: leave --json and --output out")
    day = context.clock.now().astimezone().date() if text is None else filters.local_day(text, "--day")
    return (day, *filters.bounds(day))


def print_csv(context: Context, columns: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """CSV on stdout. A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    from pjterm.core.text import harmless

    def cell(value: Any) -> str:
        text = "" if value is None else harmless(str(value))
        return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text

    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([cell(v) for v in row] for row in rows)
    write_result(context.stdout, file.getvalue())
