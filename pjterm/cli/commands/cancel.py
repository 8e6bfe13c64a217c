"""`cancel`: compare, then act; payment wins the race."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.cli.shared import options as o
from pjterm.cli.shared.logins import may_ask
from pjterm.core.hints import command_about, command_line, option
from pjterm.errors import AnswerLost, GuardRefused, PjtermError, Unavailable, UsageFault

if TYPE_CHECKING:
    from pjterm.cli.shared.session import Session
    from pjterm.core.entry import Entry
    from pjterm.core.evidence.facts import TerminalReset
    from pjterm.core.model import Terminal
    from pjterm.flow.results import Resolution


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    command(app, "cancel")(cancel)


def cancel(
    context: Context,
    name: Annotated[str | None, o.argument("[ID]", f"{o.ANY_ID} Without it, what runs on the reader.")] = None,
    terminal: o.TerminalOption = None,
    request: Annotated[str | None, o.option("--request", "ID", "Which request, by its id alone.")] = None,
    any_: Annotated[bool, o.flag("--any", "Reset the reader whatever runs on it, after a question.")] = False,
    *,
    waiting: o.WaitingForCancel,
    yes: o.YesOption = False,
) -> None:
    """End this machine's request on a reader.

    It is ended only while it has no result yet. The reader goes back to its idle screen, and the customer's request
    ends. A payment that was approved meanwhile wins: it is reported (exit 10), and the hint is to void it. Exit 0
    means proven cancelled; 9 means that the outcome is not known.

    Examples:

      pjterm cancel -t T1

      pjterm cancel order-1042
    """
    from pjterm.cli.shared import session

    if (name is not None) + (request is not None) + any_ > 1:
        raise UsageFault("ID, --request and --any: give one of them")
    context.timeout = waiting.timeout
    if any_:
        _cancel_any(context, terminal, waiting, yes)
        return
    deadline = context.clock.now() + timedelta(seconds=waiting.timeout)
    by_id = name is not None or request is not None
    entry, request = _which(context, name, request, terminal)
    if entry is None:
        from pjterm.cli.shared import untracked

        assert request is not None
        untracked.cancel(context, request, _device_of_untracked(context, terminal), deadline, waiting.via)
        return
    if by_id and terminal is not None:
        _check_reader(context, entry, terminal)
    while True:
        with session.of_entry(context, entry, via=waiting.via) as made:
            resolution = made.flow.resolver.cancel(entry, waiting.plan(entry, deadline))
            earlier = None if by_id else _behind(context, resolution)
            if earlier is None:
                _finish(made, resolution)
            entry = earlier


def _check_reader(context: Context, entry: Entry, terminal: str) -> None:
    """Of two readers that are named, one by the request, none is reset."""
    try:
        there = o.reader(context, terminal).smart_terminal_id == entry.terminal.smart_terminal_id
    except Unavailable:
        there = terminal.casefold() == (entry.terminal.name or "").casefold()
    if not there:
        raise GuardRefused(
            f"{entry.key} is not on {terminal}, but on {entry.terminal.label or 'no reader'}; nothing was cancelled",
            hint=f"to cancel it there: {command_about('cancel', entry, context.scope)}\n"
            f"or what runs on {terminal}: pjterm cancel {option('-t', terminal)}",
            code="another-reader",
        )


def _behind(context: Context, resolution: Resolution) -> Entry | None:
    """What still runs on a reader where the newest request turns out to have found it busy."""
    from pjterm.core.model import Outcome

    if resolution.verdict.outcome is not Outcome.BUSY or resolution.stopped:
        return None
    holder = context.journal.holder_of(resolution.entry)
    return next(iter(_open([holder] if holder is not None and holder.is_unresolved else [], context)), None)


def _cancel_any(context: Context, terminal: str | None, waiting: o.Waiting, yes: bool) -> None:
    """Reset a reader whatever runs on it; what of ours ran there is followed to its end."""
    from pjterm.cli.shared import session

    device = o.reader(context, terminal)
    reader = device.label
    context.confirm_or_refuse(f"Reset {reader}, whatever runs on it?", f"{reader} was not reset", yes=yes)
    deadline = context.clock.now() + timedelta(seconds=context.timeout)
    context.signals.install()
    done = reset_any(context, device)
    ours = context.journal.unresolved_on(device.smart_terminal_id)
    running = _open(ours, context)
    if not running:
        _report_reset(context, device, done, ours)
    with session.of_entry(context, running[-1], via=waiting.via) as made:
        plan = waiting.plan(running[-1], deadline)
        _finish(made, made.flow.resolver.resolve(running[-1], plan))


def _device_of_untracked(context: Context, terminal: str | None) -> Terminal:
    """Where a request runs that the journal does not know: as it was named, but never where one of ours runs."""
    device = o.reader(context, terminal)
    ours = [e for e in context.journal.unresolved_on(device.smart_terminal_id) if e.request_id is not None]
    if ours:
        raise GuardRefused(
            f"the journal says that request {ours[-1].request_id} (key {ours[-1].key}) runs on "
            f"{device.label}, and a reset would end that; nothing was cancelled",
            hint="name the reader of the request to cancel with -t, or resolve the one that runs here first: "
            f"{command_about('resume', ours[-1], context.scope)}",
            code="terminal-taken",
        )
    return device


def _running(context: Context, terminal: str | None) -> Entry:
    """The newest open entry of the journal on this terminal."""
    try:
        device = o.reader(context, terminal)
    except Unavailable:  # by the name that it had when it was sent; it is asked about all the same
        name = (o.terminal_named(context, terminal)[0] or "").casefold()
        found = [e for e in _open(context.journal.unresolved(), context) if (e.terminal.name or "").casefold() == name]
        if not found:
            raise
        return found[-1]
    found = _open(context.journal.unresolved_on(device.smart_terminal_id), context)
    if found:
        return found[-1]
    there = [e for e in context.journal.newest(20) if e.terminal.smart_terminal_id == device.smart_terminal_id]
    last = next((e for e in there if e.status != "BUSY"), None)
    if last is not None and may_ask(context, last) and last.status in ("CONNECTING", "IN_PROGRESS"):
        return last  # it has a result, and the reader still finishes
    unresolved = context.journal.unresolved_on(device.smart_terminal_id)
    if others := [e for e in unresolved if not may_ask(context, e) and e.request_id is not None]:
        other = others[-1]
        raise GuardRefused(
            f"{other.key} runs on {device.label} under another login (profile {other.profile}); nothing was cancelled",
            hint=f"to cancel it: {command_about('cancel', other, context.scope)}",
            code="nothing-to-cancel",
        )
    if lost := [e for e in unresolved if e.kind.is_money and e.request_id is None]:
        raise _no_request(context, lost[-1])
    context.journal.check_sound()  # a row that was removed is no proof that nothing is open
    named = context.reader_named(terminal)
    reader = "" if named is None else f" {option('-t', named)}"
    raise GuardRefused(
        f"nothing from this machine is open on {device.label}; nothing was cancelled",
        hint=f"to reset the reader, whatever runs on it: pjterm cancel{reader} --any",
        code="nothing-to-cancel",
    )


def _open(entries: list[Entry], context: Context) -> list[Entry]:
    """Those whose request this login may ask about."""
    return [e for e in entries if e.request_id is not None and may_ask(context, e)]


def _which(
    context: Context, name: str | None, request: str | None, terminal: str | None
) -> tuple[Entry | None, str | None]:
    """The entry to cancel, or the id of a request that the journal does not have."""
    from pjterm.cli.shared import typed_names

    what = "ID"
    if request is not None:
        typed_names.check_request_id(request)
        name, what = f"req:{request}", "--request"
    if name is None:
        return _running(context, terminal), None
    found = typed_names.name(context, name, what)
    entry = found.entry or found.change
    if entry is None and found.request_id is None:
        raise GuardRefused(
            f"the journal does not have {name!r}; nothing was looked up and nothing was cancelled",
            hint=f"if it is a transaction, see: pjterm transactions show {found.transaction_id}",
            code="nothing-to-cancel",
        )
    if entry is not None and entry.is_unresolved and entry.request_id is None:
        raise _no_request(context, entry)
    return entry, found.request_id


def _no_request(context: Context, entry: Entry) -> PjtermError:
    """It never ran at a reader; or the answer that names its request was lost, so whether it runs is not known."""
    find_out = f"find out what became of it: {command_about('resume', entry, context.scope)}"
    says = f"there is no request of {entry.key} to cancel: its answer was lost; nothing was cancelled"
    if entry.original_id is not None:
        return GuardRefused(says, hint=find_out, code="nothing-to-cancel")
    clear = f"or end what its reader shows: {command_about('resume', entry, context.scope, '--clear-terminal')}"
    return AnswerLost(says, hint=f"{find_out}\n{clear}")


def _finish(made: Session, resolution: Resolution) -> NoReturn:
    """`cancel` itself: 0 proven cancelled, 10 a result was there already, 9 not known."""
    from pjterm.cli.shared.result import finish_report, report_resolution
    from pjterm.core.entry import MOVED
    from pjterm.core.exit_codes import signal_exit
    from pjterm.core.following.running import DECLINED_SO_FAR
    from pjterm.core.model import Kind, Outcome
    from pjterm.values import replace

    outcome, entry = resolution.verdict.outcome, resolution.entry
    says, hint = f"not cancelled: {outcome.value} already", f"see: {command_line('why', entry.key)}"
    if resolution.verdict.code == DECLINED_SO_FAR:
        code, says = 10, resolution.verdict.says
        reset = command_line("cancel", None, option("-t", entry.terminal.label), "--any")
        hint = f"press the red X on the reader, or reset it: {reset}\n"
        hint += f"then see how it ended: {command_line('resume', entry.key)}"
    elif outcome is Outcome.CANCELLED:
        code = 130 if resolution.interrupted else 0
    elif outcome in (Outcome.OPEN, Outcome.UNKNOWN):
        code = signal_exit(resolution.signum) if resolution.signum is not None else 9
        if resolution.known.reset_at is None and not resolution.verdict.says.startswith("not cancelled"):
            verdict = replace(resolution.verdict, says=f"not cancelled: {resolution.verdict.says}")
            resolution = replace(resolution, verdict=verdict)
    else:
        code = 10
    if code == 10:
        way_on = None if outcome in MOVED else hint
        error = GuardRefused(says, hint=way_on, code="too-late")
        resolution = replace(resolution, error=error, verdict=replace(resolution.verdict, hint=way_on))
    report = report_resolution(made.context, resolution, kind=Kind.CANCEL, exit_as=code)
    finish_report(made, report)


def reset_any(context: Context, device: Terminal) -> TerminalReset:
    """Reset the reader, whatever runs on it.

    The reset is recorded in this journal's unresolved entries there, so that none is called cancelled too soon.
    """
    from pjterm.core.evidence.facts import TerminalReset
    from pjterm.flow.recorder import Recorder
    from pjterm.flow.resets import Resets

    assert device.smart_terminal_id is not None
    recorder = Recorder(context.journal, context.notice)
    resets = Resets(context.api, context.journal, recorder, context.signals, context.clock.now)
    with context.api.hurried(context.timeout):
        done = resets.reset_any(device.smart_terminal_id)
    if not isinstance(done, TerminalReset):
        raise Unavailable(f"the reader was not reset: {done.why}", hint="check with: pjterm doctor")
    return done


def _report_reset(context: Context, device: Terminal, done: TerminalReset, ours: list[Entry]) -> NoReturn:
    """The reader was reset, and no request that we know ran there; `ours` are sales whose answer was lost."""
    from pjterm.cli.shared.result import as_error, show
    from pjterm.core.evidence.chain import evidence
    from pjterm.core.model import Kind, Outcome, Verdict
    from pjterm.ui.report import Report

    says = "the reader is on its idle screen; a card that was already in may still be charged"
    hint = "see: pjterm transactions list"
    if ours:
        resume = command_about("resume", ours[-1], context.scope)
        hint = f"find out what became of the request from this machine: {resume}"
    if not done.is_certain:
        says = f"whether the reader was reset is not known: {done.why}"
        hint = f"to reset it again: pjterm cancel {option('-t', device.label)} --any"
    outcome, code = (Outcome.UNKNOWN, 9) if ours or not done.is_certain else (Outcome.CANCELLED, 0)
    report = Report(
        kind=Kind.CANCEL,
        outcome=outcome,
        exit_code=code,
        profile=context.profile.name,
        environment=context.profile.environment.value,
        base_url=context.foreign_url,
        terminal_name=device.name,
        smart_terminal_id=device.smart_terminal_id,
        evidence=(evidence(done),),
        error=as_error(Verdict(outcome, says), Kind.CANCEL),
        says=says,
        hint=hint,
    )
    show(context, report)
    raise typer.Exit(code)
