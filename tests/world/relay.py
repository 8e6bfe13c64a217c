"""A webhook relay of the world, which may be late, silent, repeat itself or lie."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pjterm.core import wire
from pjterm.core.evidence.facts import Observed
from pjterm.core.model import Kind
from pjterm.flow.inbox import Inbox, RelayEvent, RelayIs
from tests.world.reader import Request
from tests.world.service import Service
from tests.world.timeline import Timeline


class Relay:
    """Forwards each change of a status after a delay; `change` may replace or drop it."""

    def __init__(self, time: Timeline, service: Service) -> None:
        self.delay: Callable[[], float] = lambda: 0.05
        self.change: Callable[[dict[str, Any]], list[dict[str, Any]]] = lambda shown: [shown]
        self.verified = True
        self.live = True
        self.feeds: list[VirtualFeed] = []
        self._time = time
        self._kept: list[tuple[str, dict[str, Any]]] = []
        for reader in service.readers.values():
            reader.heard.append(self._hear)

    def feed(self, inbox: Inbox, now: Callable[[], datetime]) -> VirtualFeed:
        """The feed of one command."""
        made = VirtualFeed(self, inbox, now)
        self.feeds.append(made)
        return made

    def say(self, request_id: str, shown: dict[str, Any]) -> None:
        """Deliver an event, whatever the service says."""
        self._kept.append((request_id, shown))
        for feed in list(self.feeds):
            feed.hear(request_id, shown)

    def kept(self, request_id: str) -> list[dict[str, Any]]:
        """The events of a request delivered so far."""
        return [shown for name, shown in self._kept if name == request_id]

    def _hear(self, request: Request) -> None:
        for shown in self.change(request.shown):
            self._time.after(self.delay(), lambda s=shown: self.say(request.id, s))  # type: ignore[misc]


class VirtualFeed:
    """The part of a relay that one command follows."""

    def __init__(self, relay: Relay, inbox: Inbox, now: Callable[[], datetime]) -> None:
        self._relay = relay
        self._inbox = inbox
        self._now = now
        self._listens = False
        self._request_id: str | None = None
        self._kind: Kind | None = None

    def listen(self, request_id: str | None, kind: Kind | None) -> None:
        """From the beginning for one request; all new ones if its id is not known."""
        self._listens, self._request_id, self._kind = True, request_id, kind
        self._inbox.put(RelayIs(self._relay.live))
        if request_id is not None:
            for shown in self._relay.kept(request_id):
                self.hear(request_id, shown)

    def stop(self) -> None:
        """Stop listening."""
        self._listens = False

    def hear(self, request_id: str, shown: dict[str, Any]) -> None:
        """One event of the relay."""
        if not self._listens or not self._relay.live or self._request_id not in (None, request_id):
            return
        seen = wire.status(shown, self._kind)
        if seen is not None:
            fact = Observed(self._now(), "webhook", seen[0], seen[1])
            self._inbox.put(RelayEvent(request_id, fact, self._relay.verified))
