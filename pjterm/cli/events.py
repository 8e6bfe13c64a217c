"""`events`: what the relay received: live, as a list, one whole, sent again, exported."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import count, islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pjterm.cli.context import Context, write_result
from pjterm.cli.frame import command, group
from pjterm.errors import PjtermError

if TYPE_CHECKING:
    from pjterm.events.model import Filters, Store
    from pjterm.relay.state import RelayAddress

PAGE = 500
MOST = 10**18 - 1
RequestFilter = Annotated[str | None, typer.Option("--request", metavar="ID", help="Only this request's.")]
TypeFilter = Annotated[
    str | None, typer.Option("--type", metavar="NAME", help="Only this type, SMARTTERMINAL_REQUEST say.")
]
SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help="Received on or after this, local time.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    events = group("Webhook events that the relay received and keeps.")
    command(events, "tail")(tail)
    command(events, "list")(list_events)
    command(events, "show")(show)
    command(events, "replay")(replay)
    command(events, "export")(export)
    app.add_typer(events, name="events")


def tail(
    context: Context,
    request: RequestFilter = None,
    type_: TypeFilter = None,
    since: SinceOption = None,
) -> None:
    """Show events as they arrive, until Ctrl-C; survives restarts of the relay.

    With --profile only that one's deliveries. In a pipe each line is a JSON object: first `ready`, then events, and
    `reconnecting` whenever the relay is gone.

    Examples:

      pjterm events tail

      pjterm events tail --type SMARTTERMINAL_REQUEST | jq .event.data
    """
    import signal
    from queue import SimpleQueue

    from pjterm.cli import relay
    from pjterm.relay.client import Stream

    arrivals: SimpleQueue[tuple[str, Any]] = SimpleQueue()
    after = None if since is None else 0
    not_before = None if since is None else _day(since)
    stream = Stream(
        relay.proven(relay.address(context)),
        lambda item: arrivals.put(("event", item)),
        lambda live: arrivals.put(("live", live)),
        after=after,
        filters=_query(context, request, type_),
        gap=lambda gap: arrivals.put(("gap", gap)),
        again=_turns(context),
    )
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda number, _: arrivals.put(("leave", number)))
    stream.start()
    try:
        code = _tell_tail(context, arrivals.get, not_before)
    finally:
        stream.stop()
    raise typer.Exit(code)


def _turns(context: Context) -> Callable[[], RelayAddress | None]:
    """The relays in turn, looked up each time: one may be back on another port, or with another token."""
    from pjterm.cli import relay

    turn = count(1)

    def again() -> RelayAddress | None:
        try:
            found = relay.addresses(context)
        except PjtermError:
            return None  # none runs now: the one that did may be back where it was
        return found[next(turn) % len(found)]

    return again


def _tell_tail(context: Context, get: Any, not_before: datetime | None) -> int:
    """Print arrivals until somebody wants us gone or nobody reads; the exit code."""
    plain = context.stdout_is_terminal and context.format == "text"
    begun = False
    while True:
        what, value = get()
        if what == "leave":
            return 128 + int(value)
        if what == "live":
            line = _live_line(context, bool(value), begun, plain)
            begun = begun or bool(value)
        elif what == "gap":
            line = gap_line(value) if plain else _told("gap", value)
        elif not_before is not None and datetime.fromisoformat(value["receivedAt"]) < not_before:
            continue
        else:
            today = datetime.now().astimezone().date()
            line = person_line(value, today=today, colour=_colour(context)) if plain else _told("event", value)
        if line is not None and not write_result(context.stdout, line + "\n"):
            return 0


def _live_line(context: Context, live: bool, begun: bool, plain: bool) -> str | None:
    if not plain:
        return _json({"type": "ready"} if live else {"type": "reconnecting"})
    context.notice("listening (Ctrl-C ends)" if live and not begun else "connected again" if live else "reconnecting")
    return None


def list_events(
    context: Context,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="How many at most.")] = 100,
    after: Annotated[int, typer.Option("--after", metavar="CURSOR", min=0, max=MOST, help="Only those after.")] = 0,
    request: RequestFilter = None,
    type_: TypeFilter = None,
    since: SinceOption = None,
) -> None:
    """List kept events, oldest first; reads the store itself where no relay runs.

    Example:

      pjterm events list --request 37fa5c74-6315-4838-a07c-4b73a600e729
    """
    from pjterm.cli.lists import print_list

    items = list(islice(_items(context, _query(context, request, type_), after, since), limit + 1))
    if len(items) > limit:
        items = items[:limit]
        context.notice(f"there are more: --after {items[-1]['cursor']}, or a larger --limit")
    rows = [_row(item) for item in items]
    columns = ("CURSOR", "RECEIVED", "PROFILE", "TYPE", "REQUEST", "STATUS", "RESULT", "VERIFIED")
    print_list(context, "events", items, columns, rows, right=("CURSOR",))


def export(
    context: Context,
    request: RequestFilter = None,
    type_: TypeFilter = None,
    since: SinceOption = None,
) -> None:
    """Write all kept events as JSON Lines.

    Example:

      pjterm events export --since 2026-11-01 > events.jsonl
    """
    for item in _items(context, _query(context, request, type_), 0, since):
        if not write_result(context.stdout, _json(item) + "\n"):
            return


def show(
    context: Context,
    cursor: Annotated[int, typer.Argument(metavar="CURSOR", min=1, max=MOST, help="Which event.")],
) -> None:
    """Show one event as it was received: headers, exact body, and whether its signature verifies.

    Example:

      pjterm events show 17
    """
    from pjterm.cli.lists import print_item

    body, headers, profile = _raw(context, cursor)
    verifies = _verifies(context, profile, headers, body)
    text_headers = headers.decode("latin-1")
    item = {
        "cursor": cursor,
        "profile": profile,
        "headers": [line.partition(":")[::2] for line in text_headers.splitlines() if line],
        "body": body.decode("utf-8", "replace"),
        "signatureVerifies": verifies,
    }
    item["headers"] = {name.strip(): value.strip() for name, value in item["headers"]}  # type: ignore[attr-defined]
    word = {True: "verifies", False: "does not verify", None: "cannot be checked (no secret here)"}[verifies]
    lines = [*text_headers.splitlines(), "", *body.decode("utf-8", "replace").split("\n"), "", f"signature: {word}"]
    print_item(context, "events", item, lines)


def replay(
    context: Context,
    cursors: Annotated[
        list[int], typer.Argument(metavar="CURSOR...", min=1, max=MOST, help="Which events, in this order.")
    ],
    to: Annotated[str, typer.Option("--to", metavar="URL", help="Where to send them.")],
) -> None:
    """Send kept events again, exact bytes and headers, in the order given; stops at the first that is not answered.

    Example:

      pjterm events replay 17 18 --to http://127.0.0.1:9000/hooks
    """
    from pjterm.cli.lists import print_list
    from pjterm.relay.forward import send_again
    from pjterm.relay.urls import check_url

    check_url(to, "--to")
    kept = [_raw(context, cursor) for cursor in cursors]
    items: list[dict[str, Any]] = []
    trouble: PjtermError | None = None
    for cursor, (body, headers, _) in zip(cursors, kept, strict=True):
        try:
            status = send_again(to, headers, body)
        except PjtermError as error:
            trouble = error
            break
        items.append({"cursor": cursor, "to": to, "httpStatus": status})
    rows = [(i["cursor"], i["httpStatus"]) for i in items]
    print_list(context, "replay", items, ("CURSOR", "STATUS"), rows, changed=True)
    if trouble is not None:
        context.error_line(f"{trouble.message}; answered: {len(items)} of {len(cursors)}, in the order given")
        left = " ".join(str(cursor) for cursor in cursors[len(items) :])
        context.error_line(f"next: pjterm events replay {left} --to {to}")
        raise typer.Exit(trouble.exit_code)
    if not all(200 <= i["httpStatus"] < 300 for i in items):
        raise typer.Exit(13)


# -- where events come from ------------------------------------------------------------------------


def _query(context: Context, request: str | None, type_: str | None) -> dict[str, str]:
    """The relay's filters; `--profile` here means the deliveries of that profile."""
    given = {"profile": context.profile_name, "requestId": request, "type": type_}
    return {name: value for name, value in given.items() if value is not None}


