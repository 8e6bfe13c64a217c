"""`why`: the story of one request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import options as o
from pjterm.cli.shared.recorded import is_elsewhere, report_from_journal, what
from pjterm.cli.shared.typed_names import find_anywhere
from pjterm.core.hints import command_line, parted
from pjterm.core.model import Outcome

if TYPE_CHECKING:
    from pjterm.core.entry import Entry
    from pjterm.ui.outcome_words import Words
    from pjterm.ui.report import Report


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    command(app, "why")(why)


def why(
    context: Context,
    name: Annotated[str, o.argument("ID", o.ANY_ID)],
    raw: Annotated[bool, o.flag("--raw", "The facts as they were seen, each with its source.")] = False,
) -> None:
    """Tell the story of a sale, with its evidence.

    Nothing happens at any reader. A sale that ended without money is looked up once more, for it may be paid after
    all, and one that was paid within the last 15 minutes, for it may be charged twice. Exit code 9 while it is
    not known whether money moved, else 0. --json has the facts too.

    Examples:

      pjterm why order-1042

      pjterm why order-1042 --raw
    """
    from pjterm.cli.shared.printing import print_item
    from pjterm.cli.shared.result import addressed
    from pjterm.cli.shared.session import ask_again

    entry = ask_again(context, find_anywhere(context, name))
    report = addressed(context, report_from_journal(context, entry, all_attempts=True))
    lines = [*_elsewhere(context, entry), *(_raw(context, report, entry) if raw else _story(context, report, entry))]
    if print_item(context, "why", report.json(), lines):
        context.remember_shown(entry)
    if report.outcome is Outcome.UNKNOWN:
        raise typer.Exit(report.exit_code)


def _elsewhere(context: Context, entry: Entry) -> Iterator[str]:
    """Where it was sent, unless the profile in use is of the same environment."""
    from pjterm.ui.progress import label

    if is_elsewhere(context, entry.scope.environment):
        yield label(entry.scope.environment)


def _story(context: Context, report: Report, entry: Entry) -> Iterator[str]:
    from pjterm.cli.shared.originals import refunds_of
    from pjterm.ui.outcome_words import words_of
    from pjterm.ui.story import NOT_SEEN, story
    from pjterm.ui.wording import next_lines

    words = words_of(report, context.clock.now(), context.zone)
    yield what(entry)
    yield from _verdict(context, words)
    yield ""
    facts, since = context.journal.facts(entry, all_attempts=True), refunds_of(context, entry)
    yield from story(facts, entry.kind, context.zone, since) or [f"  {NOT_SEEN}"]
    yield ""
    if words.next is not None and report.exit_code != 0:
        yield from next_lines("\n".join(_but_why(line) for line in words.next.split("\n")))
    yield context.addressed(f"the facts: {command_line('why', entry.key, '--raw')}")


def _verdict(context: Context, words: Words) -> Iterator[str]:
    """The verdict's line; on a terminal as many lines as it needs, and no card apart from its number."""
    if not context.stdout_is_terminal:
        yield words.line()
        return
    from pjterm.cli.shared.printing import terminal_width
    from pjterm.ui.fitting import fold, packed

    width = terminal_width(context) - 2
    first, *rest = (line for row in packed(words.pieces(), "  ", width) for line in fold(row, width))
    yield from (first, *(f"  {row}" for row in rest))


def _but_why(line: str) -> str:
    """A line without the command that shows this."""
    lead, following = parted(line)
    return lead.rpartition("; ")[0] or lead if following.startswith("pjterm why ") else line


def _raw(context: Context, report: Report, entry: Entry) -> Iterator[str]:
    from pjterm.ui.next_step import next_command
    from pjterm.ui.outcome_words import headline
    from pjterm.ui.story import NOT_SEEN
    from pjterm.ui.wording import evidence_lines, next_lines

    yield f"{what(entry)}: {headline(report.outcome)}"
    if report.says:
        yield f"  because: {report.says}"
    if report.invoice_number is not None:
        yield f"  invoice number: {report.invoice_number}"
    yield ""
    for line in evidence_lines(report, context.zone) or [NOT_SEEN]:
        yield f"  {line}"
    following = next_command(report)
    if following is not None and report.exit_code != 0:
        yield ""
        yield from next_lines(following)
