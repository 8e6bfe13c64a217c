"""The connection between a process and the service: no socket, and no time but the virtual one.

`Carrier` is that connection for httpx, `Shortcut` for the API client, which is five times as fast: millions of
sales use it, while individual tests go through httpx.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from pjterm.api import answers, transport
from pjterm.api.login import Login
from tests.world.faults import Cut, Fault, Silence, Where
from tests.world.machine import RUNNING, Process
from tests.world.service import Reply, read

CONNECTING = 0.02
"""Seconds to establish a connection."""
Trace = Callable[[str, Any], None]


class NoConnection(Exception):
    """No connection was made."""


class NoAnswer(Exception):
    """No answer came in time."""


class Broke(Exception):
    """The connection broke."""


class Way:
    """One process's connection. Each point of an exchange is a step at which the process may be killed."""

    def __init__(self, process: Process) -> None:
        self._network = process.machine.network
        self._process = process
        self._connected = False

    def exchange(
        self, method: str, path: str, asked: dict[str, str], body: str, who: tuple[str, str], seconds: float,
        trace: Trace, *, fresh: bool,
    ) -> Reply:  # fmt: skip
        """Send one request and wait for its answer; `who` are the headers that identify the sender."""
        process, network = self._process, self._network
        process.step("connect")
        call = read(method, path, asked, body, who[0], network.service.time.now)
        call.by = process
        process.calls.append(call)
        fault = network.faults.meet(call, process.machine.name)
        self._connect(fault, fresh=fresh)
        trace("http11.send_request_headers.started", {})
        machine = process.machine
        machine.writes.append((machine.time.now, call.target if call.name == "poll" else "", who[0]))
        process.step("write")
        trace("http11.send_request_body.complete", {})
        left = Patience(process, seconds)
        left.wait(network.there())
        answer: Reply | None = None
        if fault is None or fault.where is Where.AFTER:
            call.began, call.at = call.at, network.service.time.now
            answer = network.service.handle(call, *who)
            process.step("taken")
        left.wait(network.back())
        if fault is not None:
            process.went_well = False
            answer = self._spoil(fault, answer, left)
        assert answer is not None
        call.answered = fault is None and answer.status < 300
        process.went_well = process.went_well and answer.status not in (401, 403, 429)
        process.step("answered")
        return answer

    def _connect(self, fault: Fault | None, *, fresh: bool) -> None:
        process = self._process
        if not self._connected or fresh:
            process.wait(CONNECTING)
        if not self._network.up or (fault is not None and fault.where is Where.CONNECT):
            self._connected = process.went_well = False
            raise NoConnection
        self._connected = True

    def _spoil(self, fault: Fault, answer: Reply | None, left: Patience) -> Reply:
        match fault.what:
            case Reply():
                return Reply(fault.what.status, fault.what.body, fault.what.kind, dict(fault.what.headers))
            case Cut() if answer is not None and fault.what.part > 0:
                return Reply(answer.status, answer.body[: int(len(answer.body) * fault.what.part)], answer.kind)
            case Cut():
                self._connected = False
                raise Broke
            case Silence():
                self._connected = False
                left.wait(float("inf"))
        raise AssertionError(fault)


class Patience:
    """How much longer one answer is waited for."""

    def __init__(self, process: Process, seconds: float) -> None:
        self._process = process
        self._left = seconds

    def wait(self, seconds: float) -> None:
        """Wait for that long, or until the patience is over."""
        if seconds > self._left:
            self._process.went_well = False
            self._process.wait(self._left)
            raise NoAnswer
        self._left -= seconds
        self._process.wait(seconds)


def _read(query: str) -> dict[str, str]:
    return dict(parse_qsl(query, keep_blank_values=True)) if query else {}


class Carrier(httpx.BaseTransport):
    """The connection for httpx."""

    def __init__(self, fresh: bool) -> None:
        process = RUNNING.get()
        self._way = Way(process)
        self._service = process.machine.network.service
        self._fresh = fresh

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = urlsplit(str(request.url))
        who = request.headers["authorization"], request.headers["x-pj-application-key"]
        timeout: dict[str, Any] = request.extensions["timeout"]
        trace: Trace = request.extensions["trace"]
        body, seconds = request.read().decode(), float(timeout["read"] or 60.0)
        try:
            answer = self._way.exchange(
                request.method, url.path, _read(url.query), body, who, seconds, trace, fresh=self._fresh
            )
        except NoConnection:
            raise httpx.ConnectError("[Errno 113] No route to host", request=request) from None
        except NoAnswer:
            raise httpx.ReadTimeout("timed out", request=request) from None
        except Broke:
            raise httpx.ReadError("[Errno 104] Connection reset by peer", request=request) from None
        headers = {"content-type": answer.kind, "date": self._service.stamp(), **answer.headers}
        return httpx.Response(answer.status, headers=headers, stream=httpx.ByteStream(answer.body))


class Shortcut(transport.Transport):
    """The connection for the API client, bypassing httpx."""

    def __init__(self, base_url: str, login: Login, *args: Any, **more: Any) -> None:
        super().__init__(base_url, login, *args, **more)
        process = RUNNING.get()
        self._ways = {fresh: Way(process) for fresh in (False, True)}
        self._service = process.machine.network.service
        named = b64encode(f"{login.login}:{login.password}".encode()).decode()
        self._who = f"Basic {named}", login.app_key

    def _exchange(
        self, method: str, url: str, params: Mapping[str, str] | None, content: bytes | None,
        headers: dict[str, str], read: float, turn: transport.Turn, fresh: bool,
    ) -> answers.Reply:  # fmt: skip
        path, _, query = url[url.index("/", len("https://")) :].partition("?")  # of any host
        asked = dict(params) if params else _read(query)
        read = min(read, self.most_read)
        body = (content or b"").decode()
        try:
            answer = self._ways[fresh].exchange(method, path, asked, body, self._who, read, turn.on_event, fresh=fresh)
        except NoConnection:
            raise answers.NeverConnected("cannot connect: no route to host") from None
        except NoAnswer:
            raise answers.Broken(f"no answer within {read:g} s") from None
        except Broke:
            raise answers.Broken("the connection broke: reset by peer") from None
        said = {name.lower(): value for name, value in answer.headers.items()}
        said |= {"content-type": answer.kind, "date": self._service.stamp()}
        return answers.Reply(answer.status, said, answer.body)
