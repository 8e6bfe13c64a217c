"""The end of a command that worked on a request: result object, words, exit code, and what was shown.

`finish` turns a `Resolution` into what stdout and stderr get, and raises the exit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import typer

from pjterm.cli.context import Context
from pjterm.cli.shared.originals import with_holder, with_what_came_later
from pjterm.cli.shared.printing import json_text
from pjterm.cli.streams import write, write_result
from pjterm.core.exit_codes import exit_code, signal_exit
from pjterm.core.model import Kind, Outcome, Verdict, is_expected
from pjterm.core.text import harmless
from pjterm.core.times import shifted
from pjterm.errors import JournalUnusable, PjtermError, Unavailable
from pjterm.flow.results import Resolution
from pjterm.ui.next_step import next_command
from pjterm.ui.outcome_words import NOTHING_RUNS, held_until, words_of
from pjterm.ui.report import Report, bare_line, report_of
from pjterm.ui.wording import error_lines, next_lines
from pjterm.values import replace

if TYPE_CHECKING:
    from datetime import datetime

    from pjterm.cli.shared.session import Session
    from pjterm.ui.live import LiveView


def exit_of(resolution: Resolution, kind: Kind) -> int:
    """The exit code: a verdict outranks how the waiting ended; a signal counts only while it is open."""
    outcome = resolution.verdict.outcome
    if resolution.accepted_only:
        return 0
    if resolution.signum is not None and outcome is Outcome.OPEN:
        return signal_exit(resolution.signum)
    if resolution.interrupted and outcome in (Outcome.CANCELLED, Outcome.OPEN):
        return 130
    label = resolution.known.result.prompt_button or resolution.entry.prompt_button
    return exit_code(outcome, kind, expected=is_expected(resolution.entry.expect, label))


def finish(
    made: Session,
    resolution: Resolution,
    *,
    signature_file: str | None = None,
    picture: bytes | None = None,
    one_word: bool = False,
) -> NoReturn:
    """Print the result, on a terminal with the picture of a signature, and exit with its code."""
    report = report_resolution(made.context, resolution, signature_file=signature_file)
    finish_report(made, report, one_word=one_word, picture=picture)


def finish_report(made: Session, report: Report, *, one_word: bool = False, picture: bytes | None = None) -> NoReturn:
    """The same, for a finished report."""
    context = made.context
    context.ends()
    if one_word and context.format == "text":
        printed = _say(context, report.outcome.value + "\n")
        show_verdict(context, report)
        if (held := held_until(report, context.zone)) is not None:
            context.error_line(held)
        if printed and report.key is not None:
            remember_shown(context, report)
    else:
        show(context, report, made.live)
    if picture is not None and context.for_person and not context.accessible:
        from pjterm.cli.shared.signature import drawn

        lines = drawn(context, picture, report.signature_id or "ID")
        write(context.stdout, "".join(line + "\n" for line in lines))
    raise typer.Exit(report.exit_code)


def with_next_step(resolution: Resolution, *, cleared: bool = False) -> Resolution:
    """Where another look left it unknown: suggest what else can be done than the same command again."""
    from pjterm.core.model import Outcome
    from pjterm.core.verdicts import by_hand

    verdict, entry = resolution.verdict, resolution.entry
    known = verdict.outcome is not Outcome.UNKNOWN or verdict.hint is not None or resolution.error is not None
    books = entry.kind.is_money and not entry.kind.is_change
    if known or not books or resolution.interrupted or resolution.signum is not None:
        return resolution
    return replace(resolution, verdict=replace(verdict, hint=by_hand.further(entry, resolution.known, cleared=cleared)))


def report_resolution(
    context: Context,
    resolution: Resolution,
    *,
    kind: Kind | None = None,
    exit_as: int | None = None,
    signature_file: str | None = None,
) -> Report:
    """A resolution for output, with wall times. `kind` differs from the entry's for `pjterm cancel`."""
    ahead, entry, verdict, known = context.clock.ahead(), resolution.entry, resolution.verdict, resolution.known
    error, facts = resolution.error or as_error(verdict, entry.kind), [shifted(f, ahead) for f in resolution.facts]
    report = report_of(shifted(entry, ahead), verdict, facts, known, error, context.url_of(entry))
    kind = kind or entry.kind
    report = replace(
        report, kind=kind, request_kind=entry.kind if kind is Kind.CANCEL else None, typed=context.sent_by,
        exit_code=exit_of(resolution, kind) if exit_as is None else exit_as,
        signature_file=signature_file or report.signature_file, replayed=resolution.replayed,
    )  # fmt: skip
    report = with_holder(context, report, entry)
    if resolution.replayed:
        report = _as_kept(report, context.clock.wall())
        return with_what_came_later(context, report, entry, ahead=ahead)
    in_vain = entry.is_further_try and not known.polled_results  # an earlier try was paid, so we ended this
    return replace(report, overtaken=resolution.interrupted or (known.reset_at is not None and not in_vain))


