"""Signals while a request is open: the first Ctrl-C requests cancellation; a second one, or SIGTERM, detaches.

Handlers only put something into the inbox. A call that blocks in the network is cut short by raising
`LeaveNow`, and only inside `Signals.may_leave`, never in the middle of a write to the journal. A POST
gets one more second for its answer: with the request id in the journal, `resume` is exact. Once a command only
says how it ended, no signal changes that: a verdict is printed once and whole, with its own exit code.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from types import FrameType

from pjterm.errors import LeaveNow
from pjterm.flow.inbox import Inbox, Interrupted, Leave

POST_GRACE = 1.0  # seconds
_LEAVING = tuple(s for s in (getattr(signal, n, None) for n in ("SIGTERM", "SIGHUP")) if s is not None)


def heeded(*signals: signal.Signals) -> list[signal.Signals]:
    """Those of these signals that were not ignored when this process started; the others stay ignored."""
    return [s for s in signals if signal.getsignal(s) is not signal.SIG_IGN]


@contextmanager
def unwinding() -> Iterator[None]:
    """Inside this block, SIGTERM and SIGHUP unwind the stack as Ctrl-C does, so that cleanup runs."""

    def leave(signum: int, _: FrameType | None) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)  # already on the way out
        raise LeaveNow(signum)

    before = {s: signal.getsignal(s) for s in heeded(*_LEAVING)}
    for signum in before:
        signal.signal(signum, leave)
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


class Phase(Enum):
    """What the command is in the middle of when a signal comes."""

    NOTHING_SENT = auto()
    WAITING = auto()
    READING = auto()
    SENDING = auto()
    ENDING = auto()


class Signals:
    """Handlers for SIGINT, SIGTERM and SIGHUP."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._phase = Phase.NOTHING_SENT
        self._interrupted = False
        self._leaving: int | None = None
        self._raised: int | None = None
        """The signal that ends a command which has sent nothing."""

    def install(self) -> None:
        """Handle these signals for the rest of this process, except those that were ignored at its start.

        `nohup` ignores SIGHUP, and a shell ignores SIGINT for a script's background jobs: a Ctrl-C there is meant
        for others.
        """
        for signum in heeded(signal.SIGINT, *_LEAVING):
            signal.signal(signum, self._handle)

    def arm(self) -> None:
        """From here on a request may be open, or a result is known: Ctrl-C does not simply end the command.

        Python loses what is raised while a generator is thrown away, so it is raised again before anything is sent.
        """
        if self._raised is not None:
            raise LeaveNow(self._raised)
        if self._phase is Phase.NOTHING_SENT:
            self._phase = Phase.WAITING

    def end(self) -> None:
        """From here on the command only says how it ended: signals are ignored."""
        self._phase = Phase.ENDING

    @property
    def wanted(self) -> bool:
        """Whether a signal has asked to stop by now."""
        return self._interrupted or self._leaving is not None

    @property
    def leaving(self) -> int | None:
        """The signal that asked to exit immediately, if any."""
        return self._leaving

    @property
    def signum(self) -> int | None:
        """The signal that asked to stop, if any."""
        return self._leaving or (signal.SIGINT if self._interrupted else None)

    def begin_again(self) -> int | None:
        """Nothing is open anymore, so a signal now ends the command. Returns the one that came before, if any."""
        self._phase = Phase.NOTHING_SENT
        came = self.signum
        self._interrupted, self._leaving, self._raised = False, None, None
        self._inbox.clear()
        return came

    @contextmanager
    def may_leave(self, *, post: bool = False) -> Iterator[None]:
        """Around one call that may block: a request to exit interrupts it."""
        if self._leaving is not None and not post:
            raise LeaveNow(self._leaving)
        before = self._phase
        if before in (Phase.NOTHING_SENT, Phase.ENDING):
            yield
            return
        self._phase = Phase.SENDING if post else Phase.READING
        try:
            yield
        finally:
            self._phase = before
            if self._leaving is not None:
                self.set_alarm(0)

    def receive(self, signum: int) -> None:
        """Handle a signal. Raises `LeaveNow` if it ends the command, or the blocking call."""
        if self._phase is Phase.ENDING:
            return
        first_interrupt = signum == signal.SIGINT and not self._interrupted
        self._interrupted = self._interrupted or signum == signal.SIGINT
        if self._phase is Phase.NOTHING_SENT:
            self._raised = signum
            self.end()  # already on the way out: a second signal must not cut that short
            raise LeaveNow(signum)
        if first_interrupt:
            self._inbox.put(Interrupted())
            return
        self._leaving = signum
        self._inbox.put(Leave(signum))
        if self._phase is Phase.READING or (self._phase is Phase.SENDING and not self.set_alarm(POST_GRACE)):
            raise LeaveNow(signum)

    def grace_is_over(self) -> None:
        """The extra second for the answer to a POST has passed. Raises `LeaveNow` if the call still blocks."""
        if self._leaving is not None and self._phase in (Phase.READING, Phase.SENDING):
            raise LeaveNow(self._leaving)

    def set_alarm(self, seconds: float) -> bool:
        """Have `grace_is_over` called after this long, or never for 0; `False` if the system has no such timer."""
        if sys.platform == "win32":
            return False
        if seconds:
            signal.signal(signal.SIGALRM, lambda _, __: self.grace_is_over())
        signal.setitimer(signal.ITIMER_REAL, seconds)
        return True

    def _handle(self, signum: int, _: FrameType | None) -> None:
        self.receive(signum)
