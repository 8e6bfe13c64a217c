"""One command that works on a request: its parts and its progress displays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from pjterm.cli.context import Context
from pjterm.cli.shared.logins import check_login
from pjterm.cli.streams import write
from pjterm.core.entry import Entry
from pjterm.core.model import Kind, Terminal
from pjterm.core.money import dollars
from pjterm.core.request import RequestSpec
from pjterm.errors import PjtermError
from pjterm.ui.progress import Header
from pjterm.ui.reporters import NdJson, Plain, Quiet, Several
from pjterm.values import dataclass

if TYPE_CHECKING:
    from pjterm.core.sending.send_state import Options
    from pjterm.core.typed import Typed
    from pjterm.flow.assembly import Flow
    from pjterm.flow.protocols import Reporter
    from pjterm.flow.results import Resolution
    from pjterm.ui.live import LiveView


@dataclass
class Session:
    """The parts of one command that works on requests."""

    context: Context
    header: Header
    flow: Flow
    live: LiveView | None = None

    def can_ask(self) -> bool:
        """Whether the user can be asked."""
        return self.context.can_ask()

    def confirm(self, question: str) -> bool:
        """Ask a question, with the live view out of the way."""
        with self.live.paused() if self.live is not None else nullcontext():
            return self.context.confirm(question)

    def confirm_or_refuse(self, question: str, undone: str, *, yes: bool, hint: str | None = None) -> None:
        """As the context does, with the live view out of the way."""
        with self.live.paused() if self.live is not None and not yes else nullcontext():
            self.context.confirm_or_refuse(question, undone, yes=yes, hint=hint)


@contextmanager
def session(context: Context, header: Header, *, via: str = "poll", **request: Any) -> Iterator[Session]:
    """The parts for one command; the live view is shown inside this block.

    Without a `request` line it is a step of something else, whose items are all that ndjson has.
    """
    context.signals.install()
    reporter, live = _reporter(context, header, request)
    made = Session(context, header, context.make_flow(reporter, via), live)
    if live is None:
        yield made
        return
    before, context.wrap_notice = context.wrap_notice, live.on_notice
    try:
        with live:
            yield made
    finally:
        context.wrap_notice = before


def _reporter(context: Context, header: Header, request: dict[str, Any]) -> tuple[Reporter, LiveView | None]:
    live: LiveView | None = None
    people: Reporter
    if context.quiet:
        context.say_simulator()
        people = Quiet(context.warn)
    elif context.draws and context.format != "ndjson":  # what reads that stream may write to the same terminal
        from pjterm.ui.live import LiveView

        live = LiveView(
            header, stream=context.stderr, environ=context.environ, now=context.clock.now, zone=context.zone,
            bell=context.rings, verbose=context.verbose, addressed=context.addressed,
        )  # fmt: skip
        people = live
    else:
        rings = context.rings and context.stderr_is_terminal
        people = plain = Plain(
            header, context.error_line, context.clock.now, context.zone, context.verbose,
            (lambda: write(context.stderr, "\a")) if rings else None,
        )  # fmt: skip
        context.shown = lambda: plain.shown
        plain.start()
    context.said_simulator = True  # in the first line, or in the view
    if context.format != "ndjson" or not request:
        return people, live

    def describe(request_id: str | None) -> dict[str, Any]:
        return {**request, "requestId": request_id}

    return Several((people, NdJson(lambda line: write(context.stdout, line + "\n"), describe))), live


def send_unguarded(
    made: Session, spec: RequestSpec, place: Terminal, options: Options, key: str, typed: Typed | None = None
) -> Resolution:
    """Send a request to which no limit of the profile applies, without confirmation."""
    from pjterm.core.guards import Limits
    from pjterm.core.sending.send_state import Sender, begin
    from pjterm.core.typed import Typed

    context = made.context
    sender, now = Sender(context.scope, context.profile.name, key), context.clock.now()
    about = typed or Typed(spec.kind, spec)
    state = begin(spec, about, sender, place, options, Limits(), now, can_ask=False)
    return made.flow.submission(made, lambda: None).run(state)


def header_of(context: Context, kind: Kind | None, terminal: str | None, **more: Any) -> Header:
    """The head of the view for this profile."""
    profile = context.profile
    return Header(
        profile.environment.value, profile.name, kind, terminal or "", started_at=context.clock.now(),
        host=profile.foreign_url, **more,
    )  # fmt: skip


def request_line(context: Context, spec: RequestSpec, place: Terminal, key: str) -> dict[str, Any]:
    """What the first ndjson line says about the request."""
    profile, amount = context.profile, None if spec.amount is None else dollars(spec.amount)
    return {
        "key": key, "kind": spec.kind.value, "profile": profile.name, "environment": profile.environment.value,
        "terminal": place.json(), "amount": amount,
    }  # fmt: skip


@contextmanager
def of_entry(context: Context, entry: Entry, *, via: str, asks: bool = True) -> Iterator[Session]:
    """The parts for an existing entry.

    Another login may not find it, so only its own login `asks`; an operator's statement needs no login.
    """
    if asks:
        check_login(context, entry)
    linked = entry.original_id is not None
    where = f"transaction {entry.original_id}" if linked else entry.terminal.label
    amount = None if entry.amount is None else dollars(entry.amount)
    in_all = None if entry.in_all is None else dollars(entry.in_all)
    header = header_of(context, entry.kind, where, amount=in_all, key=entry.key, at_reader=not linked)
    about = {
        "key": entry.key, "kind": entry.kind.value, "profile": entry.profile, "environment": entry.scope.environment,
        "terminal": entry.terminal.json(), "amount": amount,
    }  # fmt: skip
    context.asked |= {"key": entry.key, "kind": entry.kind, "amount": amount, "request_id": entry.request_id}
    context.sending, context.asks_of_earlier = entry.is_unresolved, True
    with session(context, header, via=via, **about) as made:
        yield made


def ask_again(context: Context, entry: Entry) -> Entry:
    """The entry, checked once more if that may change it and its login is available."""
    from pjterm.core.card import is_held
    from pjterm.core.verdicts import count, provisional

    now, journal = context.clock.now(), context.journal
    counted = count.is_asked_for(journal.aged(entry, now), journal.facts(entry), now)
    if not counted and not provisional.may_be_paid(entry) and not is_held(entry.transaction):
        return entry
    kept = context.quiet, context.asked, context.sending
    context.quiet, context.asked = True, dict(context.asked)
    try:
        with of_entry(context, entry, via="poll") as made:
            return made.flow.resolver.report(entry).entry
    except PjtermError as error:  # another login, or no configuration: the journal's outcome stands
        context.warn(f"not asked about once more: {error.message}")
        return entry
    finally:
        context.quiet, context.asked, context.sending = kept
