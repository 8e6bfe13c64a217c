"""The API client: the only place that talks to PayJunction, over httpx.

Two layers. `_call` is one exchange: one try, no redirects, preemptive Basic auth, the pace kept, the
body bounded; what goes wrong is either *never connected* (nothing can have been taken) or *broken*
(anything may have been). Above it, what a status code means: reads raise named errors and may be
repeated by whoever asked; a POST is turned into a fact — accepted, not taken, or lost — and goes out
again only where the answer proves that the first was not taken (contract, section 4).
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx

from pjterm import __version__
from pjterm.api.rate_limit import Pace
from pjterm.core import request, wire
from pjterm.core.facts import (
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
from pjterm.core.model import Kind, Outcome, Sale, Transaction
from pjterm.core.verdict import may_carry
from pjterm.errors import (
    AnswerLost,
    ApiRejected,
    AuthFailed,
    Detail,
    PjtermError,
    RateLimited,
    Unavailable,
    UsageFault,
)

T = TypeVar("T")

API_VERSION = "2023-05-16"  # the newest that any source names; always sent, so a key's pin cannot matter
CONNECT_TIMEOUT = 5.0  # seconds
READ_TIMEOUT = 15.0  # seconds
POST_READ_TIMEOUT = 60.0  # seconds, request-* (fact sheet 7.4: a short one makes payments ambiguous)
BACKOFF = 0.25  # seconds, doubling to 2
POST_PATIENCE = 10.0  # seconds a POST that was provably not taken is tried again
BODY_LIMIT = 16 * 1024 * 1024  # bytes of a reply
PAGE = 50  # the API's most per page (PAGE)
PAGES_MOST = 400  # a search that ends nowhere is not answered


@dataclass(frozen=True, slots=True)
class Login:
    """Who calls. Its repr shows nothing that may not be seen."""

    login: str
    password: str
    app_key: str

    def __repr__(self) -> str:
        return f"Login({self.login!r})"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def pj_request_id(self) -> str | None:
        """PayJunction's own name of the exchange, for their support."""
        return self.headers.get("x-pj-request-id")

    def json(self) -> Any:
        """The body as JSON, or `None` where it is none (an HTML page of a proxy, say)."""
        try:
            return json.loads(self.body, parse_constant=_no_constant, parse_float=_finite)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class Exchange:
    """What `-v` and the log tell of one exchange: never a body, a query or a secret."""

    method: str
    path: str
    status: int | None
    milliseconds: int
    pj_request_id: str | None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """What became of a POST or PUT: a fact, and where the API refused it, the named error."""

    fact: Accepted | Answered | NotTaken | Lost
    error: PjtermError | None = None


class NeverConnected(Unavailable):
    """No connection was made: nothing can have been taken."""

    code = "unreachable-api"


class Broken(AnswerLost):
    """The connection failed after something may have been written."""


