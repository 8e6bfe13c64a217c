"""How the host is reached: TLS, the proxy of the environment, and one deadline for all of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

from pjterm.api.connections import Connections
from pjterm.api.deadline import Deadline
from pjterm.errors import UsageFault
from pjterm.system import tls

Carry = Callable[[bool], httpx.BaseTransport]
"""Makes what carries requests: over fresh connections, or over ones that are kept."""


def network(base_url: str, deadline: Deadline) -> Carry:
    """Real connections to the host, through its proxy if it has one; whatever they wait for ends at the deadline."""
    context, proxy = tls.trusting(base_url), _proxy(base_url)

    def transport(fresh: bool) -> httpx.BaseTransport:
        return Connections(context, proxy, deadline, fresh=fresh)

    return transport


def _proxy(base_url: str) -> str | None:
    """The proxy of the environment for https (by CONNECT); plain http is loopback and uses none."""
    if not base_url.startswith("https:"):
        return None
    from urllib.request import getproxies, proxy_bypass

    host = urlsplit(base_url).hostname or ""
    proxy = getproxies().get("https")
    if proxy is None or proxy_bypass(host):
        return None
    variable = next((name for name in ("https_proxy", "HTTPS_PROXY") if os.environ.get(name)), "the system's proxy")
    try:
        parts = urlsplit(proxy)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        usable = usable and not any(c.isspace() for c in proxy)
    except ValueError:
        usable = False
    if not usable:
        raise UsageFault(
            f"{variable}: only a proxy like http://HOST:PORT or https://HOST:PORT can be used; nothing was sent",
            hint=f"correct or unset {variable} (NO_PROXY excepts hosts)",
        )
    return proxy
