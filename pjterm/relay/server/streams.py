"""The live side of `/events`: replays what is on disk, then streams new events, with nothing missing in between."""

from __future__ import annotations

import asyncio

from aiohttp import web

from pjterm.events.store import Filters
from pjterm.relay.server.history import History
from pjterm.relay.server.hub import BEAT_SECONDS, MOST_ITEMS, Follower, Hub, beat_block, block, gap_block

_STRETCH = 100
_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would buffer events
    "Server": "pjterm",
}
_HERE = b": here\n\n"
STORE_HEADER = "X-Pjterm-Store"
"""In a response, the store that the cursors belong to; in a request, the store of the `Last-Event-ID`."""


class FollowerStreams:
    """Serves one stream per call of `serve`."""

    def __init__(self, hub: Hub, history: History) -> None:
        self._hub = hub
        self._history = history
        self._slot = 0

    async def serve(
        self, request: web.BaseRequest, filters: Filters, after: int | None, *, lost: bool = False
    ) -> web.StreamResponse:
        """Follow until either side ends; `after=None` begins with new events.

        `lost` means that `after` is a cursor of another store, and its event is not in this one.
        """
        response = web.StreamResponse(headers={**_HEADERS, STORE_HEADER: self._history.store.identity})
        response.force_close()
        follower, awake = self._follower(request, filters)
        hub = self._hub
        start = hub.newest if after is None else after
        if after is None:
            hub.add(follower)
        try:
            await response.prepare(request)
            if start == hub.newest:
                await response.write(beat_block(start, hub.mark))
            else:
                await response.write(_HERE)
            if after is not None:
                await self._replay(response, follower, start, lost=lost)
            while not follower.overflowed:
                await awake.wait()
                awake.clear()
                if piece := follower.take():
                    await response.write(piece)
        finally:
            hub.remove(follower)
        return response

    def _follower(self, request: web.BaseRequest, filters: Filters) -> tuple[Follower, asyncio.Event]:
        awake = asyncio.Event()
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("the follower left before it was served")
        self._slot = (self._slot + 1) % BEAT_SECONDS
        return Follower(filters, awake.set, transport.abort, self._slot), awake

    async def _replay(self, response: web.StreamResponse, follower: Follower, after: int, *, lost: bool) -> None:
        """Write what is on disk after this cursor, and join the live followers without a gap.

        While it is far behind, the store is simply read; near the end the follower is added first, so that its queue
        holds what arrives while the last stretch is read. A cursor beyond the newest belongs to a store that is gone,
        which is a gap, too.
        """
        hub, position = self._hub, after
        if lost or position > hub.newest:
            oldest = await self._history.read(self._history.store.oldest)
            await response.write(gap_block(position, oldest))
            position = oldest - 1
        while hub.newest - position > MOST_ITEMS // 2:
            position = await self._catch_up(response, follower.filters, position, hub.newest)
        until = hub.newest
        hub.add(follower)
        await self._catch_up(response, follower.filters, position, until)

    async def _catch_up(self, response: web.StreamResponse, filters: Filters, position: int, until: int) -> int:
        while position < until:
            found = await self._history.stretch(position, _STRETCH, filters, until)
            if found.events:
                await response.write(b"".join(block(event) for event in found.events))
            if found.gap is not None:
                await response.write(gap_block(*found.gap))
                position = found.gap.oldest - 1
            else:
                position = found.events[-1].cursor if len(found.events) == _STRETCH else until
        return until
