"""How the host is reached: TLS, the proxy of the environment, and one deadline for all of it."""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

from pjterm.api.connections import Connections
from pjterm.api.deadline import Deadline
from pjterm.errors import UsageFault

Carry = Callable[[bool], httpx.BaseTransport]
"""Makes what carries requests: over fresh connections, or over ones that are kept."""


def network(base_url: str, deadline: Deadline) -> Carry:
    """Real connections to the host, through its proxy if it has one; whatever they wait for ends at the deadline."""
    tls, proxy = tls_context(base_url), _proxy(base_url)

    def transport(fresh: bool) -> httpx.BaseTransport:
        return Connections(tls, proxy, deadline, fresh=fresh)

    return transport


def tls_context(base_url: str) -> ssl.SSLContext:
    """A context with the CA bundle for https; a bare one for http, for parsing the bundle costs 35 ms.

    Not Python's default one: that writes the keys of every connection into whatever SSLKEYLOGFILE names.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if sys.version_info >= (3, 13):  # as Python's default one since then
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    if not base_url.startswith("https:"):
        return context
    named = [variable for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR") if variable in os.environ]
    for variable in named:
        _trust(context, variable, os.environ[variable])
    if not named:
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _trust(context: ssl.SSLContext, variable: str, place: str) -> None:
    """Trust the authorities that a variable names; certificates of others are not accepted then."""
    try:
        if variable == "SSL_CERT_DIR":
            if not os.path.isdir(place):
                raise FileNotFoundError("there is no such directory")
            context.load_verify_locations(capath=place)
        else:
            context.load_verify_locations(cafile=place)
    except OSError as error:
        raise UsageFault(
            f"{variable}: {place!r} holds no certificates ({error.strerror or error}); nothing was sent",
            hint=f"unset {variable}, or name a PEM file in SSL_CERT_FILE",
        ) from error


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
