"""The way between a process and the service, as httpx sees it: no socket, no time but the virtual one."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.world.faults import Cut, Fault, Faults, Silence, Where
from tests.world.machine import Process
from tests.world.service import Call, Reply, Service, read

CONNECTING = 0.02
"""Seconds to make a connection."""


class Network:
    """The way of one machine to the service: how long it takes, and whether there is one."""

    def __init__(self, service: Service, faults: Faults, seed: int = 0) -> None:
        self.service = service
        self.faults = faults
        self.up = True
        self.there: Callable[[], float] = lambda: 0.03
        """Seconds until a request arrives."""
        self.back: Callable[[], float] = lambda: 0.03
        """Seconds until its answer is back."""
        self._random = random.Random(f"network {seed}")

    def jitter(self, least: float, most: float) -> None:
        """Both ways take a time between these."""
        self.there = self.back = lambda: self._random.uniform(least, most)


class Transport(httpx.BaseTransport):
    """One process's connections. Each point of an exchange is a step at which the process may be killed."""

    def __init__(self, network: Network, process: Process, *, fresh: bool) -> None:
        self._network = network
        self._process = process
        self._fresh = fresh
        self._connected = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        process, network = self._process, self._network
        process.step("connect")
        call = self._call(request)
        fault = network.faults.meet(call, process.machine.name)
        self._connect(request, fault)
        trace = request.extensions["trace"]
        trace("http11.send_request_headers.started", {})
        self._written(call)
        process.step("write")
        trace("http11.send_request_body.complete", {})
        timeout: dict[str, Any] = request.extensions["timeout"]
        left = Patience(process, request, float(timeout["read"] or 60.0))
        left.wait(network.there())
        answer: Reply | None = None
        if fault is None or fault.where is Where.AFTER:
            call.at = network.service.time.now
            answer = network.service.handle(
                call, request.headers["authorization"], request.headers["x-pj-application-key"]
            )
            process.step("taken")
        left.wait(network.back())
        if fault is not None:
            answer = self._spoil(request, fault, answer, left)
        assert answer is not None
        process.step("answered")
        headers = {"content-type": answer.kind, "date": network.service.stamp(), **answer.headers}
        return httpx.Response(answer.status, headers=headers, content=answer.body)

    def _connect(self, request: httpx.Request, fault: Fault | None) -> None:
        if not self._connected or self._fresh:
            self._process.wait(CONNECTING)
        if not self._network.up or (fault is not None and fault.where is Where.CONNECT):
            self._connected = False
            raise httpx.ConnectError("[Errno 113] No route to host", request=request)
        self._connected = True

    def _written(self, call: Call) -> None:
        """Written: by this the limits are judged, for all processes of this machine."""
        machine = self._process.machine
        machine.writes.append((machine.time.now, call.target if call.name == "poll" else ""))

    def _spoil(self, request: httpx.Request, fault: Fault, answer: Reply | None, left: Patience) -> Reply:
        match fault.what:
            case Reply():
                return Reply(fault.what.status, fault.what.body, fault.what.kind, dict(fault.what.headers))
            case Cut() if answer is not None and fault.what.part > 0:
                return Reply(answer.status, answer.body[: int(len(answer.body) * fault.what.part)], answer.kind)
            case Cut():
                self._connected = False
                raise httpx.ReadError("[Errno 104] Connection reset by peer", request=request)
            case Silence():
                self._connected = False
                left.wait(float("inf"))
        raise AssertionError(fault)

    def _call(self, request: httpx.Request) -> Call:
        url = urlsplit(str(request.url))
        body = request.read().decode()
        login = request.headers["authorization"]
        return read(request.method, url.path, url.query, body, login, self._network.service.time.now)


class Patience:
    """How long one answer is still waited for."""

    def __init__(self, process: Process, request: httpx.Request, seconds: float) -> None:
        self._process = process
        self._request = request
        self._left = seconds

    def wait(self, seconds: float) -> None:
        """Wait so long, or until the patience is over."""
        if seconds > self._left:
            self._process.wait(self._left)
            raise httpx.ReadTimeout("timed out", request=self._request)
        self._left -= seconds
        self._process.wait(seconds)
