"""`report`: takings by reader and brand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import options as o
from pjterm.cli.shared import period
from pjterm.cli.shared.printing import CsvOption

if TYPE_CHECKING:
    from pjterm.reports.takings import Takings
    from pjterm.ui.tones import Tone


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    command(app, "report")(report)


def report(
    context: Context,
    day: period.DayOption = None,
    since: period.SinceOption = None,
    before: period.BeforeOption = None,
    by_operator: Annotated[bool, o.flag("--by-operator", "Also by who sold (--by).")] = False,
    as_csv: CsvOption = False,
) -> None:
    """Add up takings by reader and brand.

    Base, tip, tax, shipping, surcharge and total; refunds; the net. Everything that PayJunction booked is counted,
    from any till or program; the journal says on which reader. Declined and held amounts stand apart, and the net
    leaves them out. A day begins at the profile's day_starts in its timezone. Where something cannot be read, it is
    named, and the exit code is 13. Nothing happens at any reader. In a pipe each row has all amounts; the totals
    come last.

    Examples:

      pjterm report

      pjterm report --day 2026-11-23 --csv > takings.csv

      pjterm report --since 2026-11-01 --before 2026-12-01
    """
    from pjterm.cli.shared.books import makers_of, read_books, readers, sellers
    from pjterm.cli.shared.printing import choose_csv
    from pjterm.cli.shared.reconciliation import booked_in
    from pjterm.reports.takings import takings

    choose_csv(context, as_csv)
    about = period.chosen_period(context, day, since, before)
    books = read_books(context, about.asked())
    known = {*books.by_id(), *books.unread_ids()}
    for number in sorted(booked_in(context, about) - known):  # a search may lag behind this journal
        books.look_up(context, number)
    lines = [x for x in books.lines if about.has(x.created)]
    owners = makers_of(context, lines)
    taken = takings(lines, readers(owners), sellers(owners) if by_operator else None)
    _print(context, about, taken, books.json(), by_operator)
    books.end(context)


def _print(context: Context, about: period.Period, taken: Takings, missing: dict[str, Any], by_operator: bool) -> None:
    from pjterm.cli.shared.printing import Shown, print_list
    from pjterm.cli.shared.takings import for_person, items_of, shown_keys, titles, totals_of, with_totals
    from pjterm.core.text import with_environment

    items, totals = items_of(taken), totals_of(taken)
    names = shown_keys(items, by_operator=by_operator, everything=not context.for_person)
    rows = [tuple(item[name] for name in names) for item in items]
    rows = with_totals(names, rows, totals) if context.format == "text" else rows
    more = {**about.json(), **missing, "totals": totals}
    tones = [_tone(str(item["outcome"])) for item in items]
    shown = Shown(*for_person(names, rows), [*tones, *[None] * len(totals)])
    print_list(context, "report", items, titles(names), rows, more=more, shown=shown)
    incomplete = ", INCOMPLETE" if missing["incomplete"] else ""
    context.notice(f"{about}, {with_environment(context.profile.name, context.profile.environment.value)}{incomplete}")


def _tone(outcome: str) -> Tone:
    from pjterm.ui.tones import Tone

    return {"approved": Tone.MONEY, "refunded": Tone.MONEY, "held": Tone.RUNNING}.get(outcome, Tone.NOTHING)
