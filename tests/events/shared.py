"""A store on a stream for tests without a relay: its loop runs on its own thread until it is closed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from pjterm.events.jetstream.store import JetStreamStore
from tests.events.broker import Broker


class Shared(JetStreamStore):
    def __init__(self, broker: Broker, path: Path, stream: str, environ: Mapping[str, str] | None = None) -> None:
        with ExitStack() as running:
            loop = asyncio.new_event_loop()
            running.callback(loop.close)
            thread = threading.Thread(target=loop.run_forever)
            thread.start()
            running.callback(thread.join)
            running.callback(loop.call_soon_threadsafe, loop.stop)
            super().__init__(
                f"{broker.url}/{stream}", path, loop=loop, retention_days=30, allow_unsynced=False,
                verify=lambda *_: True, monitors=[broker.monitor], environ=environ or {},
                say=lambda _event, **_: None, say_settings=lambda _: None,
            )  # fmt: skip
            self._running = running.pop_all()

    def close(self) -> None:
        super().close()
        self._running.close()
