"""A simulator inside this process: its own thread, a free loopback port, its world in a directory or in memory."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pjterm.errors import Unavailable
from pjterm.simulator.api.world import World
from pjterm.simulator.server.http_server import Exchange, Server
from pjterm.simulator.server.sender import sending
from pjterm.simulator.shop import customer
from pjterm.simulator.shop.moment import Setting
from pjterm.simulator.shop.scenario_files import guesses_of, load

_PATIENCE = 10.0  # seconds for start and close; both take milliseconds


class Embedded:
    """Context manager around a simulator that lives as long as the `with` block.

    Requests and transactions stay in `directory` for the next process, and time goes on for them meanwhile. Without
    a directory they are in memory, and gone afterwards. Raises `UsageFault` for an unknown scenario, `Unavailable`
    for an unusable directory.
    """

    def __init__(
        self,
        directory: Path | None = None,
        *,
        scenario: str | None = None,
        speed: float = 1.0,
        seed: int | None = None,
        clock: Callable[[], float] = time.time,
        seen: Callable[[Exchange], None] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        self._directory = directory
        self._setting = Setting(speed=speed, seed=seed, scenario=load(scenario), facts=guesses_of(facts))
        self._clock = clock
        self._seen = seen
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None
        self.url = ""

    def start(self) -> str:
        """Start listening; return the base URL."""
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)
        self._thread.start()
        started = self._ready.wait(_PATIENCE)
        if self._failure is not None:
            raise self._failure
        if not started:
            raise Unavailable(f"the simulator did not start within {_PATIENCE:g} s")
        return self.url

    def close(self) -> None:
        """Stop; accepted requests stay in the directory. May be called twice."""
        if self._loop is not None and self._thread is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(_PATIENCE)

    def __enter__(self) -> Embedded:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as e:
            self._failure = e
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        world = World(self._directory, self._clock, self._setting)
        with world.moment() as m:
            customer.begin(m)
        server = Server(world, self._seen)
        try:
            await server.start(0)
            async with sending(server):
                self.url = server.url
                self._ready.set()
                await self._stop.wait()
        finally:
            await server.stop()
