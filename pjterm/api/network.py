"""How the host is reached: TLS, the proxy of the environment, and one deadline for all of it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

from pjterm.api.connections import Connections
from pjterm.api.deadline import Deadline
from pjterm.system import tls

Carry = Callable[[bool], httpx.BaseTransport]
"""Makes a transport: with fresh connections, or with ones that are kept open."""


def network(base_url: str, deadline: Deadline) -> Carry:
    """Real connections to the host, through its proxy if it has one; every wait ends at the deadline."""
    context = tls.trusting(base_url) if base_url.startswith("https:") else None  # the first one takes 3 ms to make
    proxy = _proxy(base_url)

    def transport(fresh: bool) -> httpx.BaseTransport:
        return Connections(context, proxy, deadline, fresh=fresh)

    return transport


def _proxy(base_url: str) -> str | None:
    """The proxy for https, by CONNECT; plain http is loopback and uses none."""
    if not base_url.startswith("https:"):
        return None
    from pjterm.system.proxy import https_proxy  # loads urllib.request

    return https_proxy(urlsplit(base_url).hostname or "")
