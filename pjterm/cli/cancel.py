"""`cancel`: compare, then act; payment wins the race."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from pjterm.cli import options as o
from pjterm.cli.context import Context
from pjterm.cli.frame import command
from pjterm.errors import GuardRefused

if TYPE_CHECKING:
    from pjterm.core.entry import Entry
    from pjterm.core.model import Terminal


def register(app: typer.Typer) -> None:
    """Add the command to the tree."""
    command(app, "cancel")(cancel)


def cancel(
    context: Context,
    terminal: o.TerminalOption = None,
    request: Annotated[
        str | None, typer.Option("--request", metavar="ID", help="Which request, by its id.")
    ] = None,
    any_: Annotated[
        bool, typer.Option("--any", help="Reset the reader whatever runs on it, after a question.")
    ] = False,
    timeout: o.TimeoutOption = 60.0,
    until: o.UntilOption = "complete",
    via: o.ViaOption = "auto",
    yes: o.YesOption = False,
) -> None:
    """End what runs on a terminal, if it is ours and has no result yet.

    The reader goes back to its idle screen, and the customer's request ends. A payment that was approved
    meanwhile wins: it is reported (exit 10), and the hint is to void it. Exit 0 means proven cancelled.

    Examples:

      pjterm cancel -t T1

      pjterm cancel --request 37fa5c74-6315-4838-a07c-4b73a600e729
    """
    from pjterm.cli import entries, session
    from pjterm.core.follow import Until
    from pjterm.core.model import Kind

    o.check_waiting({"timeout": timeout, "until": until, "via": via})
    context.asked = {"kind": Kind.CANCEL}
    context.names_earlier = True
    context.timeout = timeout
    if any_:
        _reset(context, _device(context, terminal), yes)
        return
    if request is not None:
        entries.check_request_id(request)
    entry = _of_request(context, request) if request is not None else _running(context, terminal)
    with session.of_entry(context, entry, via=via) as made:
        now = context.clock.now()
        plan = session.plan_for(entry, now + timedelta(seconds=timeout), Until(until))
        standing = made.settler.cancel(entry, plan)
        session.finish_cancel(made, standing)


def _device(context: Context, terminal: str | None) -> Terminal:
    from pjterm import places
    from pjterm.submit import LOOKUP_PATIENCE

    api, profile = context.api, context.profile
    wanted = terminal or context.environ.get("PJTERM_TERMINAL") or profile.terminal
    patience = context.clock.now() + LOOKUP_PATIENCE
    return places.device(wanted, profile.aliases, lambda: api.retrying(api.smart_terminals, patience))


def _running(context: Context, terminal: str | None) -> Entry:
    """The newest open entry of the journal on this terminal."""
    device = _device(context, terminal)
    found = [
        e
        for e in context.journal.unsettled_on(device.smart_terminal_id)
        if e.request_id is not None and e.scope == context.scope
    ]
    if found:
        return found[-1]
    lost = [e for e in context.journal.unsettled_on(device.smart_terminal_id) if e.kind.is_money]
    hint = "to reset the reader whatever runs: pjterm cancel --any"
    if lost:
        hint = f"the answer of {lost[-1].key} was lost: pjterm resume {lost[-1].key} --clear-terminal"
    raise GuardRefused(
        f"nothing of ours is open on {device.name or device.smart_terminal_id}; nothing was cancelled",
        hint=hint,
        code="nothing-to-cancel",
    )


def _of_request(context: Context, request_id: str) -> Entry:
    found = context.journal.find(request_id, context.scope)
    if found:
        return found[0]
    raise GuardRefused(
        f"the journal knows no request {request_id}; nothing was cancelled",
        hint="it is another program's; to reset the reader whatever runs: pjterm cancel --any -t NAME",
        code="nothing-to-cancel",
    )


def _reset(context: Context, device: Terminal, yes: bool) -> None:
    """`--any`: the idle screen, whatever runs. What was ours there is told of the reset."""
    from pjterm.cli import session

    name = device.name or device.smart_terminal_id
    if not yes and not (context.can_ask() and context.confirm(f"Reset {name}, whatever runs on it?")):
        raise GuardRefused(f"{name} was not reset: nobody said yes", hint="say it with --yes", code="confirm")
    session.reset_any(context, device)