class Api:
    """One login at one host. `now` gives aware UTC; `pause` waits and may be ended by a signal."""

    def __init__(
        self,
        base_url: str,
        login: Login,
        pace: Pace,
        *,
        now: Callable[[], datetime],
        pause: Callable[[float], None] = time.sleep,
        tell: Callable[[Exchange], None] = lambda _: None,
        again: Callable[[str], None] = lambda _: None,
        transport: Callable[[bool], httpx.BaseTransport] | None = None,
    ) -> None:
        """`transport` makes what carries the requests, fresh connections or kept ones; a test has its own."""
        self._base = base_url.rstrip("/")
        self._login = login
        self._pace = pace
        self._now = now
        self._pause = pause
        self._tell = tell
        self._again = again
        self._transport = transport or _network(self._base)
        self._clients: dict[bool, httpx.Client] = {}
        self._most_read = POST_READ_TIMEOUT
        self.server_date: str | None = None

    def __repr__(self) -> str:
        return f"Api({self._base!r}, {self._login!r})"

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    @contextmanager
    def hurried(self, seconds: float) -> Iterator[None]:
        """Within, no answer is waited for longer than this."""
        before, self._most_read = self._most_read, seconds
        try:
            yield
        finally:
            self._most_read = before

    # -- facts about a request --------------------------------------------------------------------

    def send(
        self, path: str, form: Iterable[tuple[str, str]], deadline: datetime, method: str = "POST"
    ) -> Sending:
        """Send what moves money, once for one try; again only on proof that it was not taken, at most 10 s.

        POST request-* is answered with a request id, POST and PUT of /transactions with a transaction.
        """
        form = tuple(form)
        began = self._now()
        patience = min(timedelta(seconds=POST_PATIENCE), max(deadline - began, timedelta(0)))
        delay = BACKOFF
        while True:
            left = (deadline - self._now()).total_seconds()
            sending = self._send_once(method, path, form, min(POST_READ_TIMEOUT, max(1.0, left)))
            error = sending.error
            wait = getattr(error, "retry_after", None) or delay
            if not isinstance(error, Unavailable) or self._now() - began + _seconds(wait) > patience:
                return sending
            self._wait_before_again(error, wait, first=delay == BACKOFF)
            delay = min(2.0, delay * 2)

    def _send_once(
        self, method: str, path: str, form: tuple[tuple[str, str], ...], read: float
    ) -> Sending:  # fmt: skip
        try:
            reply = self._call(method, path, form=form, read=read, fresh=True)
        except NeverConnected as error:
            return Sending(NotTaken(self._now(), Outcome.UNAVAILABLE, error.message), error)
        except Broken as error:
            return Sending(Lost(self._now(), error.message), error)
        if 200 <= reply.status < 300:
            return Sending(self._taken(reply, path))
        if reply.status < 400 or reply.status == 408 or reply.status >= 500:
            return Sending(Lost(self._now(), f"HTTP {reply.status}"))
        refusal = self._error(reply, "the request")
        return Sending(NotTaken(self._now(), Outcome(refusal.outcome), refusal.message), refusal)

    def _taken(self, reply: Reply, path: str) -> Accepted | Answered | Lost:
        """A success is one only with an id in it; HTTP 2xx alone says nothing (am)."""
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
        """GET one status. Silence is a fact too, and never a verdict."""
        asked = self._now()
        try:
            reply = self._call(
                "GET", f"/smartterminals/requests/{request_id}", request_id=request_id, read=READ_TIMEOUT
            )
        except PjtermError as error:
            return PollFailed(self._now(), error.message)
        if reply.status == 404:
            return Purged(self._now())
        if reply.status != 200:
            refusal = self._error(reply, "the poll")
            self._slow_down(refusal)
            return PollFailed(self._now(), refusal.message, isinstance(refusal, AuthFailed))
        seen = wire.status(reply.json(), kind)
        if seen is None:
            return PollFailed(self._now(), "HTTP 200 without a status")
        return Observed(self._now(), "poll", seen[0], seen[1], asked)

    def look_up(self, transaction_id: int) -> Fact:
        """GET one transaction."""
        try:
            found = self.transaction(transaction_id)
        except PjtermError as error:
            self._slow_down(error)
            return LookUpFailed(self._now(), transaction_id, error.message, isinstance(error, AuthFailed))
        return LookedUp(self._now(), found)

    def search(self, sale: Sale) -> Fact:
        """All transactions that carry exactly the sale's invoice number."""
        asked = self._now()
        try:
            found = tuple(self.by_invoice(sale))
        except PjtermError as error:
            self._slow_down(error)
            return SearchFailed(self._now(), error.message, isinstance(error, AuthFailed))
        return Searched(self._now(), found, asked)

    def reset(self, smart_terminal_id: str) -> TerminalReset | PollFailed:
        """POST /main: ends whatever runs on the device. Repeating it is safe only after a fresh poll."""
        path = f"/smartterminals/{smart_terminal_id}/main"
        try:
            reply = self._call("POST", path, read=READ_TIMEOUT, fresh=True)
        except NeverConnected as error:
            return PollFailed(self._now(), f"/main not sent: {error.message}")
        except Broken as error:
            return TerminalReset(self._now(), f"POST /main sent, answer lost ({error.message})")
        if 200 <= reply.status < 300:
            return TerminalReset(self._now())
        if reply.status < 400 or reply.status >= 500 or reply.status == 408:
            return TerminalReset(self._now(), f"POST /main answered with HTTP {reply.status}")
        refusal = self._error(reply, "/main")
        self._slow_down(refusal)
        return PollFailed(self._now(), refusal.message, isinstance(refusal, AuthFailed))

    # -- reads ---------------------------------------------------------------------------------------

    def transaction(self, transaction_id: int) -> Transaction:
        """GET /transactions/{id}, one try."""
        reply = self._call("GET", f"/transactions/{transaction_id}", read=READ_TIMEOUT)
        self._raise_for(reply, f"transaction {transaction_id}")
        found = wire.transaction(reply.json())
        if found is None or found.transaction_id != transaction_id:
            raise AnswerLost(f"transaction {transaction_id}: the answer is no such transaction")
        return found

    def by_invoice(self, sale: Sale) -> Iterator[Transaction]:
        """Search by the sale's invoice number over all pages, comparing it ourselves; one try per page.

        From no date on: a clock that is ahead would look into the future. An item that may be the sale's but
        does not say its number (they come trimmed: TXLIST) is read whole; if that does not say it either,
        "not found" would be no proof, and the search counts as not answered.
        """
        assert sale.invoice_number is not None
        for item in self.pages("/transactions", {"invoiceNumber": sale.invoice_number}):
            found = wire.transaction(item)
            if found is None:
                raise AnswerLost("the search returned something that is no transaction")
            if may_carry(found, sale):
                found = self.transaction(found.transaction_id)
                if may_carry(found, sale):
                    raise AnswerLost(f"transaction {found.transaction_id} does not say our invoice number as sent")
            if found.invoice_number == sale.invoice_number:
                yield found

    def refunds_of(self, transaction_id: int) -> Iterator[Transaction]:
        """The refunds of a transaction that any till has made, found by the purchase order number they carry.

        Items come trimmed (TXLIST): one that does not say all is read by its id, and one that does not say all even
        then cannot be counted, so the search is not answered.
        """
        number = request.refund_of(transaction_id)
        for item in self.pages("/transactions", {"purchaseOrderNumber": number}):
            found = wire.transaction(item)
            if found is None:
                raise AnswerLost("the search returned something that is no transaction")
            if found.action not in ("", "REFUND"):
                continue
            if wire.purchase_order(found) in (None, number) and not _is_countable(found):
                found = self.transaction(found.transaction_id)
                if wire.purchase_order(found) == number and not _is_countable(found):
                    raise AnswerLost(f"refund {found.transaction_id} does not say what it gave back")
            if wire.purchase_order(found) == number:
                yield found

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[Any]:
        """All items of a list, page by page; a `next` on another host gets no credentials."""
        url = self._base + path
        query: Mapping[str, str] | None = {**(params or {}), "limit": str(PAGE)}
        for _ in range(PAGES_MOST):
            reply = self._call("GET", url, params=query, read=READ_TIMEOUT)
            self._raise_for(reply, path)
            body = reply.json()
            items = body.get("results") if isinstance(body, dict) else None
            if not isinstance(items, list):
                raise AnswerLost(f"{path}: the answer has no list of results")
            yield from items
            following = body.get("next")
            if following is None:
                return
            if not isinstance(following, str):
                raise AnswerLost(f"{path}: the answer's next page is no address")
            url, query = self._same_host(url, following), None
        raise AnswerLost(f"{path}: more than {PAGES_MOST} pages")

    def smart_terminals(self) -> list[dict[str, Any]]:
        """GET /smartterminals: the devices."""
        return [t for t in self.pages("/smartterminals") if isinstance(t, dict)]

    def accounts(self) -> list[dict[str, Any]]:
        """GET /terminals: the merchant accounts."""
        return [a for a in self.pages("/terminals") if isinstance(a, dict)]

    def document(self, path: str, accept: str) -> Reply:
        """GET an image or a page; `accept` goes before the JSON type, which errors come in."""
        reply = self._call("GET", path, accept=f"{accept}, application/json", read=READ_TIMEOUT)
        self._raise_for(reply, path)
        return reply

    def change(self, method: str, path: str, form: tuple[tuple[str, str], ...] = ()) -> Reply:
        """POST, PUT or DELETE what moves no money: sent again only when it was provably not taken.

        Raises `AnswerLost` where it may have been taken, and the named errors of a refusal.
        """
        until = self._now() + _seconds(POST_PATIENCE)
        delay = 0.25
        while True:
            try:
                reply = self._call(method, path, form=form, read=READ_TIMEOUT, fresh=True)
                self._raise_for(reply, path)
                return reply
            except Unavailable as error:
                if self._now() + _seconds(delay) >= until:
                    raise
                self._pause(getattr(error, "retry_after", None) or delay)
                delay = min(2.0, delay * 2)

    def retrying(self, read: Callable[[], T], deadline: datetime) -> T:
        """A read, repeated on faults, limits and 5xx: 0.25 s doubling to 2 s, until `deadline`."""
        delay = BACKOFF
        while True:
            try:
                return read()
            except (Unavailable, AnswerLost) as error:
                wait = getattr(error, "retry_after", None) or delay
                if self._now() + _seconds(wait) >= deadline:
                    raise _gave_up(error) from error
                self._wait_before_again(error, wait, first=delay == BACKOFF)
                delay = min(2.0, delay * 2)

    def _wait_before_again(self, error: PjtermError, seconds: float, *, first: bool) -> None:
        """Say once why nothing moves, and wait."""
        if first:
            self._again(f"{error.message}; trying again")
        self._pause(seconds)

    # -- one exchange ----------------------------------------------------------------------------------

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        form: tuple[tuple[str, str], ...] = (),
        accept: str = "application/json",
        read: float,
        request_id: str | None = None,
        fresh: bool = False,
    ) -> Reply:
        url = path if path.startswith(("http://", "https://")) else self._base + path
        content, headers = _content(method, form)
        headers["Accept"] = accept
        began = time.monotonic()
        status, told, fault = None, None, None
        try:
            with self._paced(request_id) as trace:
                reply = self._exchange(method, url, params, content, headers, read, trace, fresh)
            status, told = reply.status, reply.pj_request_id
            self.server_date = reply.headers.get("date", self.server_date)
            return reply
        except PjtermError as error:
            fault = error.message
            raise
        finally:
            spent = round((time.monotonic() - began) * 1000)
            self._tell(Exchange(method, urlsplit(url).path, status, spent, told, fault))

    def _exchange(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        content: bytes | None,
        headers: dict[str, str],
        read: float,
        trace: Callable[[str, Any], None],
        fresh: bool,
    ) -> Reply:
        read = min(read, self._most_read)
        connect = min(CONNECT_TIMEOUT, self._most_read)
        timeout = httpx.Timeout(read, connect=connect, pool=connect)
        host = urlsplit(url).netloc.rpartition("@")[2]
        try:
            with self._client(fresh=fresh).stream(
                method, url, params=params, content=content, headers=headers, timeout=timeout,
                extensions={"trace": trace},
            ) as response:  # fmt: skip
                return Reply(response.status_code, response.headers, _read_body(response, read))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            raise NeverConnected(
                f"cannot connect to {host}: {_words(error)}",
                hint="nothing was started; check the network, then run the same command again",
            ) from error
        except httpx.TimeoutException as error:
            raise Broken(f"no answer from {host} within {read:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Broken(f"the connection to {host} broke: {_words(error)}") from error

    @contextmanager
    def _paced(self, request_id: str | None) -> Iterator[Callable[[str, Any], None]]:
        """Take our turn just before the first byte is written, and end it after the last."""
        holding = False

        def trace(event: str, _: Any) -> None:
            nonlocal holding
            if event == "http11.send_request_headers.started" and not holding:
                self._pace.turn(request_id)
                holding = True
            elif event == "http11.send_request_body.complete" and holding:
                self._pace.written(request_id)
                holding = False

        try:
            yield trace
        finally:
            if holding:  # it broke while being written: some of it may have arrived
                self._pace.written(request_id)

    def _client(self, *, fresh: bool) -> httpx.Client:
        """Reads share kept connections; a POST never meets one that the other side may have closed."""
        if fresh not in self._clients:
            self._clients[fresh] = httpx.Client(
                transport=self._transport(fresh),
                auth=httpx.BasicAuth(self._login.login.encode(), self._login.password.encode()),
                headers={
                    "X-PJ-Application-Key": self._login.app_key,
                    "PJ-Version": API_VERSION,
                    "User-Agent": f"pjterm/{__version__}",
                },
                follow_redirects=False,
                trust_env=False,
            )
        return self._clients[fresh]

    def _same_host(self, url: str, following: str) -> str:
        try:
            url = urljoin(url, following)
            ours, theirs = urlsplit(self._base), urlsplit(url)
        except ValueError as error:
            raise AnswerLost(f"the API's next page has no readable address ({error})") from error
        if (ours.scheme, ours.netloc.lower()) != (theirs.scheme, theirs.netloc.lower()):
            raise AnswerLost(
                f"the API's next page is on another host ({theirs.scheme}://{theirs.hostname}); not followed"
            )
        return url

    # -- what a status code means ------------------------------------------------------------------

    def _raise_for(self, reply: Reply, what: str) -> None:
        if not 200 <= reply.status < 300:
            raise self._error(reply, what)

    def _error(self, reply: Reply, what: str) -> PjtermError:
        """The named error of an answer that is no success."""
        found = wire.details(reply.json())
        words = "; ".join(_one(d) for d in found) or f"HTTP {reply.status}"
        known: dict[str, Any] = {
            "http_status": reply.status, "pj_request_id": reply.pj_request_id, "details": found,
        }  # fmt: skip
        if reply.status == 429 or (reply.status == 403 and wire.speaks_of_a_limit(found)):
            wait = reply.headers.get("retry-after", "")
            after = float(wait) if wait.isascii() and wait.isdigit() and len(wait) < 4 else None
            return RateLimited(f"the API asks to slow down: {words}", retry_after=after, **known)
        if reply.status == 401 or (reply.status == 403 and "limit" not in words.lower()):
            hint = "check login, password and application key: pjterm profiles set-secret NAME password"
            return AuthFailed(f"the API refuses the credentials: {words}", hint=hint, **known)
        if reply.status >= 500 or reply.status == 408:
            return AnswerLost(f"the API failed: HTTP {reply.status}", **known)
        if reply.status < 400:
            return AnswerLost(f"the API redirects (HTTP {reply.status}), which is not followed", **known)
        return ApiRejected(f"the API refuses {what}: {words}", **known)

    def _slow_down(self, error: PjtermError) -> None:
        if isinstance(error, RateLimited):
            self._pause(min(error.retry_after or 0.5, 5.0))


def _is_countable(t: Transaction) -> bool:
    return t.is_whole and t.status != "" and None not in (wire.stated_total(t), wire.purchase_order(t))


def _one(detail: Detail) -> str:
    return f"{detail.parameter}: {detail.message}" if detail.parameter else detail.message


def _gave_up(error: PjtermError) -> PjtermError:
    """A read that was never answered started nothing."""
    if isinstance(error, Unavailable):
        return error
    return Unavailable(
        error.message, hint="nothing was started; try again", http_status=error.http_status,
        pj_request_id=error.pj_request_id, details=error.details,
    )  # fmt: skip


def _content(method: str, form: tuple[tuple[str, str], ...]) -> tuple[bytes | None, dict[str, str]]:
    """The form body, UTF-8 and percent-encoded; an empty POST says so (a client had to: aam)."""
    if method == "GET":
        return None, {}
    if not form:
        return b"", {"Content-Length": "0"}
    body = str(httpx.QueryParams(list(form))).encode()
    return body, {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}


def _read_body(response: httpx.Response, limit: float) -> bytes:
    """The whole body, bounded in size and in time: the read timeout alone is per chunk."""
    began = time.monotonic()
    chunks, size = [], 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > BODY_LIMIT:
            raise Broken(f"the answer is larger than {BODY_LIMIT} bytes")
        if time.monotonic() - began > limit:
            raise Broken(f"the answer did not end within {limit:g} s")
        chunks.append(chunk)
    return b"".join(chunks)


def _network(base_url: str) -> Callable[[bool], httpx.BaseTransport]:
    """Real connections to the host, through its proxy if it has one."""
    verify, proxy = _ssl_context(base_url), _proxy(base_url)

    def transport(fresh: bool) -> httpx.HTTPTransport:
        limits = httpx.Limits(max_connections=4, max_keepalive_connections=0 if fresh else 2)
        return httpx.HTTPTransport(verify=verify, trust_env=False, limits=limits, proxy=proxy, retries=0)

    return transport


def _ssl_context(base_url: str) -> Any:
    """A context with the CA bundle for https; a bare one for http, for parsing the bundle costs 35 ms."""
    import ssl

    if base_url.startswith("https:"):
        return httpx.create_ssl_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _proxy(base_url: str) -> str | None:
    """The proxy of the environment for https (by CONNECT); plain http is loopback and uses none."""
    if not base_url.startswith("https:"):
        return None
    from urllib.request import getproxies, proxy_bypass

    host = urlsplit(base_url).hostname or ""
    proxy = getproxies().get("https")
    if proxy is None or proxy_bypass(host):
        return None
    if not proxy.startswith(("http://", "https://")):
        raise UsageFault(
            "HTTPS_PROXY: only http:// and https:// proxies can be used; nothing was sent",
            hint="name such a one, or unset it (NO_PROXY excepts hosts)",
        )
    return proxy


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    """A number that JSON can say again: `1e999` would be infinite."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large")
    return number
