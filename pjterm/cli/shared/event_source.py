"""Where commands read stored events: from the running relay, else from its store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pjterm.cli.context import Context
from pjterm.errors import PjtermError
from pjterm.values import dataclass, field

if TYPE_CHECKING:
    from pjterm.events.store import Filters, Gap, Store

_PAGE = 500


def query_of(context: Context, request: str | None, type_: str | None) -> dict[str, str]:
    """The relay's filters; `--profile` here means the deliveries of that profile."""
    given = {"profile": context.profile_name, "requestId": request, "type": type_}
    return {name: value for name, value in given.items() if value is not None}


def items(context: Context, query: dict[str, str], after: int, since: str | None) -> Iterator[dict[str, Any]]:
    """Items from the running relay, else from the store in the state directory.

    A profile name that does not exist, and for which nothing was delivered, is probably misspelled: that is reported.
    """
    not_before = None if since is None else context.calendar.moment(since, "--since")
    found = False
    for item in _from_relay(context, query, after):
        found = True
        if not_before is None or datetime.fromisoformat(item["receivedAt"]) >= not_before:
            yield item
    if not found and (name := query.get("profile")) is not None:
        _doubt(context, name)


def removed(context: Context) -> int:
    """How many events retention has removed before the oldest one."""
    from pjterm.cli.shared import relays
    from pjterm.errors import AuthFailed, Unavailable
    from pjterm.relay.client import queries

    try:
        oldest = queries.status(relays.proven(relays.address(context)))["events"]["oldest"]
    except (Unavailable, AuthFailed) as silent:
        store = _store(context, silent)
        try:
            oldest = store.oldest()
        finally:
            store.close()
    return int(oldest) - 1


def _doubt(context: Context, name: str) -> None:
    from pjterm.settings import profiles

    try:
        profiles.find(context.config, name)
    except PjtermError as error:
        context.notice(f"{error.message}; see: pjterm profiles list")


def _from_relay(context: Context, query: dict[str, str], after: int) -> Iterator[dict[str, Any]]:
    from pjterm.cli.shared import relays
    from pjterm.errors import AuthFailed, Unavailable
    from pjterm.relay.client import queries

    try:
        where = relays.proven(relays.address(context))
        page = queries.page(where, after=after, limit=_PAGE, filters=query)
    except (Unavailable, AuthFailed) as error:
        yield from _from_store(context, query, after, error)
        return
    _say_gap(context, page)
    while page["items"]:
        yield from page["items"]
        page = queries.page(where, after=page["next"], limit=_PAGE, filters=query)
        _say_gap(context, page)


def _say_gap(context: Context, page: dict[str, Any]) -> None:
    from pjterm.cli.shared.event_lines import gap_line

    if "gap" in page:
        context.notice(gap_line(page["gap"]))


def _tell(context: Context, gap: Gap) -> int:
    """Tell of a gap; the cursor after which it goes on."""
    _say_gap(context, {"gap": gap._asdict()})
    return gap.oldest - 1


def _from_store(context: Context, query: dict[str, str], after: int, silent: PjtermError) -> Iterator[dict[str, Any]]:
    from pjterm.events.store import Gap
    from pjterm.events.stretch import read_stretch

    store, is_all = _said_store(context, silent), False
    try:
        if after > store.newest():
            after = _tell(context, Gap(after, store.oldest()))
        while not is_all:
            found = read_stretch(store, after, _PAGE, _filters(query), None)
            for event in found.events:
                yield event.item()
            if found.gap is not None:
                after = _tell(context, found.gap)
            elif found.events:
                after = found.events[-1].cursor
            is_all = found.gap is None and not found.events
    finally:
        store.close()


def _store(context: Context, silent: PjtermError) -> Store:
    """The store of this user's running or last relay; `silent` is why the relay itself was not asked.

    A relay of another machine has other events: then `silent` is raised.
    """
    from pjterm.cli.shared import relays
    from pjterm.errors import AuthFailed, Unavailable
    from pjterm.events.sqlite.store import SqliteStore
    from pjterm.relay.client.address import store_path

    if relays.is_elsewhere(context) or (isinstance(silent, AuthFailed) and relays.names_one(context)):
        raise silent
    path = store_path(context.state_dir)
    if not path.exists():
        raise Unavailable(f"{silent.message}, and no events were ever kept here", hint=silent.hint) from silent
    return SqliteStore(path, readonly=True, now=lambda: int(context.clock.wall().timestamp() * 1000))


def _said_store(context: Context, silent: PjtermError) -> Store:
    """The same; where the profile names a relay, it is said that this is not it."""
    from pjterm.cli.shared import relays
    from pjterm.relay.client.address import store_path

    store = _store(context, silent)
    if relays.names_one(context):
        context.notice(f"{silent.message}; read from {store_path(context.state_dir)}")
    return store


def _filters(query: dict[str, str]) -> Filters:
    from pjterm.events.store import Filters

    return Filters(query.get("profile"), query.get("requestId"), query.get("type"))


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event as it was received; `verified` is what its relay found then.

    `cut`: body and headers were removed, for they held what a customer typed.
    """

    cursor: int
    profile: str
    verified: bool
    body: bytes = field(repr=False)
    headers: bytes = field(repr=False)
    cut: bool = False


def delivery(context: Context, cursor: int) -> Delivery:
    """The event at a cursor, from the running relay, else from its store."""
    from pjterm.cli.shared import relays
    from pjterm.errors import ApiRejected, AuthFailed, Unavailable
    from pjterm.relay.client import queries

    try:
        where = relays.proven(relays.address(context))
        page = queries.page(where, after=cursor - 1, limit=1)
        item = next((item for item in page["items"] if item["cursor"] == cursor), None)
        cut = item is not None and item.get("cut") is True
        kept = (b"", b"") if cut else queries.raw(where, cursor)
        found = (
            None if item is None or kept is None else Delivery(cursor, item["profile"], item["verified"], *kept, cut)
        )
    except (Unavailable, AuthFailed) as error:
        found = _stored(context, cursor, error)
    if found is None:
        raise ApiRejected(f"there is no event {cursor}", hint="see: pjterm events list")
    return found


def _stored(context: Context, cursor: int, silent: PjtermError) -> Delivery | None:
    store = _said_store(context, silent)
    try:
        event = store.get(cursor)
    finally:
        store.close()
    if event is None:
        return None
    arrived = event.arrival
    return Delivery(cursor, arrived.profile, arrived.verified, arrived.body, arrived.headers, event.cut)


def verifies(context: Context, kept: Delivery) -> bool | None:
    """Whether the stored signature matches the stored bytes with a current secret; None if that cannot be told.

    So it is without a secret, and where the event was verified when it came: its secret was replaced since.
    """
    from pjterm.cli.shared.relays import read_secrets
    from pjterm.relay.server.verify import WebhookSecrets, verify_kept
    from pjterm.settings import profiles

    try:
        secrets = read_secrets(context, profiles.find(context.config, kept.profile))
    except PjtermError:
        return None
    if not secrets or kept.cut:
        return None
    if verify_kept(WebhookSecrets({kept.profile: secrets}), kept.profile, kept.body, kept.headers):
        return True
    return None if kept.verified else False
