"""One command that works on a request: put the pieces together, show it, print the result, exit right.

`session` gives a `Session` with watch, settler and audience; `finish` turns a `Standing` into the result
object, the line on stdout, the words on stderr and the exit code.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from pjterm import output
from pjterm.cli.context import Context, write
from pjterm.cli.show import Both, NdJson, Nobody, Plain
from pjterm.core.entry import Entry
from pjterm.core.facts import Accepted, TerminalReset
from pjterm.core.follow import Plan, Until
from pjterm.core.model import Kind, Outcome, Result, Sale, Terminal, Verdict, exit_code
from pjterm.core.money import dollars
from pjterm.core.request import Ask
from pjterm.core.states import evidence
from pjterm.errors import GuardRefused, JournalUnusable, PjtermError, Unavailable
from pjterm.leave import Signals
from pjterm.output import Header, Report
from pjterm.settle import Settler, Standing
from pjterm.watch import Audience, Ear, Ending, Watch

if TYPE_CHECKING:
    from pjterm.screen import LiveView


@dataclass
class Session:
    """The pieces of one command that works on requests."""

    context: Context
    header: Header
    signals: Signals
    watch: Watch
    settler: Settler
    live: LiveView | None = None

    def can_ask(self) -> bool:
        """Whether a person sits here."""
        return self.context.can_ask()

    def confirm(self, question: str) -> bool:
        """Put a question, with the live view out of the way."""
        with self.live.paused() if self.live is not None else nullcontext():
            return self.context.confirm(question)


@contextmanager
def session(context: Context, header: Header, *, via: str = "poll", **request: Any) -> Iterator[Session]:
    """The pieces for one command; the live view is on for as long as this is entered."""
    signals = Signals(context.inbox)
    signals.install()
    audience, live = _audience(context, header, request)
    watch = Watch(context.api, context.journal, context.clock, context.inbox, audience, signals)
    watch.ear = _ear(context, via)
    made = Session(context, header, signals, watch, Settler(watch, context.scope), live)
    if live is None:
        yield made
        return
    context.wrap_notice = live.notice
    with live:
        yield made


def _ear(context: Context, via: str) -> Ear | None:
    """The relay to listen to, if there is one; nothing of it is loaded where there is none."""
    addresses = context.relays(via)
    if not addresses:
        return None
    from pjterm.listen import Listener

    return Listener(addresses, context.inbox, context.clock.now)


def _audience(context: Context, header: Header, request: dict[str, Any]) -> tuple[Audience, LiveView | None]:
    live: LiveView | None = None
    people: Audience
    if context.quiet:
        people = Nobody()
    elif context.stderr_is_terminal and not (context.format == "ndjson" and context.stdout_is_terminal):
        from pjterm.screen import LiveView

        live = LiveView(header, stream=context.stderr, environ=context.environ, now=context.clock.now)
        people = live
    else:
        people = plain = Plain(header, context.error_line)
        context.told = lambda: plain.told
        plain.start()
    if context.format != "ndjson":
        return people, live

    def describe(request_id: str | None) -> dict[str, Any]:
        return {**request, "requestId": request_id}

    return Both((people, NdJson(lambda line: write(context.stdout, line + "\n"), describe))), live


def header_of(context: Context, kind: Kind | None, terminal: str | None, **more: Any) -> Header:
    """The head of the view for this profile."""
    profile = context.profile
    return Header(
        profile.environment.value, profile.name, kind, terminal or "", started_at=context.clock.now(), **more
    )


def request_line(context: Context, ask: Ask, place: Terminal, key: str) -> dict[str, Any]:
    """What the first ndjson line tells of the request."""
    return {
        "key": key,
        "kind": ask.kind.value,
        "profile": context.profile.name,
        "environment": context.profile.environment.value,
        "terminal": {
            "name": place.name,
            "smartTerminalId": place.smart_terminal_id,
            "terminalId": place.terminal_id,
        },
        "amount": None if ask.amount is None else dollars(ask.amount),
    }


def signature_image(made: Session, standing: Standing, save: str | None) -> bytes | None:
    """The image of what was just signed, where it is to be saved or a person sees stdout.

    A failure is a notice, no verdict.
    """
    signature_id = standing.known.result.signature_id or standing.entry.signature_id
    seen = made.context.format == "text" and made.context.stdout_is_terminal
    if standing.verdict.outcome is not Outcome.SIGNED or signature_id is None or not (save or seen):
        return None
    from datetime import timedelta

    api = made.context.api
    until = made.context.clock.now() + timedelta(seconds=20)
    path = f"/smartterminals/signatures/{signature_id}/image"
    try:
        return api.retrying(lambda: api.document(path, "image/png"), until).body
    except PjtermError as error:
        _not_kept(made, signature_id, error, save)
        return None


def _not_kept(made: Session, signature_id: str | None, error: Exception, save: str | None) -> None:
    again = f"pjterm signature {signature_id}" + (f" --save {save}" if save else "")
    made.watch.audience.notice(f"signed, but the image is not here: {error}; again: {again}")


def save_signature(made: Session, standing: Standing, image: bytes | None, path: str | None) -> str | None:
    """Keep the image as `sign --save` wants it."""
    if path is None or image is None:
        return None
    from pjterm.files import write_private

    try:
        write_private(Path(path), image)
    except OSError as error:
        _not_kept(made, standing.entry.signature_id, error, path)
        return None
    made.watch.keep(lambda: made.context.journal.saved_signature(standing.entry.id, path))
    return path


@contextmanager
def of_entry(context: Context, entry: Entry, *, via: str) -> Iterator[Session]:
    """The pieces for an entry that exists already."""
    terminal = entry.terminal.name or entry.terminal.smart_terminal_id
    amount = None if entry.amount is None else dollars(entry.amount)
    header = header_of(context, entry.kind, terminal, amount=amount, key=entry.key)
    about = {
        "key": entry.key,
        "kind": entry.kind.value,
        "profile": entry.profile,
        "environment": entry.scope.environment,
        "terminal": {
            "name": entry.terminal.name,
            "smartTerminalId": entry.terminal.smart_terminal_id,
            "terminalId": entry.terminal.terminal_id,
        },
        "amount": amount,
    }
    context.asked |= {"key": entry.key, "kind": entry.kind, "amount": amount, "request_id": entry.request_id}
    context.sending = entry.is_unsettled
    with session(context, header, via=via, **about) as made:
        yield made


def plan_for(entry: Entry, deadline: datetime, until: Until) -> Plan:
    """How an entry is followed."""
    return Plan(entry.sale(), entry.kind, deadline, until)


def follow_foreign(
    context: Context, request_id: str, deadline: datetime, until: Until, via: str, *, one_word: bool
) -> None:
    """Follow a request that is not in the journal: another till's, or one of before a lost journal."""
    sale = Sale("", None, Terminal(None, None, None))
    header = header_of(context, None, None)
    about = {"profile": context.profile.name, "environment": context.profile.environment.value}
    with session(context, header, via=via, **about) as made:
        made.signals.arm()
        accepted = Accepted(context.clock.now(), request_id)
        ending = made.watch.follow(Plan(sale, None, deadline, until), None, [accepted])
        report = _foreign_report(context, request_id, ending)
        _finish_report(made, report, one_word=one_word)


