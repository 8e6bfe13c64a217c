"""`doctor`: what could stand in the way of a sale, one line each, with what to do about it.

Each check is a function that answers one line and never raises a named error. A check that lacks what an
earlier one should have found says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from signal import SIGINT
from typing import Annotated

import typer

from pjterm.cli.context import Context
from pjterm.cli.doctor import api_checks, machine_checks, relay_checks, variables
from pjterm.cli.doctor.check import BAD, OK, Check, guarded
from pjterm.cli.frame import command
from pjterm.cli.shared import options as o
from pjterm.core.hints import command_line
from pjterm.errors import CheckFailed
from pjterm.values import replace

ORDER = (
    "variables", "config", "credentials", "state", "facts", "journal", "tls", "api", "clock", "terminals", "accounts",
    "search", "relay", "subscription", "reader",
)  # fmt: skip
"""The checks as pipes and JSON have them: by what depends on what, not by when each is made."""
PROMPT_TIME = 60.0  # seconds to press the button


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    command(app, "doctor")(doctor)


def doctor(
    context: Context,
    prompt: Annotated[
        str | None, o.option("--prompt", "NAME", "Also ask a harmless question on this terminal.")
    ] = None,
) -> None:
    """Check everything a sale depends on.

    Configuration, credentials, clock, TLS, API, terminals, relay and subscription. Nothing happens at any
    reader, except with --prompt: that reader shows "pjterm doctor: press OK"; press it there. Exit 0 when all is
    good, else 13.

    Examples:

      pjterm doctor

      pjterm doctor --prompt T1
    """
    from pjterm.cli.doctor.live_checks import Live

    people = Live(context) if context.for_person else None
    found = []
    for check in examine(context, prompt, people.begins if people is not None else lambda _: None):
        check = replace(check, hint=check.hint and context.addressed(check.hint))
        found.append(check)
        if people is not None:
            people.shows(check)
    if people is not None:
        people.sums_up(found)
    else:
        _print(context, sorted(found, key=lambda c: ORDER.index(c.name)))
    if found[-1].stopped is not None:
        raise typer.Exit(found[-1].stopped)
    if any(c.status == BAD for c in found):
        raise typer.Exit(CheckFailed.exit_code)


def _print(context: Context, found: list[Check]) -> None:
    from pjterm.cli.shared.printing import print_list

    items = [{"name": c.name, "status": c.status, "detail": c.detail, "hint": c.hint} for c in found]
    rows = [(c.status, c.name, c.detail, (c.hint or "").replace("\n", "; ")) for c in found]
    print_list(context, "doctor", items, ("STATUS", "CHECK", "DETAIL", "NEXT"), rows)


def examine(context: Context, prompt: str | None, begins: Callable[[str], None]) -> Iterator[Check]:
    """All checks, each when it is made; `begins` is called with the name of the next one."""

    def made(name: str, check: Callable[[], Check]) -> Check:
        begins(name)
        return guarded(name, check)

    from pjterm.settings import facts_file

    odd = variables.check(context.environ)
    if odd.status != OK:
        yield odd
    yield made("config", lambda: machine_checks.config(context))
    yield made("state", lambda: machine_checks.state(context))
    if "profile" not in context.__dict__:
        yield made("journal", lambda: machine_checks.journal(context))
        return
    if (context.config_dir / facts_file.NAME).exists():
        yield made("facts", lambda: machine_checks.facts(context))
    yield made("journal", lambda: machine_checks.journal(context))
    credentials = made("credentials", lambda: machine_checks.credentials(context))
    if credentials.status == BAD:
        yield credentials
        return
    try:
        api = made("api", lambda: api_checks.api(context))
    except api_checks.LoginRefused as refused:
        from pjterm.ui.next_step import when_login_refused

        yield Check("credentials", BAD, refused.error.message, when_login_refused(refused.error, context.profile.name))
        yield Check("api", OK, f"{context.base_url} answers")
        return
    yield credentials
    yield api
    yield made("tls", lambda: api_checks.tls(context, api))
    if api.status == BAD:
        return
    yield api_checks.clock(context.api.server_time, context.clock.wall())
    yield made("terminals", lambda: api_checks.terminals(context))
    yield made("accounts", lambda: api_checks.accounts(context))
    search = made("search", lambda: api_checks.search(context))
    if search.status != OK:
        yield search
    begins("relay")
    relay, status = relay_checks.relay(context)
    yield relay
    yield made("subscription", lambda: relay_checks.subscription(context, status))
    if prompt is not None:
        yield guarded("reader", lambda: _reader(context, prompt))  # it has a view of its own


# -- at a reader -----------------------------------------------------------------------------------------


def _reader(context: Context, terminal: str) -> Check:
    """The whole way there and back, with a question that moves no money."""
    from pjterm.cli.shared import session
    from pjterm.cli.shared.options import where
    from pjterm.core import request
    from pjterm.core.exit_codes import signal_exit
    from pjterm.core.model import Outcome
    from pjterm.core.sending.send_state import Options

    spec = request.prompt("pjterm doctor: press OK", ["OK"])
    place = where(context, terminal, None, "--prompt")
    name, key, began = place.name or terminal, context.new_key(), time.monotonic()
    options = Options(key=key, timeout=PROMPT_TIME, cancel_on_timeout=True)
    header = session.header_of(context, spec.kind, name, key=key, text="press OK")
    with session.session(context, header) as made:
        resolution = session.send_unguarded(made, spec, place, options, key)
    verdict = resolution.verdict
    if verdict.outcome is not Outcome.ANSWERED:
        may_show = verdict.outcome in (Outcome.OPEN, Outcome.UNKNOWN)
        stopped = signal_exit(resolution.signum or SIGINT) if resolution.stopped else None
        hint = command_line("cancel" if may_show else "why", key)
        return Check("reader", BAD, f"{name}: {verdict.outcome}: {verdict.says}", hint, stopped)
    return Check("reader", OK, f"{name} asked and answered in {time.monotonic() - began:.1f} s")