def _items(context: Context, query: dict[str, str], after: int, since: str | None) -> Iterator[dict[str, Any]]:
    """Items from the running relay, else from the store in the state directory."""
    not_before = None if since is None else _day(since)
    for item in _from_relay(context, query, after):
        if not_before is None or datetime.fromisoformat(item["receivedAt"]) >= not_before:
            yield item


def _from_relay(context: Context, query: dict[str, str], after: int) -> Iterator[dict[str, Any]]:
    from pjterm.cli import relay
    from pjterm.errors import AuthFailed, Unavailable
    from pjterm.relay import client

    try:
        where = relay.proven(relay.address(context))
        page = client.page(where, after=after, limit=PAGE, filters=query)
    except (Unavailable, AuthFailed) as error:
        yield from _from_store(context, query, after, error)
        return
    while page["items"]:
        yield from page["items"]
        page = client.page(where, after=page["next"], limit=PAGE, filters=query)


def _from_store(
    context: Context, query: dict[str, str], after: int, silent: PjtermError
) -> Iterator[dict[str, Any]]:
    store = _store(context, silent)
    try:
        while events := store.read(after, PAGE, _filters(query)):
            for event in events:
                yield event.item()
            after = events[-1].cursor
    finally:
        store.close()


def _store(context: Context, silent: PjtermError) -> Store:
    """What this user's relay keeps or kept last; `silent` is why the relay itself was not asked."""
    from pjterm.cli import relay
    from pjterm.errors import AuthFailed, Unavailable
    from pjterm.events.sqlite import SqliteStore
    from pjterm.relay import state

    if isinstance(silent, AuthFailed) and relay.names_one(context):
        raise silent
    path = state.store_path(context.state_dir)
    if not path.exists():
        raise Unavailable(f"{silent.message}; nor were any events ever kept here", hint=silent.hint) from silent
    return SqliteStore(path, readonly=True)


