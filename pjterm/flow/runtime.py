"""What following and resolving work with: who hears, who is shown progress, what is kept; and how it ended.

A journal that fails *after* the POST stops nothing: the verdict is still shown.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cached_property
from typing import Protocol, TypeVar, assert_never

from pjterm.core.activity import Activity
from pjterm.core.entry import Entry
from pjterm.core.evidence import is_news
from pjterm.core.facts import Fact, PollFailed, TerminalReset
from pjterm.core.found import Found
from pjterm.core.model import Kind, Sale, Transaction, Verdict
from pjterm.core.plan import Plan
from pjterm.core.states import Progress, replay
from pjterm.core.steps import LookAround, LookUp, Poll, Search
from pjterm.errors import JournalUnusable, PjtermError
from pjterm.flow.signals import Signals
from pjterm.journal.store import Journal, Resetting
from pjterm.values import dataclass

T = TypeVar("T")


class Lookups(Protocol):
    """What PayJunction can be asked about a request; silence is a fact, too."""

    def poll(self, request_id: str, kind: Kind | None) -> Fact:
        """GET one status."""

    def look_up(self, transaction_id: int) -> Fact:
        """GET one transaction."""

    def search(self, sale: Sale, until: datetime | None = None) -> Fact:
        """The transactions under the sale's invoice number; no page is asked for after `until`."""

    def look_around(self, sale: Sale, until: datetime | None = None) -> Fact:
        """The transactions of the sale's account since its POST, whatever their number."""

    def hurried(self, seconds: float) -> AbstractContextManager[None]:
        """Within, no answer is waited for longer than this."""


def ask(
    api: Lookups, question: Poll | LookUp | Search | LookAround, entry: Entry, until: datetime | None = None
) -> Fact:  # fmt: skip
    """Put one question about an entry."""
    match question:
        case Poll():
            assert entry.request_id is not None
            return api.poll(entry.request_id, entry.kind)
        case LookUp():
            return api.look_up(question.transaction_id)
        case Search():
            return api.search(entry.sale(), until)
        case LookAround():
            return api.look_around(entry.sale(), until)
        case _:
            assert_never(question)


class Transactions(Protocol):
    """Reading transactions before anything is decided; raises named errors."""

    def transaction(self, transaction_id: int) -> Transaction:
        """GET one transaction."""

    def by_invoice(self, sale: Sale, until: datetime | None = None) -> Found:
        """What a search by the sale's invoice number shows."""

    def retrying(self, read: Callable[[], T], deadline: datetime) -> T:
        """A read, repeated on faults until the deadline."""


class Readers(Protocol):
    """What can be done to a reader itself."""

    def reset(self, smart_terminal_id: str) -> TerminalReset | PollFailed:
        """POST /main: ends whatever runs there."""

    def reset_any(self, smart_terminal_id: str) -> TerminalReset | PollFailed:
        """Likewise, sent again where a limit stopped it."""


class RelayFeed(Protocol):
    """Receives webhooks about a request and puts them into the inbox."""

    def listen(self, request_id: str | None, kind: Kind | None) -> None:
        """Begin to hear of a request, or of all new ones where its id is not known."""

    def stop(self) -> None:
        """Hear no more."""


class RelayLine:
    """The relay in use, if any, and whether it answers."""

    def __init__(self, feed: RelayFeed | None, notice: Callable[[str], None]) -> None:
        self._feed = feed
        self._notice = notice
        self._is_silent = False
        self.live = False

    def listen(self, request_id: str | None, kind: Kind | None) -> None:
        """Begin to hear of a request."""
        if self._feed is not None:
            self._feed.listen(request_id, kind)

    def stop(self) -> None:
        """Hear no more."""
        if self._feed is not None:
            self._feed.stop()

    def changed(self, *, live: bool) -> None:
        """Say when the relay falls silent and when it is back; that it answers goes without saying."""
        self.live = live
        if live == self._is_silent:
            self._is_silent = not live
            self._notice("the relay is back" if live else "the relay does not answer; polling until it does")


