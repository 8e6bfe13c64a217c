"""Reads the store for followers, on separate threads, so that no query delays the webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pjterm.events.store import ANY, Filters, Store
from pjterm.events.stretch import Stretch, read_stretch

_THREADS = 2
_CATCH_UP_SECONDS = 3.0
T = TypeVar("T")


class History:
    """The store's events, for coroutines."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="store-reader")

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def read(self, read: Callable[[], T]) -> T:
        """Make a call that may have to wait for the store."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, read)

    async def stretch(self, after: int, limit: int, filters: Filters = ANY, until: int | None = None) -> Stretch:
        """Up to `limit` matching events after a cursor, up to the first gap."""
        return await self.read(lambda: read_stretch(self.store, after, limit, filters, until))

    async def after_event(self, profile: str, event_id: str) -> int | None:
        """Where a follower who saw this event at another relay resumes; None if the event is not here.

        It may be the first of several events with this id: better to repeat some than to skip one. While the store
        is still catching up with the others, the event may be yet to come: then it is the newest cursor.
        """

        def find() -> int | None:
            complete = self.store.catch_up(_CATCH_UP_SECONDS)
            newest = self.store.newest()
            cursor = self.store.locate(profile, event_id)
            if cursor is not None:
                return cursor - 1
            return None if complete else newest

        return await self.read(find)
