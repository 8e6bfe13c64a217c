"""The list of the fleet's relays: each writes its state into a key-value bucket beside the stream.

A relay that stops says so; one that dies falls silent, and its last state stays for a day.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from nats.errors import Error as NatsError
from nats.js import api
from nats.js.errors import NoKeysError, NotFoundError
from nats.js.kv import KeyValue

from pjterm.errors import PjtermError, reason
from pjterm.events.event import iso, now_ms
from pjterm.events.jetstream.link import Link, Say

EVERY_SECONDS = 5.0
SILENT_SECONDS = 3 * EVERY_SECONDS
_DAY = 86_400


class Roster:
    """Writes one relay's state, and reads those of all."""

    def __init__(self, link: Link, identity: str, report: Callable[[], dict[str, Any]], say: Say) -> None:
        self._link = link
        self._identity = identity
        self._report = report
        self._say = say
        self._started = iso(now_ms())

    async def run(self) -> None:
        """Write our state every few seconds until cancelled, then write that we stopped."""
        while True:
            try:
                await self._write("up")
            except (NatsError, OSError, TimeoutError, PjtermError) as error:
                self._say("roster-not-written", why=reason(error))
            await asyncio.sleep(EVERY_SECONDS)

    async def leave(self) -> None:
        await self._write("stopped")

    async def _write(self, state: str) -> None:
        line = {"relay": self._identity[:8], "state": state, "at": iso(now_ms()), "startedAt": self._started}
        await (await self._bucket()).put(self._identity, json.dumps({**line, **self._report()}).encode())

    async def read(self) -> list[dict[str, Any]]:
        """Every relay of the last day; `silent` is one that stopped reporting without saying that it stopped."""
        await self._write("up")
        bucket = await self._bucket()
        try:
            keys = await bucket.keys()
        except NoKeysError:
            return []
        lines = []
        for key in sorted(keys):
            entry = await bucket.get(key)
            line = json.loads(entry.value or b"{}")
            age = (now_ms() - _ms(line.get("at"))) / 1000
            if line.get("state") == "up" and age > SILENT_SECONDS:
                line["state"] = "silent"
            lines.append(line)
        return lines

    async def _bucket(self) -> KeyValue:
        name = f"pjterm_{self._link.url.stream}"
        try:
            return await self._link.js.key_value(name)
        except NotFoundError:
            info = await self._link.js.stream_info(self._link.url.stream)
            config = api.KeyValueConfig(name, ttl=_DAY, replicas=info.config.num_replicas or 1)
            return await self._link.js.create_key_value(config)


def _ms(at: object) -> int:
    return int(datetime.fromisoformat(str(at)).timestamp() * 1000)
