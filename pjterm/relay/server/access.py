"""Who may use the follower routes: the `Host` must name this relay (else 421), and the token must be right (else 401).

A web page that reaches the relay under another name (DNS rebinding) sends that name.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable

from aiohttp import web

from pjterm.relay.server.http1 import Refused
from pjterm.values import dataclass

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::([0-9]{1,5}))?")
_ANY_ADDRESS = re.compile(r"\[[0-9A-Fa-f:.]+\]|[0-9]{1,3}(\.[0-9]{1,3}){3}")


@dataclass(frozen=True, slots=True)
class Hosts:
    """Which `Host` headers name this relay: its own host and the names of loopback, with its port or none."""

    bound: str
    port: int

    def accept(self, header: str) -> bool:
        match = _HOST.fullmatch(header)
        if match is None or match[2] not in (None, str(self.port)):
            return False
        name = match[1].lower()
        if self.bound in ("0.0.0.0", "::") and _ANY_ADDRESS.fullmatch(name):
            return True
        return name in ("127.0.0.1", "localhost", "[::1]", self.bound.lower(), f"[{self.bound.lower()}]")


@dataclass(frozen=True, slots=True)
class Access:
    """The names of this relay, and its token as it is now."""

    hosts: Hosts
    token: Callable[[], str]

    def host(self, request: web.BaseRequest) -> str:
        """The `Host` of a request, if it names this relay."""
        hosts = request.headers.getall("Host", [])
        if len(hosts) != 1 or not self.hosts.accept(hosts[0]):
            raise Refused(421, "this relay is not called that; use the URL it announced")
        return hosts[0]

    def admit(self, request: web.BaseRequest) -> None:
        """Refuse a request to another name, or without the token."""
        self.host(request)
        given = request.headers.getall("Authorization", [])
        scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        ours = self.token()
        right = ours != "" and hmac.compare_digest(_bytes(token.strip()), _bytes(ours))
        if scheme.lower() != "bearer" or not right:
            raise Refused(401, "the relay's token is missing or wrong")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
