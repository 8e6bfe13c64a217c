"""How the host is reached: TLS, the proxy of the environment, and one deadline for all of it.

By httpcore, which is what httpx sends with: httpx on top of it takes an eighth of the time until a POST is on its way.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Protocol
from urllib.parse import unquote, urlsplit

import httpcore

from pjterm.api.deadline import Bounded, Deadline
from pjterm.system import tls

MOST = 4  # connections at once
KEPT = 2  # of them after their answer


class Carrier(Protocol):
    """What carries requests there."""

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send one; the caller reads the body of its answer, and closes it."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


Carry = Callable[[bool], Carrier]
"""Makes what carries requests: over fresh connections, of which each is used once, or over ones that are kept."""


def network(base_url: str, deadline: Deadline) -> Carry:
    """Real connections to the host, through its proxy if it has one; whatever they wait for ends at the deadline."""
    context = tls.trusting(base_url)
    proxy = _proxy(base_url, context)

    def connections(fresh: bool) -> Carrier:
        return httpcore.ConnectionPool(
            ssl_context=context,
            proxy=proxy,
            max_connections=MOST,
            max_keepalive_connections=0 if fresh else KEPT,
            keepalive_expiry=5.0,
            network_backend=Bounded(deadline),
        )

    return connections


def _proxy(base_url: str, context: ssl.SSLContext) -> httpcore.Proxy | None:
    """The proxy for https, by CONNECT; plain http is loopback and uses none."""
    if not base_url.startswith("https:"):
        return None
    from pjterm.system.proxy import https_proxy  # loads urllib.request

    found = https_proxy(urlsplit(base_url).hostname or "")
    if found is None:
        return None
    at = urlsplit(found)
    place = httpcore.URL(scheme=at.scheme, host=(at.hostname or "").encode("idna"), port=at.port, target="/")
    who = unquote(at.username or "").encode(), unquote(at.password or "").encode()
    return httpcore.Proxy(place, who if any(who) else None, ssl_context=context if at.scheme == "https" else None)
