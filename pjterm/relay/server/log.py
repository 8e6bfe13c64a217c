"""Logs each occurrence as a line on stderr, in JSON or in words; never a body, a header or a secret.

A separate thread writes the lines, and drops (and counts) them while stderr is blocked: a full pipe must not stop
the relay. If the thread is idle, a line is written at once; many lines are written 50 times a second, because
each wake-up of the thread delays the others. At most `MOST_REFUSALS` refusals are logged in ten seconds.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TextIO

from pjterm.core.text import harmless
from pjterm.events.event import iso

MOST_WAITING = 2_000
MOST_REFUSALS = 20
_PERIOD = 10.0
_REST = 0.02

Line = Callable[[int, str, Mapping[str, object]], str]
"""Formats a line from when it happened (milliseconds), what happened, and its values."""


def as_json(at_ms: int, event: str, values: Mapping[str, object]) -> str:
    """For programs."""
    return json.dumps({"at": iso(at_ms), "event": event, **values})


def as_words(at_ms: int, event: str, values: Mapping[str, object]) -> str:
    """For a person at a terminal: `17:03:30  not-kept  events 3, why disk full`."""
    at = datetime.fromtimestamp(at_ms / 1000).astimezone()
    said = ", ".join(f"{name} {_plain(value)}" for name, value in values.items() if value not in (None, [], ()))
    return harmless(f"{at:%H:%M:%S}  {event}  {said}".rstrip())


def _plain(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


class Log:
    """Writes structured lines to a stream without ever blocking on it."""

    def __init__(self, stream: TextIO, now_ms: Callable[[], int], line: Line = as_json) -> None:
        self._stream = stream
        self._line = line
        self._now_ms = now_ms
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._dropped = 0
        self._refusals = 0
        self._period_ends = 0.0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def __call__(self, event: str, **values: object) -> None:
        """Log that `event` happened."""
        self.all(event, [values])

    def all(self, event: str, many: Sequence[dict[str, object]]) -> None:
        """Log that `event` happened several times at once."""
        if self._lines.qsize() > MOST_WAITING:
            self._dropped += len(many)
            return
        at = self._now_ms()
        lines = [self._line(at, event, values) for values in many]
        if self._dropped:
            lines.append(self._line(at, "lines-dropped", {"count": self._dropped}))
            self._dropped = 0
        self._lines.put("\n".join(lines) + "\n")

    def refusal(self, **values: object) -> None:
        """Log that a request was refused, unless many were refused just now."""
        now = time.monotonic()
        if now >= self._period_ends:
            if self._refusals > MOST_REFUSALS:
                self("refusals-not-shown", count=self._refusals - MOST_REFUSALS)
            self._period_ends, self._refusals = now + _PERIOD, 0
        self._refusals += 1
        if self._refusals <= MOST_REFUSALS:
            self("refused", **values)

    def close(self) -> None:
        """Write what is waiting, for at most half a second."""
        self._ending.set()
        self._lines.put(None)
        self._thread.join(0.5)

    def _write(self) -> None:
        going_on = True
        while going_on:
            lines, going_on = self._gather()
            try:
                self._stream.write(lines)
                self._stream.flush()
            except (OSError, ValueError):
                return  # stderr is closed: nothing more can be logged
            self._ending.wait(_REST)

    def _gather(self) -> tuple[str, bool]:
        """Wait for lines; return what there is to write, and False if it is the last."""
        gathered = []
        line = self._lines.get()
        while line is not None:
            gathered.append(line)
            try:
                line = self._lines.get_nowait()
            except queue.Empty:
                return "".join(gathered), True
        return "".join(gathered), False
