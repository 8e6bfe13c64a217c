"""The relay as following sees it: there may be none, and one that falls silent is reported once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pjterm.core.model import Kind

if TYPE_CHECKING:
    from pjterm.flow.protocols import RelayFeed


class RelayLine:
    """The relay in use, if any, and whether it answers."""

    def __init__(self, feed: RelayFeed | None, notice: Callable[[str], None]) -> None:
        self._feed = feed
        self._notice = notice
        self._is_silent = False
        self.live = False

    def listen(self, request_id: str | None, kind: Kind | None) -> None:
        """Begin to receive webhooks of a request."""
        if self._feed is not None:
            self._feed.listen(request_id, kind)

    def stop(self) -> None:
        """Stop receiving."""
        if self._feed is not None:
            self._feed.stop()

    def changed(self, *, live: bool) -> None:
        """Report when the relay falls silent and when it is back, but not that it answers at first."""
        self.live = live
        if live == self._is_silent:
            self._is_silent = not live
            self._notice("the relay is back" if live else "the relay does not answer; polling until it does")