def _foreign_report(context: Context, request_id: str, ending: Ending) -> Report:
    known, verdict = ending.known, ending.verdict
    result = known.result
    kind = verdict_kind(verdict, result)
    code = exit_code(verdict.outcome, kind)
    if ending.signum is not None and verdict.outcome is Outcome.OPEN:
        code = signal_exit(ending.signum)
    transaction = verdict.transaction
    base = None if transaction is None else transaction.amount_base
    return Report(
        kind=kind,
        outcome=verdict.outcome,
        exit_code=code,
        profile=context.profile.name,
        environment=context.profile.environment.value,
        terminal_id=None if transaction is None else transaction.terminal_id,
        amount=None if base is None else dollars(base),
        invoice_number=None if transaction is None else transaction.invoice_number,
        request_id=request_id,
        status=None if known.status is None else known.status.value,
        transaction_id=result.transaction_id,
        signature_id=result.signature_id,
        prompt_button=result.prompt_button,
        input_value=result.input_value,
        read_data=result.read_data,
        transaction=None if transaction is None else transaction.raw,
        evidence=tuple(evidence(f) for f in ending.facts),
        says=verdict.says,
    )


def verdict_kind(verdict: Verdict, result: Result) -> Kind | None:
    """What a foreign request must have been, by what it produced."""
    if verdict.transaction is not None:
        return Kind.REFUND if verdict.transaction.action == "REFUND" else Kind.PAYMENT
    for value, kind in (
        (result.signature_id, Kind.SIGNATURE),
        (result.prompt_button, Kind.PROMPT),
        (result.input_value, Kind.INPUT),
        (result.read_data, Kind.READ),
    ):
        if value is not None:
            return kind
    return None


