"""A server of bytes: each answer is written as is, or breaks the connection as a bad network would."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.raw_http import read_message


@dataclass
class Server:
    """Answers each request with the next of the given bytes; keeps the requests by connection."""

    answers: list[bytes | Callable[[socket.socket], None]]
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._live: socket.socket | None = None
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        if self._live is not None:
            with contextlib.suppress(OSError):
                self._live.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._door.close()
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._door.accept()
            except OSError:
                return
            self.connections += 1
            self._live = connection
            with connection:
                connection.settimeout(20)
                try:
                    self._talk(connection)
                except OSError:  # the client disconnected, as clients do
                    continue

    def _talk(self, connection: socket.socket) -> None:
        while (whole := read_message(connection)) is not None:
            self.requests.append(whole)
            answer = self.answers.pop(0)
            if callable(answer):
                answer(connection)
                return
            connection.sendall(answer)


def reply(body: Any, status: str = "200 OK", *headers: str) -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


ACCEPTED = reply({"requestPaymentId": "r-1"})
