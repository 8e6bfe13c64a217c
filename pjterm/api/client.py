"""The API client: what an answer means.

Every question about a request yields a fact, even if there is no answer. A POST becomes a fact (accepted, not taken,
or lost) and is sent again only if the answer proves that the first was not taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from pjterm.api.answers import NeverConnected, Reply, error_of, is_own, raise_for, wait_after
from pjterm.api.reads import BACKOFF, POST_READ_TIMEOUT, Reads
from pjterm.api.transport import READ_TIMEOUT
from pjterm.core import wire
from pjterm.core.evidence.facts import (
    Accepted,
    Answered,
    Fact,
    LookedUp,
    LookUpFailed,
    Lost,
    NotTaken,
    Observed,
    PollFailed,
    Purged,
    Searched,
    SearchFailed,
    TerminalReset,
)
from pjterm.core.model import POST_PATIENCE, Kind, Outcome, Sale, Transaction
from pjterm.core.verdicts.found import MARGIN, by_account, by_number
from pjterm.errors import AnswerLost, AuthFailed, PjtermError, RateLimited, Unavailable
from pjterm.values import dataclass


@dataclass(frozen=True, slots=True)
class SendResult:
    """The result of a POST or PUT: a fact and, if the API refused it, the named error."""

    fact: Accepted | Answered | NotTaken | Lost
    error: PjtermError | None = None


class Api(Reads):
    """One login at one host. `now` returns aware UTC; `pause` waits, and returns whether a signal ended it."""

    # -- facts about a request --------------------------------------------------------------------

    def send(
        self, path: str, form: Iterable[tuple[str, str]], deadline: datetime, again_until: Callable[[], datetime],
        method: str = "POST",
    ) -> SendResult:  # fmt: skip
        """Send a request that moves money.

        It is sent again only if it provably was not taken, and never after `again_until`, which is asked anew after
        each pause: the machine may have slept.
        POST request-* is answered with a request id, POST and PUT of /transactions with a transaction.
        """
        form = tuple(form)
        delay = BACKOFF
        while True:
            left = (deadline - self._now()).total_seconds()
            sending = self._send_once(method, path, form, min(POST_READ_TIMEOUT, max(1.0, left)))
            error = sending.error
            wait = wait_after(error, delay)
            if not isinstance(error, Unavailable) or self._now() + timedelta(seconds=wait) > again_until():
                return sending
            if self._wait_before_again(error, wait, first=delay == BACKOFF):
                return sending  # the user wants no payment now
            if self._now() > again_until():
                return sending
            delay = min(2.0, delay * 2)

    def _send_once(self, method: str, path: str, form: tuple[tuple[str, str], ...], read: float) -> SendResult:
        try:
            return SendResult(self._accepted(self._change_once(method, path, form, read), path))
        except AnswerLost as error:
            return SendResult(Lost(self._now(), error.message))
        except PjtermError as error:
            return SendResult(NotTaken(self._now(), Outcome(error.outcome), error.message), error)

    def _change_once(
        self, method: str, path: str, form: tuple[tuple[str, str], ...] = (), read: float = READ_TIMEOUT
    ) -> Reply:
        """The answer to a POST, PUT or DELETE that was taken.

        Raises `AnswerLost` if it may have been taken, and else the named errors: then it certainly was not.
        """
        reply = self._transport.call(method, path, form=form, read=read, fresh=True)
        raise_for(reply, method, path)
        return reply

    def _accepted(self, reply: Reply, path: str) -> Accepted | Answered | Lost:
        """HTTP 2xx alone is not a success: the answer must have an id (am)."""
        if path.startswith("/transactions"):
            booked = wire.transaction(reply.json())
            if booked is not None:
                return Answered(self._now(), booked)
            return Lost(self._now(), f"HTTP {reply.status} without a transaction")
        request_id = wire.request_id(reply.json())
        if request_id is not None:
            return Accepted(self._now(), request_id)
        return Lost(self._now(), f"HTTP {reply.status} without a request id")

    def poll(self, request_id: str, kind: Kind | None) -> Fact:
        """GET one status. No answer is a fact, too, but never a verdict."""
        asked, path = self._now(), f"/smartterminals/requests/{request_id}"
        try:
            reply = self._transport.call("GET", path, request_id=request_id)
        except PjtermError as error:
            return PollFailed(self._now(), error.message, isinstance(error, AuthFailed))
        if reply.status == 404 and is_own(reply):
            return Purged(self._now())
        if not 200 <= reply.status < 300:
            refused = error_of(reply, "GET", path)
            self._slow_down(refused)
            stays = reply.status < 500 and reply.status != 429 and not isinstance(refused, RateLimited)
            return PollFailed(self._now(), refused.message, stays)
        body = reply.json()
        seen = wire.status(body, kind)
        if seen is None:
            page = not isinstance(body, dict) or "status" not in body
            return PollFailed(self._now(), f"HTTP {reply.status} without a status", refused=page)
        return Observed(self._now(), "poll", seen[0], seen[1], asked)

    def look_up(self, transaction_id: int) -> Fact:
        """GET one transaction."""
        try:
            found = self.transaction(transaction_id)
        except PjtermError as error:
            self._slow_down(error)
            return LookUpFailed(self._now(), transaction_id, error.message, isinstance(error, AuthFailed))
        return LookedUp(self._now(), found)

    def search(self, sale: Sale, until: datetime | None = None) -> Fact:
        """The transactions under the sale's invoice number; no page is asked for after `until`."""
        return self._search(sale, {"invoiceNumber": sale.invoice_number or ""}, until, around=False)

    def look_around(self, sale: Sale, until: datetime | None = None) -> Fact:
        """The transactions of the sale's account since its POST, whatever their number."""
        since = self._by_their_clock(sale.sent_at)
        query = {} if since is None else {"startDate": (since - MARGIN).isoformat(timespec="seconds")}
        if sale.terminal.terminal_id is not None:
            query["terminalId"] = str(sale.terminal.terminal_id)
        return self._search(sale, query, until, around=True)

    def _search(self, sale: Sale, query: dict[str, str], until: datetime | None, *, around: bool) -> Fact:
        asked, read = self._now(), list[Any]()
        try:
            results = self.results(query, until, read)
        except PjtermError as error:
            self._slow_down(error)
            proof = _proof(read, sale)
            if proof is not None:  # whatever the pages after it would have shown
                return LookedUp(self._now(), proof)
            refused = isinstance(error, AuthFailed) and self.hidden is None  # another login may search
            return SearchFailed(self._now(), error.message, refused)
        since = self._by_their_clock(sale.sent_at)
        found = (by_account if around else by_number)(results.items, sale, since)
        gap = self.hidden
        if results.ends_full:
            ignores = "" if found.filtered else " and ignores what it is asked for"
            gap = f"the search ends with a full page{ignores}"
        beside = tuple(t.transaction_id for t in found.beside)
        return Searched(self._now(), found.own, asked, found.perhaps, around, gap, beside)

    def _by_their_clock(self, at: datetime | None) -> datetime | None:
        """Convert one of our times to the service's clock, by the `Date` of its answers.

        None if our clock was set back since: then how long ago it was is not known.
        """
        if at is None or at > self._now():
            return None
        return at if self._lead is None else at + self._lead

    def reset(self, smart_terminal_id: str) -> TerminalReset | PollFailed:
        """POST /main: ends whatever runs on the device. Repeating it is safe only after a fresh poll."""
        return self._reset(smart_terminal_id)[0]

    def reset_any(self, smart_terminal_id: str) -> TerminalReset | PollFailed:
        """POST /main, whatever request runs; one that a rate limit stopped is sent again, for 10 s."""
        until = self._now() + POST_PATIENCE
        while True:
            done, limited = self._reset(smart_terminal_id)
            if not limited or self._now() >= until:
                return done

    def _reset(self, smart_terminal_id: str) -> tuple[TerminalReset | PollFailed, bool]:
        """The result, and whether a rate limit stopped it (its wait is over by then)."""
        try:
            self._change_once("POST", f"/smartterminals/{smart_terminal_id}/main")
        except NeverConnected as error:
            return PollFailed(self._now(), f"the reset was not sent: {error.message}"), False
        except AnswerLost as error:
            return TerminalReset(self._now(), f"POST /main sent, answer lost ({error.message})"), False
        except PjtermError as error:
            self._slow_down(error)
            stopped = PollFailed(self._now(), error.message, isinstance(error, AuthFailed))
            return stopped, isinstance(error, RateLimited)
        return TerminalReset(self._now()), False

    def change(self, method: str, path: str, form: tuple[tuple[str, str], ...] = ()) -> Reply:
        """POST, PUT or DELETE what moves no money: sent again only if it was provably not taken.

        Raises `AnswerLost` if it may have been taken, and the named errors of a refusal.
        """
        until = self._now() + POST_PATIENCE
        delay = BACKOFF
        while True:
            try:
                return self._change_once(method, path, form)
            except Unavailable as error:
                wait = wait_after(error, delay)
                if self._now() + timedelta(seconds=wait) >= until:
                    raise
                self._pause(wait)
                delay = min(2.0, delay * 2)

    def ask(self, method: str, path: str, form: tuple[tuple[str, str], ...] = ()) -> Reply:
        """Make one call and return its answer as it is. Raises if there is none."""
        return self._transport.call(method, path, form=form, fresh=method != "GET")

    def _slow_down(self, error: PjtermError) -> None:
        if isinstance(error, RateLimited):
            self._pause(min(wait_after(error, 0.5), 5.0, self._transport.most_read))


def _proof(items: Iterable[Any], sale: Sale) -> Transaction | None:
    """An approved transaction that is this sale's alone, among the items of a search that was not read to its end."""
    from pjterm.core.verdicts.partition import speaks_for  # with the verdicts, which are loaded after the POST

    found = (t for t in map(wire.transaction, items) if t is not None and t.is_whole and t.approved and not t.is_void)
    return None if sale.shared else next((t for t in found if speaks_for(t, sale, reported=False)), None)