# -- the end -------------------------------------------------------------------------------------------


def exit_of(standing: Standing, kind: Kind) -> int:
    """The exit code: a verdict outranks how the waiting ended; only what is still open tells of a signal."""
    outcome = standing.verdict.outcome
    if standing.accepted_only:
        return 0
    if standing.signum is not None and outcome is Outcome.OPEN:
        return signal_exit(standing.signum)
    if standing.interrupted and outcome in (Outcome.CANCELLED, Outcome.OPEN):
        return 130
    return exit_code(outcome, kind)


def signal_exit(signum: int) -> int:
    """The exit code of a process that a signal made leave: 130, 143, 129."""
    return 128 + signum


def finish(
    made: Session,
    standing: Standing,
    *,
    signature_file: str | None = None,
    picture: bytes | None = None,
    one_word: bool = False,
) -> None:
    """Print how it stands, with the picture of a signature for a person, and end with the exit code."""
    report = report_standing(standing, signature_file=signature_file)
    _finish_report(made, report, one_word=one_word, picture=picture)


def _finish_report(made: Session, report: Report, *, one_word: bool, picture: bytes | None = None) -> None:
    if one_word and made.context.format == "text":
        write(made.context.stdout, report.outcome.value + "\n")
        remember_told(made.context, report)
    else:
        tell(made.context, report, made.live)
    if picture is not None and made.context.format == "text" and made.context.stdout_is_terminal:
        from pjterm.cli.papers import drawn

        lines = drawn(made.context, picture, report.signature_id or "ID")
        write(made.context.stdout, "".join(line + "\n" for line in lines))
    raise typer.Exit(report.exit_code)


def finish_cancel(made: Session, standing: Standing) -> None:
    """`cancel` itself: 0 proven cancelled, 10 a result was there already, 9 cannot be told."""
    outcome = standing.verdict.outcome
    if outcome is Outcome.CANCELLED:
        code = 130 if standing.interrupted else 0
    elif outcome in (Outcome.OPEN, Outcome.UNKNOWN):
        code = signal_exit(standing.signum) if standing.signum is not None else 9
    else:
        code = 10
    if code == 10:
        entry, id_ = standing.entry, standing.verdict.transaction
        void = outcome is Outcome.APPROVED and id_ is not None
        hint = f"to take it back: pjterm void {entry.key}" if void else f"see: pjterm why {entry.key}"
        error = GuardRefused(f"not cancelled: {outcome.value} already", hint=hint, code="too-late")
        standing = replace(standing, error=error, verdict=replace(standing.verdict, hint=hint))
    report = report_standing(standing, kind=Kind.CANCEL, exit_as=code)
    _finish_report(made, report, one_word=False)


