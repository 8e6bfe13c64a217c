"""Removes what customers typed or swiped from the stream after a day, as each relay does in its own replica.

Each relay notes the sequence numbers of such messages as it reads them, and asks the servers to remove them, which
overwrites the bytes. The second relay to ask finds them gone; one that was away for longer never sees them.
"""

from __future__ import annotations

from nats.errors import Error as NatsError
from nats.js.errors import APIError

from pjterm.events.jetstream.link import Link, Say, why
from pjterm.events.sqlite.replica import Replica

_NOT_THERE = (10037, 10057)
"""Error codes of the NATS server: there is no such message; it could not be removed."""


class Wiper:
    """Removes one message after another, on the link's event loop."""

    def __init__(self, link: Link, replica: Replica, say: Say) -> None:
        self._link = link
        self._replica = replica
        self._say = say
        self._runs = False

    async def wipe(self, log: str, before_ms: int, limit: int) -> None:
        """Remove up to `limit` messages that the stream took before `before_ms`; the next call does the rest."""
        if self._runs:
            return
        self._runs = True
        try:
            for sequence in self._replica.typed_before(log, before_ms, limit):
                await self._remove(sequence)
                self._replica.is_wiped(log, sequence)
        except (NatsError, OSError, TimeoutError) as error:  # no connection, or a login without the right to remove
            self._say("private-not-removed", why=why(error))
        finally:
            self._runs = False

    async def _remove(self, sequence: int) -> None:
        try:
            await self._link.js.delete_msg(self._link.url.stream, sequence)
        except APIError as error:
            if error.err_code not in _NOT_THERE:
                raise
