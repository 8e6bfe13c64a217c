"""`close`: the final report of a business day, numbered, written once and never changed."""

from __future__ import annotations

from collections.abc import Iterable
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import options as o
from pjterm.cli.shared import period
from pjterm.cli.shared.printing import CsvOption
from pjterm.core.text import counted
from pjterm.errors import GuardRefused, UsageFault
from pjterm.values import dataclass

if TYPE_CHECKING:
    from pjterm.cli.shared.books import SearchResult
    from pjterm.journal.closes import Closes
    from pjterm.journal.rows import Close
    from pjterm.reports.closing import Carried
    from pjterm.reports.transaction_line import Line


NAMED_MOST = 5  # days in a sentence; of more it says how many


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    command(app, "close")(close)


def close(
    context: Context,
    day: period.DayOption = None,
    show: Annotated[int | None, o.option("--show", "N", "Print this close again.", min=1, max=o.LARGEST_NUMBER)] = None,
    force: Annotated[
        bool, o.flag("--force", "Close although something is open or differs; marked incomplete.")
    ] = False,
    over: Annotated[
        list[str] | None, o.option("--over", "KEY", "This suspected double charge is two sales; may be repeated.")
    ] = None,
    by: o.ByOption = None,
    yes: o.YesOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Close a day: its final report, numbered.

    A day is closed once; for one that still runs you are asked first. What is sold in it later, or changes, stands
    in the next close as carried. Open or unknown sales, or differences that reconcile finds, stop it. Earlier days
    that have takings but no close are listed. Nothing happens at any reader. In a pipe and as CSV the rows are those
    of report --by-operator, then what is carried (the day that it is of, its transaction, and as the total what it
    changes in the net), then the totals.

    Examples:

      pjterm close

      pjterm close --day 2026-11-23 --csv > close.csv

      pjterm close --show 12
    """
    from pjterm.cli.shared.printing import choose_csv
    from pjterm.cli.shared.written_close import print_close

    choose_csv(context, as_csv)
    if show is not None:
        if day is not None or force or over or by is not None or yes:
            raise UsageFault("--show: leave out --day, --force, --over, --by and --yes")
        print_close(context, _shown(context, show))
        return
    about, who = _day_to_close(context, day), o.seller(context, by)
    closes = _closes(context)
    earlier = closes.all()
    found = _checked_day(context, about, earlier, over or [], force=force, yes=yes)
    document = _document(context, about, found, who)
    written = closes.add(
        str(about.day), context.clock.now(),
        lambda number, head: {"number": number, **document, "head": dict(head)},
        known=max((c.number for c in earlier), default=0),
    )  # fmt: skip
    if written is None:
        raise _closed_meanwhile(context, closes, str(about.day))
    print_close(context, written)
    _name_unclosed(context, [c.day for c in earlier], about)
    for books in found.books:
        books.end(context)


def _closes(context: Context) -> Closes:
    from pjterm.journal.closes import Closes

    return Closes(context.journal.file, context.scope, context.profile.name)


@dataclass(frozen=True, slots=True)
class _Day:
    """What goes into a close: its own sales, what changed in earlier closes, and what is open or differs."""

    own: list[Line]
    carried: list[Carried]
    books: list[SearchResult]
    stops: list[tuple[str, str]]
    accepted: list[str]


def _checked_day(
    context: Context, about: period.Period, earlier: list[Close], over: list[str], *, force: bool, yes: bool
) -> _Day:
    """The day, if nothing stops its close; what can be known without a search is checked before it."""
    name = str(about.day)
    _check_open(earlier, name)
    context.journal.check_writable()  # one that was changed by another program is no ground for a final report
    _check_over(context, about, yes)
    found = _read_day(context, about, [c.document for c in earlier], over)
    _check_whole(context, name, found.stops, force=force)
    return found


def _read_day(context: Context, about: period.Period, documents: list[dict[str, Any]], over: list[str]) -> _Day:
    from pjterm.cli.shared.books import read_books
    from pjterm.cli.shared.reconciliation import compare_period
    from pjterm.reports import closing, filters

    assert about.day is not None
    found, before = compare_period(context, about, _again(context, str(about.day))), closing.known(documents)
    own = [x for x in found.lines if x.transaction.transaction_id not in before]
    books: list[SearchResult] = [found.books]
    carried: list[Carried] = []
    if days := closing.looked_at(documents, about.day, context.calendar.bounds, context.clock.now()):
        spans = [span for d in days for span in d.spans]
        late = read_books(context, filters.span(min(begin for begin, _ in spans), max(end for _, end in spans)))
        seen = {*late.by_id(), *late.unread_ids()}
        for number in sorted(closing.stood_in(documents, days) - seen):  # a search may leave one out
            late.look_up(context, number)
        books, carried = [*books, late], closing.carried(late.lines, days, before, own)
    open_, accepted = closing.without_accepted(found.differences, over)
    stops = [(closing.describe(d), context.addressed(d.hint)) for d in open_]
    stops += [(str(u), "") for b in books for u in b.unread]
    return _Day(own, carried, books, stops, [closing.describe(d) for d in accepted])


def _again(context: Context, day: str, *more: str) -> str:
    """The line as it was typed, with the day that it chose, and `more` options."""
    words = list(context.typed)
    named = any(word.split("=")[0] == "--day" for word in words)
    return " ".join(map(quote, ["pjterm", *words, *(() if named else ("--day", day)), *more]))


def _day_to_close(context: Context, day: str | None) -> period.Period:
    about = period.chosen_day(context, day)
    if about.begin > context.clock.now():
        raise UsageFault(f"--day: {about.day} has not begun yet")
    return about


def _check_open(earlier: Iterable[Close], day: str) -> None:
    for c in earlier:
        if c.day == day:
            raise _closed_already(day, c.number)


def _name_unclosed(context: Context, closed: list[str], about: period.Period) -> None:
    """Days before this one that have takings of this journal, and are in no close."""
    from pjterm.reports import closing

    assert about.day is not None
    found = closing.never_closed(context.journal.taken_at(context.scope), context.calendar, closed, about.day)
    if not found:
        return
    named = ", ".join(map(str, found)) if len(found) <= NAMED_MOST else f"{len(found)} days from {found[0]} on"
    context.notice(f"earlier days with takings that are in no close: {named}")
    context.notice(f"next: pjterm close --day {found[0]}")


def _closed_meanwhile(context: Context, closes: Closes, day: str) -> GuardRefused:
    """Another process wrote a close: of this day, or of one that may carry the same changes."""
    if any(c.day == day for c in closes.all()):
        return _closed_already(day, None)
    return GuardRefused(
        "another day was closed at the same time, and what it carries must not be carried twice; nothing was written",
        hint=f"try again: {_again(context, day)}",
        code="closed-meanwhile",
    )


def _closed_already(day: str, number: int | None) -> GuardRefused:
    which = "" if number is None else f" by close {number}"
    return GuardRefused(
        f"{day} was closed already{which}; nothing was written",
        hint=f"which one: pjterm close --day {day}" if number is None else f"see: pjterm close --show {number}",
        code="closed",
    )  # fmt: skip


def _check_over(context: Context, about: period.Period, yes: bool) -> None:
    """A day that still runs is closed after a question: what is sold in it from now on is in the next close."""
    if yes or about.end <= context.clock.now():
        return
    runs = f"{about.day} runs until {about.end:%Y-%m-%d %H:%M} ({about.zone})"
    context.confirm_or_refuse(
        f"{runs}; later sales stand in the next close as carried. Close it now?",
        f"{runs} and was not closed", yes=yes,
        hint=f"later sales stand in the next close; to close it now: {_again(context, str(about.day), '--yes')}",
    )  # fmt: skip


def _check_whole(context: Context, day: str, stops: list[tuple[str, str]], *, force: bool) -> None:
    from pjterm.core.text import harmless
    from pjterm.ui.wording import next_lines

    for says, hint in stops:
        context.error_line(f"  {harmless(says)}")
        for line in next_lines(hint) if hint else ():
            context.error_line(f"    {line}")
    if stops and not force:
        raise GuardRefused(
            f"{day} was not closed: {counted(len(stops), 'problem is', 'problems are')} listed above; "
            "nothing was written",
            hint=f"resolve them, or close it marked incomplete with --force; then again: {_again(context, day)}",
            code="not-whole",
        )


def _document(context: Context, about: period.Period, day: _Day, who: str | None) -> dict[str, Any]:
    from pjterm.cli.shared.books import makers_of, readers, sellers
    from pjterm.cli.shared.takings import items_of, totals_of
    from pjterm.core.money import dollars
    from pjterm.core.parts import ZERO
    from pjterm.core.times import stamp
    from pjterm.reports import closing
    from pjterm.reports.takings import takings

    owners = makers_of(context, day.own)
    taken = takings(day.own, readers(owners), sellers(owners))
    late = sum((c.difference for c in day.carried), ZERO)
    differences = [says for says, _ in day.stops]
    inside = [closing.transaction_item(x) for x in day.own if x.transaction.action in ("CHARGE", "REFUND")]
    return {
        **about.json(), "closedAt": stamp(context.clock.now()), "profile": context.profile.name,
        "environment": context.scope.environment, "by": who, "incomplete": bool(differences),
        "differences": differences,
        "items": items_of(taken),
        "totals": {**totals_of(taken), "carried": dollars(late), "netWithCarried": dollars(taken.net + late)},
        "carried": [closing.carried_item(c) for c in day.carried],
        "transactions": inside + [closing.transaction_item(c.line) for c in day.carried], "accepted": day.accepted,
    }  # fmt: skip


def _shown(context: Context, number: int) -> Close:
    written = _closes(context).all()
    found = [c for c in written if c.number == number]
    if not found:
        newest = max((c.number for c in written), default=0)
        hint = f"the newest: pjterm close --show {newest}" if newest else "none yet; to close a day: pjterm close"
        raise UsageFault(f"--show: there is no close {number}", hint=hint)
    return found[0]
