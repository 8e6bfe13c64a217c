"""Following by relay: a separate thread puts its webhooks into the inbox as facts.

The stream is of one request only, from its oldest event on, so nothing that came before we connected
is missed. If the answer to a POST was lost there is no request id; then every new event is received, and
those of unknown requests are hints. A relay that is silent, gone or restarting changes only the
pace of polling: `RelayIs` tells the core.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import cycle
from typing import Any

from pjterm.core import wire
from pjterm.core.evidence.facts import Observed
from pjterm.core.model import Kind
from pjterm.flow.inbox import Inbox, RelayEvent, RelayIs
from pjterm.relay.client.address import RelayAddress
from pjterm.relay.client.stream import Stream

EVENT = "SMARTTERMINAL_REQUEST"


class RelayFeed:
    """Listens for one request at a time, at the first of several relays that answers."""

    def __init__(
        self, addresses: list[RelayAddress], inbox: Inbox, now: Callable[[], datetime],
        make_stream: Callable[..., Stream] = Stream,
    ) -> None:  # fmt: skip
        self._addresses = addresses
        self._inbox = inbox
        self._now = now
        self._make_stream = make_stream
        self._stream: Stream | None = None

    def listen(self, request_id: str | None, kind: Kind | None) -> None:
        """Begin to listen for a request, or for all new ones if its id is not known."""
        self.stop()
        turns = cycle([*self._addresses[1:], self._addresses[0]])
        filters = {"type": EVENT} if request_id is None else {"requestId": request_id}
        self._stream = self._make_stream(
            self._addresses[0],
            lambda item: self._deliver(item, kind),
            lambda live: self._inbox.put(RelayIs(live)),
            after=None if request_id is None else 0,
            filters=filters,
            again=lambda: next(turns),
        )
        self._stream.start()

    def stop(self) -> None:
        """Stop listening; the thread ends by itself."""
        if self._stream is not None:
            self._stream.stop()
            self._stream = None

    def _deliver(self, item: dict[str, Any], kind: Kind | None) -> None:
        heard = heard_in(item, kind, self._now())
        if heard is not None:
            self._inbox.put(heard)


def heard_in(item: dict[str, Any], kind: Kind | None, now: datetime) -> RelayEvent | None:
    """The fact in one event of the relay, if it is about a Smart Terminal request."""
    event = item.get("event")
    data = event.get("data") if isinstance(event, dict) and event.get("type") == EVENT else None
    request_id = data.get("requestId") if isinstance(data, dict) else None
    seen = wire.status(data, kind)
    if seen is None or not isinstance(request_id, str):
        return None
    return RelayEvent(request_id, Observed(now, "webhook", seen[0], seen[1]), item.get("verified") is True)
