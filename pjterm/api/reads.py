"""Reading from PayJunction: raises named errors; the caller may repeat any of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from pjterm.api.acts import about
from pjterm.api.answers import NeverConnected, Reply, gave_up, http_date, raise_for, wait_after
from pjterm.api.login import Login
from pjterm.api.network import Carry
from pjterm.api.rate_limit import Pace
from pjterm.api.transport import Exchange, Transport
from pjterm.core import request, wire
from pjterm.core.model import Sale, Transaction
from pjterm.core.verdicts.found import Found, by_number, resembles, spells
from pjterm.errors import AnswerLost, PjtermError, Unavailable
from pjterm.values import dataclass

T = TypeVar("T")

POST_READ_TIMEOUT = 60.0  # seconds, request-*: a short timeout leaves payments unknown
BACKOFF = 0.25  # seconds, doubling to 2
LAST_READ = 2.0  # seconds that a read may take though its time is nearly over
PATIENCE = timedelta(seconds=20)
"""For a read that no payment waits for."""
REFUSED_PATIENCE = timedelta(seconds=1)  # three tries
FOREVER = datetime.max.replace(tzinfo=UTC)
PAGE = 50  # the API's most per page (PAGE)
PAGES_MOST = 400  # a search without an end counts as not answered


@dataclass(frozen=True, slots=True)
class Results:
    """The result of one search."""

    items: tuple[Transaction, ...]
    ends_full: bool
    """Whether the last page is full, so that there may be more although no page says so."""


class Reads:
    """One login at one host. `now` gives aware UTC; `pause` waits, and returns whether a signal ended it."""

    def __init__(
        self,
        base_url: str,
        login: Login,
        pace: Pace,
        *,
        now: Callable[[], datetime],
        pause: Callable[[float], object] = time.sleep,
        on_exchange: Callable[[Exchange], None] = lambda _: None,
        again: Callable[[str], None] = lambda _: None,
        transport: Carry | None = None,
        exchanges: type[Transport] = Transport,
    ) -> None:
        """`transport` makes transports with fresh or kept connections; tests pass their own."""
        self.login = login.login
        self.hidden: str | None = None
        self._transport = exchanges(
            base_url, login, pace, on_exchange=self._learn, carry=transport, most_read=POST_READ_TIMEOUT
        )
        self._on_exchange = on_exchange
        self._lead: timedelta | None = None
        self._pace = pace
        self._now = now
        self._pause = pause
        self._again = again
        self._until = FOREVER
        """When the read that is being tried must be over, its pages included."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._transport!r})"

    @property
    def server_time(self) -> datetime | None:
        """The time that the last answer said."""
        return http_date(self._transport.server_date)

    def _learn(self, done: Exchange) -> None:
        """Pass a call on to the log, and compare the clocks.

        Ours stands still while the machine sleeps, so the least lead of theirs is from before that.
        """
        theirs = self.server_time if done.status is not None and done.status < 300 else None
        if theirs is not None:
            lead = theirs - self._now()
            self._lead = lead if self._lead is None else min(self._lead, lead)
        self._on_exchange(done)

    @property
    def server(self) -> str | None:
        """The `Server` header of the last answer."""
        return self._transport.server

    @property
    def has_written(self) -> bool:
        """Whether any call that is no GET may have reached PayJunction."""
        return self._transport.has_written

    def quiet(self) -> float:
        """Seconds since another process made a call of this login: real ones, whatever the wall clock was set to."""
        return self._pace.quiet()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def hurried(self, seconds: float) -> AbstractContextManager[None]:
        """Inside this block, no call waits longer than this for its answer."""
        return self._transport.hurried(seconds)

    def transaction(self, transaction_id: int) -> Transaction:
        """GET /transactions/{id}, one try."""
        path = f"/transactions/{transaction_id}"
        reply = self._transport.call("GET", path)
        raise_for(reply, "GET", path)
        found = wire.transaction(reply.json())
        if found is None or found.transaction_id != transaction_id:
            raise AnswerLost(f"the answer does not show transaction {transaction_id}")
        return found

    def results(
        self, parameters: Mapping[str, str], until: datetime | None = None, items: list[Any] | None = None
    ) -> Results:
        """All transactions that a search shows, one try per page, and whether its last page was full.

        What was read before an error stays in `items`.
        """
        items = [] if items is None else items
        for item in self.pages("/transactions", parameters, until):
            items.append(item)
        found = [t for t in map(wire.transaction, items) if t is not None]
        if len(found) < len(items):
            raise AnswerLost("the search returned something that is not a transaction")
        return Results(tuple(found), bool(items) and len(items) % PAGE == 0)

    def sample(self) -> tuple[Transaction, ...]:
        """The first page of all transactions."""
        items, _ = self.page("/transactions", {"limit": str(PAGE)})
        return tuple(t for t in map(wire.transaction, items) if t is not None)

    def by_invoice(self, sale: Sale, until: datetime | None = None) -> Found:
        """What a search by the sale's invoice number shows, over all pages and compared by us.

        Without a start date: a clock that is ahead would search in the future.
        """
        return by_number(self.results({"invoiceNumber": sale.invoice_number or ""}, until).items, sale, None)

    def refunds_of(self, transaction_id: int) -> Iterator[Transaction]:
        """The refunds of a transaction that any till has made, found by their purchase order number.

        Items come trimmed (TXLIST), or with the number in another spelling: such a one is read by its id, and one that
        is still incomplete, or whose number is cut, cannot be counted, so the search counts as not answered.
        """
        return self._refunds("purchaseOrderNumber", request.refund_of(transaction_id), wire.purchase_order)

    def refunds_under(self, invoice: str) -> Iterator[Transaction]:
        """The refunds under an invoice number, such as one at a reader: it may be of another sale of that number."""
        return self._refunds("invoiceNumber", invoice, lambda t: t.invoice_number)

    def _refunds(self, name: str, number: str, said_by: Callable[[Transaction], str | None]) -> Iterator[Transaction]:
        items = list(self.pages("/transactions", {name: number}))
        shown = [t for t in map(wire.transaction, items) if t is not None]
        filtered = all(spells(said_by(t), number) for t in shown)
        alike = all(resembles(said_by(t), number) for t in shown)
        if items and len(items) % PAGE == 0 and not filtered:
            raise AnswerLost("the search ends with a full page and ignores what it is asked for")
        for item in items:
            found = wire.transaction(item)
            if found is None:
                raise AnswerLost("the search returned something that is not a transaction")
            if found.action not in ("", "REFUND"):
                continue
            said = said_by(found)
            if resembles(said, number) and (said != number or not _is_countable(found)):
                self._check_time("/transactions")
                found = self.transaction(found.transaction_id)
                said = said_by(found)
            if alike and said is not None and resembles(said, number) and not spells(said, number):
                raise AnswerLost(f"refund {found.transaction_id} does not say in full which sale it is of: {said!r}")
            if spells(said, number):
                if not _is_countable(found):
                    raise AnswerLost(f"refund {found.transaction_id} does not say what it gave back")
                yield found

    def shows(self, transaction_id: int) -> bool:
        """Whether a search shows a transaction that certainly exists: a restricted login sees none, or only its own."""
        found = self.results({"transactionId": str(transaction_id)})
        return any(t.transaction_id == transaction_id for t in found.items)

    def pages(self, path: str, params: Mapping[str, str] | None = None, until: datetime | None = None) -> Iterator[Any]:
        """All items of a list, page by page; a `next` on another host gets no credentials.

        No further page is requested after `until` or the end of `retrying`, and none twice: such a list counts as not
        answered.
        """
        seen = set[str]()
        url = self._transport.base + path
        query: Mapping[str, str] | None = {**(params or {}), "limit": str(PAGE)}
        for _ in range(PAGES_MOST):
            items, said = self.page(url, query)
            following = None if said is None else self._next_page(url, said)
            yield from items
            if following is None:
                return
            url, query = following, None
            if url in seen:
                raise AnswerLost(f"{_what(path)}: the pages lead back to one that was read")
            self._check_time(path, until)
            seen.add(url)
        raise AnswerLost(f"{_what(path)}: more than {PAGES_MOST} pages")

    def _check_time(self, path: str, until: datetime | None = None) -> None:
        """Raise if a list may not be read any further."""
        if self._now() >= min(until or FOREVER, self._until):
            raise AnswerLost(f"{_what(path)}: not read to its end in time")

    def page(self, url: str, query: Mapping[str, str] | None = None) -> tuple[list[Any], str | None]:
        """One page of a list, by its address or path: its items, and what it says of the next one's."""
        url = url if "://" in url else self._transport.base + url
        reply = self._transport.call("GET", url, params=query)
        path = urlsplit(url).path
        raise_for(reply, "GET", path)
        body = reply.json()
        items = body.get("results") if isinstance(body, dict) else None
        if not isinstance(items, list):
            raise AnswerLost(f"{_what(path)}: the answer has no list of results")
        following = body.get("next")
        if following is not None and not isinstance(following, str):
            raise AnswerLost(f"{_what(path)}: the answer's next page is not an address")
        return items, following or None

    def smart_terminals(self) -> list[dict[str, Any]]:
        """GET /smartterminals: the devices."""
        return [t for t in self.pages("/smartterminals") if isinstance(t, dict)]

    def accounts(self) -> list[dict[str, Any]]:
        """GET /terminals: the merchant accounts."""
        return [a for a in self.pages("/terminals") if isinstance(a, dict)]

    def document(self, path: str, accept: str) -> Reply:
        """GET an image or a page; `accept` precedes the JSON type, which errors have."""
        reply = self._transport.call("GET", path, accept=f"{accept}, application/json")
        raise_for(reply, "GET", path)
        if accept.startswith("image/") and reply.body.lstrip()[:1] in (b"", b"<", b"{"):
            raise AnswerLost("the answer is no image, but a page of something between here and PayJunction, perhaps")
        return reply

    def retrying(self, read: Callable[[], T], deadline: datetime) -> T:
        """A read, repeated on faults, limits and 5xx: 0.25 s doubling to 2 s, until `deadline`.

        No answer is waited for longer than that either, but for a moment of grace.
        A refused connection is tried only three times: no payment depends on this read, and the user is waiting.
        """
        delay = BACKOFF
        soon = min(deadline, self._now() + REFUSED_PATIENCE)
        while True:
            left = max((deadline - self._now()).total_seconds(), LAST_READ)
            try:
                with self.hurried(left), self._within(left):
                    return read()
            except (Unavailable, AnswerLost) as error:
                wait = wait_after(error, delay)
                refused = isinstance(error, NeverConnected) and error.refused
                if self._now() + timedelta(seconds=wait) >= (soon if refused else deadline):
                    raise gave_up(error) from error
                self._wait_before_again(error, wait, first=delay == BACKOFF)
                delay = min(2.0, delay * 2)

    @contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        """Inside this block, no list is read any longer than this."""
        before, self._until = self._until, min(self._until, self._now() + timedelta(seconds=seconds))
        try:
            yield
        finally:
            self._until = before

    def patiently(self, read: Callable[[], T], patience: timedelta = PATIENCE) -> T:
        """The same, for `patience` seconds."""
        return self.retrying(read, self._now() + patience)

    def read_transaction(self, transaction_id: int, patience: timedelta = PATIENCE) -> Transaction:
        """One transaction, read patiently."""
        return self.patiently(lambda: self.transaction(transaction_id), patience)

    def read_document(self, path: str, accept: str) -> Reply:
        """One image or page, read patiently."""
        return self.patiently(lambda: self.document(path, accept))

    def _wait_before_again(self, error: PjtermError, seconds: float, *, first: bool) -> bool:
        """Wait, and report once why; returns whether a signal ended the wait."""
        if first:
            self._again(f"{error.message}; trying again")
        return bool(self._pause(seconds))

    def _next_page(self, url: str, following: str) -> str:
        """Where the next page is: at our host, whose front end may call itself by http or name its port."""
        try:
            ours, theirs = urlsplit(self._transport.base), urlsplit(urljoin(url, following))
            same = _place(ours) == _place(theirs)
        except ValueError as error:
            raise AnswerLost(f"the API's next page has no readable address ({error})") from error
        if not same:
            raise AnswerLost(
                f"the API's next page is on another host ({theirs.scheme}://{theirs.hostname}); not followed"
            )
        return urlunsplit((ours.scheme, ours.netloc, theirs.path, theirs.query, ""))


def _place(url: SplitResult) -> tuple[str | None, ...]:
    """Its host, and how it is reached there if that is not as usual."""
    usual = url.port in (None, {"http": 80, "https": 443}.get(url.scheme)) and url.scheme in ("http", "https")
    return (url.hostname,) if usual else (url.hostname, url.scheme, str(url.port))


def _is_countable(t: Transaction) -> bool:
    return t.is_whole and t.status != "" and wire.stated_total(t) is not None


def _what(path: str) -> str:
    """The name of a list, for its error message."""
    return about("GET", path)[0]
