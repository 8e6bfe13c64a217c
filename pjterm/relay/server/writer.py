"""The one thread that writes the store: commits what has gathered, then reports it.

While one group is being synced the next one gathers, so that many events share the sync, the slow part. They are as
safe as with a commit each: a response is sent only after the commit of its event. A store that does not wait
(`Store.waits`) is given each group at once, and this thread only removes what has aged.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from pjterm.errors import PjtermError
from pjterm.events.event import Arrival
from pjterm.events.store import Due, Kept, Store
from pjterm.values import dataclass

MOST_TOGETHER = 500
"""Events in one group at most."""
AGE_STEP = 100
_AGE_PAUSE = 0.05
_AGE_EVERY = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """An arrival on its way to the disk, and how to answer its sender (with None if it was not stored)."""

    arrival: Arrival
    done: Callable[[Kept | None], None]


@dataclass(frozen=True, slots=True)
class Commit:
    """What became of one group. If the store refused it, `kept` is empty, and `error` says why.

    Without jobs it reports that what has aged could not be removed.
    """

    jobs: list[Job]
    kept: list[Kept]
    seconds: float
    error: str | None = None


class Writer(threading.Thread):
    """Takes jobs from any thread, commits them in groups, and passes each `Commit` to `report`.

    `report` is called on the writer's thread, the submitter's or the store's, and must not block. `due` returns
    what has aged, which is removed in small steps between groups.
    """

    def __init__(self, store: Store, report: Callable[[Commit], None], due: Callable[[], Due]) -> None:
        super().__init__(name="store-writer", daemon=True)
        self._store = store
        self._report = report
        self._due = due
        self._jobs: queue.SimpleQueue[Sequence[Job] | None] = queue.SimpleQueue()
        self._age_at = time.monotonic()

    def submit(self, jobs: Sequence[Job]) -> None:
        """Take jobs: several at once, because each call may wake the writer, which costs more than a job."""
        if not self._store.waits:
            self._commit(list(jobs))
            return
        self._jobs.put(jobs)

    def end(self) -> None:
        """Commit what is queued, and end."""
        self._jobs.put(None)

    def run(self) -> None:
        going_on = True
        while going_on:
            group, going_on = self._gather()
            if group:
                self._commit(group)
            if time.monotonic() >= self._age_at:
                self._age()

    def _gather(self) -> tuple[list[Job], bool]:
        group: list[Job] = []
        try:
            jobs = self._jobs.get(timeout=max(0.0, self._age_at - time.monotonic()))
            while jobs is not None:
                group += jobs
                if len(group) >= MOST_TOGETHER:
                    return group, True
                jobs = self._jobs.get_nowait()
        except queue.Empty:
            return group, True
        return group, False

    def _commit(self, group: list[Job]) -> None:
        """Begin to store a group; the store may still be busy with it when the next one comes."""
        started = time.perf_counter()
        kept = self._begin([job.arrival for job in group])
        kept.add_done_callback(lambda done: self._report(_commit(group, done, time.perf_counter() - started)))

    def _begin(self, arrivals: list[Arrival]) -> Future[list[Kept]]:
        try:
            return self._store.begin(arrivals)
        except Exception as error:
            failed: Future[list[Kept]] = Future()
            failed.set_exception(error)
            return failed

    def _age(self) -> None:
        changed = 0
        try:
            changed = self._store.age(self._due(), AGE_STEP)
        except Exception as error:  # any error: the thread must continue, for without it nothing is stored
            self._report(Commit([], [], 0.0, error.message if isinstance(error, PjtermError) else f"bug: {error!r}"))
        self._age_at = time.monotonic() + (_AGE_PAUSE if changed >= AGE_STEP else _AGE_EVERY)


def _commit(group: list[Job], done: Future[list[Kept]], seconds: float) -> Commit:
    if done.cancelled():
        return Commit(group, [], seconds, "the store was closed")
    match done.exception():
        case None:
            return Commit(group, done.result(), seconds)
        case PjtermError() as error:
            return Commit(group, [], seconds, error.message)
        case bug:  # our own; it must not end the thread that stores events about money
            return Commit(group, [], seconds, f"bug: {bug!r}")
