"""Whether a reader can be reached: a prompt that is cancelled as soon as it shows."""

from __future__ import annotations

import signal
from datetime import timedelta
from typing import TYPE_CHECKING

from pjterm.cli.context import Context
from pjterm.core.hints import command_line, commands
from pjterm.errors import GuardRefused
from pjterm.values import dataclass, replace

if TYPE_CHECKING:
    from pjterm.core.model import Terminal
    from pjterm.flow.results import Resolution

PATIENCE = 30.0  # seconds for one reader: CONNECTING may take 10, and so may its end
TEXT = "One moment…"


@dataclass(frozen=True, slots=True)
class Ping:
    """The state of one reader, and after how many seconds it was known."""

    name: str
    smart_terminal_id: str | None
    status: str
    """ready, busy or unreachable."""
    seconds: float | None
    says: str
    stopped: int | None = None
    """The exit code after a signal."""


def ping(context: Context, place: Terminal) -> Ping:
    """Ping one reader. If the journal has an open entry on it, nothing is sent."""
    name = place.label or "?"
    try:
        done = _prompt(context, place, name)
    except GuardRefused as stop:
        way_out = "".join(f"; find out: {line}" for line in commands(stop.hint or ""))  # a ping overrides nothing
        return Ping(name, place.smart_terminal_id, "busy", None, context.addressed(stop.message + way_out))
    says = context.addressed(_says(done))
    return Ping(name, place.smart_terminal_id, _status(done), _seconds(done), says, _stopped(done))


def _prompt(context: Context, place: Terminal, name: str) -> Resolution:
    from pjterm.cli.shared import session
    from pjterm.core import request
    from pjterm.core.plan import Plan
    from pjterm.core.sending.send_state import Options

    spec = replace(request.prompt(TEXT, ["OK"]), idle_only=True)
    key, now = context.new_key(), context.clock.now()
    options = Options(timeout=PATIENCE, wait=False)
    header = session.header_of(context, spec.kind, name, key=key, text=TEXT)
    with session.session(context, header) as made:
        sent = session.send_unguarded(made, spec, place, options, key)
        if sent.error is not None:  # refused, or never sent: it says nothing about the reader
            raise sent.error
        if not sent.accepted_only:
            return sent
        plan = Plan(sent.entry.sale(), sent.entry.kind, now + timedelta(seconds=PATIENCE))
        return made.flow.resolver.cancel(sent.entry, plan)


def _status(done: Resolution) -> str:
    from pjterm.core.model import Outcome, Status

    outcome, known = done.verdict.outcome, done.known
    if outcome is Outcome.BUSY or _stays(done):
        return "busy"
    ended = known.end is Status.COMPLETE or outcome in (Outcome.CANCELLED, Outcome.ANSWERED)
    return "ready" if ended and known.request_id is not None else "unreachable"  # without an id nothing was sent


def _stays(done: Resolution) -> bool:
    """Whether our prompt was shown, and its end was not seen."""
    from pjterm.core.model import Outcome

    known = done.known
    return known.in_progress_seen and not known.has_ended and done.verdict.outcome in (Outcome.OPEN, Outcome.UNKNOWN)


def _says(done: Resolution) -> str:
    if _status(done) == "ready":
        return "it showed a prompt, which is taken back"
    says = done.verdict.says
    return f"{says}; our prompt may still show: {command_line('cancel', done.entry.key)}" if _stays(done) else says


def _stopped(done: Resolution) -> int | None:
    from pjterm.core.exit_codes import signal_exit

    return signal_exit(done.signum or signal.SIGINT) if done.stopped else None


def _seconds(done: Resolution) -> float | None:
    """Seconds from the request until the reader showed it, or until we stopped polling."""
    from pjterm.core.evidence.facts import Observed

    sent = done.known.sent_at
    seen = next((f.at for f in done.facts if isinstance(f, Observed) and f.status == "IN_PROGRESS"), done.facts[-1].at)
    return None if sent is None else round((seen - sent).total_seconds(), 1)
