"""The live side of `/events`: replay what is on disk, join without a hole, then tell as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from pjterm.events.model import Event, Filters
from pjterm.relay.hub import BEAT_SECONDS, MOST_ITEMS, Follower, Hub, beat_block, block, gap_block

_STRETCH = 100
_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would hold events back
    "Server": "pjterm",
}
ReadStretch = Callable[[int, int, Filters, int | None], Awaitable[tuple[int, list[Event]]]]
"""The oldest cursor there is, and events after a cursor, at most so many, that pass, up to a cursor."""


class Streams:
    """Serves one stream per call of `serve`."""

    def __init__(self, hub: Hub, read: ReadStretch) -> None:
        self._hub = hub
        self._read = read
        self._slot = 0

    async def serve(self, request: web.BaseRequest, filters: Filters, after: int | None) -> web.StreamResponse:
        """Follow until either side leaves; None as `after` begins with what comes from now on."""
        response = web.StreamResponse(headers=_HEADERS)
        response.force_close()
        follower, awake = self._follower(request, filters)
        hub = self._hub
        start = hub.newest if after is None else after
        if after is None:
            hub.add(follower)
        try:
            await response.prepare(request)
            await response.write(beat_block(min(start, hub.newest)))
            if after is not None:
                await self._replay(response, follower, start)
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

    async def _replay(self, response: web.StreamResponse, follower: Follower, after: int) -> None:
        """Write what is on disk after this cursor, and join the live followers without a hole.

        Far behind, the store is read alone; within `MOST_ITEMS` of the end the follower is added
        first, so that its queue holds what comes while the last stretch is read. A cursor from the
        future belongs to a store that is no more: that is a hole as well.
        """
        hub, position = self._hub, after
        if position > hub.newest:
            oldest, _ = await self._read(0, 0, Filters(), 0)
            await response.write(gap_block(position, oldest))
            position = oldest - 1
        while hub.newest - position > MOST_ITEMS // 2:
            position = await self._catch_up(response, follower.filters, position, hub.newest)
        until = hub.newest
        hub.add(follower)
        await self._catch_up(response, follower.filters, position, until)

    async def _catch_up(self, response: web.StreamResponse, filters: Filters, position: int, until: int) -> int:
        while position < until:
            oldest, events = await self._read(position, _STRETCH, filters, until)
            if position and position + 1 < oldest:
                await response.write(gap_block(position, oldest))
                position = oldest - 1
                continue
            if events:
                await response.write(b"".join(block(event) for event in events))
            position = events[-1].cursor if len(events) == _STRETCH else until
        return until
