"""What following works with: the API, the journal, the inbox, whoever shows progress; and how it ended.

The loop itself is in `loop`. A journal that fails *after* the POST stops nothing: the verdict is
still told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from pjterm.api.client import Api
from pjterm.core.entry import Entry
from pjterm.core.facts import Fact, PollFailed, TerminalReset
from pjterm.core.model import Kind, Verdict
from pjterm.core.states import Progress
from pjterm.errors import JournalUnusable
from pjterm.flow.inbox import Inbox
from pjterm.flow.signals import Signals
from pjterm.journal.store import Journal
from pjterm.system.clock import Clock

T = TypeVar("T")


class RelayFeed(Protocol):
    """Whoever hears of a request by webhook and puts that into the inbox."""

    def listen(self, request_id: str | None, kind: Kind | None) -> None:
        """Begin to hear of a request, or of all new ones where its id is not known."""

    def stop(self) -> None:
        """Hear no more."""


class Reporter(Protocol):
    """Whoever shows progress: the live view, plain lines, ndjson, or nobody."""

    def on_fact(self, fact: Fact, known: Progress) -> None:
        """A fact that is news."""

    def on_verdict(self, verdict: Verdict, known: Progress) -> None:
        """The verdict, as soon as it is known; the device may still be busy."""

    def on_notice(self, text: str) -> None:
        """A sentence for the person."""


@dataclass(slots=True)
class FollowResult:
    """How following ended: the verdict, what is known, and whether a signal had a part in it."""

    verdict: Verdict
    known: Progress
    facts: list[Fact]
    interrupted: bool = False
    signum: int | None = None
    proven_at: datetime | None = None
    """When the verdict was first known; the device may have been busy for longer."""


class Runtime:
    """Follows requests of one API login. One instance serves one command."""

    def __init__(
        self, api: Api, journal: Journal, clock: Clock, inbox: Inbox, reporter: Reporter, signals: Signals
    ) -> None:
        self.signals = signals
        self.api = api
        self.journal = journal
        self.clock = clock
        self.inbox = inbox
        self.reporter = reporter
        self.relay_feed: RelayFeed | None = None
        self.relay_live = False
        self._relay_is_silent = False
        self._journal_failed = False

    def relay_is(self, live: bool) -> None:
        """Say when the relay falls silent and when it is back; that it answers goes without saying."""
        self.relay_live = live
        if live == self._relay_is_silent:
            self._relay_is_silent = not live
            self.reporter.on_notice("the relay is back" if live else "the relay does not answer; polling until it does")

    def note(self, entry: Entry | None, fact: Fact) -> None:
        """Keep a fact; a journal that fails now must not stop what is already running."""
        if entry is not None:
            self.keep(lambda: self.journal.note(entry, fact))

    def reset(self, smart_terminal_id: str) -> TerminalReset | PollFailed:
        """POST /main, written down before it leaves: if we end before its answer, or another process looks on
        meanwhile, nobody calls a payment cancelled while its card may be in. Raises `LeaveNow`.
        """
        resetting = self.keep(lambda: self.journal.begin_reset(smart_terminal_id, self.clock.now()))
        with self.signals.may_leave(post=True):
            done = self.api.reset(smart_terminal_id)
        if resetting is not None:
            done_at = done.at if isinstance(done, TerminalReset) else None
            self.keep(lambda: self.journal.end_reset(resetting, done_at))
        return done

    def keep(self, write: Callable[[], T]) -> T | None:
        """Do one write to the journal after the POST; say once when it fails."""
        try:
            return write()
        except JournalUnusable as error:
            if not self._journal_failed:
                self._journal_failed = True
                self.reporter.on_notice(f"{error.message}; going on without it")
            return None
