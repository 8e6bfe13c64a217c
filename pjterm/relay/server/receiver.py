"""From a complete delivery to its response: check it, hand it to the writer, respond once it is on disk.

Runs on the event loop's thread, except for `_report`, which any thread may call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any
from urllib.parse import unquote_to_bytes

from pjterm.events.event import Arrival, now_ms
from pjterm.events.store import Due, Kept, Store
from pjterm.events.webhook import NotAnEvent, read_event
from pjterm.relay.server.answers import KEPT, refused_response
from pjterm.relay.server.connection import Connection
from pjterm.relay.server.http1 import Head, Refused
from pjterm.relay.server.log import Log
from pjterm.relay.server.metrics import Metrics
from pjterm.relay.server.secret_source import SecretSource
from pjterm.relay.server.writer import Commit, Job, Writer

_MOST_SECOND_LOOKS = 256
MOST_HELD = 4_000
"""Deliveries that may wait for the disk; beyond that the response is 503 at once."""


class Receiver:
    """Takes deliveries; `held` counts those that are not answered yet.

    Followers get new events from the store itself. `due` returns what has aged.
    """

    def __init__(
        self,
        store: Store,
        secrets: SecretSource,
        log: Log,
        metrics: Metrics,
        *,
        no_origin: bool,
        due: Callable[[], Due],
    ) -> None:
        self._secrets = secrets
        self._log = log
        self._metrics = metrics
        self._no_origin = no_origin
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(store, self._report, due)
        self._second_looks: list[tuple[Connection, Head, bytes]] = []
        self._refreshing: set[asyncio.Task[None]] = set()
        self._gathered: list[Job] = []
        self._ended = False
        self.held = 0

    def start(self) -> None:
        self._writer.start()

    def end(self) -> None:
        """Commit what is queued and take nothing more; waits for the writer, so call it on another thread."""
        self._ended = True
        self._writer.end()
        self._writer.join(1.0)

    def webhook(self, connection: Connection, head: Head, body: bytes, again: bool = False) -> None:
        """Verify, parse, and hand over to the writer; the response follows the commit."""
        try:
            job = Job(self._judge(head, body), lambda kept: self._answer(connection, kept))
            if self._ended or self.held >= MOST_HELD:
                raise Refused(503, "too much is waiting for the disk")
        except Refused as refused:
            if refused.status in (401, 404) and not again and self._look_twice(connection, head, body):
                return
            self._refuse(connection, head, refused)
        else:
            self.held += 1
            self._gather(job)

    def _gather(self, job: Job) -> None:
        """Collect the deliveries of one turn of the loop, and hand them to the writer together."""
        self._gathered.append(job)
        if len(self._gathered) == 1:
            self._loop.call_soon(self._hand_over)

    def _hand_over(self) -> None:
        gathered, self._gathered = self._gathered, []
        self._writer.submit(gathered)

    def _judge(self, head: Head, body: bytes) -> Arrival:
        if head.method != "POST":
            raise Refused(405, "only POST")
        if self._no_origin and head.all(b"origin"):
            raise Refused(403, "requests from web pages are refused while unsigned events are allowed")
        profile = _profile(head.target)
        signatures = head.all(b"x-pj-signature")
        if len(signatures) > 1:
            raise Refused(401, "more than one signature")
        verified = self._secrets.current.verify(profile, body, signatures[0] if signatures else None)
        try:
            return read_event(profile, verified, now_ms(), body, head.lines)
        except NotAnEvent as error:
            raise Refused(400, str(error)) from error

    def _refuse(self, connection: Connection, head: Head, refused: Refused) -> None:
        self._metrics.answers["webhooks", refused.status] += 1
        self._log.refusal(status=refused.status, why=refused.why, path=head.target.partition("?")[0][:80])
        connection.reply(refused_response(refused.status, refused.why))

    def _look_twice(self, connection: Connection, head: Head, body: bytes) -> bool:
        """Whether this delivery must wait until the secrets have been read again."""
        looking = bool(self._second_looks)
        if not (looking or self._secrets.may_be_stale) or len(self._second_looks) >= _MOST_SECOND_LOOKS:
            return False
        self._second_looks.append((connection, head, body))
        self.held += 1
        if not looking:
            self._spawn(self._second_look())
        return True

    async def _second_look(self) -> None:
        try:
            await self._refresh()
        finally:
            waiting, self._second_looks = self._second_looks, []
            for connection, head, body in waiting:
                self.held -= 1
                self.webhook(connection, head, body, again=True)

    async def _refresh(self) -> None:
        for change in await self._secrets.refresh():
            what = {} if change.profile is None else {"profile": change.profile}
            if change.why is None:
                self._log("secrets-readable", **what)
            else:
                now = "those known before stay in force" if change.known_before else "deliveries get 503"
                self._log("secrets-unreadable", **what, why=change.why, now=now)

    def refresh_secrets(self) -> None:
        """Read the secrets again now."""
        self._spawn(self._refresh())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._refreshing.add(task)
        task.add_done_callback(self._refreshing.discard)

    def _answer(self, connection: Connection, kept: Kept | None) -> None:
        self.held -= 1
        status = 503 if kept is None else 204
        self._metrics.answers["webhooks", status] += 1
        connection.reply(KEPT if kept is not None else refused_response(503, "the event could not be kept"))

    def _report(self, commit: Commit) -> None:
        """Called on any thread: the writer's, the store's, or the loop's own."""
        with suppress(RuntimeError):  # the loop has ended: the senders get no response, and repeat
            self._loop.call_soon_threadsafe(self._committed, commit)

    def _committed(self, commit: Commit) -> None:
        if not commit.jobs:
            self._log("retention-failed", why=commit.error)
            return
        if commit.error is not None:
            self._metrics.failures += 1
            self._log("not-kept", events=len(commit.jobs), why=commit.error)
            for job in commit.jobs:
                job.done(None)
            return
        self._count(commit)
        for job, kept in zip(commit.jobs, commit.kept, strict=True):
            job.done(kept)
        self._log.all("kept", [_said(job, kept) for job, kept in zip(commit.jobs, commit.kept, strict=True)])

    def _count(self, commit: Commit) -> None:
        new = sum(kept.new for kept in commit.kept)
        self._metrics.commits += 1
        self._metrics.commit_seconds += commit.seconds
        self._metrics.kept += new
        self._metrics.repeats += len(commit.kept) - new


def _profile(target: str) -> str:
    """The profile that a path names."""
    name = target.partition("?")[0].removeprefix("/webhooks/")
    try:
        return unquote_to_bytes(name).decode()
    except UnicodeDecodeError as error:
        raise Refused(404, "unknown profile") from error


def _said(job: Job, kept: Kept) -> dict[str, object]:
    got = job.arrival
    return {
        "cursor": kept.cursor, "new": kept.new, "profile": got.profile, "verified": got.verified,
        "type": got.type, "requestId": got.request_id, "status": got.status, "sameIdAs": kept.same_id_as,
    }  # fmt: skip
