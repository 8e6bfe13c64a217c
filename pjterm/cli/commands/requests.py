"""`status`, `follow` and `requests`: requests that exist already."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command, group
from pjterm.cli.shared import options as o
from pjterm.cli.shared import typed_names
from pjterm.cli.shared.recorded import is_elsewhere, readers_of, report_from_journal, summary
from pjterm.cli.shared.typed_names import find_anywhere

if TYPE_CHECKING:
    from pjterm.cli.shared.printing import Shown
    from pjterm.core.calendar import Calendar
    from pjterm.ui.report import Report

NEXT_MOST = 5  # commands under a list

NameArgument = Annotated[str, o.argument("ID", o.ANY_ID)]


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    command(app, "status")(status)
    command(app, "follow")(follow)
    requests = group("What was sent from this machine.", default=list_entries)
    command(requests, "list")(list_entries)
    command(requests, "show")(show)
    app.add_typer(requests, name="requests")


# -- one request -----------------------------------------------------------------------------------


def status(context: Context, name: NameArgument) -> None:
    """Say how a request stands, with one poll.

    It does not wait. Nothing changes at the reader. The text is one word; the exit code is that of the outcome,
    8 while the request runs.

    Example:

      pjterm status 37fa5c74-6315-4838-a07c-4b73a600e729
    """
    context.quiet = True
    context.timeout = 0.0
    _follow(context, name, o.Waiting(0.0, "result", "poll"), one_word=True)


def follow(
    context: Context,
    name: NameArgument,
    *,
    waiting: o.Waiting,
) -> None:
    """Follow a request live until its end.

    From any shell, also after a reboot. Nothing is sent to the reader but polls; Ctrl-C cancels the request as
    during `charge`, unless another command on this machine works on it: then it only stops the watching.

    Example:

      pjterm follow 37fa5c74-6315-4838-a07c-4b73a600e729
    """
    _follow(context, name, waiting)


def _follow(context: Context, typed: str, waiting: o.Waiting, *, one_word: bool = False) -> None:
    from pjterm.cli.shared import result, session
    from pjterm.core.plan import Until

    found = typed_names.name(context, typed)
    context.asked = {"request_id": found.request_id, "transaction_id": found.transaction_id}
    deadline = context.clock.now() + timedelta(seconds=waiting.timeout)
    entry = found.entry
    if entry is None:
        from pjterm.cli.shared import untracked

        if found.request_id is None:
            assert found.transaction_id is not None
            untracked.show_transaction(context, found.transaction_id, one_word=one_word)
            return
        untracked.follow(context, found.request_id, deadline, Until(waiting.until), waiting.via, one_word=one_word)
        return
    with session.of_entry(context, entry, via=waiting.via) as made:
        resolution = made.flow.resolver.resolve(entry, waiting.plan(entry, deadline))
        result.finish(made, resolution, one_word=one_word)


# -- the journal -----------------------------------------------------------------------------------


def list_entries(
    context: Context,
    limit: Annotated[int, o.option("--limit", "N", "How many at most.", min=1, max=o.LARGEST_NUMBER)] = 50,
    open_: Annotated[bool, o.flag("--open", "Only those that are open or unknown.")] = False,
    since: Annotated[str | None, o.option("--since", "DATE", "Started on or after this, local time.")] = None,
) -> None:
    """List what was sent from this machine, newest first.

    Nothing happens at any reader, and the API is not asked.

    Examples:

      pjterm requests list --open

      pjterm requests list --since 2026-11-01 --json
    """
    from pjterm.cli.shared.printing import print_list
    from pjterm.ui.moments import day_and_clock

    calendar = context.calendar
    after = None if since is None else calendar.moment(since, "--since")
    entries = context.as_recorded(context.journal.newest(limit, open_only=open_, since=after))
    reports = [summary(context, e) for e in entries]
    items = [r.summary() for r in reports]
    names = readers_of(entries)
    readers = [names.get(e.id) for e in entries]
    rows = [
        (day_and_clock(e.started_at, calendar.zone), e.key, e.kind.value, r.amount, reader,
         r.outcome.value, _result(r), r.amount_total, e.by)
        for e, r, reader in zip(entries, reports, readers, strict=True)
    ]  # fmt: skip
    columns = ("STARTED", "KEY", "KIND", "AMOUNT", "TERMINAL", "OUTCOME", "RESULT", "TOTAL", "BY")
    empty = "nothing is open" if open_ else "nothing was sent from this machine yet; try: pjterm charge 1.00 -t T1"
    empty = empty if since is None else "no requests match"
    shown = _shown(context, reports, readers) if context.for_person else None
    print_list(context, "requests", items, columns, rows, shown=shown, empty=empty)


def _shown(context: Context, reports: list[Any], readers: list[str | None]) -> Shown:
    """The list for a person: what was charged in all, how it ended from afar, and what to type for what is open."""
    from pjterm.cli.shared.printing import Shown
    from pjterm.cli.shared.result import addressed
    from pjterm.ui.moments import short, zone_short
    from pjterm.ui.next_step import next_command
    from pjterm.ui.outcome_words import outcome_word
    from pjterm.ui.tones import tone_of

    zone, now = context.zone, context.clock.now()
    rows: list[tuple[Any, ...]] = [
        (short(r.started_at, now, zone), r.key, r.kind.value, _total(r),
         reader, outcome_word(r), _result(r))
        for r, reader in zip(reports, readers, strict=True)
    ]  # fmt: skip
    open_ = [addressed(context, r) for r in reports if r.exit_code in (8, 9)]
    below = [f"{r.key}: {line}" for r in open_[:NEXT_MOST] for line in (next_command(r) or "").split("\n")]
    all_ = context.addressed(f"and {len(open_) - NEXT_MOST} more; find out about all: pjterm resume")
    below += [all_] if open_[NEXT_MOST:] else []
    columns = [f"TIME {zone_short(now, zone)}", "KEY", "KIND", "TOTAL", "TERMINAL", "OUTCOME", "RESULT"]
    if any(is_elsewhere(context, r.environment) for r in reports):
        rows = [(*row, r.environment) for row, r in zip(rows, reports, strict=True)]
        columns.append("ENVIRONMENT")
    return Shown(tuple(columns), rows, ("TOTAL",), [tone_of(r.outcome) for r in reports], below=below)


def _total(report: Any) -> str | None:
    """The total, or what was asked for in all; a tip is only a part of a total."""
    return report.amount_total or (None if report.kind.value == "tip" else report.asked)


def _result(report: Any) -> Any:
    return report.transaction_id or report.signature_id or report.prompt_button


def show(context: Context, name: NameArgument) -> None:
    """Show one entry of the journal.

    Nothing happens at any reader, and the API is not asked.

    Example:

      pjterm requests show order-1042
    """
    from pjterm.cli.shared.printing import print_item

    entry = find_anywhere(context, name)
    report = report_from_journal(context, entry)
    item = report.json()
    if print_item(context, "requests", item, _item_lines(report, context.calendar)):
        context.remember_shown(entry)


def _item_lines(report: Report, calendar: Calendar) -> list[str]:
    from pjterm.cli.shared.item_lines import item_lines
    from pjterm.ui.outcome_words import held_until

    left_out = ("schema", "type", "evidence", "transaction")
    said: dict[str, Any] = {}
    for name, value in report.json().items():
        if name not in left_out:
            said[name] = value
        if name == "outcome":
            said["held"] = held_until(report, calendar.zone)
    return item_lines(said, calendar)
