"""What the servers promise, read from their own settings, in sentences. Pure.

A JetStream acknowledgement means "on disk" only under `sync_interval: always`; by default, a server
syncs every two minutes (docs.nats.io, reference/config/jetstream/sync_interval), and a power cut in
between loses what was acknowledged. Only a server's own monitoring page shows that setting (`/varz`,
`jetstream.config.sync_always`; seen in nats-server 2.15.1), so without the page there is no evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pjterm.events.event import REPEATS_DAYS
from pjterm.values import dataclass

_DAY = 86_400.0
DUPLICATE_WINDOW = REPEATS_DAYS * _DAY
"""Seconds in which the stream recognizes a repeated delivery."""


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """The settings of a stream that matter here; times in seconds, 0 and -1 mean no limit."""

    storage: str
    replicas: int
    duplicate_window: float
    max_age: float
    retention: str
    discard: str
    limits: tuple[str, ...]
    consumers: int
    asynchronous: bool
    acknowledges: bool


@dataclass(frozen=True, slots=True)
class Remark:
    """One sentence about the settings; `unsynced` if it means that an acknowledged event may be lost."""

    says: str
    unsynced: bool = False


def wanted_age(retention_days: float) -> float:
    """How long a stream that we create keeps events: as long as the relays do, and at least as long as repeats come."""
    return 0.0 if retention_days <= 0 else max(retention_days * _DAY, DUPLICATE_WINDOW)


def syncs(servers: Mapping[str, Mapping[str, Any] | None]) -> Iterator[Remark]:
    """What each server's `/varz` says of syncing; None is a server that does not show it."""
    for name, page in servers.items():
        yield _sync(name, page)


def judge(stream: StreamSettings, retention_days: float) -> Iterator[Remark]:
    """Everything worth knowing about the stream itself."""
    yield from _durability(stream)
    yield _replication(stream)
    if stream.duplicate_window < DUPLICATE_WINDOW:
        yield Remark(
            f"duplicate window {_span(stream.duplicate_window)}: PayJunction repeats for 3 days; a later repeat "
            "takes up room in the stream, and each relay's own store drops it"
        )
    keeps = "all events" if stream.max_age <= 0 else f"events for {_span(stream.max_age)}"
    yield Remark(f"retention: the stream keeps {keeps}")
    if stream.max_age > 0 and (retention_days <= 0 or stream.max_age < retention_days * _DAY):
        yield Remark(
            f"the stream forgets after {_span(stream.max_age)}, before this relay's --retention: a relay that is "
            "away for longer has a gap, and says so"
        )
    if stream.consumers > 0:
        yield Remark(f"the stream allows {stream.consumers} consumers: so many relays and other readers, and no more")
    for limit in stream.limits:
        yield Remark(f"the stream is limited by {limit}: beyond it, it {_beyond(stream.discard)}")


def _durability(stream: StreamSettings) -> Iterator[Remark]:
    if not stream.acknowledges:
        yield Remark("the stream does not acknowledge (no_ack): nothing could ever be answered 204", True)
    if stream.storage != "file":
        yield Remark(f"the stream lies in {stream.storage}: a restart of its servers loses it", True)
    if stream.asynchronous:
        yield Remark("persist_mode async: the stream acknowledges before it writes", True)


def _sync(name: str, page: Mapping[str, Any] | None) -> Remark:
    if page is None:
        return Remark(
            f"server {name} does not show its sync_interval (no monitoring page): unless it is `always`, the server "
            "acknowledges before it syncs",
            True,
        )
    config = _config(page)
    if config.get("sync_always") is True:
        return Remark(f"server {name}: sync_interval always: an acknowledged event is on disk")
    seconds = config.get("sync_interval")
    every = _span(seconds / 1e9) if isinstance(seconds, int) else "some interval"
    return Remark(f"server {name} acknowledges at once and syncs every {every}: a power cut loses the rest", True)


def _config(page: Mapping[str, Any]) -> Mapping[str, Any]:
    jetstream = page.get("jetstream")
    config = jetstream.get("config") if isinstance(jetstream, Mapping) else None
    return config if isinstance(config, Mapping) else {}


def _replication(stream: StreamSettings) -> Remark:
    if stream.replicas >= 3:
        return Remark(f"replication: {stream.replicas} copies; ingest goes on while {stream.replicas // 2} are down")
    if stream.replicas == 2:
        return Remark("replication: 2 copies: neither may be down for ingest to go on; 3 are better")
    return Remark("replication: one copy: while its server is down webhooks get 503, and its disk is the only one")


def _beyond(discard: str) -> str:
    return "refuses events (503)" if discard == "new" else "drops the oldest"


def _span(seconds: float) -> str:
    for size, unit in ((_DAY, "days"), (3600.0, "hours"), (60.0, "minutes")):
        if seconds >= size:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} seconds"
