"""The listening socket, and how many connections the process may hold."""

from __future__ import annotations

import errno
import socket
import sys
from typing import Any

from pjterm.core.urls import authority
from pjterm.errors import Unavailable, UsageFault, reason
from pjterm.relay.server.listener import BACKLOG
from pjterm.relay.server.waiting import ConnectionLimits

_FILES = 8192
_OWN_FILES = 64


def find(host: str, port: int) -> tuple[int, int, Any]:
    """Where to listen: the family, the kind and the address of a socket. Nothing is opened."""
    if not 0 <= port <= 65535:
        raise UsageFault(f"--port: {port} is not between 0 and 65535")
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except UnicodeError as error:
        raise UsageFault(f"--host: {host!r} is not a host name") from error
    except (OSError, OverflowError) as error:
        raise UsageFault(f"--host {host} --port {port}: {reason(error)}") from error
    return family, kind, place


def listen(host: str, port: int) -> socket.socket:
    """Bind and listen; raises `Unavailable` with a hint if the port is in use."""
    family, kind, place = find(host, port)
    try:
        listener = socket.socket(family, kind)
    except OSError as error:
        raise UsageFault(f"--host {host} --port {port}: {reason(error)}") from error
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            hint = "choose another --port (0: any); whether another relay runs here: pjterm relay status"
            raise Unavailable(f"port {port} of {host} is taken", hint=hint) from error
        raise UsageFault(f"cannot listen on {host} port {port}: {error.strerror}") from error
    listener.setblocking(False)
    return listener


def url_of(host: str, listener: socket.socket) -> str:
    """The URL for processes on this machine: a wildcard address is reached over loopback."""
    port = int(listener.getsockname()[1])
    name = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://{authority(name, port)}"


def limits() -> ConnectionLimits:
    """As many waiting connections as the limit of open files allows in addition to the followers."""
    if sys.platform == "win32":
        return ConnectionLimits()
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    return ConnectionLimits(waiting=max(16, min(512, (soft - _OWN_FILES) // 4)))
