"""What the readers show, as a stream of events for the page in the browser and other watchers.

The world changes by itself and by other processes, so it is polled. Nothing is sent while nothing changes, except
once a second, so that a page knows that the simulator is alive.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from pjterm.simulator.api import control
from pjterm.simulator.api.replies import Call
from pjterm.simulator.server.connections import OWN

LOOK_EVERY = 0.1  # seconds
SPEAK_EVERY = 1.0


def wanted(call: Call) -> bool:
    """Whether a call asks for the stream."""
    events = "text/event-stream" in call.headers.get("accept", "")
    return call.method == "GET" and call.path == control.READERS and events


async def stream(
    request: web.BaseRequest, look: Callable[[], Awaitable[object]], ends: asyncio.Event
) -> web.StreamResponse:
    """Send `readers` events until the watcher disconnects, or the server stops, which waits for open replies."""
    response = web.StreamResponse(headers=OWN | {"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    sent, silent = "", 0.0
    while not (ends.is_set() or request.transport is None or request.transport.is_closing()):
        seen = json.dumps(await look())
        if seen != sent or silent >= SPEAK_EVERY:
            await response.write(f"event: readers\ndata: {seen}\n\n".encode())
            sent, silent = seen, 0.0
        await asyncio.sleep(LOOK_EVERY)
        silent += LOOK_EVERY
    return response
