"""Signals while a request is open: the first Ctrl-C is a wish, the second and SIGTERM leave at once.

Handlers only put something into the inbox. A call that blocks in the network is cut short by raising
`LeaveNow`, and only inside `Signals.may_leave`, never in the middle of a write to the journal. A POST
gets one more second for its answer: with the request id in the journal, `resume` is exact.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from pjterm.errors import LeaveNow
from pjterm.flow.inbox import Inbox, Interrupted, Leave

POST_GRACE = 1.0  # seconds
_LEAVING = tuple(s for s in (getattr(signal, n, None) for n in ("SIGTERM", "SIGHUP")) if s is not None)


@contextmanager
def unwinding() -> Iterator[None]:
    """SIGTERM and SIGHUP end what is inside as Ctrl-C does: what it started is ended, what it changed put back."""

    def leave(signum: int, _: FrameType | None) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)  # the way out is under way
        raise LeaveNow(signum)

    before = {s: signal.getsignal(s) for s in _LEAVING if signal.getsignal(s) is not signal.SIG_IGN}
    for signum in before:
        signal.signal(signum, leave)
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


class Signals:
    """Handlers for SIGINT, SIGTERM and SIGHUP. Before `arm` each of them ends the command at once."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._armed = False
        self._interrupts = 0
        self._leaving: int | None = None
        self._in_call: str | None = None

    def install(self) -> None:
        """Take the signals over, for the rest of this process."""
        signal.signal(signal.SIGINT, self._on_interrupt)
        for signum in _LEAVING:
            if signal.getsignal(signum) is not signal.SIG_IGN:  # nohup ignores SIGHUP, and so do we
                signal.signal(signum, self._on_leave)

    def arm(self) -> None:
        """From here on a request may be open: Ctrl-C cancels instead of ending us."""
        self._armed = True

    @property
    def wanted(self) -> bool:
        """Whether anybody wants to stop by now."""
        return self._interrupts > 0 or self._leaving is not None

    @contextmanager
    def may_leave(self, *, post: bool = False) -> Iterator[None]:
        """Around one call that may block: leaving cuts it short."""
        if self._leaving is not None and not post:
            raise LeaveNow(self._leaving)
        self._in_call = "post" if post else "read"
        try:
            yield
        finally:
            self._in_call = None
            self._no_alarm()

    def _on_interrupt(self, signum: int, _: FrameType | None) -> None:
        self._interrupts += 1
        if not self._armed:
            raise LeaveNow(signum)
        if self._interrupts == 1:
            self._inbox.put(Interrupted())
        else:
            self._leave(signum)

    def _on_leave(self, signum: int, _: FrameType | None) -> None:
        if not self._armed:
            raise LeaveNow(signum)
        self._leave(signum)

    def _leave(self, signum: int) -> None:
        self._leaving = signum
        self._inbox.put(Leave(signum))
        if self._in_call == "read" or (self._in_call == "post" and not self.set_alarm(POST_GRACE)):
            raise LeaveNow(signum)

    def set_alarm(self, seconds: float) -> bool:
        """Have `_on_alarm` called after this long, or never for 0; `False` where there is no such clock."""
        if sys.platform == "win32":
            return False
        if seconds:
            signal.signal(signal.SIGALRM, self._on_alarm)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        return True

    def _on_alarm(self, _: int, __: FrameType | None) -> None:
        if self._in_call is not None and self._leaving is not None:
            raise LeaveNow(self._leaving)

    def _no_alarm(self) -> None:
        if self._leaving is not None:
            self.set_alarm(0)
