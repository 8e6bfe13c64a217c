"""What the relay reports about itself: the status page and the metrics."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from pjterm import __version__
from pjterm.events.event import iso
from pjterm.events.store import Store
from pjterm.relay.server.hub import Hub
from pjterm.relay.server.metrics import Gauge, Metrics, render
from pjterm.relay.server.secret_source import SecretSource


class Forward(Protocol):
    """One running `--forward URL`; its module loads httpx, so it is imported only if something is forwarded."""

    def begin(self) -> None: ...
    def wake(self) -> None: ...
    def describe(self) -> dict[str, Any]: ...
    async def run(self) -> None: ...


class RelayStatus:
    """Reads the parts of a relay; may wait for the store, so call it off the event loop's thread."""

    def __init__(
        self, store: Store, hub: Hub, secrets: SecretSource, metrics: Metrics, forwards: Sequence[Forward]
    ) -> None:
        self._store = store
        self._hub = hub
        self._secrets = secrets
        self._metrics = metrics
        self._forwards = forwards
        self._started = time.time()

    def status(self) -> dict[str, Any]:
        """The item of `relay status`."""
        oldest, newest = self._store.oldest(), self._store.newest()
        seen = {name: iso(at) for name, at in self._store.last_verified().items()}
        served = self._secrets.current.secrets
        return {
            "schema": "pjterm.relay/1",
            "version": __version__,
            "startedAt": iso(int(self._started * 1000)),
            "uptimeSeconds": round(time.time() - self._started, 3),
            "events": {"stored": newest - oldest + 1, "oldest": oldest, "newest": newest},
            "store": self._store.describe(),
            "followers": len(self._hub),
            "profiles": [self._profile(name, seen) for name in sorted({*served, *seen, *self._secrets.unreadable})],
            "forwards": [forward.describe() for forward in self._forwards],
            "allowUnsigned": self._secrets.current.allow_unsigned,
        }

    def _profile(self, name: str, seen: Mapping[str, str]) -> dict[str, Any]:
        why = self._secrets.unreadable.get(name)
        return {
            "profile": name,
            "secrets": len(self._secrets.current.secrets.get(name, ())),
            "lastVerifiedAt": seen.get(name),
            "trouble": None if why is None else f"its webhook secret cannot be read: {why}",
        }

    def line(self, url: str) -> dict[str, Any]:
        """This relay's state for the others of its fleet; must not block for long."""
        seen = self._store.last_verified()
        return {
            "url": url, "version": __version__, "followers": len(self._hub),
            "lastVerifiedAt": iso(max(seen.values())) if seen else None,
            "profiles": {name: iso(at) for name, at in sorted(seen.items())},
        }  # fmt: skip

    def metrics_page(self) -> str:
        """The page of `/metrics`."""
        return render(self._metrics, self._gauges())

    def _gauges(self) -> Iterator[Gauge]:
        newest = self._store.newest()
        yield Gauge("uptime_seconds", "Since the start.", time.time() - self._started)
        yield Gauge("newest_cursor", "Highest cursor given.", newest)
        yield Gauge("oldest_cursor", "Oldest event that is kept.", self._store.oldest())
        yield Gauge("followers", "Open streams.", len(self._hub))
        yield Gauge("followers_cut_total", "Streams ended for a slow reader.", self._hub.overflows)
        yield Gauge("waiting_connections", "Connections whose request is not complete.", self._metrics.waiting)
        for profile, at in sorted(self._store.last_verified().items()):
            name = "last_verified_timestamp_seconds"
            yield Gauge(name, "Last verified delivery.", at / 1000, ("profile", profile))
        forwards = [forward.describe() for forward in self._forwards]
        for one in forwards:
            yield Gauge("forward_lag", "Events still to be forwarded.", one["lag"], ("url", one["url"]))
        for one in forwards:
            yield Gauge("forward_dropped", "Events never forwarded.", one["dropped"], ("url", one["url"]))
