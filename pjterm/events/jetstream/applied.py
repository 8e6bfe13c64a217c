"""How far the replica has followed the stream: what became of each message, and who is waiting for it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from pjterm.events.sqlite.replica import Message
from pjterm.events.store import Kept

_REMEMBERED = 20_000


class Applied:
    """The newest messages of the stream that are in the replica. Used on the event loop only."""

    def __init__(self) -> None:
        self._to = 0
        self._recent: OrderedDict[int, Kept | None] = OrderedDict()
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    def get(self, sequence: int) -> Kept | None:
        """What became of a message; `None` if no relay sent it, or it is no longer remembered."""
        return self._recent.get(sequence)

    def note(self, group: Sequence[Message], kept: Sequence[Kept | None]) -> None:
        """Record that these messages are in the replica, and wake those that wait for them."""
        for message, became in zip(group, kept, strict=True):
            self._recent[message.sequence] = became
        while len(self._recent) > _REMEMBERED:
            self._recent.popitem(last=False)
        self._to = group[-1].sequence
        for sequence, reached in self._waiting:
            if sequence <= self._to and not reached.done():
                reached.set_result(None)

    def forget(self) -> None:
        """Forget everything: the stream has lost its end and will reuse those sequence numbers."""
        self._to = 0
        self._recent.clear()

    async def up_to(self, sequence: int, seconds: float) -> bool:
        """Wait until the replica has applied this sequence number; return whether it has."""
        if self._to >= sequence:
            return True
        waiting = sequence, asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            await asyncio.wait_for(waiting[1], seconds)
        except TimeoutError:
            return False
        finally:
            self._waiting.remove(waiting)
        return True
