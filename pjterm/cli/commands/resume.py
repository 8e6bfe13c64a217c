"""`resume`: find out what became of a sale that is open or unknown, or of all of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import options as o
from pjterm.cli.shared.logins import may_ask, no_login, profile_of
from pjterm.cli.shared.recorded import summary, what
from pjterm.cli.shared.typed_names import find_entry
from pjterm.cli.streams import write
from pjterm.core.hints import command_line
from pjterm.core.model import Kind
from pjterm.errors import JournalDamaged, JournalUnusable, UsageFault
from pjterm.values import replace

if TYPE_CHECKING:
    from pjterm.cli.shared.session import Session
    from pjterm.core.entry import Entry
    from pjterm.flow.results import Resolution
    from pjterm.ui.report import Report

SETTLE_LEAST, SETTLE_MOST = 10, 3600  # seconds


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    command(app, "resume")(resume)


def resume(
    context: Context,
    name: Annotated[str | None, o.argument("[ID]", f"{o.ANY_ID} Without it, all that are open.")] = None,
    *,
    waiting: o.Waiting,
    clear_terminal: Annotated[
        bool, o.flag("--clear-terminal", "End what may still run on its terminal, then search.")
    ] = False,
    settle: Annotated[
        float | None,
        o.option("--settle", "SECONDS", "How long to search after the reset, whatever --timeout says; default 60."),
    ] = None,
    transaction: Annotated[
        int | None, o.option("--transaction", "ID", "Resolve by hand: this is the sale.", min=1, max=o.LARGEST_NUMBER)
    ] = None,
    not_charged: Annotated[
        bool, o.flag("--not-charged", "Resolve by hand: you know that nothing was charged.")
    ] = False,
    yes: o.YesOption = False,
) -> None:
    """Find out what became of an open sale.

    Also resolves unknown sales, and records the result. Without an ID, it resolves all of them. Nothing is ever sent
    again. A sale with a request id is polled. One without (the answer was lost) is searched for by its invoice
    number. --clear-terminal puts the reader back on its idle screen first.

    Examples:

      pjterm resume

      pjterm resume order-1042

      pjterm resume order-1042 --clear-terminal
    """
    from pjterm.cli.shared import result, session

    _check_settle(settle, clear_terminal)
    ways = {"--clear-terminal": clear_terminal, "--transaction": transaction is not None, "--not-charged": not_charged}
    by_hand = [word for word, given in ways.items() if given]
    if len(by_hand) > 1:
        raise UsageFault("--clear-terminal, --transaction and --not-charged: give one of them")
    if name is None:
        if by_hand:
            raise UsageFault("ID: name the sale", hint="give its key, transaction id or request id")
        _resume_all(context, waiting)
        return
    entry = find_entry(context, name)
    with session.of_entry(context, entry, via=waiting.via, asks=not not_charged) as made:
        plan = waiting.plan(entry, context.clock.now() + timedelta(seconds=waiting.timeout))
        try:
            if not_charged:
                resolution = _not_charged(made, entry, yes)
            elif transaction is not None:
                resolution = made.flow.by_hand().name_transaction(
                    entry, transaction, lambda question: yes or (made.can_ask() and made.confirm(question))
                )
            elif clear_terminal and entry.is_unresolved:
                resolution = made.flow.by_hand().clear_terminal(entry, plan, settle)
            else:
                resolution = made.flow.resolver.resolve(entry, plan)
        except JournalUnusable as unusable:
            if isinstance(unusable, JournalDamaged) or not entry.is_unresolved:
                raise
            resolution = _not_written(entry, unusable, *by_hand, *([] if transaction is None else [str(transaction)]))
        result.finish(made, result.with_next_step(resolution, cleared=clear_terminal))


def _check_settle(settle: float | None, clear_terminal: bool) -> None:
    if settle is not None and not clear_terminal:
        raise UsageFault("--settle: only with --clear-terminal")
    if settle is not None and not SETTLE_LEAST <= settle <= SETTLE_MOST:
        raise UsageFault(
            f"--settle: {settle:g} is not between {SETTLE_LEAST} and {SETTLE_MOST} seconds",
            hint="a card that is in is processed for 8 seconds after the reset: less would prove nothing",
        )


def _not_charged(made: Session, entry: Entry, yes: bool) -> Resolution:
    from pjterm.core.verdicts.by_hand import may_be_denied

    done = "made" if entry.kind is Kind.REFUND else "charged"
    made.confirm_or_refuse(
        f"Did you make sure that {what(entry)} was not {done}?", f"nothing was recorded for {entry.key}",
        yes=yes or not may_be_denied(entry),
        hint=f"if you made sure that it was not {done}: {command_line('resume', entry.key, '--not-charged', '--yes')}",
    )  # fmt: skip
    there = entry.scope.environment == made.context.scope.environment  # a login that was replaced may be able to see it
    return made.flow.by_hand().not_charged(entry, can_look=there)


def _not_written(entry: Entry, error: JournalUnusable, *words: str) -> Resolution:
    """What is known of a sale where the journal cannot be written: no more than before."""
    from pjterm.core.model import Outcome, Verdict
    from pjterm.flow.results import Resolution

    says = f"{error.message}; nothing was changed"
    again = f"once it can be used: {command_line('resume', entry.key, *words)}"
    return Resolution(entry, Verdict(Outcome.UNKNOWN, says, hint=again), [])


def _resume_all(context: Context, waiting: o.Waiting) -> None:
    from pjterm.cli.shared import result
    from pjterm.cli.shared.printing import json_text
    from pjterm.core.exit_codes import signal_exit

    reports: list[Report] = []
    deadline = context.clock.now() + timedelta(seconds=waiting.timeout)
    entries = context.as_recorded(context.journal.unresolved())
    left = sum(may_ask(context, entry) for entry in entries)
    stopped: int | None = None
    for entry in entries:
        now = context.clock.now()
        if not may_ask(context, entry):
            profile = profile_of(context, entry.scope, entry.profile) or entry.profile
            reports.append(_not_asked(context, entry, no_login(context, entry), f"-p {quote(profile)}"))
        elif (reports and now >= deadline) or context.signals.wanted:
            stopped = context.signals.signum
            reports.append(_not_asked(context, entry, None))
        else:  # a sale that is never found uses all of its time, so each gets only its share
            share = now + max(deadline - now, timedelta()) / left
            left -= 1
            reports.append(_resume_one(context, entry, share, waiting))
    if context.format in ("json", "ndjson"):
        items = [r.json() for r in reports]
        written = write(context.stdout, json_text(context, {"schema": "pjterm.resume/1", "items": items}))
        for report in reports if written else ():
            result.remember_shown(context, report)
    elif not reports:
        context.notice("nothing is open")
    signalled = [] if stopped is None else [signal_exit(stopped)]
    raise typer.Exit(worst([*(r.exit_code for r in reports), *signalled]))


def _resume_one(context: Context, entry: Entry, deadline: datetime, waiting: o.Waiting) -> Report:
    """Resolve one of several and show it."""
    from pjterm.cli.shared import result, session

    with session.of_entry(context, entry, via=waiting.via) as made:
        resolution = made.flow.resolver.resolve(entry, waiting.plan(entry, deadline))
        resolution = result.with_next_step(resolution)
        report = result.report_resolution(context, resolution)
        if context.format == "text":
            result.show(context, report, made.live)
        else:
            result.hint_of(context, report)
            result.show_verdict(context, report, made.live)
    return report


def _not_asked(context: Context, entry: Entry, way_out: str | None, *more: str) -> Report:
    """An entry of another login, or one that a signal or the time left no look for: named, quiet or not, as it is."""
    from pjterm.core.exit_codes import exit_code
    from pjterm.core.model import Outcome

    hint = way_out or command_line("resume", entry.key, *more)
    context.error_line(f"{what(entry)} is still {entry.outcome or 'open'}; {hint if way_out else f'to ask: {hint}'}")
    code = exit_code(entry.outcome or Outcome.OPEN, entry.kind)
    return replace(summary(context, entry), exit_code=code, hint=hint)


def worst(codes: list[int]) -> int:
    """9 before that of a signal, that before 8, and 8 before the rest; 0 when there was nothing."""
    return next((code for code in (9, 129, 130, 143, 8) if code in codes), max(codes, default=0))
