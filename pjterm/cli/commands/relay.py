"""`relay`: the local process that receives webhooks, keeps them, and streams them to followers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pjterm.cli.context import Context
from pjterm.cli.frame import command, group
from pjterm.cli.shared import options as o
from pjterm.cli.shared.relays import address, proven, read_secrets
from pjterm.errors import PjtermError

if TYPE_CHECKING:
    from pjterm.core.calendar import Calendar
    from pjterm.relay.client.address import RelayAddress
    from pjterm.relay.server.secret_source import SecretSource, Unreadable


def register(app: typer.Typer) -> None:
    """Add the commands to the tree."""
    relay = group("Receive webhooks, keep them, tell followers.")
    command(relay, "serve")(serve)
    command(relay, "status")(status)
    command(relay, "token")(token)
    app.add_typer(relay, name="relay")


def serve(
    context: Context,
    host: Annotated[str, o.option("--host", "ADDRESS", "Where to listen.")] = "127.0.0.1",
    port: Annotated[int, o.option("--port", "N", "0 picks a free one.")] = 8710,
    store: Annotated[
        str | None,
        o.option("--store", "URL", "sqlite:////DIR/FILE or nats://HOST:PORT/STREAM; default: a file of its own."),
    ] = None,
    forward: Annotated[
        list[str] | None, o.option("--forward", "URL", "Hand on each event that comes from now on, exact bytes.")
    ] = None,
    allow_unsigned: Annotated[
        bool, o.flag("--allow-unsigned", "Also keep what comes unsigned (loopback, not production).")
    ] = False,
    retention: Annotated[float, o.option("--retention", "DAYS", "How long events are kept; 0: forever.")] = 400.0,
    max_size: Annotated[
        str, o.option("--max-size", "SIZE", "Room for events, e.g. 500MB; then 503. 0: no limit.")
    ] = "2GB",
    monitor: Annotated[
        list[str] | None, o.option("--monitor", "URL", "A NATS server's monitoring page; default: port 8222 of each.")
    ] = None,
    allow_unsynced: Annotated[
        bool, o.flag("--allow-unsynced", "Use a stream that acknowledges before it is on disk.")
    ] = False,
) -> None:
    """Receive the webhooks of all profiles that have a webhook secret, until Ctrl-C.

    Put it behind HTTPS on port 443 and subscribe with `pjterm webhooks create`. Each delivery is verified
    on its raw bytes and on disk before it is answered. Nothing happens at any reader.

    Examples:

      pjterm relay serve

      pjterm relay serve --port 0 --forward http://127.0.0.1:9000/hooks -o json
    """
    from pjterm.cli import profile_choice
    from pjterm.relay.server.serve import ServeOptions, run
    from pjterm.relay.server.stores import StoreOptions, read_size
    from pjterm.settings import profiles

    if (name := profile_choice.named(context.profile_name, context.environ)) is not None:
        profiles.find(context.config, name)  # it receives for all of them, but a wrong name is an error here, too
    secrets = _secret_source(context, allow_unsigned)
    options = ServeOptions(
        context.state_dir, host, port, StoreOptions(store, read_size(max_size), allow_unsynced, monitor or []),
        forward or [], retention,
    )  # fmt: skip
    shared = store if options.store.is_shared else None
    run(
        options, secrets, announce=lambda url, bound: _announce(context, secrets, shared, url, bound),
        say=context.notice,
    )  # fmt: skip
    context.last_word("relay stopped; what it received is kept")


def _announce(context: Context, secrets: SecretSource, shared: str | None, url: str, port: int) -> None:
    """What the relay serves and where its events are (its own file, or the stream of several relays), once it runs."""
    from pjterm.cli.shared.printing import say_ready
    from pjterm.core.urls import shown_url
    from pjterm.relay.client.address import store_path

    if context.environ.get("PJTERM_WEBHOOK_SECRET") and context.config.profiles:  # the built-in one has its own
        context.notice("using PJTERM_WEBHOOK_SECRET from the environment")
    for name in secrets.current.served():
        context.notice(f"serving /webhooks/{name}")
    for name, why in secrets.unreadable.items():
        context.error_line(f"{name}: its webhook secret cannot be read ({why}); until it can, deliveries get 503")
    for name in sorted(secrets.current.secrets.keys() - {*secrets.current.served()}):
        context.notice(f"{name} has no webhook secret: pjterm webhooks create -p {name}")
    context.notice(f"events are kept in {store_path(context.state_dir) if shared is None else shown_url(shared)}")
    say_ready(context, "relay", url, port)


def _secret_source(context: Context, allow_unsigned: bool) -> SecretSource:
    """The webhook secrets, read again whenever the profiles change."""
    from pjterm.relay.server.secret_source import SecretSource
    from pjterm.settings import profiles

    def production() -> frozenset[str]:
        configured = profiles.load(context.config_dir).profiles.values()
        return frozenset(p.name for p in configured if p.environment.value == "production")

    return SecretSource(
        lambda: _find_secrets(context), allow_unsigned=allow_unsigned, production=production,
        stamp=lambda: profiles.changed_at(context.config_dir),
    )  # fmt: skip


def _find_secrets(context: Context) -> dict[str, tuple[bytes, ...] | Unreadable]:
    """The webhook secrets of all profiles now."""
    from pjterm.relay.server.secret_source import Unreadable
    from pjterm.settings import profiles
    from pjterm.settings.profile import BUILTIN

    found: dict[str, tuple[bytes, ...] | Unreadable] = {}
    for profile in list(profiles.load(context.config_dir).profiles.values()) or [BUILTIN]:
        try:
            found[profile.name] = read_secrets(context, profile)
        except PjtermError as error:
            found[profile.name] = Unreadable(error.message)
    return found


def status(
    context: Context,
    fleet: Annotated[bool, o.flag("--fleet", "Every relay that shares this one's stream.")] = False,
) -> None:
    """Show the relay's state: events, followers, forwards, the last verified delivery per profile.

    An open port proves nothing; a delivery that verified does.

    Example:

      pjterm relay status
    """
    from pjterm.cli.shared.printing import print_item
    from pjterm.relay.client import queries

    where = proven(address(context))
    if fleet:
        _fleet(context, where)
        return
    reported = queries.status(where)
    item = {"url": where.url, **{name: value for name, value in reported.items() if name != "schema"}}
    print_item(context, "relay", item, _lines(item, context.calendar))


def _fleet(context: Context, where: RelayAddress) -> None:
    from pjterm.cli.shared.printing import print_list
    from pjterm.errors import UsageFault
    from pjterm.relay.client import queries

    relays = queries.fleet(where)
    if relays is None:
        hint = "several relays share a stream: pjterm relay serve --store nats://HOST:PORT/STREAM"
        raise UsageFault(f"--fleet: the relay at {where.url} stands alone", hint=hint)
    names = ("relay", "state", "lag", "followers", "lastVerifiedAt", "at", "url")
    rows = [tuple(relay.get(name) for name in names) for relay in relays]
    if context.stdout_is_terminal:
        now = context.clock.wall()
        rows = [(*row[:4], _ago(row[4], now), _ago(row[5], now), row[6]) for row in rows]
    columns = ("RELAY", "STATE", "LAG", "FOLLOWERS", "VERIFIED", "HEARD", "URL")
    print_list(context, "fleet", relays, columns, rows, right=("LAG", "FOLLOWERS"))


def _ago(at: str | None, now: datetime) -> str:
    """A moment for a person who looks at a table."""
    from pjterm.core.times import span

    return "never" if at is None else f"{span(now - datetime.fromisoformat(at))} ago"


def _lines(item: Mapping[str, Any], calendar: Calendar, indent: str = "") -> list[str]:
    from pjterm.ui.titles import titled

    lines = []
    for name, value in item.items():
        title = f"{indent}{titled(name)}:"
        if isinstance(value, Mapping):
            lines += [title, *_lines(value, calendar, indent + "  ")]
        elif isinstance(value, list):
            lines.append(title + (" none" if not value else ""))
            entries = (_lines(e, calendar) if isinstance(e, Mapping) else [str(e)] for e in value)
            lines += [f"{indent}  " + "  ".join(entry) for entry in entries]
        else:
            lines.append(f"{title} {_word(name, value, calendar)}")
    return lines


def _word(name: str, value: object, calendar: Calendar) -> str:
    from pjterm.cli.shared.item_lines import local_time, plain

    if value is None:
        return "never" if name.endswith("At") else "none"
    return local_time(plain(value), calendar)


def token(
    context: Context,
    rotate: Annotated[bool, o.flag("--rotate", "Make a new one; followers need it then.")] = False,
) -> None:
    """Print the followers' token of this user's relay, for other machines' profiles.

    Example:

      pjterm relay token --rotate
    """
    from pjterm.cli.shared.printing import print_item
    from pjterm.relay.client.address import rotate as replace
    from pjterm.relay.client.address import token as kept

    if rotate:
        replace(context.state_dir)
    value = kept(context.state_dir)
    print_item(context, "relay", {"token": value}, [value])
