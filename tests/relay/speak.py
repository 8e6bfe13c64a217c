"""Talking to a relay in the tests: deliveries as PayJunction sends them, raw sockets, streams."""

from __future__ import annotations

import hashlib
import hmac
import json
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.warm import piped

SECRET = b"pjterm-test-secret"


def sign(body: bytes, secret: bytes = SECRET) -> str:
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def body(
    *, event_id: str | None = None, request: str | None = None, status: str = "COMPLETE", **result: object
) -> bytes:
    """A webhook body in the format of the documented headers example (HDRS)."""
    data = {"requestId": request or str(uuid.uuid4()), **result, "status": status}
    event = {
        "id": event_id or str(uuid.uuid4()),
        "created": "2023-10-03T16:54:21.435Z",
        "type": "SMARTTERMINAL_REQUEST",
        "data": data,
    }
    return json.dumps(event, indent=2, separators=(",", " : ")).encode()


def request(
    content: bytes,
    *,
    path: str = "/webhooks/labs",
    signature: str | None = "right",
    headers: tuple[str, ...] = (),
    length: bool = True,
) -> bytes:
    """One delivery in its wire format."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: yourserver.com",
        "Connection: close",
        "Accept-Encoding: gzip,deflate",
        *([f"Content-Length: {len(content)}"] if length else []),
        "Content-Type: application/json",
        "Pj-Account: 6b9f1c0e-0000-4000-8000-000000000001",
        "User-Agent: PayJunction WebHook",
        *headers,
    ]
    if signature is not None:
        lines.append(f"X-Pj-Signature: {sign(content) if signature == 'right' else signature}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


@dataclass
class Reply:
    """An answer, parsed without a library."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def read_reply(sock: socket.socket) -> Reply:
    """Read until the peer closes; status 0 if it closed without an answer."""
    data = b""
    while piece := _recv(sock):
        data += piece
    head, _, content = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    if not data:
        return Reply(0, {}, b"")
    headers = {name.lower(): value.strip() for name, _, value in (s.partition(":") for s in lines[1:])}
    return Reply(int(lines[0].split(" ")[1]), headers, content)


def _recv(sock: socket.socket) -> bytes:
    try:
        return sock.recv(65536)
    except ConnectionResetError:
        return b""


@dataclass
class Client:
    """Talks to the relay at a port."""

    port: int
    token: str = ""

    def connect(self, timeout: float = 30.0) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def send(self, data: bytes) -> Reply:
        with self.connect() as sock:
            sock.sendall(data)
            return read_reply(sock)

    def deliver(self, content: bytes, **how: Any) -> Reply:
        return self.send(request(content, **how))

    def get(self, path: str, *headers: str, token: bool = True, host: str | None = None) -> Reply:
        lines = [f"GET {path} HTTP/1.1", f"Host: {host or f'127.0.0.1:{self.port}'}", "Connection: close"]
        if token:
            lines.append(f"Authorization: Bearer {self.token}")
        return self.send("\r\n".join([*lines, *headers]).encode() + b"\r\n\r\n")

    def page(self, query: str = "") -> Any:
        reply = self.get(f"/events{query}")

        assert reply.status == 200
        return reply.json

    def stream(self, query: str = "", *headers: str) -> Streamed:
        return Streamed(self, query, headers)


class Streamed:
    """An open event stream, read block by block (with the chunked coding removed)."""

    def __init__(self, client: Client, query: str, headers: tuple[str, ...]) -> None:
        self.sock = client.connect()
        lines = [
            f"GET /events{query} HTTP/1.1",
            f"Host: 127.0.0.1:{client.port}",
            f"Authorization: Bearer {client.token}",
            "Accept: text/event-stream",
            *headers,
        ]
        self.sock.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        self._file = self.sock.makefile("rb")
        self.status = int(self._file.readline().split(b" ")[1])
        self.headers = {}
        while (line := self._file.readline().strip()) != b"":
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()
        self._text = b""

    def __enter__(self) -> Streamed:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self.sock.close()

    def block(self) -> dict[str, str]:
        """The next block of lines; comments have the empty name. Empty at the end."""
        while b"\n\n" not in self._text:
            size = self._file.readline().strip()
            if not size or size == b"0":
                return {}
            self._text += self._file.read(int(size, 16))
            self._file.readline()
        text, _, self._text = self._text.partition(b"\n\n")
        return {k: v.removeprefix(" ") for k, _, v in (s.partition(":") for s in text.decode().split("\n"))}

    def event(self) -> dict[str, str]:
        """The next block with data."""
        while "data" not in (found := self.block()):
            assert found, "the stream ended"
        return found

    def item(self) -> Any:
        return json.loads(self.event()["data"])


@dataclass
class Process:
    """A relay as a real process."""

    state_dir: Path
    options: dict[str, Any] = field(default_factory=dict)
    log: Path | None = None
    url: str = ""

    def start(self) -> Process:
        given = json.dumps({"state_dir": str(self.state_dir), **self.options})
        self.log = self.state_dir.with_name(self.state_dir.name + ".log")
        with self.log.open("ab") as errors:
            self.process = piped([given], module="tests.relay.launch", stderr=errors, strict=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()

        assert line.startswith("relay ready "), self.log.read_text()
        self.url = line.split()[-1]
        return self

    @property
    def client(self) -> Client:
        port = urlsplit(self.url).port
        assert port is not None
        return Client(port, (self.state_dir / "relay-token").read_text())

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self._wait()

    def kill(self) -> None:
        self.process.kill()
        self._wait()

    def _wait(self) -> int:
        code = self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def memory_mib(self) -> float:
        """Resident memory of the process."""
        status = Path(f"/proc/{self.process.pid}/status")
        if status.exists():
            kib = status.read_text().partition("VmRSS:")[2].split()[0]
        else:  # macOS
            kib = subprocess.check_output(["ps", "-o", "rss=", "-p", str(self.process.pid)], text=True)
        return int(kib) / 1024


def eventually(true: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until a condition holds, checking often; fails if it never does."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it never became true"
        time.sleep(0.01)


def split_anywhere(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    """The same bytes in pieces."""
    at = 0
    for cut in sorted({c % (len(data) + 1) for c in cuts}):
        yield data[at:cut]
        at = cut
    yield data[at:]
