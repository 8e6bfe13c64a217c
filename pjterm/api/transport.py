"""One exchange with PayJunction: one try, no redirects, Basic auth at once, the pace kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx

from pjterm import __version__
from pjterm.api.answers import Broken, NeverConnected, Reply, read_body
from pjterm.api.deadline import Deadline
from pjterm.api.login import Login
from pjterm.api.network import Carry, network
from pjterm.api.rate_limit import Pace
from pjterm.errors import PjtermError, reason
from pjterm.system.locks import PATIENCE, LockHeld
from pjterm.values import dataclass, replace

API_VERSION = "2023-05-16"  # the newest that any source names; always sent, so that a pinned one has no effect
CONNECT_TIMEOUT = 5.0  # seconds
READ_TIMEOUT = 15.0  # seconds


@dataclass(frozen=True, slots=True)
class Exchange:
    """What `-v` and the log show of one exchange: never a body, a query or a secret."""

    method: str
    path: str
    status: int | None
    milliseconds: int
    pj_request_id: str | None
    fault: str | None = None


class Turn:
    """Our turn among the calls of a login, from right before the first byte is written until after the last."""

    def __init__(self, pace: Pace, request_id: str | None, patience: float, deadline: Deadline) -> None:
        self._pace = pace
        self._request_id = request_id
        self._deadline = deadline
        self._patience = patience
        self._holding = False
        self.wrote = False
        """Whether any of the request may have been written; a proxy's CONNECT does not count."""

    def on_event(self, event: str, info: dict[str, Any]) -> None:
        """What httpcore does at this moment."""
        if event == "http11.send_request_headers.started" and not _is_to_proxy(info):
            self._begin()
        elif event == "http11.send_request_body.complete" and self._holding and not _is_to_proxy(info):
            self._end()

    def __enter__(self) -> Turn:
        return self

    def __exit__(self, *_: object) -> None:
        if self._holding:  # it failed while being written: part of it may have arrived
            self._end()

    def _begin(self) -> None:
        try:
            self._pace.turn(self._request_id, max(0.0, min(self._patience, self._deadline.seconds)))
        except LockHeld as held:
            raise NeverConnected(
                f"another process holds the rate limit of this login: {held.strerror}",
                hint="nothing was sent; let that process go on or end it, then run the same command again",
            ) from None
        if self._deadline.seconds <= 0:  # anything written now could no longer be answered
            self._pace.give_up()
            raise NeverConnected("time ran out before it could be sent", hint="run the same command again")
        self._holding = self.wrote = True

    def _end(self) -> None:
        self._holding = False
        self._pace.written(self._request_id)


def _is_to_proxy(info: dict[str, Any]) -> bool:
    return getattr(info.get("request"), "method", b"") == b"CONNECT"


class Transport:
    """Exchanges of one login with one host."""

    def __init__(
        self,
        base_url: str,
        login: Login,
        pace: Pace,
        *,
        on_exchange: Callable[[Exchange], None],
        carry: Carry | None,
        most_read: float,
    ) -> None:
        """`carry` makes transports with fresh or kept connections; tests pass their own."""
        self.base = base_url.rstrip("/")
        self._login = login
        self._pace = pace
        self._on_exchange = on_exchange
        self._deadline = Deadline()
        self._carry = carry
        if carry is None and login.missing is None:
            self._carry = network(self.base, self._deadline)
        self._clients: dict[bool, httpx.Client] = {}
        self.most_read = most_read
        """How many seconds an answer is waited for at most."""
        self.server_date: str | None = None
        self.server: str | None = None
        self.has_written = False
        """Whether any of a call that is no GET may have been written."""

    def __repr__(self) -> str:
        return f"Transport({self.base!r}, {self._login!r})"

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    @contextmanager
    def hurried(self, seconds: float) -> Iterator[None]:
        """Inside this block, no call waits longer than this for its answer."""
        before, self.most_read = self.most_read, min(self.most_read, seconds)
        try:
            yield
        finally:
            self.most_read = before

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        form: tuple[tuple[str, str], ...] = (),
        accept: str = "application/json",
        read: float = READ_TIMEOUT,
        request_id: str | None = None,
        fresh: bool = False,
    ) -> Reply:
        """One try; raises `NeverConnected` or `Broken`, or what the login is missing."""
        if self._login.missing is not None:
            raise self._login.missing
        url = path if path.startswith(("http://", "https://")) else self.base + path
        content, headers = _content(method, form)
        headers |= {"Accept": accept, "Accept-Encoding": "identity"}
        began = time.monotonic()
        status, pj_id, fault = None, None, None
        turn = Turn(self._pace, request_id, min(PATIENCE, read, self.most_read), self._deadline)
        try:
            with turn:
                reply = self._exchange(method, url, params, content, headers, read, turn, fresh)
            status, pj_id = reply.status, reply.pj_request_id
            if status >= 400:
                reply = replace(reply, body=self._login.hide(reply.body))
            self.server_date = reply.headers.get("date", self.server_date)
            self.server = reply.headers.get("server", self.server)
            return reply
        except PjtermError as error:
            fault = error.message
            raise
        finally:
            self.has_written = self.has_written or (turn.wrote and method != "GET")
            spent = round((time.monotonic() - began) * 1000)
            self._on_exchange(Exchange(method, urlsplit(url).path, status, spent, pj_id, fault))

    def _exchange(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        content: bytes | None,
        headers: dict[str, str],
        read: float,
        turn: Turn,
        fresh: bool,
    ) -> Reply:
        read = min(read, self.most_read)
        connect = min(CONNECT_TIMEOUT, self.most_read)
        timeout = httpx.Timeout(read, connect=connect, pool=connect)
        host = urlsplit(url).netloc.rpartition("@")[2]
        self._deadline.begin(read)
        try:
            with self._client(fresh=fresh).stream(
                method, url, params=params, content=content, headers=headers, timeout=timeout,
                extensions={"trace": turn.on_event},
            ) as response:  # fmt: skip
                encoding = response.headers.get("content-encoding", "identity")
                body = read_body(response.iter_raw(), encoding, read)
                return Reply(response.status_code, response.headers, body)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            if not turn.wrote:
                raise _never_connected(host, error) from error
            if isinstance(error, httpx.TimeoutException):
                raise Broken(f"no answer from {host} within {read:g} s") from error
            raise Broken(f"the connection to {host} broke: {reason(error)}") from error

    def _client(self, *, fresh: bool) -> httpx.Client:
        """Reads share kept connections; a POST opens a new one: the other side may have closed a kept one."""
        if fresh not in self._clients:
            assert self._carry is not None
            self._clients[fresh] = httpx.Client(
                transport=self._carry(fresh),
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


def _never_connected(host: str, error: Exception) -> NeverConnected:
    never = NeverConnected(
        f"cannot connect to {host}: {reason(error)}",
        hint="nothing was started; check the network, then run the same command again",
    )
    within: BaseException | None = error
    while within is not None and not never.refused:
        never.refused = isinstance(within, ConnectionRefusedError)
        within = within.__cause__ or within.__context__
    return never


def _content(method: str, form: tuple[tuple[str, str], ...]) -> tuple[bytes | None, dict[str, str]]:
    """The form body, UTF-8 and percent-encoded; an empty POST sends `Content-Length: 0` (a client had to: aam)."""
    if method == "GET":
        return None, {}
    if not form:
        return b"", {"Content-Length": "0"}
    body = str(httpx.QueryParams(list(form))).encode()
    return body, {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}
