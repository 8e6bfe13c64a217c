"""What `flow` is handed and calls, as protocols: the API, the relay, the user. For mypy only: no start loads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol, TypeVar

from pjterm.api.client import SendResult
from pjterm.core.entry import Entry
from pjterm.core.evidence.facts import Fact, PollFailed, TerminalReset
from pjterm.core.evidence.states import Progress
from pjterm.core.following.activity import Activity
from pjterm.core.model import Kind, Sale, Transaction, Verdict
from pjterm.core.plan import Plan
from pjterm.core.verdicts.found import Found
from pjterm.flow.results import FollowResult

T = TypeVar("T")


class Lookups(Protocol):
    """What PayJunction can be asked about a request; no answer is a fact, too."""

    login: str
    """Who asks."""
    hidden: str | None
    """Why what a search does not show may exist all the same."""

    def poll(self, request_id: str, kind: Kind | None) -> Fact:
        """GET one status."""

    def look_up(self, transaction_id: int) -> Fact:
        """GET one transaction."""

    def search(self, sale: Sale, until: datetime | None = None) -> Fact:
        """The transactions under the sale's invoice number; no page is asked for after `until`."""

    def look_around(self, sale: Sale, until: datetime | None = None) -> Fact:
        """The transactions of the sale's account since its POST, whatever their number."""

    def hurried(self, seconds: float) -> AbstractContextManager[None]:
        """Inside this block, wait no longer than this for an answer."""


class Transactions(Protocol):
    """Reading transactions before anything is sent; raises named errors."""

    def transaction(self, transaction_id: int) -> Transaction:
        """GET one transaction."""

    def by_invoice(self, sale: Sale, until: datetime | None = None) -> Found:
        """What a search by the sale's invoice number shows."""

    def retrying(self, read: Callable[[], T], deadline: datetime) -> T:
        """A read, repeated on faults until the deadline."""


class Sends(Protocol):
    """Sends what moves money."""

    def send(
        self, path: str, form: Iterable[tuple[str, str]], deadline: datetime, again_until: Callable[[], datetime],
        method: str = "POST",
    ) -> SendResult:  # fmt: skip
        """Send it; again only if it provably was not taken, and never after `again_until`."""


class Readers(Protocol):
    """What can be done to a reader itself."""

    def reset(self, smart_terminal_id: str) -> TerminalReset | PollFailed:
        """POST /main: ends whatever runs there."""

    def reset_any(self, smart_terminal_id: str) -> TerminalReset | PollFailed:
        """The same, sent again if a rate limit stopped it."""


class RelayFeed(Protocol):
    """Receives webhooks about a request and puts them into the inbox."""

    def listen(self, request_id: str | None, kind: Kind | None) -> None:
        """Begin to receive webhooks of a request, or of all new ones if its id is not known."""

    def stop(self) -> None:
        """Stop receiving."""


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


class Asker(Protocol):
    """Asks the user."""

    def confirm(self, question: str) -> bool:
        """Ask a question; only a clear yes counts as one."""


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