def reset_any(context: Context, device: Terminal) -> None:
    """POST /main whatever runs; entries of ours there are told, so that none is called cancelled too soon."""
    assert device.smart_terminal_id is not None
    done = context.api.reset(device.smart_terminal_id)
    if not isinstance(done, TerminalReset):
        raise Unavailable(f"the reader was not reset: {done.why}", hint="check with: pjterm doctor")
    ours = context.journal.unsettled_on(device.smart_terminal_id)
    for entry in ours:
        context.journal.note(entry, done)
    says = "the reader is on its idle screen; a card that was already in may still be charged"
    hint = f"settle what was ours: pjterm resume {ours[-1].key}" if ours else "see: pjterm transactions list"
    report = Report(
        kind=Kind.CANCEL,
        outcome=Outcome.CANCELLED,
        exit_code=0,
        profile=context.profile.name,
        environment=context.profile.environment.value,
        terminal_name=device.name,
        smart_terminal_id=device.smart_terminal_id,
        evidence=(evidence(done),),
        says=says,
        hint=hint,
    )
    context.notice(says)
    tell(context, report)
    raise typer.Exit(0)


def report_standing(
    standing: Standing,
    *,
    kind: Kind | None = None,
    exit_as: int | None = None,
    signature_file: str | None = None,
) -> Report:
    """A standing as the result that output knows."""
    return output.report_of(
        standing.entry,
        standing.verdict,
        standing.facts,
        standing.known,
        kind=kind,
        exit_as=exit_of(standing, kind or standing.entry.kind) if exit_as is None else exit_as,
        error=standing.error or _as_error(standing),
        signature_file=signature_file,
    )


def _as_error(standing: Standing) -> PjtermError | None:
    """A verdict of 7 or more is a failure that the JSON's `error` names too."""
    outcome = standing.verdict.outcome
    if outcome is Outcome.OPEN or exit_code(outcome, standing.entry.kind) < 7:
        return None
    return PjtermError(standing.verdict.says, code=outcome.value)


def tell(context: Context, report: Report, live: LiveView | None = None) -> None:
    """Result to stdout, verdict and next command to stderr, and remember that somebody was told."""
    if report.error is not None and report.error.hint is None:
        report.error.hint = output.next_command(report)
    if live is not None:
        live.finish(report)
        live.stop()
    printed = print_result(context, report)
    if live is None:
        _tell_stderr(context, report)
    if printed and report.key is not None:
        remember_told(context, report)


def print_result(context: Context, report: Report) -> bool:
    """The result on stdout in the wanted format; `False` when nobody could read it."""
    if context.format in ("json", "ndjson"):
        return write(context.stdout, output.one_line(report.json()) + "\n")
    if context.stdout_is_terminal:
        return write(context.stdout, output.person_line(report) + "\n")
    bare = output.bare_line(report)
    return bare is None or write(context.stdout, bare + "\n")


def _tell_stderr(context: Context, report: Report) -> None:
    """The plain word of the verdict and the next command; quiet keeps them for what went wrong."""
    following = output.next_command(report)
    said = context.told is not None and context.told() is report.outcome
    if not said and (report.exit_code != 0 or not context.quiet):
        context.error_line(f"{output.headline(report.outcome)}: {output.harmless(report.says)}")
    if report.exit_code != 0:
        if report.error is not None and report.error.details:
            for line in output.error_lines(report.error):
                context.error_line(line)
        elif following is None and report.error is not None and report.error.hint:
            context.error_line(f"next: {output.harmless(report.error.hint)}")
    if following is not None:
        context.error_line(f"next: {output.harmless(following)}")


def remember_told(context: Context, report: Report) -> None:
    """The near-duplicate rule asks whether anybody was ever told of an approval."""
    from pjterm.core.entry import Scope

    scope = Scope(report.environment or "", context.credentials.login)
    try:
        entry = context.journal.by_key(scope, report.key or "")
        if entry is not None and entry.outcome in (Outcome.APPROVED, Outcome.REFUNDED):
            context.journal.printed(entry.id, context.clock.now())
    except JournalUnusable as error:
        context.notice(error.message)
