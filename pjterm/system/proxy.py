"""The proxy through which https is reached from this machine. Loopback and plain http use none."""

from __future__ import annotations

import os
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from pjterm.errors import UsageFault


def https_proxy(host: str) -> str | None:
    """The URL of the proxy for https to a host, from the environment or the system; raises `UsageFault`."""
    proxies = getproxies()
    kind = next((kind for kind in ("https", "all") if kind in proxies), None)
    if kind is None or proxy_bypass(host):
        return None
    proxy, name = proxies[kind], f"{kind}_proxy"
    variable = next((n for n in (name, name.upper()) if os.environ.get(n)), "the system's proxy")
    try:
        parts = urlsplit(proxy)
        usable = parts.scheme in ("http", "https") and (parts.hostname or "").encode("idna") and parts.port != 0
        usable = usable and not any(c.isspace() for c in proxy)
    except ValueError:
        usable = False
    if not usable:
        raise UsageFault(
            f"{variable}: only a proxy like http://HOST:PORT or https://HOST:PORT can be used; nothing was sent",
            hint=f"correct or unset {variable} (NO_PROXY excepts hosts)",
        )
    return proxy
