"""How the host is reached: TLS, and the proxy of the environment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx

from pjterm.errors import UsageFault

Carry = Callable[[bool], httpx.BaseTransport]
"""Makes what carries requests: over fresh connections, or over ones that are kept."""


def network(base_url: str) -> Carry:
    """Real connections to the host, through its proxy if it has one."""
    verify, proxy = _ssl_context(base_url), _proxy(base_url)

    def transport(fresh: bool) -> httpx.HTTPTransport:
        limits = httpx.Limits(max_connections=4, max_keepalive_connections=0 if fresh else 2)
        return httpx.HTTPTransport(verify=verify, trust_env=False, limits=limits, proxy=proxy, retries=0)

    return transport


def _ssl_context(base_url: str) -> Any:
    """A context with the CA bundle for https; a bare one for http, for parsing the bundle costs 35 ms."""
    import ssl

    if base_url.startswith("https:"):
        return httpx.create_ssl_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _proxy(base_url: str) -> str | None:
    """The proxy of the environment for https (by CONNECT); plain http is loopback and uses none."""
    if not base_url.startswith("https:"):
        return None
    from urllib.request import getproxies, proxy_bypass

    host = urlsplit(base_url).hostname or ""
    proxy = getproxies().get("https")
    if proxy is None or proxy_bypass(host):
        return None
    if not proxy.startswith(("http://", "https://")):
        raise UsageFault(
            "HTTPS_PROXY: only http:// and https:// proxies can be used; nothing was sent",
            hint="name such a one, or unset it (NO_PROXY excepts hosts)",
        )
    return proxy
