"""What arrives from outside while a request is followed, and the queue it waits in."""

from __future__ import annotations

from queue import Empty, SimpleQueue

from pjterm.core.evidence.facts import Fact
from pjterm.values import dataclass


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Ctrl-C: cancel what runs and keep following; a second one detaches."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Exit immediately: SIGTERM, SIGHUP, or the second Ctrl-C. `signum` names which."""

    signum: int


@dataclass(frozen=True, slots=True)
class RelayEvent:
    """A fact that the relay delivered about a request; `verified` or only a reason to poll."""

    request_id: str
    fact: Fact
    verified: bool


@dataclass(frozen=True, slots=True)
class RelayIs:
    """The relay's stream came up or went down."""

    live: bool


InboxItem = Interrupted | Leave | RelayEvent | RelayIs


class Inbox:
    """A queue that signal handlers and threads may put into at any moment (SimpleQueue is reentrant)."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[InboxItem] = SimpleQueue()
        self._held: list[InboxItem] = []

    def put(self, arrival: InboxItem) -> None:
        """Put something in; never blocks."""
        self._queue.put(arrival)

    def get(self, seconds: float) -> InboxItem | None:
        """The next arrival, or nothing after this long."""
        if self._held:
            return self._held.pop(0)
        try:
            return self._queue.get(timeout=seconds) if seconds > 0 else self._queue.get_nowait()
        except Empty:
            return None

    def clear(self) -> None:
        """Forget what has arrived."""
        while self.get(0) is not None:
            continue

    def pause(self, seconds: float) -> bool:
        """Wait until `seconds` have passed or something new arrives, which stays in the inbox.

        A signal in the inbox ends this and every later pause at once. Returns whether one is there.
        """
        held, self._held = self._held, []
        try:
            while (there := self.get(0)) is not None:
                held.append(there)
            if not _has_signal(held) and (arrived := self.get(seconds)) is not None:
                held.append(arrived)
        finally:
            self._held = held
        return _has_signal(held)


def _has_signal(held: list[InboxItem]) -> bool:
    return any(isinstance(arrival, Interrupted | Leave) for arrival in held)