def _as_kept(report: Report, now: datetime) -> Report:
    """What was typed or swiped more than a day ago is cut: what is left must not be taken for it."""
    from pjterm.journal.retention import KEPT_FOR

    value = report.input_value or report.read_data
    if value is None or report.started_at is None or now - report.started_at <= KEPT_FOR:
        return report
    return replace(report, input_value=None, read_data=None, kept=value)


def as_error(verdict: Verdict, kind: Kind | None) -> PjtermError | None:
    """The JSON's `error` for a verdict with an exit code of 7 or more."""
    if verdict.outcome is Outcome.OPEN or exit_code(verdict.outcome, kind) < 7:
        return None
    return PjtermError(verdict.says, code=verdict.code or verdict.outcome.value)


def show(context: Context, report: Report, live: LiveView | None = None) -> None:
    """Result to stdout, verdict and next command to stderr; record that they were shown."""
    hint_of(context, report)
    if live is not None:
        show_verdict(context, report, live)
    printed = print_result(context, report, live)
    if live is None:
        show_verdict(context, report)
    if printed and report.key is not None:
        remember_shown(context, report)


def hint_of(context: Context, report: Report) -> None:
    """Add what to type next to the error of a failed command, for JSON."""
    if report.error is not None and report.error.hint is None:
        report.error.hint = context.addressed(next_command(addressed(context, report)) or "") or None


def show_verdict(context: Context, report: Report, live: LiveView | None = None) -> None:
    """Verdict and next command on stderr, whatever stdout gets."""
    report = addressed(context, report)
    if live is None:
        _print_verdict(context, report)
        return
    live.finish(report)
    live.stop()


def addressed(context: Context, report: Report) -> Report:
    """The report, and what a command typed next must name: a profile, or an account, that a bare one would not use."""
    profile, off_login = _asks_next(context, report)
    account = _account(context, profile)
    return replace(
        report, next_profile=None if context.is_default(profile) else profile, off_login=off_login,
        off_account=account is not None and account != report.terminal_id,
    )  # fmt: skip


def _asks_next(context: Context, report: Report) -> tuple[str | None, bool]:
    """The profile of a command typed next, and whether no profile has the login that sent this."""
    from pjterm.cli.shared.logins import profile_of, profile_with
    from pjterm.core.entry import Scope

    if report.login is None:
        return report.profile, False
    scope = Scope(report.environment or "", report.login)
    try:
        off_login = profile_with(context, scope, report.profile) is None
        return profile_of(context, scope, report.profile), off_login
    except PjtermError:  # the profiles cannot be read
        return report.profile, False


def _account(context: Context, profile: str | None) -> int | None:
    """The account of this profile, if it has one and can be read."""
    try:
        found = context.config.profiles.get(profile or "")
    except PjtermError:
        return None
    return None if found is None else found.account


def print_result(context: Context, report: Report, live: LiveView | None = None) -> bool:
    """Print the result in the requested format; return `False` if it could not be written."""
    if context.format in ("json", "ndjson"):
        return _say(context, json_text(context, report.json()))
    if not context.stdout_is_terminal:
        bare = bare_line(report)
        return bare is None or _say(context, bare + "\n")
    if live is not None and context.one_screen:  # the live view has shown everything but what it may not show
        value = report.input_value or report.read_data
        return value is None or _say(context, harmless(value) + "\n")
    words = words_of(report, context.clock.wall(), context.zone)
    if not context.one_screen or context.quiet:
        return _say(context, words.line() + "\n")
    # stderr shows the verdict on the same screen: print only what it may not, or did not, show
    left = words.ids if report.outcome is Outcome.SIGNED else (report.input_value or report.read_data,)
    return _say(context, "".join(f"{harmless(text)}\n" for text in left if text is not None))


def _say(context: Context, text: str) -> bool:
    """Write a result to stdout. On a full disk the verdict keeps its exit code, and stderr says what is missing."""
    try:
        return write_result(context.stdout, text)
    except Unavailable as error:
        context.error_line(f"pjterm: {error.message}")
        return False


def _print_verdict(context: Context, report: Report) -> None:
    """The verdict in words, and the next command; with `--quiet` only for failures."""
    words = words_of(report, context.clock.wall(), context.zone)
    said = context.shown is not None and context.shown() is report.outcome
    if report.exit_code == 0 and context.quiet:
        return
    if not said:
        context.error_line(words.line())
    elif NOTHING_RUNS in words.sentences:  # the request's own verdict does not say that
        context.error_line(NOTHING_RUNS)
    if report.exit_code != 0 and report.error is not None and report.error.details:
        for line in error_lines(report.error):
            context.error_line(line)
    elif words.next is not None:
        for line in next_lines(words.next):
            context.error_line(line)


def remember_shown(context: Context, report: Report) -> None:
    """Record that this result was shown, so that it no longer stops later charges like it."""
    from pjterm.core.entry import Scope

    scope = Scope(report.environment or "", report.login or context.scope.login)
    try:
        entry = context.journal.by_key(scope, report.key or "")
    except JournalUnusable as error:
        context.notice(error.message)
        return
    if entry is not None and entry.outcome is report.outcome:  # else another command has sent it again meanwhile
        context.remember_shown(entry)
