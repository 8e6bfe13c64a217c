"""Which authorities a TLS connection trusts.

Never Python's default context, which writes the keys of every connection to the file in SSLKEYLOGFILE.
"""

from __future__ import annotations

import os
import ssl
import sys
from threading import Thread

from pjterm.errors import UsageFault


def bare() -> ssl.SSLContext:
    """A context that checks certificates and names, and trusts no authority yet."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if sys.version_info >= (3, 13):  # as Python's default one since then
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    return context


class _Begun(Thread):
    """A context being created in a thread: OpenSSL parses the bundle while other code runs."""

    def __init__(self, base_url: str) -> None:
        super().__init__(name="trust", daemon=True)
        self._base_url = base_url
        self._made: ssl.SSLContext | UsageFault | None = None

    def run(self) -> None:
        """Make it; an error is kept until it is needed."""
        try:
            self._made = _trusting(self._base_url)
        except UsageFault as fault:
            self._made = fault

    def made(self) -> ssl.SSLContext:
        """The context; waits until it is ready."""
        self.join()
        if isinstance(self._made, ssl.SSLContext):
            return self._made
        raise self._made or RuntimeError("no context was made")


_begun: list[_Begun] = []


def begin(base_url: str) -> None:
    """Begin to create the context that will be needed next, if that takes long."""
    if base_url.startswith("https:"):
        _begun.append(_Begun(base_url))
        _begun[-1].start()


def trusting(base_url: str) -> ssl.SSLContext:
    """A context with the CA bundle for https; a bare one for http, because parsing the bundle takes 35 ms."""
    if _begun and base_url.startswith("https:"):
        return _begun.pop().made()
    return _trusting(base_url)


def _trusting(base_url: str) -> ssl.SSLContext:
    context = bare()
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
    """Trust only the authorities that an environment variable names."""
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