class Reporter(Protocol):
    """Shows progress: the live view, plain lines, ndjson, or nothing."""

    def on_fact(self, fact: Fact, known: Progress) -> None:
        """A fact that is news."""

    def on_verdict(self, verdict: Verdict, known: Progress) -> None:
        """The verdict, as soon as it is known; the reader may still be busy."""

    def on_activity(self, activity: Activity, known: Progress) -> None:
        """What is being done from now on."""

    def on_notice(self, text: str) -> None:
        """A sentence for the user."""


@dataclass(slots=True)
class FollowResult:
    """How following ended: the verdict, what is known, and whether a signal interrupted it."""

    verdict: Verdict
    known: Progress
    facts: list[Fact]
    interrupted: bool = False
    signum: int | None = None
    proven_at: datetime | None = None
    """When the verdict was first known; the reader may have been busy for longer."""


@dataclass(frozen=True)
class Resolution:
    """How a sale stands at a command's end: its entry, what decided it, by which facts."""

    entry: Entry
    verdict: Verdict
    facts: list[Fact]
    error: PjtermError | None = None
    interrupted: bool = False
    signum: int | None = None
    accepted_only: bool = False
    replayed: bool = False
    """Whether the result was known before this command, which sent nothing."""

    @property
    def stopped(self) -> bool:
        """Whether a signal ended it."""
        return self.interrupted or self.signum is not None

    @cached_property
    def known(self) -> Progress:
        """All that the facts say together."""
        return replay(self.facts)


class Follow(Protocol):
    """Follows one request to its end, its deadline, or until it is told to stop."""

    def __call__(
        self,
        plan: Plan,
        entry: Entry | None,
        facts: list[Fact],
        *,
        cancel_at: datetime | None = None,
    ) -> FollowResult:
        """Follow it."""


class Recorder:
    """Records what happens after the POST; if the journal fails, it warns once and goes on."""

    def __init__(self, journal: Journal, notice: Callable[[str], None]) -> None:
        self._journal = journal
        self._notice = notice
        self._failed = False

    def note(self, entry: Entry | None, fact: Fact) -> None:
        """Keep a fact."""
        if entry is not None:
            self.keep(lambda: self._journal.note(entry, fact))

    def learn(self, entry: Entry, facts: list[Fact], fact: Fact) -> None:
        """Add a fact to an entry's, and keep it where it is news."""
        if is_news(replay(facts), fact):
            self.note(entry, fact)
        facts.append(fact)

    def keep(self, write: Callable[[], T]) -> T | None:
        """Do one write."""
        try:
            return write()
        except JournalUnusable as error:
            if not self._failed:
                self._failed = True
                self._notice(f"{error.message}; going on without it")
            return None


class Resets:
    """POST /main, written down before it leaves.

    So no process calls a payment cancelled while its card may still be in the reader, even if this one dies before
    the answer.
    """

    def __init__(
        self, readers: Readers, journal: Journal, recorder: Recorder, signals: Signals, now: Callable[[], datetime]
    ) -> None:
        self._readers = readers
        self._journal = journal
        self._recorder = recorder
        self._signals = signals
        self._now = now

    def reset(self, smart_terminal_id: str) -> TerminalReset | PollFailed:
        """Reset a reader on which a request is known to run; a journal that fails does not stop that."""
        resetting = self._recorder.keep(lambda: self._begin(smart_terminal_id))
        return self._done(resetting, self._readers.reset, smart_terminal_id)

    def reset_any(self, smart_terminal_id: str) -> TerminalReset | PollFailed:
        """Reset a reader whatever runs there; raises `JournalUnusable` before anything is sent."""
        return self._done(self._begin(smart_terminal_id), self._readers.reset_any, smart_terminal_id)

    def _begin(self, smart_terminal_id: str) -> Resetting:
        return self._journal.begin_reset(smart_terminal_id, self._now())

    def _done(
        self, resetting: Resetting | None, send: Callable[[str], TerminalReset | PollFailed], smart_terminal_id: str
    ) -> TerminalReset | PollFailed:
        with self._signals.may_leave(post=True):
            done = send(smart_terminal_id)
        if resetting is not None:
            done_at = done.at if isinstance(done, TerminalReset) else None
            self._recorder.keep(lambda: self._journal.end_reset(resetting, done_at))
        return done
