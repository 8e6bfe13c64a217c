"""The pace of calls, shared by all processes of this user on this machine.

PayJunction allows one call per 100 ms and login (RATE) and one poll per 0.5 s and request (POLL).
Both count from when the previous call was *written*, so the lock is held from the moment a call may
go until its last byte is written, and safety margins of 20 and 50 ms are added. One small file per login: when the last
call was written, and the last poll of each recent request, by the machine's monotonic clock. Two logins that poll one
request are not held apart: at worst the API asks one of them to slow down.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from pjterm.system.locks import PATIENCE, FileLock, LockHeld

PER_LOGIN = 0.100 + 0.020  # seconds
PER_REQUEST = 0.500 + 0.050  # seconds
_FORGET_AFTER = 5.0  # seconds; far above both


class Pace:
    """Turns for calls of one login. `turn` blocks until a call may be written; `written` ends it."""

    def __init__(
        self,
        directory: Path,
        host: str,
        login: str,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        lock: Callable[[Path], FileLock] = FileLock,
    ) -> None:
        name = hashlib.sha256(f"{host}\x00{login}".encode()).hexdigest()[:20]
        self._path = directory / f"pace-{name}"
        self._lock = lock(self._path)
        self._monotonic = monotonic
        self._sleep = sleep
        self._seen: dict[str, float] = {}
        self._before: dict[str, float] = {}
        self._others_at: float | None = None

    def turn(self, request_id: str | None = None, patience: float = PATIENCE) -> None:
        """Wait for our turn and keep it; for a poll, both limits count together.

        Raises `LockHeld` where other processes have kept us waiting for `patience` seconds; the time between two polls
        of one request is waited for in any case.
        """
        began = self._monotonic()
        until = began + max(patience, PER_REQUEST)
        while (early := self._too_early(began, request_id, min(patience, until - self._monotonic()))) > 0:
            if self._monotonic() + early > until:
                raise LockHeld(self._path, "another command that polls this request")
            self._sleep(early)

    def _too_early(self, began: float, request_id: str | None, patience: float) -> float:
        """0 once the turn is ours (the lock stays held); else the seconds to wait, with the lock released."""
        self._lock_file(patience)
        try:
            self._see(began, request_id or "")
            wait = self._due(request_id) - self._monotonic()
            if wait <= PER_LOGIN:
                if wait > 0:
                    self._sleep(wait)
                self._before = self._seen
                self._record(request_id)  # a kill between write and record must not free the next call
                return 0.0
        except BaseException:
            self._lock.release()
            raise
        self._lock.release()  # a poll that is early must not delay the other calls of this login
        return wait

    def quiet(self) -> float:
        """Seconds since another process made a call with this login, whatever the wall clock says."""
        if self._others_at is None:
            try:
                self._lock_file(0.0)
            except LockHeld:
                return 0.0  # one is calling right now
            try:
                self._see(self._monotonic(), "")
            finally:
                self._lock.release()
        return self._monotonic() - (self._others_at or 0.0)

    def written(self, request_id: str | None = None) -> None:
        """The call was written: record when, and release the lock."""
        try:
            self._record(request_id)
        finally:
            self._lock.release()

    def _record(self, request_id: str | None) -> None:
        now = self._monotonic()
        recent = {name: at for name, at in self._seen.items() if now - at < _FORGET_AFTER}
        recent[""] = now
        if request_id is not None:
            recent[request_id] = now
        self._seen = recent
        self._write(recent)

    def give_up(self) -> None:
        """The call was not written after all: release the lock without counting it."""
        self._seen = self._before
        try:
            self._write(self._seen)
        finally:
            self._lock.release()

    def _due(self, request_id: str | None) -> float:
        due = self._seen.get("", float("-inf")) + PER_LOGIN
        if request_id is not None:
            due = max(due, self._seen.get(request_id, float("-inf")) + PER_REQUEST)
        return due

    def _lock_file(self, patience: float) -> None:
        """Take the lock; if the state directory cannot be written, the pace is kept at least within this process."""
        try:
            self._lock.take(patience)
        except LockHeld:
            raise
        except OSError:
            return

    def _write(self, seen: dict[str, float]) -> None:
        """Overwrite, then truncate: a kill in between leaves broken JSON, which counts as "just now".

        A full disk must not fail a call that has already been sent; this process still remembers.
        """
        text = json.dumps(seen).encode()
        with contextlib.suppress(OSError):
            os.lseek(self._lock.file, 0, os.SEEK_SET)
            os.write(self._lock.file, text)
            os.ftruncate(self._lock.file, len(text))

    def _see(self, began: float, request_id: str) -> None:
        self._seen = self._read(began, request_id)
        if self._others_at is None:
            self._others_at = self._seen.get("", float("-inf"))

    def _read(self, began: float, request_id: str) -> dict[str, float]:
        """What the file says. Times from before a reboot, or a half-written file, count as when we began.

        They must not count as now: a poll reads them again after its wait, and would find them just as new.
        """
        if self._lock.file < 0:
            return self._seen
        text = os.read(self._lock.file, 65536)
        if not text:
            return {}
        now = self._monotonic()
        try:
            raw = {str(name): float(at) for name, at in json.loads(text).items()}
            return {name: at if at <= now else began for name, at in raw.items()}
        except (ValueError, AttributeError, TypeError, OverflowError, RecursionError):
            return {"": began, request_id: began}
