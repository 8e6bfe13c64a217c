"""A raw TCP proxy in front of the simulator that loses answers in every way an answer can be lost.

It knows just enough HTTP/1.1 to find where a request and an answer end. `lose` returns the loss for each call
(method and path), or none.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from enum import StrEnum
from urllib.parse import urlsplit

from tests.raw_http import read_message, reset


class Loss(StrEnum):
    """How the answer to one call is lost; all but the first let the call through."""

    RESET_BEFORE = "reset before forwarding"
    RESET_AFTER = "reset after forwarding"
    HTTP_500 = "500"
    HTTP_502 = "502 HTML"
    TRUNCATED = "truncated"
    STALL = "stall past the read timeout"
    NOT_FOUND = "404"

    @property
    def taken(self) -> bool:
        """Whether the call reached the service."""
        return self is not Loss.RESET_BEFORE


Lose = Callable[[str, str], Loss | None]


def first(path_end: str, loss: Loss | None) -> Lose:
    """Loses only the answer to the first call whose path ends like this."""
    left = [loss]

    def lose(_method: str, path: str) -> Loss | None:
        return left.pop() if path.endswith(path_end) and left else None

    return lose


def few(count: int, path_part: str, loss: Loss) -> Lose:
    """Loses the answers to the first `count` calls whose path contains this."""
    left = [loss] * count

    def lose(_method: str, path: str) -> Loss | None:
        return left.pop() if path_part in path and left else None

    return lose


def every(path_part: str, loss: Loss) -> Lose:
    """Loses the answers to all calls whose path contains this."""

    def lose(_method: str, path: str) -> Loss | None:
        return loss if path_part in path else None

    return lose


class Proxy:
    """Listens on a free loopback port until closed; a thread for each connection."""

    def __init__(self, upstream: str, lose: Lose) -> None:
        address = urlsplit(upstream)
        self._upstream = (address.hostname or "", address.port or 0)
        self.lose = lose
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Refuse connections from now on, and break the open ones."""
        self._ended.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.break_off()
        self._thread.join()

    def break_off(self) -> None:
        """Break the open connections, including those waiting for an answer."""
        with self._lock:
            while self._open:
                reset(self._open.pop())

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._ended.is_set():
            self.close()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            while (call := read_message(connection)) is not None:
                if not self._answer(connection, call):
                    return
        except OSError:
            return  # the client or the simulator disconnected: that is what is being tested
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _answer(self, connection: socket.socket, call: bytes) -> bool:
        """Answer one call; `False` if the connection has ended."""
        method, path = call.split(b" ", 2)[:2]
        loss = self.lose(method.decode(), path.decode().split("?")[0])
        if loss is Loss.RESET_BEFORE:
            reset(connection)
            return False
        with socket.create_connection(self._upstream) as upstream:
            upstream.sendall(call)
            answer = read_message(upstream) or b""
        match loss:
            case None:
                connection.sendall(answer)
                return True
            case Loss.HTTP_500:
                body = b'{"errors": [{"message": "Internal server error."}]}'
                connection.sendall(_reply(b"500 Internal Server Error", b"application/json", body))
                return True
            case Loss.HTTP_502:
                body = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
                connection.sendall(_reply(b"502 Bad Gateway", b"text/html", body))
                return True
            case Loss.NOT_FOUND:
                body = b'{"errors": [{"message": "404 Not Found"}]}'
                connection.sendall(_reply(b"404 Not Found", b"application/json", body))
                return True
            case Loss.TRUNCATED:
                connection.sendall(answer[:-8])
            case Loss.STALL:
                self._ended.wait(120.0)
            case _:
                reset(connection)
        return False


def _reply(status: bytes, kind: bytes, body: bytes) -> bytes:
    length = str(len(body)).encode()
    return b"HTTP/1.1 " + status + b"\r\nContent-Type: " + kind + b"\r\nContent-Length: " + length + b"\r\n\r\n" + body
