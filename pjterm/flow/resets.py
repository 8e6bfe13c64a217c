"""POST /main, written to the journal before it leaves.

So no process calls a payment cancelled while its card may still be in the reader, even if this one dies before
the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from pjterm.core.evidence.facts import PollFailed, TerminalReset
from pjterm.flow.recorder import Recorder
from pjterm.flow.signals import Signals
from pjterm.journal.store import Journal, Resetting
from pjterm.values import dataclass

if TYPE_CHECKING:
    from pjterm.flow.protocols import Readers


@dataclass(slots=True)
class Resets:
    """Resets readers."""

    readers: Readers
    journal: Journal
    recorder: Recorder
    signals: Signals
    now: Callable[[], datetime]

    def reset(self, smart_terminal_id: str) -> TerminalReset | PollFailed:
        """Reset a reader on which a request is known to run; a journal that fails does not stop that."""
        resetting = self.recorder.keep(lambda: self._begin(smart_terminal_id))
        return self._done(resetting, self.readers.reset, smart_terminal_id)

    def reset_any(self, smart_terminal_id: str) -> TerminalReset | PollFailed:
        """Reset a reader whatever runs there; raises `JournalUnusable` before anything is sent."""
        return self._done(self._begin(smart_terminal_id), self.readers.reset_any, smart_terminal_id)

    def _begin(self, smart_terminal_id: str) -> Resetting:
        return self.journal.begin_reset(smart_terminal_id, self.now())

    def _done(
        self, resetting: Resetting | None, send: Callable[[str], TerminalReset | PollFailed], smart_terminal_id: str
    ) -> TerminalReset | PollFailed:
        with self.signals.may_leave(post=True):
            done = send(smart_terminal_id)
        if resetting is not None:
            done_at = done.at if isinstance(done, TerminalReset) else None
            self.recorder.keep(lambda: self.journal.end_reset(resetting, done_at))
        return done
