"""`events`: what the relay received: live, as a list, one whole, sent again, exported."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import count, islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command, group
from pjterm.cli.shared import event_source as source
from pjterm.cli.shared import options as o
from pjterm.cli.shared.event_lines import event_row, gap_line, person_line, short_row
from pjterm.cli.streams import write_result
from pjterm.core.exit_codes import signal_exit
from pjterm.core.hints import option
from pjterm.core.text import one_line
from pjterm.errors import CheckFailed, GuardRefused, PjtermError, Unavailable

if TYPE_CHECKING:
    from pjterm.relay.client.address import RelayAddress

RequestFilter = Annotated[str | None, o.option("--request", "ID", "Only this request's.")]
TypeFilter = Annotated[str | None, o.option("--type", "NAME", "Only this type, such as SMARTTERMINAL_REQUEST.")]
SinceOption = Annotated[str | None, o.option("--since", "DATE", "Received on or after this, local time.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    events = group("Webhook events that the relay keeps.", default=list_events)
    command(events, "tail")(tail)
    command(events, "list")(list_events)
    command(events, "show")(show)
    command(events, "replay")(replay)
    command(events, "export")(export)
    app.add_typer(events, name="events")


def tail(context: Context, request: RequestFilter = None, type_: TypeFilter = None, since: SinceOption = None) -> None:
    """Show events as they arrive, until Ctrl-C; survives restarts of the relay.

    With --profile only that one's deliveries. In a pipe each line is a JSON object: first `ready`, then events, and
    `reconnecting` whenever the relay is gone; stderr says why.

    Examples:

      pjterm events tail

      pjterm events tail --type SMARTTERMINAL_REQUEST | jq .event.data
    """
    import signal
    from queue import SimpleQueue

    from pjterm.cli.shared import relays
    from pjterm.flow.signals import heeded
    from pjterm.relay.client.stream import Stream

    arrivals: SimpleQueue[tuple[str, Any]] = SimpleQueue()
    after = None if since is None else 0
    not_before = None if since is None else context.calendar.moment(since, "--since")
    stream = Stream(
        relays.proven(relays.address(context)),
        lambda item: arrivals.put(("event", item)),
        lambda live: arrivals.put(("live", live)),
        after=after,
        filters=source.query_of(context, request, type_),
        gap=lambda gap: arrivals.put(("gap", gap)),
        trouble=lambda error: arrivals.put(("trouble", error)),
        again=_turns(context),
    )
    for signum in heeded(signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda number, _: arrivals.put(("leave", number)))
    stream.start()
    try:
        code = _print_tail(context, arrivals.get, not_before)
    finally:
        stream.stop()
    if code:
        context.last_word("stopped; the relay goes on")
    raise typer.Exit(code)


def _turns(context: Context) -> Callable[[], RelayAddress | None]:
    """The relays in turn, looked up each time: one may be back on another port, or with another token."""
    from pjterm.cli.shared import relays

    turn = count(1)

    def again() -> RelayAddress | None:
        try:
            found = relays.addresses(context)
        except PjtermError:
            return None  # none runs now: the one that did may be back where it was
        return found[next(turn) % len(found)]

    return again


def _print_tail(context: Context, get: Any, not_before: datetime | None) -> int:
    """Print arrivals until a signal or a closed pipe ends it; the exit code.

    Raises what stands in the way of the first connection; what ends a later one is only reported.
    """
    from pjterm.ui.fitting import has_color

    plain = context.for_person
    begun = False
    while True:
        what, value = get()
        if what == "leave":
            return signal_exit(int(value))
        if what == "trouble":
            if not begun:
                raise value
            _say_trouble(context, value)
            continue
        if what == "live":
            line = _live_line(context, bool(value), begun, plain)
            begun = begun or bool(value)
        elif what == "gap":
            line = gap_line(value) if plain else _stream_line("gap", value)
        elif not_before is not None and datetime.fromisoformat(value["receivedAt"]) < not_before:
            continue
        elif plain:
            line = person_line(value, context.clock.now(), context.zone, color=has_color(context.environ))
        else:
            line = _stream_line("event", value)
        if line is not None and not write_result(context.stdout, line + "\n"):
            return 0


def _say_trouble(context: Context, trouble: PjtermError) -> None:
    """Why nothing comes; where the token is refused, also with `--quiet`: that does not pass by itself."""
    from pjterm.errors import AuthFailed
    from pjterm.ui.wording import error_lines

    say = context.warn if isinstance(trouble, AuthFailed) else context.notice
    for line in error_lines(trouble):
        say(line)


def _live_line(context: Context, live: bool, begun: bool, plain: bool) -> str | None:
    if not (live or begun):
        return None
    if not plain:
        return one_line({"type": "ready"} if live else {"type": "reconnecting"})
    context.notice("listening (Ctrl-C ends)" if live and not begun else "connected again" if live else "reconnecting")
    return None


def list_events(
    context: Context,
    limit: Annotated[int, o.option("--limit", "N", "How many at most.", min=1, max=o.LARGEST_NUMBER)] = 100,
    after: Annotated[int, o.option("--after", "CURSOR", "Only those after.", min=0, max=o.LARGEST_NUMBER)] = 0,
    request: RequestFilter = None,
    type_: TypeFilter = None,
    since: SinceOption = None,
) -> None:
    """List kept events, oldest first; reads the store itself where no relay runs.

    Example:

      pjterm events list --request 37fa5c74-6315-4838-a07c-4b73a600e729
    """
    from pjterm.cli.shared.printing import Shown, print_list
    from pjterm.ui.moments import zone_short
    from pjterm.ui.tones import Tone

    query = source.query_of(context, request, type_)
    items = list(islice(source.items(context, query, after, since), limit + 1))
    if len(items) > limit:
        items = items[:limit]
        context.notice(f"there are more: --after {items[-1]['cursor']}, or a larger --limit")
    zone, now = context.zone, context.clock.now()
    rows = [event_row(item, zone) for item in items]
    columns = ("CURSOR", "RECEIVED", "PROFILE", "TYPE", "REQUEST", "STATUS", "RESULT", "VERIFIED")
    short = ("CURSOR", f"TIME {zone_short(now, zone)}", "PROFILE", "REQUEST", "STATUS", "RESULT", "VERIFIED")
    tones = [Tone.DONE if item["verified"] else Tone.NOTHING for item in items]
    shown = Shown(short, [short_row(item, now, zone) for item in items], ("CURSOR",), tones, painted="VERIFIED")
    empty = "no events match" if query or after or since is not None else "no events are kept"
    print_list(context, "events", items, columns, rows, shown=shown, empty=empty)


def export(
    context: Context,
    request: RequestFilter = None,
    type_: TypeFilter = None,
    since: SinceOption = None,
) -> None:
    """Write all kept events as JSON Lines; with --json as one object.

    Example:

      pjterm events export --since 2026-11-01 > events.jsonl
    """
    items = source.items(context, source.query_of(context, request, type_), 0, since)
    if context.format == "json":
        from pjterm.cli.shared.printing import print_list

        print_list(context, "events", list(items), (), ())
        return
    for item in items:
        if not write_result(context.stdout, one_line(item) + "\n"):
            return


def show(
    context: Context,
    cursor: Annotated[int, o.argument("CURSOR", "Which event.", min=1, max=o.LARGEST_NUMBER)],
) -> None:
    """Show one event as it was received: headers, exact body, and whether its signature verifies.

    Example:

      pjterm events show 17
    """
    from pjterm.cli.shared.printing import print_item

    kept = source.delivery(context, cursor)
    verifies = source.verifies(context, kept)
    headers, body = kept.headers.decode("latin-1"), kept.body.decode("utf-8", "replace")
    item = {
        "cursor": cursor,
        "profile": kept.profile,
        "headers": None if kept.cut else _headers(headers),
        "body": None if kept.cut else body,
        "verified": kept.verified,
        "signatureVerifies": verifies,
        "cut": kept.cut,
    }
    unknown = (
        "verified when it came; its secret is not kept here" if kept.verified else "cannot be checked (no secret here)"
    )
    word = {True: "verifies", False: "does not verify", None: unknown}[verifies]
    lines = [*_lines_of(headers), "", *body.split("\n"), "", f"signature: {word}"]
    print_item(context, "events", item, [_CUT] if kept.cut else lines)


_CUT = "The body was removed a day after it came, because it held what a customer typed or swiped; its hash is kept."


def _lines_of(headers: str) -> list[str]:
    """The header lines, where the sender ended them: no other character divides one."""
    return headers.removesuffix("\r\n").split("\r\n")


def _headers(text: str) -> dict[str, str | list[str]]:
    """The headers by name; the value of one that came more than once is a list."""
    values: dict[str, list[str]] = {}
    for line in filter(None, _lines_of(text)):
        name, _, value = line.partition(":")
        values.setdefault(name.strip(), []).append(value.strip())
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def replay(
    context: Context,
    cursors: Annotated[list[int], o.argument("CURSOR...", "Which events, in this order.", min=1, max=o.LARGEST_NUMBER)],
    to: Annotated[str, o.option("--to", "URL", "Where to send them.")],
) -> None:
    """Send kept events again, exact bytes and headers, in the order given; stops at the first that is not answered.

    Exit 13 where one was not taken, or not answered after it was sent; 12 where nothing was sent.

    Example:

      pjterm events replay 17 18 --to http://127.0.0.1:9000/hooks
    """
    from pjterm.cli.shared.printing import print_list
    from pjterm.core.urls import check_url
    from pjterm.relay.server.forwarder import send_again

    check_url(to, "--to")
    kept = [source.delivery(context, cursor) for cursor in cursors]
    if gone := [one.cursor for one in kept if one.cut]:
        raise GuardRefused(
            f"event {gone[0]} was cut after a day, for it held what a customer typed: it cannot be sent again; "
            "nothing was sent",
            hint="leave it out",
        )
    items: list[dict[str, Any]] = []
    trouble: PjtermError | None = None
    for one in kept:
        try:
            status = send_again(to, one.headers, one.body)
        except PjtermError as error:
            trouble = error
            break
        items.append({"cursor": one.cursor, "to": to, "httpStatus": status})
    if trouble is not None:
        left = " ".join(str(cursor) for cursor in cursors[len(items) :])
        trouble.message += f"; answered: {len(items)} of {len(cursors)}, in the order given"
        trouble.hint = f"pjterm events replay {left} {option('--to', to)}"
        if not items and isinstance(trouble, Unavailable):
            raise trouble
        items.append({"cursor": cursors[len(items)], "to": to, "httpStatus": None})
    rows = [(i["cursor"], i["httpStatus"]) for i in items]
    print_list(context, "replay", items, ("CURSOR", "STATUS"), rows, changed=True)
    if trouble is not None:
        context.error_line(trouble.message)
        context.error_line(f"next: {trouble.hint}")
    if not all(i["httpStatus"] is not None and 200 <= i["httpStatus"] < 300 for i in items):
        raise typer.Exit(CheckFailed.exit_code)


def _stream_line(what: str, value: dict[str, Any]) -> str:
    return one_line({"type": what, **value})
