"""`report`: takings by reader and brand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import period
from pjterm.cli.shared.printing import CsvOption

if TYPE_CHECKING:
    from pjterm.reports.takings import Sum, Takings
    from pjterm.ui.tones import Tone


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    command(app, "report")(report)


def report(
    context: Context,
    day: period.DayOption = None,
    since: period.SinceOption = None,
    before: period.BeforeOption = None,
    as_csv: CsvOption = False,
) -> None:
    """Add up takings by reader and brand.

    Base, tip, tax, shipping, surcharge and total; refunds; the net. What PayJunction booked is counted, whoever
    made it; the journal says on which reader. Declined and held amounts stand apart, and the net leaves them out. A
    day begins at the profile's day_starts in its timezone. Where something cannot be read, it is named, and the
    exit code is 13. Nothing happens at any reader.

    Examples:

      pjterm report

      pjterm report --day 2026-11-23 --csv > takings.csv

      pjterm report --since 2026-11-01 --before 2026-12-01
    """
    from pjterm.cli.shared.books import read_books, readers_of
    from pjterm.cli.shared.printing import check_csv
    from pjterm.reports.takings import takings

    check_csv(context, as_csv)
    about = period.chosen_period(context, day, since, before)
    books = read_books(context, about.asked())
    lines = [x for x in books.lines if about.has(x.created)]
    told = takings(lines, readers_of(context, lines))
    items = [{"terminal": r.terminal, "brand": r.brand or None, "outcome": r.outcome, **_amounts(r.sum)}
             for r in told.rows]  # fmt: skip
    _print(context, about, items, told, books.json(), as_csv)
    books.end(context)


def _amounts(found: Sum) -> dict[str, Any]:
    from pjterm.core.money import dollars
    from pjterm.reports.takings import AMOUNTS

    shown = {name: dollars(found.of(name)) for name in AMOUNTS}
    total = dollars(found.total)
    return {"count": found.count, **shown, "amountTotal": total, "amount": total}


def _totals(told: Takings) -> dict[str, str]:
    from pjterm.core.money import dollars

    words = {"approved": "charged", "refunded": "refunded", "held": "held", "declined": "declined"}
    return {word: dollars(told.of(outcome).total) for outcome, word in words.items()} | {"net": dollars(told.net)}


def _print(
    context: Context, about: period.Period, items: list[dict[str, Any]], told: Takings, missing: dict[str, Any],
    as_csv: bool,
) -> None:  # fmt: skip
    from pjterm.cli.shared.printing import Shown, print_csv, print_list

    names = ("terminal", "brand", "outcome", "count", *_columns(items, everything=as_csv))
    columns = tuple(name.removeprefix("amount").upper() for name in names)
    rows = [tuple(item[name] for name in names) for item in items]
    if as_csv:
        print_csv(context, columns, rows)
    else:
        totals = _totals(told)
        if context.format == "text":
            rows += [("", "", word, *[""] * (len(names) - 4), amount) for word, amount in totals.items()]
        more = {**about.json(), **missing, "totals": totals}
        tones = [_tone(str(item["outcome"])) for item in items]
        shown = Shown(columns, rows, columns[3:], [*tones, *[None] * len(totals)])
        print_list(context, "report", items, columns, rows, more=more, shown=shown)
    incomplete = ", INCOMPLETE" if missing["incomplete"] else ""
    context.notice(f"{about}, {context.profile.name} ({context.profile.environment.value}){incomplete}")


def _tone(outcome: str) -> Tone:
    from pjterm.ui.tones import Tone

    return {"approved": Tone.MONEY, "refunded": Tone.MONEY, "held": Tone.RUNNING}.get(outcome, Tone.NOTHING)


def _columns(items: Iterable[dict[str, Any]], *, everything: bool) -> list[str]:
    """The amounts to show: to a person those that there are, and the base and the total always."""
    from pjterm.reports.takings import AMOUNTS

    used = [name for name in AMOUNTS if everything or name == "amountBase" or any(i[name] != "0.00" for i in items)]
    return [*used, "amountTotal"]
