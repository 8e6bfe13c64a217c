"""A relay inside the test's process, on its own thread: for limits that a process would not have."""

from __future__ import annotations

import asyncio
import io
import threading
from pathlib import Path
from typing import TextIO

from pjterm.events.event import now_ms
from pjterm.events.store import Store
from pjterm.relay.server.forwarder import Forwarder
from pjterm.relay.server.log import Log
from pjterm.relay.server.relay import Relay, RelayOptions
from pjterm.relay.server.secret_source import SecretSource
from pjterm.relay.server.sockets import listen
from pjterm.relay.server.waiting import ConnectionLimits
from tests.relay.speak import SECRET, Client


class Inside:
    """Runs from the start of a `with` block to its end."""

    def __init__(
        self,
        store: Store,
        state_dir: Path,
        limits: ConnectionLimits | None = None,
        log: TextIO | None = None,
        allow_unsigned: bool = False,
        forwards: tuple[str, ...] = (),
        secrets: SecretSource | None = None,
    ) -> None:
        self._forwards = forwards
        self._store = store
        limits = limits or ConnectionLimits()
        self._options = RelayOptions("127.0.0.1", state_dir, limits=limits)
        self._secrets = secrets or SecretSource(lambda: {"labs": (SECRET,)}, allow_unsigned=allow_unsigned)
        self._log = log or io.StringIO()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def __enter__(self) -> Client:
        self._thread.start()

        assert self._ready.wait(60)
        return Client(self._port, (self._options.state_dir / "relay-token").read_text())

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(10)

        assert not self._thread.is_alive()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ending = asyncio.Event()
        log = Log(self._log, now_ms)
        relay = Relay(self._options, self._store, self._secrets, log)
        for url in self._forwards:
            relay.add_forward(Forwarder(url, self._store, log))
        listener = listen("127.0.0.1", 0)
        self._port = listener.getsockname()[1]
        await relay.start(listener)
        self._ready.set()
        await self._ending.wait()
        await relay.stop(1.0)
        log.close()