def _filters(query: dict[str, str]) -> Filters:
    from pjterm.events.model import Filters

    return Filters(query.get("profile"), query.get("requestId"), query.get("type"))


def _raw(context: Context, cursor: int) -> tuple[bytes, bytes, str]:
    """Body, header block and profile of one event."""
    from pjterm.cli import relay
    from pjterm.errors import ApiRejected, AuthFailed, Unavailable
    from pjterm.relay import client

    try:
        where = relay.proven(relay.address(context))
        found = client.raw(where, cursor)
        page = client.page(where, after=cursor - 1, limit=1)
        profile = page["items"][0]["profile"] if page["items"] else ""
    except (Unavailable, AuthFailed) as error:
        store = _store(context, error)
        try:
            event = store.get(cursor)
        finally:
            store.close()
        found = None if event is None else (event.arrival.body, event.arrival.headers)
        profile = "" if event is None else event.arrival.profile
    if found is None:
        raise ApiRejected(f"there is no event {cursor}", hint="see: pjterm events list")
    return found[0], found[1], profile


def _verifies(context: Context, profile: str, headers: bytes, body: bytes) -> bool | None:
    """Whether the kept signature fits the kept bytes with a secret we have now."""
    import hmac

    from pjterm import config
    from pjterm.cli.relay import read_secrets
    from pjterm.relay.intake import sign

    try:
        secrets = read_secrets(context, config.find(context.config, profile))
    except PjtermError:
        return None
    given = next(
        (v.strip() for n, _, v in (h.partition(b":") for h in headers.splitlines()) if n.lower() == b"x-pj-signature"),
        None,
    )
    if not secrets:
        return None
    return given is not None and any(hmac.compare_digest(given, sign(s, body)) for s in secrets)


# -- how they read ---------------------------------------------------------------------------------


def _row(item: dict[str, Any]) -> tuple[Any, ...]:
    event = item["event"]
    data = event.get("data") if isinstance(event.get("data"), dict) else {}
    at = datetime.fromisoformat(item["receivedAt"]).astimezone()
    return (
        item["cursor"], f"{at:%Y-%m-%d %H:%M:%S}", item["profile"], event.get("type"),
        data.get("requestId"), data.get("status"), result_of(data), "yes" if item["verified"] else "NO",
    )  # fmt: skip


def result_of(data: dict[str, Any]) -> str | None:
    """The result in an event's data; a typed number is never shown."""
    for name in ("transactionId", "signatureId", "promptButton"):
        if data.get(name) is not None:
            return str(data[name])
    return "(input)" if data.get("inputValue") is not None else None


def person_line(item: dict[str, Any], *, today: date, colour: bool) -> str:
    """One event on a line that fits 80 columns: the date only for another day, the type only if unusual."""
    from pjterm.listen import EVENT
    from pjterm.output import harmless

    event = item["event"]
    data = event.get("data") if isinstance(event.get("data"), dict) else {}
    at = datetime.fromisoformat(item["receivedAt"]).astimezone()
    cells = (
        item["cursor"], f"{at:%H:%M:%S}" if at.date() == today else f"{at:%Y-%m-%d %H:%M:%S}", item["profile"],
        None if event.get("type") == EVENT else event.get("type"), data.get("requestId"), data.get("status"),
        result_of(data), None if item["verified"] else "UNVERIFIED",
    )  # fmt: skip
    line = "  ".join(harmless(str(cell)) for cell in cells if cell is not None)
    if not colour:
        return line
    code = {"COMPLETE": "32", "BUSY": "33", "NO_CONNECTION": "31"}.get(str(data.get("status")), "36")
    return f"\x1b[{code if item['verified'] else '31'}m{line}\x1b[0m"


def gap_line(gap: dict[str, Any]) -> str:
    """What a person is told of events that are gone."""
    first, last = gap["after"] + 1, gap["oldest"] - 1
    which = f"event {first} is" if first == last else f"events {first} to {last} are"
    return f"-- {which} gone: removed by retention, or lost by the store --"


def _colour(context: Context) -> bool:
    return not context.environ.get("NO_COLOR") and context.environ.get("TERM") not in (None, "", "dumb")


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=True)


def _told(what: str, value: dict[str, Any]) -> str:
    return _json({"type": what, **value})


def _day(text: str) -> datetime:
    from pjterm.cli.entries import parse_day

    return parse_day(text, "--since")


